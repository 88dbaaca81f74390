//! A search as it is written.
//!
//! In: built by the parser. Out: read by the interpreter, and by the import of searches. Holds places, no behaviour.

pub use super::arguments::{
    Bin, Convert, Dedup, Foreach, InputLookup, Lookup, MakeMv, MakeResults, ResultFormat, Rex, Sort, SortKey,
    SortKind, Spath, Splitter,
};
use super::expr::Expr;
use crate::source::{Span, Spanned};

/// A pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The commands. An implied first `search` is written out.
    pub commands: Vec<Spanned<Command>>,
}

/// A name with its place.
pub type Name = Spanned<String>;

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `search`, also the implied one.
    Search(Term),
    /// `where`.
    Where(Expr),
    /// `eval`.
    Eval(Vec<Assignment>),
    /// `stats`.
    Stats(Stats),
    /// `eventstats`.
    EventStats(Stats),
    /// `streamstats`.
    StreamStats(StreamStats),
    /// `tstats`.
    TStats(TStats),
    /// `fillnull`.
    Fillnull {
        /// What is written; Splunk's default is `0`.
        value: Option<String>,
        /// Where; empty means wherever some row has a value.
        fields: Vec<Name>,
    },
    /// `filldown`.
    Filldown {
        /// Where, possibly with wildcards; empty means everywhere.
        fields: Vec<Name>,
    },
    /// `rex`.
    Rex(Rex),
    /// `regex`.
    Regex {
        /// The field; `_raw` when none is written.
        field: Name,
        /// `!=`.
        negated: bool,
        /// The expression, escapes of the text resolved.
        pattern: Name,
    },
    /// `rename`.
    Rename(Vec<(Name, Name)>),
    /// `table`.
    Table(Vec<Name>),
    /// `fields`.
    Fields {
        /// `fields -`.
        remove: bool,
        /// Which, possibly with wildcards.
        fields: Vec<Name>,
    },
    /// `sort`.
    Sort(Sort),
    /// `dedup`.
    Dedup(Dedup),
    /// `head`, by count.
    Head(u64),
    /// `tail`.
    Tail(u64),
    /// `reverse`.
    Reverse,
    /// `bin`, `bucket`, `discretize`.
    Bin(Bin),
    /// `lookup`.
    Lookup(Lookup),
    /// `inputlookup`.
    InputLookup(InputLookup),
    /// `append`.
    Append(Search),
    /// `appendpipe`.
    AppendPipe(Search),
    /// `multisearch`.
    MultiSearch(Vec<Spanned<Search>>),
    /// `union` of subsearches.
    Union(Vec<Spanned<Search>>),
    /// `mvexpand`.
    MvExpand {
        /// The field.
        field: Name,
        /// The most rows that one row becomes; 0 is any number.
        limit: u64,
    },
    /// `makemv`.
    MakeMv(MakeMv),
    /// `nomv`.
    NoMv(Name),
    /// `mvcombine`.
    MvCombine {
        /// The field.
        field: Name,
        /// What joins the values.
        delim: Option<String>,
    },
    /// `spath`.
    Spath(Spath),
    /// `makeresults`.
    MakeResults(MakeResults),
    /// `foreach` over fields.
    Foreach(Foreach),
    /// `convert`.
    Convert(Convert),
    /// A macro as a command, when no table says what it is.
    Macro(MacroCall),
    /// A command of Splunk that is read but not run.
    Other(Other),
}

/// What a `search` asks of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// Every one of these.
    All(Vec<Term>),
    /// One of these.
    Any(Vec<Term>),
    /// Not this.
    Not(Box<Term>),
    /// A field against a value.
    Compare {
        /// The field.
        field: Name,
        /// How.
        op: CompareOp,
        /// The value, never a field (S23).
        value: Spanned<SearchValue>,
    },
    /// A field against a list of values.
    In {
        /// The field.
        field: Name,
        /// The values.
        values: Vec<Spanned<SearchValue>>,
    },
    /// A word or phrase of the raw event.
    Keyword(Spanned<SearchValue>),
    /// A subsearch, whose results become terms.
    Subsearch(Spanned<Search>),
    /// A macro, when no table says what it is.
    Macro(MacroCall),
}

