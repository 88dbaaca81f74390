//! Durations.

use thiserror::Error;

/// A whole number of seconds, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    seconds: u64,
}

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DurationProblem {
    /// Not a whole number followed by a unit.
    #[error("a duration is a whole number and a unit: 90s, 15m, 1h, 7d, 2w")]
    Malformed,
    /// Zero.
    #[error("a duration of zero")]
    Zero,
    /// More than 365 days.
    #[error("a duration of more than 365 days")]
    TooLong,
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Duration {
    /// The longest duration, in seconds.
    pub const MAX_SECONDS: u64 = 365 * 86_400;

    /// Reads `90s`, `15m`, `1h`, `7d`, `2w`.
    pub fn parse(text: &str) -> Result<Self, DurationProblem> {
        let unit = text.chars().last().ok_or(DurationProblem::Malformed)?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(DurationProblem::Malformed)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DurationProblem::Malformed);
        }
        let count: u64 = digits.parse().map_err(|_| DurationProblem::TooLong)?;
        let seconds = count.checked_mul(*seconds).ok_or(DurationProblem::TooLong)?;
        match seconds {
            0 => Err(DurationProblem::Zero),
            1..=Self::MAX_SECONDS => Ok(Self { seconds }),
            _ => Err(DurationProblem::TooLong),
        }
    }

    /// The length in seconds.
    pub fn seconds(self) -> u64 {
        self.seconds
    }

    /// Both, one after the other. May be longer than what [`Duration::parse`] takes.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { seconds: self.seconds.saturating_add(other.seconds) }
    }
}

impl std::fmt::Display for Duration {
    /// The shortest whole form: 70 minutes is `70m`, 24 hours is `1d`.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        // Weeks are not written: not every target knows them.
        let (unit, length) =
            UNITS[1..].iter().find(|(_, length)| self.seconds.is_multiple_of(*length)).unwrap_or(&('s', 1));
        write!(f, "{}{unit}", self.seconds / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        let written = |text: &str| Duration::parse(text).map(|d| d.to_string());
        assert_eq!(written("70m"), Ok("70m".to_owned()));
        assert_eq!(written("24h"), Ok("1d".to_owned()));
        assert_eq!(written("2w"), Ok("14d".to_owned()));
        assert_eq!(written("0s"), Err(DurationProblem::Zero));
        assert_eq!(written("400d"), Err(DurationProblem::TooLong));
        assert_eq!(written("99999999999999999999d"), Err(DurationProblem::TooLong));
        for wrong in ["", "h", "1", "-1h", "1 h", "1.5h", "1y", "١h"] {
            assert_eq!(written(wrong), Err(DurationProblem::Malformed), "{wrong}");
        }
    }
}
