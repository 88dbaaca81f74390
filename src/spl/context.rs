//! What a search finds when it runs: events, tables, data models, the time.
//!
//! In: set up by the caller. Out: read by the interpreter. Holds no behaviour of a command.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::Row;

/// The events that the base search looks through, and those of data models.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// The events with their fields; tags and types of events are the fields `tag` and `eventtype`. Those with `_time` come
    /// newest first into a search (A14).
    pub events: Vec<Row>,
    /// The rows of each data set, by `Model.Dataset`; their fields are named as in the model, with the name of the data
    /// set before them, for instance `Processes.process_name`. `_time`, `host`, `source`, `sourcetype` and `index` stand
    /// without one.
    pub models: BTreeMap<String, Vec<Row>>,
}

/// What else a search depends on.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// When the search starts, in seconds since 1970, UTC. Calendar days are those of UTC.
    pub now: f64,
    /// Lookup tables by the names of their definitions or files.
    pub lookups: BTreeMap<String, LookupTable>,
}

/// A table for `lookup` and `inputlookup`.
#[derive(Debug, Clone, Default)]
pub struct LookupTable {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, as many cells as columns. An empty cell is no value (C6).
    pub rows: Vec<Vec<Arc<str>>>,
    /// `case_sensitive_match`: true in Splunk unless the definition says otherwise (K37).
    pub ignores_case: bool,
    /// `match_type`: the columns that are not matched exactly.
    pub match_types: Vec<(String, MatchType)>,
    /// `max_matches`; 100 in Splunk unless the definition says otherwise (K36).
    pub max_matches: Option<usize>,
    /// `min_matches` with `default_match`: what stands for rows that are missing (K35).
    pub default_match: Option<(usize, String)>,
}

/// How a column of a lookup is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchType {
    /// `*` in the table stands for any run of characters.
    Wildcard,
    /// The table holds networks.
    Cidr,
}

impl LookupTable {
    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// How a column is matched, when not exactly.
    pub(super) fn match_type(&self, name: &str) -> Option<MatchType> {
        self.match_types.iter().find(|(column, _)| column == name).map(|(_, kind)| *kind)
    }
}
