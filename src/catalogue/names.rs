//! Other names for macros, indexes and tables, in one environment.
//!
//! In: names as the catalogue gives them, and what stands there instead. Out: bindings with the other names. Must not know
//! any target: it looks at the keys that all bindings share.

use crate::maps::HashMap;
use crate::source::Spanned;
use crate::yaml::{Node, Value};

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// A macro that says where events are.
    Macro,
    /// An index.
    Index,
    /// A table, or a function that gives one.
    Table,
}

impl Named {
    /// The keys under which a binding names it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Named::Macro => &["macro"],
            Named::Index => &["index"],
            Named::Table => &["table", "function"],
        }
    }
}

/// Other names, by profile.
#[derive(Debug, Clone, Default)]
pub struct Names {
    others: HashMap<(String, Named, String), String>,
    /// Indexes, by profile and source.
    indexes: HashMap<(String, String), String>,
}

impl Names {
    /// In this profile, one stands for the other.
    pub fn add(&mut self, profile: &str, named: Named, old: &str, new: &str) {
        self.others.insert((profile.to_owned(), named, old.to_owned()), new.to_owned());
    }

    /// In this profile, the events of a source are in an index, whether the catalogue names one or not.
    pub fn put_in_index(&mut self, profile: &str, source: &str, index: &str) {
        self.indexes.insert((profile.to_owned(), source.to_owned()), index.to_owned());
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.indexes.is_empty()
    }

    /// Puts the other names into the binding of a source in this profile.
    pub(super) fn put_into(&self, source: &str, profile: &str, binding: &mut Node) {
        for ((_, named, old), new) in self.others.iter().filter(|((of, ..), _)| of == profile) {
            visit(binding, named.keys(), &mut |name| {
                if name == old {
                    new.clone_into(name);
                }
            });
        }
        if let Some(index) = self.indexes.get(&(profile.to_owned(), source.to_owned())) {
            set_index(binding, index);
        }
    }
}

/// Whether a binding finds its events by fields such as an index: it has a `macro` or `select`, and no data model, which
/// says itself where its events are.
pub(super) fn takes_index(binding: &Node) -> bool {
    let has = |key| binding.get(key).is_some();
    (has("macro") || has(SELECT)) && !has("data_model")
}

const SELECT: &str = "select";

/// The index stands before the other facts.
fn set_index(binding: &mut Node, index: &str) {
    let place = binding.span;
    let text = |text: &str| Node { value: Value::Text(text.to_owned()), span: place };
    let Value::Map(entries) = &mut binding.value else { return };
    if !entries.iter().any(|(key, _)| key.value == SELECT) {
        let none = Node { value: Value::Map(Vec::new()), span: place };
        entries.push((Spanned::new(SELECT.to_owned(), place), none));
    }
    let select = entries.iter_mut().find(|(key, _)| key.value == SELECT);
    if let Some((_, Node { value: Value::Map(facts), .. })) = select {
        facts.retain(|(key, _)| key.value != "index");
        facts.insert(0, (Spanned::new("index".to_owned(), place), text(index)));
    }
}

/// Whether a binding names this.
pub(super) fn mentions(binding: &mut Node, named: Named, name: &str) -> bool {
    let mut found = false;
    visit(binding, named.keys(), &mut |other| found |= other == name);
    found
}

/// Every text under one of the keys, but for the names of fields.
fn visit(node: &mut Node, keys: &[&str], change: &mut impl FnMut(&mut String)) {
    match &mut node.value {
        Value::Map(entries) => {
            for (key, value) in entries.iter_mut().filter(|(key, _)| key.value != "fields") {
                if keys.contains(&key.value.as_str()) {
                    texts(value, change);
                } else {
                    visit(value, keys, change);
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| visit(item, keys, change)),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Text(_) => {}
    }
}

fn texts(node: &mut Node, change: &mut impl FnMut(&mut String)) {
    match &mut node.value {
        Value::Text(text) => change(text),
        Value::List(items) => items.iter_mut().for_each(|item| texts(item, change)),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Map(_) => {}
    }
}
