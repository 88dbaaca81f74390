//! What contentctl 5.6.2 refuses, checked here with the place in the detection.
//!
//! In: a detection. Out: one finding for each rule that it breaks (`E1008`), and one for each part that the format has
//! no place for (`W1001`). The rules are those of contentctl's own models.

use super::detection::known_asset;
use super::file_stem;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{DetectionType, Severity, Status};
use crate::packs::splunk::drilldowns::drilldowns;
use crate::packs::splunk::texts::{message, token_in};
use crate::packs::splunk::{about, column, stanza};
use crate::packs::{Entry, Options};

/// The longest name of a detection, in characters.
const MAX_NAME: usize = 67;

/// What contentctl calls a thing that an attacker uses.
const THREAT_OBJECTS: [&str; 26] = [
    "certificate_common_name",
    "certificate_organization",
    "certificate_serial",
    "certificate_unit",
    "command",
    "domain",
    "email_address",
    "email_subject",
    "file_hash",
    "file_name",
    "file_path",
    "http_user_agent",
    "ip_address",
    "parent_process",
    "parent_process_name",
    "process",
    "process_hash",
    "process_name",
    "registry_path",
    "registry_value_name",
    "registry_value_text",
    "service",
    "signature",
    "system",
    "tls_hash",
    "url",
];

/// The rules that the detection breaks.
pub(super) fn check(entry: &Entry, options: &Options, is_six: bool) -> Vec<Diagnostic> {
    let metadata = &entry.detection.metadata;
    let mut findings = Vec::new();
    let mut refuse = |message: String, help: &str| {
        findings.push(about(entry, Code::E1008, format!("contentctl: {message}")).help(help));
    };
    let name = &metadata.name.value;
    if file_stem(name) != metadata.slug {
        refuse(
            format!(
                "the filter macro must be `{}_filter`, which is not what the search calls",
                file_stem(name)
            ),
            "name the detection by letters, digits and single blanks, hyphens, dots or slashes",
        );
    }
    if name.chars().count() > MAX_NAME {
        refuse(format!("a name has at most {MAX_NAME} characters"), "shorten the name");
    } else if let Err(problem) = stanza(entry, options) {
        refuse(
            format!("the name of the saved search: {problem}"),
            "shorten the name of the detection, or the label of the pack",
        );
    }
    if !entry.compiled.text.contains(&format!("`{}_filter`", metadata.slug)) {
        refuse(
            "a search must call the filter macro of its detection".to_owned(),
            "end the raw query in that macro",
        );
    }
    match metadata.asset_type.as_deref() {
        Some(asset) if known_asset(asset).is_some() => {}
        Some(asset) => refuse(
            format!("it has no asset type `{asset}`"),
            "`asset_type` is one of ESCU's, for instance Endpoint",
        ),
        None => refuse("an asset type is needed".to_owned(), "add `asset_type`, for instance Endpoint"),
    }
    if metadata.analytic_stories.is_empty() && is_six {
        refuse("an analytic story is needed".to_owned(), "add `analytic_stories`");
    }
    let finds = matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Correlation);
    if is_six && finds && entry.detection.risk.is_none() {
        refuse("a finding is about an entity, which comes from the risk".to_owned(), "add `risk`");
    }
    if metadata.description.chars().count() > 10_000 {
        refuse("a description has at most 10,000 characters".to_owned(), "shorten the description");
    }
    if let Some(token) = token_in(&entry.compiled.text) {
        findings.push(
            about(
                entry,
                Code::E1007,
                format!("contentctl: the search holds `{token}`, which Splunk could replace"),
            )
            .help("write the value so that no two `$` stand around a single word"),
        );
    }
    findings.extend(risk(entry));
    findings
}

