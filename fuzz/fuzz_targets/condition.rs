//! Any text as the condition over three selections.
//!
//! In: text. Out: nothing; a panic or a hang is a finding.
#![no_main]

use std::sync::LazyLock;

use detc::catalogue::Catalogue;
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use libfuzzer_sys::fuzz_target;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

fuzz_target!(|condition: &str| {
    // Single quotes are YAML's way to hold any text but line breaks and control characters.
    if condition.chars().any(char::is_control) {
        return;
    }
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
         author: A\ndate: 2026-03-10\ndescription: D\ndata_source: entra.audit\ndetection:\n  \
         one: {{Operation: a}}\n  two: {{Operation: b}}\n  one_more: {{Operation: c}}\n  condition: '{}'\n",
        condition.replace('\'', "''")
    );
    let context = Context { catalogue: &CATALOGUE, profiles: &[] };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new("fuzz.yml", text), &context, &mut findings);
    assert!(detection.is_some() || !findings.is_empty(), "a refusal has a reason");
});
