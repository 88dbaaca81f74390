//! A list: a table of values that detections look fields up in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Scalar;
use crate::maps::IndexMap;
use crate::source::Spanned;

/// One list, as written in `lists/NAME.yml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// What stands in it, and who may be put there.
    #[schemars(required)]
    pub description: Option<Spanned<String>>,
    /// Who keeps it up to date.
    #[schemars(required)]
    pub owner: Option<Spanned<String>>,
    /// The columns, in order: name and type.
    #[schemars(required)]
    pub columns: Option<IndexMap<Spanned<String>, Spanned<Column>>>,
    /// The column that identifies a row, and that is meant where a detection names no column; else the first.
    #[serde(default)]
    pub key: Option<Spanned<String>>,
    /// The rows: column and value.
    #[serde(default)]
    pub rows: Vec<Spanned<IndexMap<Spanned<String>, Spanned<Scalar>>>>,
    /// Write the rows into every query, rather than to look them up in a lookup or watchlist.
    #[serde(default)]
    pub inline: bool,
    /// In Sigma, write the placeholder `%NAME%` for the key column, to be filled in by who converts the rule.
    #[serde(default)]
    pub placeholder: bool,
}

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// Texts, compared without regard to case; wildcards are plain characters.
    Text,
    /// Texts with the wildcards `*` and `?`, compared without regard to case.
    Pattern,
    /// Whole numbers.
    Integer,
    /// Addresses.
    Ip,
    /// Networks of IPv4 and IPv6; an address lies in those of its family.
    Cidr,
}
