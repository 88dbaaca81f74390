//! A record as the row of a table: values in the types of their columns.
//!
//! In: what stands in each column. Out: JSON that `kql::Table` reads, or why a value is none of its column.

use serde_json::{Map, Value as Json};

use super::read::XML;
use crate::kql::Type;
use crate::maps::HashMap;
use crate::proof::solve::{Cells, Tree, plain};
use crate::proof::wanted::number;

/// A row of a table whose columns have these types; the error names the column.
pub(super) fn row(cells: &Cells, columns: &HashMap<String, Type>) -> Result<Map<String, Json>, String> {
    let mut row = Map::new();
    for (name, tree) in cells {
        let Some(kind) = columns.get(&**name) else {
            return Err(format!("the table has no column `{name}`"));
        };
        if **tree == Tree::Nothing {
            continue;
        }
        let value = cell(tree, *kind);
        row.insert(name.to_string(), value.ok_or_else(|| format!("the value of `{name}` is no {kind}"))?);
    }
    Ok(row)
}

fn cell(tree: &Tree, kind: Type) -> Option<Json> {
    let text = tree.text();
    match kind {
        Type::Dynamic => Some(tree.json(&Json::Null)),
        Type::String => Some(match (text, tree) {
            (Some(text), _) => text.into(),
            (None, Tree::Bag(members)) if members.contains_key(XML) => {
                xml(&members.get(XML)?.json(&Json::Null)).into()
            }
            (None, Tree::Bag(_) | Tree::List(..)) => tree.json(&Json::Null).to_string().into(),
            (None, Tree::Leaf(_) | Tree::Nothing) => Json::Null,
        }),
        Type::Bool => match text?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true.into()),
            "false" | "0" => Some(false.into()),
            _ => None,
        },
        Type::Int | Type::Long => number(&text?).filter(Json::is_i64),
        Type::Real => number(&text?),
        Type::DateTime | Type::TimeSpan | Type::Guid => Some(text?.into()),
    }
}

/// An element a member, its attributes under `@name`, its text under `#text`; a list is the element several times.
fn xml(value: &Json) -> String {
    let Some(members) = value.as_object() else { return escaped(&plain(value).unwrap_or_default()) };
    let mut out = String::new();
    for (name, value) in members {
        let each = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for item in each {
            let inner = item.as_object();
            let attributes: String = inner
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.strip_prefix('@')?, plain(value)?)))
                .map(|(key, text)| format!(" {key}=\"{}\"", escaped(&text).replace('"', "&quot;")))
                .collect();
            let text = inner.and_then(|inner| inner.get("#text"));
            let content = match text {
                Some(text) => escaped(&plain(text).unwrap_or_default()),
                None => match inner {
                    Some(inner) => {
                        let children = inner.iter().filter(|(key, _)| !key.starts_with('@'));
                        xml(&Json::Object(
                            children.map(|(key, value)| (key.clone(), value.clone())).collect(),
                        ))
                    }
                    None => xml(item),
                },
            };
            out.push_str(&format!("<{name}{attributes}>{content}</{name}>"));
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::sync::Arc;

    use super::*;

    #[test]
    fn values_take_the_type_of_their_column() {
        let columns = [("n", Type::Long), ("t", Type::String), ("j", Type::String), ("b", Type::Bool)];
        let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        let cells = |fields: Json| -> Cells {
            let fields = fields.as_object().expect("an object").clone();
            fields.iter().map(|(name, value)| (name.as_str().into(), Arc::new(value.into()))).collect()
        };
        let made =
            row(&cells(json!({"n": "12", "t": 5, "j": {"a": ["x"]}, "b": "True"})), &columns).expect("fits");
        assert_eq!(Json::Object(made), json!({"n": 12, "t": "5", "j": "{\"a\":[\"x\"]}", "b": true}));
        assert!(row(&cells(json!({"n": "x"})), &columns).is_err());
        assert!(row(&cells(json!({"z": "x"})), &columns).is_err());
    }

    #[test]
    fn a_tree_is_written_as_xml() {
        let data = json!([{"@Name": "a\"", "#text": "1 < 2"}, {"@Name": "b", "#text": "x"}]);
        let tree = json!({"EventData": {"Data": data}});
        assert_eq!(
            xml(&tree),
            "<EventData><Data Name=\"a&quot;\">1 &lt; 2</Data><Data Name=\"b\">x</Data></EventData>"
        );
    }
}
