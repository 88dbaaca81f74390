//! Analytic stories, and what an analyst reads of each detection.
//!
//! In: the detections. Out: the stanzas of `analyticstories.conf`. A story is known by its name alone: what there is to
//! say about it are its detections.

use std::collections::BTreeMap;

use serde_json::json;

use crate::diagnostics::{Code, Diagnostic};
use crate::packs::conf::{ConfProblem, ConfValue, StanzaName};
use crate::packs::splunk::annotations::annotations;
use crate::packs::splunk::{about, stanza};
use crate::packs::{Content, Entry, Options};

/// Both kinds of stanza.
pub(super) struct All {
    pub(super) detections: Vec<Told>,
    pub(super) stories: Vec<Story>,
}

/// What is told of a detection.
pub(super) struct Told {
    pub(super) name: StanzaName,
    pub(super) asset_type: Option<ConfValue>,
    pub(super) explanation: ConfValue,
    pub(super) how_to_implement: Option<ConfValue>,
    pub(super) annotations: ConfValue,
    pub(super) false_positives: Option<ConfValue>,
}

/// A story.
pub(super) struct Story {
    pub(super) name: StanzaName,
    pub(super) last_updated: String,
    pub(super) references: ConfValue,
    pub(super) maintainers: ConfValue,
    pub(super) searches: ConfValue,
    pub(super) description: ConfValue,
}

/// The stanzas. What cannot be written is a finding; names of saved searches are reported elsewhere.
pub(super) fn stories(content: &Content, options: &Options, findings: &mut Vec<Diagnostic>) -> All {
    let mut detections = Vec::new();
    let mut by_story: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &content.entries {
        let Ok(name) = stanza(entry, options) else { continue };
        for story in &entry.detection.metadata.analytic_stories {
            by_story.entry(story).or_default().push(entry);
        }
        match told(entry, name) {
            Ok(told) => detections.push(told),
            Err(problem) => findings.push(about(
                entry,
                Code::E1006,
                format!("splunk-app: what is told of the detection: {problem}"),
            )),
        }
    }
    let mut stories = Vec::new();
    for (name, entries) in by_story {
        match story(name, &entries, options) {
            Ok(story) => stories.push(story),
            Err(problem) => findings.extend(entries.first().map(|entry| {
                about(entry, Code::E1006, format!("splunk-app: the analytic story `{name}`: {problem}"))
            })),
        }
    }
    All { detections, stories }
}

fn told(entry: &Entry, name: StanzaName) -> Result<Told, ConfProblem> {
    let metadata = &entry.detection.metadata;
    let prose = |text: Option<&str>| text.map(ConfValue::prose).transpose();
    Ok(Told {
        name,
        asset_type: prose(metadata.asset_type.as_deref())?,
        explanation: ConfValue::prose(&metadata.description)?,
        how_to_implement: prose(metadata.how_to_implement.as_deref())?,
        annotations: ConfValue::new(&annotations(entry).to_string())?,
        false_positives: match metadata.false_positives.as_slice() {
            [] => None,
            reasons => Some(ConfValue::prose(&reasons.join(" "))?),
        },
    })
}

fn story(name: &str, entries: &[&Entry], options: &Options) -> Result<Story, ConfProblem> {
    let metadata = || entries.iter().map(|entry| &entry.detection.metadata);
    let mut references: Vec<&str> = metadata().flat_map(|one| &one.references).map(String::as_str).collect();
    references.sort_unstable();
    references.dedup();
    let searches: Vec<String> = entries
        .iter()
        .map(|entry| stanza(entry, options).map(|name| name.as_str().to_owned()))
        .collect::<Result<_, _>>()?;
    let names: Vec<&str> = metadata().map(|one| one.name.value.as_str()).collect();
    let json = |value: serde_json::Value| ConfValue::new(&value.to_string());
    Ok(Story {
        name: StanzaName::new(&format!("analytic_story://{name}"))?,
        last_updated: metadata().map(|one| one.date.clone()).max().unwrap_or_default(),
        references: json(json!(references))?,
        maintainers: json(json!([{"company": options.author, "email": "", "name": options.author}]))?,
        searches: json(json!(searches))?,
        description: ConfValue::prose(&format!("{name}: {}", names.join("; ")))?,
    })
}
