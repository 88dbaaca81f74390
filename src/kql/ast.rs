//! The syntax tree of a query, as it is written.
//!
//! In: nothing. Out: types. Must not know what anything means: names are not yet bound.

use super::types::Type;
use super::value::Value;
use crate::source::{Span, Spanned};

/// A query: `let` statements, and the expression whose rows are the result.
#[derive(Debug, Clone)]
pub struct Query {
    /// The statements before the last.
    pub lets: Vec<Let>,
    /// The last statement.
    pub result: Pipe,
}

/// `let NAME = …`
#[derive(Debug, Clone)]
pub struct Let {
    /// The name.
    pub name: Spanned<String>,
    /// What it stands for.
    pub value: LetValue,
}

/// What a `let` binds.
#[derive(Debug, Clone)]
pub enum LetValue {
    /// A scalar or rows: which one is known only when names are bound.
    Pipe(Pipe),
    /// A function.
    Function(Function),
}

/// `(a: string, T: (x: long)) { … }`
#[derive(Debug, Clone)]
pub struct Function {
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The statements of its body before the last.
    pub lets: Vec<Let>,
    /// Its result.
    pub result: Pipe,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type.
    pub kind: ParameterKind,
    /// Its value where the caller gives none.
    pub default: Option<Expr>,
}

/// The type of a parameter.
#[derive(Debug, Clone)]
pub enum ParameterKind {
    /// A scalar.
    Scalar(Type),
    /// Rows with these columns at least; none means any.
    Rows(Vec<(String, Type)>),
}

/// A source and the operators that its rows pass.
#[derive(Debug, Clone)]
pub struct Pipe {
    /// Where the rows come from.
    pub source: Source,
    /// What happens to them, in order.
    pub operators: Vec<Spanned<Operator>>,
    /// Its place.
    pub span: Span,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A name, a call, a scalar, or a query in parentheses.
    Expr(Expr),
    /// `datatable(a: string)[…]`
    Datatable(Vec<(String, Type)>, Vec<Expr>),
    /// `print a = 1`
    Print(Vec<Named>),
    /// `range x from 1 to 3 step 1`
    Range(String, Expr, Expr, Expr),
    /// `union …` at the start
    Union(Union),
}

/// A tabular operator.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `where`, `filter`
    Where(Expr),
    /// `extend`
    Extend(Vec<Named>),
    /// `project`
    Project(Vec<Named>),
    /// `project-away`: names or wildcards
    ProjectAway(Vec<Spanned<String>>),
    /// `project-keep`
    ProjectKeep(Vec<Spanned<String>>),
    /// `project-rename NEW = OLD`
    ProjectRename(Vec<(Spanned<String>, Spanned<String>)>),
    /// `project-reorder`, with the direction where one is given
    ProjectReorder(Vec<Spanned<String>>),
    /// `distinct`; empty means `*`
    Distinct(Vec<Named>),
    /// `summarize AGGREGATES by KEYS`
    Summarize(Vec<Named>, Vec<Named>),
    /// `sort`, `order`
    Sort(Vec<Key>),
    /// `top N by …`
    Top(Expr, Vec<Key>),
    /// `take`, `limit`
    Take(Expr),
    /// `count`
    Count,
    /// `serialize`
    Serialize(Vec<Named>),
    /// `join`
    Join(Join),
    /// `lookup`
    Lookup(Join),
    /// `union`
    Union(Union),
    /// `mv-expand`
    MvExpand(Expand),
    /// `mv-apply … on (…)`
    MvApply(Expand, Box<Pipe>),
    /// `as NAME`, `render …`, `consume`-like hints that change no row
    Nothing,
}

/// An expression with the names it gets.
#[derive(Debug, Clone)]
pub struct Named {
    /// The names that are written: several for `(a, b) = arg_max(…)`.
    pub names: Vec<Spanned<String>>,
    /// The expression.
    pub expr: Expr,
}

/// A sort key.
#[derive(Debug, Clone)]
pub struct Key {
    /// What is sorted by.
    pub expr: Expr,
    /// Whether the smallest comes first.
    pub ascending: bool,
    /// Whether nulls come first, where that is said.
    pub nulls_first: Option<bool>,
}

/// `join` or `lookup`.
#[derive(Debug, Clone)]
pub struct Join {
    /// `kind=`, where it is given.
    pub kind: Option<Spanned<String>>,
    /// The right side.
    pub right: Pipe,
    /// The conditions after `on`.
    pub on: Vec<Expr>,
}

/// `union`.
#[derive(Debug, Clone)]
pub struct Union {
    /// `kind=inner`
    pub inner: bool,
    /// `withsource=NAME`
    pub with_source: Option<String>,
    /// `isfuzzy=true`
    pub fuzzy: bool,
    /// The sides.
    pub sides: Vec<Pipe>,
}

/// What `mv-expand` and `mv-apply` expand.
#[derive(Debug, Clone)]
pub struct Expand {
    /// `with_itemindex=NAME`
    pub index: Option<Spanned<String>>,
    /// Whether a bag becomes pairs of name and value, rather than bags of one property.
    pub pairs: bool,
    /// What is expanded: maybe a name, the expression, maybe a type.
    pub items: Vec<(Option<Spanned<String>>, Expr, Option<Type>)>,
    /// `limit N`
    pub limit: Option<i64>,
}

/// A scalar expression with its place.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// A scalar expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A column, a variable, a table.
    Name(String),
    /// A literal and its type.
    Literal(Value, Type),
    /// `f(…)`
    Call(String, Vec<Argument>),
    /// `bag.name`, also `$left.column`
    Member(Box<Expr>, String),
    /// `value[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `-x`
    Negative(Box<Expr>),
    /// A binary operator.
    Binary(Box<Expr>, Binary, Box<Expr>),
    /// All hold.
    And(Vec<Expr>),
    /// One holds.
    Or(Vec<Expr>),
    /// `in`, `has_any`, `has_all`
    List {
        /// What is looked for.
        value: Box<Expr>,
        /// How.
        relation: ListRelation,
        /// Whether it must not be so.
        negated: bool,
        /// In what.
        items: Vec<Expr>,
    },
    /// `between (a .. b)`
    Between {
        /// What must lie there.
        value: Box<Expr>,
        /// From here, included.
        low: Box<Expr>,
        /// To here, included.
        high: Box<Expr>,
        /// Whether it must not.
        negated: bool,
    },
    /// `*`
    Star,
    /// A query where a value or rows may stand.
    Pipe(Box<Pipe>),
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Argument {
    /// `name = …`, where it is given.
    pub name: Option<String>,
    /// The value.
    pub value: Expr,
}

/// How a value relates to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRelation {
    /// `in`
    In,
    /// `in~`
    InIgnoringCase,
    /// `has_any`
    HasAny,
    /// `has_all`
    HasAll,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `==`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// An operator over texts.
    Text(TextRelation),
    /// `matches regex`
    Regex,
}

/// An operator over texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRelation {
    /// Which.
    pub shape: TextShape,
    /// Whether case counts.
    pub cased: bool,
    /// Whether it must not hold.
    pub negated: bool,
}

/// What an operator over texts looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextShape {
    /// The whole text: `=~`.
    Whole,
    /// A part: `contains`.
    Part,
    /// The beginning: `startswith`.
    Start,
    /// The end: `endswith`.
    End,
    /// A whole term: `has`.
    Term,
    /// The beginning of a term: `hasprefix`.
    TermStart,
    /// The end of a term: `hassuffix`.
    TermEnd,
}
