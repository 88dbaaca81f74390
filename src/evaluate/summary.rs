//! What comes out: one result per matching event, or one row per combination of fields.

use super::value::{pair, text};
use super::view::{View, joined};
use crate::ir::{Field, Summary, Value};
use crate::maps::IndexMap;
use crate::source::Spanned;

/// What stands in a row for a field of `by` that an event lacks.
pub const UNKNOWN: &str = "unknown";

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Field to value; a field without a value is left out. Without a summary: every field of the event, and what is
    /// computed from them. With one: the fields of `by`, then those of `values`.
    pub fields: IndexMap<String, Value>,
    /// How many events it stands for: 1 without a summary.
    pub count: u64,
}

/// Rows by the texts of their `by` fields, in order of first appearance.
#[derive(Default)]
pub(super) struct Groups {
    rows: IndexMap<Vec<String>, Group>,
}

struct Group {
    by: Vec<Value>,
    count: u64,
    /// One a field of `values`: its distinct values by their text.
    collected: Vec<IndexMap<String, Value>>,
}

impl Groups {
    /// Adds a matching event.
    ///
    /// - A field of `by` that is missing, null or the empty text counts as `unknown`: Kusto cannot tell them apart.
    /// - A multivalue field of `by` puts the event into one row per distinct value; several such fields, into one row
    ///   per combination. Each row counts the event once.
    /// - Values are the same when their texts are, and case counts.
    /// - `values` collects distinct values; empty texts are left out.
    pub(super) fn add(&mut self, summary: &Summary, view: &View) {
        let mut combinations: Vec<(Vec<String>, Vec<Value>)> = vec![Default::default()];
        for field in &summary.by {
            let choices = distinct(view, &field.value);
            let choices = if choices.is_empty() {
                IndexMap::from_iter([(UNKNOWN.to_owned(), Value::Text(UNKNOWN.to_owned()))])
            } else {
                choices
            };
            combinations = combinations
                .iter()
                .flat_map(|(key, values)| {
                    choices
                        .iter()
                        .map(move |(text, value)| (with(key, text.clone()), with(values, value.clone())))
                })
                .collect();
        }
        for (key, by) in combinations {
            let group = self.rows.entry(key).or_insert_with(|| Group {
                by,
                count: 0,
                collected: vec![IndexMap::default(); summary.values.len()],
            });
            group.add(summary.values.iter().map(|field| &field.value), view);
        }
    }

    /// Adds an event of a group that is known already.
    pub(super) fn add_to(&mut self, key: Vec<String>, by: Vec<Value>, values: &[&Field], view: &View) {
        let group = self.rows.entry(key).or_insert_with(|| Group {
            by,
            count: 0,
            collected: vec![IndexMap::default(); values.len()],
        });
        group.add(values.iter().copied(), view);
    }

    /// The rows, in order of first appearance. Collected values are sorted by their text.
    pub(super) fn into_rows(self, summary: &Summary) -> Vec<Row> {
        let names = |fields: &[Spanned<Field>]| -> Vec<String> {
            fields.iter().map(|field| field.value.name.to_string()).collect()
        };
        self.named(&names(&summary.by), &names(&summary.values))
    }

    /// The rows, with these names for the fields of `by` and `values`.
    pub(super) fn named(self, by: &[String], values: &[String]) -> Vec<Row> {
        self.rows
            .into_values()
            .map(|group| {
                let mut fields: IndexMap<String, Value> = by.iter().cloned().zip(group.by).collect();
                for (name, mut collected) in values.iter().zip(group.collected) {
                    collected.sort_keys();
                    let values = collected.into_values().map(std::borrow::Cow::Owned).collect();
                    if let Some(value) = joined(values) {
                        fields.entry(name.clone()).or_insert(value);
                    }
                }
                Row { fields, count: group.count }
            })
            .collect()
    }
}

impl Group {
    fn add<'f>(&mut self, values: impl Iterator<Item = &'f Field>, view: &View) {
        self.count += 1;
        for (field, collected) in values.zip(&mut self.collected) {
            for (text, value) in distinct(view, field) {
                collected.entry(text).or_insert(value);
            }
        }
    }
}

/// The distinct values of a field by their text, without empty texts. Pairs are one value a pair: `name=value`.
fn distinct(view: &View, field: &Field) -> IndexMap<String, Value> {
    let mut found = IndexMap::default();
    for value in view.values(field) {
        match value.as_ref() {
            Value::Pairs(pairs) => {
                for (name, value) in pairs {
                    let pair = pair(name, value);
                    found.entry(pair.clone()).or_insert(Value::Text(pair));
                }
            }
            single @ (Value::Text(_) | Value::Number(_) | Value::Boolean(_)) => {
                if let Some(text) = text(single).filter(|text| !text.is_empty()) {
                    found.entry(text.into_owned()).or_insert_with(|| single.clone());
                }
            }
            // `read` gives neither.
            Value::Null | Value::Many(_) => {}
        }
    }
    found
}

fn with<T: Clone>(list: &[T], item: T) -> Vec<T> {
    list.iter().cloned().chain([item]).collect()
}
