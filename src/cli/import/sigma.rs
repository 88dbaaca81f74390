//! `detc import sigma`: rules, correlations and filters of Sigma as detections of one's own.
//!
//! In: files. Out: one file a rule or correlation; a rule that is only a part of a correlation, and a filter, stand in the
//! detections that they are for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use crate::cli::Outcome;
use crate::cli::args::MessageFormat;
use crate::cli::failure::Failure;
use crate::cli::files::{self, Found};
use crate::cli::project::plural;
use crate::cli::render::Report;
use crate::cli::session::Session;
use crate::cli::sigma_file::SigmaFile;
use crate::cli::tree::{self, Files};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::import::sigma::{self, Document, Imported, Together};
use crate::packs::names::file_name;
use crate::resolve;
use crate::targets::profiles;

#[derive(Args)]
pub(super) struct SigmaArgs {
    /// Sigma files, or folders of them; `-` is stdin
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,
    /// write one file a rule or correlation below this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// delete files of earlier runs that this one does not write
    #[arg(long, requires = "output")]
    prune: bool,
    /// the data source of every rule, whatever its log source says
    #[arg(long, value_name = "ID")]
    data_source: Option<String>,
}

pub(super) fn run(args: &SigmaArgs, session: &Session) -> Result<Outcome, Failure> {
    let catalogue = session.catalogue()?;
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = sigma::Context {
        resolve: resolve::Context { catalogue: &catalogue, profiles: &known },
        data_source: args.data_source.as_deref(),
    };
    let inputs = files::find(&args.paths, "Sigma rule")?;
    catalogue.read_all();
    // Correlations and filters concern rules of other files.
    let read: Vec<SigmaFile> = inputs.par_iter().map(SigmaFile::read).collect::<Result<_, _>>()?;
    let together: Together = read.iter().flat_map(|read| &read.documents).collect();
    let of_file = |(read, input): (&SigmaFile, &Found)| import(read, &input.relative, &together, &context);
    let imported: Vec<Written> = read.par_iter().zip(&inputs).map(of_file).collect();
    let rules: Vec<&(PathBuf, Option<Imported>)> = imported.iter().flat_map(|file| &file.rules).collect();
    let reader = read.iter().flat_map(|read| &read.findings);
    let mut findings: Vec<Diagnostic> =
        reader.chain(imported.iter().flat_map(|file| &file.findings)).cloned().collect();

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

/// What came of one file: its rules and correlations, each with the name of its file, and what was said.
#[derive(Default)]
struct Written {
    rules: Vec<(PathBuf, Option<Imported>)>,
    findings: Vec<Diagnostic>,
}

/// Writes the documents of one file anew. A part of a correlation is no detection of its own, and neither is a filter.
fn import(read: &SigmaFile, relative: &Path, together: &Together, context: &sigma::Context) -> Written {
    let mut written = Written::default();
    for (number, document) in read.documents.iter().enumerate() {
        let findings = &mut written.findings;
        let imported = match document {
            Document::Rule(rule) if together.is_part(&rule.metadata) => continue,
            Document::Rule(rule) => rule.import(&together.filters_of(rule), context, findings),
            Document::Correlation(whole) if together.is_part(&whole.metadata) => continue,
            Document::Correlation(whole) => whole.import(together, context, findings),
            Document::Filter(filter) => {
                findings.extend(sigma::unmet(filter, &together.rules));
                continue;
            }
        };
        let stem = relative.file_name().unwrap_or_default().to_string_lossy();
        let stem = if number == 0 { stem.into_owned() } else { format!("{stem}_{}", number + 1) };
        // The name alone: the extension is added when the file is.
        let safe = file_name(&stem, "");
        let name = relative.with_file_name(safe.trim_end_matches('.'));
        written.rules.push((name, imported));
    }
    written
}

/// How many were imported, what was left behind, and why others were not.
fn summary(rules: &[&(PathBuf, Option<Imported>)], findings: &[Diagnostic], in_full: bool) -> String {
    let imported: Vec<&Imported> = rules.iter().filter_map(|(_, imported)| imported.as_ref()).collect();
    let mut text = format!("{}\n{:>6}  imported\n", plural(rules.len(), "rule"), imported.len());
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for note in imported.iter().flat_map(|imported| &imported.notes) {
        *left.entry(&note.key).or_default() += 1;
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
