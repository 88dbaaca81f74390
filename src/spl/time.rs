//! Time: relative modifiers, lengths, and formats.
//!
//! In: texts as they stand in a search, seconds since 1970. Out: the same. All calendars are those of UTC. Must not ask
//! the clock.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::ast::{TimeSpan, TimeUnit};
use super::parse::unit;

/// Reads a length of time such as `5m`.
pub(super) fn span(text: &str) -> Option<TimeSpan> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: f64 = text.get(..digits)?.parse().ok()?;
    Some(TimeSpan { count, unit: unit(&text[digits..])? })
}

/// The time that a modifier means, for instance `-1d@d+3h`, `@w1`, `now`, or a plain number of seconds since 1970. None
/// when it cannot be read. E51, T03 to T05: parts from left to right, snaps always go back.
pub(super) fn relative(text: &str, now: f64) -> Option<f64> {
    let text = text.trim();
    let mut rest = match text {
        "now" | "now()" => return Some(now),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            return text.parse().ok();
        }
        text => text,
    };
    if rest.is_empty() {
        return None;
    }
    let mut time = now;
    while !rest.is_empty() {
        let (first, after) = rest.split_at(rest.chars().next()?.len_utf8());
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let letters =
            after[digits..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len() - digits);
        let word = &after[digits..digits + letters];
        match first {
            "+" | "-" => {
                // T03: a missing count is 1.
                let count: f64 = if digits == 0 { 1.0 } else { after[..digits].parse().ok()? };
                let sign = if first == "-" { -1.0 } else { 1.0 };
                if word.is_empty() {
                    return None;
                }
                time = moved(time, sign * count, unit(word)?)?;
                rest = &after[digits + letters..];
            }
            "@" if digits == 0 => {
                let behind = &after[letters..];
                // `@w3`: the last day of the week with this number.
                let day = behind.chars().next().and_then(|c| c.to_digit(10)).filter(|_| word == "w");
                time = match day {
                    Some(day) => snapped_to_weekday(time, day)?,
                    None => snapped(time, unit(word).filter(|_| !word.is_empty())?)?,
                };
                rest = if day.is_some() { &behind[1..] } else { behind };
            }
            _ => return None,
        }
    }
    Some(time)
}

/// Moves a time; months are those of the calendar, the day is clamped to the end of the month (T05).
fn moved(time: f64, count: f64, unit: TimeUnit) -> Option<f64> {
    if let Some(seconds) = (TimeSpan { count, unit }).seconds() {
        return Some(time + seconds);
    }
    let count = count as i64;
    let span: Span = match unit {
        TimeUnit::Quarter => Span::new().try_months(count.checked_mul(3)?).ok()?,
        TimeUnit::Year => Span::new().try_years(count).ok()?,
        _ => Span::new().try_months(count).ok()?,
    };
    let (date, fraction) = split(time)?;
    seconds(date.checked_add(span).ok()?).map(|whole| whole + fraction)
}

/// The beginning of the unit that a time lies in.
pub(super) fn snapped(time: f64, unit: TimeUnit) -> Option<f64> {
    let (date, _) = split(time)?;
    let midnight = date.date().to_datetime(jiff::civil::Time::midnight());
    seconds(match unit {
        TimeUnit::Second => date,
        TimeUnit::Minute => {
            midnight.checked_add((i64::from(date.hour()) * 60 + i64::from(date.minute())).minutes()).ok()?
        }
        TimeUnit::Hour => midnight.checked_add(i64::from(date.hour()).hours()).ok()?,
        TimeUnit::Day => midnight,
        TimeUnit::Week => return snapped_to_weekday(time, 0),
        TimeUnit::Month => midnight.with().day(1).build().ok()?,
        TimeUnit::Quarter => midnight.with().day(1).month((date.month() - 1) / 3 * 3 + 1).build().ok()?,
        TimeUnit::Year => midnight.with().day(1).month(1).build().ok()?,
    })
}

/// T04: 0 and 7 are Sunday.
fn snapped_to_weekday(time: f64, day: u32) -> Option<f64> {
    let (date, _) = split(time)?;
    let today = i64::from(date.date().weekday().to_sunday_zero_offset());
    let back = (today - i64::from(day % 7)).rem_euclid(7);
    let midnight = date.date().to_datetime(jiff::civil::Time::midnight());
    seconds(if day > 7 { return None } else { midnight.checked_sub(back.days()).ok()? })
}

fn split(time: f64) -> Option<(DateTime, f64)> {
    let whole = time.floor();
    if !(-3e10..3e11).contains(&whole) {
        return None;
    }
    let stamp = Timestamp::from_second(whole as i64).ok()?;
    Some((stamp.to_zoned(TimeZone::UTC).datetime(), time - whole))
}

fn seconds(date: DateTime) -> Option<f64> {
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second() as f64)
}

