//! The tests of a detection, run in one target.
//!
//! In: a detection, what it was compiled to, and a runner. Out: a finding for each test in which the emitted text does not
//! find what the detection means. Which clause differs is found by compiling each clause alone.

use super::compare::{Difference, Expected, Slack};
use super::recorded::Recorded;
use super::reference::Reference;
use super::result::{Found, Stop};
use super::rows::Uncarried;
use super::runner::{Rows, Runner};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::evaluate::Evaluator;
use crate::ir::{Detection, EventSet, Logic, Observation, Predicate, TestCase};
use crate::source::{Span, Spanned};
use crate::targets::{Compiled, Options, Target, Verdict};

/// What the tests of a detection say of one target.
#[derive(Debug)]
pub enum Proven {
    /// The name of each test that was run, in order, with nothing or what is wrong.
    Run(Vec<(String, Option<Diagnostic>)>),
    /// Why no test was run: the query is written by hand, and outside of what detc runs, or there is no reference to hold
    /// it against, which is reported where the detection is read.
    NotRun(String),
}

/// Runs every test of a detection over what it was compiled to. The findings are `E1201` where the target finds something
/// else, `E1202` where an event cannot stand in the target, and `E1203` where the query cannot be run.
pub fn prove(
    runner: &Runner,
    target: &dyn Target,
    catalogue: &Catalogue,
    detection: &Detection,
    reference: &Reference,
    compiled: &Compiled,
) -> Proven {
    let about = Prover { runner, target, catalogue, detection };
    let query = match runner.query(detection, compiled) {
        Ok(query) => query,
        Err(stop) if compiled.verdict == Verdict::Raw => return Proven::NotRun(stop.to_string()),
        Err(stop) => {
            let findings = detection
                .tests
                .iter()
                .map(|test| (test.name.value.clone(), Some(about.stopped(test, &stop))));
            return Proven::Run(findings.collect());
        }
    };
    let expected = match reference.expected() {
        Ok(expected) => expected,
        Err(reason) => return Proven::NotRun(reason.to_owned()),
    };
    let run = |(test, expected): (&TestCase, &Expected)| -> Option<Diagnostic> {
        let rows = match runner.rows(detection, &test.events, test.now) {
            Ok(rows) => rows,
            Err(findings) => return findings.into_iter().next(),
        };
        let lost: Vec<&Uncarried> = rows.uncarried().iter().filter(|lost| lost.decides).collect();
        if !lost.is_empty() {
            return Some(about.uncarried(test, &lost));
        }
        match runner.run_each(&query, &rows) {
            Err(stop) => Some(about.stopped(test, &stop)),
            Ok(ways) => {
                let slack = Slack::of(&compiled.losses);
                let fields = about.compared(test, expected, compiled, &rows);
                let difference = ways.iter().find_map(|found| expected.difference(found, &fields, slack))?;
                Some(about.differs(test, expected, &difference))
            }
        }
    };
    let mut all: Vec<(String, Option<Diagnostic>)> = detection
        .tests
        .iter()
        .zip(expected)
        .map(|(test, expected)| (test.name.value.clone(), run((test, expected))))
        .collect();
    for test in detection.recorded.iter().filter(|test| about.concerns(test)) {
        if let Recorded::Run(finding) = about.recorded(&query, test) {
            all.push((test.name.value.clone(), finding));
        }
    }
    Proven::Run(all)
}

/// A detection in one profile.
pub(super) struct Prover<'a> {
    pub(super) runner: &'a Runner,
    target: &'a dyn Target,
    catalogue: &'a Catalogue,
    pub(super) detection: &'a Detection,
}

