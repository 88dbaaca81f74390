//! Explanations of mutants that no test can notice.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::{Detection, ExplainedMutant};
use crate::mutants::{Change, Kind};
use crate::source::SourceFile;
use crate::targets::Profile;

use super::Outcome;

/// How far from a change its surroundings reach, in bytes.
const NEAR: usize = 60;

/// Whether an explanation speaks of a change of a query.
pub fn covers(explained: &ExplainedMutant, profile: &Profile, change: &Change, query: &str) -> bool {
    let target = |target: &String| *target == profile.id || target == profile.target();
    explained.target.as_ref().is_none_or(target)
        && explained.change.as_ref().is_none_or(|kind| kind.value == change.kind.name())
        && explained.of.as_ref().is_none_or(|of| changed(change, query) == of)
        && explained.near.as_ref().is_none_or(|near| surroundings(change, query).contains(near.as_str()))
}

/// What is changed, without what only parts it from its neighbours.
fn changed<'q>(change: &Change, query: &'q str) -> &'q str {
    let text = query.get(change.span.start..change.span.end).unwrap_or_default();
    text.trim_matches(|c: char| c == ',' || c.is_whitespace())
}

fn surroundings<'q>(change: &Change, query: &'q str) -> &'q str {
    let floor = |mut at: usize| {
        at = at.min(query.len());
        while !query.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(change.span.start.saturating_sub(NEAR)), floor(change.span.end + NEAR));
    query.get(start..end).unwrap_or_default()
}

/// Findings about the explanations of a detection: a kind of change that does not exist (`E1223`), and an explanation
/// that no survivor needs (`W1220`). `outcomes` are those of every profile that the detection compiles for.
pub fn check_explanations(detection: &Detection, outcomes: &[Outcome]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for explained in &detection.mutants {
        if let Some(finding) = unknown_kind(explained, &detection.file) {
            findings.push(finding);
            continue;
        }
        let needed = outcomes.iter().any(|outcome| {
            let text = outcome.query.text();
            outcome.survivors.iter().any(|one| covers(explained, outcome.profile, &one.change, text))
        });
        if !needed {
            findings.push(
                Diagnostic::new(Code::W1220, "no mutant that survives is explained by this")
                    .at(&detection.file, explained.span, "")
                    .help("take it out of `mutants`"),
            );
        }
    }
    findings
}

fn unknown_kind(explained: &ExplainedMutant, file: &Arc<SourceFile>) -> Option<Diagnostic> {
    let kind = explained.change.as_ref()?;
    let names = || Kind::ALL.iter().map(|kind| kind.name());
    if names().any(|name| name == kind.value) {
        return None;
    }
    let near = did_you_mean(&kind.value, names());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let mut known: Vec<&str> = names().collect();
            known.dedup();
            format!("the kinds are {}", known.join(", "))
        }
    };
    let message = format!("there is no kind of change `{}`", kind.value);
    Some(Diagnostic::new(Code::E1223, message).at(file, kind.span, "").help(help))
}
