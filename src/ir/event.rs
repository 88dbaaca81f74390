//! Events in neutral fields.

use std::sync::Arc;

use super::{Duration, Number};
use crate::maps::IndexMap;

/// One event: neutral field to value. A field that is not in the map is missing.
pub type Event = IndexMap<String, Value>;

/// An event with when it was seen, and in which data source.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When.
    pub time: Time,
    /// The data source's id in the catalogue.
    pub data_source: Arc<str>,
    /// What it says.
    pub event: Event,
}

impl Observation {
    /// The key of a test event that says when it was seen.
    pub const AT: &str = "at";
    /// The key of a test event that says in which data source it was seen.
    pub const DATA_SOURCE: &str = "data_source";

    /// Whether this key of a test event is no field. No field of a data source may be called so.
    pub fn is_key(name: &str) -> bool {
        [Self::AT, Self::DATA_SOURCE].contains(&name)
    }
}

/// A moment, in milliseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Milliseconds.
    pub milliseconds: i64,
}

impl Time {
    /// The start of every test: 2026-01-01T00:00:00Z. Offsets in tests count from here.
    pub const TEST_START: Time = Time { milliseconds: 1_767_225_600_000 };

    /// This much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.seconds()).unwrap_or(i64::MAX).saturating_mul(1000);
        Self { milliseconds: self.milliseconds.saturating_add(milliseconds) }
    }

    /// This much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.seconds()).unwrap_or(i64::MAX).saturating_mul(1000);
        Self { milliseconds: self.milliseconds.saturating_sub(milliseconds) }
    }

    /// Whether this is at most `duration` after `earlier`.
    pub fn is_within(self, duration: Duration, earlier: Time) -> bool {
        self <= earlier.after(duration)
    }
}

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
