//! Tests whose events are given as a product has them.
//!
//! In: a detection, its query for one profile, and such a test. Out: what is wrong. There is no reference here: the query
//! must find what the test says.

use super::prove::Prover;
use super::result::Stop;
use super::runner::{Query, Rows};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::RecordedTest;

/// What came of a test.
pub(super) enum Recorded {
    /// The target cannot have such events; the test is for other profiles of it.
    Elsewhere,
    /// Nothing, or what is wrong.
    Run(Option<Diagnostic>),
}

impl Prover<'_> {
    /// Whether a test is for this profile: it names it, or its target.
    pub(super) fn concerns(&self, test: &RecordedTest) -> bool {
        let profile = self.runner.profile();
        test.target.value == profile.id || test.target.value == profile.target()
    }

    /// Runs the query over the events of a test.
    pub(super) fn recorded(&self, query: &Query, test: &RecordedTest) -> Recorded {
        let rows = match self.runner.recorded(self.detection, &test.records.value, test.now) {
            Ok(Some(rows)) => rows,
            Ok(None) if test.target.value == self.runner.profile().id => {
                let what = "no event of a product can be shown there: its rows are made by others";
                return Recorded::Run(Some(self.wrong(Code::E1202, test, what)));
            }
            Ok(None) => return Recorded::Elsewhere,
            Err(reason) => {
                let finding = self.wrong(Code::E1202, test, &reason);
                return Recorded::Run(Some(finding.help("docs/tests.md shows the form of each target")));
            }
        };
        Recorded::Run(self.difference(query, &rows, test))
    }

    fn difference(&self, query: &Query, rows: &Rows, test: &RecordedTest) -> Option<Diagnostic> {
        let found = match self.runner.run(query, rows) {
            Ok(found) => found,
            Err(stop @ Stop::Differs(_)) => return Some(self.wrong(Code::E1201, test, &stop.to_string())),
            Err(stop) => return Some(self.wrong(Code::E1203, test, &stop.to_string())),
        };
        let numbers: Option<Vec<usize>> = found.iter().map(|found| found.event).collect();
        if let (Some(which), Some(numbers)) = (&test.which, numbers) {
            let missed = which.value.iter().find(|event| !numbers.contains(event));
            let more = numbers.iter().find(|event| !which.value.contains(event));
            let what = match (missed, more) {
                (Some(event), _) => format!("it misses event {}", event + 1),
                (None, Some(event)) => format!("it finds event {}", event + 1),
                (None, None) => String::new(),
            };
            if !what.is_empty() {
                return Some(self.wrong(Code::E1201, test, &what).at(&self.detection.file, which.span, ""));
            }
        }
        let expected = test.matches.value as usize;
        (found.len() != expected).then(|| {
            let what = format!("the number of its results is {}, the test expects {expected}", found.len());
            self.wrong(Code::E1201, test, &what).at(&self.detection.file, test.matches.span, "")
        })
    }

    fn wrong(&self, code: Code, test: &RecordedTest, what: &str) -> Diagnostic {
        self.finding(code, &test.name, what).at(&self.detection.file, test.target.span, "its events")
    }
}
