//! What one environment leaves out of a detection.

use super::{Logic, Predicate};
use crate::source::{Span, Spanned};

/// The exclusions of one environment, beside the logic that they have not gone into.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// What the detection finds without the exclusions.
    pub logic: Logic,
    /// The exclusions, in the order of the environment's file. Not empty.
    pub exclusions: Vec<Exclusion>,
}

/// Events of one set that do not count.
#[derive(Debug, Clone)]
pub struct Exclusion {
    /// Which set of events of the detection, by index.
    pub set: usize,
    /// Which events.
    pub when: Predicate,
    /// Who answers for it.
    pub owner: Spanned<String>,
    /// Why.
    pub reason: Spanned<String>,
    /// The last day on which it is wanted, `YYYY-MM-DD`.
    pub expires: Spanned<String>,
    /// Its place, for messages.
    pub span: Span,
}
