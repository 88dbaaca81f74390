//! `detc import FORMAT`: what others wrote, as detections of one's own.
//!
//! One file a detection below `-o`, as the files stand below the path that was given; a single one goes to stdout without
//! it. What cannot be imported stops no other. What could not be carried over stands at the head of each file,
//! and is counted at the end.

mod escu;
mod sigma;

use clap::{Args, Subcommand};

use super::Outcome;
use super::failure::Failure;
use super::session::Session;

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    format: From,
}

#[derive(Subcommand)]
enum From {
    /// rules, correlations and filters of the Sigma specification 2
    Sigma(sigma::SigmaArgs),
    /// Splunk's security content, as contentctl 4 and 5 or ESCU 6 have it
    Escu(escu::EscuArgs),
}

pub(super) fn run(args: ImportArgs, session: &Session) -> Result<Outcome, Failure> {
    match args.format {
        From::Sigma(args) => sigma::run(&args, session),
        From::Escu(args) => escu::run(&args, session),
    }
}
