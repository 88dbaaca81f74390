//! What the events of a group show together, for people who ask why.

use std::collections::BTreeSet;

use super::group::Key;
use super::{Correlator, Moment, Stages, aggregate, chain};
use crate::evaluate::view::View;
use crate::ir::{Aggregate, CorrelationPattern, Duration, Field, Range, Step, Time, Value};
use crate::maps::IndexMap;
use crate::source::Spanned;

/// What the events of one group show. Events are named by their places among those that were given.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupAccount {
    /// The fields of the group with their values; none in a correlation without groups.
    pub key: Vec<(String, Value)>,
    /// The events of each stage, in the order given.
    pub stages: Vec<Vec<usize>>,
    /// What they show.
    pub shown: Shown,
    /// Whether that is a result.
    pub holds: bool,
}

/// What is shown, by the pattern of the correlation.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// The aggregate: where it lies in its range for the first time, or comes nearest to it.
    Aggregate(Reading),
    /// Events of all stages within one window: one a stage; nothing when there are none.
    Together(Option<Vec<usize>>),
    /// Chains.
    Chains {
        /// One for each event that ends one.
        complete: Vec<Chain>,
        /// The longest beginning of one, when none is complete.
        longest: Option<Chain>,
    },
    /// Values, with whether they are new.
    Values(Vec<Combination>),
    /// Events that ask for another one.
    Asked(Vec<Asked>),
}

/// An aggregate at the time of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The end of the window.
    pub at: Time,
    /// The aggregate; nothing when there is no value to compute it from.
    pub value: Option<f64>,
    /// The events in the window.
    pub events: Vec<usize>,
}

/// One event a step, the first step first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The events.
    pub events: Vec<usize>,
}

/// A combination of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// The fields with their values.
    pub values: Vec<(String, Value)>,
    /// The events in the baseline that have it.
    pub known: Vec<usize>,
    /// The events in the window that have it.
    pub seen: Vec<usize>,
}

/// An event that another must follow, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The event.
    pub event: usize,
    /// What became of it.
    pub answer: Answer,
}

/// What became of an event that another must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This event followed in time.
    Followed(usize),
    /// None followed.
    Unfollowed,
    /// None has followed yet, and there is still time.
    Open,
}

impl Correlator<'_> {
    /// What each group shows, in the order in which groups appear. The arguments are those of [`Correlator::run`].
    pub(in crate::evaluate) fn account(
        &self,
        stages: Vec<Vec<Moment>>,
        end: Option<Time>,
    ) -> Vec<GroupAccount> {
        let last = stages.iter().flatten().map(|moment| moment.time).max();
        let names = self.names();
        self.grouped(stages)
            .into_iter()
            .map(|(key, stages)| {
                let (shown, holds) = self.shown(&stages, end, last);
                GroupAccount {
                    key: names.iter().cloned().zip(key.values()).collect(),
                    stages: stages.iter().map(|events| numbers(events)).collect(),
                    shown,
                    holds,
                }
            })
            .collect()
    }

    /// The fields of the group that an event of a stage has no value in.
    pub(in crate::evaluate) fn lacking(&self, stage: usize, view: &View) -> Vec<String> {
        let fields = self.correlation.group_by.iter();
        let lacks = |field: &Field| Key::of([field].into_iter(), view).is_none();
        fields
            .filter(|shared| shared.in_stages.get(stage).is_some_and(lacks))
            .map(|shared| shared.name.to_string())
            .collect()
    }

    fn shown(&self, stages: &Stages, end: Option<Time>, last: Option<Time>) -> (Shown, bool) {
        match &self.correlation.pattern {
            CorrelationPattern::Aggregate { aggregate, range, window } => {
                let reading = decisive(aggregate, range, *window, &stages[0]);
                let holds = reading.value.is_some_and(|value| range.contains(value));
                (Shown::Aggregate(reading), holds)
            }
            CorrelationPattern::Temporal { window } => {
                let together = together(stages, *window);
                let holds = together.is_some();
                (Shown::Together(together), holds)
            }
            CorrelationPattern::Ordered { steps, window } => {
                let complete = chains(steps, *window, stages);
                let longest = (1..steps.len())
                    .rev()
                    .filter(|_| complete.is_empty())
                    .find_map(|length| chains(&steps[..length], *window, stages).into_iter().next());
                let holds = !complete.is_empty();
                (Shown::Chains { complete, longest }, holds)
            }
            CorrelationPattern::NewValue { fields, window, baseline } => {
                let end = end.or(last).unwrap_or(Time::TEST_START);
                let combinations = combinations(fields, (end.before(*window), end), *baseline, stages);
                let holds = combinations.iter().any(|it| it.known.is_empty() && !it.seen.is_empty());
                (Shown::Values(combinations), holds)
            }
            CorrelationPattern::Absent { window } => {
                let end = end.or(last.map(|last| last.after(*window))).unwrap_or(Time::TEST_START);
                let asked = asked(stages, *window, end);
                let holds = asked.iter().any(|asked| asked.answer == Answer::Unfollowed);
                (Shown::Asked(asked), holds)
            }
        }
    }
}

