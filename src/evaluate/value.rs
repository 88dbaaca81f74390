//! How the values of an event are read: as text, number, boolean, address or moment.
//!
//! In: a value as the event gives it, and the type of its field. Out: what a test sees. The rules:
//! - Null, an empty list and a list of nulls are no value at all: the field is missing. Lists in lists are flattened.
//! - The type of the field decides first. In an integer or real field a text that is a decimal number is that number
//!   (`"443"` is 443), and a real without fraction is an integer. In a boolean field the texts `true` and `false`, in
//!   any case, are the booleans. In a text or ip field a number is its decimal text, a boolean `true` or `false`.
//! - A value that does not fit its field stays what it is: present, but equal to nothing of that type.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::ir::{FieldType, Number, TimePart, Value};

/// The values that count: without nulls, flattened, and read as the field's type says.
pub(super) fn read(value: &Value, field_type: FieldType) -> Vec<Cow<'_, Value>> {
    match value {
        Value::Null => Vec::new(),
        Value::Many(values) => values.iter().flat_map(|value| read(value, field_type)).collect(),
        Value::Pairs(pairs) if pairs.is_empty() => Vec::new(),
        Value::Pairs(_) => vec![Cow::Borrowed(value)],
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => {
            vec![read_one(value, field_type).map_or(Cow::Borrowed(value), Cow::Owned)]
        }
    }
}

/// The value in its field's type, if it has to change for that.
fn read_one(value: &Value, field_type: FieldType) -> Option<Value> {
    match field_type {
        FieldType::Text | FieldType::Ip => match value {
            Value::Number(_) | Value::Boolean(_) => text(value).map(|text| Value::Text(text.into_owned())),
            Value::Text(_) | Value::Null | Value::Many(_) | Value::Pairs(_) => None,
        },
        FieldType::Integer => match number(value)? {
            // Past 2^53 a real is no exact integer any more.
            Number::Real(real) if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 => {
                Some(Value::Number(Number::Integer(real as i64)))
            }
            number => Some(Value::Number(number)),
        },
        FieldType::Real => number(value).map(Value::Number),
        FieldType::Boolean => boolean(value).map(Value::Boolean),
        FieldType::Timestamp | FieldType::Pairs => None,
    }
}

/// The single values as texts, read in their field's type: 1.0 and 1 are the same text in a field of numbers. Pairs are one
/// text a pair, as a summary collects them.
pub fn texts(value: &Value, field_type: FieldType) -> Vec<String> {
    let single = |value: Cow<Value>| -> Vec<String> {
        match value.as_ref() {
            Value::Pairs(pairs) => pairs.iter().map(|(name, value)| pair(name, value)).collect(),
            value => text(value).map(Cow::into_owned).into_iter().collect(),
        }
    };
    read(value, field_type).into_iter().flat_map(single).collect()
}

/// A pair as a text.
pub(super) fn pair(name: &str, value: &Value) -> String {
    format!("{name}={}", text(value).unwrap_or_default())
}

/// The text of a single value. A list of pairs has none.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Boolean(true) => Some(Cow::Borrowed("true")),
        Value::Boolean(false) => Some(Cow::Borrowed("false")),
        Value::Null | Value::Many(_) | Value::Pairs(_) => None,
    }
}

/// The number of a single value: a number, or a text of digits with an optional minus sign and fraction.
pub(super) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => decimal(text),
        Value::Null | Value::Boolean(_) | Value::Many(_) | Value::Pairs(_) => None,
    }
}

/// Neither exponent, plus sign, hexadecimal nor white space: targets differ on those.
fn decimal(text: &str) -> Option<Number> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    match magnitude.split_once('.') {
        None if digits(magnitude) => match text.parse() {
            Ok(integer) => Some(Number::Integer(integer)),
            Err(_) => text.parse().ok().map(Number::Real),
        },
        Some((whole, fraction)) if digits(whole) && digits(fraction) => text.parse().ok().map(Number::Real),
        _ => None,
    }
    .filter(|number| number.as_f64().is_finite())
}

/// The boolean of a single value: a boolean, or the text `true` or `false` in any case.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(boolean) => Some(*boolean),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::Text(_) | Value::Null | Value::Number(_) | Value::Many(_) | Value::Pairs(_) => None,
    }
}

/// The address of a single value: a text that is an IPv4 or IPv6 address and nothing else, without port, prefix
/// length, zone or leading zeros. `::ffff:192.0.2.1` is an IPv6 address.
pub(super) fn address(value: &Value) -> Option<IpAddr> {
    match value {
        Value::Text(text) => text.parse().ok(),
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Many(_) | Value::Pairs(_) => None,
    }
}

/// The moment of a single value, in UTC: an RFC 3339 text (without an offset it is UTC, as in the unified audit log),
/// or the seconds since 1970 as a number or as its text.
pub(super) fn moment(value: &Value) -> Option<DateTime> {
    if let Some(seconds) = number(value) {
        let whole = match seconds {
            Number::Integer(seconds) => seconds,
            Number::Real(seconds) => seconds.floor() as i64,
        };
        return Timestamp::from_second(whole).ok().map(|timestamp| Offset::UTC.to_datetime(timestamp));
    }
    match value {
        Value::Text(text) => match text.parse::<Timestamp>() {
            Ok(timestamp) => Some(Offset::UTC.to_datetime(timestamp)),
            // A date alone is no moment.
            Err(_) => text.parse().ok().filter(|_| text.contains(':')),
        },
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Many(_) | Value::Pairs(_) => None,
    }
}

/// A part of a moment.
pub(super) fn time_part(moment: DateTime, part: TimePart) -> i64 {
    match part {
        TimePart::Minute => moment.minute().into(),
        TimePart::Hour => moment.hour().into(),
        TimePart::Day => moment.day().into(),
        TimePart::Week => moment.date().iso_week_date().week().into(),
        TimePart::Month => moment.month().into(),
        TimePart::Year => moment.year().into(),
    }
}
