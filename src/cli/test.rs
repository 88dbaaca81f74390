//! `detc test`: the tests that detections carry, run by the reference evaluator and in every target.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rayon::prelude::*;
use serde_json::json;

use super::Outcome;
use super::args::{MessageFormat, Paths};
use super::check::{cases, hint};
use super::emit;
use super::failure::Failure;
use super::mutate;
use super::project::{Count, Project, plural};
use super::prove;
use super::render::{Case, Report};
use super::session::Session;
use super::targets::{Chosen, Named};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::{Diagnostic, Severity};
use crate::evaluate::{TestReport, check_tests};
use crate::ir;
use crate::overlays::Purpose;
use crate::targets::profiles;

#[derive(Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    paths: Paths,
    /// run only tests whose name, or whose detection's name, holds this text; case does not matter
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// put small mistakes into the queries, and say which of them no test notices
    #[arg(long)]
    mutate: bool,
    /// write each test as a query that brings its events along, to be run in the product: splunk, kusto, or a profile
    #[arg(long, value_name = "TARGET", conflicts_with_all = ["mutate", "targets"])]
    emit: Option<String>,
    /// write the queries to this folder, one file each
    #[arg(short, long, value_name = "DIR", requires = "emit")]
    output: Option<PathBuf>,
    /// run again after every change of the detections and of what they use
    #[arg(long, conflicts_with = "emit")]
    pub(super) watch: bool,
    #[command(flatten)]
    targets: Named,
}

impl TestArgs {
    /// The files and folders that a run reads.
    pub(super) fn reads(&self, session: &Session) -> Result<Vec<PathBuf>, Failure> {
        session.reads(&self.paths.paths)
    }
}

/// The tests of one detection that were run.
struct Run {
    file: String,
    detection: String,
    /// How many tests there are over events as products have them: they are run in their targets alone.
    recorded: usize,
    /// In the order of the file, each with the finding if it failed.
    results: Vec<(String, Option<Diagnostic>)>,
    /// Findings that belong to no test that was asked for.
    other: Vec<Diagnostic>,
}

pub(super) fn run(args: &TestArgs, session: &Session) -> Result<Outcome, Failure> {
    let (mut project, site) = session.project(&args.paths.paths, Purpose::Tests)?;
    if let Some(asked) = &args.emit {
        if let Some(filter) = &args.filter {
            for loaded in &mut project.files {
                loaded.detection.iter_mut().for_each(|detection| keep_matching(detection, filter));
            }
            let left = project.detections().map(|detection| detection.tests.len()).sum();
            no_match(filter, left, &project)?;
        }
        return emit::run(&project, &site.catalogue, asked, args.output.as_deref(), session);
    }
    if args.mutate {
        let chosen = Chosen::new(&args.targets, false, &[])?;
        if let Some(filter) = &args.filter {
            // A file with errors stays: what is wrong with it may be why nothing matches.
            project.files.retain(|loaded| loaded.detection.as_ref().is_none_or(|it| is_named(it, filter)));
            no_match(filter, project.detections().count(), &project)?;
        }
        let whole = args.paths.paths.is_empty() && args.filter.is_none();
        return mutate::run(&project, &site.catalogue, chosen.as_ref(), whole, session);
    }
    let files: Vec<_> = project.files.iter_mut().collect();
    let runs: Vec<Run> = files
        .into_par_iter()
        .filter_map(|loaded| {
            let detection = loaded.detection.as_mut()?;
            if let Some(filter) = &args.filter {
                keep_matching(detection, filter);
            }
            run_one(detection, &site.catalogue)
        })
        .collect();
    let total: usize = runs.iter().map(|run| run.results.len()).sum();
    let broken = project.count().errors > 0;
    if let Some(filter) = &args.filter {
        no_match(filter, total + runs.iter().map(|run| run.recorded).sum::<usize>(), &project)?;
    }
    let chosen = Chosen::new(&args.targets, false, &session.config.targets)?;
    let chosen = chosen.map_or_else(|| profiles().collect(), |chosen| chosen.profiles);
    let detections: Vec<&ir::Detection> =
        project.detections().filter(|detection| is_tested(detection)).collect();
    let proofs = prove::run(&detections, &chosen, &site.catalogue);
    let failed: Vec<Diagnostic> = runs
        .iter()
        .flat_map(|run| run.results.iter().filter_map(|(_, finding)| finding.as_ref()).chain(&run.other))
        .cloned()
        .collect();
    let failures = failed.len();
    let mut findings: Vec<Diagnostic> = project.findings.clone();
    findings.extend(failed);
    findings.extend(proofs.iter().flat_map(|row| &row.cells).flat_map(prove::Proof::findings).cloned());
    Diagnostic::sort(&mut findings);
    let report = Report {
        findings: &findings,
        cases: all_cases(session, &project, &runs, &proofs),
        records: records(&runs).into_iter().chain(prove::records(&proofs)).collect(),
    };
    session.findings_as_artefact(&report)?;

    let untested = runs.iter().filter(|run| run.results.is_empty() && run.recorded == 0).count();
    let mut words = vec![format!("{} of {} passed", total.saturating_sub(failures), plural(total, "test"))];
    if untested > 0 && args.filter.is_none() {
        words.push(format!("{} without tests", plural(untested, "detection")));
    }
    if broken {
        let wrong = project.files.iter().filter(|loaded| loaded.detection.is_none()).count();
        words.push(format!("{} with errors, not tested", plural(wrong, "file")));
    }
    session.output.say(&words.join("; "));
    if !detections.is_empty() && session.format() == MessageFormat::Human {
        session.output.say(&prove::table(&proofs, &chosen));
        session.output.say(&prove::summary(&proofs));
        prove::refusals(&proofs).iter().for_each(|line| session.output.detail(line));
    }
    let count = Count::of(&findings);
    hint(session, count, &findings);
    Ok(Outcome::of(count.errors > 0))
}

