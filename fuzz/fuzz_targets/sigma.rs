//! Any text as a Sigma file: every stage up to the queries for every target, and the file of the neutral format.
//!
//! In: text. Out: nothing; a panic, a hang or a broken promise is a finding.
#![no_main]

use std::sync::{Arc, LazyLock};

use detc::catalogue::Catalogue;
use detc::diagnostics::{Diagnostic, Severity};
use detc::import::sigma::{Context, Document, Together, read};
use detc::resolve;
use detc::source::SourceFile;
use detc::targets::{Options, Target, profiles, target};
use libfuzzer_sys::fuzz_target;

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));
static PROFILES: LazyLock<Vec<&'static str>> = LazyLock::new(|| profiles().map(|profile| profile.id).collect());
static TARGETS: LazyLock<Vec<Box<dyn Target>>> =
    LazyLock::new(|| profiles().filter_map(|profile| target(profile.id, &CATALOGUE)).collect());

/// Every place lies in its file, and there is a result if and only if there is no error.
fn check(findings: &[Diagnostic], result: bool) {
    for label in findings.iter().flat_map(|finding| &finding.labels) {
        assert!(label.span.start <= label.span.end && label.span.end <= label.file.text().len(), "{label:?}");
    }
    let error = findings.iter().any(|finding| finding.severity() == Severity::Error);
    assert!(result || error, "a refusal has a reason: {findings:?}");
}

fuzz_target!(|text: &str| {
    let context = Context {
        resolve: resolve::Context { catalogue: &CATALOGUE, profiles: &PROFILES },
        data_source: None,
    };
    let mut findings = Vec::new();
    let documents = read(&SourceFile::new("fuzz.yml", text), &mut findings);
    check(&findings, true);
    let broken = findings.iter().any(|finding| finding.severity() == Severity::Error);
    let together: Together = documents.iter().collect();
    for document in &documents {
        let mut findings = Vec::new();
        let detection = match document {
            Document::Rule(rule) => {
                let concerned = together.filters_of(rule);
                let mut own = Vec::new();
                let imported = rule.import(&concerned, &context, &mut own);
                check(&own, imported.is_some() || broken);
                rule.filtered(&concerned, &context, &mut findings)
            }
            Document::Correlation(correlation) => {
                let mut own = Vec::new();
                let imported = correlation.import(&together, &context, &mut own);
                check(&own, imported.is_some() || broken);
                correlation.resolve(&together, &context, &mut findings)
            }
            Document::Filter(_) => continue,
        };
        check(&findings, detection.is_some() || broken);
        let Some(detection) = detection else { continue };
        for target in TARGETS.iter() {
            match target.compile(&detection, Options::default()) {
                Ok(compiled) => assert!(compiled.text.ends_with('\n')),
                Err(reasons) => assert!(!reasons.is_empty(), "a refusal has a reason"),
            }
        }
    }
});
