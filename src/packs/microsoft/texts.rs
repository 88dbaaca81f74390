//! Words and prose of a rule: its description, severity and tactics.
//!
//! In: a detection's metadata. Out: texts within a product's limits. What only people read goes into the description,
//! since rules have no place of their own for it.

use super::Product;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Severity;
use crate::packs::Entry;
use crate::packs::conf::one_line;

/// The tactics of Microsoft's products. ATT&CK for ICS is left out: detc does not know it.
const TACTICS: [&str; 14] = [
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
];

/// The description with what there is to know beside it, within `most` characters. A description that is longer by itself is
/// a finding; notes that do not fit are left out with a warning.
pub(super) fn described(
    entry: &Entry,
    product: Product,
    most: usize,
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> String {
    let description = description(entry, product, most, findings);
    let Some(notes) = notes(entry) else { return description };
    let whole = format!("{description}\n\n{notes}");
    if whole.chars().count() <= most {
        return whole;
    }
    let message = format!(
        "{}: what stands beside the description is left out: together they have more than {most} characters",
        product.name()
    );
    warnings.push(
        entry
            .finding(Code::W1001, message)
            .help("shorten `description`, `false_positives`, `how_to_implement` or `references`"),
    );
    description
}

/// The description on one line. One that is longer than `most` characters is a finding.
pub(super) fn description(
    entry: &Entry,
    product: Product,
    most: usize,
    findings: &mut Vec<Diagnostic>,
) -> String {
    let description = one_line(&entry.detection.metadata.description);
    let length = description.chars().count();
    if length > most {
        let message =
            format!("{}: a description has at most {most} characters, not {length}", product.name());
        findings.push(entry.finding(Code::E1022, message).help("shorten `description`"));
    }
    description
}

/// False positives, what to collect, stories and references: a line each.
pub(super) fn notes(entry: &Entry) -> Option<String> {
    let metadata = &entry.detection.metadata;
    let mut lines = Vec::new();
    let mut add = |head: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{head}: {text}"));
        }
    };
    add("False positives", one_line(&metadata.false_positives.join(" ")));
    add("How to implement", metadata.how_to_implement.as_deref().map(one_line).unwrap_or_default());
    add("Analytic stories", one_line(&metadata.analytic_stories.join(", ")));
    add("References", one_line(&metadata.references.join(" ")));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The severity in Sentinel's words. There is no level above high: what is critical becomes high, with a warning.
pub(super) fn severity_word(entry: &Entry, product: Product, warnings: &mut Vec<Diagnostic>) -> &'static str {
    match entry.detection.metadata.severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => {
            warnings.push(
                entry
                    .finding(
                        Code::W1001,
                        format!("{}: the severity is high instead of critical", product.name()),
                    )
                    .help("there is no level above high"),
            );
            "High"
        }
    }
}

/// Tactics in Microsoft's spelling, each once, in its order.
pub(super) fn tactics<'t>(short_names: impl Iterator<Item = &'t String>) -> Vec<&'static str> {
    let written: Vec<String> = short_names.map(|name| name.replace('-', "")).collect();
    TACTICS.into_iter().filter(|known| written.iter().any(|name| name.eq_ignore_ascii_case(known))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsoft_has_every_tactic() {
        for tactic in crate::attack::tactics() {
            assert_eq!(tactics([tactic.short_name.to_owned()].iter()).len(), 1, "{}", tactic.short_name);
        }
    }
}
