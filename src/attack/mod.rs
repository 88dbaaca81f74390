//! The embedded ATT&CK table: which techniques and tactics exist, and what became of old ones.
//!
//! In: `data/attack-18.1.tsv`, embedded in the binary and read once, when first asked for. Out: answers to lookups by
//! id. Must not know detections; that a detection's tactics follow from its techniques is the resolver's business.
//!
//! © 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.

mod table;

use std::sync::OnceLock;

use crate::diagnostics::did_you_mean;
use table::{State, Table};

/// The version of Enterprise ATT&CK that the table holds.
pub const VERSION: &str = "18.1";

static TABLE: OnceLock<Table> = OnceLock::new();

/// A tactic: what an attacker wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// For instance `TA0001`.
    pub id: &'static str,
    /// For instance `Initial Access`.
    pub name: &'static str,
    /// The name in tags and matrices, for instance `initial-access`.
    pub short_name: &'static str,
}

/// A technique or sub-technique that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T1234` or `T1234.001`.
    pub id: &'static str,
    /// Its own name; a sub-technique's does not repeat the technique's.
    pub name: &'static str,
    /// The short names of its tactics, in ATT&CK's order. Never empty.
    pub tactics: Vec<&'static str>,
    /// The platforms it is known on, for instance `Windows`, `Identity Provider`.
    pub platforms: Vec<&'static str>,
}

impl Technique {
    /// The id of the technique that a sub-technique belongs to.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }
}

/// What the table says of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It is in use.
    Known(&'static Technique),
    /// ATT&CK replaced it by another technique.
    Revoked {
        /// Its name while it was in use.
        name: &'static str,
        /// What to use instead: the end of the chain when the successor was revoked as well. `None` when that one
        /// was deprecated.
        successor: Option<&'static str>,
    },
    /// ATT&CK dropped it and names no successor.
    Deprecated {
        /// Its name while it was in use.
        name: &'static str,
    },
    /// There never was one of this id.
    Unknown {
        /// The id in use that was probably meant.
        near: Option<&'static str>,
    },
}

/// Looks up a technique. Ids are written as ATT&CK does, with a capital `T`.
pub fn technique(id: &str) -> Lookup {
    match exact(id) {
        Lookup::Unknown { .. } => Lookup::Unknown { near: near(table(), id) },
        known => known,
    }
}

/// Looks up a technique as [`technique`] does, but does not ask what an unknown id was meant to be, which takes long.
pub fn exact(id: &str) -> Lookup {
    let table = table();
    match table.find(id) {
        None => Lookup::Unknown { near: None },
        Some(entry) => match entry.state {
            State::InUse => Lookup::Known(&entry.technique),
            State::Deprecated => Lookup::Deprecated { name: entry.technique.name },
            State::Revoked { by } => {
                Lookup::Revoked { name: entry.technique.name, successor: table.in_use_after(by) }
            }
        },
    }
}

/// Every technique in use, sorted by id.
pub fn techniques() -> impl Iterator<Item = &'static Technique> {
    table().in_use()
}

/// Every tactic, sorted by id.
pub fn tactics() -> &'static [Tactic] {
    &table().tactics
}

fn table() -> &'static Table {
    TABLE.get_or_init(Table::embedded)
}

/// The technique that was probably meant: for a sub-technique whose technique exists, the nearest of the family, else
/// the technique itself.
fn near(table: &'static Table, id: &str) -> Option<&'static str> {
    let parent = id.split_once('.').map(|(parent, _)| parent.to_uppercase());
    let family = parent.and_then(|parent| table.in_use().find(|technique| technique.id == parent));
    let ids = table.in_use().map(|technique| technique.id);
    match family {
        Some(family) => did_you_mean(id, ids.filter(|id| id.starts_with(family.id))).or(Some(family.id)),
        None => did_you_mean(id, ids),
    }
}

#[cfg(test)]
mod tests;
