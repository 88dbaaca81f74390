//! The command line. The only part that prints.
//!
//! In: arguments, files, the environment. Out: stdout (the artefact), stderr (the talk), an exit code: 0 fine,
//! 1 findings, 2 could not run.

use std::process::ExitCode;

/// Runs the program.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
