//! A detection as contentctl reads it.
//!
//! In: a detection with its search. Out: the values of its YAML file, of either format.

use askama::Template;

use super::limits::has_part;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{DetectionType, RiskObject, RiskObjectType, Status};
use crate::packs::Entry;
use crate::packs::conf::one_line;
use crate::packs::splunk::drilldowns::drilldowns;
use crate::packs::splunk::schedule::{Times, times};
use crate::packs::splunk::texts::{message, plain};
use crate::packs::splunk::{about, column, security_domain, sources, type_word};
use crate::yaml::YamlScalar;

/// What contentctl puts the search of the detection in place of.
const ORIGINAL: &str = "%original_detection_search%";

/// The asset types of contentctl 5.6.2.
const ASSETS: &str = include_str!("assets.txt");

/// The values of a file.
pub(super) struct Document {
    pub(super) name: YamlScalar,
    pub(super) id: YamlScalar,
    pub(super) version: YamlScalar,
    pub(super) date: YamlScalar,
    pub(super) author: YamlScalar,
    pub(super) status: &'static str,
    pub(super) type_word: &'static str,
    pub(super) description: YamlScalar,
    pub(super) data_sources: Vec<YamlScalar>,
    pub(super) search: YamlScalar,
    pub(super) how_to_implement: YamlScalar,
    pub(super) false_positives: YamlScalar,
    pub(super) references: Vec<YamlScalar>,
    pub(super) drilldowns: Vec<[YamlScalar; 4]>,
    pub(super) risk: Option<Risk>,
    pub(super) stories: Vec<YamlScalar>,
    pub(super) asset_type: YamlScalar,
    pub(super) techniques: Vec<YamlScalar>,
    pub(super) security_domain: &'static str,
    pub(super) category: &'static str,
    pub(super) throttling: Option<Throttling>,
    pub(super) cron: YamlScalar,
    pub(super) earliest: YamlScalar,
    pub(super) latest: YamlScalar,
    pub(super) notable: Option<Notable>,
    pub(super) has_default_schedule: bool,
}

/// Risk, of a TTP or an anomaly.
pub(super) struct Risk {
    pub(super) message: YamlScalar,
    /// In the order of the detection.
    pub(super) objects: Vec<Object>,
    /// The one that a finding is about, of a TTP.
    pub(super) first: Option<Object>,
    /// The others, or all of an anomaly.
    pub(super) others: Vec<Object>,
    pub(super) threats: Vec<(YamlScalar, YamlScalar)>,
}

/// Who gains risk.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) field: YamlScalar,
    pub(super) kind: &'static str,
    pub(super) score: YamlScalar,
}

/// When a repeated alert stays quiet.
pub(super) struct Throttling {
    pub(super) fields: Vec<YamlScalar>,
    pub(super) period: YamlScalar,
}

/// What an alert shows.
pub(super) struct Notable {
    pub(super) title: YamlScalar,
    pub(super) description: YamlScalar,
    pub(super) fields: Vec<YamlScalar>,
}

/// Format 5.
#[derive(Template)]
#[template(path = "contentctl/detection-5.yml")]
pub(super) struct Detection5<'a> {
    pub(super) it: &'a Document,
}

/// Format 6.
#[derive(Template)]
#[template(path = "contentctl/detection-6.yml")]
pub(super) struct Detection6<'a> {
    pub(super) it: &'a Document,
}

impl Document {
    /// The values, or `None` when the schedule cannot be said.
    pub(super) fn new(entry: &Entry, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let metadata = &entry.detection.metadata;
        let times: Times = match times(entry.detection.schedule.as_ref()) {
            Ok(times) => times,
            Err(problem) => {
                findings.push(
                    about(entry, Code::E1004, format!("contentctl: {problem}"))
                        .help("choose an `every` that divides an hour, a day or a week"),
                );
                return None;
            }
        };
        let texts = |texts: &[String]| texts.iter().map(YamlScalar::text).collect::<Vec<_>>();
        let prose = |text: &str| YamlScalar::text(one_line(text));
        let how = metadata.how_to_implement.clone().unwrap_or_else(|| {
            format!("Collect the events of the data source {}.", sources(entry).join(", "))
        });
        let false_positives = match metadata.false_positives.as_slice() {
            [] => "None are known.".to_owned(),
            reasons => reasons.join(" "),
        };
        let searched = drilldowns(entry, ORIGINAL);
        Some(Self {
            name: YamlScalar::text(&metadata.name.value),
            id: YamlScalar::text(&metadata.id),
            version: YamlScalar::Integer(i64::from(metadata.version)),
            date: YamlScalar::text(&metadata.date),
            author: prose(&metadata.author),
            status: match metadata.status {
                Status::Production => "production",
                Status::Experimental | Status::Test => "experimental",
                Status::Deprecated => "deprecated",
            },
            type_word: type_word(metadata.detection_type),
            description: prose(&metadata.description),
            data_sources: sources(entry).into_iter().map(YamlScalar::text).collect(),
            search: YamlScalar::text(entry.compiled.text.trim_end()),
            how_to_implement: prose(&how),
            false_positives: prose(&false_positives),
            references: texts(&metadata.references),
            drilldowns: searched
                .iter()
                .map(|one| [&one.name, &one.search, &one.earliest, &one.latest].map(YamlScalar::text))
                .collect(),
            risk: risk(entry),
            stories: texts(&metadata.analytic_stories),
            asset_type: YamlScalar::text(
                metadata.asset_type.as_deref().and_then(known_asset).unwrap_or_default(),
            ),
            techniques: metadata
                .techniques
                .iter()
                .filter(|one| !has_part(entry, &one.id))
                .map(|one| YamlScalar::text(&one.id))
                .collect(),
            security_domain: security_domain(entry),
            category: category(entry),
            throttling: throttling(entry),
            has_default_schedule: times.is_default(),
            cron: YamlScalar::text(times.cron),
            earliest: YamlScalar::text(times.earliest),
            latest: YamlScalar::text(times.latest),
            notable: notable(entry),
        })
    }
}

