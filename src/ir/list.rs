//! Lists: tables of values that a field is looked up in.

use std::sync::Arc;

use super::Match;

/// A table of values: an allow- or deny-list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The name: a lower-case ASCII letter, then such letters, digits and underscores. Targets use it as it is.
    pub name: String,
    /// What stands in it.
    pub description: String,
    /// Who keeps it up to date.
    pub owner: String,
    /// The columns; not empty. Their names are made of the same characters as the list's.
    pub columns: Vec<ListColumn>,
    /// The column that identifies a row, by index. No row lacks it.
    pub key: usize,
    /// The rows, each with one cell a column; nothing where the row has no value.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// The rows are written into every query, rather than looked up.
    pub inline: bool,
    /// Where a language has placeholders that its reader fills in, one stands for the key column.
    pub placeholder: bool,
}

/// A column of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListColumn {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub column_type: ColumnType,
}

/// What the cells of a column are, and with it how a field is held against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// A text: equal without regard to case. A wildcard is a plain character.
    Text,
    /// A text with Sigma's wildcards: the whole value fits it, without regard to case.
    Pattern,
    /// A whole number: equal.
    Integer,
    /// An address: the same text.
    Ip,
    /// A network: the address lies in it.
    Cidr,
}

impl ColumnType {
    /// The word for people and files.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Pattern => "pattern",
            ColumnType::Integer => "integer",
            ColumnType::Ip => "ip",
            ColumnType::Cidr => "cidr",
        }
    }
}

/// A value in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// As written; never empty.
    pub text: String,
    /// What a field is tested for: a text without regard to case, a number, or a network.
    pub test: Match,
}

/// A column of a list that a field is looked up in.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// The list.
    pub list: Arc<List>,
    /// The column, by index.
    pub column: usize,
}

impl List {
    /// The column of this name, by index.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The table as a CSV file (RFC 4180) with a head line; lines end in a line feed.
    pub fn to_csv(&self) -> String {
        let mut text = line(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|cell| cell.as_ref().map_or("", |cell| cell.text.as_str()))));
        }
        text
    }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| {
        let needed = cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell;
        if needed { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    };
    format!("{}\n", cells.map(quoted).collect::<Vec<_>>().join(","))
}

impl Membership {
    /// What the column is called and holds.
    pub fn column(&self) -> Option<&ListColumn> {
        self.list.columns.get(self.column)
    }

    /// Whether it is the column that identifies rows.
    pub fn is_key(&self) -> bool {
        self.column == self.list.key
    }

    /// The cells of the column, in the order of the rows.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.list.rows.iter().filter_map(|row| row.get(self.column)?.as_ref())
    }

    /// The tests of which one must hold, each once. None for an empty list, which holds for nothing.
    pub fn alternatives(&self) -> Vec<Match> {
        let mut seen = crate::maps::HashSet::default();
        let once = self.cells().filter(|cell| seen.insert(cell.text.to_lowercase()));
        once.map(|cell| cell.test.clone()).collect()
    }
}
