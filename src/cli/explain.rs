//! `detc explain`: a diagnostic in full, a detection through its stages, or what a detection makes of events.

mod events;
mod groups;
mod records;
mod text;

use std::fmt::{Debug, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Outcome;
use super::failure::Failure;
use super::project::Count;
use super::render::Report;
use super::session::Session;
use super::targets::{Chosen, Named, list};
use crate::diagnostics::{Code, did_you_mean};
use crate::overlays::Purpose;
use crate::targets::{self, Options, Profile};
use crate::{ir, lints, schema, yaml};

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// a diagnostic code (E0303), or the file of a detection; `-` is stdin
    #[arg(value_name = "CODE|FILE")]
    what: String,
    /// show this stage only
    #[arg(long, value_enum)]
    stage: Option<Stage>,
    /// say which of these events the detection finds, and why: JSON, an array, or one event a line; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "stage")]
    event: Option<PathBuf>,
    /// when the detection runs, an offset from 2026-01-01T00:00:00Z like `at` of an event, or a moment [default: when nothing is left open]
    #[arg(long, value_name = "TIME", requires = "event")]
    now: Option<String>,
    #[command(flatten)]
    targets: Named,
}

/// A form that a detection takes on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// as written
    Schema,
    /// checked, typed, free of any target
    Ir,
    /// the syntax tree of each target named with -t
    Ast,
}

pub(super) fn run(args: ExplainArgs, session: &Session) -> Result<Outcome, Failure> {
    if let Some(events) = &args.event {
        return events::run(&args.what, events, args.now.as_deref(), session);
    }
    if let Some(code) = Code::parse(&args.what) {
        session.output.artefact(&explanation(code))?;
        return Ok(Outcome::Fine);
    }
    if args.what != "-" && !Path::new(&args.what).exists() {
        return Err(not_found(&args.what));
    }
    let chosen = if args.targets.targets.is_empty() { None } else { Chosen::new(&args.targets, false, &[])? };
    let profiles = chosen.map(|chosen| chosen.profiles).unwrap_or_default();
    if args.stage == Some(Stage::Ast) && profiles.is_empty() {
        let help = format!("add -t TARGET; the targets are {}", list(targets::profiles()));
        return Err(Failure::new("no target given").help(help));
    }
    detection(PathBuf::from(&args.what), args.stage, &profiles, session)
}

/// The documentation of a code as Markdown, and of the lint that reports it.
fn explanation(code: Code) -> String {
    let mut lines = code.explanation().lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let title = lines.next().unwrap_or_default();
    let body = lines.collect::<Vec<_>>().join("\n");
    let body = body.trim();
    let space = if body.is_empty() { "" } else { "\n\n" };
    let lint = lints::ALL.iter().find(|lint| lint.code == code);
    let lint = lint.map(|lint| format!("\n{}", lint.documentation())).unwrap_or_default();
    format!("# {}: {title}{space}{body}\n{lint}", code.id())
}

fn not_found(what: &str) -> Failure {
    let code_like = what.len() == 5 && what.starts_with(['E', 'e', 'W', 'w']) && !what.contains('.');
    if !code_like {
        return Failure::new(format!("`{what}` is neither a code nor a file"))
            .help("a code is printed in brackets: error[E0303]");
    }
    let near = did_you_mean(what, Code::ALL.iter().map(|code| code.id()));
    Failure::new(format!("there is no code `{what}`"))
        .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
}

fn detection(
    path: PathBuf,
    stage: Option<Stage>,
    profiles: &[&'static Profile],
    session: &Session,
) -> Result<Outcome, Failure> {
    let wants = |one: Stage| stage.is_none_or(|stage| stage == one);
    let (project, site) = session.project(std::slice::from_ref(&path), Purpose::Queries)?;
    let mut findings = project.findings.clone();
    let mut text = String::new();
    for loaded in &project.files {
        if wants(Stage::Schema) {
            let mut repeated = Vec::new();
            let root = yaml::parse(&loaded.file, &mut repeated);
            let written = root.and_then(|root| yaml::decode(&loaded.file, &root, &mut repeated));
            if let Some(written) = written {
                let written: schema::Detection = written;
                section(&mut text, "schema", &written);
            }
        }
        if let Some(detection) = loaded.detection.as_ref().filter(|_| wants(Stage::Ir)) {
            write_ir(&mut text, detection);
        }
        if let Some(detection) = loaded.detection.as_ref().filter(|_| wants(Stage::Ast)) {
            for target in profiles.iter().filter_map(|profile| targets::target(profile.id, &site.catalogue)) {
                match target.compile(detection, Options { with_tree: true, ..Options::default() }) {
                    Ok(compiled) => {
                        let tree = compiled.tree.unwrap_or_else(|| "a raw query has none".to_owned());
                        let _ = writeln!(text, "## ast: {}\n\n{tree}\n", target.profile().id);
                    }
                    Err(refusals) => findings.extend(refusals),
                }
            }
        }
    }
    session.output.artefact(&text)?;
    session.findings_as_talk(&Report { findings: &findings, ..Report::default() });
    Ok(Outcome::of(Count::of(&findings).errors > 0))
}

/// Every part of the IR but the file, whose text need not be repeated.
fn write_ir(text: &mut String, detection: &ir::Detection) {
    let ir::Detection {
        metadata,
        logic,
        summary,
        schedule,
        suppression,
        risk,
        entities,
        drilldowns,
        tests,
        recorded,
        accepts,
        mutants,
        raw,
        tuning,
        file: _,
    } = detection;
    section(text, "ir: metadata", metadata);
    section(text, "ir: logic", logic);
    section(text, "ir: summary", summary);
    section(text, "ir: schedule", schedule);
    section(text, "ir: suppression", suppression);
    section(text, "ir: risk", risk);
    section(text, "ir: entities", entities);
    section(text, "ir: drilldowns", drilldowns);
    section(text, "ir: tests", tests);
    if !recorded.is_empty() {
        section(text, "ir: tests over records", recorded);
    }
    section(text, "ir: accepts", accepts);
    section(text, "ir: mutants", mutants);
    section(text, "ir: raw", raw);
    if let Some(tuning) = tuning {
        section(text, "ir: exclusions", &tuning.exclusions);
    }
}

fn section(text: &mut String, title: &str, value: &impl Debug) {
    let _ = writeln!(text, "## {title}\n\n{value:#?}\n");
}
