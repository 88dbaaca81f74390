//! `detc import escu`: Splunk's security content, as detections of one's own.
//!
//! The folder is that of contentctl, with `detections/` and `macros/`: macros are read wherever they stand below it. One
//! file a detection below `-o`. A search that says more than a detection can stands under `raw` with the reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;

use crate::cli::Outcome;
use crate::cli::args::MessageFormat;
use crate::cli::failure::Failure;
use crate::cli::files::{self, Found};
use crate::cli::project::plural;
use crate::cli::render::Report;
use crate::cli::session::Session;
use crate::cli::tree::{self, Files};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::import::escu::{Document, Entry, Imported, Importer, read};
use crate::packs::names::file_name;
use crate::resolve;
use crate::targets::profiles;

#[derive(Args)]
pub(super) struct EscuArgs {
    /// the folder of the content, or several; files of detections and macros
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,
    /// write one file a detection below this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// delete files of earlier runs that this one does not write
    #[arg(long)]
    prune: bool,
}

pub(super) fn run(args: &EscuArgs, session: &Session) -> Result<Outcome, Failure> {
    let catalogue = session.catalogue()?;
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = resolve::Context { catalogue: &catalogue, profiles: &known };
    let inputs = files::find(&args.paths, "detection or macro")?;
    let documents: Vec<(Option<Document>, Vec<Diagnostic>)> =
        inputs.par_iter().map(document).collect::<Result<_, _>>()?;
    let mut findings = Vec::new();
    let mut macros = Vec::new();
    let mut entries: Vec<(&Found, Box<Entry>)> = Vec::new();
    for (input, (document, said)) in inputs.iter().zip(documents) {
        findings.extend(said);
        match document {
            Some(Document::Macro { name, arguments, text }) => macros.push((name, arguments, text)),
            Some(Document::Detection(entry)) => entries.push((input, entry)),
            Some(Document::Other) | None => {}
        }
    }
    let importer = Importer::new(&context, &macros);
    let imported: Vec<(Option<Imported>, Vec<Diagnostic>)> = entries
        .par_iter()
        .map(|(_, entry)| {
            let mut said = Vec::new();
            (importer.import(entry, &mut said), said)
        })
        .collect();

    let mut written = Files::new();
    let mut done: Vec<&Imported> = Vec::new();
    for ((input, entry), (imported, said)) in entries.iter().zip(&imported) {
        findings.extend(said.iter().cloned());
        let Some(imported) = imported else { continue };
        let safe = file_name(entry.stem(), "");
        let path = input.relative.with_file_name(safe.trim_end_matches('.'));
        let path = format!("{}.yml", path.to_string_lossy().replace('\\', "/"));
        if written.insert(path.clone(), imported.text.clone().into_bytes()).is_some() {
            let message = format!("another detection is written to `{path}` as well");
            findings.push(Diagnostic::new(Code::E0905, message).help("import the folders one by one"));
        }
        done.push(imported);
    }
    Diagnostic::sort(&mut findings);
    let in_full = session.output.verbose() || session.format() != MessageFormat::Human;
    if in_full {
        session.findings_as_talk(&Report { findings: &findings, ..Report::default() });
    }
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
    let tree = tree::write(&args.output, &written, tree::MANIFEST, args.prune)?;
    let what = format!("wrote {} to {}", plural(written.len(), "detection"), args.output.display());
    session.output.say(&format!("{what}: {} new or changed", tree.changed));
    session.output.say(&summary(entries.len(), &done, &findings, in_full));
    Ok(Outcome::of(errors > 0))
}

fn document(input: &Found) -> Result<(Option<Document>, Vec<Diagnostic>), Failure> {
    let (file, unreadable) = input.input.read()?;
    let mut said = Vec::new();
    if let Some(unreadable) = unreadable {
        return Ok((None, vec![unreadable]));
    }
    let document = read(&file, &mut said);
    Ok((document, said))
}

/// How many became neutral, how many stay as they are, and why.
fn summary(entries: usize, done: &[&Imported], findings: &[Diagnostic], in_full: bool) -> String {
    let raw: Vec<&str> = done.iter().filter_map(|imported| imported.raw.as_deref()).collect();
    let mut text = format!("{}\n{:>6}  neutral\n", plural(entries, "detection"), done.len() - raw.len());
    text.push_str(&format!("{:>6}  with the search as it is, under `raw`\n", raw.len()));
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for reason in raw {
        // What is named differs from one to the next; the kind of reason is counted.
        let kind = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
        *reasons.entry(kind).or_default() += 1;
    }
    let mut reasons: Vec<(usize, String)> = reasons.into_iter().map(|(kind, count)| (count, kind)).collect();
    reasons.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    for (count, kind) in reasons {
        text.push_str(&format!("{count:>13}  {kind}\n"));
    }
    text.push_str(&format!("{:>6}  not imported\n", entries - done.len()));
    if !in_full && !findings.is_empty() {
        text.push_str("--verbose shows the findings\n");
    }
    text
}
