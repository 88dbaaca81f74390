//! Results with and without a summary.

use serde_json::{Value as Json, json};

use super::fixture::*;
use crate::evaluate::{Evaluator, Row};
use crate::ir::{Detection, Event, Predicate, Summary};
use crate::source::Span;

fn summarized(by: &[&str], values: &[&str]) -> Detection {
    let fields = |names: &[&str]| names.iter().map(|name| here(field(name))).collect();
    let mut detection = detection(Predicate::All(Vec::new()));
    detection.summary = Some(Summary { by: fields(by), values: fields(values), span: Span::default() });
    detection
}

fn rows(detection: &Detection, events: &[Json]) -> Vec<Row> {
    let events: Vec<Event> = events.iter().cloned().map(event).collect();
    Evaluator::new(detection, source()).expect("compiles").results(&events)
}

fn row(fields: Json, count: u64) -> Row {
    Row { fields: event(fields), count }
}

#[test]
fn without_a_summary_every_matching_event_is_a_result() {
    let detection = detection(on("Cmd", [text("a*")]));
    let found = rows(
        &detection,
        &[
            json!({"Cmd": "ab", "Account": "bob", "Port": "443", "Other": null}),
            json!({"Cmd": "b"}),
            json!({"Cmd": "ac"}),
        ],
    );
    assert_eq!(
        found,
        [
            row(
                json!({"Cmd": "ab", "Account": "bob", "Port": 443, "user": "bob", "dest_port": 443, "process_id": "443"}),
                1
            ),
            row(json!({"Cmd": "ac"}), 1),
        ]
    );
}

#[test]
fn one_row_per_combination_with_the_number_of_events() {
    let found = rows(
        &summarized(&["user", "src"], &["Cmd"]),
        &[
            json!({"Account": "bob", "src": "x", "Cmd": "b"}),
            json!({"Account": "alice", "src": "x", "Cmd": "a"}),
            json!({"user": "bob", "src": "x", "Cmd": "a"}),
            json!({"Account": "bob", "src": "x", "Cmd": "b"}),
            json!({"Account": "bob", "src": "y"}),
        ],
    );
    assert_eq!(
        found,
        [
            row(json!({"user": "bob", "src": "x", "Cmd": ["a", "b"]}), 3),
            row(json!({"user": "alice", "src": "x", "Cmd": "a"}), 1),
            row(json!({"user": "bob", "src": "y"}), 1),
        ]
    );
}

#[test]
fn missing_null_and_empty_are_one_unknown() {
    let found = rows(
        &summarized(&["user", "dest_port"], &[]),
        &[
            json!({}),
            json!({"Account": null, "Port": []}),
            json!({"Account": ""}),
            json!({"Account": "unknown", "Port": 1}),
        ],
    );
    assert_eq!(
        found,
        [
            row(json!({"user": "unknown", "dest_port": "unknown"}), 3),
            row(json!({"user": "unknown", "dest_port": 1}), 1),
        ]
    );
}

#[test]
fn rows_are_told_apart_by_case() {
    let found = rows(&summarized(&["user"], &[]), &[json!({"Account": "Bob"}), json!({"Account": "bob"})]);
    assert_eq!(found, [row(json!({"user": "Bob"}), 1), row(json!({"user": "bob"}), 1)]);
}

#[test]
fn a_multivalue_field_makes_one_row_per_distinct_value() {
    let found = rows(
        &summarized(&["Roles", "Ports"], &[]),
        &[json!({"Roles": ["a", "b", "a", null, ""], "Ports": [1, "2"]}), json!({"Roles": "a", "Ports": 1})],
    );
    assert_eq!(
        found,
        [
            row(json!({"Roles": "a", "Ports": 1}), 2),
            row(json!({"Roles": "a", "Ports": 2}), 1),
            row(json!({"Roles": "b", "Ports": 1}), 1),
            row(json!({"Roles": "b", "Ports": 2}), 1),
        ]
    );
}

#[test]
fn collected_values_are_distinct_sorted_and_not_empty() {
    let found = rows(
        &summarized(&["user"], &["Ports", "Cmd", "Props"]),
        &[
            json!({"Ports": [10, 9, "9"], "Cmd": "", "Props": {"b": "1", "a": "2"}}),
            json!({"Ports": 100, "Cmd": null, "Props": {"a": "2"}}),
        ],
    );
    assert_eq!(found, [row(json!({"user": "unknown", "Ports": [10, 100, 9], "Props": ["a=2", "b=1"]}), 2)]);
}

#[test]
fn no_event_makes_no_row() {
    assert_eq!(rows(&summarized(&["user"], &[]), &[]), []);
}
