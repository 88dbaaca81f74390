//! Paths into JSON, as `spath` and `json_extract` take them.
//!
//! In: a JSON text and a path. Out: texts. `{}` are all elements, `{1}` is one, counted from 0 (K29).

use std::sync::Arc;

use serde_json::Value as Json;

use crate::spl::value::plain_text;

/// A step of a path.
enum Part<'p> {
    Name(&'p str),
    All,
    Index(usize),
}

/// What stands at a path. None when the path cannot be read.
pub(super) fn at<'j>(json: &'j Json, path: &str) -> Option<Vec<&'j Json>> {
    let mut found = vec![json];
    for part in parts(path)? {
        found = found
            .into_iter()
            .flat_map(|value| -> Vec<&Json> {
                match (&part, value) {
                    (Part::Name(name), Json::Object(members)) => members.get(*name).into_iter().collect(),
                    (Part::All, Json::Array(elements)) => elements.iter().collect(),
                    (Part::Index(index), Json::Array(elements)) => elements.get(*index).into_iter().collect(),
                    _ => Vec::new(),
                }
            })
            .collect();
    }
    Some(found)
}

fn parts(path: &str) -> Option<Vec<Part<'_>>> {
    let mut found = Vec::new();
    for segment in path.split('.') {
        let name = segment.split('{').next()?;
        if !name.is_empty() {
            found.push(Part::Name(name));
        }
        let mut rest = &segment[name.len()..];
        while let Some(inner) = rest.strip_prefix('{') {
            let (index, after) = inner.split_once('}')?;
            found.push(if index.is_empty() { Part::All } else { Part::Index(index.parse().ok()?) });
            rest = after;
        }
        if !rest.is_empty() || segment.is_empty() {
            return None;
        }
    }
    Some(found)
}

/// A value as a field has it: plain ones as text, arrays and objects as JSON; null is none.
pub(super) fn shown(value: &Json) -> Option<Arc<str>> {
    match value {
        Json::Null => None,
        Json::Array(_) | Json::Object(_) => Some(value.to_string().into()),
        plain => plain_text(plain),
    }
}
