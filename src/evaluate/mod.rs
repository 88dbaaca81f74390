//! The reference semantics: what a detection means over events in neutral fields.
//!
//! In: `ir::Detection` and `ir::Event`s. Out: which events match, the results, and why. Pure. Every target is held
//! against this definition. Must not know any target, nor YAML.
//!
//! Where each part of the meaning is written down:
//! - how values are read (null, lists, types, addresses, moments): `value`
//! - which value a native, common or derived field has: `view`
//! - one match on a field's values: `matching`
//! - `all`, `any`, `not`, field tests, keywords: `predicate`
//! - derived fields: `derive`
//! - rows of a summary: `summary`
//!
//! - several events together: `correlate`

mod account;
mod correlate;
mod derive;
mod explain;
mod matching;
mod predicate;
mod report;
mod set;
mod summary;
mod value;
mod values;
mod view;
mod words;

pub use account::{Account, EventAccount, SetAccount};
pub use correlate::{Answer, Asked, Chain, Combination, GroupAccount, Reading, Shown};
pub use explain::{Clause, Explanation};
pub use report::{TestReport, check_tests, found};
pub use summary::{Row, UNKNOWN};
pub use value::texts;

use crate::catalogue::Source;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Duration, Event, Logic, Observation, Summary, Time};
use correlate::{Correlator, Moment};
use predicate::TooLarge;
use set::Set;
use summary::Groups;
use view::View;

/// A detection, ready to be run over events: regular expressions are compiled once.
pub struct Evaluator<'a> {
    /// One a set of events that the detection reads, in order.
    sets: Vec<Set<'a>>,
    correlator: Option<Correlator<'a>>,
    summary: Option<&'a Summary>,
    /// How long each run waits for late events.
    delay: Option<Duration>,
}

impl<'a> Evaluator<'a> {
    /// Prepares a detection whose events are all of one data source.
    ///
    /// The only error is `E0402`, for a regular expression that is valid but too large to be compiled.
    pub fn new(detection: &'a Detection, source: &'a Source) -> Result<Self, Diagnostic> {
        Self::over(detection, &[source])
    }

    /// Prepares a detection. `sources` are those of [`Logic::event_sets`], in order; the last stands for all that
    /// follow. The error is that of [`Evaluator::new`], or `E0952` for a detection that is only raw queries.
    pub fn over(detection: &'a Detection, sources: &[&'a Source]) -> Result<Self, Diagnostic> {
        let too_large = |problem: TooLarge| {
            Diagnostic::new(Code::E0402, "the regular expression is too large to be compiled")
                .at(&detection.file, problem.span, "")
                .help("use shorter repetitions, or fewer of them inside one another")
        };
        let mut sets = Vec::new();
        for (place, events) in detection.logic.event_sets().enumerate() {
            let Some(source) = sources.get(place).or(sources.last()) else { break };
            sets.push(Set::new(events, source).map_err(too_large)?);
        }
        let correlator = match &detection.logic {
            Logic::Events(_) => None,
            Logic::Correlation(correlation) => Some(Correlator::new(correlation)),
            Logic::Raw(span) => {
                return Err(Diagnostic::new(Code::E0952, "nothing is said of what the detection finds")
                    .at(&detection.file, *span, "only queries")
                    .help("add `data_source` and `detection` to evaluate events"));
            }
        };
        let delay = detection.schedule.as_ref().and_then(|schedule| schedule.delay);
        Ok(Self { sets, correlator, summary: detection.summary.as_ref(), delay })
    }

    /// Whether one of the sets of events that the detection reads holds this event.
    pub fn matches(&self, event: &Event) -> bool {
        self.sets.iter().any(|set| set.holds(&set.view(event)))
    }

    /// The results over these events, all of one moment and of the first data source; as [`Evaluator::results_at`].
    pub fn results(&self, events: &[Event]) -> Vec<Row> {
        let Some(first) = self.sets.first() else { return Vec::new() };
        let source = first.source.id.as_str();
        let events: Vec<Seen> =
            events.iter().map(|event| Seen { time: Time::TEST_START, source, event }).collect();
        self.run(&events, None)
    }

    /// The results over these events: one row per combination of the summary's fields or, without a summary, one per
    /// event that is found. A run at `now` looks at events up to `now` less the schedule's delay; without `now`, at a
    /// time when nothing is left open.
    pub fn results_at(&self, events: &[Observation], now: Option<Time>) -> Vec<Row> {
        let events: Vec<Seen> = events.iter().map(Seen::of).collect();
        self.run(&events, now)
    }

    /// The last moment that a run at `now` looks at.
    fn end(&self, now: Option<Time>) -> Option<Time> {
        now.map(|now| self.delay.map_or(now, |delay| now.before(delay)))
    }

    fn run(&self, events: &[Seen], now: Option<Time>) -> Vec<Row> {
        let end = self.end(now);
        let events: Vec<(usize, Seen)> = events
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, seen)| end.is_none_or(|end| seen.time <= end))
            .collect();
        match &self.correlator {
            None => self.rows(self.found(0, &events).into_iter().map(|found| found.view)),
            Some(correlator) => {
                let found: Vec<_> = (0..self.sets.len()).map(|set| self.found(set, &events)).collect();
                match correlator.run(found, end) {
                    correlate::Found::Groups(rows) => rows,
                    correlate::Found::Events(views) => self.rows(views.into_iter()),
                }
            }
        }
    }

    /// The events of a set, in the order given.
    fn found<'e>(&'e self, set: usize, events: &[(usize, Seen<'e>)]) -> Vec<Moment<'e>> {
        let set = &self.sets[set];
        events
            .iter()
            .filter(|(_, seen)| seen.source == set.source.id)
            .map(|(number, seen)| Moment { number: *number, time: seen.time, view: set.view(seen.event) })
            .filter(|moment| set.holds(&moment.view))
            .collect()
    }

    fn rows<'e>(&self, views: impl Iterator<Item = View<'e>>) -> Vec<Row> {
        match self.summary {
            None => views.map(|view| Row { fields: view.fields(), count: 1 }).collect(),
            Some(summary) => {
                let mut groups = Groups::default();
                views.for_each(|view| groups.add(summary, &view));
                groups.into_rows(summary)
            }
        }
    }

    /// Why the detection finds this event or does not: the condition as a tree, each clause with its answer. Of several
    /// sets of events, the first.
    pub fn explain(&self, event: &Event) -> Explanation {
        let set = &self.sets[0];
        set.condition().explain(&set.view(event))
    }

    /// The sets of events that hold this event, by their place.
    fn sets_of<'e>(&'e self, seen: &'e Observation) -> impl Iterator<Item = usize> + 'e {
        let of_source = |set: &Set| *seen.data_source == *set.source.id;
        (0..self.sets.len()).filter(move |place| {
            let set = &self.sets[*place];
            of_source(set) && set.holds(&set.view(&seen.event))
        })
    }
}

/// An event with its time and data source.
#[derive(Clone, Copy)]
struct Seen<'e> {
    time: Time,
    source: &'e str,
    event: &'e Event,
}

impl<'e> Seen<'e> {
    fn of(observation: &'e Observation) -> Self {
        Self { time: observation.time, source: &observation.data_source, event: &observation.event }
    }
}

#[cfg(test)]
mod tests;
