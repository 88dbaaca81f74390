//! `detc explain --event FILE DETECTION`: what the detection makes of events, by the reference evaluator.
//!
//! In: the files. Out: an account for people or, with `--message-format json`, for programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{not_found, records, text};
use crate::catalogue::{Catalogue, Source};
use crate::cli::Outcome;
use crate::cli::args::MessageFormat;
use crate::cli::cases::written;
use crate::cli::failure::Failure;
use crate::cli::files::{Input, Limit};
use crate::cli::project::Count;
use crate::cli::render::Report;
use crate::cli::session::Session;
use crate::diagnostics::Diagnostic;
use crate::evaluate::{Account, Evaluator};
use crate::ir::{Detection, Observation, Time};
use crate::overlays::Purpose;
use crate::resolve::{Context, resolve_events, resolve_moment};
use crate::source::{SourceFile, Span};
use crate::{events, targets};

/// Events that were read, for one detection.
pub(super) struct Explained<'a> {
    pub(super) detection: &'a Detection,
    /// The file of the events.
    pub(super) file: &'a Arc<SourceFile>,
    /// Each event with its place.
    pub(super) events: Vec<(Span, Observation)>,
    pub(super) account: Account,
}

const EVENTS: Limit = Limit { bytes: events::MAX_BYTES, help: "explain fewer events at once" };

pub(super) fn run(
    detection: &str,
    events: &Path,
    now: Option<&str>,
    session: &Session,
) -> Result<Outcome, Failure> {
    if detection != "-" && !Path::new(detection).exists() {
        return Err(not_found(detection));
    }
    if detection == "-" && events.as_os_str() == "-" {
        return Err(Failure::new("the detection and the events cannot both be read from stdin"));
    }
    let (project, site) = session.project(&[PathBuf::from(detection)], Purpose::Tests)?;
    let catalogue = &site.catalogue;
    let mut findings = project.findings.clone();
    let input = if events.as_os_str() == "-" { Input::Stdin } else { Input::Path(events.to_owned()) };
    let (file, unreadable) = input.read_within(&EVENTS)?;
    let known: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &known };
    let now = now.map(|now| moment(now, &context)).transpose()?;
    let read = match unreadable {
        Some(finding) => {
            findings.push(finding);
            Vec::new()
        }
        None => events::read(&file, &mut findings),
    };
    let mut out = String::new();
    for detection in project.detections() {
        let before = Count::of(&findings).errors;
        let observed: Vec<(Span, Observation)> = written(&read, detection, &context)
            .iter()
            .filter_map(|event| {
                let one = std::slice::from_ref(event);
                let observed = resolve_events(&file, one, detection, &context, &mut findings);
                Some((event.span, observed.into_iter().next()?))
            })
            .collect();
        // An account of a part of the events could say the wrong thing about all.
        if before > 0 || Count::of(&findings).errors > 0 {
            continue;
        }
        match account(detection, catalogue, &observed, now) {
            Ok(Some(account)) => {
                let explained = Explained { detection, file: &file, events: observed, account };
                match session.format() {
                    MessageFormat::Json => records::write(&mut out, &explained),
                    MessageFormat::Human
                    | MessageFormat::Sarif
                    | MessageFormat::Junit
                    | MessageFormat::Github => text::write(&mut out, &explained),
                }
            }
            Ok(None) => {}
            Err(finding) => findings.push(*finding),
        }
    }
    Diagnostic::sort(&mut findings);
    session.output.artefact(&out)?;
    session.findings_as_talk(&Report { findings: &findings, ..Report::default() });
    Ok(Outcome::of(Count::of(&findings).errors > 0))
}

/// `None` when a data source cannot be read; that has been reported already.
fn account(
    detection: &Detection,
    catalogue: &Catalogue,
    events: &[(Span, Observation)],
    now: Option<Time>,
) -> Result<Option<Account>, Box<Diagnostic>> {
    let Some(sources) = catalogue.sources_of(&detection.logic) else { return Ok(None) };
    let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
    let evaluator = Evaluator::over(detection, &sources).map_err(Box::new)?;
    let events: Vec<Observation> = events.iter().map(|(_, event)| event.clone()).collect();
    Ok(Some(evaluator.account(&events, now)))
}

fn moment(text: &str, context: &Context) -> Result<Time, Failure> {
    let mut findings = Vec::new();
    resolve_moment(&SourceFile::new("--now", text), context, &mut findings).ok_or_else(|| {
        let help = findings.into_iter().find_map(|finding| finding.help);
        Failure::new(format!("`{text}` is no moment")).maybe_help(help)
    })
}
