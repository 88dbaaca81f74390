//! Every detection that is shipped resolves without a finding, and its embedded tests hold.
//!
//! In: `detections/**/*.yml` and the embedded catalogue. Out: nothing; it fails with the diagnostics.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::diagnostics::Diagnostic;
use detc::evaluate::check_tests;
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{profiles, target};
use detc::versions::{FILE_NAME, Lock, meaning};

#[test]
fn every_detection_resolves_and_its_tests_hold() {
    let catalogue = Catalogue::embedded();
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &known };
    let mut problems = Vec::new();
    let paths = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("detections"));
    assert!(!paths.is_empty(), "no detections found");
    for path in paths {
        let text = fs::read_to_string(&path).expect("readable");
        let file = SourceFile::new(path.display().to_string(), text);
        let mut findings = Vec::new();
        let detection = resolve_file(&file, &context, &mut findings);
        problems.extend(findings.iter().map(in_words));
        let Some(detection) = detection else { continue };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem != detection.metadata.slug {
            problems.push(format!("{stem}.yml holds the detection `{}`", detection.metadata.slug));
        }
        problems.extend(too_few_tests(&detection).map(|problem| format!("{stem}: {problem}")));
        let sources = catalogue.sources_of(&detection.logic).expect("resolved");
        let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
        problems.extend(check_tests(&detection, &sources).failures.iter().map(in_words));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Who changes a query raises the version of its detection, and says both in the lock: `detc lock`.
#[test]
fn the_lock_is_current() {
    let catalogue = Arc::new(Catalogue::embedded());
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &known };
    let targets: Vec<_> = profiles().filter_map(|profile| target(profile.id, &catalogue)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(FILE_NAME)).expect("the lock is there");
    let lock = Lock::read(&text).expect("a lock");
    let mut all = Vec::new();
    for path in files(&root.join("detections")) {
        let text = fs::read_to_string(&path).expect("readable");
        let file = SourceFile::new(path.display().to_string(), text);
        let detection = resolve_file(&file, &context, &mut Vec::new()).expect("resolved");
        let meanings = meaning(&detection, &targets);
        all.push((detection, meanings));
    }
    let problems: Vec<String> = all
        .iter()
        .filter_map(|(detection, meanings)| lock.check(detection, meanings))
        .map(|finding| in_words(&finding))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let now = Lock::of(all.iter().map(|(detection, meanings)| (detection, meanings.as_slice())));
    assert!(lock.is_current(&now), "{FILE_NAME} is not up to date: run `detc lock`");
}

/// A finding on one line, with the text that it is about.
fn in_words(finding: &Diagnostic) -> String {
    let place = finding.labels.first().map(|label| {
        format!(
            "{}: `{}`: ",
            label.file.name(),
            label.file.slice(label.span).lines().next().unwrap_or_default()
        )
    });
    let notes = finding.notes.join("; ");
    let help = finding.help.as_deref().unwrap_or_default();
    format!("{}{} {} {help} {notes}", place.unwrap_or_default(), finding.code.id(), finding.message)
}

/// A detection proves itself by two hits and two misses.
fn too_few_tests(detection: &detc::ir::Detection) -> Option<String> {
    let hits = detection.tests.iter().filter(|test| test.matches.value > 0).count();
    let misses = detection.tests.len() - hits;
    (hits < 2 || misses < 2).then(|| format!("{hits} tests that hit and {misses} that do not"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()) {
            if entry.is_dir() {
                open.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "yml") {
                found.push(entry);
            }
        }
    }
    found.sort();
    found
}
