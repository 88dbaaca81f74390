//! Mutation: whether the tests of a detection would notice a mistake in its query.
//!
//! In: a detection with its tests, and what it was compiled to for one profile. Out: the mutants over which every test
//! comes out the same, each with its explanation if it has one. Must not know how a query is changed, nor how it is run.
//!
//! A mutant is noticed when, over the events of one test, it finds something else than the query: another number of
//! results, other events, other values in the columns that the detection relies on; or when it cannot be answered any more.

mod explained;
mod facts;

use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, ExplainedMutant};
use crate::mutants::{Change, Facts, Language, mutants};
use crate::proof::{Found, Rows, Runner, Stop};
use crate::source::SourceFile;
use crate::targets::{Compiled, Profile};

pub use explained::{check_explanations, covers};
pub use facts::facts;

/// What became of the mutants of one query.
#[derive(Debug)]
pub struct Outcome {
    /// The profile.
    pub profile: &'static Profile,
    /// How many mutants there are.
    pub mutants: usize,
    /// Those that no test noticed, in the order of their places.
    pub survivors: Vec<Survivor>,
    /// The query, as a file to point into.
    pub query: Arc<SourceFile>,
}

/// A mutant that no test noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// What was changed.
    pub change: Change,
    /// Why no test can notice it, where the author said so.
    pub reason: Option<String>,
}

/// Runs the tests of a detection over every mutant of its query.
///
/// `general` are explanations that hold for every detection. Of a detection without tests every mutant survives.
///
/// # Errors
/// Why the query itself, or the rows of a test, cannot be had.
pub fn examine(
    detection: &Detection,
    compiled: &Compiled,
    runner: &Runner,
    facts: &Facts,
    general: &[ExplainedMutant],
) -> Result<Outcome, Stop> {
    let profile = runner.profile();
    let tests = Bench::new(detection, compiled, runner)?;
    let changes = mutants(language(profile), &compiled.text, facts);
    let judged: Vec<(Change, Fate)> = changes
        .into_par_iter()
        .map(|change| {
            let fate = tests.fate(&change.apply(&compiled.text));
            (change, fate)
        })
        .collect();
    let living = judged.iter().filter(|(_, fate)| *fate != Fate::Stillborn).count();
    let survivors = judged.into_iter().filter(|(_, fate)| *fate == Fate::Survived).map(|(change, _)| {
        let known = detection.mutants.iter().chain(general);
        let mut known = known.filter(|explained| covers(explained, profile, &change, &compiled.text));
        Survivor { reason: known.next().map(|explained| explained.reason.clone()), change }
    });
    let survivors = survivors.collect();
    let name = format!("{}: {}", detection.file.name(), profile.id);
    let query = SourceFile::new(name, compiled.text.as_str());
    Ok(Outcome { profile, mutants: living, survivors, query })
}

/// The language of a profile's queries.
pub fn language(profile: &Profile) -> Language {
    match profile.target() {
        "splunk" => Language::Spl,
        "kusto" => Language::Kql,
        _ => Language::Sigma,
    }
}

impl Outcome {
    /// One finding (`E1222`) a survivor without an explanation.
    pub fn findings<'a>(&'a self, detection: &'a Detection) -> impl Iterator<Item = Diagnostic> + 'a {
        self.survivors.iter().filter(|survivor| survivor.reason.is_none()).map(
            |Survivor { change, .. }| {
                let what = change.describe(self.query.text());
                let name = &detection.metadata.name.value;
                let message = format!("no test of `{name}` notices its query for {} {what}", self.profile.id);
                Diagnostic::new(Code::E1222, message)
                    .at(&self.query, change.span, change.kind.name())
                    .at(&detection.file, detection.metadata.name.span, "")
                    .help(format!("add {}", change.kind.needed()))
            },
        )
    }
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is no query any more.
    Stillborn,
    /// A test comes out differently.
    Noticed,
    /// Every test comes out the same.
    Survived,
}

/// The tests of a detection, with what the query itself finds.
struct Bench<'a> {
    detection: &'a Detection,
    compiled: &'a Compiled,
    runner: &'a Runner,
    tests: Vec<(Rows, Vec<Found>)>,
}

impl<'a> Bench<'a> {
    fn new(detection: &'a Detection, compiled: &'a Compiled, runner: &'a Runner) -> Result<Self, Stop> {
        let query = runner.query(detection, compiled)?;
        let mut tests = Vec::with_capacity(detection.tests.len());
        for test in &detection.tests {
            let rows = runner.rows(detection, &test.events, test.now).map_err(|problems| {
                let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
                Stop::Fails(messages.join("; "))
            })?;
            let found = sorted(runner.run(&query, &rows)?);
            tests.push((rows, found));
        }
        Ok(Self { detection, compiled, runner, tests })
    }

    fn fate(&self, text: &str) -> Fate {
        let Ok(query) = self.runner.query_of(self.detection, self.compiled, text) else {
            return Fate::Stillborn;
        };
        let noticed = self.tests.iter().any(|(rows, expected)| match self.runner.run(&query, rows) {
            Ok(found) => sorted(found) != *expected,
            Err(_) => true,
        });
        if noticed { Fate::Noticed } else { Fate::Survived }
    }
}

/// Results in an order of their own: that of a query is not promised.
fn sorted(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|one, other| {
        (one.event, one.count, &one.fields).cmp(&(other.event, other.count, &other.fields))
    });
    found
}
