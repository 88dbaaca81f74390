//! Conversions, and questions about presence and type.
//!
//! In: any value. Out: the value as another type, null where it is none. Must not know expressions.
//!
//! <https://learn.microsoft.com/kusto/query/tolong-function> and its siblings; for texts of `bool` and for whole
//! numbers from texts, what Microsoft's emulator answers.

use std::borrow::Cow;
use std::sync::Arc;

use uuid::Uuid;

use super::{Answer, Function, Kind, Work};
use crate::kql::clock::{self, Read};
use crate::kql::json::{self, NoText};
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::Value;

const fn total(name: &'static str, gives: Type, run: fn(&Work, &[Value]) -> Answer) -> Function {
    Function { name, takes: &[Kind::Any], optional: 0, rest: None, gives, spreads_null: false, run }
}

const fn conversion(name: &'static str, gives: Type, run: fn(&Work, &[Value]) -> Answer) -> Function {
    Function { spreads_null: true, ..total(name, gives, run) }
}

pub(super) const ALL: &[Function] = &[
    conversion("tolong", Type::Long, |_, a| long(&a[0])),
    conversion("toint", Type::Int, |_, a| int(&a[0])),
    conversion("toreal", Type::Real, |_, a| real(&a[0])),
    conversion("todouble", Type::Real, |_, a| real(&a[0])),
    conversion("tobool", Type::Bool, |_, a| boolean(&a[0])),
    conversion("toboolean", Type::Bool, |_, a| boolean(&a[0])),
    conversion("todatetime", Type::DateTime, |_, a| datetime(&a[0])),
    conversion("totimespan", Type::TimeSpan, |_, a| timespan(&a[0])),
    conversion("toguid", Type::Guid, |_, a| guid(&a[0])),
    Function { takes: &[Kind::Text], ..conversion("parse_json", Type::Dynamic, parse_json) },
    Function { takes: &[Kind::Text], ..conversion("todynamic", Type::Dynamic, parse_json) },
    total("isnull", Type::Bool, |_, a| Ok(Value::Bool(a[0].is_null()))),
    total("isnotnull", Type::Bool, |_, a| Ok(Value::Bool(!a[0].is_null()))),
    total("isempty", Type::Bool, |_, a| Ok(Value::Bool(is_empty(&a[0])))),
    total("isnotempty", Type::Bool, |_, a| Ok(Value::Bool(!is_empty(&a[0])))),
    Function { optional: 1, takes: &[Kind::Whole, Kind::Whole], ..conversion("tohex", Type::String, tohex) },
];

/// A value as `tostring` and `strcat` write it: null is the empty text.
pub(in crate::kql) fn to_text<'a>(work: &Work, value: &'a Value) -> Result<Cow<'a, str>, Stop> {
    Ok(match value {
        Value::Null => Cow::Borrowed(""),
        Value::Text(text) => Cow::Borrowed(text),
        // In a `dynamic`; of the type `bool` it is `True`, see `truth_text`.
        Value::Bool(value) => Cow::Owned(value.to_string()),
        Value::Long(number) => Cow::Owned(number.to_string()),
        Value::Real(number) => Cow::Owned(
            json::real_text(*number)
                .ok_or_else(|| Stop::undetermined("the text of a real with an exponent"))?,
        ),
        Value::DateTime(ticks) => Cow::Owned(clock::text(*ticks)),
        Value::TimeSpan(ticks) => Cow::Owned(clock::span_text(*ticks)),
        Value::Guid(id) => Cow::Owned(id.to_string()),
        Value::Array(_) | Value::Bag(_) => {
            let (mut text, mut arbitrary) = (String::new(), false);
            json::write(value, &mut text, work.reversed(), &mut arbitrary).map_err(
                |failure| match failure {
                    NoText::TooLong => Stop::Limit { what: "length of a string" },
                    NoText::Number => Stop::undetermined("the text of a real with an exponent"),
                },
            )?;
            if arbitrary {
                work.choose("the order of a bag's properties, and of a set, is free");
            }
            work.spend(text.len() / 16)?;
            Cow::Owned(text)
        }
    })
}

/// The text of a value of the type `bool`: `True`, `False`, or nothing.
pub(in crate::kql) fn truth_text(value: &Value) -> Value {
    match value {
        Value::Bool(true) => Value::text("True"),
        Value::Bool(false) => Value::text("False"),
        _ => Value::text(""),
    }
}

/// `string` and `dynamic` texts are empty when they have no character; anything else when it is null.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Decimal digits with a sign, or hexadecimal ones; spaces around are ignored.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['+', '-']));
    }
    text.parse().ok()
}

/// Cuts towards zero, and stays within the type.
fn cut(number: f64) -> Option<i64> {
    (!number.is_nan() && !number.is_infinite()).then(|| number.trunc() as i64)
}

fn or_null(value: Option<Value>) -> Answer {
    Ok(value.unwrap_or(Value::Null))
}

