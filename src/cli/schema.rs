//! `detc schema`: the JSON Schema of a detection, for editors.

use super::Outcome;
use super::failure::Failure;
use super::output::Output;
use crate::schema::json_schema;

pub(super) fn run(output: &Output) -> Result<Outcome, Failure> {
    output.artefact(&format!("{:#}\n", json_schema()))?;
    Ok(Outcome::Fine)
}
