//! `detc check`: everything that is wrong with detections, all at once.
//!
//! What a target refuses is no error of a detection unless the target is named with `-t`: content is written for
//! the targets that have the data.

use clap::Args;
use rayon::prelude::*;

use super::Outcome;
use super::args::{MessageFormat, Paths};
use super::failure::Failure;
use super::project::{Count, Project, plural};
use super::render::{Case, Report};
use super::session::Session;
use super::targets::{Chosen, Named};
use crate::diagnostics::Diagnostic;
use crate::targets::{Options, target};

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    targets: Named,
    /// exit with 1 on warnings too
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: CheckArgs, session: &Session) -> Result<Outcome, Failure> {
    let chosen = if args.targets.targets.is_empty() { None } else { Chosen::new(&args.targets, false, &[])? };
    let catalogue = session.catalogue()?;
    let mut project = Project::load(&session.paths(&args.paths.paths), &catalogue)?;
    if let Some(chosen) = chosen {
        let targets: Vec<_> =
            chosen.profiles.iter().filter_map(|profile| target(profile.id, &catalogue)).collect();
        let detections: Vec<_> = project.detections().collect();
        let refusals: Vec<Diagnostic> = detections
            .par_iter()
            .flat_map_iter(|detection| {
                targets
                    .iter()
                    .filter_map(|target| target.compile(detection, Options::default()).err())
                    .flatten()
            })
            .collect();
        project.findings.extend(refusals);
        Diagnostic::sort(&mut project.findings);
    }
    let report = Report {
        findings: &project.findings,
        cases: if session.format() == MessageFormat::Junit { cases(&project) } else { Vec::new() },
        records: Vec::new(),
    };
    session.findings_as_artefact(&report)?;
    let count = project.count();
    session.output.say(&format!("checked {}: {}", plural(project.files.len(), "file"), count.words()));
    hint(session, count, &project.findings);
    Ok(Outcome::of(count.errors > 0 || args.strict && count.warnings > 0))
}

/// One case a file, with its own findings.
pub(super) fn cases(project: &Project) -> Vec<Case> {
    project
        .files
        .iter()
        .map(|loaded| Case {
            file: loaded.file.name().to_owned(),
            name: "check".to_owned(),
            findings: about(&project.findings, loaded.file.name()),
        })
        .collect()
}

fn about(findings: &[Diagnostic], file: &str) -> Vec<Diagnostic> {
    let is_about =
        |finding: &&Diagnostic| finding.labels.first().is_some_and(|label| label.file.name() == file);
    findings.iter().filter(is_about).cloned().collect()
}

/// Says once where a code is explained.
pub(super) fn hint(session: &Session, count: Count, findings: &[Diagnostic]) {
    if let Some(first) =
        findings.first().filter(|_| count.errors > 0 && session.format() == MessageFormat::Human)
    {
        session.output.say(&format!("`detc explain {}` says more about a code", first.code.id()));
    }
}
