//! Why an event matches or does not.

use crate::ir::Value;
use crate::source::Span;

/// A clause of the condition with its answer for one event, and those of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Whether the clause holds.
    pub holds: bool,
    /// What it says.
    pub clause: Clause,
}

/// The parts of a clause.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// Every part must hold.
    All(Vec<Explanation>),
    /// One part must hold.
    Any(Vec<Explanation>),
    /// The part must not hold.
    Not(Box<Explanation>),
    /// A test of a field.
    Field {
        /// The field.
        name: String,
        /// What the event has there, as the test sees it; nothing when the field is missing.
        values: Vec<Value>,
        /// The first of its alternatives that holds, in words; nothing when none does.
        by: Option<String>,
        /// The item in the detection.
        span: Span,
    },
    /// A text somewhere in the event.
    Keyword {
        /// The first of the texts that is there.
        by: Option<String>,
        /// The place in the detection.
        span: Span,
    },
}

impl Explanation {
    /// The tests that would have to come out differently for this clause to: of `All` the first part that fails, of
    /// `Any` the part that is nearest to holding (the first of those that fail in the fewest tests); for a clause
    /// that holds, likewise the other way round. Never empty for a clause that resolution makes.
    pub fn decisive(&self) -> Vec<&Explanation> {
        let nearest = |parts: &'_ [Explanation]| -> Option<usize> {
            let distances = parts.iter().map(|part| part.distance()).enumerate();
            distances.min_by_key(|(_, distance)| *distance).map(|(place, _)| place)
        };
        match (&self.clause, self.holds) {
            (Clause::Field { .. } | Clause::Keyword { .. }, _) => vec![self],
            (Clause::Not(inner), _) => inner.decisive(),
            (Clause::All(parts), false) => {
                parts.iter().find(|part| !part.holds).map(Self::decisive).unwrap_or_default()
            }
            (Clause::Any(parts), false) => {
                nearest(parts).and_then(|place| parts.get(place)).map(Self::decisive).unwrap_or_default()
            }
            (Clause::All(parts), true) => parts.iter().flat_map(Self::decisive).collect(),
            (Clause::Any(parts), true) => {
                parts.iter().find(|part| part.holds).map(Self::decisive).unwrap_or_default()
            }
        }
    }

    /// How many tests would have to come out differently for the clause to hold.
    fn distance(&self) -> usize {
        match (&self.clause, self.holds) {
            (_, true) => 0,
            (Clause::All(parts), false) => parts.iter().map(Self::distance).sum(),
            (Clause::Any(parts), false) => parts.iter().map(Self::distance).min().unwrap_or(1),
            (Clause::Not(_) | Clause::Field { .. } | Clause::Keyword { .. }, false) => 1,
        }
    }
}
