//! ## What it does
//! Finds schedules that look back for less time than a correlation needs.
//!
//! ## Why it matters
//! A correlation looks at events that lie up to its window apart, `new_value` also at the baseline before it, and `absent`
//! waits until the window is over. A run that does not read that far back can never see the first of them: the detection
//! is silent, however often it runs. What begins before one run and ends in the next is seen only when each run reads the
//! window and the time since the run before.
//!
//! ## Example
//! ```yaml
//! schedule: {every: 1h, lookback: 1h}
//! correlation: {event_count: {group_by: [src], window: 2h, condition: {gte: 10}}}
//! ```
//!
//! ## Use instead
//! ```yaml
//! schedule: {every: 1h, lookback: 3h}
//! correlation: {event_count: {group_by: [src], window: 2h, condition: {gte: 10}}}
//! ```

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{CorrelationPattern, Detection, Duration, Logic};

pub(super) fn check(detection: &Detection, findings: &mut Vec<Diagnostic>) {
    let (Some(schedule), Logic::Correlation(correlation)) = (&detection.schedule, &detection.logic) else {
        return;
    };
    // The window of `new_value` is itself the time that each run looks at.
    let needed = match &correlation.pattern {
        CorrelationPattern::NewValue { .. } => correlation.pattern.reach(),
        CorrelationPattern::Aggregate { .. }
        | CorrelationPattern::Temporal { .. }
        | CorrelationPattern::Ordered { .. }
        | CorrelationPattern::Absent { .. } => correlation.pattern.reach().plus(schedule.every),
    };
    let mut report = |message: String, help: String| {
        findings.push(
            Diagnostic::new(Code::W0404, message)
                .at(&detection.file, schedule.lookback_span, "too short")
                .at(&detection.file, correlation.span, "this needs more")
                .help(help),
        );
    };
    if schedule.lookback < needed {
        report(
            format!("the schedule looks back {}, the correlation needs {needed}", schedule.lookback),
            format!("write `lookback: {needed}` or longer"),
        );
    }
    if let CorrelationPattern::NewValue { window, .. } = &correlation.pattern
        && shorter(*window, schedule.every)
    {
        report(
            format!("a run every {} reports what is new in the last {window}", schedule.every),
            format!("write `window: {}` or longer", schedule.every),
        );
    }
}

fn shorter(left: Duration, right: Duration) -> bool {
    left.seconds() < right.seconds()
}
