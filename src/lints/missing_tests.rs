//! ## What it does
//! Finds detections without a test that must match, or without one that must not.
//!
//! ## Why it matters
//! A detection that nothing is known to trigger may never fire; one that nothing is known to pass by may always fire.
//! `detc test` can only hold every target against what the tests say.
//!
//! ## Example
//! ```yaml
//! tests:
//!   - name: a partner is added
//!     events: [{Operation: Add a partner}]
//!     expect: {matches: 1}
//! ```
//!
//! ## Use instead
//! ```yaml
//! tests:
//!   - name: a partner is added
//!     events: [{Operation: Add a partner}]
//!     expect: {matches: 1}
//!   - name: an unrelated operation
//!     events: [{Operation: Update user}]
//!     expect: {matches: 0}
//! ```

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Logic};

pub(super) fn check(detection: &Detection, findings: &mut Vec<Diagnostic>) {
    match detection.logic {
        Logic::Events(_) | Logic::Correlation(_) => {}
        // Nothing could run them.
        Logic::Raw(_) => return,
    }
    let positive = detection.tests.iter().any(|test| test.matches.value > 0);
    let negative = detection.tests.iter().any(|test| test.matches.value == 0);
    let (message, missing) = match (positive, negative) {
        (true, true) => return,
        (false, false) => (
            "the detection has no tests",
            "one with `expect: {matches: 1}` and one with `expect: {matches: 0}`",
        ),
        (false, true) => ("no test must match", "one with `expect: {matches: 1}`"),
        (true, false) => ("no test must not match", "one with `expect: {matches: 0}`"),
    };
    findings.push(
        Diagnostic::new(Code::W0601, message)
            .at(&detection.file, detection.metadata.name.span, "")
            .help(format!("under `tests`, add {missing}")),
    );
}
