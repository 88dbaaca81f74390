//! `defender`: custom detections of Microsoft Defender XDR, as Microsoft Graph takes them.
//!
//! In: compiled KQL. Out: a JSON file a rule, which is the body of a request; detections for hunting are queries to paste.
//! Source: "detectionRule resource type" and "Create detectionRule" (Microsoft Graph v1.0, 2026), "Create custom detection
//! rules" (Microsoft Defender XDR), and the rules by which Azure-Sentinel's own converter makes such detections.

mod entities;
mod schedule;

use serde_json::{Map, Value, json};

use super::microsoft::{
    Columns, Product, custom_details, description, notes, severity_word, subjects, tactics,
};
use super::{Content, Entry, Kind, Options, Pack, names};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{DetectionType, Status};

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "defender",
    about: "custom detections of Microsoft Defender XDR, as bodies for Microsoft Graph",
    profiles: &["kusto:xdr"],
    formats: &[],
    build,
};

const MAX_TITLE: usize = 120;
const MAX_DESCRIPTION: usize = 600;

/// Columns of the event that an alert points to.
const OF_EVENT: [&str; 2] = ["Timestamp", "ReportId"];

fn build(content: &Content, _: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let (mut findings, mut warnings) = (Vec::new(), Vec::new());
    let mut pack = Pack::new("");
    for entry in &content.entries {
        let slug = &entry.detection.metadata.slug;
        match entry.detection.metadata.detection_type {
            DetectionType::Hunting => {
                let name = format!("HuntingQueries/{}", names::file_name(slug, "kql"));
                pack.add(&name, entry.compiled.text.as_bytes());
            }
            DetectionType::Ttp | DetectionType::Anomaly | DetectionType::Correlation => {
                let rule = rule(entry, content, &mut findings, &mut warnings);
                // Maps with text keys and plain values always serialise.
                let text = serde_json::to_string_pretty(&rule).unwrap_or_default();
                pack.add_text(&format!("DetectionRules/{}", names::file_name(slug, "json")), text);
            }
        }
    }
    warnings.into_iter().for_each(|warning| pack.warn(warning));
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}

/// The body of a rule.
fn rule(
    entry: &Entry,
    content: &Content,
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Value {
    let metadata = &entry.detection.metadata;
    let columns = Columns::new(entry, Product::Defender, findings);
    let subjects = subjects(entry, &content.catalogue, &columns, warnings);
    let mappings = entities::mappings(entry, content, &columns, &subjects, findings, warnings);
    let description = description(entry, Product::Defender, MAX_DESCRIPTION, findings);
    limits(entry, &columns, &description, findings);
    let mut alert = Map::new();
    let mut add = |key: &str, value: Value| alert.insert(key.to_owned(), value);
    add("title", metadata.name.value.as_str().into());
    add("description", description.as_str().into());
    add("severity", severity_word(entry, Product::Defender, warnings).to_lowercase().into());
    if let Some(notes) = notes(entry) {
        add("recommendedActions", notes.into());
    }
    let details = custom_details(entry, &columns, &entities::columns(&mappings), warnings);
    add("entityMappings", mappings);
    if !details.is_empty() {
        let pairs = details.into_iter().map(|(key, column)| (key, Value::from(column)));
        add("customDetails", pairs.collect::<Map<String, Value>>().into());
    }
    add("tactics", attack(entry, findings, warnings));
    if entry.detection.suppression.is_some() {
        warnings.push(
            entry
                .finding(Code::W1001, "Microsoft Defender: the suppression is left out")
                .help("Defender joins alerts that repeat by rules of its own; suppress or tune them there"),
        );
    }
    let status = match metadata.status {
        Status::Production => "enabled",
        Status::Experimental | Status::Test | Status::Deprecated => "disabled",
    };
    json!({
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": metadata.id,
        "displayName": metadata.name.value,
        "description": description,
        "status": status,
        "queryCondition": {"queryText": entry.compiled.text.trim_end()},
        "schedule": schedule::schedule(entry, findings, warnings),
        "detectionAction": {"alertTemplate": alert}
    })
}

fn limits(entry: &Entry, columns: &Columns, description: &str, findings: &mut Vec<Diagnostic>) {
    let product = Product::Defender.name();
    let name = &entry.detection.metadata.name.value;
    let mut refuse = |code: Code, message: String, help: &str| {
        findings.push(entry.finding(code, format!("{product}: {message}")).help(help));
    };
    if name.chars().count() > MAX_TITLE {
        refuse(Code::E1022, format!("a title has at most {MAX_TITLE} characters"), "shorten the name");
    }
    for (what, text) in [("title", name.as_str()), ("description", description)] {
        if text.contains("{{") {
            refuse(
                Code::E1022,
                format!("the {what} holds `{{{{`, which begins the place of a value"),
                "write it without two braces",
            );
        }
    }
    for column in OF_EVENT.into_iter().filter(|column| !columns.may_return(column)) {
        refuse(
            Code::E1025,
            format!("the query does not return `{column}`"),
            "return it as it is in the table; after `summarize`, `(Timestamp, ReportId) = arg_max(Timestamp, ReportId)`",
        );
    }
}

/// The one tactic that a rule has: that of most of the techniques, the earlier one of two. Techniques of other tactics alone
/// are left out with a warning.
fn attack(entry: &Entry, findings: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> Value {
    let techniques = &entry.detection.metadata.techniques;
    let all: Vec<Vec<&str>> = techniques.iter().map(|technique| tactics(technique.tactics.iter())).collect();
    let mut best: Option<(&str, usize)> = None;
    for tactic in tactics(techniques.iter().flat_map(|technique| &technique.tactics)) {
        let count = all.iter().filter(|tactics| tactics.contains(&tactic)).count();
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((tactic, count));
        }
    }
    let Some((tactic, _)) = best else {
        let message = format!("{}: a custom detection has one tactic", Product::Defender.name());
        findings.push(entry.finding(Code::E1022, message).help("add `attack` with a technique"));
        return Value::Null;
    };
    let mut whole: Vec<(&str, Vec<&str>)> = Vec::new();
    for (technique, tactics) in techniques.iter().zip(&all) {
        let id = technique.id.as_str();
        if !tactics.contains(&tactic) {
            let message = format!("{}: the technique {id} is left out", Product::Defender.name());
            let help = format!("a custom detection has one tactic, which is {tactic} here");
            warnings.push(entry.finding(Code::W1001, message).help(help));
            continue;
        }
        let base = id.split('.').next().unwrap_or(id);
        let at = whole.iter().position(|(known, _)| *known == base).unwrap_or_else(|| {
            whole.push((base, Vec::new()));
            whole.len() - 1
        });
        if base != id && !whole[at].1.contains(&id) {
            whole[at].1.push(id);
        }
    }
    let techniques: Vec<Value> = whole
        .into_iter()
        .map(|(technique, parts)| json!({"technique": technique, "subTechniques": parts}))
        .collect();
    json!([{"tactic": tactic, "techniques": techniques}])
}
