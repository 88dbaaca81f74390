//! Detections out, as the neutral format: what an importer writes for people to own.
//!
//! In: a detection as the schema has it, its selections as a text, and notes of what it could not carry. Out: a YAML
//! file that reads back as that detection. Must not know which format it came from.

mod correlated;
mod events;
mod layout;
mod outcome;
#[cfg(test)]
mod tests;
mod verbatim;

use askama::Template;

use crate::schema::{Block, Detection, DetectionType, SecurityDomain, Severity, Status};
use crate::source::Spanned;
use crate::yaml::{Comment, YamlProse, YamlScalar};

use correlated::Correlated;
use events::Events;
use outcome::Outcome;

pub use events::Laid;
pub use layout::laid_out;
pub use verbatim::verbatim;

/// A file to be written.
#[derive(Debug, Template)]
#[template(path = "neutral/detection.yml")]
pub struct Draft {
    heading: Comment,
    notes: Vec<Comment>,
    id: YamlScalar,
    name: YamlScalar,
    version: YamlScalar,
    status: &'static str,
    detection_type: &'static str,
    severity: &'static str,
    author: YamlScalar,
    date: YamlScalar,
    description: YamlProse,
    how_to_implement: Option<YamlProse>,
    false_positives: Vec<YamlScalar>,
    references: Vec<YamlScalar>,
    attack: Vec<YamlScalar>,
    analytic_stories: Vec<YamlScalar>,
    asset_type: Option<YamlScalar>,
    security_domain: Option<&'static str>,
    /// Without stages.
    events: Option<Events>,
    /// By name.
    stages: Vec<(YamlScalar, Events)>,
    correlation: Option<Correlated>,
    outcome: Outcome,
}

impl Draft {
    /// The file of a detection that has every key it must have, and nothing that has no form here; `None` otherwise.
    /// `laid` is what stands below `detection:`: one for each stage, or for the detection itself, which has none when it is
    /// only a raw query; `heading` introduces the notes.
    pub fn of(detection: &Detection, laid: &[Laid], heading: &str, notes: &[String]) -> Option<Self> {
        let texts = |list: &[Spanned<String>]| {
            list.iter().map(|text| YamlScalar::text(text.value.as_str())).collect()
        };
        Some(Self {
            heading: Comment(heading.to_owned()),
            notes: notes.iter().map(|note| Comment(note.clone())).collect(),
            id: YamlScalar::text(detection.id.as_ref()?.value.as_str()),
            name: YamlScalar::text(detection.name.as_ref()?.value.as_str()),
            version: YamlScalar::Integer(
                detection.version.as_ref().map_or(1, |version| i64::from(version.value)),
            ),
            status: status(detection.status.as_ref()?.value),
            detection_type: detection_type(detection.detection_type.as_ref()?.value),
            severity: severity(detection.severity.as_ref()?.value),
            author: YamlScalar::text(detection.author.as_ref()?.value.as_str()),
            date: YamlScalar::Date(detection.date.as_ref()?.value.clone()),
            description: YamlProse {
                text: detection.description.as_ref()?.value.trim().to_owned(),
                indent: 2,
            },
            how_to_implement: detection
                .how_to_implement
                .as_ref()
                .map(|text| YamlProse { text: text.value.trim().to_owned(), indent: 2 }),
            false_positives: texts(&detection.false_positives),
            references: texts(&detection.references),
            attack: texts(&detection.attack),
            analytic_stories: texts(&detection.analytic_stories),
            asset_type: detection.asset_type.as_ref().map(|text| YamlScalar::text(text.value.as_str())),
            security_domain: detection.security_domain.as_ref().map(|domain| security_domain(domain.value)),
            events: own(detection, laid)?,
            stages: stages(detection, laid)?,
            correlation: match &detection.correlation {
                Some(correlation) => Some(Correlated::of(&correlation.value)?),
                None => None,
            },
            outcome: Outcome::of(detection),
        })
    }

    /// The text of the file. Ends in one line break.
    pub fn text(&self) -> Result<String, askama::Error> {
        let mut text = String::new();
        self.render_into(&mut text)?;
        text.truncate(text.trim_end().len());
        text.push('\n');
        Ok(text)
    }
}

/// The events of a detection without stages. The outer `None` is a detection that cannot be written.
fn own(detection: &Detection, laid: &[Laid]) -> Option<Option<Events>> {
    match (detection.stages.is_empty(), laid) {
        (false, _) => Some(None),
        (true, []) => detection.raw.first().map(|_| None),
        (true, [laid]) => Events::of(detection.data_source.as_ref()?, &detection.derive, laid, 0).map(Some),
        (true, _) => None,
    }
}

/// The stages, which each have a block.
fn stages(detection: &Detection, laid: &[Laid]) -> Option<Vec<(YamlScalar, Events)>> {
    if detection.stages.is_empty() {
        return Some(Vec::new());
    }
    let stages = detection.stages.iter().zip(laid).map(|((name, stage), laid)| {
        let events = Events::of(&stage.value.data_source, &stage.value.derive, laid, 4)?;
        Some((YamlScalar::text(name.value.as_str()), events))
    });
    (detection.stages.len() == laid.len()).then(|| stages.collect())?
}

/// The text of a block under `detection:`: as its author laid it out where that can be kept, else laid out anew.
pub fn block_text(block: &Block, verbatim: Option<String>) -> String {
    verbatim.unwrap_or_else(|| laid_out(block))
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Experimental => "experimental",
        Status::Test => "test",
        Status::Production => "production",
        Status::Deprecated => "deprecated",
    }
}

fn detection_type(detection_type: DetectionType) -> &'static str {
    match detection_type {
        DetectionType::Ttp => "ttp",
        DetectionType::Anomaly => "anomaly",
        DetectionType::Hunting => "hunting",
        DetectionType::Correlation => "correlation",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "informational",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn security_domain(domain: SecurityDomain) -> &'static str {
    match domain {
        SecurityDomain::Access => "access",
        SecurityDomain::Endpoint => "endpoint",
        SecurityDomain::Network => "network",
        SecurityDomain::Threat => "threat",
        SecurityDomain::Identity => "identity",
        SecurityDomain::Audit => "audit",
    }
}
