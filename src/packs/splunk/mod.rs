//! What the Splunk packs share: schedules, texts with tokens, drilldowns, annotations, macros, and the checks that no
//! vendor's tool makes.
//!
//! In: a detection and its compiled search. Out: values for the documents of a pack, or findings. Must not know the
//! layout of any pack.

pub(super) mod annotations;
pub(super) mod drilldowns;
pub(super) mod macros;
pub(super) mod schedule;
pub(super) mod texts;

use super::Entry;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::DetectionType;

/// A finding about a detection: it is shown at its name, which is what it is called in Splunk.
pub(super) fn about(entry: &Entry, code: Code, message: impl Into<String>) -> Diagnostic {
    let detection = entry.detection;
    Diagnostic::new(code, message).at(&detection.file, detection.metadata.name.span, "")
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
