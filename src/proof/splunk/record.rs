//! A record as Splunk holds it: fields with their values, and the text of the event.
//!
//! In: what stands in each field. Out: a row of `spl`. The text is JSON for sources whose events are JSON; else it is
//! what expressions look for in it, and then every value on a line of its own, since names of fields count for nothing in
//! a search for words.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::proof::solve::{Cells, Tree, plain};
use crate::spl::{Row, Value};

/// The field with the text of the event.
pub(super) const RAW: &str = "_raw";

/// The row of a record without its text.
pub(super) fn fields(cells: &Cells) -> Row {
    let mut row = Row::new();
    for (name, tree) in cells.iter().filter(|(name, _)| ***name != *RAW) {
        let texts: Vec<Arc<str>> = texts(tree).into_iter().map(Into::into).collect();
        if let Some(value) = Value::many(texts) {
            row.set(Arc::clone(name), value);
        }
    }
    row
}

/// The row of a record.
pub(super) fn row(cells: &Cells, keywords: &str, is_json: bool) -> Row {
    let mut row = fields(cells);
    if !cells.contains_key(keywords) || keywords == RAW {
        row.set(keywords, Value::text(text(cells, is_json)));
    }
    if keywords != RAW
        && let Some(raw) = cells.get(RAW).and_then(|tree| tree.text())
    {
        row.set(RAW, Value::text(raw));
    }
    row
}

/// The values of a field; those that nothing was said of are a dash.
fn texts(tree: &Tree) -> Vec<String> {
    match tree.json(&"-".into()) {
        Json::Array(items) => items.iter().filter_map(plain).collect(),
        other => plain(&other).into_iter().collect(),
    }
}

fn text(cells: &Cells, is_json: bool) -> String {
    let raw = cells.get(RAW);
    if is_json {
        let mut document = match raw.map(|raw| raw.json(&Json::Null)) {
            Some(Json::Object(members)) => members,
            _ => Map::new(),
        };
        for (name, tree) in cells.iter().filter(|(name, _)| ***name != *RAW) {
            put(&mut document, name, &tree.json(&"-".into()));
        }
        let text = Json::Object(document).to_string();
        return match raw.and_then(|tree| tree.text()) {
            Some(piece) => format!("{text} {piece}"),
            None => text,
        };
    }
    let mut lines: Vec<String> = raw.and_then(|tree| tree.text()).into_iter().collect();
    for (_, tree) in cells.iter().filter(|(name, _)| ***name != *RAW) {
        lines.extend(texts(tree));
    }
    lines.join("\n")
}

/// Puts a value where the name of a field says: `a.b` is a member of a member, `a{}.b` that of each item.
fn put(members: &mut Map<String, Json>, name: &str, value: &Json) {
    let Some((first, rest)) = name.split_once('.') else {
        match name.strip_suffix("{}") {
            Some(list) => members.entry(list).or_insert_with(|| listed(value)),
            None => members.entry(name).or_insert_with(|| value.clone()),
        };
        return;
    };
    match first.strip_suffix("{}") {
        None => {
            let inner = members.entry(first).or_insert_with(|| Json::Object(Map::new()));
            match inner.as_object_mut() {
                Some(inner) => put(inner, rest, value),
                // The name itself holds a dot.
                None => drop(members.entry(name).or_insert_with(|| value.clone())),
            }
        }
        Some(list) => {
            let items = members.entry(list).or_insert_with(|| Json::Array(Vec::new()));
            let Some(items) = items.as_array_mut() else { return };
            for (place, value) in listed(value).as_array().into_iter().flatten().enumerate() {
                if items.len() <= place {
                    items.push(Json::Object(Map::new()));
                }
                if let Some(item) = items[place].as_object_mut() {
                    put(item, rest, value);
                }
            }
        }
    }
}

fn listed(value: &Json) -> Json {
    match value {
        Json::Array(_) => value.clone(),
        single => Json::Array(vec![single.clone()]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cells(fields: &Json) -> Cells {
        let fields = fields.as_object().expect("fields");
        fields.iter().map(|(name, value)| (name.as_str().into(), Arc::new(Tree::from(value)))).collect()
    }

    #[test]
    fn a_json_event_is_extracted_as_it_was_put_in() {
        let fields = json!({"Operation": "Add.", "Actor{}.ID": ["a", "b"], "Actor{}.Type": ["0", "1"], "x{}": ["1", "2"], "p.q": "v"});
        let made = row(&cells(&fields), RAW, true);
        let raw: Json = serde_json::from_str(&made.text(RAW).expect("text")).expect("is JSON");
        assert_eq!(
            raw,
            json!({"Operation": "Add.", "Actor": [{"ID": "a", "Type": "0"}, {"ID": "b", "Type": "1"}], "x": ["1", "2"], "p": {"q": "v"}})
        );
        let mut again = Row::from_json(raw.as_object().expect("an object"));
        again.set(RAW, made.get(RAW).expect("is there").clone());
        assert!(made.same_as(&again), "{made:?} {again:?}");
    }

    #[test]
    fn another_event_holds_its_values_and_no_names() {
        let made = row(&cells(&json!({"CommandLine": "whoami", "many": ["x", "y"]})), RAW, false);
        assert_eq!(made.text(RAW).as_deref(), Some("whoami\nx\ny"));
    }
}
