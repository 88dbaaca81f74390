//! Risk, in the three forms that the content has had: observables with one score (version 4), `rba` (5), findings (6).

use super::document::{Entry, flat, items, plain, texts};
use crate::schema::{Risk, RiskObject, RiskObjectType, Severity, ThreatObject};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// Risk with the names of fields as the search has them.
pub(super) fn risk(entry: &Entry) -> Option<Risk> {
    findings(entry).or_else(|| rba(entry)).or_else(|| observables(entry))
}

fn bare<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn text(node: &Node, key: &str) -> Option<String> {
    plain(node.get(key)?)
}

/// Version 6: the entity of the finding first, then those of intermediate findings.
fn findings(entry: &Entry) -> Option<Risk> {
    let finding = entry.root.get("finding");
    let intermediate = entry.root.get("intermediate_findings");
    let mut nodes: Vec<&Node> = finding.and_then(|it| it.get("entity")).into_iter().collect();
    nodes.extend(items(intermediate.and_then(|it| it.get("entities"))));
    let title = finding.and_then(|it| text(it, "title"));
    let message = title.or_else(|| nodes.iter().find_map(|node| text(node, "message")))?;
    Some(Risk {
        message: bare(one_line(&message)),
        objects: nodes.into_iter().filter_map(object).collect(),
        threat_objects: threats(entry.root.get("threat_objects")),
    })
}

/// Version 5.
fn rba(entry: &Entry) -> Option<Risk> {
    let rba = entry.root.get("rba")?;
    Some(Risk {
        message: bare(one_line(&text(rba, "message")?)),
        objects: items(rba.get("risk_objects")).iter().filter_map(object).collect(),
        threat_objects: threats(rba.get("threat_objects")),
    })
}

/// Version 4: victims gain the one score, attackers are threat objects.
fn observables(entry: &Entry) -> Option<Risk> {
    let tags = entry.root.get("tags")?;
    let score: u32 = text(tags, "risk_score")?.parse().ok()?;
    let message = text(tags, "message")?;
    let mut objects = Vec::new();
    let mut threat_objects = Vec::new();
    for node in items(tags.get("observable")) {
        let (Some(field), Some(kind)) = (text(node, "name"), text(node, "type")) else { continue };
        if texts(node.get("role")).iter().any(|role| role == "Attacker") {
            threat_objects
                .push(bare(ThreatObject { field: bare(field), object_type: bare(threat_type(&kind)) }));
        } else {
            let object_type = bare(object_type(&kind));
            objects.push(bare(RiskObject { field: bare(field), object_type, score: bare(score) }));
        }
    }
    Some(Risk { message: bare(one_line(&message)), objects, threat_objects })
}

fn object(node: &Node) -> Option<Spanned<RiskObject>> {
    Some(bare(RiskObject {
        field: bare(text(node, "field")?),
        object_type: bare(object_type(&text(node, "type")?)),
        score: bare(text(node, "score")?.parse().ok()?),
    }))
}

fn threats(node: Option<&Node>) -> Vec<Spanned<ThreatObject>> {
    let threat = |node: &Node| {
        let object_type = bare(text(node, "type")?);
        Some(bare(ThreatObject { field: bare(text(node, "field")?), object_type }))
    };
    items(node).iter().filter_map(threat).collect()
}

/// The words of version 4 are those of contentctl's list of observables.
fn object_type(word: &str) -> RiskObjectType {
    match word.to_ascii_lowercase().as_str() {
        "user" | "user name" | "username" | "email address" => RiskObjectType::User,
        "system" | "device" | "endpoint" | "hostname" | "server" | "ip address" => RiskObjectType::System,
        _ => RiskObjectType::Other,
    }
}

fn threat_type(word: &str) -> String {
    let word = word.to_ascii_lowercase().replace(' ', "_");
    match word.as_str() {
        "process" => "process_name".to_owned(),
        "url_string" => "url".to_owned(),
        _ => word,
    }
}

/// The severity of a risk score, as contentctl takes it.
pub(super) fn severity(entry: &Entry) -> Severity {
    let scores =
        risk(entry).map(|risk| risk.objects.iter().map(|it| it.value.score.value).max().unwrap_or(0));
    match scores {
        Some(81..) => Severity::Critical,
        Some(61..) => Severity::High,
        Some(41..) => Severity::Medium,
        Some(21..) => Severity::Low,
        Some(1..) => Severity::Informational,
        // Without risk the content's alerts are of high severity.
        Some(0) | None => Severity::High,
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The drilldowns that every detection of the content has say nothing of their own.
pub(super) fn own_drilldowns(entry: &Entry) -> Vec<String> {
    let own = items(entry.root.get("drilldown_searches")).iter().filter(|node| {
        let search = text(node, "search").unwrap_or_default();
        !search.contains("%original_detection_search%") && !search.contains("Risk.All_Risk")
    });
    own.map(flat).collect()
}
