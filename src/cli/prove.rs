//! `detc test` in every target: a table of detections and targets.
//!
//! In: the detections of a run and the targets. Out: what came of each pair, as findings, as a table for people and as facts
//! for machines. Must not know how a query is run.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::project::plural;
use super::verdicts::Cell;
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir::Detection;
use crate::proof::{Proven, Reference, Runner, prove};
use crate::targets::{Options, Profile, Target, target};

/// What came of one detection in every target.
pub(super) struct Row {
    file: String,
    detection: String,
    slug: String,
    /// One a profile, in their order.
    pub(super) cells: Vec<Proof>,
}

/// What came of one detection in one target.
pub(super) struct Proof {
    profile: &'static Profile,
    /// What came of the compilation.
    cell: Cell,
    /// The tests in their order, each with the finding if the target differs; none where nothing was run.
    pub(super) tests: Vec<(String, Option<Diagnostic>)>,
    /// Why nothing was run.
    not_run: Option<String>,
}

impl Row {
    /// The file of the detection.
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

impl Proof {
    /// The profile.
    pub(super) fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// What is wrong.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        let refusals = match &self.cell {
            Cell::Failed(findings) => findings.as_slice(),
            Cell::Compiled(_) | Cell::Refused(_) => &[],
        };
        refusals.iter().chain(self.tests.iter().filter_map(|(_, finding)| finding.as_ref()))
    }

    /// Why the target says nothing.
    fn refusal(&self) -> Option<String> {
        match &self.cell {
            Cell::Compiled(_) => self.not_run.clone(),
            Cell::Refused(findings) | Cell::Failed(findings) => {
                findings.first().map(|first| format!("{} [{}]", first.message, first.code.id()))
            }
        }
    }

    fn failed(&self) -> usize {
        self.tests.iter().filter(|(_, finding)| finding.is_some()).count()
    }

    fn word(&self) -> String {
        match (&self.cell, self.failed()) {
            (Cell::Compiled(_), 0) if self.not_run.is_some() => "not run".to_owned(),
            (Cell::Compiled(_), 0) => self.cell.word().to_owned(),
            (Cell::Compiled(_), failed) => format!("{failed} differ"),
            (Cell::Refused(_) | Cell::Failed(_), _) => self.cell.word().to_owned(),
        }
    }
}

/// Runs the tests of the detections in the targets.
pub(super) fn run(
    detections: &[&Detection],
    profiles: &[&'static Profile],
    catalogue: &Arc<Catalogue>,
) -> Vec<Row> {
    let benches: Vec<(Runner, Box<dyn Target>)> = profiles
        .iter()
        .filter_map(|profile| Some((Runner::new(profile, catalogue), target(profile.id, catalogue)?)))
        .collect();
    detections
        .par_iter()
        .map(|detection| {
            let cells = benches.par_iter();
            let reference = Reference::of(catalogue, detection);
            Row {
                file: detection.file.name().to_owned(),
                detection: detection.metadata.name.value.clone(),
                slug: detection.metadata.slug.clone(),
                cells: cells
                    .map(|(runner, target)| proof(runner, target.as_ref(), detection, &reference, catalogue))
                    .collect(),
            }
        })
        .collect()
}

fn proof(
    runner: &Runner,
    target: &dyn Target,
    detection: &Detection,
    reference: &Reference,
    catalogue: &Catalogue,
) -> Proof {
    let cell = Cell::compile(target, detection, Options::default());
    let mut made = Proof { profile: runner.profile(), cell, tests: Vec::new(), not_run: None };
    if let Cell::Compiled(compiled) = &made.cell {
        match prove(runner, target, catalogue, detection, reference, compiled) {
            Proven::Run(tests) => made.tests = tests,
            Proven::NotRun(reason) => made.not_run = Some(reason),
        }
    }
    made
}

/// A table for people: one row a detection, one column a profile.
pub(super) fn table(rows: &[Row], profiles: &[&'static Profile]) -> String {
    let first = rows.iter().map(|row| row.slug.len()).chain(["detection".len()]).max().unwrap_or_default();
    let widths: Vec<usize> = profiles.iter().map(|profile| profile.id.len().max("narrowed".len())).collect();
    let line = |head: &str, words: &[String]| {
        let mut line = format!("{head:first$}");
        for (word, width) in words.iter().zip(&widths) {
            line.push_str(&format!("  {word:width$}"));
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    };
    let mut text =
        line("detection", &profiles.iter().map(|profile| profile.id.to_owned()).collect::<Vec<_>>());
    for row in rows {
        text.push_str(&line(&row.slug, &row.cells.iter().map(Proof::word).collect::<Vec<_>>()));
    }
    text
}

/// `214 queries agree over 1068 runs of tests; 31 refused, 2 not run`.
pub(super) fn summary(rows: &[Row]) -> String {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let run = cells().filter(|proof| !proof.tests.is_empty());
    let (agree, differ): (Vec<&Proof>, Vec<&Proof>) = run.partition(|proof| proof.failed() == 0);
    let runs: usize = cells().map(|proof| proof.tests.len()).sum();
    let count = |word: &str| cells().filter(|proof| proof.word() == word).count();
    let verb = if agree.len() == 1 { "agrees" } else { "agree" };
    let queries = if agree.len() == 1 { "1 query".to_owned() } else { format!("{} queries", agree.len()) };
    let mut words = format!("{queries} {verb} over {}", plural(runs, "run"));
    if !differ.is_empty() {
        words.push_str(&format!("; {} differ", differ.len()));
    }
    for word in ["refused", "not run", "error"] {
        let count = count(word);
        if count > 0 {
            words.push_str(&format!("; {count} {word}"));
        }
    }
    words
}

/// One line a target that says nothing, with the reason.
pub(super) fn refusals(rows: &[Row]) -> Vec<String> {
    let lines = rows.iter().flat_map(|row| {
        row.cells.iter().filter_map(|proof| {
            let reason = proof.refusal()?;
            let reason = reason.strip_prefix(&format!("{}: ", proof.profile.id)).unwrap_or(&reason);
            Some(format!("{}: {}: {}: {reason}", row.slug, proof.profile.id, proof.word()))
        })
    });
    lines.collect()
}

/// One object a pair, for machines: `type` (`proof`), `file`, `detection`, `target`, `verdict`, `tests` (how many were run),
/// `differ` (the names of those in which the target differs) and `reason` (null, or why nothing was run).
pub(super) fn records(rows: &[Row]) -> Vec<Value> {
    let mut records = Vec::new();
    for row in rows {
        for proof in &row.cells {
            let differ = proof.tests.iter().filter(|(_, finding)| finding.is_some());
            records.push(json!({
                "type": "proof",
                "file": row.file,
                "detection": row.detection,
                "target": proof.profile.id,
                "verdict": proof.cell.word(),
                "tests": proof.tests.len(),
                "differ": differ.map(|(name, _)| name).collect::<Vec<_>>(),
                "reason": proof.refusal(),
            }));
        }
    }
    records
}
