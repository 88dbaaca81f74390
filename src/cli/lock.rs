//! `detc lock`: writes down what each detection means, beside `detc.toml`.
//!
//! A person raises versions; this only notes them. A query that changed under the same version is refused, unless
//! `--same-version` says that it means what it meant.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rayon::prelude::*;

use super::args::Paths;
use super::check::hint;
use super::failure::Failure;
use super::project::{Count, Project, plural};
use super::render::Report;
use super::session::Session;
use super::{Outcome, archive};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::targets::{profiles, target};
use crate::versions::{FILE_NAME, Lock, Meaning, meaning};

#[derive(Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    paths: Paths,
    /// take queries that changed under the same version: after an update of detc, say
    #[arg(long)]
    same_version: bool,
    /// write nothing: say whether the lock is up to date
    #[arg(long, conflicts_with = "same_version")]
    check: bool,
}

pub(super) fn run(args: LockArgs, session: &Session) -> Result<Outcome, Failure> {
    let catalogue = session.catalogue()?;
    let mut project = Project::load(&session.paths(&args.paths.paths), &catalogue)?;
    let meanings = meanings(&project, &catalogue);
    let path = path(session);
    let before = read(session)?;
    let found = before.as_ref().map(|lock| findings(lock, &project, &meanings)).unwrap_or_default();
    let held = if args.same_version { 0 } else { found.len() };
    project.findings.extend(found);
    Diagnostic::sort(&mut project.findings);
    let count = Count::of(&project.findings);
    let report = Report { findings: &project.findings, cases: Vec::new(), records: Vec::new() };
    session.findings_as_talk(&report);
    if count.errors > 0 || held > 0 {
        if !args.check {
            session.output.problem("nothing was written");
        }
        hint(session, count, &project.findings);
        return Ok(Outcome::Findings);
    }
    let lock = Lock::of(project.detections().zip(meanings.iter().map(Vec::as_slice)));
    if before.is_some_and(|before| before.is_current(&lock)) {
        session.output.say(&format!("{} is up to date", path.display()));
    } else if args.check {
        session.output.problem(&format!("{} is not up to date: run `detc lock`", path.display()));
        return Ok(Outcome::Findings);
    } else {
        archive::write(&path, lock.text().as_bytes())?;
        session.output.say(&format!("wrote {}: {}", path.display(), plural(meanings.len(), "detection")));
    }
    Ok(Outcome::Fine)
}

/// What `check` says about versions: nothing where there is no lock. The lock is of detections as they are written: what
/// an environment changes raises no version.
pub(super) fn check(
    session: &Session,
    project: &Project,
    catalogue: &Arc<Catalogue>,
    given: &[PathBuf],
) -> Result<Vec<Diagnostic>, Failure> {
    let Some(lock) = read(session)? else { return Ok(Vec::new()) };
    if session.environment.is_none() {
        return Ok(findings(&lock, project, &meanings(project, catalogue)));
    }
    let plain = session.catalogue()?;
    let written = Project::load(&session.paths(given), &plain)?;
    Ok(findings(&lock, &written, &meanings(&written, &plain)))
}

fn findings(lock: &Lock, project: &Project, meanings: &[Vec<Meaning>]) -> Vec<Diagnostic> {
    project.detections().zip(meanings).filter_map(|(detection, one)| lock.check(detection, one)).collect()
}

/// One entry a detection, in the order of the project.
fn meanings(project: &Project, catalogue: &Arc<Catalogue>) -> Vec<Vec<Meaning>> {
    let targets: Vec<_> = profiles().filter_map(|profile| target(profile.id, catalogue)).collect();
    let detections: Vec<_> = project.detections().collect();
    detections.par_iter().map(|detection| meaning(detection, &targets)).collect()
}

fn path(session: &Session) -> PathBuf {
    session.config.folder.join(FILE_NAME)
}

fn read(session: &Session) -> Result<Option<Lock>, Failure> {
    let path = path(session);
    match std::fs::read_to_string(&path) {
        Ok(text) => Lock::read(&text).map(Some).ok_or_else(|| {
            Failure::new(format!("`{}` is not a lock file of this version of detc", path.display()))
                .help("delete it, then `detc lock` writes it anew")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}
