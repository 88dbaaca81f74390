//! The tests of detections: events in files of their own, and which of them must match.

use super::{DETECTION, detc, project, streams, write};

/// The head of the test detection with one test in the place of its own.
fn with_test(test: &str) -> String {
    let head = DETECTION.split("tests:").next().expect("a head");
    format!("{head}tests:\n  - name: t\n{test}")
}

/// Runs `test` over the detection; gives the exit code and the two streams.
fn run(folder: &tempfile::TempDir, test: &str) -> (Option<i32>, String, String) {
    write(folder.path(), "detections/a.yml", &with_test(test));
    let run = detc(folder.path()).args(["test", "detections"]).output().expect("it runs");
    let (out, talk) = streams(&run);
    (run.status.code(), out, talk)
}

const EVENTS: &str = r"    events:
      - {Image: 'C:\a\mimikatz.exe'}
      - {Image: 'C:\a\calc.exe'}
      - {Image: 'D:\mimikatz.exe'}
";

#[test]
fn the_events_that_match_can_be_named() {
    let folder = project();
    let (code, out, talk) = run(&folder, &format!("{EVENTS}    expect: {{events: [3, 1]}}\n"));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    assert!(talk.contains("1 of 1 test passed"), "{talk}");

    for (events, message) in [
        ("[1, 2]", "event 2 should match, and does not"),
        ("[1]", "event 3 matches, and should not"),
        ("[]", "event 1 matches, and should not"),
        ("[1, 3, 5]", "event 5 should match, and does not"),
    ] {
        let (code, out, _) = run(&folder, &format!("{EVENTS}    expect: {{events: {events}}}\n"));
        assert_eq!(code, Some(1));
        assert!(out.contains(&format!("error[E0601]: test `t`: {message}")), "{events}\n{out}");
    }
    let (_, out, _) = run(&folder, &format!("{EVENTS}    expect: {{events: [1, 2]}}\n"));
    assert!(out.contains("false: `Image` is `C:\\a\\calc.exe`"), "{out}");
}

#[test]
fn a_number_of_results_and_the_events_must_both_hold() {
    let folder = project();
    let (code, out, _) = run(&folder, &format!("{EVENTS}    expect: {{matches: 3, events: [1, 3]}}\n"));
    assert_eq!(code, Some(1));
    assert!(out.contains("3 results expected, 2 found"), "{out}");
}

#[test]
fn an_expectation_that_says_nothing_or_the_wrong_thing_is_refused() {
    let folder = project();
    for (expect, finding) in [
        ("{with: {Image: a}}", "error[E0203]: `matches` is missing"),
        ("{events: [0]}", "error[E0408]: events are counted from 1"),
        ("{events: [-1]}", "error[E0408]: expected a whole number, not negative"),
        ("{events: 1}", "error[E0202]"),
    ] {
        let (code, out, _) = run(&folder, &format!("{EVENTS}    expect: {expect}\n"));
        assert_eq!(code, Some(1), "{expect}");
        assert!(out.contains(finding), "{expect}\n{out}");
    }
    let several = with_test(&format!("{EVENTS}    expect: {{events: [1]}}\n")).replace(
        "tests:",
        "correlation:\n  event_count: {group_by: [Image], window: 10m, condition: {gte: 2}}\ntests:",
    );
    write(folder.path(), "detections/a.yml", &several);
    let run = detc(folder.path()).args(["test", "detections"]).output().expect("it runs");
    assert!(streams(&run).0.contains("error[E0312]: the results of a correlation are of several events"));
}

