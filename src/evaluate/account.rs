//! What a detection makes of events: which clauses hold for each of them, and what they show together.
//!
//! It repeats no meaning: every answer comes from what [`Evaluator::results_at`] asks as well.

use super::correlate::{Correlator, GroupAccount};
use super::explain::Explanation;
use super::{Evaluator, Row, Seen};
use crate::ir::{Observation, Time};

/// What a detection makes of events.
#[derive(Debug)]
pub struct Account {
    /// One an event, in the order given.
    pub events: Vec<EventAccount>,
    /// What the events of each group show together; nothing where a detection is about single events.
    pub groups: Option<Vec<GroupAccount>>,
    /// The results, those of [`Evaluator::results_at`].
    pub results: Vec<Row>,
}

/// What a detection makes of one event.
#[derive(Debug)]
pub struct EventAccount {
    /// The run ends before the event, so that it plays no part.
    pub too_late: bool,
    /// One a set of events of the detection that is of the event's data source.
    pub sets: Vec<SetAccount>,
}

/// What a set of events makes of one event.
#[derive(Debug)]
pub struct SetAccount {
    /// The set, by its place.
    pub set: usize,
    /// Why the event is in it, or is not.
    pub explanation: Explanation,
    /// The fields of the group that it has no value in, and for which the correlation leaves it out.
    pub lacking: Vec<String>,
}

impl Evaluator<'_> {
    /// Accounts for the results over these events. `now` is as in [`Evaluator::results_at`].
    pub fn account(&self, events: &[Observation], now: Option<Time>) -> Account {
        let end = self.end(now);
        let too_late = |seen: &Observation| end.is_some_and(|end| seen.time > end);
        let accounts = events
            .iter()
            .map(|seen| EventAccount { too_late: too_late(seen), sets: self.sets_account(seen) })
            .collect();
        let groups = self.correlator.as_ref().map(|correlator| {
            let read: Vec<(usize, Seen)> = events
                .iter()
                .enumerate()
                .filter(|(_, seen)| !too_late(seen))
                .map(|(number, seen)| (number, Seen::of(seen)))
                .collect();
            let found = (0..self.sets.len()).map(|set| self.found(set, &read)).collect();
            correlator.account(found, end)
        });
        Account { events: accounts, groups, results: self.results_at(events, now) }
    }

    fn sets_account(&self, seen: &Observation) -> Vec<SetAccount> {
        let of_source = self.sets.iter().enumerate().filter(|(_, set)| *seen.data_source == *set.source.id);
        of_source
            .map(|(place, set)| {
                let view = set.view(&seen.event);
                let lacking =
                    self.correlator.as_ref().map(|correlator: &Correlator| correlator.lacking(place, &view));
                SetAccount {
                    set: place,
                    explanation: set.condition().explain(&view),
                    lacking: lacking.unwrap_or_default(),
                }
            })
            .collect()
    }
}
