//! Stages and correlations: what one event cannot show.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Block, Derivation};
use crate::maps::IndexMap;
use crate::source::Spanned;

/// A named set of events of one data source.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The data source, from the catalogue.
    pub data_source: Spanned<String>,
    /// Selections and the condition over them.
    pub detection: Spanned<Block>,
    /// Fields computed from fields.
    #[serde(default)]
    pub derive: IndexMap<Spanned<String>, Spanned<Derivation>>,
}

/// What is correlated, and how. The key says which way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Correlation {
    /// How many events.
    EventCount(Threshold),
    /// How many distinct values of a field.
    ValueCount(Threshold),
    /// The sum of a field.
    ValueSum(Threshold),
    /// The mean of a field.
    ValueAvg(Threshold),
    /// The median of a field (nearest rank).
    ValueMedian(Threshold),
    /// A percentile of a field (nearest rank).
    ValuePercentile(Threshold),
    /// All stages, in any order.
    Temporal(Temporal),
    /// A chain of steps, in this order.
    TemporalOrdered(TemporalOrdered),
    /// Values that the time before does not have.
    NewValue(NewValue),
    /// One stage that the other does not follow.
    Absent(Absent),
}

/// A number over a sliding window that must lie in a range.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The stage; left out when the detection has one `data_source`.
    #[serde(default)]
    pub stage: Option<Spanned<String>>,
    /// The field that is aggregated; not for `event_count`.
    #[serde(default)]
    pub field: Option<Spanned<String>>,
    /// Events are looked at per combination of these fields. Events that lack one are left out.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// The length of the sliding window, a duration. Both ends count.
    pub window: Spanned<String>,
    /// The range: `gt`, `gte`, `lt`, `lte`, `eq`.
    pub condition: IndexMap<Spanned<String>, Spanned<f64>>,
    /// Which percentile, above 0 and up to 100; for `value_percentile`.
    #[serde(default)]
    pub percentile: Option<Spanned<f64>>,
    /// Fields whose distinct values are collected per result.
    #[serde(default)]
    pub values: Vec<Spanned<String>>,
}

/// Several stages within one window.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Temporal {
    /// The stages.
    pub stages: Vec<Spanned<String>>,
    /// Fields that are equal in all of them. Events that lack one are left out.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// The longest time from the first to the last, a duration.
    pub window: Spanned<String>,
    /// Fields of every stage whose distinct values are collected per result.
    #[serde(default)]
    pub values: Vec<Spanned<String>>,
}

/// A chain of steps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemporalOrdered {
    /// The steps, in order.
    pub steps: Vec<Spanned<Step>>,
    /// Fields that are equal in all of them. Events that lack one are left out.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// The longest time from the first event to the last, a duration.
    pub window: Spanned<String>,
}

/// One step of a chain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The stage.
    pub stage: Spanned<String>,
    /// At least so many events of the stage within the window; only in the first step.
    #[serde(default)]
    pub count: Option<Spanned<u32>>,
    /// The longest time since the step before, a duration.
    #[serde(default)]
    pub within: Option<Spanned<String>>,
    /// What ties this step's event to earlier ones, beside `group_by`. All of the list must hold.
    #[serde(default, rename = "where")]
    pub links: Vec<Spanned<Links>>,
}

/// Ties to earlier steps; all must hold. `field: step.field`: equal values. `step.field: text`: an earlier step has this
/// value. `any: [...]`, `all: [...]`: of such mappings. `seen: {stage: {field: field}}`: an event of that stage, at the
/// same time or earlier, has equal values.
pub type Links = IndexMap<Spanned<String>, Spanned<Link>>;

/// Fields of this step, and the fields of a stage that they equal.
pub type EqualFields = IndexMap<Spanned<String>, Spanned<String>>;

/// The right side of a tie.
#[derive(Debug)]
pub enum Link {
    /// A field of an earlier step, or a text.
    Text(String),
    /// Of `any` and `all`.
    List(Vec<Spanned<Links>>),
    /// Of `seen`.
    Seen(IndexMap<Spanned<String>, Spanned<EqualFields>>),
}

/// Values that the time before does not have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewValue {
    /// The stage; left out when the detection has one `data_source`.
    #[serde(default)]
    pub stage: Option<Spanned<String>>,
    /// The fields whose combination is new.
    pub fields: Vec<Spanned<String>>,
    /// The combination is new in each combination of these fields.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// How far back from now the combination may first be seen, a duration; at least as long as the time between runs.
    pub window: Spanned<String>,
    /// How long before that it must not have been seen, a duration.
    pub baseline: Spanned<String>,
    /// Fields whose distinct values are collected per result.
    #[serde(default)]
    pub values: Vec<Spanned<String>>,
}

/// One stage that another does not follow.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// The stage that should be followed.
    pub stage: Spanned<String>,
    /// The stage that should follow.
    pub followed_by: Spanned<String>,
    /// Fields that are equal in both. Events that lack one are left out.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// How long it may take, a duration.
    pub window: Spanned<String>,
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LinkVisitor)
    }
}

struct LinkVisitor;

impl<'de> Visitor<'de> for LinkVisitor {
    type Value = Link;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a field of an earlier step, a list under `any` or `all`, or a mapping under `seen`")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Link, E> {
        Ok(Link::Text(value.to_owned()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Link, E> {
        Ok(Link::Text(value.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Link, E> {
        Ok(Link::Text(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Link, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_element()? {
            members.push(member);
        }
        Ok(Link::List(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Link, A::Error> {
        let mut stages = IndexMap::default();
        while let Some((stage, fields)) = access.next_entry()? {
            stages.insert(stage, fields);
        }
        Ok(Link::Seen(stages))
    }
}

impl JsonSchema for Link {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Link".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let links = generator.subschema_for::<Links>();
        schemars::json_schema!({"anyOf": [
            {"type": ["string", "integer", "boolean"]},
            {"type": "array", "items": links},
            {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}}}
        ]})
    }
}
