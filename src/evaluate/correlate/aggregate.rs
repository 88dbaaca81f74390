//! Aggregates over a sliding window.

use super::Moment;
use super::group::Part;
use crate::evaluate::value::{number, text};
use crate::ir::{Aggregate, Duration, Field, Range, Time, Value};
use crate::maps::HashSet;

/// Whether the aggregate lies in the range at the time of some event.
pub(super) fn reaches(aggregate: &Aggregate, range: &Range, window: Duration, events: &[Moment]) -> bool {
    events.iter().any(|last| {
        let inside = inside(window, events, last.time);
        value(aggregate, &inside).is_some_and(|value| range.contains(value))
    })
}

/// The events of the window that ends at a time.
pub(super) fn inside<'e, 'v>(window: Duration, events: &'e [Moment<'v>], end: Time) -> Vec<&'e Moment<'v>> {
    events.iter().filter(|event| event.time <= end && end.is_within(window, event.time)).collect()
}

/// The aggregate of these events.
pub(super) fn value(aggregate: &Aggregate, events: &[&Moment]) -> Option<f64> {
    match aggregate {
        Aggregate::EventCount => Some(events.len() as f64),
        Aggregate::ValueCount(field) => {
            let values: HashSet<Part> = events.iter().flat_map(|event| distinct(field, event)).collect();
            Some(values.len() as f64)
        }
        Aggregate::Sum(field) => Some(numbers(field, events).iter().sum()),
        Aggregate::Average(field) => {
            let numbers = numbers(field, events);
            (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
        }
        Aggregate::Percentile { field, percent } => {
            let mut numbers = numbers(field, events);
            numbers.sort_by(f64::total_cmp);
            // What is whole must not be rounded up by a floating-point error.
            let rank = (percent * numbers.len() as f64 / 100.0 - 1e-9).ceil() as usize;
            numbers.get(rank.checked_sub(1)?).copied()
        }
    }
}

fn distinct(field: &Field, event: &Moment) -> Vec<Part> {
    let values = event.view.values(field);
    let texts = values.iter().filter_map(|value| text(value).map(|text| text.into_owned()));
    texts.filter(|text| !text.is_empty()).map(|text| Part::text(&text)).collect()
}

fn numbers(field: &Field, events: &[&Moment]) -> Vec<f64> {
    let all = events.iter().flat_map(|event| {
        let values = event.view.values(field);
        values.iter().filter_map(|value: &std::borrow::Cow<Value>| number(value)).collect::<Vec<_>>()
    });
    all.map(|number| number.as_f64()).collect()
}
