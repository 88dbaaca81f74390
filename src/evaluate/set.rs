//! A set of events, ready to be asked.

use super::derive::Step;
use super::predicate::{Test, TooLarge};
use super::view::View;
use crate::catalogue::Source;
use crate::ir::{Event, EventSet};

/// An [`EventSet`] whose regular expressions are compiled.
pub(super) struct Set<'a> {
    pub(super) source: &'a Source,
    derived: Vec<Step<'a>>,
    condition: Test<'a>,
}

impl<'a> Set<'a> {
    pub(super) fn new(events: &'a EventSet, source: &'a Source) -> Result<Self, TooLarge> {
        Ok(Self {
            source,
            derived: events.derived.iter().map(Step::new).collect::<Result<_, _>>()?,
            condition: Test::new(&events.condition)?,
        })
    }

    /// The event with the set's derived fields.
    pub(super) fn view<'e>(&'e self, event: &'e Event) -> View<'e> {
        let mut view = View::new(event, self.source);
        self.derived.iter().for_each(|step| step.run(&mut view));
        view
    }

    /// Whether the event belongs to the set.
    pub(super) fn holds(&self, view: &View) -> bool {
        self.condition.holds(view)
    }

    /// The condition itself.
    pub(super) fn condition(&self) -> &Test<'a> {
        &self.condition
    }
}
