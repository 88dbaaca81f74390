//! Portable proof: a test of a detection as a query that brings its events along, so that anybody can run it in the product
//! itself and see what the tests say.
//!
//! In: a compiled detection, one of its tests, and the runner of its profile. Out: queries, one for each way in which the
//! events can stand in the product, with what they must find; or why there is none. The rows are those that the query is
//! run over here, and each query is run before it is given out: with nothing but its own events it must find as much as the
//! query over the events. Must not know how a query or a row is made.

mod kusto;
mod quoting;
mod splunk;

#[cfg(test)]
mod tests;

use crate::ir::{Detection, TestCase};
use crate::proof::{Runner, Stop};
use crate::source::Span;
use crate::targets::Compiled;

/// A query with its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portable {
    /// Where the events stand, if there are several ways; else empty.
    pub label: String,
    /// The query. Ends in a line break.
    pub text: String,
}

/// Writes a test as queries.
///
/// # Errors
/// Why it cannot be written for this profile.
pub fn portable(
    detection: &Detection,
    compiled: &Compiled,
    runner: &Runner,
    test: &TestCase,
) -> Result<Vec<Portable>, Stop> {
    let profile = runner.profile();
    let rows = runner.rows(detection, &test.events, test.now).map_err(|problems| {
        Stop::Fails(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
    })?;
    if let Some(lost) = rows.uncarried().iter().find(|lost| lost.decides) {
        let field =
            if lost.field.is_empty() { String::new() } else { format!("the field `{}`: ", lost.field) };
        return Err(Stop::Fails(format!(
            "event {} cannot stand there: {field}{}",
            lost.event + 1,
            lost.reason
        )));
    }
    let over_rows = runner.run(&runner.query(detection, compiled)?, &rows)?.len();
    let query = runner.expanded(detection, &compiled.text)?;
    let expected = test.matches.value;
    let results = if expected == 1 { "1 result" } else { &format!("{expected} results") };
    let name = &detection.metadata.name.value;
    let title = format!("{name}, {}: test '{}' expects {results}", profile.id, test.name.value);
    let several = rows.ways() > 1;
    let mut all = Vec::new();
    for way in 0..rows.ways() {
        let label = if several { rows.label(way).to_owned() } else { String::new() };
        let title = if several { format!("{title}; {label}") } else { title.clone() };
        let body = match profile.target() {
            "splunk" => splunk::write(&query, &rows, way)?,
            "kusto" => kusto::write(&query, &rows, way)?,
            other => return Err(Stop::Outside(format!("{other} has no events of its own"))),
        };
        let text = format!("{}\n{body}\n", profile.comment(&title));
        let alone = found_alone(detection, compiled, runner, test, &text)?;
        if alone != over_rows {
            let why =
                format!("it would find {alone} results, and the query over the events finds {over_rows}");
            return Err(Stop::Differs(why));
        }
        all.push(Portable { label, text });
    }
    Ok(all)
}

/// How many results a query has with nothing but the events that it brings along.
fn found_alone(
    detection: &Detection,
    compiled: &Compiled,
    runner: &Runner,
    test: &TestCase,
    text: &str,
) -> Result<usize, Stop> {
    let nothing = runner.rows(detection, &[], test.now).map_err(|problems| {
        Stop::Fails(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
    })?;
    let query = runner.query_of(detection, compiled, text)?;
    Ok(runner.run(&query, &nothing)?.len())
}

/// A text with other words at some places, which do not overlap.
fn replaced(text: &str, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::new();
    let mut at = 0;
    for (span, word) in edits {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(&word);
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
