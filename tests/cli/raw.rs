//! Tests over events as products have them.

use super::{detc, project, streams, write};

/// Sign-ins without a second factor, in Splunk and Sentinel.
const HEAD: &str = r#"id: 3f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
name: Console Login
version: 1
status: test
type: ttp
severity: medium
author: A. Writer
date: 2026-01-31
description: Somebody signed in with a password alone.
data_source: aws.cloudtrail
detection:
  signed_in:
    eventName: ConsoleLogin
    additionalEventData.MFAUsed|cased: "No"
  condition: signed_in
"#;

const SPLUNK: &str = r#"      splunk:
        - sourcetype: aws:cloudtrail
          event: {eventName: ConsoleLogin, additionalEventData: {MFAUsed: "Yes"}}
        - sourcetype: aws:cloudtrail
          time: 1767225600
          event: {eventName: ConsoleLogin, additionalEventData: {MFAUsed: "No"}}
"#;

const SENTINEL: &str = r#"      kusto:sentinel:
        AWSCloudTrail:
          - {EventName: ConsoleLogin, AdditionalEventData: '{"MFAUsed":"Yes"}'}
          - {EventName: consolelogin, AdditionalEventData: '{"MFAUsed":"No"}', TimeGenerated: "2026-01-01T00:00:00Z"}
"#;

/// Runs a test with these events; gives the exit code and the two streams.
fn run(raw: &str, expect: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = project();
    let test = format!("tests:\n  - name: as recorded\n    raw:\n{raw}    expect: {{{expect}}}\n");
    write(folder.path(), "detections/a.yml", &format!("{HEAD}{test}"));
    let run = detc(folder.path()).args(["test", "detections"]).args(more).output().expect("it runs");
    let (out, talk) = streams(&run);
    (run.status.code(), out, talk)
}

#[test]
fn each_target_is_asked_about_its_own_events() {
    let (code, out, talk) = run(&format!("{SPLUNK}{SENTINEL}"), "events: [2]", &[]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    // `splunk` and `splunk:escu`, but not the data models of `splunk:cim`; and Sentinel.
    assert!(talk.contains("3 queries agree over 3 runs"), "{talk}");
    let (code, _, talk) = run(SPLUNK, "matches: 1", &["--filter", "RECORDED", "-t", "splunk"]);
    assert_eq!(code, Some(0), "{talk}");
    assert!(talk.contains("1 query agrees over 1 run"), "{talk}");
}

#[test]
fn what_selects_the_events_of_a_source_is_asked_for_too() {
    let elsewhere = SPLUNK.replace("sourcetype: aws:cloudtrail", "sourcetype: other");
    let (code, out, talk) = run(&elsewhere, "matches: 0", &["-t", "splunk"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    // A macro stands for what its owner says, and so for every event that is given.
    let (code, out, talk) = run(&elsewhere, "matches: 1", &["-t", "splunk:escu"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
}

#[test]
fn what_a_query_finds_beyond_or_less_is_a_finding() {
    for (expect, finding) in [
        ("matches: 2", "the number of its results is 1, the test expects 2"),
        ("events: [1]", "it misses event 1"),
        ("events: []", "it finds event 2"),
        ("events: [1, 2]", "it misses event 1"),
    ] {
        for (raw, target) in [(SPLUNK, "splunk"), (SENTINEL, "kusto:sentinel")] {
            let (code, out, _) = run(raw, expect, &["-t", target]);
            assert_eq!(code, Some(1), "{expect}");
            let finding = format!("error[E1201]: {target}: test `as recorded`: {finding}");
            assert!(out.contains(&finding), "{finding}\n{out}");
        }
    }
}

#[test]
fn a_text_has_the_fields_that_are_said_to_be_extracted() {
    let text = r#"      splunk:
        - sourcetype: aws:cloudtrail
          event: "some text"
          fields: {eventName: ConsoleLogin, additionalEventData.MFAUsed: "No"}
"#;
    let (code, out, talk) = run(text, "matches: 1", &["-t", "splunk"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
}

#[test]
fn events_of_another_form_are_refused_with_the_reason() {
    for (target, records, code, words) in [
        ("splunk", "{a: 1}", "E1202", "a list of events is expected"),
        ("splunk", "[1]", "E1202", "event 1: an event is an object"),
        (
            "splunk",
            "[{event: {}}, {eventName: x, event: {}}]",
            "E1202",
            "event 2: `eventName` is nothing that",
        ),
        ("splunk", "[{sourcetype: x}]", "E1202", "`event` is missing"),
        ("splunk", "[{event: x, time: noon}]", "E1202", "`time` is the seconds since 1970"),
        ("splunk", "[{event: x, fields: y}]", "E1202", "`fields` is no mapping"),
        ("kusto:sentinel", "[1]", "E1202", "tables with their rows are expected"),
        ("kusto:sentinel", "{Nonsense: []}", "E1202", "`Nonsense` is no table that the detection reads"),
        ("kusto:sentinel", "{AWSCloudTrail: 1}", "E1202", "`AWSCloudTrail` is no list of rows"),
        ("kusto:sentinel", "{AWSCloudTrail: [1]}", "E1202", "a row of `AWSCloudTrail` is no object"),
        ("kusto:sentinel", "{AWSCloudTrail: [{Nonsense: 1}]}", "E1202", "there is no column `Nonsense`"),
        (
            "kusto:sentinel",
            "{AWSCloudTrail: [{EventName: 1}]}",
            "E1202",
            "`1` is no string, as `EventName` is",
        ),
        ("sigma", "[]", "E1202", "no event of a product can be shown there"),
        ("splunks", "[]", "E0311", "there is no target `splunks`"),
    ] {
        let (exit, out, talk) = run(&format!("      {target}: {records}\n"), "matches: 0", &[]);
        assert_eq!(exit, Some(1), "{target} {records}\n{out}{talk}");
        assert!(out.contains(&format!("error[{code}]")) && out.contains(words), "{words}\n{out}");
    }
}

#[test]
fn what_raw_events_are_not_held_against_is_refused() {
    let (code, out, _) = run(SPLUNK, "matches: 1, with: {user: alice}", &[]);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[E0208]: `with` is about events in neutral fields"), "{out}");
    let common =
        SPLUNK.replace("      splunk:", "      splunk: []\n    common: {eventName: x}\n    ignored:");
    let (code, out, _) = run(common.split("    ignored:").next().expect("a head"), "matches: 0", &[]);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[E0208]: `common` is about events in neutral fields"), "{out}");
}

#[test]
fn rows_of_data_models_are_made_by_others() {
    let folder = project();
    let process = HEAD.replace("aws.cloudtrail", "windows.process_creation").replace(
        "    eventName: ConsoleLogin\n    additionalEventData.MFAUsed|cased: \"No\"\n",
        "    CommandLine|contains: whoami\n",
    );
    for (target, code) in [("splunk:cim", Some(1)), ("splunk", Some(0))] {
        let test = format!("tests:\n  - {{name: t, raw: {{'{target}': []}}, expect: {{matches: 0}}}}\n");
        write(folder.path(), "detections/a.yml", &format!("{process}{test}"));
        let run = detc(folder.path()).args(["test", "detections"]).output().expect("it runs");
        let (out, talk) = streams(&run);
        assert_eq!(run.status.code(), code, "{out}{talk}");
        assert_eq!(out.contains("error[E1202]: splunk:cim"), code == Some(1), "{out}{talk}");
    }
}
