//! The command line. The only part that prints.
//!
//! In: arguments, files, the environment. Out: stdout (the artefact), stderr (the talk), an exit code: 0 fine,
//! 1 findings, 2 could not run. Must not know what a detection means or how a target is written.

mod archive;
mod args;
mod beside;
mod cases;
mod check;
mod compile;
mod completions;
mod config;
mod convert;
mod diff;
mod emit;
mod environment;
mod explain;
mod failure;
mod files;
mod import;
mod lock;
mod man;
mod mutate;
mod new;
mod output;
mod pack;
mod project;
mod prove;
mod render;
mod schema;
mod session;
mod sigma_file;
mod sources;
mod targets;
mod test;
mod tree;
mod verdicts;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;
use output::Output;
use session::Session;

/// How a run ended that could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing to complain about.
    Fine,
    /// Errors in content, failed tests, stale output.
    Findings,
}

impl Outcome {
    /// `Findings` when there is something to complain about.
    fn of(findings: bool) -> Self {
        if findings { Outcome::Findings } else { Outcome::Fine }
    }
}

const FINDINGS: u8 = 1;
const COULD_NOT_RUN: u8 = 2;

/// Runs the program.
pub fn run() -> ExitCode {
    // The panic hook has already said what happened; what is left is an exit code that does not look like success.
    catch_unwind(AssertUnwindSafe(parse_and_dispatch)).unwrap_or_else(|_| {
        Output::plain().problem("error: this is a bug in detc; please report it with the input");
        ExitCode::from(COULD_NOT_RUN)
    })
}

fn parse_and_dispatch() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(stop) => {
            // `--help` and `--version` come this way too. Nobody may be there to read it: that is no error.
            let _ = stop.print();
            return ExitCode::from(u8::try_from(stop.exit_code()).unwrap_or(COULD_NOT_RUN));
        }
    };
    let output = Output::new(cli.shared.color, cli.shared.quiet, cli.shared.verbose);
    match dispatch(cli, &output) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(FINDINGS),
        Err(failure) => {
            output.problem(&failure.to_string());
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn dispatch(cli: Cli, output: &Output) -> Result<Outcome, Failure> {
    let shared = cli.shared;
    match cli.command {
        Command::Check(args) => check::run(args, &Session::open(shared, output)?),
        Command::Test(args) if args.watch => watch::run(
            output,
            || args.reads(&Session::open(shared.clone(), output)?),
            || test::run(&args, &Session::open(shared.clone(), output)?),
        ),
        Command::Test(args) => test::run(&args, &Session::open(shared, output)?),
        Command::Compile(args) => compile::run(args, &Session::open(shared, output)?),
        Command::Convert(args) => convert::run(args, &Session::open(shared, output)?),
        Command::Lock(args) => lock::run(args, &Session::open(shared, output)?),
        Command::Diff(args) => diff::run(args, &Session::open(shared, output)?),
        Command::Pack(args) => pack::run(args, &Session::open(shared, output)?),
        Command::Import(args) => import::run(args, &Session::open(shared, output)?),
        Command::Explain(args) => explain::run(args, &Session::open(shared, output)?),
        Command::Sources(args) => sources::run(args, &Session::open(shared, output)?),
        Command::Schema(args) => schema::run(args, output),
        Command::New(args) => new::run(args, output),
        Command::Completions(args) => completions::run(args, output),
        Command::Man(args) => man::run(args, output),
    }
}
