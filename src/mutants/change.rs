//! One change of a query.

use crate::source::Span;

/// A small mistake, put into a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of mistake.
    pub kind: Kind,
    /// The bytes of the query that are replaced.
    pub span: Span,
    /// What stands there instead.
    pub replacement: String,
    /// What is left out with it: terms before it that only say beforehand what the changed condition decides.
    pub without: Vec<Span>,
}

/// What kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `and` for `or`.
    AndForOr,
    /// `or` for `and`.
    OrForAnd,
    /// A clause of which all must hold is left out.
    DroppedFromAll,
    /// A clause of which one must hold is left out.
    DroppedFromAny,
    /// A clause means its opposite.
    Negated,
    /// Another comparison.
    Operator,
    /// Upper and lower case count, or no longer do.
    Case,
    /// Another value.
    Value,
    /// Another number: a threshold, or how many rows are looked at.
    Number,
    /// Another window of time.
    Window,
    /// A key is left out, so that groups grow together.
    Key,
    /// A stage of the pipeline is left out.
    Stage,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Kind] = &[
        Kind::AndForOr,
        Kind::OrForAnd,
        Kind::DroppedFromAll,
        Kind::DroppedFromAny,
        Kind::Negated,
        Kind::Operator,
        Kind::Case,
        Kind::Value,
        Kind::Number,
        Kind::Window,
        Kind::Key,
        Kind::Stage,
    ];

    /// The word for people and files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AndForOr => "and-for-or",
            Kind::OrForAnd => "or-for-and",
            Kind::DroppedFromAll | Kind::DroppedFromAny => "dropped",
            Kind::Negated => "negated",
            Kind::Operator => "operator",
            Kind::Case => "case",
            Kind::Value => "value",
            Kind::Number => "number",
            Kind::Window => "window",
            Kind::Key => "key",
            Kind::Stage => "stage",
        }
    }

    /// The test that would notice it.
    pub fn needed(self) -> &'static str {
        match self {
            Kind::AndForOr => "a test that must match although only one of the two sides holds",
            Kind::OrForAnd => "a test that must not match although one of the two sides holds",
            Kind::DroppedFromAll => "a test that must not match, and in which only this clause fails",
            Kind::DroppedFromAny => "a test that must match by this clause alone",
            Kind::Negated => "a test in which this clause decides",
            Kind::Operator => {
                "a test with a value at the edge: one that the other comparison answers differently"
            }
            Kind::Case => {
                "a test with the value in upper case where it is written in lower, or the other way round"
            }
            Kind::Value => "a test that must match by this value alone",
            Kind::Number => "two tests, with one more and one less than this number",
            Kind::Window => "two tests, with events just inside and just outside of this time",
            Kind::Key => "a test with events that differ in this field alone",
            Kind::Stage => "a test whose results this stage changes",
        }
    }
}

impl Change {
    /// The query with the change.
    pub fn apply(&self, text: &str) -> String {
        let mut mutant = String::with_capacity(text.len() + self.replacement.len());
        let mut at = 0;
        for span in &self.without {
            mutant.push_str(text.get(at..span.start).unwrap_or_default());
            at = span.end;
        }
        mutant.push_str(text.get(at..self.span.start).unwrap_or_default());
        mutant.push_str(&self.replacement);
        mutant.push_str(text.get(self.span.end..).unwrap_or_default());
        mutant
    }

    /// What is changed, in words. `text` is the query.
    pub fn describe(&self, text: &str) -> String {
        let old = short(text.get(self.span.start..self.span.end).unwrap_or_default());
        let new = short(&self.replacement);
        match (old.is_empty(), new.is_empty()) {
            (true, _) => format!("with `{new}` here"),
            (_, true) => format!("without `{old}`"),
            _ => format!("with `{new}` in place of `{old}`"),
        }
    }
}

/// On one line, and cut in the middle when it is long.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = line.chars().count();
    if count <= MOST {
        return line;
    }
    let head: String = line.chars().take(MOST / 2).collect();
    let tail: String = line.chars().skip(count - MOST / 3).collect();
    format!("{head} … {tail}")
}
