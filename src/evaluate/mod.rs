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
//! What is not defined here, since events have no neutral field for it: the time of an event, and with it the first and
//! last time of a summary's row.

mod derive;
mod explain;
mod matching;
mod predicate;
mod report;
mod summary;
mod value;
mod view;

pub use explain::{Clause, Explanation};
pub use report::{TestReport, check_tests};
pub use summary::{Row, UNKNOWN};

use crate::catalogue::Source;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Event, Logic, Summary};
use derive::Step;
use predicate::{Test, TooLarge};
use summary::Groups;
use view::View;

/// A detection, ready to be run over events: regular expressions are compiled once.
pub struct Evaluator<'a> {
    source: &'a Source,
    derived: Vec<Step<'a>>,
    condition: Test<'a>,
    summary: Option<&'a Summary>,
}

impl<'a> Evaluator<'a> {
    /// Prepares a detection. `source` is its data source in the catalogue.
    ///
    /// The only error is `E0402`, for a regular expression that is valid but too large to be compiled.
    pub fn new(detection: &'a Detection, source: &'a Source) -> Result<Self, Diagnostic> {
        let too_large = |problem: TooLarge| {
            Diagnostic::new(Code::E0402, "the regular expression is too large to be compiled")
                .at(&detection.file, problem.span, "")
                .help("use shorter repetitions, or fewer of them inside one another")
        };
        match &detection.logic {
            Logic::Events { data_source: _, derived, condition } => Ok(Self {
                source,
                derived: derived.iter().map(Step::new).collect::<Result<_, _>>().map_err(too_large)?,
                condition: Test::new(condition).map_err(too_large)?,
                summary: detection.summary.as_ref(),
            }),
        }
    }

    /// Whether the detection finds this event.
    pub fn matches(&self, event: &Event) -> bool {
        self.condition.holds(&self.view(event))
    }

    /// The results over these events: one row per combination of the summary's fields or, without a summary, one per
    /// matching event.
    pub fn results(&self, events: &[Event]) -> Vec<Row> {
        let views = events.iter().map(|event| self.view(event)).filter(|view| self.condition.holds(view));
        match self.summary {
            None => views.map(|view| Row { fields: view.fields(), count: 1 }).collect(),
            Some(summary) => {
                let mut groups = Groups::default();
                views.for_each(|view| groups.add(summary, &view));
                groups.into_rows(summary)
            }
        }
    }

    /// Why the detection finds this event or does not: the condition as a tree, each clause with its answer.
    pub fn explain(&self, event: &Event) -> Explanation {
        self.condition.explain(&self.view(event))
    }

    fn view<'e>(&'e self, event: &'e Event) -> View<'e> {
        let mut view = View::new(event, self.source);
        self.derived.iter().for_each(|step| step.run(&mut view));
        view
    }
}

#[cfg(test)]
mod tests;
