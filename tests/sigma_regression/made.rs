//! Events that are made from what a rule asks for: most of its selections are met, others nearly or not at all.
//!
//! In: a rule. Out: events as JSON, the same on every run. What a value means is only guessed: whether an event matches is for
//! evaluators to say.

use detc::import::sigma::Rule;
use detc::yaml::{Node, Value};
use serde_json::{Map, Value as Json, json};

/// Numbers that are the same on every run.
struct Numbers(u64);

impl Numbers {
    /// Below `end`.
    fn next(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }
}

/// `count` events for a rule; `seed` is another for every rule.
pub(crate) fn events(rule: &Rule, seed: usize, count: usize) -> Vec<Json> {
    let mut numbers = Numbers(seed as u64);
    let selections = rule.root.get("detection").map(Node::entries).unwrap_or_default();
    let selections = selections.iter().filter(|(name, _)| name.value != "condition");
    let mut maps = Vec::new();
    selections.for_each(|(_, selection)| collect(selection, &mut maps));
    (0..count).map(|_| event(&maps, &mut numbers)).collect()
}

/// Every mapping of a selection; a keyword is one without a field.
fn collect<'n>(node: &'n Node, maps: &mut Vec<Vec<(&'n str, &'n Node)>>) {
    match &node.value {
        Value::Map(entries) => {
            maps.push(entries.iter().map(|(key, value)| (key.value.as_str(), value)).collect())
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, maps)),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Text(_) => {
            maps.push(vec![("", node)]);
        }
    }
}

fn event(maps: &[Vec<(&str, &Node)>], numbers: &mut Numbers) -> Json {
    let mut fields = Map::new();
    let first = numbers.next(maps.len());
    for turn in 0..maps.len() {
        // In another order every time; the last one to name a field has it.
        for (key, values) in &maps[(first + turn) % maps.len()] {
            let (field, modifiers) = key.split_once('|').unwrap_or((key, ""));
            let field = if field.is_empty() { "Message" } else { field };
            match numbers.next(16) {
                0 => drop(fields.remove(field)),
                1 => drop(fields.insert(field.to_owned(), json!(""))),
                2 => drop(fields.insert(field.to_owned(), json!("something else"))),
                3 | 4 => {}
                _ => {
                    let value = value(modifiers, values, field == "Message", numbers);
                    fields.insert(field.to_owned(), value);
                }
            }
        }
    }
    Json::Object(fields)
}

/// A value that the item probably takes.
fn value(modifiers: &str, values: &Node, is_keyword: bool, numbers: &mut Numbers) -> Json {
    let items = match &values.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(values),
    };
    let has = |wanted: &str| modifiers.split('|').any(|modifier| modifier == wanted);
    let text = if has("all") {
        items.iter().map(plain).collect::<Vec<_>>().join(" ")
    } else {
        let Some(chosen) = items.get(numbers.next(items.len())) else { return Json::Null };
        match &chosen.value {
            Value::Null => return Json::Null,
            Value::Boolean(value) => return json!(value),
            Value::Integer(value) if !is_keyword => return json!(value),
            Value::Integer(_) | Value::Real(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                plain(chosen)
            }
        }
    };
    let text = match numbers.next(4) {
        0 => text.to_uppercase(),
        _ => text,
    };
    let (before, after) = match () {
        () if has("contains") || is_keyword => ("a ", " b"),
        () if has("startswith") => ("", " b"),
        () if has("endswith") => ("a ", ""),
        () => ("", ""),
    };
    match numbers.next(8) {
        // A near miss for what must begin or end so, and for what is a whole.
        0 => json!(format!("{before}x{text}x{after}")),
        _ => json!(format!("{before}{text}{after}")),
    }
}

/// The text of a value, with something in the place of wildcards. An address stands for its network.
fn plain(node: &Node) -> String {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    };
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek().is_some_and(|next| "*?\\".contains(*next)) => plain.extend(letters.next()),
            '*' => plain.push_str("any thing"),
            '?' => plain.push('y'),
            other => plain.push(other),
        }
    }
    match plain.split_once('/') {
        Some((address, _)) if address.parse::<std::net::IpAddr>().is_ok() => address.to_owned(),
        _ => plain,
    }
}
