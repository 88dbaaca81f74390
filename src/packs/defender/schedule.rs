//! How often a custom detection runs, and how far back it looks.
//!
//! In: a schedule. Out: the durations of the rule, a warning where it runs at other times than the detection says, or a
//! finding (`E1020`). Source: "Create custom detection rules", section on the frequency, and "ruleSchedule resource type".

use serde_json::{Value, json};

use crate::diagnostics::{Code, Diagnostic};
use crate::packs::Entry;
use crate::packs::microsoft::{Product, Times, default_times, iso, short};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// How often rules run over Defender's own tables, and how far back each then looks by itself; the most frequent first.
/// Near real time is left out: it takes no `summarize`.
const FREQUENCIES: [Times; 4] = [
    Times { frequency: HOUR, period: 4 * HOUR },
    Times { frequency: 3 * HOUR, period: 12 * HOUR },
    Times { frequency: 12 * HOUR, period: 48 * HOUR },
    Times { frequency: DAY, period: 30 * DAY },
];

/// Defender keeps its events for so long.
const KEPT: u64 = 30 * DAY;

/// The schedule. It never runs less often than the detection says, unless that is more than every hour; `lookback` is
/// written only where the product's own is shorter, since Graph v1.0 does not have it yet.
pub(super) fn schedule(
    entry: &Entry,
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Value {
    let wanted = match &entry.detection.schedule {
        Some(schedule) => Times { frequency: schedule.every.seconds(), period: schedule.lookback.seconds() },
        None => default_times(entry),
    };
    let product = Product::Defender.name();
    let words =
        |seconds: u64| if seconds.is_multiple_of(60) { short(seconds) } else { format!("{seconds}s") };
    if wanted.period > KEPT || !wanted.period.is_multiple_of(60) {
        let place = entry.detection.schedule.map(|schedule| schedule.lookback_span);
        let message = format!("{product}: a rule cannot look back for {}", words(wanted.period));
        findings.push(
            Diagnostic::new(Code::E1020, message)
                .at(&entry.detection.file, place.unwrap_or(entry.detection.metadata.name.span), "")
                .help("`lookback` takes whole minutes, up to the 30 days that Defender keeps events"),
        );
    }
    let within = FREQUENCIES.iter().rev().find(|times| times.frequency <= wanted.frequency);
    let chosen = within.unwrap_or(&FREQUENCIES[0]);
    if chosen.frequency != wanted.frequency {
        let (every, instead) = (words(wanted.frequency), short(chosen.frequency));
        warnings.push(
            entry
                .finding(Code::W1001, format!("{product}: the rule runs every {instead} instead of {every}"))
                .help("there are 1, 3, 12 and 24 hours: an environment can give another `schedule`"),
        );
    }
    if wanted.period > chosen.period {
        json!({"frequency": iso(chosen.frequency), "lookback": iso(wanted.period)})
    } else {
        json!({"frequency": iso(chosen.frequency)})
    }
}
