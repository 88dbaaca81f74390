//! Random streams of events: the evaluator against definitions by enumeration, written another way.
//!
//! The evaluator asks at each event what lies before it. Here every window, pair and tuple is enumerated instead: windows
//! by where they begin, chains as tuples of places. Times are few, so that ties and exact edges are frequent.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::correlations::{accounts, at_least, correlation, seconds};
use super::fixture::*;
use crate::ir::*;

/// Seconds, stage, group, value.
type Seen = (u64, &'static str, &'static str, i64);

const WINDOW: u64 = 300;

fn streams() -> impl Strategy<Value = Vec<Seen>> {
    let time = (0u64..9).prop_map(|step| step * 100);
    let late = prop_oneof![4 => Just(0u64), 1 => Just(1u64)];
    let event = (
        (time, late),
        prop_oneof![Just("a"), Just("b"), Just("c")],
        prop_oneof![Just("u"), Just("v"), Just("")],
        0i64..4,
    )
        .prop_map(|((time, late), stage, group, value)| (time + late, stage, group, value));
    proptest::collection::vec(event, 0..12)
}

fn found(correlation: Correlation, events: &[Seen], now: Option<u64>) -> Vec<String> {
    let events: Vec<_> = events
        .iter()
        .map(|(time, stage, group, value)| (*time, *stage, *group, json!({"Port": value})))
        .collect();
    accounts(correlation, &events, now)
}

fn groups(events: &[Seen]) -> BTreeSet<&'static str> {
    events.iter().map(|(_, _, group, _)| *group).filter(|group| !group.is_empty()).collect()
}

fn of<'e>(events: &'e [Seen], stage: &'e str, group: &'e str) -> Vec<&'e Seen> {
    events.iter().filter(|event| event.1 == stage && event.2 == group).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn expected(events: &[Seen], holds: impl Fn(&str) -> bool) -> Vec<String> {
    groups(events).into_iter().filter(|group| holds(group)).map(str::to_owned).collect()
}

/// The windows of a group, by where they begin: at any second, so long as they end at an event.
fn windows<'e>(events: &'e [Seen], group: &'e str) -> Vec<Vec<&'e Seen>> {
    let own = of(events, "a", group);
    own.iter()
        .map(|last| {
            let inside = |event: &&&Seen| event.0 <= last.0 && last.0 - event.0 <= WINDOW;
            own.iter().filter(inside).copied().collect()
        })
        .collect()
}

