//! A query: the tree that templates print.
//!
//! In: built by `lower`. Out: text, by the templates in `templates/kusto`. Templates own the order and the line breaks;
//! names, literals and expressions print themselves. Must not know the IR.

use std::fmt::Write;

use askama::Template;

use super::expr::{Condition, Expr, WIDTH};
use super::fragment::Fragment;
use super::tokens::{Comment, Ident, Print, StringLiteral, prints_itself};

/// A whole query.
#[derive(Debug, Template)]
#[template(path = "kusto/query.kql")]
pub(super) struct Query {
    /// What a reader must know of the query, above it.
    pub(super) comments: Vec<Comment>,
    /// Functions and values that it uses.
    pub(super) lets: Vec<Let>,
    /// Tables that it makes first, in order; each may read those before it.
    pub(super) tables: Vec<Tabular>,
    /// Where the rows come from.
    pub(super) source: Source,
    /// What is done to them, in order.
    pub(super) operators: Vec<Operator>,
}

/// `let name = body;`
#[derive(Debug, Clone)]
pub(super) struct Let {
    /// The name.
    pub(super) name: Ident,
    /// What it stands for.
    pub(super) body: Body,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// A function or a scalar expression, checked by `prepared`.
    Checked(String),
    /// The rows of a list, as a `dynamic` array.
    Values(Vec<Value>),
    /// One column of a watchlist, as a table.
    Watchlist {
        /// The alias.
        alias: StringLiteral,
        /// The cell as a text. An empty one is no row: it would stand for every missing value.
        cell: Expr,
        /// The column's name in the table.
        name: Ident,
        /// Its value.
        value: Expr,
    },
    /// The networks of one family in a watchlist, as an array.
    Networks {
        /// The alias.
        alias: StringLiteral,
        /// The cell as a text.
        cell: Expr,
        /// Whether those of IPv6.
        v6: bool,
    },
}

/// A value in a `dynamic` array.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
}

impl std::fmt::Display for Value {
    /// As JSON, which is what `dynamic(…)` holds.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Value::Integer(number) => write!(f, "{number}"),
        }
    }
}

impl Print for Body {
    fn print(&self, f: &mut dyn Write) -> std::fmt::Result {
        match self {
            Body::Checked(text) => f.write_str(text),
            Body::Values(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                let line = values.join(", ");
                if line.chars().count() <= WIDTH {
                    write!(f, "dynamic([{line}])")
                } else {
                    write!(f, "dynamic([\n    {}\n])", values.join(",\n    "))
                }
            }
            Body::Watchlist { alias, cell, name, value } => {
                write!(f, "_GetWatchlist({alias}) | where isnotempty({cell}) | project {name}")?;
                if *value == Expr::Name(name.clone()) { Ok(()) } else { write!(f, " = {value}") }
            }
            Body::Networks { alias, cell: value, v6 } => {
                let contains = if *v6 { "contains" } else { "!contains" };
                write!(
                    f,
                    "toscalar(_GetWatchlist({alias}) | where isnotempty({value}) and {value} {contains} \":\" \
                     | summarize make_list({value}))"
                )
            }
        }
    }
}

/// `let name = rows;`
#[derive(Debug)]
pub(super) struct Tabular {
    /// The name.
    pub(super) name: Ident,
    /// Where its rows come from.
    pub(super) source: Source,
    /// What is done to them, in order.
    pub(super) operators: Vec<Operator>,
}

/// Where rows come from.
#[derive(Debug, Template)]
#[template(path = "kusto/source.kql")]
pub(super) enum Source {
    /// A table.
    #[template(block = "table")]
    Table { name: Ident },
    /// A function that gives a table.
    #[template(block = "function")]
    Function { name: Ident },
    /// Several of them, joined by column names. A workspace may lack one of the tables.
    #[template(block = "union")]
    Union { legs: Vec<Leg> },
    /// Tables of this query, one after the other, joined by column names.
    #[template(block = "together")]
    Together { names: Vec<Ident> },
}

/// One source of a union, with what brings it to neutral names.
#[derive(Debug)]
pub(super) struct Leg {
    /// A table or function.
    pub(super) source: Source,
    /// What is done to its rows.
    pub(super) operators: Vec<Operator>,
}

