//! The lookups of a pack: the lists that its searches look up, and that every look-up finds its file and columns.
//!
//! In: the searches with the lists that they need. Out: definitions with their tables, or a finding for each look-up that
//! would fail in Splunk.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::List;
use crate::packs::{Content, Entry};
use crate::targets::Delivery;
use crate::targets::splunk::{LookupCall, LookupDefinition, lookup_calls};

/// A lookup and its table.
pub(in crate::packs) struct Lookup {
    /// Its settings.
    pub(in crate::packs) definition: LookupDefinition,
    /// The list.
    pub(in crate::packs) list: Arc<List>,
    /// The table: a head line, and a line a row.
    pub(in crate::packs) csv: String,
}

/// The lookups that the searches read, by name. A search that reads another one, or a column that the list has not, is a
/// finding.
pub(in crate::packs) fn lookups(content: &Content, findings: &mut Vec<Diagnostic>) -> Vec<Lookup> {
    let mut lists: BTreeMap<&str, &Arc<List>> = BTreeMap::new();
    for entry in &content.entries {
        let needed = entry.compiled.needs.lists.iter().filter(|needed| needed.how == Delivery::Lookup);
        lists.extend(needed.map(|needed| (needed.list.name.as_str(), &needed.list)));
    }
    for entry in &content.entries {
        for call in lookup_calls(&entry.compiled.text).unwrap_or_default() {
            findings.extend(problem(entry, &call, lists.get(call.name.as_str()).copied()));
        }
    }
    let lookup = |list: &Arc<List>| Lookup {
        definition: LookupDefinition::of(list),
        list: Arc::clone(list),
        csv: list.to_csv(),
    };
    lists.into_values().map(lookup).collect()
}

fn problem(entry: &Entry, call: &LookupCall, list: Option<&Arc<List>>) -> Option<Diagnostic> {
    let Some(list) = list else {
        let message = format!("the search reads the lookup `{}`, which the pack does not hold", call.name);
        return Some(
            super::about(entry, Code::E1005, message)
                .help("make it a list of this project and test it by `in_list`, or write the values out"),
        );
    };
    let column = call.columns.iter().find(|column| list.column(column).is_none())?;
    let names: Vec<&str> = list.columns.iter().map(|column| column.name.as_str()).collect();
    let message = format!("the lookup `{}` has no column `{column}`", call.name);
    Some(super::about(entry, Code::E1005, message).help(format!("its columns are {}", names.join(", "))))
}
