//! What came of a run: the table that closes it, and one record a rule and target for machines.
//!
//! In: what came of the rules. Out: text. Rules are counted once a target, by the first of their reasons.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::work::{Converted, Outcome};
use crate::cli::project::plural;
use crate::diagnostics::{Code, Diagnostic};
use crate::targets::{Profile, Verdict};

/// Reasons of one code that are listed without `--verbose`.
const LISTED: usize = 5;

/// One block a target: how many rules were converted exactly, by consent, and not at all, and why.
pub(super) fn summary(converted: &[Converted], profiles: &[&Profile], verbose: bool) -> String {
    let mut text = String::new();
    for (index, profile) in profiles.iter().enumerate() {
        let fates: Vec<&Outcome> = converted.iter().filter_map(|rule| rule.fates.get(index)).collect();
        let exact = count(&fates, |fate| matches!(fate, Outcome::Query(c) if c.verdict == Verdict::Exact));
        let consent = count(&fates, |fate| matches!(fate, Outcome::Query(c) if c.verdict != Verdict::Exact));
        let refused = count(&fates, |fate| matches!(fate, Outcome::Refused(_)));
        let wrong = count(&fates, |fate| matches!(fate, Outcome::Wrong(_)));
        text.push_str(&format!("{}: {}\n", profile.id, plural(fates.len(), "rule")));
        for (number, what) in [
            (exact, "converted exactly"),
            (consent, "converted by consent to a loss"),
            (refused, "refused"),
            (wrong, "wrong"),
        ] {
            if number > 0 {
                text.push_str(&format!("{number:>6}  {what}\n"));
            }
        }
        reasons(&fates, profile, verbose, &mut text);
    }
    let warnings: usize = converted.iter().map(|rule| rule.warnings.len()).sum();
    if warnings > 0 && !verbose {
        text.push_str(&format!("{}; --verbose shows them\n", plural(warnings, "warning")));
    }
    text
}

fn count(fates: &[&Outcome], wanted: impl Fn(&Outcome) -> bool) -> usize {
    fates.iter().filter(|fate| wanted(fate)).count()
}

/// The reasons, those of most rules first.
fn reasons(fates: &[&Outcome], profile: &Profile, verbose: bool, text: &mut String) {
    let mut by_code: BTreeMap<Code, BTreeMap<String, usize>> = BTreeMap::new();
    for fate in fates {
        let first = match fate {
            Outcome::Query(_) => None,
            Outcome::Refused(findings) | Outcome::Wrong(findings) => findings.first(),
        };
        if let Some(first) = first {
            *by_code.entry(first.code).or_default().entry(reason(first, profile)).or_default() += 1;
        }
    }
    let mut codes: Vec<_> = by_code.into_iter().collect();
    codes.sort_by_key(|(code, reasons)| (std::cmp::Reverse(reasons.values().sum::<usize>()), *code));
    for (code, reasons) in codes {
        let total: usize = reasons.values().sum();
        text.push_str(&format!("{total:>6}  {}: {}\n", code.id(), code.title().trim_end_matches('.')));
        let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
        reasons.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
        let listed = if verbose { reasons.len() } else { LISTED };
        for (reason, number) in reasons.iter().take(listed) {
            text.push_str(&format!("{number:>13}  {reason}\n"));
        }
        if let Some(more) = reasons.len().checked_sub(listed).filter(|more| *more > 0) {
            text.push_str(&format!("{:>15}and {} more\n", "", plural(more, "reason")));
        }
    }
}

/// A finding's message without the profile's name before it.
pub(super) fn reason(finding: &Diagnostic, profile: &Profile) -> String {
    let message = finding.message.strip_prefix(profile.id).and_then(|rest| rest.strip_prefix(": "));
    message.unwrap_or(&finding.message).to_owned()
}

/// One object a rule and target, as `compile` writes them: `type` (`verdict`), `file`, `detection`, `target`, `verdict`,
/// `losses`, `codes`, `path` and `columns`.
pub(super) fn records(converted: &[Converted], profiles: &[&Profile]) -> Vec<Value> {
    let mut records = Vec::new();
    for rule in converted {
        for (fate, profile) in rule.fates.iter().zip(profiles) {
            let (verdict, query, findings) = match fate {
                Outcome::Query(query) => (query.verdict.name(), Some(query), &[][..]),
                Outcome::Refused(findings) => ("refused", None, findings.as_slice()),
                Outcome::Wrong(findings) => ("error", None, findings.as_slice()),
            };
            let losses = query.map_or(&[][..], |query| query.losses.as_slice());
            records.push(json!({
                "type": "verdict",
                "file": rule.name,
                "detection": rule.title,
                "id": rule.id,
                "target": profile.id,
                "verdict": verdict,
                "losses": losses.iter().map(|loss| json!({
                    "name": loss.name,
                    "verdict": loss.verdict.name(),
                    "field": loss.field,
                    "loss": loss.loss,
                    "reason": loss.reason,
                })).collect::<Vec<_>>(),
                "codes": findings.iter().map(|finding| finding.code.id()).collect::<Vec<_>>(),
                "path": query.map(|_| rule.path(profile)),
                "columns": serde_json::Map::new(),
            }));
        }
    }
    records
}
