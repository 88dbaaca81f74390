//! What a detection means over the events of its tests.
//!
//! In: a detection. Out: what the reference evaluator says of each test, once for all targets. Must not know any target.

use std::sync::Arc;

use super::compare::Expected;
use crate::catalogue::{Catalogue, Source};
use crate::evaluate::Evaluator;
use crate::ir::Detection;

/// What each test of a detection finds, in their order, or why nobody can say it.
#[derive(Debug, Clone)]
pub struct Reference(Result<Vec<Expected>, String>);

impl Reference {
    /// Asks the reference evaluator.
    pub fn of(catalogue: &Catalogue, detection: &Detection) -> Self {
        let Some(sources) = catalogue.sources_of(&detection.logic) else {
            return Self(Err("its data source cannot be read".to_owned()));
        };
        let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
        let evaluator = Evaluator::over(detection, &sources).map_err(|problem| problem.message);
        Self(evaluator.map(|evaluator| {
            let expected = |test| Expected::of(&evaluator, catalogue, detection, test);
            detection.tests.iter().map(expected).collect()
        }))
    }

    /// One answer a test, or the reason that there is none.
    pub(super) fn expected(&self) -> Result<&[Expected], &str> {
        self.0.as_deref().map_err(String::as_str)
    }
}
