//! JSON: what a `dynamic` is read from, and how it is written.
//!
//! In: JSON or values. Out: values or texts. Must not know types of columns.

use std::sync::Arc;

use super::clock;
use super::value::Value;

/// The longest text that a value may become, as Kusto's own limit for a string.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// JSON as a `dynamic`. Whole numbers that fit are `long`, others `real`.
pub fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Real(number.as_f64().unwrap_or(f64::NAN)), Value::Long)
        }
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(items) => Value::array(items.iter().map(value).collect()),
        serde_json::Value::Object(members) => Value::Bag(Arc::new(
            members.iter().map(|(name, json)| (Arc::from(name.as_str()), value(json))).collect(),
        )),
    }
}

/// A value as JSON. Points in time, spans and GUIDs become their texts; so do numbers that JSON lacks.
pub fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Long(number) => (*number).into(),
        Value::Real(number) => serde_json::Number::from_f64(*number)
            .map_or_else(|| real_text(*number).unwrap_or_default().into(), serde_json::Value::Number),
        Value::Text(text) => text.as_ref().into(),
        Value::DateTime(ticks) => clock::text(*ticks).into(),
        Value::TimeSpan(ticks) => clock::span_text(*ticks).into(),
        Value::Guid(id) => id.to_string().into(),
        Value::Array(array) => array.items.iter().map(json).collect(),
        Value::Bag(bag) => bag.iter().map(|(name, value)| (name.to_string(), json(value))).collect(),
    }
}

/// A `real` as `tostring` writes it. `None` where Kusto would use an exponent, whose form is not documented.
pub(super) fn real_text(number: f64) -> Option<String> {
    if number.is_nan() {
        return Some("NaN".to_owned());
    }
    if number.is_infinite() {
        return Some(if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned());
    }
    if number != 0.0 && !(1e-4..1e15).contains(&number.abs()) {
        return None;
    }
    Some(if number.fract() == 0.0 { format!("{number:.1}") } else { number.to_string() })
}

/// Why a `dynamic` has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoText {
    /// It is longer than Kusto's limit.
    TooLong,
    /// It holds a number in a form that is not documented.
    Number,
}

/// A `dynamic` as compact JSON, as it stands inside another one. Says whether the order of a bag, or of a set, got
/// into the text; both are written from their end where `reversed` says so.
pub(super) fn write(
    value: &Value,
    out: &mut String,
    reversed: bool,
    arbitrary: &mut bool,
) -> Result<(), NoText> {
    if out.len() > MAX_TEXT {
        return Err(NoText::TooLong);
    }
    match value {
        Value::Real(number) => out.push_str(&real_text(*number).ok_or(NoText::Number)?),
        Value::Array(array) => {
            let free = !array.ordered && array.items.len() > 1;
            *arbitrary |= free;
            out.push('[');
            for index in 0..array.items.len() {
                if index > 0 {
                    out.push(',');
                }
                let place = if free && reversed { array.items.len() - 1 - index } else { index };
                write(&array.items[place], out, reversed, arbitrary)?;
            }
            out.push(']');
        }
        Value::Bag(bag) => {
            *arbitrary |= bag.len() > 1;
            out.push('{');
            for index in 0..bag.len() {
                if index > 0 {
                    out.push(',');
                }
                let place = if reversed { bag.len() - 1 - index } else { index };
                if let Some((name, value)) = bag.get_index(place) {
                    out.push_str(&serde_json::Value::from(name.as_ref()).to_string());
                    out.push(':');
                    write(value, out, reversed, arbitrary)?;
                }
            }
            out.push('}');
        }
        Value::Null
        | Value::Bool(_)
        | Value::Long(_)
        | Value::Text(_)
        | Value::DateTime(_)
        | Value::TimeSpan(_)
        | Value::Guid(_) => out.push_str(&json(value).to_string()),
    }
    Ok(())
}
