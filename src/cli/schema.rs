//! `detc schema`: the JSON Schema of a detection or a list, for editors.

use clap::{Args, ValueEnum};

use super::Outcome;
use super::failure::Failure;
use super::output::Output;
use crate::schema::{json_schema, list_json_schema};

#[derive(Args)]
pub(super) struct SchemaArgs {
    /// of what
    #[arg(value_enum, default_value_t)]
    what: What,
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum What {
    /// detections/NAME.yml
    #[default]
    Detection,
    /// lists/NAME.yml
    List,
}

pub(super) fn run(args: SchemaArgs, output: &Output) -> Result<Outcome, Failure> {
    let schema = match args.what {
        What::Detection => json_schema(),
        What::List => list_json_schema(),
    };
    output.artefact(&format!("{schema:#}\n"))?;
    Ok(Outcome::Fine)
}
