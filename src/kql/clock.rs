//! Points in time and spans, in Kusto's ticks of 100 ns.
//!
//! In: texts and ticks. Out: ticks and texts. Must not know values. The calendar is `jiff`'s.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/scalar-data-types/datetime> and `…/timespan`.

use jiff::civil::Date;

/// Ticks in a second.
pub(super) const SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// Ticks in an hour.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Ticks in a day.
pub(super) const DAY: i64 = 24 * HOUR;
/// Days from 0001-01-01 to 1970-01-01.
pub(super) const EPOCH_DAYS: i64 = 719_162;
/// The last tick of the year 9999.
pub(super) const LAST: i64 = 3_155_378_975_999_999_999;

/// What a text says of a point in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// These ticks.
    Ticks(i64),
    /// It is no point in time.
    Nothing,
    /// It may be one: Kusto reads more forms than are documented.
    Unknown,
}

/// The ticks of a date's first moment.
pub(super) fn of_date(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = date.since((jiff::Unit::Day, epoch)).map_or(0, |span| i64::from(span.get_days()));
    (days + EPOCH_DAYS) * DAY
}

/// The date of a point in time.
pub(super) fn date_of(ticks: i64) -> Option<Date> {
    let days = ticks.div_euclid(DAY) - EPOCH_DAYS;
    let days = i32::try_from(days).ok()?;
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Reads ISO 8601 and its parts, `MM-DD-YYYY` and `MM/DD/YYYY`.
pub(super) fn read(text: &str) -> Read {
    let text = text.trim();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Read::Nothing;
    }
    match iso(text) {
        Some(Some(ticks)) if (0..=LAST).contains(&ticks) => Read::Ticks(ticks),
        Some(_) => Read::Nothing,
        None => Read::Unknown,
    }
}

/// `None`: not this form. `Some(None)`: this form, with a number out of range.
fn iso(text: &str) -> Option<Option<i64>> {
    let mut rest = Digits(text);
    let first = rest.number(4)?;
    let (year, month, day);
    if first.1 == 4 {
        rest.one("-")?;
        month = rest.number(2)?.0;
        if rest.0.is_empty() {
            return Some(Date::new(i16::try_from(first.0).ok()?, month as i8, 1).ok().map(of_date));
        }
        rest.one("-")?;
        (year, day) = (first.0, rest.number(2)?.0);
    } else {
        let separator = if rest.0.starts_with('/') { "/" } else { "-" };
        rest.one(separator)?;
        (month, day) = (first.0, rest.number(2)?.0);
        rest.one(separator)?;
        let last = rest.number(4)?;
        if last.1 != 4 {
            return None;
        }
        year = last.0;
    }
    let mut time = 0;
    if rest.one("T").or_else(|| rest.one(" ")).is_some() {
        let hour = rest.number(2)?.0;
        rest.one(":")?;
        let minute = rest.number(2)?.0;
        let (mut second, mut fraction) = (0, 0);
        if rest.one(":").is_some() {
            second = rest.number(2)?.0;
            if rest.one(".").is_some() {
                fraction = rest.fraction()?;
            }
        }
        let mut offset = 0;
        if rest.one("Z").or_else(|| rest.one("z")).is_none()
            && let Some(sign) = rest.one("+").map(|()| 1).or_else(|| rest.one("-").map(|()| -1))
        {
            let hours = rest.number(2)?.0;
            rest.one(":")?;
            offset = sign * (hours * HOUR + rest.number(2)?.0 * MINUTE);
        }
        if hour > 23 || minute > 59 || second > 59 {
            return rest.0.is_empty().then_some(None);
        }
        time = hour * HOUR + minute * MINUTE + second * SECOND + fraction - offset;
    }
    if !rest.0.is_empty() {
        return None;
    }
    let date = Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok();
    Some(date.map(|date| of_date(date) + time))
}

/// A text that is taken apart from the left.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    /// A whole number of one to `most` digits, and how many they are.
    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number = self.0.get(..count)?.parse().ok()?;
        self.0 = &self.0[count..];
        Some((number, count))
    }

    /// Digits after the point, as ticks; more than seven are cut.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let digits = self.0.get(..count).filter(|digits| !digits.is_empty())?;
        self.0 = &self.0[count..];
        format!("{digits:0<7}").get(..7)?.parse().ok()
    }

    fn one(&mut self, what: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(what)?;
        Some(())
    }
}

