//! The first detection's search for `splunk:escu` is one agreed line, byte for byte, and none of it is in the detection.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, Verdict};

const EXPECTED: &str = include_str!("fixtures/o365_cross_tenant_access_change.spl");
const FILE: &str = "detections/entra/o365_cross_tenant_access_change.yml";

fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).expect("the detection is there")
}

#[test]
fn compiles_to_the_agreed_line() {
    let catalogue = Arc::new(Catalogue::embedded());
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new(FILE, text()), &context, &mut findings);
    assert!(findings.is_empty(), "{findings:#?}");
    let target = targets::target("splunk:escu", &catalogue).expect("the profile exists");
    let detection = detection.expect("the detection resolves");
    let compiled = target.compile(&detection, Options::default()).expect("the detection compiles");
    assert_eq!(compiled.text, EXPECTED);
    assert_eq!(compiled.verdict, Verdict::Exact);
}

#[test]
fn holds_no_target_text() {
    let text = text();
    // What a detection engineer would recognise as SPL, and the parts of the line that come from the catalogue.
    for part in [
        "`",
        " | ",
        "mvindex",
        "fillnull",
        "stats count",
        "eval user",
        "case(",
        "match(",
        "Actor{}",
        "Workload=",
        "firstTime",
        "min(_time)",
        "security_content_ctime",
        "_filter",
        "o365_management_activity",
        " IN (",
        // The trailing dot of the unified audit log is the value map's.
        "access setting.\"",
    ] {
        assert!(EXPECTED.contains(part), "the check is stale: the expected line has no `{part}`");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(part)).collect();
        assert!(lines.is_empty(), "the detection holds `{part}`: {lines:?}");
    }
    // No stretch of the line longer than a value stands in the detection.
    let longest_value = "Delete partner specific cross-tenant access setting".len() + 2;
    for (start, _) in EXPECTED.char_indices() {
        if let Some(window) = EXPECTED.get(start..start + longest_value) {
            assert!(!text.contains(window), "the detection holds `{window}`");
        }
    }
}
