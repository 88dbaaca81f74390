//! Reading the embedded table.
//!
//! In: the text of the table. Out: its rows, borrowed from that text. The table is part of the program and checked by
//! the tests below, so a row that has too few columns is left out rather than reported.

use super::{Tactic, Technique};

static TEXT: &str = include_str!("../../data/attack-18.1.tsv");

/// The table as read.
pub(super) struct Table {
    pub(super) tactics: Vec<Tactic>,
    /// Sorted by id.
    entries: Vec<Entry>,
}

/// A technique, in use or not.
pub(super) struct Entry {
    pub(super) technique: Technique,
    pub(super) state: State,
}

/// What became of a technique.
pub(super) enum State {
    InUse,
    Deprecated,
    Revoked { by: &'static str },
}

impl Table {
    /// Reads the table that is part of the program.
    pub(super) fn embedded() -> Self {
        Self::parse(TEXT)
    }

    fn parse(text: &'static str) -> Self {
        let mut table = Self { tactics: Vec::new(), entries: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(id), Some(name), Some(third)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            if id.starts_with("TA") {
                table.tactics.push(Tactic { id, name, short_name: third });
                continue;
            }
            let list = |text: &'static str| text.split(',').filter(|item| !item.is_empty()).collect();
            let platforms = columns.next().map(list).unwrap_or_default();
            let state = match columns.next() {
                None => State::InUse,
                Some(word) => match word.strip_prefix("revoked ") {
                    Some(by) => State::Revoked { by },
                    None => State::Deprecated,
                },
            };
            let technique = Technique { id, name, tactics: list(third), platforms };
            table.entries.push(Entry { technique, state });
        }
        table
    }

    /// The row of this id.
    pub(super) fn find(&self, id: &str) -> Option<&Entry> {
        let place = self.entries.binary_search_by(|entry| entry.technique.id.cmp(id)).ok()?;
        self.entries.get(place)
    }

    /// Every technique in use.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &Technique> {
        self.entries.iter().filter(|entry| matches!(entry.state, State::InUse)).map(|entry| &entry.technique)
    }

    /// Follows successors from this id to one in use. `None` when the chain ends in a deprecated one.
    pub(super) fn in_use_after(&self, id: &str) -> Option<&'static str> {
        let mut id = id;
        // No chain is longer than the table; the bound only guards against a circle.
        for _ in 0..self.entries.len() {
            let entry = self.find(id)?;
            match entry.state {
                State::InUse => return Some(entry.technique.id),
                State::Deprecated => return None,
                State::Revoked { by } => id = by,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let table = Table::embedded();
        let rows = TEXT.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(table.tactics.len() + table.entries.len(), rows);
        assert_eq!((table.tactics.len(), table.entries.len()), (14, 835));
        assert!(table.entries.is_sorted_by(|a, b| a.technique.id < b.technique.id));
        for entry in &table.entries {
            let Technique { id, name, tactics, platforms } = &entry.technique;
            let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
            let (main, sub) = id.split_once('.').unwrap_or((id, "001"));
            assert!(main.starts_with('T') && digits(&main[1..], 4) && digits(sub, 3), "{id}");
            assert!(!name.is_empty() && !tactics.is_empty() && !platforms.is_empty(), "{id}");
            let known = |short: &&str| table.tactics.iter().any(|tactic| tactic.short_name == *short);
            assert!(tactics.iter().all(known), "{id}: {tactics:?}");
            if let State::Revoked { by } = entry.state {
                assert!(table.in_use_after(by).is_some(), "{id} has no successor in use");
            }
        }
    }

    #[test]
    fn a_sub_technique_in_use_has_its_technique_in_use() {
        let table = Table::embedded();
        for technique in table.in_use() {
            if let Some(parent) = technique.parent() {
                assert!(table.in_use().any(|other| other.id == parent), "{}", technique.id);
            }
        }
    }

    #[test]
    fn the_file_carries_version_and_notice() {
        assert!(TEXT.contains(&format!("ATT&CK {}", super::super::VERSION)));
        assert!(TEXT.contains("reproduced and distributed with the permission of The MITRE Corporation"));
    }

    #[test]
    fn a_circle_of_successors_ends() {
        let table =
            Table::parse("T1000\ta\timpact\tLinux\trevoked T1001\nT1001\tb\timpact\tLinux\trevoked T1000\n");
        assert_eq!(table.in_use_after("T1000"), None);
    }
}
