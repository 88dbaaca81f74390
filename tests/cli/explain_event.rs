//! `explain --event`: which clause holds for which event, and bad files of events.

use serde_json::Value;

use super::{DETECTION, detc, project, streams, write};

const COUNT: &str = "\
correlation:
  event_count: {group_by: [Image], window: 10m, condition: {gte: 2}}
";

/// Runs it on `events.json`; gives the exit code and the two streams.
fn explain(folder: &tempfile::TempDir, events: &str, more: &[&str]) -> (Option<i32>, String, String) {
    write(folder.path(), "events.json", events);
    let run = detc(folder.path())
        .args(["explain", "--event", "events.json", "detections/a.yml"])
        .args(more)
        .output()
        .expect("it runs");
    let (out, talk) = streams(&run);
    (run.status.code(), out, talk)
}

#[test]
fn the_clauses_are_shown_with_their_values() {
    let folder = project();
    let events = r#"{"Image": "C:\\Temp\\MIMIKATZ.exe"}
{"Image": "C:\\Temp\\calc.exe"}
{}
"#;
    let (code, out, talk) = explain(&folder, events, &[]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    let expected = r"Suspicious Program: 1 result of 3 events

event 1 (events.json:1:1) at 2026-01-01T00:00:00Z
  matches
    true  line 12: Image|endswith: \mimikatz.exe <-
          `Image` is `C:\Temp\MIMIKATZ.exe`, which ends with `\mimikatz.exe`

event 2 (events.json:2:1) at 2026-01-01T00:00:00Z
  does not match
    false line 12: Image|endswith: \mimikatz.exe <-
          `Image` is `C:\Temp\calc.exe`

event 3 (events.json:3:1) at 2026-01-01T00:00:00Z
  does not match
    false line 12: Image|endswith: \mimikatz.exe <-
          `Image` is missing

result 1: 1 event
  `Image` is `C:\Temp\MIMIKATZ.exe`
  `process_path` is `C:\Temp\MIMIKATZ.exe`
";
    assert_eq!(out, expected);
}

#[test]
fn a_correlation_says_which_group_and_when() {
    let folder = project();
    let detection = DETECTION.replace("tests:", &format!("{COUNT}tests:"));
    let detection = detection.split("tests:").next().unwrap_or_default();
    write(folder.path(), "detections/a.yml", detection);
    let events = r#"[{"at": "1m", "Image": "\\mimikatz.exe"}, {"at": "11m", "Image": "\\MIMIKATZ.exe"}, {"at": "2h", "Image": "x"}]"#;
    let (code, out, _) = explain(&folder, events, &[]);
    assert_eq!(code, Some(0));
    for line in [
        "event 2 (events.json:1:43) at 2026-01-01T00:11:00Z",
        "  is in the stage `events`",
        "  is not in the stage `events`",
        r"the group in which `Image` is `\mimikatz.exe` alerts",
        "  the number of events over 10m is 2, at 2026-01-01T00:11:00Z",
        "  counted: events 1, 2; asked for: at least 2",
        "result 1: 2 events",
    ] {
        assert!(out.lines().any(|other| other == line), "{line}\n---\n{out}");
    }
    let (_, out, _) = explain(&folder, events, &["--now", "10m"]);
    assert!(out.contains("plays no part: it comes after what this run looks at"), "{out}");
    assert!(out.contains("the number of events over 10m is 1 at best"), "{out}");
}

#[test]
fn programs_read_the_same_as_records() {
    let folder = project();
    let events = r#"{"Image": "a\\mimikatz.exe"}"#;
    let (code, out, _) = explain(&folder, events, &["--message-format", "json"]);
    assert_eq!(code, Some(0));
    let records: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["type"], &records[0]["matches"]), (&"event".into(), &true.into()));
    let condition = &records[0]["sets"][0]["condition"];
    assert_eq!(condition["field"], "Image");
    assert_eq!(condition["by"], r"ends with `\mimikatz.exe`");
    assert_eq!((&condition["place"]["line"], &condition["holds"]), (&12.into(), &true.into()));
    assert_eq!(records[1]["type"], "result");
    assert_eq!(records[1]["fields"]["Image"], r"a\mimikatz.exe");
}

#[test]
fn every_bad_event_is_shown_with_its_place() {
    let folder = project();
    let events = "{\"Imag\": \"x\"}\n{\"Image\": {\"a\": [1]}}\n{\"Image\": x}\n{\"at\": \"soon\", \"Image\": [\"x\"]}\n";
    let (code, out, talk) = explain(&folder, events, &[]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "no account of a part of the events");
    for (place, code) in [
        ("events.json:1:2", "E0602"),
        ("events.json:2:11", "E1221"),
        ("events.json:3:11", "E1220"),
        ("events.json:4:8", "E0401"),
        ("events.json:4:25", "E0401"),
    ] {
        assert!(talk.contains(&format!("error[{code}]")), "{code}\n{talk}");
        assert!(talk.contains(&format!("--> {place}\n")), "{place}\n{talk}");
    }
    let (code, _, talk) = explain(&folder, "", &[]);
    assert_eq!(code, Some(1));
    assert!(talk.contains("error[E1220]: the file holds no event"), "{talk}");
    let (code, _, talk) = explain(&folder, "{}", &["--now", "noon"]);
    assert_eq!(code, Some(2));
    assert!(talk.starts_with("error: `noon` is no moment\n  help: "), "{talk}");
}

#[test]
fn what_cannot_run_says_so() {
    let folder = project();
    let run = |arguments: &[&str]| {
        let run = detc(folder.path()).arg("explain").args(arguments).output().expect("it runs");
        (run.status.code(), streams(&run).1)
    };
    let (code, talk) = run(&["--event", "none.json", "detections/a.yml"]);
    assert_eq!(code, Some(2));
    assert!(talk.contains("cannot read `none.json`"), "{talk}");
    assert_eq!(run(&["--event", "-", "-"]).0, Some(2));
    assert_eq!(run(&["--event", "x.json", "none.yml"]).0, Some(2));
    assert_eq!(run(&["--now", "1h", "detections/a.yml"]).0, Some(2), "--now is for events");
}
