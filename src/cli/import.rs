//! `detc import FORMAT`: what others wrote, as detections of one's own.
//!
//! One file a rule below `-o`, as the rules stand below the path that was given; a single rule goes to stdout without
//! it. A rule that cannot be imported stops no other. What could not be carried over stands at the head of each file,
//! and is counted at the end.

mod escu;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use rayon::prelude::*;

use super::Outcome;
use super::args::MessageFormat;
use super::failure::Failure;
use super::files::{self, Found};
use super::project::plural;
use super::render::Report;
use super::session::Session;
use super::tree::{self, Files};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::import::sigma::{self, Document, Imported};
use crate::packs::names::file_name;
use crate::resolve;
use crate::source::SourceFile;
use crate::targets::profiles;

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    format: From,
}

#[derive(Subcommand)]
enum From {
    /// rules of the Sigma specification 2
    Sigma(SigmaArgs),
    /// Splunk's security content, as contentctl 4 and 5 or ESCU 6 have it
    Escu(escu::EscuArgs),
}

#[derive(Args)]
struct SigmaArgs {
    /// Sigma files, or folders of them; `-` is stdin
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,
    /// write one file a rule below this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// delete files of earlier runs that this one does not write
    #[arg(long, requires = "output")]
    prune: bool,
    /// the data source of every rule, whatever its log source says
    #[arg(long, value_name = "ID")]
    data_source: Option<String>,
}

/// What came of one file: its rules, each with the name of its file, and what was said.
#[derive(Default)]
struct Read {
    rules: Vec<(PathBuf, Option<Imported>)>,
    findings: Vec<Diagnostic>,
}

pub(super) fn run(args: ImportArgs, session: &Session) -> Result<Outcome, Failure> {
    match args.format {
        From::Sigma(args) => sigma(args, session),
        From::Escu(args) => escu::run(&args, session),
    }
}

fn sigma(args: SigmaArgs, session: &Session) -> Result<Outcome, Failure> {
    let catalogue = session.catalogue()?;
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = sigma::Context {
        resolve: resolve::Context { catalogue: &catalogue, profiles: &known },
        data_source: args.data_source.as_deref(),
    };
    let inputs = files::find(&args.paths, "Sigma rule")?;
    catalogue.read_all();
    let read: Vec<Read> = inputs.par_iter().map(|input| read(input, &context)).collect::<Result<_, _>>()?;
    let rules: Vec<&(PathBuf, Option<Imported>)> = read.iter().flat_map(|read| &read.rules).collect();
    let mut findings: Vec<Diagnostic> = read.iter().flat_map(|read| read.findings.iter().cloned()).collect();

    let mut files = Files::new();
    for (name, imported) in &rules {
        if let Some(imported) = imported {
            let path = format!("{}.yml", name.to_string_lossy().replace('\\', "/"));
            if files.insert(path.clone(), imported.text.as_str()).is_some() {
                let message = format!("another rule is written to `{path}` as well");
                findings.push(Diagnostic::new(Code::E0905, message).help("import the folders one by one"));
            }
        }
    }
    Diagnostic::sort(&mut findings);
    let in_full = session.output.verbose()
        || session.format() != MessageFormat::Human
        || !args.paths.iter().any(|path| path.is_dir());
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
    if in_full {
        session.findings_as_talk(&Report { findings: &findings, ..Report::default() });
    }
    match (&args.output, rules.as_slice()) {
        (Some(folder), _) => {
            let written = tree::write(folder, &files, tree::MANIFEST, args.prune)?;
            let what = format!("wrote {} to {}", plural(files.len(), "detection"), folder.display());
            session.output.say(&format!("{what}: {} new or changed", written.changed));
        }
        (None, [(_, imported)]) => {
            let text = imported.as_ref().map_or("", |imported| imported.text.as_str());
            session.output.artefact(text)?;
        }
        (None, []) => {}
        (None, _) => {
            return Err(
                Failure::new("several rules need a folder to be written to").help("give it with -o DIR")
            );
        }
    }
    if rules.len() > 1 {
        session.output.say(&summary(&rules, &findings, in_full));
    }
    Ok(Outcome::of(errors > 0))
}

/// Reads one file and writes its rules anew.
fn read(input: &Found, context: &sigma::Context) -> Result<Read, Failure> {
    let (file, unreadable) = input.input.read()?;
    let mut read = Read::default();
    if let Some(unreadable) = unreadable {
        read.findings.push(unreadable);
        return Ok(read);
    }
    for (number, document) in sigma::read(&file, &mut read.findings).iter().enumerate() {
        let rule = match document {
            Document::Rule(rule) => rule,
            Document::Correlation(other) => {
                read.findings.push(not_carried(&other.file, "correlation", &other.metadata));
                continue;
            }
            Document::Filter(other) => {
                read.findings.push(not_carried(&other.file, "filter", &other.metadata));
                continue;
            }
        };
        let stem = input.relative.file_name().unwrap_or_default().to_string_lossy();
        let stem = if number == 0 { stem.into_owned() } else { format!("{stem}_{}", number + 1) };
        // The name alone: the extension is added when the file is.
        let safe = file_name(&stem, "");
        let name = input.relative.with_file_name(safe.trim_end_matches('.'));
        let imported = rule.import(context, &mut read.findings);
        read.rules.push((name, imported));
    }
    Ok(read)
}

/// What cannot be written as a detection of its own.
fn not_carried(file: &Arc<SourceFile>, what: &str, metadata: &sigma::Metadata) -> Diagnostic {
    Diagnostic::new(Code::E0908, format!("this {what} cannot be imported"))
        .at(file, metadata.place, "")
        .help("`detc convert` reads it; `detc explain E0908` says where it belongs")
}

/// How many were imported, what was left behind, and why others were not.
fn summary(rules: &[&(PathBuf, Option<Imported>)], findings: &[Diagnostic], in_full: bool) -> String {
    let imported: Vec<&Imported> = rules.iter().filter_map(|(_, imported)| imported.as_ref()).collect();
    let mut text = format!("{}\n{:>6}  imported\n", plural(rules.len(), "rule"), imported.len());
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, _) in imported.iter().flat_map(|imported| &imported.notes) {
        *left.entry(key).or_default() += 1;
    }
    for (key, number) in left {
        text.push_str(&format!("{number:>13}  with `{key}` in the notes at the head of the file\n"));
    }
    text.push_str(&format!("{:>6}  not imported\n", rules.len() - imported.len()));
    let mut codes: BTreeMap<Code, usize> = BTreeMap::new();
    for finding in findings {
        *codes.entry(finding.code).or_default() += 1;
    }
    for (code, number) in codes {
        text.push_str(&format!("{number:>13}  {}: {}\n", code.id(), code.title().trim_end_matches('.')));
    }
    if !in_full && !findings.is_empty() {
        text.push_str("--verbose shows the findings\n");
    }
    text
}
