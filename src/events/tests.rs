//! Files of events by hand: expectations come from RFC 8259 and the opening comment of the module.

use std::sync::Arc;

use super::read;
use crate::diagnostics::{Code, Diagnostic};
use crate::schema::{Event, EventValue, Scalar};
use crate::source::{SourceFile, Spanned};

fn events(text: &str) -> (Arc<SourceFile>, Vec<Spanned<Event>>, Vec<Diagnostic>) {
    let file = SourceFile::new("events.json", text);
    let mut findings = Vec::new();
    let events = read(&file, &mut findings).into_iter().map(|written| written.event).collect();
    (file, events, findings)
}

/// The findings as `line:column code message`.
fn problems(text: &str) -> Vec<String> {
    let (file, _, findings) = events(text);
    let shown = findings.iter().map(|finding| {
        let place = file.line_column(finding.labels[0].span.start);
        format!("{}:{} {} {}", place.line, place.column, finding.code.id(), finding.message)
    });
    shown.collect()
}

#[test]
fn one_event_an_array_and_lines_are_the_same_events() {
    let (_, one, findings) = events("\n {\"a\": 1}\n");
    assert_eq!((one.len(), findings.len()), (1, 0));
    for text in [
        "[{\"a\": 1},\n{\"a\": 2}]",
        "{\"a\": 1}\n{\"a\": 2}\n",
        "{\"a\":\n 1}\n\n {\"a\": 2}",
        "[{\"a\":1}] {\"a\":2}",
    ] {
        let (_, both, findings) = events(text);
        assert_eq!(findings, [], "{text}");
        let values: Vec<&EventValue> = both.iter().map(|event| &event.value["a"].value).collect();
        assert_eq!(
            values,
            [1, 2].map(|n| EventValue::One(Scalar::Integer(n))).iter().collect::<Vec<_>>(),
            "{text}"
        );
    }
}

#[test]
fn values_keep_their_kind_and_place() {
    let text = r#"{"text": "a\"\u00e9\ud83d\ude00", "real": 1.5, "none": null, "yes": true,
 "many": ["x", 2], "pairs": {"n": "v"}}"#;
    let (file, events, findings) = events(text);
    assert_eq!(findings, []);
    let event = &events[0].value;
    let one = |name: &str| match &event[name].value {
        EventValue::One(scalar) => scalar.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(one("text"), Scalar::Text("a\"é😀".to_owned()));
    assert_eq!(one("real"), Scalar::Real(1.5));
    assert_eq!((one("none"), one("yes")), (Scalar::Null, Scalar::Boolean(true)));
    let many = EventValue::Many(vec![Scalar::Text("x".to_owned()), Scalar::Integer(2)]);
    assert_eq!(event["many"].value, many);
    let pairs = EventValue::Pairs(vec![("n".to_owned(), Scalar::Text("v".to_owned()))]);
    assert_eq!(event["pairs"].value, pairs);
    let keys: Vec<&str> = event.keys().map(|key| file.slice(key.span)).collect();
    assert_eq!(keys, ["\"text\"", "\"real\"", "\"none\"", "\"yes\"", "\"many\"", "\"pairs\""]);
    assert_eq!(file.slice(event["pairs"].span), "{\"n\": \"v\"}");
}

#[test]
fn every_problem_is_said_with_its_place() {
    assert_eq!(problems(""), ["1:1 E1220 the file holds no event"]);
    assert_eq!(problems("[]"), ["1:1 E1220 the file holds no event"]);
    assert_eq!(
        problems("{\"a\": 1}\n{\"a\": tru}\n{\"a\": 3}\nx\n{\"b\" 1}\n"),
        [
            "2:10 E1220 this is no JSON: expected ident",
            "4:1 E1220 this is no JSON: expected value",
            "5:6 E1220 this is no JSON: expected `:`",
        ]
    );
    assert_eq!(problems("{\"a\": 1"), ["1:7 E1220 this is no JSON: EOF while parsing an object"]);
    assert_eq!(
        problems("[{\"a\": 1,\n  \"é\": {\"x\": [1]}, \"a\": 2}, 7, [{}],\n {\"n\": 18446744073709551616}]"),
        [
            "2:8 E1221 the value of `é` is nested too deep",
            "2:20 E1221 `a` is given twice",
            "2:29 E1221 an event is an object",
            "2:32 E1221 an event is an object",
            "3:8 E1221 the number in `n` is too large to be kept exactly",
        ]
    );
}

#[test]
fn what_can_be_read_is_read() {
    let (_, read, findings) = events("{\"a\": 1}\nnonsense\n{\"a\": 3}\n");
    assert_eq!((read.len(), findings.len()), (2, 1));
    assert_eq!(findings[0].code, Code::E1220);
}

#[test]
fn hostile_files_do_not_panic() {
    for text in [
        "\u{0}",
        "{",
        "[",
        "\"",
        "{\"é",
        "[[[[",
        "{\"a\":\"\\ud83d\"}",
        "{\"\":{}}",
        "é",
        "{}\n{é",
        "1e999",
        "{\"a\":1e999}",
    ] {
        events(text);
    }
    let (_, _, findings) = events(&"[".repeat(100_000));
    assert_eq!(findings.len(), 1);
}
