//! `detc compile`: the query of each detection for each target.
//!
//! One detection for one target goes to stdout as it is and alone. Several are separated by a comment line in the
//! target's own syntax. What a target refuses is an error if the target was named; where the targets are "all" or
//! come from the configuration, refusals are listed and are no error, unless `--strict`.

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;

use super::Outcome;
use super::args::{MessageFormat, Paths};
use super::check::hint;
use super::failure::Failure;
use super::project::{Count, Project, plural};
use super::render::Report;
use super::session::Session;
use super::targets::{Chosen, Named, list};
use super::tree::{self, Files};
use super::verdicts::{self, Cell, Row};
use crate::diagnostics::Diagnostic;
use crate::overlays::Purpose;
use crate::targets::{Options, Profile, profiles, target};

#[derive(Args)]
pub(super) struct CompileArgs {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    targets: Named,
    /// compile for every profile
    #[arg(long, conflicts_with = "targets")]
    all_targets: bool,
    /// write one file a detection and profile below this folder: DIR/splunk-escu/NAME.spl
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// write nothing; show how the folder differs from what would be written, and exit with 1 if it does
    #[arg(long, requires = "output")]
    check: bool,
    /// delete files of earlier runs that this one does not write; with --check, report them
    #[arg(long, requires = "output")]
    prune: bool,
    /// write the schedule's lookback into the query, for a hunt by hand
    #[arg(long)]
    with_time: bool,
    /// list what a named target refuses, rather than to fail
    #[arg(short, long, conflicts_with = "strict")]
    skip_refused: bool,
    /// fail on what any target refuses
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: CompileArgs, session: &Session) -> Result<Outcome, Failure> {
    let chosen = Chosen::new(&args.targets, args.all_targets, &session.config.targets)?.ok_or_else(|| {
        Failure::new("no target given")
            .help(format!("-t TARGET or --all-targets; the targets are {}", list(profiles())))
    })?;
    let lenient = !args.strict && (args.skip_refused || !chosen.by_name);
    let (project, site) = session.project(&args.paths.paths, Purpose::Queries)?;
    let targets: Vec<_> =
        chosen.profiles.iter().filter_map(|profile| target(profile.id, &site.catalogue)).collect();
    let options = Options { with_time: args.with_time, ..Options::default() };
    let detections: Vec<_> = project.detections().collect();
    let rows: Vec<Row> = detections
        .par_iter()
        .map(|detection| Row {
            detection,
            cells: targets.iter().map(|target| Cell::compile(target.as_ref(), detection, options)).collect(),
        })
        .collect();

    let findings = findings(&project, &rows, !lenient || session.output.verbose());
    let count = errors(&project, &rows, lenient);
    let records = if session.format() == MessageFormat::Json {
        verdicts::records(&rows, &chosen.profiles)
    } else {
        Vec::new()
    };
    session.findings_as_talk(&Report { findings: &findings, cases: Vec::new(), records });

    let mut outcome = Outcome::of(count > 0);
    match &args.output {
        None => session.output.artefact(&stream(&rows, &chosen.profiles))?,
        Some(folder) => {
            let files = files(&rows, &chosen.profiles);
            if args.check {
                if !compare(folder, &files, args.prune, session)? {
                    outcome = Outcome::Findings;
                }
            } else if count > 0 {
                session.output.problem("nothing was written");
            } else {
                let written = tree::write(folder, &files, tree::MANIFEST, args.prune)?;
                let what = if args.prune { "deleted" } else { "left over from an earlier run" };
                written.left_over.iter().for_each(|name| session.output.say(&format!("{what}: {name}")));
                session.output.say(&format!(
                    "wrote {} to {}: {} new or changed",
                    plural(files.len(), "file"),
                    folder.display(),
                    written.changed
                ));
            }
        }
    }
    summarize(session, &rows, &chosen.profiles, lenient);
    hint(session, Count::of(&findings), &findings);
    Ok(outcome)
}

/// What was found in the files and, as the flags say, what the targets refused.
fn findings(project: &Project, rows: &[Row], with_refusals: bool) -> Vec<Diagnostic> {
    let mut all = project.findings.clone();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        match cell {
            Cell::Compiled(_) => {}
            Cell::Refused(findings) if with_refusals => all.extend(findings.iter().cloned()),
            Cell::Refused(_) => {}
            Cell::Failed(findings) => all.extend(findings.iter().cloned()),
        }
    }
    Diagnostic::sort(&mut all);
    all
}

/// How much is wrong: errors of files, and pairs without a query that count as errors.
fn errors(project: &Project, rows: &[Row], lenient: bool) -> usize {
    let wrong = |cell: &&Cell| match cell {
        Cell::Compiled(_) => false,
        Cell::Refused(_) => !lenient,
        Cell::Failed(_) => true,
    };
    project.count().errors + rows.iter().flat_map(|row| &row.cells).filter(wrong).count()
}

/// All queries as one text for stdout.
fn stream(rows: &[Row], profiles: &[&Profile]) -> String {
    let pieces = || {
        rows.iter().flat_map(|row| {
            row.cells.iter().zip(profiles).filter_map(move |(cell, profile)| match cell {
                Cell::Compiled(compiled) => Some((row, *profile, compiled)),
                Cell::Refused(_) | Cell::Failed(_) => None,
            })
        })
    };
    // What was asked for decides, not what came of it: a script must not see another shape when one is refused.
    if rows.len() * profiles.len() == 1 {
        return pieces().map(|(_, _, compiled)| compiled.text.as_str()).collect();
    }
    let texts: Vec<String> = pieces()
        .map(|(row, profile, compiled)| {
            let head =
                format!("{}, {}, {}", row.detection.metadata.slug, profile.id, compiled.verdict.name());
            format!("{}\n{}", profile.comment(&head), compiled.text)
        })
        .collect();
    texts.join("\n")
}

/// One file a detection and profile.
fn files<'r>(rows: &'r [Row], profiles: &[&Profile]) -> Files<&'r str> {
    let mut files = Files::new();
    for row in rows {
        for (cell, profile) in row.cells.iter().zip(profiles) {
            if let Cell::Compiled(compiled) = cell {
                files.insert(row.path(profile), compiled.text.as_str());
            }
        }
    }
    files
}

/// Shows what differs; whether nothing does.
fn compare(
    folder: &std::path::Path,
    files: &Files<&str>,
    prune: bool,
    session: &Session,
) -> Result<bool, Failure> {
    let (diffs, found) = tree::compare(folder, files)?;
    session.output.artefact(&diffs.concat())?;
    found
        .left_over
        .iter()
        .for_each(|name| session.output.say(&format!("left over from an earlier run: {name}")));
    let stale = found.changed + if prune { found.left_over.len() } else { 0 };
    if stale > 0 {
        session.output.say(&format!(
            "{}: {} out of date; the same command without --check writes them",
            folder.display(),
            plural(stale, "file")
        ));
    }
    Ok(stale == 0)
}

fn summarize(session: &Session, rows: &[Row], profiles: &[&Profile], lenient: bool) {
    if rows.len() * profiles.len() > 1 {
        session.output.say(&verdicts::table(rows, profiles));
        session.output.say(&verdicts::count(rows));
    }
    if lenient && !session.output.verbose() {
        verdicts::refusals(rows, profiles).iter().for_each(|line| session.output.say(line));
    }
    verdicts::lists(rows, profiles).iter().for_each(|line| session.output.say(line));
    verdicts::losses(rows, profiles).iter().for_each(|line| session.output.say(line));
}
