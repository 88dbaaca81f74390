//! `detc import escu`: Splunk's security content, as detections of one's own.
//!
//! The folder is that of contentctl, with `detections/` and `macros/`: macros are read wherever they stand below it. One
//! file a detection below `-o`. A search that says more than a detection can stands under `raw` with the reason.

use std::cmp::Ordering;
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

/// How many names of a kind of reason are shown.
const EXAMPLES: usize = 5;

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
    let unread = documents.iter().filter(|(document, _)| document.is_none()).count();
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
        if written.insert(path.clone(), imported.text.as_str()).is_some() {
            let message = format!("another detection is written to `{path}` as well");
            findings.push(Diagnostic::new(Code::E0905, message).help("import the folders one by one"));
        }
        done.push(imported);
    }
    Diagnostic::sort(&mut findings);
    let in_full = session.output.verbose() || session.format() != MessageFormat::Human;
    // A search that stays as it is is counted in the table; what is not imported at all is always said.
    let errors: Vec<Diagnostic> =
        findings.iter().filter(|finding| finding.severity() == Severity::Error).cloned().collect();
    let shown = if in_full { &findings } else { &errors };
    session.findings_as_talk(&Report { findings: shown, ..Report::default() });
    let tree = tree::write(&args.output, &written, tree::MANIFEST, args.prune)?;
    let what = format!("wrote {} to {}", plural(written.len(), "detection"), args.output.display());
    session.output.say(&format!("{what}: {} new or changed", tree.changed));
    session.output.say(&summary(entries.len(), unread, &done, findings.len() > shown.len()));
    Ok(Outcome::of(!errors.is_empty()))
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
fn summary(entries: usize, unread: usize, done: &[&Imported], has_more: bool) -> String {
    let raw: Vec<&str> = done.iter().filter_map(|imported| imported.raw.as_deref()).collect();
    let mut text = format!("{}\n{:>6}  neutral\n", plural(entries, "detection"), done.len() - raw.len());
    text.push_str(&format!("{:>6}  with the search as it is, under `raw`\n", raw.len()));
    // What is named differs from one to the next: the kinds of reasons are counted, and of each the first names.
    let mut kinds: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for reason in raw {
        let kind = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
        let named = reason.split('`').nth(1).unwrap_or_default();
        *kinds.entry(kind).or_default().entry(named).or_default() += 1;
    }
    let mut kinds: Vec<_> =
        kinds.into_iter().map(|(kind, names)| (names.values().sum(), kind, names)).collect();
    kinds.sort_by(|left, right| by_count((left.0, &left.1), (right.0, &right.1)));
    for (count, kind, names) in kinds {
        text.push_str(&format!("{count:>13}  {kind}{}\n", examples(names)));
    }
    text.push_str(&format!("{:>6}  not imported\n", entries - done.len()));
    if unread > 0 {
        text.push_str(&format!(
            "{unread:>6}  {} that cannot be read\n",
            if unread == 1 { "file" } else { "files" }
        ));
    }
    if has_more {
        text.push_str("--verbose shows each search that stays as it is, with the reason\n");
    }
    text
}

/// The names that occur most in a kind of reason: ` (`eventstats` 40, `transaction` 12, …)`.
fn examples(names: BTreeMap<&str, usize>) -> String {
    let mut names: Vec<(&str, usize)> = names.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    names.sort_by(|left, right| by_count((left.1, left.0), (right.1, right.0)));
    let word = |(name, count): &(&str, usize)| {
        if *count == 1 { format!("`{name}`") } else { format!("`{name}` {count}") }
    };
    let mut words: Vec<String> = names.iter().take(EXAMPLES).map(word).collect();
    if names.len() > EXAMPLES {
        words.push("…".to_owned());
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// The most frequent first, then by name.
fn by_count(left: (usize, &str), right: (usize, &str)) -> Ordering {
    right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1))
}