#[test]
fn events_may_stand_in_a_file() {
    let folder = project();
    let events = "{\"Image\": \"C:\\\\mimikatz.exe\"}\n{\"Image\": \"C:\\\\calc.exe\", \"at\": \"5m\"}\n";
    write(folder.path(), "detections/events/a.ndjson", events);
    let test = "    file: events/a.ndjson\n    expect: {events: [1]}\n";
    let (code, out, talk) = run(&folder, test);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");

    write(folder.path(), "detections/events/a.ndjson", "{\"Imagine\": 1}\nnonsense\n");
    let (code, out, _) = run(&folder, test);
    assert_eq!(code, Some(1));
    for part in
        ["error[E0602]: ", "events/a.ndjson:1:2", "error[E1220]: this is no JSON", "events/a.ndjson:2:2"]
    {
        assert!(out.contains(part), "{part}\n{out}");
    }
}

#[test]
fn a_file_of_events_must_be_there_and_stand_alone() {
    let folder = project();
    write(folder.path(), "other.ndjson", "{\"Image\": \"C:\\\\mimikatz.exe\"}\n");
    for (file, finding) in [
        ("none.ndjson", "error[E1220]: there is no file `detections/none.ndjson`"),
        ("../other.ndjson", "error[E1220]: the events stand in a file beside the detection"),
        ("/etc/passwd", "error[E1220]: the events stand in a file beside the detection"),
        ("''", "error[E1220]: the events stand in a file beside the detection"),
    ] {
        let (code, out, _) = run(&folder, &format!("    file: {file}\n    expect: {{matches: 1}}\n"));
        assert_eq!(code, Some(1), "{file}");
        assert!(out.contains(finding), "{file}\n{out}");
    }
    for more in [EVENTS, "    common: {Image: a}\n"] {
        let (_, out, _) = run(&folder, &format!("{more}    file: a.ndjson\n    expect: {{matches: 1}}\n"));
        assert!(out.contains("error[E0208]: a test with a `file` has no other events"), "{out}");
    }
    let (_, out, _) = run(&folder, "    expect: {matches: 1}\n");
    assert!(out.contains("error[E0207]: the test has no events"), "{out}");
}

/// A record of Sysmon as `evtx_dump` writes it.
const RECORD: &str = r##"{
  "Event": {
    "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
    "System": {
      "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
      "EventID": 1,
      "Execution": {"#attributes": {"ProcessID": 3904, "ThreadID": 4272}},
      "TimeCreated": {"#attributes": {"SystemTime": "2026-01-06T21:11:02.649150Z"}},
      "Channel": "Microsoft-Windows-Sysmon/Operational",
      "Computer": "host"
    },
    "EventData": {"RuleName": "-", "ProcessId": 3412, "Image": "C:\\Windows\\System32\\whoami.exe", "CommandLine": "whoami /all"}
  }
}"##;

/// A detection of what the record says.
fn of_records() -> String {
    with_test("    file: record.json\n    expect: {events: [1]}\n")
        .replace("test.process", "windows.process_creation")
        .replace(
            "{Image|endswith: \\mimikatz.exe}",
            "{Image|endswith: \\whoami.exe, CommandLine: whoami /all}",
        )
}

#[test]
fn a_record_of_windows_is_an_event() {
    let folder = project();
    write(folder.path(), "detections/a.yml", &of_records());
    write(folder.path(), "detections/record.json", RECORD);
    let run = detc(folder.path()).args(["test", "-t", "splunk,kusto:sentinel"]).output().expect("it runs");
    let (out, talk) = streams(&run);
    assert_eq!((run.status.code(), out.as_str()), (Some(0), ""), "{talk}");
    assert!(talk.contains("2 queries agree over 2 runs"), "{talk}");

    let arguments = ["explain", "--event", "detections/record.json", "detections/a.yml"];
    let run = detc(folder.path()).args(arguments).output().expect("it runs");
    let (out, talk) = streams(&run);
    assert_eq!(run.status.code(), Some(0), "{talk}");
    assert!(out.contains("1 result of 1 event") && out.contains("at 2026-01-06T21:11:02.649Z"), "{out}");

    write(folder.path(), "detections/record.json", &RECORD.replace("whoami /all", "whoami"));
    let run = detc(folder.path()).args(["test"]).output().expect("it runs");
    assert!(streams(&run).0.contains("event 1 should match, and does not"));
}