proptest! {
    #[test]
    fn counts(events in streams(), least in 1i64..5) {
        let by_windows = expected(&events, |group| windows(&events, group).iter().any(|inside| inside.len() as i64 >= least));
        // The same by intervals: `least` events of which the first and the last are at most a window apart.
        let by_pairs = expected(&events, |group| {
            let mut times: Vec<u64> = of(&events, "a", group).iter().map(|event| event.0).collect();
            times.sort_unstable();
            times.windows(least as usize).any(|run| run[run.len() - 1] - run[0] <= WINDOW)
        });
        prop_assert_eq!(&by_windows, &by_pairs);
        let evaluated = found(correlation(&["a"], at_least(Aggregate::EventCount, least)), &events, None);
        prop_assert_eq!(sorted(evaluated), by_pairs);
    }

    #[test]
    fn distinct_values_and_numbers(events in streams(), least in 1i64..5) {
        let port = || field("Port");
        let run = |aggregate| sorted(found(correlation(&["a"], at_least(aggregate, least)), &events, None));
        let holds = |measure: &dyn Fn(&[i64]) -> bool| expected(&events, |group| {
            windows(&events, group).iter().any(|inside| measure(&inside.iter().map(|event| event.3).collect::<Vec<_>>()))
        });
        let distinct = |values: &[i64]| values.iter().collect::<BTreeSet<_>>().len() as i64 >= least;
        prop_assert_eq!(run(Aggregate::ValueCount(port())), holds(&distinct));
        prop_assert_eq!(run(Aggregate::Sum(port())), holds(&|values| values.iter().sum::<i64>() >= least));
        let mean = |values: &[i64]| values.iter().sum::<i64>() >= least * values.len() as i64;
        prop_assert_eq!(run(Aggregate::Average(port())), holds(&mean));
        // The smallest value with at least 60 % of all not above it.
        let percentile = |values: &[i64]| {
            let enough = |candidate: &&i64| 10 * values.iter().filter(|value| *value <= *candidate).count() >= 6 * values.len();
            values.iter().filter(enough).min().is_some_and(|found| *found >= least)
        };
        prop_assert_eq!(run(Aggregate::Percentile { field: port(), percent: 60.0 }), holds(&percentile));
    }

    #[test]
    fn stages_together(events in streams()) {
        let together = expected(&events, |group| {
            of(&events, "a", group).iter().any(|a| of(&events, "b", group).iter().any(|b| of(&events, "c", group).iter().any(|c| {
                let times = [a.0, b.0, c.0];
                times.iter().max().zip(times.iter().min()).is_some_and(|(last, first)| last - first <= WINDOW)
            })))
        });
        let pattern = CorrelationPattern::Temporal { window: seconds(WINDOW) };
        prop_assert_eq!(sorted(found(correlation(&["a", "b", "c"], pattern), &events, None)), together);
    }

    #[test]
    fn chains(events in streams(), at_least in 1u32..3, deadline in proptest::option::of(Just(100u64)), tied in any::<bool>()) {
        let mut chained = Vec::new();
        for group in groups(&events) {
            let (first, second, third) = (of(&events, "a", group), of(&events, "b", group), of(&events, "c", group));
            for c in &third {
                let ends = second.iter().any(|b| first.iter().any(|a| {
                    // When so many of the first step have happened up to `a`, the youngest of them begin the chain.
                    let mut up_to: Vec<u64> = first.iter().map(|event| event.0).filter(|time| *time <= a.0).collect();
                    up_to.sort_unstable();
                    let Some(place) = up_to.len().checked_sub(at_least as usize) else { return false };
                    a.0 <= b.0 && b.0 <= c.0
                        && c.0 - up_to[place] <= WINDOW
                        && deadline.is_none_or(|deadline| b.0 - a.0 <= deadline)
                        && (!tied || a.3 == c.3)
                }));
                if ends {
                    chained.push(group.to_owned());
                }
            }
        }
        let link = tied.then(|| {
            let (field, other) = (field("Port"), field("Port"));
            Link::Equal { field, step: 0, other, span: Default::default() }
        });
        let steps = vec![
            Step { stage: 0, at_least, within: None, link: None },
            Step { stage: 1, at_least: 1, within: deadline.map(seconds), link: None },
            Step { stage: 2, at_least: 1, within: None, link },
        ];
        let pattern = CorrelationPattern::Ordered { steps, window: seconds(WINDOW) };
        prop_assert_eq!(sorted(found(correlation(&["a", "b", "c"], pattern), &events, None)), sorted(chained));
    }

    #[test]
    fn absence_and_first_sight(events in streams(), now in 300u64..1500) {
        let mut lonely = Vec::new();
        for group in groups(&events) {
            for a in of(&events, "a", group) {
                let followed = of(&events, "b", group).iter().any(|b| b.0 <= now && (a.0..=a.0 + WINDOW).contains(&b.0));
                if !followed && a.0 + WINDOW <= now {
                    lonely.push(group.to_owned());
                }
            }
        }
        let pattern = CorrelationPattern::Absent { window: seconds(WINDOW) };
        prop_assert_eq!(sorted(found(correlation(&["a", "b"], pattern), &events, Some(now))), sorted(lonely));

        let mut new = Vec::new();
        for group in groups(&events) {
            for value in 0..4 {
                let times: Vec<u64> =
                    of(&events, "a", group).iter().filter(|event| event.3 == value).map(|event| event.0).collect();
                let (start, window) = (now - 300, 500u64);
                let inside = times.iter().any(|time| start < *time && *time <= now);
                let before = times.iter().any(|time| start.saturating_sub(window) <= *time && *time <= start);
                if inside && !before {
                    new.push(group.to_owned());
                }
            }
        }
        let fields = vec![here(field("Port"))];
        let pattern = CorrelationPattern::NewValue { fields, window: seconds(300), baseline: seconds(500) };
        prop_assert_eq!(sorted(found(correlation(&["a"], pattern), &events, Some(now))), sorted(new));
    }
}
