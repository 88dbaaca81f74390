//! What a query found, held against what the detection means.
//!
//! In: the events, the results of the reference evaluator, those of a query, and the verdict of the compilation. Out: the
//! first difference. Which events are found is compared where the query says it; otherwise how many results there are,
//! and of how many events. Then what each result shows in the output fields that the query has a column for.
//!
//! A query that was narrowed by consent may find less, one that was widened more, and nothing else: see [`Slack`].

use super::mark::{mark, marked};
use super::result::Found;
use super::values::{Values, expected, said, shown};
use crate::catalogue::Catalogue;
use crate::evaluate::Evaluator;
use crate::ir::{Detection, Field, Logic, Observation, TestCase};
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
    /// The results: rows of the summary or, without one, in the order of `events`.
    pub results: Vec<Shown>,
    /// Whether the results are rows of a summary.
    pub is_summary: bool,
    /// The output fields of which the test says what they are.
    pub said: Vec<Field>,
}

/// What a result is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// Its output fields.
    pub values: Values,
    /// How many events it is made of.
    pub count: u64,
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
    /// A result shows something else.
    Values {
        /// The event that the result is, if it is one of its own.
        event: Option<usize>,
        /// The field.
        field: String,
        /// What the detection has.
        expected: Vec<String>,
        /// What the query has.
        found: Vec<String>,
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
    /// What the reference evaluator says of the events of a test.
    pub fn of(evaluator: &Evaluator, catalogue: &Catalogue, detection: &Detection, test: &TestCase) -> Self {
        let now = test.now;
        let marked_events = test.events.iter().enumerate().map(|(number, seen)| {
            let mut seen = seen.clone();
            mark(&mut seen.event, number);
            seen
        });
        let events: Vec<Observation> = marked_events.collect();
        let rows = evaluator.results_at(&events, now);
        let values = expected(detection, &rows).into_iter().zip(&rows);
        let results = values.map(|(values, row)| Shown { values, count: row.count }).collect();
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
        let is_summary = detection.summary.is_some();
        Self { events: found, results, is_summary, said: said(catalogue, detection, test) }
    }

    /// The first difference that the losses do not allow. `fields` are the output fields that are compared.
    pub fn difference(&self, found: &[Found], fields: &[&str], slack: Slack) -> Option<Difference> {
        let values: Vec<Values> = found.iter().map(|found| shown(&self.said, found)).collect();
        let results: Vec<Compared> = found
            .iter()
            .zip(&values)
            .map(|(found, values)| Compared {
                event: found.event,
                count: found.count,
                key: key(values, fields),
            })
            .collect();
        let numbers: Option<Vec<usize>> = results.iter().map(|result| result.event).collect();
        match (&self.events, numbers) {
            (Some(events), Some(numbers)) => {
                let differs = events_differ(events, numbers, slack);
                // Where a summary is left to whoever imports the query, no result shows what it says.
                let shows = || self.events_show(events, &results, fields);
                if self.is_summary { differs } else { differs.or_else(shows) }
            }
            (None, _) | (_, None) => self.results_differ(results, fields, slack),
        }
    }

    /// The first event that shows something else.
    fn events_show(&self, events: &[usize], results: &[Compared], fields: &[&str]) -> Option<Difference> {
        events.iter().zip(&self.results).find_map(|(event, expected)| {
            let found = results.iter().find(|result| result.event == Some(*event))?;
            values_differ(Some(*event), &key(&expected.values, fields), &found.key, fields)
        })
    }

    fn results_differ(&self, mut found: Vec<Compared>, fields: &[&str], slack: Slack) -> Option<Difference> {
        let (expected_results, found_results) = (self.results.len(), found.len());
        if (found_results < expected_results && !slack.less)
            || (found_results > expected_results && !slack.more)
        {
            return Some(Difference::Results { expected: expected_results, found: found_results });
        }
        if !slack.is_none() {
            return None;
        }
        let mut expected: Vec<Compared> = self
            .results
            .iter()
            .map(|result| Compared {
                event: None,
                count: Some(result.count),
                key: key(&result.values, fields),
            })
            .collect();
        let in_order = |one: &Compared, other: &Compared| {
            one.key.cmp(&other.key).then_with(|| other.count.cmp(&one.count))
        };
        expected.sort_by(in_order);
        found.sort_by(in_order);
        let mut pairs = expected.iter().zip(&found);
        if let Some(difference) =
            pairs.find_map(|(expected, found)| values_differ(None, &expected.key, &found.key, fields))
        {
            return Some(difference);
        }
        let counts = |results: &[Compared]| results.iter().map(|result| result.count).collect();
        let expected: Option<Vec<u64>> = counts(&expected);
        let found: Option<Vec<u64>> = counts(&found);
        let (expected, found) = expected.zip(found)?;
        (expected != found).then_some(Difference::Counts { expected, found })
    }
}

/// A result by what is compared.
struct Compared<'v> {
    event: Option<usize>,
    count: Option<u64>,
    /// The values of each field.
    key: Vec<&'v [String]>,
}

fn key<'v>(values: &'v Values, fields: &[&str]) -> Vec<&'v [String]> {
    fields.iter().map(|field| values.get(*field).map_or(&[][..], Vec::as_slice)).collect()
}