/// Nothing to do would look like success.
fn no_match(filter: &str, left: usize, project: &Project) -> Result<(), Failure> {
    if left > 0 || project.count().errors > 0 {
        return Ok(());
    }
    Err(Failure::new(format!("no test matches `{filter}`"))
        .help("the filter is looked for in the names of tests and of detections; with `--mutate`, in those of detections"))
}

fn is_named(detection: &ir::Detection, filter: &str) -> bool {
    detection.metadata.name.to_lowercase().contains(&filter.to_lowercase())
}

fn keep_matching(detection: &mut ir::Detection, filter: &str) {
    let filter = filter.to_lowercase();
    if !detection.metadata.name.to_lowercase().contains(&filter) {
        detection.tests.retain(|test| test.name.to_lowercase().contains(&filter));
        detection.recorded.retain(|test| test.name.to_lowercase().contains(&filter));
    }
}

fn is_tested(detection: &ir::Detection) -> bool {
    !detection.tests.is_empty() || !detection.recorded.is_empty()
}

/// `None` when the data source cannot be read; that has been reported already.
fn run_one(detection: &ir::Detection, catalogue: &Catalogue) -> Option<Run> {
    let sources = catalogue.sources_of(&detection.logic)?;
    let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
    let TestReport { passed, failures } = check_tests(detection, &sources);
    let mut passed = passed.into_iter().peekable();
    let mut failures = failures.into_iter();
    // Both lists are in the order of the tests; a test is in one or the other.
    let results = detection
        .tests
        .iter()
        .map(|test| {
            let finding = if passed.next_if(|name| *name == test.name.value).is_some() {
                None
            } else {
                failures.next()
            };
            (test.name.value.clone(), finding)
        })
        .collect();
    Some(Run {
        file: detection.file.name().to_owned(),
        detection: detection.metadata.name.value.clone(),
        recorded: detection.recorded.len(),
        results,
        other: failures.collect(),
    })
}

fn all_cases(session: &Session, project: &Project, runs: &[Run], proofs: &[prove::Row]) -> Vec<Case> {
    if session.format() != MessageFormat::Junit {
        return Vec::new();
    }
    let mut all: Vec<Case> = cases(project)
        .into_iter()
        .filter(|case| case.findings.iter().any(|finding| finding.severity() == Severity::Error))
        .collect();
    for run in runs {
        all.extend(run.results.iter().map(|(name, finding)| Case {
            file: run.file.clone(),
            name: name.clone(),
            findings: finding.iter().cloned().collect(),
        }));
    }
    for row in proofs {
        for proof in &row.cells {
            all.extend(proof.tests.iter().map(|(name, finding)| Case {
                file: row.file().to_owned(),
                name: format!("{}: {name}", proof.profile().id),
                findings: finding.iter().cloned().collect(),
            }));
        }
    }
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}

fn records(runs: &[Run]) -> Vec<serde_json::Value> {
    runs.iter()
        .flat_map(|run| {
            run.results.iter().map(|(name, finding)| {
                json!({
                    "type": "test",
                    "file": run.file,
                    "detection": run.detection,
                    "test": name,
                    "passed": finding.is_none(),
                })
            })
        })
        .collect()
}
