//! What several events mean together.
//!
//! In: the events of each stage with their times, in any order. Out: rows of groups, or the events that are results. What
//! the patterns mean is said where they are defined ([`CorrelationPattern`]); this is that definition, executed. It is
//! written to be read, not to be fast.

mod account;
mod aggregate;
mod chain;
mod group;

use super::summary::{Groups, Row};
use super::view::View;
use crate::ir::{Correlation, CorrelationPattern, Duration, Field, SharedField, Time};
use crate::maps::IndexMap;
use crate::source::Spanned;
pub use account::{Answer, Asked, Chain, Combination, GroupAccount, Reading, Shown};
use group::Key;

/// An event of a stage.
pub(super) struct Moment<'e> {
    /// Its place among all events that were given, so that results keep their order.
    pub(super) number: usize,
    pub(super) time: Time,
    pub(super) view: View<'e>,
}

/// The events of a group, one list a stage.
type Stages<'e> = Vec<Vec<Moment<'e>>>;

/// What a correlation finds.
pub(super) enum Found<'e> {
    /// One row a group.
    Groups(Vec<Row>),
    /// Events, in the order given.
    Events(Vec<View<'e>>),
}

/// A correlation, ready to run.
pub(super) struct Correlator<'a> {
    correlation: &'a Correlation,
}

impl<'a> Correlator<'a> {
    pub(super) fn new(correlation: &'a Correlation) -> Self {
        Self { correlation }
    }

    /// Runs over the events of each stage. `end` is the last moment that is looked at; without it, a time when nothing is
    /// left open.
    pub(super) fn run<'e>(&self, stages: Vec<Vec<Moment<'e>>>, end: Option<Time>) -> Found<'e> {
        let last = stages.iter().flatten().map(|moment| moment.time).max();
        let groups = self.grouped(stages);
        match &self.correlation.pattern {
            CorrelationPattern::Aggregate { aggregate, range, window } => {
                self.whole_groups(groups, |stages| aggregate::reaches(aggregate, range, *window, &stages[0]))
            }
            CorrelationPattern::Temporal { window } => {
                self.whole_groups(groups, |stages| occur_together(stages, *window))
            }
            CorrelationPattern::NewValue { fields, window, baseline } => {
                let Some(end) = end.or(last) else { return Found::Groups(Vec::new()) };
                Found::Groups(self.new_values(groups, fields, (*window, *baseline), end))
            }
            CorrelationPattern::Ordered { steps, window } => {
                in_order(groups.into_values().flat_map(|stages| {
                    let ends: Vec<bool> = chain::ends(steps, *window, &stages);
                    let results = stages.into_iter().nth(steps.last().map_or(0, |step| step.stage));
                    results
                        .into_iter()
                        .flatten()
                        .zip(ends)
                        .filter(|(_, ends)| *ends)
                        .map(|(moment, _)| moment)
                }))
            }
            CorrelationPattern::Absent { window } => {
                let Some(end) = end.or(last.map(|last| last.after(*window))) else {
                    return Found::Events(Vec::new());
                };
                in_order(groups.into_values().flat_map(|stages| unfollowed(stages, *window, end)))
            }
        }
    }

    /// The events of each group. Those without a key are left out.
    fn grouped<'e>(&self, stages: Vec<Vec<Moment<'e>>>) -> IndexMap<Key, Stages<'e>> {
        let mut groups: IndexMap<Key, Stages> = IndexMap::default();
        let number = stages.len();
        for (stage, events) in stages.into_iter().enumerate() {
            for moment in events {
                let fields = self.correlation.group_by.iter().map(|shared| &shared.in_stages[stage]);
                if let Some(key) = Key::of(fields, &moment.view) {
                    let group =
                        groups.entry(key).or_insert_with(|| (0..number).map(|_| Vec::new()).collect());
                    group[stage].push(moment);
                }
            }
        }
        groups
    }

    /// One row for each group in which something holds.
    fn whole_groups(&self, groups: IndexMap<Key, Stages>, holds: impl Fn(&Stages) -> bool) -> Found<'static> {
        let mut rows = Rows::new(&self.correlation.values, self.names());
        for (key, stages) in groups.into_iter().filter(|(_, stages)| holds(stages)) {
            for (stage, moments) in stages.iter().enumerate() {
                moments.iter().for_each(|moment| rows.add(&key, stage, &moment.view));
            }
        }
        Found::Groups(rows.into_rows())
    }

    /// One row for each combination of group and values that the window has and the baseline has not.
    fn new_values(
        &self,
        groups: IndexMap<Key, Stages>,
        fields: &[Spanned<Field>],
        (window, baseline): (Duration, Duration),
        end: Time,
    ) -> Vec<Row> {
        let start = end.before(window);
        let mut combinations: IndexMap<Key, Vec<Moment>> = IndexMap::default();
        for (key, stages) in groups {
            for moment in stages.into_iter().flatten() {
                if let Some(values) = Key::of(fields.iter().map(|field| &field.value), &moment.view) {
                    combinations.entry(key.with(&values)).or_default().push(moment);
                }
            }
        }
        let names = self.names().into_iter().chain(fields.iter().map(|field| field.value.name.to_string()));
        let mut rows = Rows::new(&self.correlation.values, names.collect());
        for (key, moments) in combinations {
            let known = moments.iter().any(|it| start.before(baseline) <= it.time && it.time <= start);
            if !known {
                let new = moments.iter().filter(|it| start < it.time && it.time <= end);
                new.for_each(|moment| rows.add(&key, 0, &moment.view));
            }
        }
        rows.into_rows()
    }

    fn names(&self) -> Vec<String> {
        self.correlation.group_by.iter().map(|shared| shared.name.to_string()).collect()
    }
}

