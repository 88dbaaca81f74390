//! The definition of a lookup that a search relies on.
//!
//! In: a list. Out: the settings of its stanza in `transforms.conf`, and the name of its file. Must not know how a stanza
//! is written. Source: Splunk's manual, "Add field matching rules to your lookup configuration".

use crate::ir::{ColumnType, List};

/// A lookup as `transforms.conf` defines it. The file is [`List::to_csv`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupDefinition {
    /// The name of the stanza, which searches use: the list's.
    pub name: String,
    /// The file below `lookups/`.
    pub filename: String,
    /// Always false: texts of lists are compared without regard to case, and Splunk's default is otherwise.
    pub case_sensitive_match: bool,
    /// `CIDR(column)` and `WILDCARD(column)`; other columns match exactly.
    pub match_type: Vec<String>,
    /// 1: whether a row fits is all that is asked.
    pub max_matches: u32,
    /// 0: without a row that fits, nothing is written.
    pub min_matches: u32,
}

impl LookupDefinition {
    /// The lookup of a list.
    pub fn of(list: &List) -> Self {
        let match_type = list.columns.iter().filter_map(|column| match column.column_type {
            ColumnType::Cidr => Some(format!("CIDR({})", column.name)),
            ColumnType::Pattern => Some(format!("WILDCARD({})", column.name)),
            ColumnType::Text | ColumnType::Integer | ColumnType::Ip => None,
        });
        Self {
            name: list.name.clone(),
            filename: format!("{}.csv", list.name),
            case_sensitive_match: false,
            match_type: match_type.collect(),
            max_matches: 1,
            min_matches: 0,
        }
    }
}
