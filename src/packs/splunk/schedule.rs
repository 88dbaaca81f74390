//! When a saved search runs, and which time it looks at.
//!
//! In: a schedule. Out: a cron expression and two relative times, or why cron cannot say it.

use crate::ir::{Duration, Schedule};

/// A schedule in Splunk's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct Times {
    /// Five fields.
    pub(in crate::packs) cron: String,
    /// Where each run begins to look.
    pub(in crate::packs) earliest: String,
    /// Where it ends.
    pub(in crate::packs) latest: String,
}

/// For detections that name no schedule, as Splunk's own content runs: every hour, over the hour that ended ten minutes
/// ago.
const DEFAULT: (&str, &str, &str) = ("0 * * * *", "-70m@m", "-10m@m");

impl Times {
    /// Whether it is the one of Splunk's own content.
    pub(in crate::packs) fn is_default(&self) -> bool {
        (self.cron.as_str(), self.earliest.as_str(), self.latest.as_str()) == DEFAULT
    }
}

/// The times of a schedule, or why there are none. The lookback is counted from the run, as in the time that
/// `compile --with-time` writes.
pub(in crate::packs) fn times(schedule: Option<&Schedule>) -> Result<Times, String> {
    let Some(schedule) = schedule else {
        let (cron, earliest, latest) = DEFAULT;
        return Ok(Times { cron: cron.to_owned(), earliest: earliest.to_owned(), latest: latest.to_owned() });
    };
    let cron = cron(schedule.every).ok_or_else(|| {
        format!("cron cannot say `every {}`: it starts anew with each hour, day or week", schedule.every)
    })?;
    if schedule.delay.is_some_and(|delay| delay >= schedule.lookback) {
        return Err(
            "each run would end before it begins: the delay is not shorter than the lookback".to_owned()
        );
    }
    Ok(Times {
        cron,
        earliest: relative(schedule.lookback),
        latest: schedule.delay.map_or_else(|| "now".to_owned(), relative),
    })
}

/// Whole minutes are snapped to, so that runs meet each other without a gap.
fn relative(duration: Duration) -> String {
    let snap = if duration.seconds().is_multiple_of(60) { "@m" } else { "" };
    format!("-{duration}{snap}")
}

/// Only what divides the next larger unit comes at even distances.
fn cron(every: Duration) -> Option<String> {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    if !every.seconds().is_multiple_of(60) {
        return None;
    }
    match every.seconds() / 60 {
        1 => Some("* * * * *".to_owned()),
        minutes if minutes < HOUR && HOUR.is_multiple_of(minutes) => Some(format!("*/{minutes} * * * *")),
        HOUR => Some("0 * * * *".to_owned()),
        minutes if minutes < DAY && minutes.is_multiple_of(HOUR) && DAY.is_multiple_of(minutes) => {
            Some(format!("0 */{} * * *", minutes / HOUR))
        }
        DAY => Some("0 0 * * *".to_owned()),
        minutes if minutes == 7 * DAY => Some("0 0 * * 0".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_an_hour_day_or_week_is_cron() {
        for (every, expected) in [
            ("1m", Some("* * * * *")),
            ("5m", Some("*/5 * * * *")),
            ("30m", Some("*/30 * * * *")),
            ("60m", Some("0 * * * *")),
            ("4h", Some("0 */4 * * *")),
            ("24h", Some("0 0 * * *")),
            ("1w", Some("0 0 * * 0")),
            ("30s", None),
            ("7m", None),
            ("90m", None),
            ("5h", None),
            ("2d", None),
        ] {
            let every = Duration::parse(every).expect("a duration");
            assert_eq!(cron(every).as_deref(), expected, "{every}");
        }
    }
}
