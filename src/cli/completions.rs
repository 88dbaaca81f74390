//! `detc completions`: what a shell offers after Tab.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Outcome;
use super::args::Cli;
use super::failure::Failure;
use super::output::Output;

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// the shell; put the output where it looks for completions
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: CompletionsArgs, output: &Output) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "detc", &mut script);
    output.artefact(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Fine)
}
