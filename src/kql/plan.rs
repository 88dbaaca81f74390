//! A query whose names are bound: columns are indices, calls are functions, let-functions are inlined.
//!
//! In: nothing. Out: types that `bind` builds and `run` walks. Must not know how either does it.

use std::sync::Arc;

use regex::Regex;

use super::ast::{Binary, TextRelation};
use super::functions::Function;
use super::table::{Column, Row};
use super::types::Type;
use super::value::Value;
use crate::maps::HashSet;

/// A scalar expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A constant.
    Const(Value),
    /// A column of the current row.
    Column(usize),
    /// A parameter of the scalar function around.
    Local(usize),
    /// A scalar function: arguments are evaluated once, then the body.
    Invoke(Vec<Node>, Arc<Node>),
    /// The first cell of a query's result, evaluated once a run.
    Scalar(usize),
    /// `bag.name`, `array[index]`, with a constant or computed step.
    Step(Box<Node>, Box<Node>),
    /// `-x`
    Negative(Box<Node>),
    /// Arithmetic.
    Arithmetic(Binary, Box<Node>, Box<Node>),
    /// `==`, `<` and their like.
    Compare(Binary, Box<Node>, Box<Node>),
    /// An operator over texts.
    Text(TextRelation, Box<Node>, Box<Node>),
    /// `matches regex`
    Regex(Box<Node>, Arc<Regex>),
    /// All hold.
    And(Vec<Node>),
    /// One holds.
    Or(Vec<Node>),
    /// `not(x)`
    Not(Box<Node>),
    /// `in` constants.
    InSet(Box<Node>, Arc<Set>, Membership),
    /// `in` values that are computed. A `dynamic` array stands for its items.
    In(Box<Node>, Vec<Node>, Membership),
    /// `in` the first column of rows.
    InRows(Box<Node>, usize, Membership),
    /// `has_any`, `has_all`
    Has(Box<Node>, Vec<Node>, bool),
    /// `between`
    Between(Box<Node>, Box<Node>, Box<Node>, bool),
    /// `case`, `iff`: conditions with values, and the value else.
    Case(Vec<(Node, Node)>, Box<Node>),
    /// `coalesce`
    Coalesce(Vec<Node>),
    /// `now()`
    Now,
    /// A value as a text.
    ToText(Box<Node>, TextForm),
    /// The largest, or smallest, of values of one type.
    Extreme(Vec<Node>, bool),
    /// `abs(x)`
    Absolute(Box<Node>),
    /// `bin(value, size)`
    Bin(Box<Node>, Box<Node>),
    /// All columns as a bag, with their names.
    PackAll(Arc<[Arc<str>]>),
    /// A function.
    Call(&'static Function, Vec<Node>),
    /// A function with a constant regular expression.
    WithRegex(Pattern, Arc<Regex>, Vec<Node>),
    /// The value of a window function that was computed for all rows.
    Window(usize),
    /// `prev` (positive) or `next` (negative): the expression, how many rows away, and the value beyond the ends.
    Offset(Box<Node>, i64, Box<Node>),
}

/// How a value becomes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextForm {
    /// As `tostring` does: null is the empty text.
    Plain,
    /// As `tostring` does with a `bool`, whose text is not JSON's.
    Bool,
    /// A `dynamic` that is compared with a string: null stays null.
    OrNull,
}

/// Constants that a value may be among.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    /// Texts as they are, or with their ASCII letters folded where case does not count; keys of other values.
    pub(super) keys: HashSet<String>,
    /// Texts with all letters folded, where case does not count.
    pub(super) folded: HashSet<String>,
}

/// How `in` compares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Membership {
    /// Whether it must not be there.
    pub(super) negated: bool,
    /// Whether case counts.
    pub(super) cased: bool,
    /// Whether everything compares as a text.
    pub(super) texts: bool,
}

/// A function with a regular expression.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// `extract(regex, group, text)`
    Extract(usize),
    /// `extract_all(regex, text)`
    ExtractAll,
    /// `replace_regex(text, regex, by)`
    Replace,
    /// `trim`, `trim_start`, `trim_end`: the pattern is already anchored.
    Trim,
    /// `countof(text, regex, 'regex')`
    Count,
}

/// A function over all rows in their order.
#[derive(Debug, Clone)]
pub(super) enum Window {
    /// `row_number(first, restart)`
    Number(i64, Option<Node>),
    /// `row_cumsum(term, restart)`
    Sum(Node, Option<Node>),
    /// `row_window_session(time, most since the first, most since the last, restart)`
    Session(Node, Node, Node, Option<Node>),
}

