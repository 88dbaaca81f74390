//! The reference semantics: what a detection means over events in neutral fields.
//!
//! In: `ir::Detection` and `ir::Event`s. Out: which events match, and the results. Pure. Every target is held against
//! this definition. Must not know any target, nor YAML.

use crate::catalogue::Source;
use crate::diagnostics::Diagnostic;
use crate::ir;

/// What the embedded tests of a detection said.
#[derive(Debug, Default)]
pub struct TestReport {
    /// The names of the tests that passed.
    pub passed: Vec<String>,
    /// One finding (`E0601`) a failed test.
    pub failures: Vec<Diagnostic>,
}

/// Runs the embedded tests of a detection.
pub fn check_tests(_detection: &ir::Detection, _source: &Source) -> TestReport {
    TestReport::default()
}
