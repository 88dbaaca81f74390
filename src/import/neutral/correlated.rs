//! How sets of events hang together, as it is written.
//!
//! In: a correlation as the schema has it. Out: tokens for the template. What an importer never makes has no form here.

use super::events::scalar;
use crate::schema::{Correlation, Step, Temporal, TemporalOrdered, Threshold};
use crate::source::Spanned;
use crate::yaml::YamlScalar;

/// A correlation: a key with what stands below it.
#[derive(Debug)]
pub(super) struct Correlated {
    pub(super) kind: &'static str,
    /// Of `temporal`.
    pub(super) stages: Vec<YamlScalar>,
    /// The stage that is counted, where there are several.
    pub(super) stage: Option<YamlScalar>,
    pub(super) field: Option<YamlScalar>,
    pub(super) percentile: Option<YamlScalar>,
    pub(super) group_by: Vec<YamlScalar>,
    pub(super) window: YamlScalar,
    /// Comparisons and their numbers.
    pub(super) condition: Vec<(YamlScalar, YamlScalar)>,
    /// Of a chain: a stage, and at least how many of its events.
    pub(super) steps: Vec<(YamlScalar, Option<u32>)>,
}

impl Correlated {
    pub(super) fn of(correlation: &Correlation) -> Option<Self> {
        match correlation {
            Correlation::EventCount(threshold) => Self::threshold("event_count", threshold),
            Correlation::ValueCount(threshold) => Self::threshold("value_count", threshold),
            Correlation::ValueSum(threshold) => Self::threshold("value_sum", threshold),
            Correlation::ValueAvg(threshold) => Self::threshold("value_avg", threshold),
            Correlation::ValueMedian(threshold) => Self::threshold("value_median", threshold),
            Correlation::ValuePercentile(threshold) => Self::threshold("value_percentile", threshold),
            Correlation::Temporal(temporal) => Self::temporal(temporal),
            Correlation::TemporalOrdered(ordered) => Self::ordered(ordered),
            Correlation::NewValue(_) | Correlation::Absent(_) => None,
        }
    }

    fn new(kind: &'static str, group_by: &[Spanned<String>], window: &Spanned<String>) -> Self {
        Self {
            kind,
            stages: Vec::new(),
            stage: None,
            field: None,
            percentile: None,
            group_by: group_by.iter().map(scalar).collect(),
            window: YamlScalar::Duration(window.value.clone()),
            condition: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn threshold(kind: &'static str, threshold: &Threshold) -> Option<Self> {
        threshold.values.is_empty().then(|| Self {
            stage: threshold.stage.as_ref().map(scalar),
            field: threshold.field.as_ref().map(scalar),
            percentile: threshold.percentile.as_ref().map(|percentile| number(percentile.value)),
            condition: threshold
                .condition
                .iter()
                .map(|(comparison, than)| (scalar(comparison), number(than.value)))
                .collect(),
            ..Self::new(kind, &threshold.group_by, &threshold.window)
        })
    }

    fn temporal(temporal: &Temporal) -> Option<Self> {
        temporal.values.is_empty().then(|| Self {
            stages: temporal.stages.iter().map(scalar).collect(),
            ..Self::new("temporal", &temporal.group_by, &temporal.window)
        })
    }

    fn ordered(ordered: &TemporalOrdered) -> Option<Self> {
        let steps = ordered.steps.iter().map(|step| {
            let Step { stage, count, within, links } = &step.value;
            let plain = within.is_none() && links.is_empty();
            plain.then(|| (scalar(stage), count.as_ref().map(|count| count.value)))
        });
        Some(Self {
            steps: steps.collect::<Option<_>>()?,
            ..Self::new("temporal_ordered", &ordered.group_by, &ordered.window)
        })
    }
}

/// A number as a person writes it: whole where it is.
fn number(number: f64) -> YamlScalar {
    let whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    if whole { YamlScalar::Integer(number as i64) } else { YamlScalar::Real(number) }
}