/// The rules about risk, drilldowns and suppression.
fn risk(entry: &Entry) -> Vec<Diagnostic> {
    let detection = entry.detection;
    let metadata = &detection.metadata;
    let mut findings = Vec::new();
    let mut refuse = |message: String, help: &str| {
        findings.push(about(entry, Code::E1008, format!("contentctl: {message}")).help(help));
    };
    let production = metadata.status == Status::Production;
    let hunting = metadata.detection_type == DetectionType::Hunting;
    if production && !hunting && drilldowns(entry, "").len() < 2 {
        refuse(
            "a detection in production needs two drilldowns".to_owned(),
            "add `drilldowns: default` and a `risk`, or list two",
        );
    }
    let search = entry.compiled.text.to_lowercase();
    let mut named: Vec<&str> = Vec::new();
    if let Some(suppression) = &detection.suppression {
        named.extend(suppression.by.iter().map(|field| column(entry, &field.value.name)));
    }
    if let Some(risk) = &detection.risk {
        named.extend(risk.objects.iter().map(|object| column(entry, &object.field.value.name)));
        named.extend(risk.threat_objects.iter().map(|object| column(entry, &object.field.value.name)));
        named.extend(risk.message.fields().map(|field| column(entry, &field.value.name)));
        for object in &risk.threat_objects {
            if !THREAT_OBJECTS.contains(&object.object_type.as_str()) {
                refuse(
                    format!("it has no threat object `{}`", object.object_type),
                    "`type` is one of ESCU's, for instance ip_address",
                );
            }
        }
        if message(&risk.message, entry).trim().is_empty() {
            refuse("a risk message is needed".to_owned(), "write the message");
        }
    }
    named.sort_unstable();
    named.dedup();
    for field in named.into_iter().filter(|field| !search.contains(&field.to_lowercase())) {
        refuse(
            format!("the field `{field}` of risk or suppression must be named in the search"),
            "add it to `summarize`",
        );
    }
    findings
}

/// What the format has no place for.
pub(super) fn losses(entry: &Entry, is_six: bool) -> Vec<Diagnostic> {
    let detection = entry.detection;
    let metadata = &detection.metadata;
    let mut warnings = Vec::new();
    let mut warn = |message: String, help: &str| {
        warnings.push(about(entry, Code::W1001, format!("contentctl: {message}")).help(help));
    };
    let raises = matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Anomaly);
    if let (Some(_), false) = (&detection.risk, raises) {
        warn(
            "only detections of type ttp and anomaly raise risk: the risk is left out".to_owned(),
            "drop `risk`, or change the type",
        );
    }
    let notable = matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Correlation);
    if notable {
        let score =
            detection.risk.iter().flat_map(|risk| risk.objects.iter().map(|object| object.score)).max();
        let derived = derived_severity(score.filter(|_| raises));
        if derived != metadata.severity {
            warn(
                format!(
                    "it derives the severity from the risk score: {} instead of {}",
                    word(derived),
                    word(metadata.severity)
                ),
                "bring the score and the severity into line, or set the severity in Enterprise Security",
            );
        }
    }
    for technique in metadata.techniques.iter().filter(|technique| has_part(entry, &technique.id)) {
        warn(
            format!("beside a sub-technique it takes no {}: it is left out", technique.id),
            "name the sub-techniques alone",
        );
    }
    if is_six && detection.suppression.is_some() {
        warn(
            "no place is known for the suppression in ESCU 6: it is left out".to_owned(),
            "set the suppression in Enterprise Security",
        );
    }
    warnings
}

/// Whether a sub-technique of this technique is named as well.
pub(super) fn has_part(entry: &Entry, id: &str) -> bool {
    let is_part = |other: &str| other.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
    entry.detection.metadata.techniques.iter().any(|other| is_part(&other.id))
}

/// The severity that contentctl gives to a notable.
fn derived_severity(score: Option<u32>) -> Severity {
    match score {
        None | Some(61..=80) => Severity::High,
        Some(0..=20) => Severity::Informational,
        Some(21..=40) => Severity::Low,
        Some(41..=60) => Severity::Medium,
        Some(81..) => Severity::Critical,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "informational",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
