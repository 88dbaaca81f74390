//! Events of others, one JSON object a line.
//!
//! In: a file. Out: its lines, and events in neutral fields.

use std::path::Path;

use detc::ir::{Event, Number, Value};

/// The lines of a file of JSON.
pub(crate) fn lines(file: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(file).expect("the file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What a line has under `event`.
pub(crate) fn event(line: &serde_json::Value) -> Event {
    let fields = line["event"].as_object().expect("fields");
    fields.iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(*value),
        serde_json::Value::Number(number) => Value::Number(match number.as_i64() {
            Some(number) => Number::Integer(number),
            None => Number::Real(number.as_f64().expect("a number")),
        }),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::Many(items.iter().map(value).collect()),
        serde_json::Value::Object(pairs) => {
            Value::Pairs(pairs.iter().map(|(name, inner)| (name.clone(), value(inner))).collect())
        }
    }
}
