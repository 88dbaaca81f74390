//! What a query found, held against what the detection means.
//!
//! In: the events, the results of the reference evaluator, those of a query, and the verdict of the compilation. Out: the
//! first difference. Which events are found is compared where the query says it; otherwise how many results there are,
//! of how many events, and the fields that name them.
//!
//! A query that was narrowed by consent may find less, one that was widened more, and nothing else: see [`Slack`].

use super::mark::{mark, marked};
use super::result::Found;
use crate::evaluate::Evaluator;
use crate::ir::{Detection, Logic, Observation, Time};
use crate::targets::{AcceptedLoss, Verdict};

/// In which direction a query may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slack {
    /// The author consented to a query that finds less.
    pub less: bool,
    /// The author consented to a query that finds more.
    pub more: bool,
}

/// What the detection means over some events.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The events that are results of their own, counted from 0; nothing where results are made of several.
    pub events: Option<Vec<usize>>,
    /// How many events are in each result, the largest first.
    pub counts: Vec<u64>,
}

/// How a query differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It finds an event that it should not.
    More(usize),
    /// It misses an event.
    Less(usize),
    /// It has another number of results.
    Results {
        /// What the detection has.
        expected: usize,
        /// What the query has.
        found: usize,
    },
    /// Its results are made of other numbers of events.
    Counts {
        /// What the detection has.
        expected: Vec<u64>,
        /// What the query has.
        found: Vec<u64>,
    },
}

impl Slack {
    /// What the losses of a compilation allow.
    pub fn of(losses: &[AcceptedLoss]) -> Self {
        let any = |verdict| losses.iter().any(|loss| loss.verdict == verdict);
        Self { less: any(Verdict::Narrowed), more: any(Verdict::Widened) }
    }

    fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Expected {
    /// What the reference evaluator says of these events at `now`, or when nothing is left open.
    pub fn of(
        evaluator: &Evaluator,
        detection: &Detection,
        events: &[Observation],
        now: Option<Time>,
    ) -> Self {
        let marked_events = events.iter().enumerate().map(|(number, seen)| {
            let mut seen = seen.clone();
            mark(&mut seen.event, number);
            seen
        });
        let events: Vec<Observation> = marked_events.collect();
        let rows = evaluator.results_at(&events, now);
        let mut counts: Vec<u64> = rows.iter().map(|row| row.count).collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let own: Option<Vec<usize>> = rows.iter().map(|row| marked(&row.fields)).collect();
        let found = match &detection.logic {
            Logic::Events(_) => {
                let delay = detection.schedule.as_ref().and_then(|schedule| schedule.delay);
                let end = now.map(|now| delay.map_or(now, |delay| now.before(delay)));
                let seen = |place: &usize| {
                    let seen = &events[*place];
                    end.is_none_or(|end| seen.time <= end) && evaluator.matches(&seen.event)
                };
                Some((0..events.len()).filter(seen).collect())
            }
            Logic::Correlation(_) | Logic::Raw(_) => own,
        };
        Self { events: found, counts }
    }

    /// The first difference that the losses do not allow.
    pub fn difference(&self, found: &[Found], slack: Slack) -> Option<Difference> {
        let numbers: Option<Vec<usize>> = found.iter().map(|found| found.event).collect();
        if let (Some(expected), Some(mut numbers)) = (&self.events, numbers) {
            numbers.sort_unstable();
            let less = expected.iter().find(|event| !numbers.contains(event)).filter(|_| !slack.less);
            let more = numbers.iter().find(|event| !expected.contains(event)).filter(|_| !slack.more);
            let twice = numbers.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| &pair[0]);
            return less
                .map(|event| Difference::Less(*event))
                .or(more.or(twice).map(|event| Difference::More(*event)));
        }
        let (expected, found_results) = (self.counts.len(), found.len());
        if (found_results < expected && !slack.less) || (found_results > expected && !slack.more) {
            return Some(Difference::Results { expected, found: found_results });
        }
        let mut counts = found.iter().map(|found| found.count).collect::<Option<Vec<u64>>>()?;
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let differs = counts != self.counts && slack.is_none();
        differs.then(|| Difference::Counts { expected: self.counts.clone(), found: counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(event: Option<usize>, count: u64) -> Found {
        Found { event, count: Some(count), fields: Default::default() }
    }

    #[test]
    fn events_are_compared_by_number() {
        let expected = Expected { events: Some(vec![0, 2]), counts: vec![1, 1] };
        let of = |events: &[usize]| events.iter().map(|event| found(Some(*event), 1)).collect::<Vec<_>>();
        let none = Slack::default();
        assert_eq!(expected.difference(&of(&[2, 0]), none), None);
        assert_eq!(expected.difference(&of(&[2]), none), Some(Difference::Less(0)));
        assert_eq!(expected.difference(&of(&[0, 1, 2]), none), Some(Difference::More(1)));
        assert_eq!(expected.difference(&of(&[0, 2, 2]), none), Some(Difference::More(2)));
        let narrowed = Slack { less: true, more: false };
        assert_eq!(expected.difference(&of(&[2]), narrowed), None);
        assert_eq!(expected.difference(&of(&[1]), narrowed), Some(Difference::More(1)));
        assert_eq!(expected.difference(&of(&[0, 1, 2]), Slack { less: false, more: true }), None);
    }

    #[test]
    fn results_of_several_events_are_compared_by_their_numbers() {
        let expected = Expected { events: None, counts: vec![3, 1] };
        let none = Slack::default();
        assert_eq!(expected.difference(&[found(None, 1), found(None, 3)], none), None);
        assert_eq!(
            expected.difference(&[found(None, 2), found(None, 2)], none),
            Some(Difference::Counts { expected: vec![3, 1], found: vec![2, 2] })
        );
        assert_eq!(
            expected.difference(&[found(None, 4)], none),
            Some(Difference::Results { expected: 2, found: 1 })
        );
        assert_eq!(expected.difference(&[found(None, 4)], Slack { less: true, more: false }), None);
    }
}
