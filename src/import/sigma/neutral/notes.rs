//! Keys of Sigma that say something which a detection has no key for.
//!
//! In: documents, and what they became. Out: one note a key, with what it holds. Must not know selections.

use std::fmt;

use super::Metadata;
use crate::attack::{self, Lookup};
use crate::import::sigma::tags::{Tag, tag};
use crate::schema::Detection;
use crate::yaml::{Node, Value};

/// A key, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The key.
    pub key: String,
    /// The part of the detection that comes from the document of the key, where that is not the detection's own.
    pub of: Option<String>,
    /// What it holds, on one line.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(part) = &self.of {
            write!(f, " of {part}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// The keys of the document that became the detection.
pub(super) fn of_document(metadata: &Metadata, root: &Node, detection: &Detection) -> Vec<Note> {
    let mut notes = Vec::new();
    let note = |key: &str, text: String| Note { key: key.to_owned(), of: None, text };
    let tags: Vec<&str> = metadata
        .tags
        .iter()
        .map(|tag| tag.value.as_str())
        .filter(|tag| !is_carried(tag, detection))
        .collect();
    if !tags.is_empty() {
        notes.push(note("tags", tags.join(", ")));
    }
    if let (Some(date), Some(_)) = (&metadata.date, &metadata.modified) {
        notes.push(note("date", format!("{} (the date here is that of the last change)", date.value)));
    }
    let rest = root.entries().iter().filter(|(key, _)| !CARRIED.contains(&key.value.as_str()));
    notes.extend(rest.map(|(key, value)| note(&key.value, shown(&key.value, value))));
    notes
}

/// Keys of a rule or correlation that are carried over, or noted elsewhere.
const CARRIED: [&str; 17] = [
    "title",
    "id",
    "status",
    "level",
    "description",
    "author",
    "date",
    "modified",
    "references",
    "falsepositives",
    "tags",
    "logsource",
    "detection",
    "correlation",
    "generate",
    "taxonomy",
    "filter",
];

/// The keys of a document that became a part of the detection under this name. Of those its meaning alone is carried over,
/// and what is in `carried`.
pub(super) fn of_part(root: &Node, name: &str, carried: &[&str]) -> Vec<Note> {
    let is_carried = |key: &str| {
        matches!(key, "detection" | "correlation" | "filter" | "generate" | "taxonomy")
            || carried.contains(&key)
    };
    let rest = root.entries().iter().filter(|(key, _)| !is_carried(&key.value));
    rest.map(|(key, value)| Note {
        key: key.value.clone(),
        of: Some(name.to_owned()),
        text: shown(&key.value, value),
    })
    .collect()
}

/// A key of the detection's own document.
pub(super) fn of_key(key: &str, value: &Node) -> Note {
    Note { key: key.to_owned(), of: None, text: flat(value) }
}

/// The selections of a block that are left out.
pub(super) fn of_unused(key: &str, of: Option<&str>, unused: &[String]) -> Option<Note> {
    let text = format!("{} (the condition does not use it)", unused.join(", "));
    (!unused.is_empty()).then(|| Note { key: key.to_owned(), of: of.map(str::to_owned), text })
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

/// What a key holds, on one line.
fn shown(key: &str, value: &Node) -> String {
    match (key, &value.value) {
        // `derived 7c0f…, obsolete …`
        ("related", Value::List(items)) => {
            let part = |item: &Node, key: &str| item.get(key).map(flat).unwrap_or_default();
            let words = items.iter().map(|item| format!("{} {}", part(item, "type"), part(item, "id")));
            words.collect::<Vec<_>>().join(", ")
        }
        _ => flat(value),
    }
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
