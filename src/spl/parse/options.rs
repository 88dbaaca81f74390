//! Options: `key=value`, and the plain values of them.

use super::{Answer, Cursor};
use crate::spl::ast::{Name, TimeSpan, TimeUnit};
use crate::spl::problem::Problem;

/// Reads `key=value` if that comes next. White space may stand around the sign.
pub(super) fn option(cursor: &mut Cursor) -> Answer<Option<(Name, Name)>> {
    cursor.space();
    let mut ahead = cursor.clone();
    let key = ahead.run(|c| c.is_ascii_alphanumeric() || c == '_');
    ahead.space();
    if key.value.is_empty() || ahead.rest().starts_with("==") || !ahead.eat("=") {
        return Ok(None);
    }
    ahead.space();
    let value = match ahead.quoted()? {
        Some(value) => value,
        None => ahead.run(|c| !c.is_whitespace() && !matches!(c, ',' | '|' | '[' | ']' | '(' | ')' | '"')),
    };
    cursor.jump(ahead.at());
    Ok(Some((key.map(|key| key.to_ascii_lowercase()), value)))
}

/// Reads all options that come next.
pub(super) fn options(cursor: &mut Cursor) -> Answer<Vec<(Name, Name)>> {
    let mut found = Vec::new();
    while let Some(option) = option(cursor)? {
        found.push(option);
        cursor.separators();
    }
    Ok(found)
}

/// `t`, `true`, `1` and their opposites.
pub(super) fn truth(value: &Name) -> Answer<bool> {
    match value.value.to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "yes" => Ok(true),
        "f" | "false" | "0" | "no" => Ok(false),
        _ => Err(Problem::syntax(format!("expected true or false, found `{}`", value.value), value.span)),
    }
}

/// A whole number.
pub(super) fn whole(value: &Name) -> Answer<u64> {
    value
        .value
        .parse()
        .map_err(|_| Problem::syntax(format!("expected a whole number, found `{}`", value.value), value.span))
}

/// A whole number if one comes next, also as `limit=` or `count=`.
pub(super) fn count(cursor: &mut Cursor) -> Answer<Option<u64>> {
    if let Some((key, value)) = option(cursor)? {
        return match key.value.as_str() {
            "limit" | "count" => whole(&value).map(Some),
            _ => Err(unknown(&key)),
        };
    }
    let digits = cursor.run(|c| c.is_ascii_digit());
    if digits.value.is_empty() { Ok(None) } else { whole(&digits).map(Some) }
}

/// A length of time: `5m`, `1h`, `30s`, `1mon`; a number alone is seconds.
pub(super) fn time_span(value: &Name) -> Answer<TimeSpan> {
    let text = value.value.as_str();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let count = if digits == 0 { Some(1.0) } else { text[..digits].parse::<f64>().ok() };
    match (count, unit(&text[digits..])) {
        (Some(count), Some(unit)) if count > 0.0 => Ok(TimeSpan { count, unit }),
        _ => Err(Problem::syntax(format!("`{text}` is no length of time"), value.span)
            .help("write a number and a unit, for instance 5m or 1h")),
    }
}

/// K07: `m` are minutes, `mon` months.
pub(in crate::spl) fn unit(word: &str) -> Option<TimeUnit> {
    Some(match word {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => TimeUnit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => TimeUnit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => TimeUnit::Hour,
        "d" | "day" | "days" => TimeUnit::Day,
        "w" | "week" | "weeks" => TimeUnit::Week,
        "mon" | "month" | "months" => TimeUnit::Month,
        "q" | "qtr" | "qtrs" | "quarter" | "quarters" => TimeUnit::Quarter,
        "y" | "yr" | "yrs" | "year" | "years" => TimeUnit::Year,
        _ => return None,
    })
}

/// An option that the command does not have.
pub(super) fn unknown(key: &Name) -> Problem {
    Problem::refused(format!("the command has no option `{}`", key.value), key.span)
}

/// An option that the command has, and that is not run.
pub(super) fn not_run(key: &Name) -> Problem {
    Problem::outside(format!("the option `{}` is not evaluated", key.value), key.span)
}