/// Rows of groups.
struct Rows<'a> {
    names: Vec<String>,
    values: &'a [SharedField],
    groups: Groups,
}

impl<'a> Rows<'a> {
    fn new(values: &'a [SharedField], names: Vec<String>) -> Self {
        Self { names, values, groups: Groups::default() }
    }

    fn add(&mut self, key: &Key, stage: usize, view: &View) {
        let fields: Vec<&Field> = self.values.iter().map(|shared| &shared.in_stages[stage]).collect();
        self.groups.add_to(key.texts(), key.values(), &fields, view);
    }

    fn into_rows(self) -> Vec<Row> {
        let collected = self.values.iter().map(|shared| shared.name.to_string());
        self.groups.named(&self.names, &collected.collect::<Vec<_>>())
    }
}

/// Whether there is one event a stage, none more than the window after another.
fn occur_together(stages: &Stages, window: Duration) -> bool {
    // One of them is the first; each of the others lies within the window after it.
    stages.iter().flatten().any(|first| {
        stages.iter().all(|events| {
            events.iter().any(|event| first.time <= event.time && event.time.is_within(window, first.time))
        })
    })
}

/// The events of the first stage that none of the second follows, once that is decided.
fn unfollowed(stages: Stages<'_>, window: Duration, end: Time) -> impl Iterator<Item = Moment<'_>> {
    let mut stages = stages.into_iter();
    let asking = stages.next().unwrap_or_default();
    let answers: Vec<Time> = stages.flatten().map(|moment| moment.time).collect();
    asking.into_iter().filter(move |moment| {
        let answered = answers.iter().any(|time| moment.time <= *time && time.is_within(window, moment.time));
        moment.time.after(window) <= end && !answered
    })
}

fn in_order<'e>(moments: impl Iterator<Item = Moment<'e>>) -> Found<'e> {
    let mut moments: Vec<Moment> = moments.collect();
    moments.sort_by_key(|moment| moment.number);
    Found::Events(moments.into_iter().map(|moment| moment.view).collect())
}