/// How two things are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`, in expressions also `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl CompareOp {
    /// Whether it holds for two things in this order.
    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Equal => order.is_eq(),
            CompareOp::NotEqual => order.is_ne(),
            CompareOp::Less => order.is_lt(),
            CompareOp::LessOrEqual => order.is_le(),
            CompareOp::Greater => order.is_gt(),
            CompareOp::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A value in a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchValue {
    /// The text, escapes resolved; `*` is a wildcard also in quotes (S10).
    pub text: String,
    /// Whether it stood in double quotes.
    pub quoted: bool,
    /// What stood around it.
    pub mode: ValueMode,
}

/// What stands around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueMode {
    /// Nothing.
    Plain,
    /// `CASE(…)`: upper and lower case count.
    Case,
    /// `TERM(…)`: one token of the index.
    Term,
}

/// `target = value` of `eval`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The field; `{x}` in it stands for the value of the field `x`.
    pub target: Name,
    /// The value.
    pub value: Expr,
}

/// `stats` and `eventstats`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// What is computed.
    pub aggregates: Vec<Aggregate>,
    /// The fields of which each combination is a group.
    pub by: Vec<Name>,
    /// Whether a value that an event has twice counts once (A04).
    pub dedup_splitvals: bool,
}

/// One aggregate.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The function, in lower case and in its long form, for instance `count`, `dc`, `perc95`.
    pub function: String,
    /// What it is computed of.
    pub of: AggregateOf,
    /// The name of the result; as Splunk makes it up when none is written.
    pub name: String,
    /// Whether the name was written.
    pub named: bool,
    /// Where it stands.
    pub span: Span,
}

/// What an aggregate is computed of.
#[derive(Debug, Clone, PartialEq)]
pub enum AggregateOf {
    /// The rows: `count`.
    Rows,
    /// A field, possibly with wildcards.
    Field(String),
    /// An expression.
    Expr(Expr),
}

/// `streamstats`.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamStats {
    /// The aggregates and groups.
    pub stats: Stats,
    /// Whether a row counts itself.
    pub current: bool,
    /// How many rows are looked at; 0 is all.
    pub window: u64,
    /// Whether one window runs over all groups.
    pub global: bool,
    /// How long back is looked, in seconds.
    pub time_window: Option<f64>,
    /// Whether all starts anew when a group changes.
    pub reset_on_change: bool,
    /// Starts anew before a row of which this is true.
    pub reset_before: Option<Expr>,
    /// Starts anew after a row of which this is true.
    pub reset_after: Option<Expr>,
}

/// `tstats`.
#[derive(Debug, Clone, PartialEq)]
pub struct TStats {
    /// What is computed.
    pub aggregates: Vec<Aggregate>,
    /// The data model and dataset, for instance `Endpoint.Processes`; none for indexed fields.
    pub model: Option<Name>,
    /// `nodename`, `summariesonly` and the like, in order.
    pub options: Vec<(Name, Spanned<String>)>,
    /// The condition.
    pub condition: Option<Term>,
    /// The fields of which each combination is a group.
    pub by: Vec<Name>,
    /// The span of `_time` among them.
    pub span: Option<TimeSpan>,
    /// Macros among the options, when no table says what they are.
    pub macros: Vec<MacroCall>,
}

/// A length of time as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeSpan {
    /// How many.
    pub count: f64,
    /// Of what.
    pub unit: TimeUnit,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days of the calendar.
    Day,
    /// Weeks, from Sunday.
    Week,
    /// Months of the calendar.
    Month,
    /// Quarters of the calendar.
    Quarter,
    /// Years of the calendar.
    Year,
}

impl TimeSpan {
    /// Its length in seconds, when that does not depend on the calendar.
    pub fn seconds(self) -> Option<f64> {
        let unit = match self.unit {
            TimeUnit::Second => 1.0,
            TimeUnit::Minute => 60.0,
            TimeUnit::Hour => 3_600.0,
            TimeUnit::Day => 86_400.0,
            TimeUnit::Week => 604_800.0,
            TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year => return None,
        };
        Some(self.count * unit)
    }
}

/// A call of a macro, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroCall {
    /// Its name.
    pub name: String,
    /// Its arguments, quotes removed.
    pub arguments: Vec<String>,
    /// Where it stands, with its backticks.
    pub span: Span,
}

/// A command that is read but not run.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Its name, in lower case.
    pub name: String,
    /// `key=value`, in order.
    pub options: Vec<(Name, Spanned<String>)>,
    /// Everything else, in order.
    pub words: Vec<Name>,
    /// Its subsearches.
    pub subsearches: Vec<Spanned<Search>>,
}
