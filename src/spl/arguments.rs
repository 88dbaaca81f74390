//! The arguments of the smaller commands, as they are written.
//!
//! In: built by the parser. Out: part of the tree. Holds no behaviour.

use super::ast::{Name, Term, TimeSpan};
use crate::source::Spanned;

/// `rex`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rex {
    /// The field; `_raw` when none is written.
    pub field: Name,
    /// The expression, escapes of the text resolved.
    pub pattern: Name,
    /// How many matches are kept; 0 is all.
    pub max_match: u64,
    /// Whether `mode=sed`.
    pub sed: bool,
}

/// `sort`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// How many rows are kept; 0 is all.
    pub limit: u64,
    /// The keys.
    pub keys: Vec<SortKey>,
}

/// A key of `sort`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// The field.
    pub field: Name,
    /// From large to small.
    pub descending: bool,
    /// How values are read.
    pub kind: SortKind,
}

/// How `sort` reads values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKind {
    /// As numbers, else as addresses, else as text.
    Auto,
    /// As text.
    Text,
    /// As numbers.
    Number,
    /// As addresses.
    Address,
}

/// `dedup`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dedup {
    /// How many rows of each combination are kept.
    pub count: u64,
    /// The fields.
    pub fields: Vec<Name>,
    /// Whether rows that lack a field are kept.
    pub keepempty: bool,
    /// Whether only neighbours count as equal.
    pub consecutive: bool,
    /// In which order, if not the current one.
    pub sortby: Vec<SortKey>,
}

/// `bin`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// The field.
    pub field: Name,
    /// The new field, when the old one is kept.
    pub as_field: Option<Name>,
    /// The width.
    pub span: Option<TimeSpan>,
    /// The width as a plain number, when no unit is written.
    pub width: Option<f64>,
    /// Options that are read but not run.
    pub options: Vec<(Name, Spanned<String>)>,
}

/// `lookup`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The table.
    pub table: Name,
    /// Columns to match, each with the field of the event.
    pub keys: Vec<(Name, Name)>,
    /// Columns to take over, each with the field of the event; none means all that are not keys.
    pub outputs: Option<Vec<(Name, Name)>>,
    /// `OUTPUTNEW`.
    pub new_only: bool,
    /// Options, in order.
    pub options: Vec<(Name, Spanned<String>)>,
}

/// `inputlookup`.
#[derive(Debug, Clone, PartialEq)]
pub struct InputLookup {
    /// The table.
    pub table: Name,
    /// Whether the rows follow those that are there.
    pub append: bool,
    /// Which rows.
    pub condition: Option<Term>,
    /// The most rows.
    pub max: Option<u64>,
}

/// `makemv`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeMv {
    /// The field.
    pub field: Name,
    /// How it is taken apart.
    pub by: Splitter,
    /// Whether empty parts are kept.
    pub allow_empty: bool,
}

/// How `makemv` takes a text apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Splitter {
    /// At this text.
    Delimiter(String),
    /// The first group of each match of this expression.
    Tokenizer(Name),
}

/// `spath`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spath {
    /// The field that holds JSON; `_raw` when none is written.
    pub input: Name,
    /// Where the value goes; named after the path when none is written.
    pub output: Option<Name>,
    /// The path; none means everything.
    pub path: Option<Name>,
}

/// `makeresults`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeResults {
    /// How many rows.
    pub count: u64,
    /// The rows as data.
    pub data: Option<(ResultFormat, Name)>,
}

/// The format of `makeresults`' data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultFormat {
    /// Comma-separated values with a head line.
    Csv,
    /// An array of objects.
    Json,
}

/// `foreach` over fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreach {
    /// The fields, possibly with wildcards.
    pub fields: Vec<Name>,
    /// The commands, in which `<<FIELD>>` and `<<MATCHSTR>>` stand for the field at hand. Each is parsed anew.
    pub template: Spanned<String>,
}

/// `convert`.
#[derive(Debug, Clone, PartialEq)]
pub struct Convert {
    /// The format of times.
    pub timeformat: Option<String>,
    /// Function, field, and the new name if any.
    pub conversions: Vec<(Name, Name, Option<Name>)>,
}