/// What follows a pipe.
#[derive(Debug, Template)]
#[template(path = "kusto/operator.kql")]
pub(super) enum Operator {
    /// Keeps the rows where the condition holds.
    #[template(block = "filter")]
    Where { condition: Condition },
    /// The same by an expression of the catalogue.
    #[template(block = "facts")]
    Facts { condition: Fragment },
    /// Adds columns.
    #[template(block = "extend")]
    Extend { columns: Assignments },
    /// Looks at each element of an array, and adds one column a test to the row.
    #[template(block = "elements")]
    Elements { element: Element, columns: Assignments },
    /// The same where each element is looked at in its order.
    #[template(block = "ordered")]
    Ordered { element: Element, index: Ident, columns: Assignments },
    /// One row an element of an array.
    #[template(block = "expand")]
    Expand { element: Element },
    /// The same, maybe with the elements read as a type. `place` is a new column with the place of the element, from 0.
    #[template(block = "spread")]
    Spread { name: Ident, list: Expr, to: Option<&'static str>, place: Option<Ident> },
    /// Only these columns.
    #[template(block = "project")]
    Project { columns: Assignments },
    /// Each combination of these columns once.
    #[template(block = "distinct")]
    Distinct { columns: Vec<Ident> },
    /// Brings the rows into an order that what follows may rely on.
    #[template(block = "sort")]
    Sort { by: Vec<SortKey> },
    /// Rows that have a partner in another table of this query.
    #[template(block = "join")]
    Join { kind: JoinKind, with: Ident, on: Vec<Ident> },
    /// Removes helper columns.
    #[template(block = "remove")]
    Remove { columns: Vec<Ident> },
    /// One row a group.
    #[template(block = "summarize")]
    Summarize { aggregates: Assignments, by: Vec<Ident> },
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SortKey {
    /// The column.
    pub(super) column: Ident,
    /// From the largest to the smallest.
    pub(super) descending: bool,
}

/// How rows find partners. Kusto's default keeps one row a key, so the kind is always written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    /// Each pair.
    Inner,
    /// Each pair, and each row without a partner.
    LeftOuter,
    /// The rows that have a partner, as they are.
    LeftSemi,
    /// The rows that have none.
    LeftAnti,
}

/// The element of an array in `mv-apply`. It stays dynamic: `to typeof(string)` would make null of what is no text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    /// What it is called inside.
    pub(super) name: Ident,
    /// The array.
    pub(super) list: Expr,
}

/// `name = expression`, several of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignments {
    /// In order.
    pub(super) items: Vec<Assignment>,
    /// One a line, since they do not fit on one.
    pub(super) broken: bool,
}

/// `name = expression`, or `(name, name) = expression`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    /// The new columns; not empty.
    pub(super) names: Vec<Ident>,
    /// Their value.
    pub(super) value: Expr,
}

impl Assignment {
    /// One column.
    pub(super) fn new(name: Ident, value: Expr) -> Self {
        Self { names: vec![name], value }
    }
}

impl Print for SortKey {
    fn print(&self, f: &mut dyn Write) -> std::fmt::Result {
        write!(f, "{} {}", self.column, if self.descending { "desc" } else { "asc" })
    }
}

impl Print for JoinKind {
    fn print(&self, f: &mut dyn Write) -> std::fmt::Result {
        f.write_str(match self {
            JoinKind::Inner => "inner",
            JoinKind::LeftOuter => "leftouter",
            JoinKind::LeftSemi => "leftsemi",
            JoinKind::LeftAnti => "leftanti",
        })
    }
}

impl Print for Assignment {
    /// A column that keeps its name stands alone.
    fn print(&self, f: &mut dyn Write) -> std::fmt::Result {
        match self.names.as_slice() {
            [name] => {
                name.print(f)?;
                if matches!(&self.value, Expr::Name(kept) if kept == name) {
                    return Ok(());
                }
                f.write_str(" = ")?;
                self.value.print(f)
            }
            names => {
                let names: Vec<String> = names.iter().map(Ident::to_string).collect();
                write!(f, "({}) = {}", names.join(", "), self.value)
            }
        }
    }
}

prints_itself!(Assignment, Body, SortKey, JoinKind);

impl From<Vec<Assignment>> for Assignments {
    fn from(items: Vec<Assignment>) -> Self {
        let length: usize = items.iter().map(|item| item.to_string().chars().count() + 2).sum();
        Self { broken: length > WIDTH, items }
    }
}