/// Writes a time, E50. None for a directive that is not known here, and for a time out of reach.
pub(super) fn format(time: f64, format: &str) -> Option<String> {
    let (date, fraction) = split(time)?;
    let micros = (fraction * 1e6).round().min(999_999.0) as u32;
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let hour12 = if date.hour() % 12 == 0 { 12 } else { date.hour() % 12 };
        match characters.next()? {
            '%' => out.push('%'),
            'Y' => out.push_str(&format!("{:04}", date.year())),
            'y' => out.push_str(&format!("{:02}", date.year().rem_euclid(100))),
            'm' => out.push_str(&format!("{:02}", date.month())),
            'd' => out.push_str(&format!("{:02}", date.day())),
            'e' => out.push_str(&format!("{:2}", date.day())),
            'H' => out.push_str(&format!("{:02}", date.hour())),
            'I' => out.push_str(&format!("{hour12:02}")),
            'M' => out.push_str(&format!("{:02}", date.minute())),
            'S' => out.push_str(&format!("{:02}", date.second())),
            'p' => out.push_str(if date.hour() < 12 { "AM" } else { "PM" }),
            'F' => out.push_str(&format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())),
            'T' => out.push_str(&format!("{:02}:{:02}:{:02}", date.hour(), date.minute(), date.second())),
            'j' => out.push_str(&format!("{:03}", date.day_of_year())),
            'w' => out.push_str(&date.weekday().to_sunday_zero_offset().to_string()),
            'a' => out.push_str(&weekday(date.weekday())[..3]),
            'A' => out.push_str(weekday(date.weekday())),
            'b' => out.push_str(&MONTHS[usize::from(date.month().unsigned_abs()) - 1][..3]),
            'B' => out.push_str(MONTHS[usize::from(date.month().unsigned_abs()) - 1]),
            'z' => out.push_str("+0000"),
            'Z' => out.push_str("UTC"),
            's' => out.push_str(&format!("{}", time.floor())),
            'N' | 'Q' => out.push_str(&format!("{:03}", micros / 1000)),
            digit @ ('3' | '6') => {
                if !matches!(characters.next()?, 'N' | 'Q') {
                    return None;
                }
                out.push_str(&if digit == '3' {
                    format!("{:03}", micros / 1000)
                } else {
                    format!("{micros:06}")
                });
            }
            _ => return None,
        }
    }
    Some(out)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn weekday(day: Weekday) -> &'static str {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    DAYS[usize::from(day.to_sunday_zero_offset().unsigned_abs())]
}

/// What came of reading a time.
pub(super) enum Parsed {
    /// The time.
    Time(f64),
    /// The text does not fit the format (E49).
    Unparseable,
    /// The format has a directive that is not known here.
    Unknown,
}

/// Reads a time that has at least a whole date. Without a zone it is UTC.
pub(super) fn parse(text: &str, format: &str) -> Parsed {
    const KNOWN: &str = "YmdeHMSFTzZ3%fNQ";
    let mut directives = format.split('%').skip(1).filter_map(|part| part.chars().next());
    if directives.any(|c| !KNOWN.contains(c)) {
        return Parsed::Unknown;
    }
    // jiff writes fractions as `%f`; what Splunk calls `%3N` and the like are digits as well.
    let format = ["%3N", "%3Q", "%6N", "%6Q", "%N", "%Q"]
        .iter()
        .fold(format.to_owned(), |text, it| text.replace(it, "%f"));
    if format.contains("%Z") || format.contains("%3") {
        return Parsed::Unknown;
    }
    let Ok(found) = jiff::fmt::strtime::parse(&format, text) else { return Parsed::Unparseable };
    let time = match found.to_timestamp() {
        Ok(stamp) => Some(stamp),
        Err(_) => found
            .to_datetime()
            .ok()
            .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
            .map(|it| it.timestamp()),
    };
    match time {
        Some(stamp) => Parsed::Time(stamp.as_microsecond() as f64 / 1e6),
        // A date alone is the beginning of the day.
        None => match found.to_date().ok().and_then(|date| date.to_zoned(TimeZone::UTC).ok()) {
            Some(zoned) => Parsed::Time(zoned.timestamp().as_second() as f64),
            None => Parsed::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 24 August 2026, 10:20:30 UTC.
    const NOW: f64 = 1_787_566_830.0;

    fn at(text: &str) -> String {
        let time = relative(text, NOW).unwrap_or_else(|| panic!("{text} is read"));
        format(time, "%FT%T").expect("formats")
    }

    #[test]
    fn modifiers_move_and_snap() {
        assert_eq!(at("now"), "2026-08-24T10:20:30");
        assert_eq!(at("-70m@m"), "2026-08-24T09:10:00");
        assert_eq!(at("-1d@d+3h"), "2026-08-23T03:00:00");
        assert_eq!(at("-h"), "2026-08-24T09:20:30");
        assert_eq!(at("@w0"), "2026-08-23T00:00:00");
        assert_eq!(at("@w6"), "2026-08-22T00:00:00");
        assert_eq!(at("@w7"), "2026-08-23T00:00:00");
        assert_eq!(at("@q"), "2026-07-01T00:00:00");
        assert_eq!(at("-1mon@mon"), "2026-07-01T00:00:00");
        assert_eq!(
            format(relative("-1mon", 1_774_958_400.0).expect("reads"), "%F").as_deref(),
            Some("2026-02-28")
        );
        for bad in ["", "-", "@", "-5x", "yesterday", "@w9", "5m", "-1"] {
            assert!(relative(bad, NOW).is_none() || bad.bytes().all(|b| b.is_ascii_digit()), "{bad}");
        }
    }

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(format(1.5, "%3N").as_deref(), Some("500"));
        assert_eq!(format(0.0, "%m/%d/%Y %H:%M:%S").as_deref(), Some("01/01/1970 00:00:00"));
        assert!(format(0.0, "%E").is_none() && format(f64::NAN, "%Y").is_none());
        assert!(matches!(parse("1970-01-02", "%Y-%m-%d"), Parsed::Time(86_400.0)));
        assert!(matches!(parse("1970-01-01T00:00:01", "%Y-%m-%dT%H:%M:%S"), Parsed::Time(1.0)));
        assert!(matches!(parse("x", "%Y"), Parsed::Unparseable));
        assert!(matches!(parse("x", "%U"), Parsed::Unknown));
    }
}
