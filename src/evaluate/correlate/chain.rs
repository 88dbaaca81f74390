//! Chains of steps.

use super::group::Part;
use super::{Moment, Stages};
use crate::ir::{Duration, Link, Step, Time};

/// For each event of the last step's stage, whether it ends a chain.
pub(super) fn ends(steps: &[Step], window: Duration, stages: &Stages) -> Vec<bool> {
    chains(steps, window, stages).iter().map(Option::is_some).collect()
}

/// For each event of the last step's stage, a chain that it ends: its events, that of the last step first.
pub(super) fn chains<'s, 'e>(
    steps: &[Step],
    window: Duration,
    stages: &'s Stages<'e>,
) -> Vec<Option<Vec<&'s Moment<'e>>>> {
    let Some(last) = steps.last() else { return Vec::new() };
    let search = Search { steps, window, stages };
    stages[last.stage]
        .iter()
        .map(|event| {
            let mut chosen = vec![event];
            search.reaches_back(steps.len() - 1, event, &mut chosen).then_some(chosen)
        })
        .collect()
}

struct Search<'q, 's, 'e> {
    steps: &'q [Step],
    window: Duration,
    stages: &'s Stages<'e>,
}

impl<'s, 'e> Search<'_, 's, 'e> {
    /// Whether the events chosen so far, the last step first, can be completed to a chain. `event` is that of `step`.
    fn reaches_back(&self, step: usize, event: &'s Moment<'e>, chosen: &mut Vec<&'s Moment<'e>>) -> bool {
        let Some(before) = step.checked_sub(1) else {
            return self.holds(chosen);
        };
        let deadline = self.steps[step].within;
        for earlier in &self.stages[self.steps[before].stage] {
            let in_time = earlier.time <= event.time
                && deadline.is_none_or(|within| event.time.is_within(within, earlier.time));
            if in_time {
                chosen.push(earlier);
                if self.reaches_back(before, earlier, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }

    /// Whether a whole chain, the last step first, lies within the window and is tied together.
    fn holds(&self, chosen: &[&Moment]) -> bool {
        let event_of = |step: usize| chosen[chosen.len() - 1 - step];
        let (Some(first), Some(last)) = (chosen.last(), chosen.first()) else { return false };
        let Some(start) = self.start(&self.steps[0], first.time) else { return false };
        last.time.is_within(self.window, start)
            && self.steps.iter().enumerate().all(|(place, step)| {
                step.link.as_ref().is_none_or(|link| self.tied(link, event_of(place), &event_of))
            })
    }

    /// When a first step that is taken at `time` began: the time of the latest event by which there are enough.
    fn start(&self, step: &Step, time: Time) -> Option<Time> {
        let mut times: Vec<Time> =
            self.stages[step.stage].iter().map(|event| event.time).filter(|other| *other <= time).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(step.at_least as usize - 1).copied()
    }

    fn tied<'c>(
        &self,
        link: &Link,
        event: &'c Moment<'c>,
        event_of: &impl Fn(usize) -> &'c Moment<'c>,
    ) -> bool {
        match link {
            Link::All(members) => members.iter().all(|member| self.tied(member, event, event_of)),
            Link::Any(members) => members.iter().any(|member| self.tied(member, event, event_of)),
            Link::Equal { field, step, other, span: _ } => {
                let left = Part::of(field, &event.view);
                left.is_some() && left == Part::of(other, &event_of(*step).view)
            }
            Link::Constant { step, field, text, span: _ } => {
                Part::of(field, &event_of(*step).view) == Some(Part::text(text))
            }
            Link::Seen { stage, equal, span: _ } => self.stages[*stage].iter().any(|other| {
                other.time <= event.time
                    && equal.iter().all(|(field, theirs)| {
                        let left = Part::of(field, &event.view);
                        left.is_some() && left == Part::of(theirs, &other.view)
                    })
            }),
        }
    }
}
