//! What a field's value is tested for.

use std::hash::{Hash, Hasher};

use super::{Case, Field, Membership, Pattern, Regex};

/// One test of one value. On a multivalue field it holds when one of the values satisfies it. On a missing field
/// every test is false, except [`Match::Missing`].
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// The whole text fits a pattern.
    Text {
        /// The pattern.
        pattern: Pattern,
        /// Whether case counts.
        case: Case,
    },
    /// A regular expression matches somewhere in the text.
    Regex(Regex),
    /// The number compares so.
    Number {
        /// How.
        comparison: Comparison,
        /// With what.
        number: Number,
    },
    /// The boolean is this.
    Boolean(bool),
    /// The address lies in this network.
    Network(ipnet::IpNet),
    /// One cell of a column of a list fits. A list without rows fits nothing.
    InList(Membership),
    /// The field is missing or null. An empty text is neither.
    Missing,
    /// The field is present, whatever its value, also the empty text.
    Present,
    /// Compares with another field of the same event. False when either is missing.
    Field {
        /// How the tested field's text relates to the other's.
        comparison: FieldComparison,
        /// The other field.
        other: Field,
        /// Whether case counts.
        case: Case,
    },
    /// A part of a moment, in UTC, compares so.
    TimePart {
        /// Which part.
        part: TimePart,
        /// How.
        comparison: Comparison,
        /// With what.
        number: i64,
    },
}

/// How two numbers compare: *field* `comparison` *number*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `left` compares so with `right`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }
}

/// How the text of one field relates to that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldComparison {
    /// Both are the same.
    Equals,
    /// The other begins it.
    StartsWith,
    /// The other ends it.
    EndsWith,
    /// The other is in it.
    Contains,
}

/// A part of a moment, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    Day,
    /// ISO 8601 week, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// For instance 2026.
    Year,
}

impl TimePart {
    /// The values that it can have.
    pub fn range(self) -> std::ops::RangeInclusive<i64> {
        match self {
            TimePart::Minute => 0..=59,
            TimePart::Hour => 0..=23,
            TimePart::Day => 1..=31,
            TimePart::Week => 1..=53,
            TimePart::Month => 1..=12,
            TimePart::Year => 1..=9999,
        }
    }
}

/// A number. Whole numbers stay exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// A finite number with a fraction.
    Real(f64),
}

impl Number {
    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Real(value) => value,
        }
    }
}

/// A number is never NaN.
impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Number::Integer(value) => value.hash(state),
            // Zero and its negative are equal.
            Number::Real(value) => (value + 0.0).to_bits().hash(state),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Number::Integer(value) => write!(f, "{value}"),
            // Never with an exponent, which not every target reads.
            Number::Real(value) if value.fract() == 0.0 => write!(f, "{value:.1}"),
            Number::Real(value) => write!(f, "{value}"),
        }
    }
}
