//! What is said about a detection, and what the neutral format has no place for.

use super::document::{Entry, flat, items, plain, texts};
use super::risk;
use crate::attack::{self, Lookup};
use crate::schema::{Detection, DetectionType, Drilldowns, SecurityDomain, Status, Suppress};
use crate::source::{Span, Spanned};

fn bare<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// A detection with everything but its logic and risk. None when a key that every detection must have is not there.
pub(super) fn metadata(entry: &Entry) -> Option<Detection> {
    let line = |key: &str| entry.text(key).map(|text| bare(risk::one_line(&text.value)));
    let list = |key: &str| -> Vec<Spanned<String>> {
        texts(entry.tag(key))
            .iter()
            .map(|text| bare(risk::one_line(text)))
            .filter(|text| !text.value.is_empty())
            .collect()
    };
    let date = entry.text("modification_date").or_else(|| entry.text("date"))?;
    Some(Detection {
        id: entry.text("id"),
        name: line("name"),
        version: Some(bare(entry.text("version")?.value.parse::<u32>().ok()?.max(1))),
        status: Some(bare(status(&entry.text("status")?.value)?)),
        detection_type: Some(bare(kind(&entry.text("type")?.value)?)),
        severity: Some(bare(risk::severity(entry))),
        author: line("author"),
        date: Some(bare(date.value.trim().get(..10).unwrap_or_default().to_owned())),
        description: entry.text("description"),
        how_to_implement: entry.text("how_to_implement"),
        false_positives: list("known_false_positives"),
        references: list("references"),
        attack: techniques(entry).into_iter().filter(|id| is_known(id)).map(bare).collect(),
        analytic_stories: list("analytic_story"),
        asset_type: entry.tag("asset_type").and_then(plain).map(bare),
        security_domain: entry
            .tag("security_domain")
            .and_then(plain)
            .and_then(|word| domain(&word))
            .map(bare),
        suppress: suppress(entry).map(bare),
        drilldowns: entry.root.get("drilldown_searches").map(|_| bare(Drilldowns::Default)),
        ..Detection::default()
    })
}

fn techniques(entry: &Entry) -> Vec<String> {
    let all = texts(entry.tag("mitre_attack_id"));
    // A technique beside one of its parts says nothing more.
    let is_parent = |id: &String| all.iter().any(|other| other.starts_with(&format!("{id}.")));
    all.iter().filter(|id| !is_parent(id)).cloned().collect()
}

fn is_known(id: &str) -> bool {
    matches!(attack::technique(id), Lookup::Known(_))
}

fn suppress(entry: &Entry) -> Option<Suppress> {
    let throttling = entry.tag("throttling")?;
    let by = texts(throttling.get("fields")).into_iter().map(bare).collect();
    Some(Suppress { by, duration: bare(plain(throttling.get("period")?)?) })
}

fn status(word: &str) -> Option<Status> {
    Some(match word.to_ascii_lowercase().as_str() {
        "production" => Status::Production,
        "experimental" => Status::Experimental,
        "deprecated" | "removed" => Status::Deprecated,
        _ => return None,
    })
}

fn kind(word: &str) -> Option<DetectionType> {
    Some(match word.to_ascii_lowercase().as_str() {
        "ttp" => DetectionType::Ttp,
        "anomaly" => DetectionType::Anomaly,
        "hunting" => DetectionType::Hunting,
        "correlation" => DetectionType::Correlation,
        _ => return None,
    })
}

fn domain(word: &str) -> Option<SecurityDomain> {
    Some(match word.to_ascii_lowercase().as_str() {
        "access" => SecurityDomain::Access,
        "endpoint" => SecurityDomain::Endpoint,
        "network" => SecurityDomain::Network,
        "threat" => SecurityDomain::Threat,
        "identity" => SecurityDomain::Identity,
        "audit" => SecurityDomain::Audit,
        _ => return None,
    })
}

/// Keys that say something which a detection has no key for, in the order of the file.
pub(super) fn notes(entry: &Entry) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    let unknown: Vec<String> = techniques(entry).into_iter().filter(|id| !is_known(id)).collect();
    if !unknown.is_empty() {
        notes.push((
            "mitre_attack_id".to_owned(),
            format!("{} (not in this version of ATT&CK)", unknown.join(", ")),
        ));
    }
    let tags = entry.root.get("tags").map(|tags| tags.entries()).unwrap_or_default();
    for (key, value) in entry.root.entries().iter().chain(tags) {
        let kept = match key.value.as_str() {
            "name"
            | "id"
            | "version"
            | "date"
            | "modification_date"
            | "author"
            | "status"
            | "type"
            | "description"
            | "search"
            | "how_to_implement"
            | "known_false_positives"
            | "references"
            | "tags"
            | "rba"
            | "finding"
            | "intermediate_findings"
            | "threat_objects"
            | "analytic_story"
            | "asset_type"
            | "mitre_attack_id"
            | "security_domain"
            | "throttling"
            | "observable"
            | "message"
            | "risk_score" => None,
            // Made of the search, or of other keys.
            "required_fields" | "confidence" | "impact" => None,
            "drilldown_searches" => Some(risk::own_drilldowns(entry).join("; ")),
            "tests" => Some(tests(value)),
            _ => Some(flat(value)),
        };
        notes.extend(kept.filter(|text| !text.is_empty()).map(|text| (key.value.clone(), text)));
    }
    notes
}

/// Where the events of the tests can be had.
fn tests(node: &crate::yaml::Node) -> String {
    let data = items(Some(node)).iter().flat_map(|test| items(test.get("attack_data")));
    data.filter_map(|data| plain(data.get("data")?)).collect::<Vec<_>>().join(", ")
}
