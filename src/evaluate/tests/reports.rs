//! What failed tests say, and where.

use serde_json::{Value as Json, json};

use super::fixture::*;
use crate::diagnostics::Code;
use crate::evaluate::{Clause, Evaluator, check_tests};
use crate::ir::{Detection, FieldTest, Match, Predicate, Regex, Summary, TestCase};
use crate::source::{Span, Spanned};

const FILE: &str = "\
sel:
  Cmd|contains: evil
  Port: 443
filter:
  Account: svc
  Other: ok
expect: {matches: 1, with: {user: bob}}
";

fn clause(
    file: &std::sync::Arc<crate::source::SourceFile>,
    name: &str,
    test: Match,
    text: &str,
) -> Predicate {
    Predicate::Field(FieldTest { field: field(name), any_of: vec![test], span: span_of(file, text) })
}

/// `sel and not filter`, over `FILE`.
fn example() -> Detection {
    let mut detection = detection_in(FILE, Predicate::All(Vec::new()));
    let file = &detection.file.clone();
    let condition = condition_of(&mut detection);
    *condition = Predicate::all([
        clause(file, "Cmd", text("*evil*"), "Cmd|contains: evil"),
        clause(file, "Port", int(443), "Port: 443"),
        Predicate::not(Predicate::all([
            clause(file, "Account", text("svc"), "Account: svc"),
            clause(file, "Other", text("ok"), "Other: ok"),
        ])),
    ]);
    detection
}

fn add_test(detection: &mut Detection, events: &[Json], matches: u32, with: &[(&str, Json)]) {
    let file = &detection.file;
    let case = TestCase {
        now: None,
        name: here("the test".to_owned()),
        events: events.iter().cloned().map(event).map(seen).collect(),
        file: None,
        which: None,
        matches: Spanned::new(matches, span_of(file, "1")),
        with: with
            .iter()
            .map(|(name, value)| {
                (here(field(name)), Spanned::new(value_of(value.clone()), span_of(file, "bob")))
            })
            .collect(),
    };
    detection.tests.push(case);
}

/// Message, labels as (underlined text, words), notes.
type Said = (String, Vec<(String, String)>, Vec<String>);

fn failures(detection: &Detection) -> Vec<Said> {
    let report = check_tests(detection, &[source()]);
    assert_eq!(report.passed.len() + report.failures.len(), detection.tests.len());
    report
        .failures
        .into_iter()
        .map(|failure| {
            assert_eq!(failure.code, Code::E0601);
            let labels =
                failure.labels.iter().map(|l| (l.file.slice(l.span).to_owned(), l.text.clone())).collect();
            (failure.message, labels, failure.notes)
        })
        .collect()
}

fn only_failure(events: &[Json], matches: u32, with: &[(&str, Json)]) -> Said {
    let mut detection = example();
    add_test(&mut detection, events, matches, with);
    failures(&detection).pop().expect("the test fails")
}

fn label(underlined: &str, words: &str) -> (String, String) {
    (underlined.to_owned(), words.to_owned())
}

#[test]
fn tests_that_hold_are_listed() {
    let mut detection = example();
    add_test(
        &mut detection,
        &[json!({"Cmd": "EVIL", "Port": 443, "Account": "bob"})],
        1,
        &[("user", json!("bob"))],
    );
    add_test(&mut detection, &[json!({"Cmd": "good"})], 0, &[("user", json!("bob"))]);
    let report = check_tests(&detection, &[source()]);
    assert_eq!((report.passed.len(), report.failures), (2, vec![]));
}

#[test]
fn an_event_that_should_match_names_the_clause_that_fails() {
    let (message, labels, notes) = only_failure(&[json!({"Cmd": "evil", "Port": "80"})], 1, &[]);
    assert_eq!(message, "test `the test`: 1 result expected, 0 found");
    assert_eq!(labels, [label("1", "found 0"), label("Port: 443", "false: `Port` is `80`")]);
    assert_eq!(notes, ["event 1 does not match"]);
}

#[test]
fn the_first_event_that_does_not_match_is_explained() {
    let good = json!({"Cmd": "evil", "Port": 443});
    let (message, labels, notes) = only_failure(&[good, json!({"Port": 443})], 2, &[]);
    assert_eq!(message, "test `the test`: 2 results expected, 1 found");
    assert_eq!(labels[1], label("Cmd|contains: evil", "false: `Cmd` is missing"));
    assert_eq!(notes, ["event 2 does not match"]);
}

#[test]
fn an_excluded_event_names_what_excludes_it() {
    let event = json!({"Cmd": "evil", "Port": 443, "Account": "SVC", "Other": "ok"});
    let (_, labels, _) = only_failure(&[event], 1, &[]);
    assert_eq!(
        labels[1..],
        [label("Account: svc", "true: `Account` is `SVC`"), label("Other: ok", "true: `Other` is `ok`")]
    );
}

#[test]
fn an_event_too_many_is_explained_by_what_holds() {
    let (message, labels, notes) = only_failure(&[json!({"Cmd": "evil", "Port": 443, "Other": ""})], 0, &[]);
    assert_eq!(message, "test `the test`: 0 results expected, 1 found");
    assert_eq!(labels[1], label("Cmd|contains: evil", "true: `Cmd` is `evil`"));
    assert_eq!(labels.len(), 4, "at most three clauses");
    assert_eq!(notes, ["event 1 matches"]);
}

