//! A detection as a correlation search.
//!
//! In: a detection with its search. Out: the values of its stanza in `savedsearches.conf`, or findings. What the type
//! of a detection does: a TTP raises risk and a notable, an anomaly risk alone, a hunting search neither, and a
//! correlation a notable alone.

use serde_json::{Value, json};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{DetectionType, RiskObjectType, Severity};
use crate::packs::conf::{ConfValue, StanzaName, one_line};
use crate::packs::splunk::annotations::{annotations, identity};
use crate::packs::splunk::drilldowns::{DrilldownSearch, drilldowns};
use crate::packs::splunk::schedule::{Times, times};
use crate::packs::splunk::texts::{message, plain, token_in};
use crate::packs::splunk::{about, column, security_domain, stanza};
use crate::packs::{Entry, Options};

/// The stanza of a correlation search.
pub(in crate::packs) struct SavedSearch {
    pub(super) name: StanzaName,
    pub(super) description: ConfValue,
    pub(super) annotations: ConfValue,
    pub(super) identity: ConfValue,
    pub(super) drilldowns: Option<ConfValue>,
    pub(super) notable: Option<Notable>,
    pub(super) risk: Option<Risk>,
    pub(super) suppression: Option<Suppression>,
    pub(super) cron: ConfValue,
    pub(super) earliest: ConfValue,
    pub(super) latest: ConfValue,
    pub(super) search: ConfValue,
}

/// An alert of Enterprise Security.
pub(super) struct Notable {
    pub(super) fields: Option<ConfValue>,
    pub(super) title: ConfValue,
    pub(super) description: ConfValue,
    pub(super) security_domain: &'static str,
    pub(super) severity: &'static str,
}

/// What is added to the risk index.
pub(super) struct Risk {
    pub(super) objects: ConfValue,
    pub(super) message: ConfValue,
}

/// When a repeated alert stays quiet.
pub(super) struct Suppression {
    pub(super) fields: ConfValue,
    /// In seconds.
    pub(super) period: u64,
}

/// The stanza, or `None` when findings were reported.
pub(super) fn saved_search(
    entry: &Entry,
    options: &Options,
    findings: &mut Vec<Diagnostic>,
) -> Option<SavedSearch> {
    let before = findings.len();
    let metadata = &entry.detection.metadata;
    let name = stanza(entry, options)
        .map_err(|problem| {
            findings.push(
                about(entry, Code::E1002, format!("splunk-app: the name of the saved search: {problem}"))
                    .help("shorten or change the name of the detection, or the label of the pack"),
            );
        })
        .ok();
    let times: Option<Times> = times(entry.detection.schedule.as_ref())
        .map_err(|problem| {
            findings.push(
                about(entry, Code::E1004, format!("splunk-app: {problem}"))
                    .help("choose an `every` that divides an hour, a day or a week"),
            );
        })
        .ok();
    let searched = drilldowns(entry, entry.compiled.text.trim_end());
    tokens(entry, &searched, findings);
    let mut writer = Writer { entry, findings };
    let objects = risk_objects(entry);
    let is_risk = matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Anomaly);
    let is_notable = matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Correlation);
    let risk = entry.detection.risk.as_ref().filter(|_| is_risk).and_then(|risk| {
        let message = writer.prose("the risk message", &message(&risk.message, entry));
        Some(Risk { objects: writer.json("the risk objects", &objects)?, message: message? })
    });
    let notable = if is_notable { notable(&mut writer) } else { None };
    let suppression = entry.detection.suppression.as_ref().and_then(|suppression| {
        let fields: Vec<&str> = suppression.by.iter().map(|field| column(entry, &field.value.name)).collect();
        let fields = writer.value("the fields of the suppression", &fields.join(","))?;
        Some(Suppression { fields, period: suppression.duration.seconds() })
    });
    let drilldowns = match searched.as_slice() {
        [] => None,
        all => writer.json("the drilldowns", &drilldown_json(all)),
    };
    let description = writer.prose("the description", &metadata.description);
    let annotations = writer.json("the annotations", &annotations(entry));
    let identity = writer.json("the identity", &identity(entry));
    let search = writer.value("the search", entry.compiled.text.trim_end());
    let (name, times) = (name?, times?);
    let [cron, earliest, latest] =
        [&times.cron, &times.earliest, &times.latest].map(|text| writer.value("the schedule", text));
    let made = SavedSearch {
        name,
        description: description?,
        annotations: annotations?,
        identity: identity?,
        drilldowns,
        notable,
        risk,
        suppression,
        cron: cron?,
        earliest: earliest?,
        latest: latest?,
        search: search?,
    };
    (findings.len() == before).then_some(made)
}

