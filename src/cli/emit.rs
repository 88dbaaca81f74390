//! `detc test --emit TARGET`: the tests as queries that bring their events along.
//!
//! In: the detections of a run. Out: queries on stdout, or one file each. Must not know how such a query is made.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::Outcome;
use super::failure::Failure;
use super::project::{Count, Project, plural};
use super::render::Report;
use super::session::Session;
use super::tree::{self, Files};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::Detection;
use crate::portable::{Portable, portable};
use crate::proof::Runner;
use crate::resolve::slug_of;
use crate::targets::{self, Options, Profile, Target};

/// A test in a profile.
struct Emitted<'a> {
    detection: &'a Detection,
    profile: &'static Profile,
    /// Its place among the tests of the detection, from 1.
    number: usize,
    test: &'a str,
    queries: Result<Vec<Portable>, Diagnostic>,
}

pub(super) fn run(
    project: &Project,
    catalogue: &Arc<Catalogue>,
    asked: &str,
    folder: Option<&Path>,
    session: &Session,
) -> Result<Outcome, Failure> {
    let profiles = profiles(asked)?;
    // One that was asked for by its own name must come; of a whole target those come that can.
    let by_name = profiles.iter().any(|profile| profile.id == asked && profile.id != profile.target());
    let targets: Vec<(Box<dyn Target>, Runner)> = profiles
        .iter()
        .filter_map(|profile| {
            Some((targets::target(profile.id, catalogue)?, Runner::new(profile, catalogue)))
        })
        .collect();
    let detections: Vec<&Detection> = project.detections().collect();
    let made: Vec<Result<Vec<Emitted>, Vec<Diagnostic>>> = detections
        .par_iter()
        .flat_map_iter(|detection| {
            targets.iter().map(|(target, runner)| emit(detection, target.as_ref(), runner))
        })
        .collect();
    let mut emitted = Vec::new();
    let mut refused = Vec::new();
    for one in made {
        match one {
            Ok(tests) => emitted.extend(tests),
            Err(findings) => refused.extend(findings),
        }
    }
    refused.extend(emitted.iter().filter_map(|one| one.queries.as_ref().err()).cloned());

    let mut findings = project.findings.clone();
    if by_name {
        findings.extend(refused);
    } else {
        for finding in refused {
            let note = finding.notes.first().map(|note| format!(": {note}")).unwrap_or_default();
            session.output.say(&format!("not written: {}{note}", finding.message));
        }
    }
    Diagnostic::sort(&mut findings);
    session.findings_as_talk(&Report { findings: &findings, ..Report::default() });
    let errors = Count::of(&findings).errors;
    if errors == 0 && queries(&emitted).next().is_none() {
        return Err(Failure::new("there is no test to write as a query")
            .help("`detc test -v` says which targets refuse what"));
    }
    match folder {
        None => session.output.artefact(&stream(&emitted))?,
        Some(_) if errors > 0 => session.output.problem("nothing was written"),
        Some(folder) => {
            let files = files(&emitted);
            let written = tree::write(folder, &files, tree::MANIFEST, false)?;
            written
                .left_over
                .iter()
                .for_each(|name| session.output.say(&format!("left over from an earlier run: {name}")));
            session.output.say(&format!(
                "wrote {} to {}: {} new or changed",
                plural(files.len(), "file"),
                folder.display(),
                written.changed
            ));
        }
    }
    Ok(Outcome::of(errors > 0))
}

/// The profiles of a target, or one profile.
fn profiles(asked: &str) -> Result<Vec<&'static Profile>, Failure> {
    let able = || targets::profiles().filter(|profile| ["splunk", "kusto"].contains(&profile.target()));
    let found: Vec<&'static Profile> = match able().find(|profile| profile.id == asked && asked.contains(':'))
    {
        Some(one) => vec![one],
        None => able().filter(|profile| profile.target() == asked).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    if asked == "sigma" {
        return Err(Failure::new("a Sigma rule cannot bring its events along")
            .help("emit the tests for splunk or kusto"));
    }
    let near = did_you_mean(asked, able().flat_map(|profile| [profile.id, profile.target()]));
    Err(Failure::new(format!("there is no target `{asked}`")).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the targets are splunk and kusto, and their profiles".to_owned(),
    }))
}

/// Every test of a detection; or why the target has no query for it.
fn emit<'a>(
    detection: &'a Detection,
    target: &dyn Target,
    runner: &Runner,
) -> Result<Vec<Emitted<'a>>, Vec<Diagnostic>> {
    if detection.tests.is_empty() {
        return Ok(Vec::new());
    }
    let compiled = target.compile(detection, Options::default())?;
    let profile = runner.profile();
    let tests = detection.tests.iter().enumerate();
    let emitted = tests.map(|(place, test)| Emitted {
        detection,
        profile,
        number: place + 1,
        test: &test.name.value,
        queries: portable(detection, &compiled, runner, test).map_err(|stop| {
            let name = &detection.metadata.name.value;
            let message = format!("the test `{}` of `{name}` as a query for {}", test.name.value, profile.id);
            Diagnostic::new(Code::E1225, message)
                .at(&detection.file, test.name.span, "")
                .note(stop.to_string())
        }),
    });
    Ok(emitted.collect())
}

fn queries<'e>(emitted: &'e [Emitted]) -> impl Iterator<Item = (&'e Emitted<'e>, &'e Portable)> {
    emitted.iter().flat_map(|one| one.queries.iter().flatten().map(move |query| (one, query)))
}

fn stream(emitted: &[Emitted]) -> String {
    queries(emitted).map(|(_, query)| query.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// `PROFILE/DETECTION/NUMBER-TEST.EXTENSION`
fn files<'e>(emitted: &'e [Emitted]) -> Files<&'e str> {
    let mut files = BTreeMap::new();
    for (one, query) in queries(emitted) {
        let words = [one.test, &query.label].map(slug_of).join("_");
        let words: String = words.trim_matches('_').chars().take(60).collect();
        let name = format!(
            "{}/{}/{:02}-{words}.{}",
            one.profile.folder(),
            one.detection.metadata.slug,
            one.number,
            one.profile.extension
        );
        files.insert(name, query.text.as_str());
    }
    files
}
