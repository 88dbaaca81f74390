//! What packs must know of a data source here: its tables, and the columns that name what an alert is about.
//!
//! In: a data source and a profile. Out: names. Must not know packs or detections.

use super::binding::Binding;
use crate::catalogue::Source;
use crate::diagnostics::Diagnostic;

/// What a profile has of a data source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// The tables, in the order of the binding. Functions are none.
    pub tables: Vec<String>,
    /// The columns that each result carries along because they name its device, account or resource.
    pub identity: Vec<String>,
}

/// The facts of a source; none where the profile does not have it.
pub fn source_facts(source: &Source, profile: &str) -> Result<SourceFacts, Vec<Diagnostic>> {
    let Some(binding) = source.binding::<Binding>(profile)? else { return Ok(SourceFacts::default()) };
    let tables = binding.table.iter().chain(binding.union.iter().flat_map(|leg| &leg.table));
    Ok(SourceFacts {
        tables: tables.map(|table| table.value.clone()).collect(),
        identity: binding.identity.iter().map(|column| column.value.clone()).collect(),
    })
}
