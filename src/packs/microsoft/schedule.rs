//! How often a rule of Microsoft Sentinel runs, and how far back it looks.
//!
//! In: a schedule. Out: seconds that Sentinel takes, or findings (`E1020`); and durations as YAML and ARM write them.
//!
//! The lookback is counted from the run, as in the time that `compile --with-time` writes. Sentinel itself waits five
//! minutes for late events; a longer delay needs nothing, since the next runs look at the same time again.

use super::Product;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{CorrelationPattern, Logic};
use crate::packs::Entry;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// The shortest and longest frequency and period. Source: "Scheduled analytics rules in Microsoft Sentinel".
const LIMITS: std::ops::RangeInclusive<u64> = 300..=14 * DAY;

/// A schedule, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::packs) struct Times {
    /// From one run to the next.
    pub(in crate::packs) frequency: u64,
    /// How far back each run looks.
    pub(in crate::packs) period: u64,
}

/// For detections that name no schedule: every hour, over the 70 minutes before, as in the other packs; a correlation
/// looks back for what it needs beside that.
pub(in crate::packs) fn default_times(entry: &Entry) -> Times {
    let needed = match &entry.detection.logic {
        // What a raw query needs, nobody knows.
        Logic::Events(_) | Logic::Raw(_) => 0,
        Logic::Correlation(correlation) => match &correlation.pattern {
            // Its window is itself the time that each run looks at.
            CorrelationPattern::NewValue { .. } => correlation.pattern.reach().seconds(),
            CorrelationPattern::Aggregate { .. }
            | CorrelationPattern::Temporal { .. }
            | CorrelationPattern::Ordered { .. }
            | CorrelationPattern::Absent { .. } => correlation.pattern.reach().seconds() + HOUR,
        },
    };
    Times { frequency: HOUR, period: whole_minutes(needed).max(70 * 60) }
}

fn whole_minutes(seconds: u64) -> u64 {
    seconds.div_ceil(60) * 60
}

/// The times of a scheduled rule.
pub(super) fn times(entry: &Entry, findings: &mut Vec<Diagnostic>) -> Times {
    let span = entry.detection.schedule.map(|schedule| schedule.lookback_span);
    let times = match &entry.detection.schedule {
        Some(schedule) => Times { frequency: schedule.every.seconds(), period: schedule.lookback.seconds() },
        None => default_times(entry),
    };
    let mut refuse = |message: String, help: &str| {
        findings.push(
            Diagnostic::new(Code::E1020, format!("{}: {message}", Product::Sentinel.name()))
                .at(&entry.detection.file, span.unwrap_or(entry.detection.metadata.name.span), "")
                .help(help),
        );
    };
    for (name, seconds) in [("run every", times.frequency), ("look back for", times.period)] {
        if !LIMITS.contains(&seconds) || !seconds.is_multiple_of(60) {
            refuse(
                format!("a rule cannot {name} {}", shown(seconds)),
                "`schedule` takes whole minutes, from 5 minutes to 14 days",
            );
        }
    }
    let (every, lookback) = (shown(times.frequency), shown(times.period));
    if times.period < times.frequency {
        refuse(
            format!("a rule that runs every {every} cannot look back for {lookback}"),
            "make `lookback` at least as long as `every`",
        );
    }
    if times.period >= 2 * DAY && times.frequency < HOUR {
        refuse(
            format!("a rule that looks back for {lookback} cannot run every {every}"),
            "from 2 days on, rules run every hour at most",
        );
    }
    times
}

fn shown(seconds: u64) -> String {
    if seconds.is_multiple_of(60) { short(seconds) } else { format!("{seconds}s") }
}

/// As Azure-Sentinel's YAML writes it: `70m`, `1h`, `14d`. The seconds are whole minutes.
pub(in crate::packs) fn short(seconds: u64) -> String {
    match seconds {
        days if days.is_multiple_of(DAY) => format!("{}d", days / DAY),
        hours if hours.is_multiple_of(HOUR) => format!("{}h", hours / HOUR),
        minutes => format!("{}m", minutes / 60),
    }
}

/// As ISO 8601 writes it: `PT70M`, `PT1H`, `P14D`. The seconds are whole minutes.
pub(in crate::packs) fn iso(seconds: u64) -> String {
    let short = short(seconds).to_uppercase();
    if short.ends_with('D') { format!("P{short}") } else { format!("PT{short}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_each_format_wants() {
        for (seconds, yaml, arm) in [
            (300, "5m", "PT5M"),
            (4_200, "70m", "PT70M"),
            (3_600, "1h", "PT1H"),
            (90_000, "25h", "PT25H"),
            (14 * 86_400, "14d", "P14D"),
        ] {
            assert_eq!((short(seconds).as_str(), iso(seconds).as_str()), (yaml, arm));
        }
    }
}
