//! `detc man`: the manual pages, from the same definition as the help.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Outcome;
use super::args::Cli;
use super::failure::Failure;
use super::output::Output;
use super::project::plural;

#[derive(Args)]
pub(super) struct ManArgs {
    /// write one page a command below this folder: DIR/detc.1, DIR/detc-check.1
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: ManArgs, output: &Output) -> Result<Outcome, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = args.output else {
        output.artefact(&page(command)?)?;
        return Ok(Outcome::Fine);
    };
    let failed = |error: io::Error| Failure::io("write", &folder, &error);
    let mut pages = vec![("detc.1".to_owned(), page(command.clone())?)];
    for subcommand in command.get_subcommands() {
        let name = format!("detc-{}", subcommand.get_name());
        pages.push((format!("{name}.1"), page(subcommand.clone())?));
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in &pages {
        std::fs::write(folder.join(name), text).map_err(failed)?;
    }
    output.say(&format!("wrote {} to {}", plural(pages.len(), "page"), folder.display()));
    Ok(Outcome::Fine)
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut text = Vec::new();
    // No date: the same binary writes the same page.
    Man::new(command)
        .render(&mut text)
        .map_err(|error| Failure::new(format!("cannot write the manual page: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
