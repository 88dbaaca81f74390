//! An emitted search, run on one event at a time by `detc::spl`, which shares no code with the printer.
//!
//! Where a rule of Splunk is contested or unproven, the answer is *undetermined*, and the test fails: what is emitted must
//! not need such a rule.

use detc::spl::{Context, Dataset, Program, Row, Stop, Value, parse};

/// A query, read once.
pub(crate) struct Query {
    program: Program,
    context: Context,
}

impl Query {
    /// Reads a query.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let search = parse(text).map_err(|problems| format!("{problems:?}"))?;
        let program = Program::compile_saved(&search, text).map_err(|problems| format!("{problems:?}"))?;
        Ok(Self { program, context: Context::default() })
    }

    /// Whether an event comes through.
    pub(crate) fn keeps(&self, event: &Dataset) -> Result<bool, Stop> {
        self.program.run(event, &self.context).map(|rows| !rows.is_empty())
    }
}

/// An event of these fields, each with its values.
pub(crate) fn event(fields: impl IntoIterator<Item = (String, Vec<String>)>) -> Dataset {
    let value = |values: Vec<String>| Value::many(values.into_iter().map(Into::into).collect());
    let row: Row = fields.into_iter().filter_map(|(name, values)| Some((name, value(values)?))).collect();
    Dataset { events: vec![row], ..Dataset::default() }
}
