//! Events in neutral fields.

use indexmap::IndexMap;

use super::Number;

/// One event: neutral field to value. A field that is not in the map is missing.
pub type Event = IndexMap<String, Value>;

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Null: the same as missing for every test.
    Null,
    /// Text, also the empty text.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
    /// Several values. An empty list is the same as missing.
    Many(Vec<Value>),
    /// A name/value list.
    Pairs(Vec<(String, Value)>),
}
