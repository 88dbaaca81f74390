//! Detections over a source of the catalogue, and packs of them.

use std::sync::{Arc, LazyLock};

use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::Detection;
use crate::packs::{self, Content, Entry, Options, Pack, kind};
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets;

/// Read once: most of the time would go into it.
static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));

/// A detection with everything that a pack carries.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) description: String,
    pub(super) detection_type: &'static str,
    pub(super) story: String,
    pub(super) value: String,
    pub(super) message: String,
    /// Further lines at the top.
    pub(super) more: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            id: 1,
            name: "Suspicious Program".to_owned(),
            version: 1,
            description: "A program that is seldom good news was started.".to_owned(),
            detection_type: "ttp",
            story: "Bad Programs".to_owned(),
            value: "\\mimikatz.exe".to_owned(),
            message: "$user$ started $Image$ on $dest$".to_owned(),
            more: "schedule: {every: 1h, lookback: 70m, delay: 10m}".to_owned(),
        }
    }
}

impl Draft {
    pub(super) fn named(id: u32, name: &str) -> Self {
        Self { id, name: name.to_owned(), ..Self::default() }
    }

    /// The file without its summary, so that each result is an event.
    pub(super) fn text_without_summary(&self) -> String {
        self.text().replace("summarize: {by: [user, dest, Image]}\n", "")
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        // JSON's strings are YAML's, too.
        let json = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            "id: 00000000-0000-4000-8000-{:012x}
name: {}
version: {}
status: production
type: {}
severity: high
author: A. Writer
date: 2026-01-31
description: {}
how_to_implement: Collect process creation.
false_positives: [Administrators at work.]
references: [https://attack.mitre.org/techniques/T1003/001/]
attack: [T1003.001]
analytic_stories: [{}]
asset_type: Endpoint
security_domain: endpoint
data_source: windows.process_creation
detection:
  program: {{Image|endswith: {}}}
  condition: program
summarize: {{by: [user, dest, Image]}}
suppress: {{by: [user, dest], for: 1d}}
risk:
  message: {}
  objects: [{{field: user, type: user, score: 70}}, {{field: dest, type: system, score: 70}}]
  threat_objects: [{{field: Image, type: process}}]
drilldowns: default
{}
",
            self.id,
            json(&self.name),
            self.version,
            self.detection_type,
            json(&self.description),
            json(&self.story),
            json(&self.value),
            json(&self.message),
            self.more,
        )
    }

    /// The detection, or what stands against it.
    pub(super) fn resolve(&self) -> Result<Detection, Vec<Diagnostic>> {
        resolve(&format!("detections/{}.yml", self.id), &self.text())
    }
}

/// The detection of a file, or what stands against it.
pub(super) fn resolve(name: &str, text: &str) -> Result<Detection, Vec<Diagnostic>> {
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &CATALOGUE, profiles: &profiles };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new(name, text), &context, &mut findings);
    findings.retain(|finding| finding.severity() == Severity::Error);
    detection.filter(|_| findings.is_empty()).ok_or(findings)
}

pub(super) fn options(format: &str) -> Options {
    Options {
        id: "acme_detections".to_owned(),
        label: "ACME Rules".to_owned(),
        version: "1.2.3".to_owned(),
        author: "ACME".to_owned(),
        format: format.to_owned(),
    }
}

/// A pack of detections, with the queries of the kind's first profile or of the one that is named.
pub(super) fn pack_of(
    id: &str,
    profile: Option<&str>,
    format: &str,
    drafts: &[Draft],
) -> Result<Pack, Vec<Diagnostic>> {
    let detections: Vec<Detection> =
        drafts.iter().map(Draft::resolve).collect::<Result<_, _>>().expect("sound detections");
    pack_detections(id, profile, format, &detections)
}

/// The same of detections.
pub(super) fn pack_detections(
    id: &str,
    profile: Option<&str>,
    format: &str,
    detections: &[Detection],
) -> Result<Pack, Vec<Diagnostic>> {
    let kind = kind(id).expect("a kind");
    let catalogue = Arc::clone(&CATALOGUE);
    let profile = profile.unwrap_or(kind.profiles[0]);
    let target = targets::target(profile, &catalogue).expect("a profile");
    let compile = |detection| target.compile(detection, targets::Options::default()).expect("a query");
    let entries: Vec<Entry> =
        detections.iter().map(|detection| Entry { detection, compiled: compile(detection) }).collect();
    let content = Content::new(target.profile(), entries, Vec::new(), catalogue);
    let options = options(format);
    assert_eq!(options.check(kind), Ok(()));
    packs::build(kind, &content, &options)
}

/// A file of a pack, as text.
pub(super) fn text_of<'p>(pack: &'p Pack, name: &str) -> &'p str {
    let bytes = pack.files().get(name).unwrap_or_else(|| panic!("{name} in {:?}", pack.files().keys()));
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The codes of findings, once each.
pub(super) fn codes(findings: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.id()).collect();
    codes.dedup();
    codes
}
