//! Which data connectors fill the tables that a query reads.
//!
//! In: a detection. Out: connectors with their tables, by `data/sentinel-connectors.tsv`. A table that the file does not
//! name has none that could be given: an empty list is allowed.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::packs::Entry;
use crate::targets::kusto::source_facts;

const CONNECTORS: &str = include_str!("../../../data/sentinel-connectors.tsv");

/// The connectors of a detection's data sources, each with its tables; both in order of name.
pub(super) fn connectors(
    entry: &Entry,
    catalogue: &Catalogue,
    profile: &str,
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for events in entry.detection.logic.event_sets() {
        let Some(Ok(source)) = catalogue.source(&events.data_source.value) else { continue };
        match source_facts(&source, profile) {
            Ok(facts) => {
                for (table, connector) in facts.tables.iter().filter_map(|table| connector(table)) {
                    all.entry(connector).or_default().insert(table);
                }
            }
            Err(found) => findings.extend(found),
        }
    }
    all
}

fn connector(table: &str) -> Option<(&'static str, &'static str)> {
    let rows = CONNECTORS.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split_once('\t')).find(|(known, _)| *known == table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_table_and_its_connector_in_order() {
        let rows: Vec<&str> = CONNECTORS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.is_sorted());
        for row in rows {
            let parts: Vec<&str> = row.split('\t').collect();
            assert!(
                parts.len() == 2 && parts.iter().all(|part| !part.is_empty() && part.trim() == *part),
                "{row}"
            );
        }
        assert_eq!(connector("OfficeActivity"), Some(("OfficeActivity", "Office365")));
        assert_eq!(connector("officeactivity"), None, "names of tables are told apart by case");
    }
}
