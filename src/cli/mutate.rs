//! `detc test --mutate`: whether the tests of detections would notice mistakes in the queries.
//!
//! In: the detections of a run. Out: a finding a mutant that no test notices and nobody has explained, and facts about
//! each query. Must not know how a query is changed or run.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::Outcome;
use super::config::Explained;
use super::failure::Failure;
use super::project::{Count, Project, plural};
use super::render::{Case, Report};
use super::session::Session;
use super::targets::Chosen;
use super::verdicts::Cell;
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, ExplainedMutant, Logic};
use crate::mutation::{self, check_explanations};
use crate::proof::Runner;
use crate::targets::{self, Options, Profile};

/// What came of one detection.
struct Examined {
    file: String,
    name: String,
    outcomes: Vec<mutation::Outcome>,
    /// How many targets have no query to change.
    refused: usize,
    findings: Vec<Diagnostic>,
}

/// Examines the detections of a project. `whole` says that nothing was left out, so that an explanation without a
/// survivor is one too many.
pub(super) fn run(
    project: &Project,
    catalogue: &Arc<Catalogue>,
    chosen: Option<&Chosen>,
    whole: bool,
    session: &Session,
) -> Result<Outcome, Failure> {
    let profiles: Vec<&'static Profile> =
        chosen.map_or_else(|| targets::profiles().collect(), |chosen| chosen.profiles.clone());
    let runners: Vec<Runner> = profiles.iter().map(|profile| Runner::new(profile, catalogue)).collect();
    let general = session.config.mutants.as_slice();
    // Of raw queries alone nothing is said that a test could hold them against.
    let detections: Vec<&Detection> =
        project.detections().filter(|detection| !matches!(detection.logic, Logic::Raw(_))).collect();
    let examined: Vec<Examined> = detections
        .par_iter()
        .map(|detection| examine(detection, &runners, catalogue, general, chosen.is_none()))
        .collect();

    let mut findings = project.findings.clone();
    findings.extend(examined.iter().flat_map(|one| one.findings.iter().cloned()));
    if whole && chosen.is_none() {
        let unused = general.iter().filter(|explained| !is_needed(&explained.entry, &examined));
        findings.extend(unused.map(|explained| {
            let message = "no mutant that survives is explained by this";
            let finding = Diagnostic::new(Code::W1220, message).at(&explained.file, explained.entry.span, "");
            finding.help("take it out of `mutants`")
        }));
    }
    Diagnostic::sort(&mut findings);
    let report = Report { findings: &findings, cases: cases(&examined), records: records(&examined) };
    session.findings_as_artefact(&report)?;
    session.output.say(&summary(&examined));
    if session.output.verbose() {
        for line in examined.iter().flat_map(explained_lines) {
            session.output.say(&line);
        }
    }
    Ok(Outcome::of(Count::of(&findings).errors > 0))
}

fn examine(
    detection: &Detection,
    runners: &[Runner],
    catalogue: &Arc<Catalogue>,
    general: &[Explained],
    everywhere: bool,
) -> Examined {
    let general: Vec<ExplainedMutant> = general.iter().map(|explained| explained.entry.clone()).collect();
    let mut outcomes = Vec::new();
    let mut refused = 0;
    let mut findings = Vec::new();
    for runner in runners {
        let profile = runner.profile();
        let Some(target) = targets::target(profile.id, catalogue) else { continue };
        let compiled = match Cell::compile(target.as_ref(), detection, Options::default()) {
            Cell::Compiled(compiled) => compiled,
            Cell::Refused(_) => {
                refused += 1;
                continue;
            }
            Cell::Failed(found) => {
                findings.extend(found);
                continue;
            }
        };
        let facts = mutation::facts(detection, target.as_ref(), mutation::language(profile));
        let problem = |what: &str, why: String| {
            Diagnostic::new(Code::E1224, format!("the query for {} {what}", profile.id))
                .at(&detection.file, detection.metadata.name.span, "")
                .note(why)
        };
        match mutation::examine(detection, &compiled, runner, &facts, &general) {
            Ok(outcome) if outcome.mutants == 0 => {
                let why = "its parser does not read it, or finds nothing in it that decides";
                findings.push(problem("has no mutants", why.to_owned()));
            }
            Ok(outcome) => {
                findings.extend(outcome.findings(detection));
                outcomes.push(outcome);
            }
            Err(stop) => findings.push(problem("cannot be run over the tests", stop.to_string())),
        }
    }
    let of_own = check_explanations(detection, &outcomes);
    findings.extend(of_own.into_iter().filter(|finding| everywhere || finding.code != Code::W1220));
    Examined {
        file: detection.file.name().to_owned(),
        name: detection.metadata.name.value.clone(),
        outcomes,
        refused,
        findings,
    }
}

fn is_needed(explained: &ExplainedMutant, examined: &[Examined]) -> bool {
    examined.iter().flat_map(|one| &one.outcomes).any(|outcome| {
        let text = outcome.query.text();
        outcome
            .survivors
            .iter()
            .any(|survivor| mutation::covers(explained, outcome.profile, &survivor.change, text))
    })
}

fn summary(examined: &[Examined]) -> String {
    let outcomes = || examined.iter().flat_map(|one| &one.outcomes);
    let total: usize = outcomes().map(|outcome| outcome.mutants).sum();
    let survivors = || outcomes().flat_map(|outcome| &outcome.survivors);
    let explained = survivors().filter(|survivor| survivor.reason.is_some()).count();
    let open = survivors().count() - explained;
    let refused = match examined.iter().map(|one| one.refused).sum::<usize>() {
        0 => String::new(),
        refused => format!("; {refused} refused"),
    };
    format!(
        "{} of {}: {} noticed, {explained} explained, {open} not noticed{refused}",
        plural(total, "mutant"),
        plural(outcomes().count(), "query").replace("querys", "queries"),
        total - explained - open,
    )
}

fn explained_lines(examined: &Examined) -> Vec<String> {
    let mut lines = Vec::new();
    for outcome in &examined.outcomes {
        for survivor in &outcome.survivors {
            if let Some(reason) = &survivor.reason {
                let what = survivor.change.describe(outcome.query.text());
                lines.push(format!("explained: {}, {what}: {reason}", outcome.query.name()));
            }
        }
    }
    lines
}

fn cases(examined: &[Examined]) -> Vec<Case> {
    examined
        .iter()
        .map(|one| Case {
            file: one.file.clone(),
            name: format!("mutants of {}", one.name),
            findings: one.findings.clone(),
        })
        .collect()
}

fn records(examined: &[Examined]) -> Vec<Value> {
    let mut records = Vec::new();
    for one in examined {
        for outcome in &one.outcomes {
            let text = outcome.query.text();
            let survivors: Vec<Value> = outcome
                .survivors
                .iter()
                .map(|survivor| {
                    json!({
                        "change": survivor.change.kind.name(),
                        "start": survivor.change.span.start,
                        "end": survivor.change.span.end,
                        "replacement": survivor.change.replacement,
                        "description": survivor.change.describe(text),
                        "needed": survivor.change.kind.needed(),
                        "reason": survivor.reason,
                    })
                })
                .collect();
            records.push(json!({
                "type": "mutants",
                "file": one.file,
                "detection": one.name,
                "target": outcome.profile.id,
                "mutants": outcome.mutants,
                "survivors": survivors,
            }));
        }
    }
    records
}
