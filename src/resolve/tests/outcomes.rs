//! Metadata, summaries, messages, tests, consents.

use super::{document, findings, resolved};
use crate::ir::{Observation, Time, Value};

const BLOCK: &str = "detection: {s: {Image: a}, condition: s}\n";

fn wrong(rest: &str) -> Vec<String> {
    findings(&format!("{BLOCK}{rest}"))
}

#[test]
fn metadata_is_checked_all_at_once() {
    let text = "id: nope\nname: \"a\\nb\"\nversion: 0\nstatus: done\ntype: ttp\nseverity: low\nauthor: x\n\
                date: 2026-13-01\ndescription: d\nattack: [T1199, T9999, t1562]\ndata_source: test.sorce\n";
    let (_, found) = resolved(text);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.id()).collect();
    assert_eq!(codes, ["E0405", "E0409", "E0408", "E0204", "E0406", "E0308", "E0308", "E0304"]);
}

#[test]
fn a_missing_key_does_not_hide_other_findings() {
    let (_, found) =
        resolved("name: A\ndata_source: test.source\ndetection: {s: {Imag: a}, condition: s}\nnmae: b\n");
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.id()).collect();
    assert!(codes.contains(&"E0201") && codes.contains(&"E0303"), "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "E0203").count(), 8, "{codes:?}");
}

#[test]
fn a_key_without_a_value_is_an_error() {
    for key in [
        "id",
        "name",
        "version",
        "status",
        "type",
        "author",
        "date",
        "description",
        "data_source",
        "detection",
    ] {
        let text = document(BLOCK);
        let lines = text.lines().map(|line| match line.split_once(':') {
            Some((found, _)) if found == key => format!("{key}:\n"),
            _ => format!("{line}\n"),
        });
        let (detection, found) = resolved(&lines.collect::<String>());
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, [format!("the required key `{key}` has no value")]);
        assert!(detection.is_none());
    }
}

#[test]
fn a_value_that_cannot_be_read_is_reported_once() {
    let text = document(BLOCK).replace("version: 1", "version: one");
    let (_, found) = resolved(&text);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.id()).collect();
    assert_eq!(codes, ["E0202"]);
}

#[test]
fn results_have_only_the_fields_of_the_summary() {
    let summary = "summarize: {by: [user]}\n";
    assert_eq!(
        wrong(&format!("{summary}suppress: {{by: [process_path], for: 1d}}")),
        ["E0312 the summary drops `process_path` | add it to `summarize: by` or `values` @ process_path"]
    );
    let risk = "risk: {message: 'by $user$ in $proces$ at $count$', objects: [{field: user, type: user, score: 500}]}";
    assert_eq!(
        wrong(&format!("{summary}{risk}")),
        [
            "E0312 the risk message names `proces`, which the result does not have @ $proces$",
            "E0408 a risk score is 1 to 100 @ 500"
        ]
    );
    assert_eq!(
        wrong("risk: {message: 'costs 5$', objects: []}"),
        [
            "E0312 the risk message has a `$` without its partner | write `$field$` for a field and `$$` for a dollar sign @ $"
        ]
    );
    assert!(wrong("risk: {message: 'costs 5$$ by $user$', objects: []}").is_empty());
}

#[test]
fn durations_tests_and_consents() {
    assert_eq!(
        wrong("schedule: {every: 1h, lookback: 0m}"),
        ["E0404 `0m` is not a duration: a duration of zero | for instance 15m, 1h or 7d @ 0m"]
    );
    assert_eq!(
        wrong("tests: [{name: t, events: [{Imag: a, Port: x}], expect: {matches: 1}}]"),
        [
            "E0602 `test.source` has no field `Imag` | did you mean `Image`? @ Imag",
            "E0401 the value does not fit `Port`, which is of type integer @ x"
        ]
    );
    assert_eq!(
        wrong("accept: [{target: kusto:xrd, loss: x, reason: y}]"),
        ["E0311 there is no target `kusto:xrd` | did you mean `kusto:xdr`? @ kusto:xrd"]
    );
    assert!(wrong("accept: [{target: kusto, loss: x, reason: y}]").is_empty());
}

#[test]
fn derived_fields_are_in_scope_after_their_definition() {
    let derive = "derive:\n  low: {lower: Image}\n  part: {split: {field: low, by: '\\', index: 1}}\n  \
                  who: {pair: {list: Changes, name: x}}\n  net: {network: {field: Address, v4: 24, v6: 64}}\n";
    assert!(
        findings(&format!("{derive}detection: {{s: {{low: a, part: b, who: c, net: d}}, condition: s}}"))
            .is_empty()
    );
    assert_eq!(
        findings(&format!("derive: {{a: {{lower: b}}, Image: {{lower: CommandLine}}}}\n{BLOCK}")),
        [
            "E0303 `test.source` has no field `b` | `detc sources test.source` lists the fields @ b",
            "E0303 `Image` is already a field of this source | choose another name @ Image"
        ]
    );
}

#[test]
fn events_of_a_test_are_whole() {
    let events = |test: &str| {
        let (detection, findings) =
            resolved(&document(&format!("{BLOCK}\ntests: [{{name: t, expect: {{matches: 1}}, {test}}}]")));
        assert!(findings.is_empty(), "{findings:?}");
        let test = detection.expect("a detection").tests.remove(0);
        test.events
    };
    let text = |value: &str| Value::Text(value.to_owned());
    let seen = events(
        "common: {Image: a, user: b, at: 90s}, events: [{}, {Image: c, at: 2m}, {user: null, at: null}]",
    );
    let fields = |seen: &Observation| seen.event.clone().into_iter().collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), text(value));
    assert_eq!(fields(&seen[0]), [pair("Image", "a"), pair("user", "b")]);
    assert_eq!(fields(&seen[1]), [pair("Image", "c"), pair("user", "b")]);
    assert_eq!(fields(&seen[2]), [pair("Image", "a")]);
    let after: Vec<i64> =
        seen.iter().map(|seen| seen.time.milliseconds - Time::TEST_START.milliseconds).collect();
    assert_eq!(after, [90_000, 120_000, 0]);
    // A null of an event that takes nothing away is a null, as without `common`.
    assert_eq!(
        fields(&events("common: {user: b}, events: [{Image: null}]")[0])[1],
        ("Image".to_owned(), Value::Null)
    );
}

#[test]
fn what_is_wrong_in_common_is_said_once() {
    let of = |common: &str, events: &str| {
        wrong(&format!("tests: [{{name: t, common: {common}, events: {events}, expect: {{matches: 1}}}}]"))
    };
    let three = "[{user: a}, {user: b}, {Imagf: c}]";
    assert_eq!(
        of("{Imag: a, Port: x}", three),
        [
            "E0602 `test.source` has no field `Imag` | did you mean `Image`? @ Imag",
            "E0401 the value does not fit `Port`, which is of type integer @ x",
            "E0602 `test.source` has no field `Imagf` | did you mean `Image`? @ Imagf"
        ]
    );
    assert_eq!(of("{at: soon, Port: x}", "[{user: a}, {user: b}]").len(), 2, "all at once");
    assert_eq!(of("{Port: x}", "[{Port: 1}, {Port: 2}]").len(), 1, "also where every event has its own");
    assert_eq!(of("{at: soon}", "[{user: a}, {user: b}]").len(), 1);
    assert_eq!(of("{at: soon}", "[{user: a, at: 1s}]").len(), 1, "also where every event has its own");
    assert_eq!(
        of("{data_source: test.sources}", "[{user: a}, {user: b}]"),
        ["E0319 the detection does not read `test.sources` | did you mean `test.source`? @ test.sources"]
    );
}