fn events_differ(expected: &[usize], mut numbers: Vec<usize>, slack: Slack) -> Option<Difference> {
    numbers.sort_unstable();
    let less = expected.iter().find(|event| !numbers.contains(event)).filter(|_| !slack.less);
    let more = numbers.iter().find(|event| !expected.contains(event)).filter(|_| !slack.more);
    let twice = numbers.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| &pair[0]);
    less.map(|event| Difference::Less(*event)).or(more.or(twice).map(|event| Difference::More(*event)))
}

fn values_differ(
    event: Option<usize>,
    expected: &[&[String]],
    found: &[&[String]],
    fields: &[&str],
) -> Option<Difference> {
    let place = (0..fields.len()).find(|place| expected[*place] != found[*place])?;
    Some(Difference::Values {
        event,
        field: fields[place].to_owned(),
        expected: expected[place].to_vec(),
        found: found[place].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{FieldKind, FieldType};

    const NONE: Slack = Slack { less: false, more: false };
    const NARROWED: Slack = Slack { less: true, more: false };

    fn found(event: Option<usize>, count: u64, user: &str) -> Found {
        let fields = [("user".to_owned(), vec![user.to_owned()])];
        Found { event, count: Some(count), fields: fields.into() }
    }

    fn expected(events: Option<Vec<usize>>, results: &[(u64, &str)]) -> Expected {
        let shown = |(count, user): &(u64, &str)| Shown {
            values: [("user".to_owned(), vec![(*user).to_owned()])].into(),
            count: *count,
        };
        let results = results.iter().map(shown).collect();
        let user =
            Field { name: "user".into(), kind: FieldKind::Common, field_type: FieldType::Text, many: false };
        Expected { events, results, is_summary: false, said: vec![user] }
    }

    #[test]
    fn events_are_compared_by_number() {
        let expected = expected(Some(vec![0, 2]), &[(1, "a"), (1, "b")]);
        let of = |events: &[usize]| -> Vec<Found> {
            events.iter().map(|event| found(Some(*event), 1, "")).collect()
        };
        let difference = |found: &[Found], slack| expected.difference(found, &[], slack);
        assert_eq!(difference(&of(&[2, 0]), NONE), None);
        assert_eq!(difference(&of(&[2]), NONE), Some(Difference::Less(0)));
        assert_eq!(difference(&of(&[0, 1, 2]), NONE), Some(Difference::More(1)));
        assert_eq!(difference(&of(&[0, 2, 2]), NONE), Some(Difference::More(2)));
        assert_eq!(difference(&of(&[2]), NARROWED), None);
        assert_eq!(difference(&of(&[1]), NARROWED), Some(Difference::More(1)));
        assert_eq!(difference(&of(&[0, 1, 2]), Slack { less: false, more: true }), None);
    }

    #[test]
    fn results_of_several_events_are_compared_by_their_numbers() {
        let expected = expected(None, &[(3, "a"), (1, "a")]);
        let difference = |counts: &[u64], slack| {
            let found: Vec<Found> = counts.iter().map(|count| found(None, *count, "a")).collect();
            expected.difference(&found, &["user"], slack)
        };
        assert_eq!(difference(&[1, 3], NONE), None);
        assert_eq!(
            difference(&[2, 2], NONE),
            Some(Difference::Counts { expected: vec![3, 1], found: vec![2, 2] })
        );
        assert_eq!(difference(&[4], NONE), Some(Difference::Results { expected: 2, found: 1 }));
        assert_eq!(difference(&[4], NARROWED), None);
    }

    /// As many results of as many events, but of others.
    #[test]
    fn each_result_is_compared_with_its_like() {
        let of = |results: &[(u64, &str)]| -> Vec<Found> {
            results.iter().map(|(count, user)| found(None, *count, user)).collect()
        };
        let expected = expected(None, &[(3, "a"), (1, "b")]);
        let difference = |results, fields: &[&str]| expected.difference(&of(results), fields, NONE);
        assert_eq!(difference(&[(1, "b"), (3, "a")], &["user"]), None);
        let counts = Difference::Counts { expected: vec![3, 1], found: vec![1, 3] };
        assert_eq!(difference(&[(1, "a"), (3, "b")], &["user"]), Some(counts));
        let values = Difference::Values {
            event: None,
            field: "user".to_owned(),
            expected: vec!["b".to_owned()],
            found: vec!["c".to_owned()],
        };
        assert_eq!(difference(&[(3, "a"), (1, "c")], &["user"]), Some(values));
        assert_eq!(difference(&[(3, "a"), (1, "c")], &[]), None);
    }

    #[test]
    fn an_event_shows_what_it_has() {
        let mut expected = expected(Some(vec![0, 2]), &[(1, "a"), (1, "b")]);
        let results = [found(Some(2), 1, "b"), found(Some(0), 1, "c")];
        let values = Difference::Values {
            event: Some(0),
            field: "user".to_owned(),
            expected: vec!["a".to_owned()],
            found: vec!["c".to_owned()],
        };
        assert_eq!(expected.difference(&results, &["user"], NONE), Some(values));
        // A rule of Sigma gives events where the detection sums them up.
        expected.is_summary = true;
        assert_eq!(expected.difference(&results, &["user"], NONE), None);
    }
}
