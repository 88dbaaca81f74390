//! The queries as one stream on stdout.
//!
//! In: what came of the rules. Out: text in one of the forms. Must not know how a rule was converted.

use std::borrow::Cow;

use rayon::prelude::*;
use serde_json::json;

use super::Format;
use super::table::reason;
use super::work::{Converted, Outcome, Query};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::targets::Profile;

/// How many lines are made side by side before they are written.
const AT_ONCE: usize = 256;

/// Writes the stream.
pub(super) fn write(
    converted: &[Converted],
    profiles: &[&Profile],
    format: Format,
    output: &Output,
) -> Result<(), Failure> {
    let pairs = || {
        converted
            .iter()
            .flat_map(|rule| rule.fates.iter().zip(profiles).map(move |(fate, of)| (rule, fate, *of)))
    };
    match format {
        // What was asked for decides: a single rule for a single profile is exactly its query.
        Format::Plain if pairs().count() == 1 => {
            output.artefacts(pairs().filter_map(|(_, fate, _)| match fate {
                Outcome::Query(query) => Some(query.text.as_str().into()),
                Outcome::Refused(_) | Outcome::Wrong(_) => None,
            }))
        }
        Format::Plain => {
            let queries = pairs().filter_map(|(rule, fate, profile)| match fate {
                Outcome::Query(query) => Some((rule, query, profile)),
                Outcome::Refused(_) | Outcome::Wrong(_) => None,
            });
            let queries: Vec<(&Converted, &Query, &Profile)> = queries.collect();
            let heads: Vec<String> = queries.par_iter().map(head).collect();
            let parts = heads.iter().zip(&queries).enumerate().flat_map(|(number, (head, (_, query, _)))| {
                [if number == 0 { "" } else { "\n" }, head, "\n", &query.text].map(Cow::from)
            });
            output.artefacts(parts)
        }
        // A file of its own, which `saved` makes.
        Format::Savedsearches => Ok(()),
        Format::Ndjson => {
            let pairs: Vec<(&Converted, &Outcome, &Profile)> = pairs().collect();
            let lines = pairs.chunks(AT_ONCE).flat_map(|pairs| -> Vec<Cow<str>> {
                let line = |(rule, fate, profile): &(&Converted, &Outcome, &Profile)| {
                    format!("{}\n", record(rule, fate, profile)).into()
                };
                pairs.par_iter().map(line).collect()
            });
            output.artefacts(lines)
        }
    }
}

/// The line of comment before a query.
fn head((rule, query, profile): &(&Converted, &Query, &Profile)) -> String {
    profile.comment(&format!("{} ({}), {}, {}", title(rule), rule.id, profile.id, query.verdict.name()))
}

/// The title on one line, or the file's name.
fn title(rule: &Converted) -> String {
    let title = if rule.title.is_empty() { &rule.name } else { &rule.title };
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One rule for one profile, for machines. A rule that is refused has reasons and no query.
fn record(rule: &Converted, fate: &Outcome, profile: &Profile) -> serde_json::Value {
    let (verdict, query, losses, reasons) = match fate {
        Outcome::Query(query) => {
            (query.verdict.name(), Some(query.text.trim_end()), query.losses.as_slice(), &[][..])
        }
        Outcome::Refused(findings) => ("refused", None, &[][..], findings.as_slice()),
        Outcome::Wrong(findings) => ("error", None, &[][..], findings.as_slice()),
    };
    json!({
        "file": rule.name,
        "line": rule.line,
        "title": rule.title,
        "id": rule.id,
        "target": profile.id,
        "verdict": verdict,
        "query": query,
        "losses": losses.iter().map(|loss| json!({
            "name": loss.name,
            "verdict": loss.verdict.name(),
            "field": loss.field,
            "loss": loss.loss,
            "reason": loss.reason,
        })).collect::<Vec<_>>(),
        "reasons": reasons.iter().map(|finding| json!({
            "code": finding.code.id(),
            "message": reason(finding, profile),
            "help": finding.help,
        })).collect::<Vec<_>>(),
    })
}
