//! The whole of Splunk's security content of October 2024, imported: how much becomes neutral, and that each of those
//! compiles or is refused with a reason.
//!
//! `../shared/corpora/escu-2024-10` is no part of the project: without it the test is skipped, and says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::import::escu::{Document, Importer, read};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options};

fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("stderr can be written");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_third_of_the_security_content_becomes_neutral_and_compiles_or_is_refused_with_a_reason() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/escu-2024-10");
    if !corpus.is_dir() {
        say("SKIPPED: the security content is not there (../shared/corpora/escu-2024-10)");
        return;
    }
    let catalogue = Arc::new(Catalogue::embedded());
    let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut macros = Vec::new();
    let mut entries = Vec::new();
    let mut findings = Vec::new();
    for path in files(&corpus) {
        let name = path.strip_prefix(&corpus).expect("is below").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).expect("reads");
        match read(&SourceFile::new(name, text), &mut findings) {
            Some(Document::Macro { name, arguments, text }) => macros.push((name, arguments, text)),
            Some(Document::Detection(entry)) => entries.push(entry),
            Some(Document::Other) | None => {}
        }
    }
    say(&format!(
        "{} detections, {} macros, {} files that are no valid YAML",
        entries.len(),
        macros.len(),
        findings.len()
    ));
    let importer = Importer::new(&context, &macros);
    let targets =
        ["kusto:sentinel", "kusto:xdr"].map(|id| targets::target(id, &catalogue).expect("a target"));
    let mut neutral = 0;
    let mut compiled = BTreeMap::<&str, usize>::new();
    let mut reasons = BTreeMap::<String, usize>::new();
    for entry in &entries {
        let mut findings = Vec::new();
        let imported = importer.import(entry, &mut findings);
        let Some(imported) = imported else {
            *reasons.entry(format!("not read: {}", findings[0].message)).or_default() += 1;
            continue;
        };
        if let Some(reason) = imported.raw {
            // Names of things differ; the kind of reason is what is counted.
            let kind = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
            *reasons.entry(kind).or_default() += 1;
            if std::env::var_os("SHOW_REASONS").is_some() {
                say(&format!("{}: {reason}", entry.file.name()));
            }
            continue;
        }
        neutral += 1;
        let file = SourceFile::new(entry.file.name(), imported.text.as_str());
        let mut findings = Vec::new();
        let detection = resolve_file(&file, &context, &mut findings)
            .unwrap_or_else(|| panic!("{}: {findings:?}\n{}", entry.file.name(), imported.text));
        for target in &targets {
            let id = target.profile().id;
            match target.compile(&detection, Options::default()) {
                Ok(_) => *compiled.entry(id).or_default() += 1,
                Err(reasons) => {
                    assert!(!reasons.is_empty(), "{}: refused without a reason", entry.file.name())
                }
            }
        }
    }
    let mut reasons: Vec<(usize, String)> =
        reasons.into_iter().map(|(reason, count)| (count, reason)).collect();
    reasons.sort_by(|left, right| right.cmp(left));
    for (count, reason) in &reasons {
        say(&format!("{count:>6}  {reason}"));
    }
    let share = f64::from(neutral) * 100.0 / entries.len() as f64;
    say(&format!(
        "{neutral} of {} become neutral: {share:.1} %; of them compile: {compiled:?}",
        entries.len()
    ));
    assert!(share >= 30.0);
}
