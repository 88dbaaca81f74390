//! Functions of JSON texts.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Table, on_text};
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::json::{at, shown};
use crate::spl::run::state::Run;
use crate::spl::run::truth::Truth;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::value::{Look, look};

pub(super) const TABLE: Table = &[
    ("json_array", json_array, Kind::Text),
    ("json_array_to_mv", json_array_to_mv, Kind::Any),
    ("json_extract", extract, Kind::Any),
    ("json_keys", json_keys, Kind::Text),
    ("json_object", json_object, Kind::Text),
    ("json_valid", json_valid, Kind::Truth),
    ("spath", extract, Kind::Any),
];

fn read(text: &str, run: &Run) -> Answer<Option<Json>> {
    run.step(1 + text.len() / 64)?;
    run.take(text.len() * 4)?;
    Ok(serde_json::from_str(text).ok())
}

/// `json_extract(json, path)` and `spath(json, path)`, with one path. K29: `{1}` counts from 0.
fn extract(values: &[Val], run: &Run) -> Answer<Val> {
    let [json, path] = values else { return Err(Stop::open("K28")) };
    let Some(path) = path.one_text()? else { return Ok(Val::Null) };
    on_text(json, |text| {
        let Some(json) = read(text, run)? else { return Ok(Val::Null) };
        let found = at(&json, &path).ok_or(Stop::open("K28"))?;
        Ok(Val::many(found.into_iter().filter_map(shown).collect()))
    })
}

fn json_valid(values: &[Val], run: &Run) -> Answer<Val> {
    match values[0].one_text()? {
        Some(text) => Ok(Val::truth(read(&text, run)?.is_some())),
        None => Ok(Val::Truth(Truth::not_true())),
    }
}

fn json_keys(values: &[Val], run: &Run) -> Answer<Val> {
    on_text(&values[0], |text| match read(text, run)? {
        Some(Json::Object(members)) => Ok(Val::text(
            Json::Array(members.keys().map(|key| Json::String(key.clone())).collect()).to_string(),
        )),
        _ => Ok(Val::Null),
    })
}

fn json_array_to_mv(values: &[Val], run: &Run) -> Answer<Val> {
    let [json] = values else { return Err(Stop::open("K28")) };
    on_text(json, |text| match read(text, run)? {
        Some(Json::Array(elements)) => {
            Ok(Val::many(elements.iter().filter_map(shown).collect::<Vec<Arc<str>>>()))
        }
        _ => Ok(Val::Null),
    })
}

fn json_array(values: &[Val], _: &Run) -> Answer<Val> {
    let elements = values.iter().map(member).collect::<Answer<Vec<Json>>>()?;
    Ok(Val::text(Json::Array(elements).to_string()))
}

fn json_object(values: &[Val], _: &Run) -> Answer<Val> {
    let mut members = serde_json::Map::new();
    for pair in values.chunks(2) {
        let [key, value] = pair else { return Err(Stop::open("E56")) };
        let Some(key) = key.one_text()? else { return Err(Stop::open("E56")) };
        members.insert(key.into_owned(), member(value)?);
    }
    Ok(Val::text(Json::Object(members).to_string()))
}

/// A value as JSON. Whether a text that holds JSON is taken as such is not said.
fn member(value: &Val) -> Answer<Json> {
    Ok(match value {
        Val::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Json::from(*number as i64),
        Val::Number(number) => Json::from(*number),
        Val::Truth(truth) => Json::Bool(truth.value()?),
        Val::Text(text) | Val::Field(text) => {
            let is_plain = !text.starts_with(['{', '[', '"'])
                && (matches!(value, Val::Text(_)) || look(text) == Look::Text);
            if !is_plain {
                return Err(Stop::open("E56"));
            }
            Json::String(text.to_string())
        }
        Val::Null | Val::Many(_) => return Err(Stop::open("E56")),
    })
}
