//! Events that tell which they are when the reference evaluator gives them back.
//!
//! In: events and numbers. Out: events with a field more. The number is in the field's name, for names count for nothing
//! in a search for words, and its value is the empty text, in which no word is.

use crate::ir::{Event, Value};
use crate::maps::IndexMap;

const PREFIX: &str = "detc_event_";

/// Adds the mark.
pub(super) fn mark(event: &mut Event, number: usize) {
    event.insert(format!("{PREFIX}{number}"), Value::Text(String::new()));
}

/// The number of the event that these fields are of; nothing when they are those of several.
pub(super) fn marked(fields: &IndexMap<String, Value>) -> Option<usize> {
    let mut numbers = fields.keys().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok());
    let first = numbers.next()?;
    numbers.next().is_none().then_some(first)
}
