//! The manifest: what a pack holds, and what it was made from.
//!
//! In: the content and the files. Out: JSON in a fixed order. It holds no path of the machine, no time and no host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Content, Kind, Options, Pack};
use crate::ir;
use crate::source::Span;

/// The name of its file. It ends in no extension that a product would take for content of its own.
pub const FILE_NAME: &str = "detc.manifest";

const GENERATOR: &str = "detc";

/// What a pack holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `detc`.
    pub generator: String,
    /// The version of detc.
    pub generator_version: String,
    /// The kind of the pack.
    pub kind: String,
    /// The profile of its queries.
    pub profile: String,
    /// What the publisher calls it.
    pub options: Options,
    /// The environment that it is for, if it is for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// The detections, by id.
    pub detections: BTreeMap<String, Item>,
    /// SHA-256 of each file but this one, by name.
    pub files: BTreeMap<String, String>,
}

/// An environment that a pack is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The name of its file, without folders and extension.
    pub name: String,
    /// SHA-256 of its file, with plain line ends.
    pub source: String,
}

/// A detection in a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// `exact`, `widened`, `narrowed`, `raw`, or `refused`: then the pack does not hold it.
    pub verdict: String,
    /// The losses that its author accepted, by name.
    pub losses: Vec<String>,
    /// SHA-256 of its file, with plain line ends.
    pub source: String,
    /// SHA-256 of its query, by profile.
    pub queries: BTreeMap<String, String>,
    /// The lists that its query needs beside it, or holds.
    pub lists: Vec<String>,
    /// The macros that its query calls.
    pub macros: Vec<String>,
}

impl Manifest {
    /// The manifest of these files.
    pub(super) fn of(kind: &Kind, content: &Content, options: &Options, pack: &Pack) -> Self {
        let profile = content.profile.id.to_owned();
        let mut detections = BTreeMap::new();
        for entry in &content.entries {
            let mut item = Item::of(entry.detection, entry.compiled.verdict.name());
            item.losses = entry.compiled.losses.iter().map(|loss| loss.name.clone()).collect();
            item.queries.insert(profile.clone(), sha256(entry.compiled.text.as_bytes()));
            item.lists = entry.compiled.needs.lists.iter().map(|needed| needed.list.name.clone()).collect();
            item.lists.sort_unstable();
            item.lists.dedup();
            item.macros = entry.compiled.needs.macros.clone();
            item.macros.sort_unstable();
            detections.insert(entry.detection.metadata.id.clone(), item);
        }
        for detection in &content.refused {
            detections.insert(detection.metadata.id.clone(), Item::of(detection, "refused"));
        }
        Self {
            generator: GENERATOR.to_owned(),
            generator_version: env!("CARGO_PKG_VERSION").to_owned(),
            kind: kind.id.to_owned(),
            profile,
            options: options.clone(),
            environment: content.environment.clone(),
            detections,
            files: pack.files().iter().map(|(name, bytes)| (name.clone(), sha256(bytes))).collect(),
        }
    }

    /// Reads one. `None` when it is not a manifest that this version writes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|manifest| manifest.generator == GENERATOR)
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        // Maps with text keys and plain values always serialise.
        serde_json::to_string_pretty(self).map_or_else(|_| String::new(), |text| text + "\n")
    }
}

impl Item {
    fn of(detection: &ir::Detection, verdict: &str) -> Self {
        let metadata = &detection.metadata;
        Self {
            name: metadata.name.value.clone(),
            version: metadata.version,
            verdict: verdict.to_owned(),
            losses: Vec::new(),
            source: source_hash(detection),
            queries: BTreeMap::new(),
            lists: Vec::new(),
            macros: Vec::new(),
        }
    }
}

/// SHA-256 of a detection's own file. A checkout that turned the line ends around is still the same file.
pub fn source_hash(detection: &ir::Detection) -> String {
    let (own, _) = detection.file.origin(Span::default());
    text_hash(own.text())
}

/// SHA-256 of a text with plain line ends.
pub fn text_hash(text: &str) -> String {
    sha256(text.replace("\r\n", "\n").as_bytes())
}

/// SHA-256 as lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::sha256;

    /// <https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values>
    #[test]
    fn hashes_are_the_published_ones() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