#[test]
fn of_alternatives_the_nearest_is_explained() {
    let mut detection = example();
    let file = &detection.file.clone();
    let condition = condition_of(&mut detection);
    *condition = Predicate::any([
        Predicate::all([
            clause(file, "Account", text("svc"), "Account: svc"),
            clause(file, "Other", text("ok"), "Other: ok"),
        ]),
        Predicate::all([
            clause(file, "Cmd", text("*evil*"), "Cmd|contains: evil"),
            clause(file, "Port", int(443), "Port: 443"),
        ]),
    ]);
    add_test(&mut detection, &[json!({"Port": 443, "Cmd": ""})], 1, &[]);
    let labels = &failures(&detection)[0].1;
    assert_eq!(labels[1], label("Cmd|contains: evil", "false: `Cmd` is the empty text"));
}

#[test]
fn a_summary_that_merges_events_is_said() {
    let mut detection = example();
    detection.summary =
        Some(Summary { by: vec![here(field("user"))], values: Vec::new(), span: Span::default() });
    let event = json!({"Cmd": "evil", "Port": 443, "Account": "bob"});
    add_test(&mut detection, &[event.clone(), event], 2, &[]);
    let (message, labels, notes) = &failures(&detection)[0];
    assert_eq!(message, "test `the test`: 2 results expected, 1 found");
    assert_eq!(
        (labels.len(), notes.as_slice()),
        (1, &["2 events match, and `summarize` makes 1 row of them".to_owned()][..])
    );
}

#[test]
fn a_wrong_value_is_placed_at_the_value() {
    let event = json!({"Cmd": "evil", "Port": 443, "Account": "Bob"});
    let (message, labels, _) = only_failure(std::slice::from_ref(&event), 1, &[("user", json!("bob"))]);
    assert_eq!(message, "test `the test`: `user` has another value");
    assert_eq!(labels, [label("bob", "result 1: `user` is `Bob`")]);
    let (_, labels, _) = only_failure(&[event], 1, &[("src", json!("x")), ("user", json!(null))]);
    assert_eq!(
        labels,
        [label("bob", "result 1: `src` is missing"), label("bob", "result 1: `user` is `Bob`")]
    );
}

#[test]
fn expected_values_are_read_as_the_field_says() {
    let mut detection = example();
    let event = json!({"Cmd": "evil", "Port": "0443", "Roles": ["a", "b"]});
    for with in [
        ("Port", json!("443")),
        ("dest_port", json!(443)),
        ("process_id", json!(443)),
        ("Roles", json!("b")),
        ("Other", json!(null)),
    ] {
        add_test(&mut detection, std::slice::from_ref(&event), 1, &[with]);
    }
    assert_eq!(failures(&detection), []);
}

#[test]
fn long_values_and_control_characters_are_shown_on_one_line() {
    let long = format!("a\n{}", "x".repeat(200));
    let (_, labels, _) = only_failure(&[json!({"Cmd": long, "Port": 443})], 1, &[]);
    assert_eq!(labels[1].1, format!("false: `Cmd` is `a\\n{}…`", "x".repeat(78)));
}

#[test]
fn a_keyword_is_explained() {
    let mut detection = example();
    let span = span_of(&detection.file, "evil");
    let condition = condition_of(&mut detection);
    let Predicate::Keyword(mut word) = keyword(&["needle"]) else { panic!("a keyword") };
    word.span = span;
    *condition = Predicate::Keyword(word);
    add_test(&mut detection, &[json!({"Cmd": "hay"})], 1, &[]);
    assert_eq!(failures(&detection)[0].1[1], label("evil", "false: none of these is in the event"));
}

#[test]
fn an_expression_too_large_to_compile_is_an_error() {
    // Valid, but a program of many megabytes.
    let regex = Regex::parse(r"(?:\w{1000}){1000}", "").expect("parses");
    let mut detection = detection(on("Cmd", [Match::Regex(regex)]));
    add_test_without_places(&mut detection);
    let report = check_tests(&detection, &[source()]);
    assert_eq!(report.failures.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::E0402]);
    assert_eq!(report.passed, Vec::<String>::new());
}

fn add_test_without_places(detection: &mut Detection) {
    detection.tests.push(TestCase {
        now: None,
        name: here("any".to_owned()),
        events: Vec::new(),
        file: None,
        which: None,
        matches: here(0),
        with: Vec::new(),
    });
}

#[test]
fn an_explanation_is_a_tree_with_answers() {
    let detection = example();
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let tree = evaluator.explain(&event(json!({"Cmd": "evil", "Port": 80})));
    assert!(!tree.holds);
    let Clause::All(parts) = &tree.clause else { panic!("{tree:?}") };
    assert_eq!(parts.iter().map(|part| part.holds).collect::<Vec<_>>(), [true, false, true]);
    let Clause::Field { name, values, .. } = &parts[1].clause else { panic!("{:?}", parts[1]) };
    assert_eq!((name.as_str(), values.as_slice()), ("Port", &[value_of(json!(80))][..]));
    let Clause::Not(inner) = &parts[2].clause else { panic!("{:?}", parts[2]) };
    assert!(!inner.holds);
}