/// A point in time as `tostring` writes it: seven digits and a `Z`.
pub(super) fn text(ticks: i64) -> String {
    let date = date_of(ticks).unwrap_or_default();
    let time = ticks.rem_euclid(DAY);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        date.year(),
        date.month(),
        date.day(),
        time / HOUR,
        time / MINUTE % 60,
        time / SECOND % 60,
        time % SECOND
    )
}

/// A span as `tostring` writes it: `[-][d.]hh:mm:ss[.fffffff]`.
pub(super) fn span_text(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let ticks = ticks.unsigned_abs();
    let unit = |unit: i64| unit.unsigned_abs();
    let days = match ticks / unit(DAY) {
        0 => String::new(),
        days => format!("{days}."),
    };
    let fraction = match ticks % unit(SECOND) {
        0 => String::new(),
        fraction => format!(".{fraction:07}"),
    };
    format!(
        "{sign}{days}{:02}:{:02}:{:02}{fraction}",
        ticks / unit(HOUR) % 24,
        ticks / unit(MINUTE) % 60,
        ticks / unit(SECOND) % 60
    )
}

/// Reads `[-][d.]hh:mm[:ss[.fffffff]]`.
pub(super) fn read_clock(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut rest = Digits(text);
    let first = rest.number(8)?.0;
    let (days, hours) = if rest.one(".").is_some() { (first, rest.number(2)?.0) } else { (0, first) };
    rest.one(":")?;
    let minutes = rest.number(2)?.0;
    let (mut seconds, mut fraction) = (0, 0);
    if rest.one(":").is_some() {
        seconds = rest.number(2)?.0;
        if rest.one(".").is_some() {
            fraction = rest.fraction()?;
        }
    }
    if !rest.0.is_empty() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    days.checked_mul(DAY)?
        .checked_add(hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction)
        .map(|ticks| sign * ticks)
}

/// The ticks of a unit of a span literal, such as `d` in `7d`.
pub(super) fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "m" | "min" | "minute" | "minutes" => MINUTE,
        "s" | "sec" | "second" | "seconds" => SECOND,
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => SECOND / 1_000,
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => SECOND / 1_000_000,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}

/// Reads a span literal: a number and a unit.
pub(super) fn read_span(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic())?;
    let unit = unit(&text[end..])?;
    let number = text[..end].trim_end();
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(unit);
    }
    let ticks = number.parse::<f64>().ok()? * unit as f64;
    (ticks.abs() < 9e18).then_some(ticks as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read_and_written() {
        for (given, expected) in [
            ("2024-05-01", "2024-05-01T00:00:00.0000000Z"),
            ("2024-05-01 10:20", "2024-05-01T10:20:00.0000000Z"),
            ("2024-05-01T10:20:30.1234567Z", "2024-05-01T10:20:30.1234567Z"),
            ("2024-05-01T10:20:30+02:00", "2024-05-01T08:20:30.0000000Z"),
            ("05-01-2024", "2024-05-01T00:00:00.0000000Z"),
            ("0001-01-01", "0001-01-01T00:00:00.0000000Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        ] {
            let Read::Ticks(ticks) = read(given) else { panic!("{given}") };
            assert_eq!(text(ticks), expected);
        }
        assert_eq!(read("never"), Read::Nothing);
        assert_eq!(read("2024-13-01"), Read::Nothing);
        assert_eq!(read("1 May 2024"), Read::Unknown);
    }

    #[test]
    fn spans_are_read_and_written() {
        assert_eq!(span_text(DAY + 2 * HOUR + 5), "1.02:00:00.0000005");
        assert_eq!(span_text(-SECOND * 3 / 2), "-00:00:01.5000000");
        assert_eq!(read_clock("1.02:03:04.5"), Some(DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + SECOND / 2));
        assert_eq!(read_clock("25:00:00"), None);
        assert_eq!(read_span("1.5h"), Some(HOUR + HOUR / 2));
        assert_eq!(read_span("10fortnights"), None);
    }
}
