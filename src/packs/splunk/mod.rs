//! What the Splunk packs share: schedules, texts with tokens, drilldowns, annotations, macros, and the checks that no
//! vendor's tool makes.
//!
//! In: a detection and its compiled search. Out: values for the documents of a pack, or findings. Must not know the
//! layout of any pack.

pub(super) mod annotations;
pub(super) mod drilldowns;
pub(super) mod exclusions;
pub(super) mod lookups;
pub(super) mod macros;
pub(super) mod schedule;
pub(super) mod texts;

use super::conf::{ConfProblem, MAX_STANZA, StanzaName};
use super::{Entry, Options};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::DetectionType;

/// A finding about a detection: it is shown at its name, which is what it is called in Splunk.
pub(super) fn about(entry: &Entry, code: Code, message: impl Into<String>) -> Diagnostic {
    entry.finding(code, message)
}

/// The column of a neutral field in the results.
pub(super) fn column<'e>(entry: &'e Entry, field: &'e str) -> &'e str {
    let found = entry.compiled.columns.iter().find(|(neutral, _)| neutral == field);
    found.map_or(field, |(_, column)| column.as_str())
}

/// The type as Splunk's content writes it.
pub(super) fn type_word(detection_type: DetectionType) -> &'static str {
    match detection_type {
        DetectionType::Ttp => "TTP",
        DetectionType::Anomaly => "Anomaly",
        DetectionType::Hunting => "Hunting",
        DetectionType::Correlation => "Correlation",
    }
}

/// The security domain; `threat` where the detection names none, as Enterprise Security does.
pub(super) fn security_domain(entry: &Entry) -> &'static str {
    use crate::ir::SecurityDomain;
    match entry.detection.metadata.security_domain {
        Some(SecurityDomain::Access) => "access",
        Some(SecurityDomain::Audit) => "audit",
        Some(SecurityDomain::Endpoint) => "endpoint",
        Some(SecurityDomain::Identity) => "identity",
        Some(SecurityDomain::Network) => "network",
        Some(SecurityDomain::Threat) | None => "threat",
    }
}

/// The name of the saved search of a detection: unique among all apps of an installation, as far as labels are.
pub(super) fn stanza(entry: &Entry, options: &Options) -> Result<StanzaName, ConfProblem> {
    let name =
        StanzaName::new(&format!("{} - {} - Rule", options.label, entry.detection.metadata.name.value))?;
    // Enterprise Security names what it makes of it so, within the same limit.
    let full = format!("{} - {name} - Rule", security_domain(entry));
    if full.chars().count() > MAX_STANZA { Err(ConfProblem::TooLong) } else { Ok(name) }
}

/// The data sources of a detection, by id, each once.
pub(super) fn sources<'e>(entry: &'e Entry) -> Vec<&'e str> {
    let mut ids: Vec<&str> = Vec::new();
    for events in entry.detection.logic.event_sets() {
        let id = events.data_source.value.as_str();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