/// Expressions over the rows of one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Scalars {
    /// What is computed for all rows first, in this order.
    pub(super) windows: Vec<Window>,
    /// The expressions.
    pub(super) nodes: Vec<Node>,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A table or a function that returns rows.
    Table(String, Vec<Column>),
    /// A watchlist, by alias.
    Watchlist(String, Vec<Column>),
    /// Rows that are part of the query. Their order is free.
    Rows(Arc<Vec<Row>>),
    /// One row of expressions.
    Print(Vec<Node>),
    /// Numbers or points in time: from, to, step.
    Range(Node, Node, Node),
    /// A query that is run once and named in several places.
    Shared(usize),
    /// The rows that `mv-apply` gives.
    Input,
    /// Several queries, with the place in each row of every column of the result.
    Union(Vec<Side>),
}

/// One side of a `union`.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// Its rows.
    pub(super) plan: Plan,
    /// For each column of the result, where it is, or what stands there instead.
    pub(super) columns: Vec<Result<usize, Value>>,
}

/// Rows and what happens to them.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Where they come from.
    pub(super) source: Source,
    /// What happens to them.
    pub(super) steps: Vec<Step>,
    /// The columns at the end.
    pub(super) columns: Vec<Column>,
    /// Whether the order at the end means something.
    pub(super) ordered: bool,
}

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Keeps the rows of which the expression is true.
    Where(Scalars),
    /// Computes each cell anew.
    Project(Scalars),
    /// Replaces or appends cells: for each expression, the index of its column.
    Extend(Scalars, Vec<usize>),
    /// Keeps one of each.
    Distinct,
    /// Groups.
    Summarize(Box<Summary>),
    /// Sorts.
    Sort(Vec<SortKey>),
    /// Keeps the first ones; the flag says that their order means something.
    Take(Node, bool),
    /// One row with the number of rows.
    Count,
    /// Joins.
    Join(Box<Join>),
    /// Expands arrays.
    Expand(Box<Expand>),
    /// Expands arrays and runs a query on each result.
    Apply(Box<Apply>),
}

/// A sort key.
#[derive(Debug, Clone)]
pub(super) struct SortKey {
    pub(super) node: Node,
    pub(super) ascending: bool,
    pub(super) nulls_first: bool,
}

/// Groups and aggregates.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) keys: Vec<Node>,
    pub(super) aggregates: Vec<Aggregate>,
    /// What is computed from keys and aggregates, in the order of the result's columns.
    pub(super) results: Vec<Node>,
    /// Whether the order of the rows means something before.
    pub(super) ordered: bool,
}

/// One aggregate. Its values become cells after the keys.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    pub(super) kind: AggregateKind,
    /// What it is over.
    pub(super) arguments: Vec<Node>,
    /// Only rows of which this is true count.
    pub(super) condition: Option<Node>,
    /// The types of the cells that it gives.
    pub(super) types: Vec<Type>,
}

/// Which aggregate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum AggregateKind {
    Count,
    CountDistinct { estimate: bool },
    Sum,
    Average,
    Minimum,
    Maximum,
    Deviation,
    Variance,
    Percentile(f64),
    List(Option<i64>),
    Set(Option<i64>),
    Bag,
    ArgMaximum,
    ArgMinimum,
    Any,
}

/// A join.
#[derive(Debug, Clone)]
pub(super) struct Join {
    pub(super) kind: JoinKind,
    pub(super) right: Plan,
    pub(super) left_keys: Vec<Node>,
    pub(super) right_keys: Vec<Node>,
    /// Which columns of the right side come into the result.
    pub(super) right_columns: Vec<usize>,
    /// The nulls of each side's types, for rows without a partner.
    pub(super) left_nulls: Row,
    pub(super) right_nulls: Row,
}

/// The kinds of joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    InnerUnique,
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftAnti,
    LeftSemi,
    RightAnti,
    RightSemi,
}

/// Arrays that are expanded in step.
#[derive(Debug, Clone)]
pub(super) struct Expand {
    /// The expression, the column that takes the items, and the type that they get.
    pub(super) items: Vec<(Node, usize, Type)>,
    /// The column that takes the position.
    pub(super) index: Option<usize>,
    /// Whether a bag becomes pairs.
    pub(super) pairs: bool,
    /// The most items of one row.
    pub(super) limit: Option<i64>,
}

/// `mv-apply`
#[derive(Debug, Clone)]
pub(super) struct Apply {
    pub(super) expand: Expand,
    pub(super) body: Plan,
    /// Which columns of the row before stay, and which of the body's result follow.
    pub(super) kept: Vec<usize>,
    pub(super) added: Vec<usize>,
}