fn numbers(events: &[Moment]) -> Vec<usize> {
    events.iter().map(|event| event.number).collect()
}

/// The first reading in the range, or the first of those nearest to it.
fn decisive(aggregate: &Aggregate, range: &Range, window: Duration, events: &[Moment]) -> Reading {
    let times: BTreeSet<Time> = events.iter().map(|event| event.time).collect();
    let readings = times.into_iter().map(|at| {
        let inside = aggregate::inside(window, events, at);
        let value = aggregate::value(aggregate, &inside);
        Reading { at, value, events: inside.iter().map(|event| event.number).collect() }
    });
    let mut nearest = Reading { at: Time::TEST_START, value: None, events: Vec::new() };
    let mut shortest = f64::INFINITY;
    for reading in readings {
        let distance = reading.value.map_or(f64::MAX, |value| distance(range, value));
        if distance < shortest {
            (nearest, shortest) = (reading, distance);
        }
    }
    nearest
}

/// How far a value is from a range; 0 within it.
fn distance(range: &Range, value: f64) -> f64 {
    if range.contains(value) {
        return 0.0;
    }
    let bounds = [range.lower, range.upper];
    let nearest = bounds.iter().flatten().map(|bound| (value - bound.value.as_f64()).abs());
    // A value on a bound that does not count is outside all the same.
    nearest.fold(f64::MAX, f64::min).max(f64::MIN_POSITIVE)
}

/// One event a stage, none more than the window after the first.
fn together(stages: &Stages, window: Duration) -> Option<Vec<usize>> {
    stages.iter().flatten().find_map(|first| {
        stages
            .iter()
            .map(|events| {
                let after =
                    |event: &&Moment| first.time <= event.time && event.time.is_within(window, first.time);
                // Of its own stage the event itself, not one that is looked at earlier.
                let own = events.iter().find(|event| event.number == first.number);
                own.or_else(|| events.iter().find(after)).map(|event| event.number)
            })
            .collect()
    })
}

fn chains(steps: &[Step], window: Duration, stages: &Stages) -> Vec<Chain> {
    let found = chain::chains(steps, window, stages).into_iter().flatten();
    found.map(|chain| Chain { events: chain.iter().rev().map(|event| event.number).collect() }).collect()
}

fn combinations(
    fields: &[Spanned<Field>],
    (start, end): (Time, Time),
    baseline: Duration,
    stages: &Stages,
) -> Vec<Combination> {
    let mut combinations: IndexMap<Key, (Vec<usize>, Vec<usize>)> = IndexMap::default();
    for moment in stages.iter().flatten() {
        let Some(key) = Key::of(fields.iter().map(|field| &field.value), &moment.view) else { continue };
        let (known, seen) = combinations.entry(key).or_default();
        if start.before(baseline) <= moment.time && moment.time <= start {
            known.push(moment.number);
        } else if start < moment.time && moment.time <= end {
            seen.push(moment.number);
        }
    }
    let names = || fields.iter().map(|field| field.value.name.to_string());
    combinations
        .into_iter()
        .map(|(key, (known, seen))| Combination { values: names().zip(key.values()).collect(), known, seen })
        .collect()
}

fn asked(stages: &Stages, window: Duration, end: Time) -> Vec<Asked> {
    let (Some(asking), Some(answers)) = (stages.first(), stages.get(1)) else { return Vec::new() };
    let answer = |moment: &Moment| {
        let in_time =
            |other: &&Moment| moment.time <= other.time && other.time.is_within(window, moment.time);
        match answers.iter().find(in_time) {
            Some(other) => Answer::Followed(other.number),
            None if moment.time.after(window) <= end => Answer::Unfollowed,
            None => Answer::Open,
        }
    };
    asking.iter().map(|moment| Asked { event: moment.number, answer: answer(moment) }).collect()
}
