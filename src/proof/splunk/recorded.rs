//! Events as Splunk was given them, in the form of its HTTP event collector.
//!
//! In: JSON objects with `event`, and beside it `time`, `host`, `source`, `sourcetype`, `index` and `fields`. Out: rows. An
//! event that is an object is extracted as `KV_MODE=json` does; of a text nothing is extracted, so that what an add-on
//! would find there stands under `fields`. Source of the form: Splunk, "Format events for HTTP Event Collector".

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::plan::{EVENT, MACRO};
use super::record::RAW;
use crate::ir::Time;
use crate::proof::solve::plain;
use crate::spl::{Row, Value};

/// What says where an event is from.
const METADATA: [&str; 4] = ["host", "source", "sourcetype", "index"];

/// The rows of some events, and the time of the last; `macros` stand for all of them. An event without `time` is at
/// `start`.
pub(super) fn rows(records: &Json, macros: &[&str], start: Time) -> Result<(Vec<Row>, Time), String> {
    let records = records.as_array().ok_or("a list of events is expected")?;
    let mut last = start;
    let mut row = |(number, record): (usize, &Json)| {
        let record =
            record.as_object().ok_or("an event is an object with `event` and, for instance, `sourcetype`");
        let made = record.map_err(str::to_owned).and_then(|record| {
            let time = time(record)?.unwrap_or(start);
            last = last.max(time);
            let mut row = row(record, number, macros)?;
            row.set("_time", Value::text(format!("{:.3}", time.milliseconds as f64 / 1000.0)));
            Ok(row)
        });
        made.map_err(|reason: String| format!("event {}: {reason}", number + 1))
    };
    let rows = records.iter().enumerate().map(&mut row).collect::<Result<_, String>>()?;
    Ok((rows, last))
}

/// When the event was: the seconds since 1970.
fn time(record: &Map<String, Json>) -> Result<Option<Time>, String> {
    let Some(time) = record.get("time") else { return Ok(None) };
    let seconds = time.as_f64().ok_or("`time` is the seconds since 1970")?;
    Ok(Some(Time { milliseconds: (seconds * 1000.0).round() as i64 }))
}

fn row(record: &Map<String, Json>, number: usize, macros: &[&str]) -> Result<Row, String> {
    let known = |name: &String| {
        METADATA.contains(&name.as_str()) || ["time", "event", "fields"].contains(&name.as_str())
    };
    if let Some(unknown) = record.keys().find(|name| !known(name)) {
        return Err(format!(
            "`{unknown}` is nothing that an event has: what is extracted stands in `event` or under `fields`"
        ));
    }
    let mut row = match record.get("event") {
        Some(Json::Object(event)) => {
            let mut row = Row::from_json(event);
            row.set(RAW, Value::text(Json::Object(event.clone()).to_string()));
            row
        }
        Some(Json::String(text)) => [(Arc::from(RAW), Value::text(text.as_str()))].into_iter().collect(),
        _ => return Err("`event` is missing, or is neither text nor object".to_owned()),
    };
    match record.get("fields") {
        None => {}
        Some(Json::Object(fields)) => {
            for (name, value) in fields {
                let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                let texts: Vec<Arc<str>> = items.iter().filter_map(plain).map(Into::into).collect();
                if let Some(value) = Value::many(texts) {
                    row.set(name.as_str(), value);
                }
            }
        }
        Some(_) => return Err("`fields` is no mapping of names to values".to_owned()),
    }
    for name in METADATA {
        if let Some(text) = record.get(name).and_then(plain) {
            row.set(name, Value::text(text));
        }
    }
    row.set(EVENT, Value::text(number.to_string()));
    if let Some(macros) = Value::many(macros.iter().map(|name| Arc::from(*name)).collect()) {
        row.set(MACRO, macros);
    }
    Ok(row)
}
