//! The operators between two values, and how they are written.
//!
//! In: nothing. Out: their words, their negations, and how tightly they bind. Must not know expressions.

use super::precedence::Precedence;

/// What is computed of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// `==`
    Equal,
    /// `=~`
    EqualIgnoreCase,
    /// `contains` or `contains_cs`
    Contains(Cased),
    /// `startswith` or `startswith_cs`
    StartsWith(Cased),
    /// `endswith` or `endswith_cs`
    EndsWith(Cased),
    /// `matches regex`
    MatchesRegex,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Whether case counts.
pub(super) type Cased = bool;

impl Operation {
    pub(super) fn text(self) -> &'static str {
        match self {
            Operation::Plus => "+",
            Operation::Minus => "-",
            Operation::Times => "*",
            Operation::Over => "/",
        }
    }

    pub(super) fn precedence(self) -> Precedence {
        match self {
            Operation::Plus | Operation::Minus => Precedence::Sum,
            Operation::Times | Operation::Over => Precedence::Product,
        }
    }
}

impl Relation {
    pub(super) fn text(self) -> &'static str {
        match self {
            Relation::Equal => "==",
            Relation::EqualIgnoreCase => "=~",
            Relation::Contains(false) => "contains",
            Relation::Contains(true) => "contains_cs",
            Relation::StartsWith(false) => "startswith",
            Relation::StartsWith(true) => "startswith_cs",
            Relation::EndsWith(false) => "endswith",
            Relation::EndsWith(true) => "endswith_cs",
            Relation::MatchesRegex => "matches regex",
            Relation::Less => "<",
            Relation::LessOrEqual => "<=",
            Relation::Greater => ">",
            Relation::GreaterOrEqual => ">=",
        }
    }

    /// How its negation is written. The order operators have none: on null they are null, and so is their opposite.
    pub(super) fn negation(self) -> Option<&'static str> {
        match self {
            Relation::Equal => Some("!="),
            Relation::EqualIgnoreCase => Some("!~"),
            Relation::Contains(false) => Some("!contains"),
            Relation::Contains(true) => Some("!contains_cs"),
            Relation::StartsWith(false) => Some("!startswith"),
            Relation::StartsWith(true) => Some("!startswith_cs"),
            Relation::EndsWith(false) => Some("!endswith"),
            Relation::EndsWith(true) => Some("!endswith_cs"),
            Relation::MatchesRegex
            | Relation::Less
            | Relation::LessOrEqual
            | Relation::Greater
            | Relation::GreaterOrEqual => None,
        }
    }
}
