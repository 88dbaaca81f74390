//! Values, and how they compare.
//!
//! In: values. Out: equality, order, keys for grouping. Must not know expressions.
//!
//! The type of a value is that of its column or expression; only in a `dynamic` does the value alone say what it is.

use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

use uuid::Uuid;

use crate::maps::IndexMap;

/// How deep arrays and bags may be nested.
const MAX_DEPTH: usize = 128;

/// A cell.
#[derive(Debug, Clone)]
pub enum Value {
    /// The null of any type but `string`, which has none.
    Null,
    /// `bool`
    Bool(bool),
    /// `int` and `long`
    Long(i64),
    /// `real`
    Real(f64),
    /// `string`
    Text(Arc<str>),
    /// Ticks of 100 ns since the year 1.
    DateTime(i64),
    /// Ticks of 100 ns.
    TimeSpan(i64),
    /// `guid`
    Guid(Uuid),
    /// An array in a `dynamic`.
    Array(Arc<Array>),
    /// A property bag in a `dynamic`. Its order is that of insertion, which Kusto does not promise to keep.
    Bag(Arc<Bag>),
}

/// An array, and whether Kusto fixes the order of its items: a set's is free.
#[derive(Debug, Clone)]
pub struct Array {
    /// The items.
    pub items: Vec<Value>,
    /// Whether their order means something.
    pub ordered: bool,
}

/// A property bag.
pub type Bag = IndexMap<Arc<str>, Value>;

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(Arc::from(text.as_ref()))
    }

    /// An array whose order is fixed.
    pub(super) fn array(items: Vec<Value>) -> Self {
        Value::Array(Arc::new(Array { items, ordered: true }))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The number, as a double.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Long(number) => Some(*number as f64),
            Value::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// The whole number.
    pub(super) fn long(&self) -> Option<i64> {
        match self {
            Value::Long(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, empty when it is none.
    pub(super) fn str(&self) -> &str {
        match self {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// How two values of one type compare; `None` when their kinds differ, or one is null, NaN, an array or a bag.
    /// Texts compare by code point.
    pub(super) fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Long(a), Value::Long(b))
            | (Value::DateTime(a), Value::DateTime(b))
            | (Value::TimeSpan(a), Value::TimeSpan(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Guid(a), Value::Guid(b)) => Some(a.to_string().cmp(&b.to_string())),
            (Value::Long(_) | Value::Real(_), Value::Long(_) | Value::Real(_)) => {
                self.number()?.partial_cmp(&other.number()?)
            }
            _ => None,
        }
    }

    /// Appends a text that two values share exactly when Kusto puts them into one group. Arrays and bags count as
    /// values; the order of a bag, and of a set, does not.
    pub(super) fn key(&self, out: &mut String) {
        let done = match self {
            Value::Null => write!(out, "n;"),
            Value::Bool(value) => write!(out, "b{value};"),
            Value::Long(value) => write!(out, "l{value};"),
            Value::Real(value) => write!(out, "r{:x};", (value + 0.0).to_bits()),
            Value::Text(text) => write!(out, "t{}:{text};", text.len()),
            Value::DateTime(ticks) => write!(out, "d{ticks};"),
            Value::TimeSpan(ticks) => write!(out, "s{ticks};"),
            Value::Guid(id) => write!(out, "g{id};"),
            Value::Array(array) => {
                let mut items: Vec<String> = array.items.iter().map(Value::to_key).collect();
                if !array.ordered {
                    items.sort();
                }
                write!(out, "[{}];", items.concat())
            }
            Value::Bag(bag) => {
                let mut items: Vec<String> = bag
                    .iter()
                    .map(|(name, value)| format!("{}:{name}{}", name.len(), value.to_key()))
                    .collect();
                items.sort();
                write!(out, "{{{}}};", items.concat())
            }
        };
        // Writing to a String cannot fail.
        debug_assert!(done.is_ok());
    }

    /// [`Value::key`] as a text of its own.
    pub(super) fn to_key(&self) -> String {
        let mut key = String::new();
        self.key(&mut key);
        key
    }

    /// Whether it has at most `left` items and texts, and is not nested too deep. What it has is taken from `left`.
    pub(super) fn fits(&self, left: &mut usize, depth: usize) -> bool {
        let cost = match self {
            Value::Text(text) => 1 + text.len(),
            _ => 1,
        };
        if *left < cost || depth > MAX_DEPTH {
            return false;
        }
        *left -= cost;
        match self {
            Value::Array(array) => array.items.iter().all(|item| item.fits(left, depth + 1)),
            Value::Bag(bag) => bag.iter().all(|(_, value)| value.fits(left, depth + 1)),
            _ => true,
        }
    }
}

impl PartialEq for Value {
    /// The same value of the same kind. For tests and for results: Kusto's own `==` has nulls.
    fn eq(&self, other: &Self) -> bool {
        self.to_key() == other.to_key()
    }
}
