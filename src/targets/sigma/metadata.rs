//! What a Sigma rule says about itself.
//!
//! In: the detection's metadata. Out: its words in Sigma's vocabulary, and the limits of the specification's JSON
//! Schema.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Metadata, Severity, Status};
use crate::source::SourceFile;
use crate::yaml::YamlScalar;

/// Sigma's word for how far a rule has come.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Experimental => "experimental",
        Status::Test => "test",
        Status::Production => "stable",
        Status::Deprecated => "deprecated",
    }
}

/// Sigma's word for how bad a hit is.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "informational",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The description without the white space at its end, which depends on how the author's YAML folded it; text of several
/// lines ends in a line break, as in a block.
pub(super) fn description(metadata: &Metadata) -> String {
    let text = metadata.description.trim_end();
    if text.contains('\n') { format!("{text}\n") } else { text.to_owned() }
}

/// Tactics first, then techniques, as Sigma's rules list them.
pub(super) fn tags(metadata: &Metadata) -> Vec<YamlScalar> {
    let tactics = metadata.techniques.iter().flat_map(|technique| &technique.tactics);
    let techniques = metadata.techniques.iter().map(|technique| &technique.id);
    texts(tactics.chain(techniques).map(|name| format!("attack.{}", name.to_lowercase())))
}

/// Texts, each once: the schema wants lists without repetitions.
pub(super) fn texts(all: impl IntoIterator<Item = impl Into<String>>) -> Vec<YamlScalar> {
    let mut kept = Vec::new();
    for text in all {
        let text = YamlScalar::text(text);
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// What the specification's schema does not allow.
pub(super) fn beyond_limits(metadata: &Metadata, file: &Arc<SourceFile>) -> Vec<Diagnostic> {
    let beyond = |what: &str, limit: &str| {
        Diagnostic::new(Code::E0501, format!("sigma: {what}: the specification allows {limit}"))
            .at(file, metadata.name.span, "")
            .help("shorten it, or write the rule under `raw: sigma:`")
    };
    let mut findings = Vec::new();
    if metadata.name.chars().count() > 256 {
        findings.push(beyond("a long name", "256 characters"));
    }
    if metadata.description.chars().count() > 65_535 {
        findings.push(beyond("a long description", "65535 characters"));
    }
    if metadata.false_positives.iter().any(|reason| reason.chars().count() < 2) {
        findings.push(beyond("a short false positive", "no fewer than 2 characters"));
    }
    findings
}
