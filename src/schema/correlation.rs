//! Stages and correlations: what one event cannot show.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Block, Derivation};
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
    /// The median of a field.
    ValueMedian(Threshold),
    /// A percentile of a field.
    ValuePercentile(Threshold),
    /// All stages, in any order.
    Temporal(Temporal),
    /// All stages, in this order.
    TemporalOrdered(Temporal),
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
    /// Events are counted per combination of these fields.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// The length of the sliding window, a duration.
    pub window: Spanned<String>,
    /// The range: `gt`, `gte`, `lt`, `lte`, `eq`.
    pub condition: IndexMap<Spanned<String>, Spanned<f64>>,
    /// Which percentile, above 0 and up to 100; for `value_percentile`.
    #[serde(default)]
    pub percentile: Option<Spanned<f64>>,
}

/// Several stages within one window.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Temporal {
    /// The stages, in order.
    pub stages: Vec<Spanned<String>>,
    /// Fields that are equal in all of them.
    #[serde(default)]
    pub group_by: Vec<Spanned<String>>,
    /// The longest time from the first to the last, a duration.
    pub window: Spanned<String>,
}