/// Refuses what Splunk could replace in the search or a drilldown though no token is meant.
fn tokens(entry: &Entry, drilldowns: &[DrilldownSearch], findings: &mut Vec<Diagnostic>) {
    let text = &entry.compiled.text;
    if let Some(token) = token_in(text) {
        let drilled =
            if drilldowns.is_empty() { "the search holds" } else { "the search and its drilldowns hold" };
        findings.push(
            about(entry, Code::E1007, format!("splunk-app: {drilled} `{token}`, which Splunk could replace"))
                .help("write the value so that no two `$` stand around a single word"),
        );
    }
}

fn notable(writer: &mut Writer) -> Option<Notable> {
    let entry = writer.entry;
    let metadata = &entry.detection.metadata;
    let mut fields: Vec<&str> = Vec::new();
    let objects =
        entry.detection.risk.iter().flat_map(|risk| risk.objects.iter().map(|object| &object.field));
    for field in objects.chain(entry.detection.entities.iter().map(|entity| &entity.field)) {
        let column = column(entry, &field.value.name);
        if !fields.contains(&column) {
            fields.push(column);
        }
    }
    let fields =
        if fields.is_empty() { None } else { writer.value("the fields of the alert", &fields.join(",")) };
    let title = writer.prose("the title", &plain(&metadata.name.value));
    let description = writer.prose("the description", &plain(&metadata.description));
    Some(Notable {
        fields,
        title: title?,
        description: description?,
        security_domain: security_domain(entry),
        severity: match metadata.severity {
            Severity::Informational => "informational",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        },
    })
}

/// Who gains risk, and what the attacker used.
fn risk_objects(entry: &Entry) -> Value {
    let Some(risk) = &entry.detection.risk else { return json!([]) };
    let objects = risk.objects.iter().map(|object| {
        json!({
            "risk_object_field": column(entry, &object.field.value.name),
            "risk_object_type": match object.object_type {
                RiskObjectType::User => "user",
                RiskObjectType::System => "system",
                RiskObjectType::Other => "other",
            },
            "risk_score": object.score,
        })
    });
    let threats = risk.threat_objects.iter().map(|object| {
        json!({
            "threat_object_field": column(entry, &object.field.value.name),
            "threat_object_type": object.object_type,
        })
    });
    Value::Array(objects.chain(threats).collect())
}

fn drilldown_json(all: &[DrilldownSearch]) -> Value {
    let one = |drilldown: &DrilldownSearch| {
        json!({
            "name": drilldown.name,
            "search": drilldown.search,
            "earliest_offset": drilldown.earliest,
            "latest_offset": drilldown.latest,
        })
    };
    Value::Array(all.iter().map(one).collect())
}

/// Makes values, and reports those that cannot be.
struct Writer<'e, 'f> {
    entry: &'e Entry<'e>,
    findings: &'f mut Vec<Diagnostic>,
}

impl Writer<'_, '_> {
    fn value(&mut self, what: &str, text: &str) -> Option<ConfValue> {
        match ConfValue::new(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.findings.push(
                    about(self.entry, Code::E1006, format!("splunk-app: {what}: {problem}"))
                        .help("a `.conf` file has no escapes: write the text in another way"),
                );
                None
            }
        }
    }

    fn prose(&mut self, what: &str, text: &str) -> Option<ConfValue> {
        self.value(what, &one_line(text))
    }

    fn json(&mut self, what: &str, value: &Value) -> Option<ConfValue> {
        self.value(what, &value.to_string())
    }
}
