//! Tables, and what a query runs against.
//!
//! In: columns and rows, from JSON where that is at hand. Out: typed rows. Must not know queries.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::clock::{self, Read};
use super::json;
use super::types::Type;
use super::value::Value;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name; case counts.
    pub name: String,
    /// Its type.
    pub kind: Type,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: Type) -> Self {
        Self { name: name.into(), kind }
    }
}

/// A row: one value a column.
pub type Row = Vec<Value>;

/// Rows with columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether the order of the rows means something: only after `sort` and its like.
    pub ordered: bool,
}

impl Table {
    /// Rows from JSON objects, one a row. A missing member is null, in a `string` column the empty text.
    ///
    /// # Errors
    /// A member that is no column, or a value that does not fit its column.
    pub fn from_json(
        columns: Vec<Column>,
        rows: &[serde_json::Map<String, serde_json::Value>],
    ) -> Result<Self, String> {
        let mut table = Self { columns, rows: Vec::with_capacity(rows.len()), ordered: false };
        // A row names few of the many columns that a table can have.
        let empty: Row = table.columns.iter().map(|column| missing(column.kind)).collect();
        for row in rows {
            let mut cells = empty.clone();
            for (name, json) in row {
                let place = table.column(name).ok_or_else(|| format!("there is no column `{name}`"))?;
                let kind = table.columns[place].kind;
                cells[place] =
                    cell(json, kind).ok_or_else(|| format!("`{json}` is no {kind}, as `{name}` is"))?;
            }
            table.rows.push(cells);
        }
        Ok(table)
    }

    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// A cell of a column of which nothing is said.
fn missing(kind: Type) -> Value {
    if kind == Type::String { Value::text("") } else { Value::Null }
}

/// JSON as a cell of a column.
fn cell(json: &serde_json::Value, kind: Type) -> Option<Value> {
    if json.is_null() {
        return Some(missing(kind));
    }
    match kind {
        Type::Dynamic => Some(json::value(json)),
        Type::String => match json {
            serde_json::Value::String(text) => Some(Value::text(text)),
            _ => None,
        },
        Type::Bool => json.as_bool().map(Value::Bool),
        Type::Int => json.as_i64().filter(|number| i32::try_from(*number).is_ok()).map(Value::Long),
        Type::Long => json.as_i64().map(Value::Long),
        Type::Real => json.as_f64().map(Value::Real),
        Type::DateTime => match clock::read(json.as_str()?) {
            Read::Ticks(ticks) => Some(Value::DateTime(ticks)),
            Read::Nothing | Read::Unknown => None,
        },
        Type::TimeSpan => clock::read_clock(json.as_str()?).map(Value::TimeSpan),
        Type::Guid => Uuid::parse_str(json.as_str()?).ok().map(Value::Guid),
    }
}

/// The columns of what a query may name.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    /// Tables.
    pub tables: BTreeMap<String, Vec<Column>>,
    /// Functions that return rows and are called without arguments that matter here, such as `imProcessCreate`.
    pub functions: BTreeMap<String, Vec<Column>>,
    /// Watchlists by alias: their own columns, which are texts. `SearchKey` and the other fixed ones come beside.
    pub watchlists: BTreeMap<String, Vec<Column>>,
}

/// The rows of what a query may name. What is missing is empty.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Tables, and functions that return rows, by name.
    pub tables: BTreeMap<String, Table>,
    /// Watchlists by alias.
    pub watchlists: BTreeMap<String, Table>,
}

/// What a run needs beside rows.
#[derive(Debug, Clone)]
pub struct Context {
    /// What `now()` is, in ticks of 100 ns since the year 1. `None`: a query that asks is outside.
    pub now: Option<i64>,
    /// How many steps a run may take.
    pub steps: u64,
}

impl Context {
    /// The current time as a text such as `2026-03-10T12:00:00Z`.
    pub fn at(now: &str) -> Option<Self> {
        match clock::read(now) {
            Read::Ticks(ticks) => Some(Self { now: Some(ticks), ..Self::default() }),
            Read::Nothing | Read::Unknown => None,
        }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self { now: None, steps: 50_000_000 }
    }
}
