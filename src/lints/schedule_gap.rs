//! ## What it does
//! Finds schedules whose `lookback` is shorter than `every`.
//!
//! ## Why it matters
//! Every run looks at the `lookback` before its own end, and two ends are `every` apart. With a run every hour that
//! looks back 50 minutes, ten minutes of every hour are never looked at: an attack in them is missed in silence.
//!
//! ## Example
//! ```yaml
//! schedule: {every: 1h, lookback: 50m}
//! ```
//!
//! ## Use instead
//! ```yaml
//! schedule: {every: 1h, lookback: 70m, delay: 10m}
//! ```

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Detection;

pub(super) fn check(detection: &Detection, findings: &mut Vec<Diagnostic>) {
    let Some(schedule) = &detection.schedule else { return };
    if schedule.lookback >= schedule.every {
        return;
    }
    findings.push(
        Diagnostic::new(
            Code::W0403,
            format!(
                "a run every {} looks back {}: the time between is never looked at",
                schedule.every, schedule.lookback
            ),
        )
        .at(&detection.file, schedule.lookback_span, "shorter than `every`")
        .help(format!("write `lookback: {}` or longer", schedule.every)),
    );
}
