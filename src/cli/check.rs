//! `detc check`: everything that is wrong with detections, all at once.
//!
//! Raw queries are read by their targets. What a target refuses otherwise is no error of a detection unless the target is named with `-t`: content is written for
//! the targets that have the data.

use std::sync::Arc;

use clap::Args;
use rayon::prelude::*;

use super::Outcome;
use super::args::{MessageFormat, Paths};
use super::failure::Failure;
use super::new::today;
use super::project::{Count, Project, plural};
use super::render::{Case, Report};
use super::session::Session;
use super::targets::{Chosen, Named};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Detection;
use crate::lints::{Tried, lint, unused_consents};
use crate::overlays::Purpose;
use crate::targets::{Options, Profile, profiles, target};

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    targets: Named,
    /// the day on which exclusions may be out of date, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<jiff::civil::Date>,
    /// exit with 1 on warnings too
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: CheckArgs, session: &Session) -> Result<Outcome, Failure> {
    let named = &args.targets;
    let chosen = if named.targets.is_empty() { None } else { Chosen::new(named, false, &[])? };
    let today = args.date.unwrap_or_else(today).to_string();
    let (mut project, catalogue) = session.project(&args.paths.paths, Purpose::Check(&today))?;
    let profiles = chosen.map(|chosen| chosen.profiles).unwrap_or_default();
    let more = beyond_resolution(&project, &profiles, &catalogue);
    project.findings.extend(more);
    project.findings.extend(super::lock::check(session, &project, &catalogue, &args.paths.paths)?);
    Diagnostic::sort(&mut project.findings);
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

/// What the lints say, and what the named profiles refuse.
fn beyond_resolution(
    project: &Project,
    named: &[&'static Profile],
    catalogue: &Arc<Catalogue>,
) -> Vec<Diagnostic> {
    let all: Vec<_> = profiles().filter_map(|profile| target(profile.id, catalogue)).collect();
    let detections: Vec<_> = project.detections().collect();
    let find = |detection: &&Detection| {
        let mut findings = lint(detection);
        // Whether a consent is needed shows only when the detection is compiled.
        let consents = !detection.accepts.is_empty();
        let mut tried = Vec::new();
        for target in &all {
            findings.extend(target.check_raw(detection));
            let is_named = named.contains(&target.profile());
            let is_asked = consents && exists_in(detection, target.profile(), catalogue);
            if !is_named && !is_asked {
                continue;
            }
            let result = target.compile(detection, Options::default());
            if let (true, Err(refusals)) = (is_named, &result) {
                // What is wrong with a raw query has been said.
                findings.extend(refusals.iter().filter(|it| it.code != Code::E0505).cloned());
            }
            tried.push((target.profile(), result.ok().map(|compiled| compiled.losses)));
        }
        let tried: Vec<Tried> =
            tried.iter().map(|(profile, losses)| Tried { profile, losses: losses.as_deref() }).collect();
        findings.extend(unused_consents(detection, &tried));
        findings
    };
    detections.par_iter().flat_map_iter(find).collect()
}

fn exists_in(detection: &Detection, profile: &Profile, catalogue: &Catalogue) -> bool {
    detection.logic.event_sets().all(|events| {
        let source = catalogue.source(&events.data_source);
        matches!(source, Some(Ok(source)) if source.profiles().any(|id| id == profile.id))
    })
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
