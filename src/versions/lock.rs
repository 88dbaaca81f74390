//! The lock file: what each detection meant when its version was last raised.
//!
//! In: meanings. Out: JSON in a fixed order, and findings about versions. People commit the file; it changes only with a
//! query or a version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Meaning;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Detection;

/// The name of the file.
pub const FILE_NAME: &str = "detc.lock";

const GENERATOR: &str = "detc";

/// What was locked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    generator: String,
    /// By id.
    detections: BTreeMap<String, Locked>,
}

/// A detection as it was locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    name: String,
    version: u32,
    /// The hash of the query, or `refused`, by profile.
    queries: BTreeMap<String, String>,
}

impl Lock {
    /// The lock of these detections.
    pub fn of<'d>(all: impl IntoIterator<Item = (&'d Detection, &'d [Meaning])>) -> Self {
        let locked = |(detection, meanings): (&Detection, &[Meaning])| {
            let metadata = &detection.metadata;
            let queries = meanings.iter().map(|one| (one.profile.clone(), one.hash.clone())).collect();
            let locked = Locked { name: metadata.name.value.clone(), version: metadata.version, queries };
            (metadata.id.clone(), locked)
        };
        Self { generator: GENERATOR.to_owned(), detections: all.into_iter().map(locked).collect() }
    }

    /// Reads a file. `None` when it is not one that detc writes.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|lock| lock.generator == GENERATOR)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        // Maps with text keys and plain values always serialise.
        serde_json::to_string_pretty(self).map_or_else(|_| String::new(), |text| text + "\n")
    }

    /// What the version of a detection does not say: that the query has changed since it was raised (`W1002`), or that it
    /// went back (`W1003`). A detection that is not locked yet is new: there is nothing to say.
    pub fn check(&self, detection: &Detection, meanings: &[Meaning]) -> Option<Diagnostic> {
        let metadata = &detection.metadata;
        let locked = self.detections.get(&metadata.id)?;
        let finding = |code: Code, message: String| {
            Diagnostic::new(code, message).at(&detection.file, metadata.name.span, "")
        };
        if metadata.version < locked.version {
            let message = format!("the version went back from {} to {}", locked.version, metadata.version);
            return Some(
                finding(Code::W1003, message).help("a version only rises, also when a change is undone"),
            );
        }
        let changed: Vec<&str> = meanings
            .iter()
            .filter(|one| locked.queries.get(&one.profile).is_some_and(|hash| *hash != one.hash))
            .map(|one| one.profile.as_str())
            .collect();
        if changed.is_empty() || metadata.version > locked.version {
            return None;
        }
        Some(
            finding(
                Code::W1002,
                format!("the query for {} has changed since version {}", changed.join(", "), locked.version),
            )
            .help(format!(
                "raise the version to {}, then `detc lock`; if the queries mean the same, as after an update of detc, \
`detc lock --same-version`",
                locked.version.saturating_add(1)
            )),
        )
    }

    /// Whether another lock says the same.
    pub fn is_current(&self, other: &Self) -> bool {
        self.detections == other.detections
    }
}
