//! A rule as a file of the neutral format, and what that format has no place for.
//!
//! In: a rule and its data source. Out: the text of a detection that its owner can go on with, and notes of what could not
//! be carried over, which stand at the head of the file as well.

use std::sync::Arc;

use super::tags::{Tag, tag};
use super::{Context, Rule};
use crate::attack::{self, Lookup};
use crate::diagnostics::{Code, Diagnostic};
use crate::import::neutral::{Draft, block_text, verbatim};
use crate::resolve;
use crate::schema::Detection;
use crate::source::{SourceFile, Spanned};
use crate::yaml::{Node, Value};

/// A file of the neutral format.
#[derive(Debug)]
pub struct Imported {
    /// Its text.
    pub text: String,
    /// What could not be carried over, one line each: a key of the rule, and what it holds.
    pub notes: Vec<(String, String)>,
}

/// What introduces the notes at the head of a file.
const HEADING: &str = "Imported from a Sigma rule. These of its keys have no place here:";

impl Rule {
    /// Writes the rule in the neutral format. `None` when a finding is an error: one about the rule, or one that the
    /// neutral format has against the result.
    pub fn import(&self, context: &Context, findings: &mut Vec<Diagnostic>) -> Option<Imported> {
        let mut own = Vec::new();
        let resolved = self.resolve(context, &mut own);
        let unused: Vec<String> = unused(&own);
        findings.append(&mut own);
        resolved?;
        let mut detection = self.metadata.detection(&self.file, &self.logsource.value, &mut own);
        detection.data_source = self.data_source(context, &mut own);
        detection.how_to_implement = self.definition();
        let mut block = self.block.clone()?.value;
        block.selections.retain(|(name, _)| !unused.contains(&name.value));
        let node = self.root.get("detection")?;
        let notes = self.notes(&detection, &unused);
        let lines: Vec<String> = notes.iter().map(|(key, text)| format!("{key}: {text}")).collect();
        let text = block_text(&block, verbatim(&self.file, node, &block));
        let draft = Draft::of(&detection, Some(text), HEADING, &lines)?;
        let text = draft.text().ok()?;
        let wrong = problems(self.file.name(), &text, context);
        let fine = wrong.is_empty();
        findings.extend(wrong.into_iter().map(|finding| {
            let note = format!("the rule is valid, but the neutral format refuses it: {}", finding.message);
            Diagnostic { labels: Vec::new(), ..finding }.at(&self.file, self.metadata.place, note)
        }));
        fine.then_some(Imported { text, notes })
    }

    /// What the log must contain is what must be collected.
    fn definition(&self) -> Option<Spanned<String>> {
        let node = self.root.get("logsource")?.get("definition")?;
        let text = node.as_text().filter(|text| !text.trim().is_empty())?;
        Some(Spanned::new(text.trim().to_owned(), node.span))
    }

    /// Keys that say something which a detection has no key for.
    fn notes(&self, detection: &Detection, unused: &[String]) -> Vec<(String, String)> {
        let mut notes = Vec::new();
        let tags: Vec<&str> = self
            .metadata
            .tags
            .iter()
            .map(|tag| tag.value.as_str())
            .filter(|tag| !is_carried(tag, detection))
            .collect();
        if !tags.is_empty() {
            notes.push(("tags".to_owned(), tags.join(", ")));
        }
        if let (Some(date), Some(_)) = (&self.metadata.date, &self.metadata.modified) {
            notes.push((
                "date".to_owned(),
                format!("{} (the date here is that of the last change)", date.value),
            ));
        }
        if !unused.is_empty() {
            notes.push((
                "detection".to_owned(),
                format!("{} (the condition does not use it)", unused.join(", ")),
            ));
        }
        for (key, value) in self.root.entries() {
            let written = match key.value.as_str() {
                // Carried over, or noted above.
                "title" | "id" | "status" | "level" | "description" | "author" | "date" | "modified"
                | "references" | "falsepositives" | "tags" | "logsource" | "detection" | "taxonomy" => None,
                "related" => Some(related(value)),
                _ => Some(flat(value)),
            };
            notes.extend(written.map(|text| (key.value.clone(), text)));
        }
        notes
    }
}

/// The selections that a warning says are not used.
fn unused(findings: &[Diagnostic]) -> Vec<String> {
    let of_code = findings.iter().filter(|finding| finding.code == Code::W0410);
    let labels = of_code.filter_map(|finding| finding.labels.first());
    labels.map(|label| label.file.slice(label.span).trim_matches(['\'', '"']).to_owned()).collect()
}

/// What the neutral format has against a text.
fn problems(name: &str, text: &str, context: &Context) -> Vec<Diagnostic> {
    let file: Arc<SourceFile> = SourceFile::new(name, text);
    let mut findings = Vec::new();
    let detection = resolve::resolve_file(&file, &context.resolve, &mut findings);
    findings.retain(|finding| finding.severity() == crate::diagnostics::Severity::Error);
    debug_assert_eq!(detection.is_none(), !findings.is_empty(), "a refusal has a reason");
    findings
}

/// Whether a tag is in the detection: as a technique, or as a tactic that one of its techniques has.
fn is_carried(text: &str, detection: &Detection) -> bool {
    let tactics = |id: &str| match attack::exact(id) {
        Lookup::Known(technique) => technique.tactics.clone(),
        Lookup::Revoked { .. } | Lookup::Deprecated { .. } | Lookup::Unknown { .. } => Vec::new(),
    };
    match tag(text) {
        Tag::Technique(id) => detection.attack.iter().any(|known| known.value == id),
        Tag::Tactic => {
            let name = text.trim().to_lowercase().replace('_', "-");
            let name = name.strip_prefix("attack.").unwrap_or(&name);
            detection.attack.iter().any(|id| tactics(&id.value).contains(&name))
        }
        Tag::Other => false,
    }
}

/// `derived 7c0f…, obsolete …`.
fn related(node: &Node) -> String {
    let Value::List(items) = &node.value else { return flat(node) };
    let part = |item: &Node, key: &str| item.get(key).map(flat).unwrap_or_default();
    let words = items.iter().map(|item| format!("{} {}", part(item, "type"), part(item, "id")));
    words.collect::<Vec<_>>().join(", ")
}

/// A value on one line.
fn flat(node: &Node) -> String {
    match &node.value {
        Value::Null => String::new(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::List(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{} {}", key.value, flat(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}
