//! `detc convert`: Sigma rules straight to the queries of a target.
//!
//! A rule that cannot be converted never stops the others: it is counted, with its reason, in the table that closes the
//! run. What is wrong with a rule is said in full; what a target refuses, and warnings, are said in full of files that
//! were named, with `--verbose`, and to machines; of folders they are summed up by reason. The exit code is 1 when a rule was not converted, unless `--skip-refused` says that
//! refusals are expected.

mod consent;
mod saved;
mod stream;
mod table;
mod work;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Outcome;
use super::args::MessageFormat;
use super::failure::Failure;
use super::files;
use super::project::plural;
use super::render::Report;
use super::session::Session;
use super::targets::{Chosen, Named, list};
use super::tree::{self, Files};
use crate::diagnostics::{Code, Diagnostic};
use crate::targets::profiles;

use consent::Accepted;
use work::{Converted, Converter, Outcome as Fate};

#[derive(Args)]
pub(super) struct ConvertArgs {
    /// Sigma files, or folders of them; `-` is stdin
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    targets: Named,
    /// write one file a rule and profile below this folder: DIR/splunk/FOLDER/RULE.spl
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// the form of the stream on stdout
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with = "output")]
    format: Format,
    /// delete files of earlier runs that this one does not write
    #[arg(long, requires = "output")]
    prune: bool,
    /// consent to a loss in every rule that needs it; may be repeated. The reason is printed in the output
    #[arg(long, value_name = "LOSS[=REASON]")]
    accept: Vec<Accepted>,
    /// the data source of every rule, whatever its log source says
    #[arg(long, value_name = "ID")]
    data_source: Option<String>,
    /// rules that the target refuses are no failure
    #[arg(short, long)]
    skip_refused: bool,
}

/// The form of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// the queries, set apart by comment lines
    #[default]
    Plain,
    /// one JSON object a rule and target, also for those that are refused
    Ndjson,
    /// a savedsearches.conf of Splunk: one stanza a rule, not scheduled
    Savedsearches,
}

pub(super) fn run(args: ConvertArgs, session: &Session) -> Result<Outcome, Failure> {
    let chosen = Chosen::new(&args.targets, false, &session.config.targets)?.ok_or_else(|| {
        Failure::new("no target given").help(format!("-t TARGET; the targets are {}", list(profiles())))
    })?;
    if args.format == Format::Savedsearches
        && !chosen.profiles.iter().all(|profile| profile.target() == "splunk")
    {
        return Err(
            Failure::new("savedsearches.conf holds searches of Splunk").help("-t splunk, or a profile of it")
        );
    }
    let site = session.site()?;
    if site.is_broken() {
        session.findings_as_talk(&Report { findings: &site.findings(), ..Report::default() });
        session.output.problem("nothing was converted");
        return Ok(Outcome::Findings);
    }
    let (inputs, ()) = rayon::join(|| files::find(&args.paths, "Sigma rule"), || site.catalogue.read_all());
    let inputs = inputs?;
    let of_the_repository = session.config.accept.iter().map(Accepted::try_from);
    let mut accepted: Vec<Accepted> = of_the_repository.collect::<Result<_, _>>()?;
    accepted.extend(args.accept.iter().cloned());
    let writes_files = args.output.is_some();
    let converter =
        Converter::new(&site, &chosen.profiles, &accepted, args.data_source.as_deref(), writes_files)?;
    let bar = progress(session, inputs.len());
    let converted = converter.convert(&inputs, &|| bar.inc(1))?;
    bar.finish_and_clear();

    let in_full = session.output.verbose()
        || session.format() != MessageFormat::Human
        || !args.paths.iter().any(|path| path.is_dir());
    let findings = findings(&converted, in_full);
    let records = match session.format() {
        MessageFormat::Json => table::records(&converted, &chosen.profiles),
        _ => Vec::new(),
    };
    session.findings_as_talk(&Report { findings: &findings, cases: Vec::new(), records });
    let mut unwritten = 0;
    match &args.output {
        None if args.format == Format::Savedsearches => {
            let stanzas = saved::searches(&converted);
            session.output.artefact(&stanzas.text)?;
            for problem in &stanzas.problems {
                session.output.problem(problem);
            }
            unwritten = stanzas.problems.len();
        }
        None => stream::write(&converted, &chosen.profiles, args.format, session.output)?,
        Some(folder) => {
            let (files, clashes) = tree_of(&converted, &chosen.profiles);
            if !clashes.is_empty() {
                session.findings_as_talk(&Report { findings: &clashes, ..Report::default() });
                session.output.problem("nothing was written");
                return Ok(Outcome::Findings);
            }
            let written = tree::write(folder, &files, tree::MANIFEST, args.prune)?;
            session.output.say(&format!(
                "wrote {} to {}: {} new or changed",
                plural(files.len(), "file"),
                folder.display(),
                written.changed
            ));
        }
    }
    if converted.len() > 1 {
        session.output.say(&table::summary(&converted, &chosen.profiles, session.output.verbose()));
    }
    for unused in consent::unused(&args.accept, &converted) {
        session.output.say(&format!("no rule needed `--accept {unused}`"));
    }
    let failed = |fate: &Fate| match fate {
        Fate::Query(_) => false,
        Fate::Refused(_) => !args.skip_refused,
        Fate::Wrong(_) => true,
    };
    let outcome = Outcome::of(unwritten > 0 || converted.iter().flat_map(|rule| &rule.fates).any(failed));
    // The process ends here: to free thousands of rules one by one takes longer than to convert a hundred.
    std::mem::forget((converted, inputs, site));
    Ok(outcome)
}

/// On a terminal, how far it has come.
fn progress(session: &Session, files: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
    if session.output.shows_progress() && session.format() == MessageFormat::Human {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} files") {
            bar.set_style(style);
        }
    }
    bar
}

/// What is said in full: everything, or only what is wrong with rules.
fn findings(converted: &[Converted], everything: bool) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for rule in converted {
        if everything {
            all.extend(rule.warnings.iter().cloned());
        }
        for fate in &rule.fates {
            match fate {
                Fate::Query(_) => {}
                Fate::Refused(findings) if everything => all.extend(findings.iter().cloned()),
                Fate::Refused(_) => {}
                Fate::Wrong(findings) => all.extend(findings.iter().cloned()),
            }
        }
    }
    Diagnostic::sort(&mut all);
    all
}

/// One file a rule and profile, and the rules that would be written to one file.
fn tree_of<'c>(
    converted: &'c [Converted],
    profiles: &[&crate::targets::Profile],
) -> (Files<&'c str>, Vec<Diagnostic>) {
    let mut files = Files::new();
    let mut clashes = Vec::new();
    for rule in converted {
        for (fate, profile) in rule.fates.iter().zip(profiles) {
            let Fate::Query(query) = fate else { continue };
            let path = rule.path(profile);
            let message = format!("another rule is written to `{path}` as well");
            if files.insert(path, query.text.as_str()).is_some() {
                let clash = Diagnostic::new(Code::E0905, message)
                    .help("rename one of the files, or write them to folders of their own");
                clashes.push(match &rule.file {
                    Some(file) => clash.at(file, rule.place, ""),
                    None => clash,
                });
            }
        }
    }
    (files, clashes)
}
