//! Any bytes as a detection file: every stage up to the queries, for every target.
//!
//! In: bytes. Out: nothing; a panic, a hang or a broken promise is a finding.
#![no_main]

use std::sync::{Arc, LazyLock};

use detc::catalogue::Catalogue;
use detc::diagnostics::Severity;
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, Target};
use libfuzzer_sys::fuzz_target;

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));
static PROFILES: LazyLock<Vec<&str>> =
    LazyLock::new(|| targets::profiles().map(|profile| profile.id).collect());
static TARGETS: LazyLock<Vec<Box<dyn Target>>> =
    LazyLock::new(|| PROFILES.iter().filter_map(|profile| targets::target(profile, &CATALOGUE)).collect());

fuzz_target!(|text: &str| {
    let file = SourceFile::new("fuzz.yml", text);
    let context = Context { catalogue: &CATALOGUE, profiles: &PROFILES };
    let mut findings = Vec::new();
    let detection = resolve_file(&file, &context, &mut findings);
    let errors = findings.iter().any(|finding| finding.severity() == Severity::Error);
    assert_eq!(
        detection.is_none(),
        errors,
        "a detection comes out if and only if there is no error: {findings:?}"
    );
    for label in findings.iter().flat_map(|finding| &finding.labels) {
        assert!(label.span.start <= label.span.end && label.span.end <= label.file.text().len(), "{label:?}");
    }
    let Some(detection) = detection else { return };
    for target in TARGETS.iter() {
        match target.compile(&detection, Options::default()) {
            Ok(compiled) => assert!(compiled.text.ends_with('\n')),
            Err(reasons) => assert!(!reasons.is_empty(), "a refusal has a reason"),
        }
    }
});
