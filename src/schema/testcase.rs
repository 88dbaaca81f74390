//! Embedded tests.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Scalar;
use crate::maps::IndexMap;
use crate::source::Spanned;

/// Events, and what the detection must say of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["events"]}, {"required": ["file"]}, {"required": ["raw"]}], "not" = {"required": ["events", "file"]}))]
pub struct TestCase {
    /// What is tested, one line.
    pub name: Spanned<String>,
    /// The events, in neutral fields. What the source always says need not be repeated. `at` is when: an offset from the
    /// start of the test, for instance `90s`, or a moment; `data_source` is where, when the detection reads several.
    #[serde(default)]
    pub events: Vec<Spanned<Event>>,
    /// A file of events in place of `events`, beside the detection or below: JSON, one event a line, each whole.
    #[serde(default)]
    pub file: Option<Spanned<String>>,
    /// What every event has that does not give its own value for it. A null in an event takes it away there.
    #[serde(default)]
    pub common: Option<Spanned<Event>>,
    /// Events as products have them, by target: instead of, or beside, `events`. For Splunk a list of events in the form
    /// of its HTTP event collector, for Kusto rows by table.
    #[serde(default)]
    pub raw: IndexMap<Spanned<String>, Spanned<serde_json::Value>>,
    /// When the detection runs, like `at`. Without it, at a time when nothing is left open.
    #[serde(default)]
    pub now: Option<Spanned<String>>,
    /// What must come out.
    pub expect: Spanned<Expect>,
}

/// One event: neutral field to value.
pub type Event = IndexMap<Spanned<String>, Spanned<EventValue>>;

/// The value of a field of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum EventValue {
    /// One value.
    One(Scalar),
    /// A multivalue field.
    Many(Vec<Scalar>),
    /// A name/value list, as a mapping of names to values.
    Pairs(Vec<(String, Scalar)>),
}

/// What must come out of a test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["matches"]}, {"required": ["events"]}]))]
pub struct Expect {
    /// The number of results: events that match, or rows of the summary. Without a summary, `events` says it as well.
    #[serde(default)]
    pub matches: Option<Spanned<u32>>,
    /// Which events match, counted from 1 in the order given. Not for correlations.
    #[serde(default)]
    pub events: Option<Spanned<Vec<Spanned<u32>>>>,
    /// Values that every result must have.
    #[serde(default)]
    pub with: IndexMap<Spanned<String>, Spanned<Scalar>>,
}

impl<'de> Deserialize<'de> for EventValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EventValueVisitor)
    }
}

struct EventValueVisitor;

impl<'de> Visitor<'de> for EventValueVisitor {
    type Value = EventValue;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value, a list of values, or a mapping of names to values")
    }

    fn visit_unit<E: Error>(self) -> Result<EventValue, E> {
        Ok(EventValue::One(Scalar::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<EventValue, E> {
        Ok(EventValue::One(Scalar::Boolean(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<EventValue, E> {
        Ok(EventValue::One(Scalar::Integer(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<EventValue, E> {
        Ok(EventValue::One(Scalar::Real(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<EventValue, E> {
        Ok(EventValue::One(Scalar::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<EventValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(EventValue::Many(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<EventValue, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = access.next_entry()? {
            pairs.push(pair);
        }
        Ok(EventValue::Pairs(pairs))
    }
}

impl JsonSchema for EventValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventValue".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let scalar = generator.subschema_for::<Scalar>();
        schemars::json_schema!({"anyOf": [
            scalar,
            {"type": "array", "items": scalar},
            {"type": "object", "additionalProperties": scalar}
        ]})
    }
}
