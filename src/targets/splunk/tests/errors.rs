//! Findings: all at once, each with its code.

use super::{compile, refusals};

#[test]
fn all_findings_of_a_detection_come_at_once() {
    let body = "detection:\n  s: {Nowhere: a, Kind: nothing, 'Time|day': 1, Half: x}\n  condition: s\n\
                summarize: {by: [Nowhere]}";
    let found = refusals(body, "splunk");
    let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["E0503", "E0407", "E0504", "E0503"], "{found:#?}");
}

#[test]
fn a_missing_field_says_why() {
    let findings = compile("detection: {s: {Nowhere: a}, condition: s}", "splunk").expect_err("refused");
    assert_eq!(findings[0].labels[0].text, "nobody writes it");
    assert!(findings[0].help.as_ref().expect("help").contains("raw:"));
}

#[test]
fn capability_errors_name_the_construct() {
    for (selection, construct) in [
        ("{Time|day: 1}", "this part of a moment"),
        ("{Dotted|re: a}", "this test on `Dotted`"),
        ("{Roles|fieldref: Name}", "the comparison of `Roles` with `Name`"),
        ("{Id|gt: 9007199254740993}", "the comparison with 9007199254740993"),
    ] {
        // With a test that only `where` can say.
        let body = format!("detection: {{s: {selection}, t: {{Name|cased: A}}, condition: s and t}}");
        assert_eq!(
            refusals(&body, "splunk"),
            [("E0501", format!("splunk cannot say {construct}"))],
            "{selection}"
        );
    }
}

#[test]
fn a_source_that_is_not_there_names_where_it_is() {
    let source = super::SOURCE.replace("  splunk:cim:\n", "  sigma:\n");
    let found = super::compile_over(
        &source,
        "detection: {s: {Name: a}, condition: s}",
        "splunk:cim",
        crate::targets::Options::default(),
    )
    .expect_err("refused");
    assert_eq!(found[0].code.id(), "E0502");
    let help = found[0].help.as_deref().unwrap_or_default();
    assert!(
        help.starts_with(
            "compile for splunk, splunk:escu, sigma, or write the query under `raw: {splunk:cim:"
        ),
        "{help}"
    );
}

#[test]
fn raw_text_must_be_well_formed() {
    for wrong in
        ["index=x | | head", "index=x |", "index=\"x", "stats count(", "a [search b", "`m", "a ```c", "(a]"]
    {
        let body = format!(
            "detection: {{s: {{Name: a}}, condition: s}}\nraw: {{splunk: {{query: '{wrong}', reason: r}}}}"
        );
        assert_eq!(refusals(&body, "splunk")[0].0, "E0505", "{wrong}");
    }
}