fn risk(entry: &Entry) -> Option<Risk> {
    let detection_type = entry.detection.metadata.detection_type;
    let is_ttp = detection_type == DetectionType::Ttp;
    let risk =
        entry.detection.risk.as_ref().filter(|_| is_ttp || detection_type == DetectionType::Anomaly)?;
    let objects: Vec<Object> = risk.objects.iter().map(|object| Object::new(entry, object)).collect();
    // A finding is about one entity: the first user, or else the first of all.
    let user = |object: &RiskObject| object.object_type == RiskObjectType::User;
    let first = is_ttp.then(|| risk.objects.iter().position(user).unwrap_or(0));
    let others = objects.iter().enumerate().filter(|(index, _)| Some(*index) != first);
    Some(Risk {
        message: YamlScalar::text(message(&risk.message, entry)),
        first: first.and_then(|index| objects.get(index).cloned()),
        others: others.map(|(_, object)| object.clone()).collect(),
        threats: risk
            .threat_objects
            .iter()
            .map(|object| {
                let field = YamlScalar::text(column(entry, &object.field.value.name));
                (field, YamlScalar::text(&object.object_type))
            })
            .collect(),
        objects,
    })
}

impl Object {
    fn new(entry: &Entry, object: &RiskObject) -> Self {
        Self {
            field: YamlScalar::text(column(entry, &object.field.value.name)),
            kind: match object.object_type {
                RiskObjectType::User => "user",
                RiskObjectType::System => "system",
                RiskObjectType::Other => "other",
            },
            score: YamlScalar::Integer(i64::from(object.score)),
        }
    }
}

fn throttling(entry: &Entry) -> Option<Throttling> {
    let suppression = entry.detection.suppression.as_ref()?;
    let fields = suppression.by.iter().map(|field| YamlScalar::text(column(entry, &field.value.name)));
    Some(Throttling {
        fields: fields.collect(),
        period: YamlScalar::text(format!("{}s", suppression.duration.seconds())),
    })
}

fn notable(entry: &Entry) -> Option<Notable> {
    let metadata = &entry.detection.metadata;
    if !matches!(metadata.detection_type, DetectionType::Ttp | DetectionType::Correlation) {
        return None;
    }
    // contentctl puts the text itself in place of these; a `$` must be doubled first.
    let or = |text: &str, name: &str| {
        if text.contains('$') { plain(&one_line(text)) } else { name.to_owned() }
    };
    let risk = entry.detection.risk.iter().flat_map(|risk| risk.objects.iter().map(|object| &object.field));
    let mut fields: Vec<&str> = Vec::new();
    for field in risk.chain(entry.detection.entities.iter().map(|entity| &entity.field)) {
        let column = column(entry, &field.value.name);
        if !fields.contains(&column) {
            fields.push(column);
        }
    }
    Some(Notable {
        title: YamlScalar::text(or(&metadata.name.value, "%name%")),
        description: YamlScalar::text(or(&metadata.description, "%description%")),
        fields: fields.into_iter().map(YamlScalar::text).collect(),
    })
}

/// The asset type as contentctl writes it.
pub(super) fn known_asset(asset: &str) -> Option<&'static str> {
    ASSETS.lines().find(|known| known.eq_ignore_ascii_case(asset))
}

/// ESCU's folder, by who makes the data.
fn category(entry: &Entry) -> &'static str {
    const CLOUD: [&str; 10] =
        ["aws", "azure", "entra", "gcp", "google", "m365", "microsoft365", "okta", "onelogin", "kubernetes"];
    const ENDPOINT: [&str; 3] = ["windows", "linux", "macos"];
    const NETWORK: [&str; 5] = ["network", "dns", "firewall", "zeek", "cisco"];
    let vendor = sources(entry).first().and_then(|id| id.split('.').next()).unwrap_or_default();
    match vendor {
        vendor if CLOUD.contains(&vendor) => "cloud",
        vendor if ENDPOINT.contains(&vendor) => "endpoint",
        vendor if NETWORK.contains(&vendor) => "network",
        "web" => "web",
        _ => "application",
    }
}