fn long(value: &Value) -> Answer {
    or_null(
        match value {
            Value::Long(number) => Some(*number),
            Value::Real(number) => cut(*number),
            Value::Bool(value) => Some(i64::from(*value)),
            Value::Text(text) => whole(text),
            Value::DateTime(ticks) | Value::TimeSpan(ticks) => Some(*ticks),
            Value::Null | Value::Guid(_) | Value::Array(_) | Value::Bag(_) => None,
        }
        .map(Value::Long),
    )
}

/// A `long` wraps, a `real` stays within the type, a text that does not fit is null.
fn int(value: &Value) -> Answer {
    or_null(
        match value {
            Value::Long(number) => Some(i64::from(*number as i32)),
            Value::Real(number) => {
                cut(*number).map(|number| number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)))
            }
            Value::Bool(value) => Some(i64::from(*value)),
            Value::Text(text) => whole(text).filter(|number| i32::try_from(*number).is_ok()),
            Value::DateTime(ticks) | Value::TimeSpan(ticks) => Some(i64::from(*ticks as i32)),
            Value::Null | Value::Guid(_) | Value::Array(_) | Value::Bag(_) => None,
        }
        .map(Value::Long),
    )
}

fn real(value: &Value) -> Answer {
    match value {
        Value::Text(text) => {
            let text = text.trim();
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            if !plain && text.bytes().any(|b| b.is_ascii_digit()) {
                return Err(Stop::undetermined("toreal of a text with more than digits"));
            }
            or_null(text.parse().ok().filter(|_| plain).map(Value::Real))
        }
        Value::Bool(value) => Ok(Value::Real(f64::from(u8::from(*value)))),
        Value::DateTime(ticks) | Value::TimeSpan(ticks) => Ok(Value::Real(*ticks as f64)),
        _ => or_null(value.number().map(Value::Real)),
    }
}

/// A number is true unless it is zero; a text is a whole number, `true` or `false`.
fn boolean(value: &Value) -> Answer {
    or_null(
        match value {
            Value::Bool(value) => Some(*value),
            Value::Long(number) => Some(*number != 0),
            Value::Real(number) => Some(*number != 0.0),
            Value::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                other => other.parse::<i64>().ok().map(|number| number != 0),
            },
            Value::Null
            | Value::DateTime(_)
            | Value::TimeSpan(_)
            | Value::Guid(_)
            | Value::Array(_)
            | Value::Bag(_) => None,
        }
        .map(Value::Bool),
    )
}

fn datetime(value: &Value) -> Answer {
    match value {
        Value::DateTime(_) => Ok(value.clone()),
        Value::Text(text) => match clock::read(text) {
            Read::Ticks(ticks) => Ok(Value::DateTime(ticks)),
            Read::Nothing => Ok(Value::Null),
            Read::Unknown => Err(Stop::undetermined(format!("whether todatetime reads {text:?}"))),
        },
        Value::Long(_) | Value::Real(_) => Err(Stop::undetermined("todatetime of a number")),
        Value::Null
        | Value::Bool(_)
        | Value::TimeSpan(_)
        | Value::Guid(_)
        | Value::Array(_)
        | Value::Bag(_) => Ok(Value::Null),
    }
}

fn timespan(value: &Value) -> Answer {
    match value {
        Value::TimeSpan(_) => Ok(value.clone()),
        Value::Text(text) => match clock::read_clock(text) {
            Some(ticks) => Ok(Value::TimeSpan(ticks)),
            None if text.bytes().any(|byte| byte.is_ascii_digit()) => {
                Err(Stop::undetermined(format!("whether totimespan reads {text:?}")))
            }
            None => Ok(Value::Null),
        },
        Value::Long(_) | Value::Real(_) => Err(Stop::undetermined("totimespan of a number")),
        _ => Ok(Value::Null),
    }
}

fn guid(value: &Value) -> Answer {
    match value {
        Value::Guid(_) => Ok(value.clone()),
        _ => or_null(Uuid::parse_str(value.str().trim()).ok().map(Value::Guid)),
    }
}

/// What is no JSON stays a text, and the empty text is null:
/// <https://learn.microsoft.com/kusto/query/parse-json-function>.
fn parse_json(work: &Work, a: &[Value]) -> Answer {
    let Value::Text(source) = &a[0] else { return Ok(a[0].clone()) };
    work.spend(source.len() / 16)?;
    if source.trim().is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_str::<serde_json::Value>(source) {
        Ok(json) => Ok(json::value(&json)),
        Err(_) => Ok(Value::Text(Arc::clone(source))),
    }
}

/// Lower case, without a prefix; a second argument is the least number of digits.
fn tohex(_: &Work, a: &[Value]) -> Answer {
    let digits = format!("{:x}", a[0].long().unwrap_or(0));
    let width = a.get(1).and_then(Value::long).unwrap_or(0).clamp(0, 64) as usize;
    Ok(Value::text(format!("{digits:0>width$}")))
}