impl Prover<'_> {
    /// A finding about the test of this name.
    pub(super) fn finding(&self, code: Code, test: &Spanned<String>, what: &str) -> Diagnostic {
        let message = format!("{}: test `{}`: {what}", self.runner.profile().id, test.value);
        Diagnostic::new(code, message).at(&self.detection.file, test.span, "")
    }

    /// The output fields that are compared: those that the query shows, of which the test says what they are. One that the
    /// target spells otherwise is left out, and so is one that the rows could not be given, unless the test is about it.
    fn compared<'c>(
        &self,
        test: &TestCase,
        expected: &Expected,
        compiled: &'c Compiled,
        rows: &Rows,
    ) -> Vec<&'c str> {
        let lost = |field: &str| rows.uncarried().iter().any(|lost| lost.field == field);
        let asked = |field: &str| test.with.iter().any(|(with, _)| *with.value.name == *field);
        let shown = compiled.columns.iter().map(|(field, _)| field.as_str());
        shown
            .filter(|field| {
                expected.said.iter().any(|said| *said.name == **field) && !rows.is_respelled(field)
            })
            .filter(|field| asked(field) || !lost(field))
            .collect()
    }

    fn stopped(&self, test: &TestCase, stop: &Stop) -> Diagnostic {
        match stop {
            Stop::Differs(_) => self.finding(Code::E1201, &test.name, &stop.to_string()),
            Stop::Unreadable(_)
            | Stop::Undetermined(_)
            | Stop::Outside(_)
            | Stop::Fails(_)
            | Stop::Limit(_) => self.finding(Code::E1203, &test.name, &stop.to_string()),
        }
    }

    fn uncarried(&self, test: &TestCase, lost: &[&Uncarried]) -> Diagnostic {
        let mut finding = self.finding(Code::E1202, &test.name, "its events cannot stand there as they are");
        for lost in lost.iter().take(3) {
            let field = if lost.field.is_empty() { String::new() } else { format!("`{}`: ", lost.field) };
            finding = finding.note(format!("event {}: {field}{}", lost.event + 1, lost.reason));
        }
        finding.help("give the event as the product records it")
    }

    fn differs(&self, test: &TestCase, expected: &Expected, difference: &Difference) -> Diagnostic {
        let what = match difference {
            Difference::More(event) => format!("it finds event {}, the detection does not", event + 1),
            Difference::Less(event) => format!("it misses event {}, the detection finds it", event + 1),
            Difference::Results { expected, found } => {
                format!("it has {}, the detection {expected}", plural(*found, "result"))
            }
            Difference::Counts { expected, found } => {
                format!("its results are of {found:?} events, those of the detection of {expected:?}")
            }
            Difference::Values { event, field, expected, found } => {
                let whose = event.map_or("a result".to_owned(), |event| format!("event {}", event + 1));
                format!("{whose} shows {} as `{field}`, the detection {}", listed(found), listed(expected))
            }
        };
        let finding = self.finding(Code::E1201, &test.name, &what);
        match test.events.iter().enumerate().find_map(|(number, seen)| self.clause(number, seen)) {
            Some((span, word)) => finding.at(&self.detection.file, span, word),
            None => finding
                .note("every clause is the same in both: they differ in what is made of the events")
                .maybe_help(self.left_open(expected)),
        }
    }

    /// What a test should say for its results to be told apart as they are in a target.
    fn left_open(&self, expected: &Expected) -> Option<String> {
        let by = self.detection.summary.iter().flat_map(|summary| &summary.by);
        let open = by.filter(|field| !expected.said.contains(&field.value));
        let open: Vec<String> = open.map(|field| format!("`{}`", field.value.name)).collect();
        (!open.is_empty()).then(|| {
            format!("results are told apart by {}: give it in every event, be it as null", open.join(" and "))
        })
    }

    /// The first clause that holds in one and not in the other, with words for it.
    fn clause(&self, number: usize, seen: &Observation) -> Option<(Span, String)> {
        let sets = self.detection.logic.event_sets().filter(|set| set.data_source.value == *seen.data_source);
        for set in sets {
            let mut clauses = Vec::new();
            leaves(&set.condition, &mut clauses);
            // Also clauses that are the same alone can differ together.
            for (predicate, span) in clauses {
                let single = EventSet { condition: predicate.clone(), selections: Vec::new(), ..set.clone() };
                if let Some((here, there)) = self.both(single, seen).filter(|(here, there)| here != there) {
                    let id = self.runner.profile().id;
                    return Some((
                        span,
                        format!("event {}: {here} in the detection, {there} in {id}", number + 1),
                    ));
                }
            }
        }
        None
    }

    /// Whether an event is in a set: by the reference evaluator, and by the target.
    fn both(&self, set: EventSet, seen: &Observation) -> Option<(bool, bool)> {
        let mut single = self.detection.clone();
        single.logic = Logic::Events(set);
        single.summary = None;
        single.raw.clear();
        let sources = self.catalogue.sources_of(&single.logic)?;
        let evaluator = Evaluator::new(&single, sources.first()?).ok()?;
        let compiled = self.target.compile(&single, Options::default()).ok()?;
        let query = self.runner.query(&single, &compiled).ok()?;
        let rows = self.runner.rows(&single, std::slice::from_ref(seen), None).ok()?;
        let found: Vec<Found> = self.runner.run(&query, &rows).ok()?;
        Some((evaluator.matches(&seen.event), !found.is_empty()))
    }
}

/// The tests of a condition, each with its place.
fn leaves<'p>(predicate: &'p Predicate, found: &mut Vec<(&'p Predicate, Span)>) {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => {
            members.iter().for_each(|member| leaves(member, found));
        }
        Predicate::Not(inner) => leaves(inner, found),
        Predicate::Field(test) => found.push((predicate, test.span)),
        Predicate::Keyword(keyword) => found.push((predicate, keyword.span)),
    }
}

/// Values in words.
fn listed(values: &[String]) -> String {
    if values.is_empty() { "nothing".to_owned() } else { format!("`{}`", values.join("`, `")) }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
