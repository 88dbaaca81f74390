//! A data source with a field of every type, and short ways to write predicates, events and detections.

use std::sync::{Arc, OnceLock};

use crate::catalogue::{CommonFields, Source};
use crate::evaluate::Evaluator;
use crate::ir::*;
use crate::source::{SourceFile, Span, Spanned};

const SOURCE: &str = r#"
id: test.events
name: Test events
description: A field of every type.
fields:
  Cmd: {type: text, meaning: Text.}
  Other: {type: text, meaning: More text.}
  Account: {type: text, meaning: An account.}
  Port: {type: integer, meaning: A whole number.}
  Peer: {type: integer, meaning: Another.}
  Score: {type: real, meaning: A number.}
  Ok: {type: boolean, meaning: True or false.}
  Address: {type: ip, meaning: An address.}
  When: {type: timestamp, meaning: A moment.}
  Props: {type: pairs, meaning: Names and values.}
  Roles: {type: text, many: true, meaning: Several texts.}
  Ports: {type: integer, many: true, meaning: Several numbers.}
common:
  user: {same_as: Account}
  dest_port: {same_as: Port}
  process_id: {same_as: Port}
  src: {}
bindings: {}
"#;

const COMMON: &str = "
user: {type: text, meaning: The account.}
src: {type: text, meaning: The origin.}
dest_port: {type: integer, meaning: The port.}
process_id: {type: text, meaning: A number as text.}
";

pub(super) fn source() -> &'static Source {
    static SOURCE_READ: OnceLock<Source> = OnceLock::new();
    SOURCE_READ.get_or_init(|| {
        let common = CommonFields::parse(COMMON).expect("valid common fields");
        Source::parse(&SourceFile::new("test.events.yml", SOURCE), &common).expect("a valid source")
    })
}

/// A field of the source; any other name is a derived text.
pub(super) fn field(name: &str) -> Field {
    source().field(name).map_or_else(|| derived_field(name, FieldType::Text), |spec| spec.field.clone())
}

pub(super) fn derived_field(name: &str, field_type: FieldType) -> Field {
    Field { name: name.into(), field_type, many: false, kind: FieldKind::Derived }
}

pub(super) fn on(name: &str, any_of: impl IntoIterator<Item = Match>) -> Predicate {
    Predicate::Field(FieldTest {
        field: field(name),
        any_of: any_of.into_iter().collect(),
        span: Span::default(),
    })
}

pub(super) fn text(written: &str) -> Match {
    Match::Text { pattern: Pattern::parse(written), case: Case::Insensitive }
}

pub(super) fn cased(written: &str) -> Match {
    Match::Text { pattern: Pattern::parse(written), case: Case::Sensitive }
}

pub(super) fn regex(source: &str, flags: &str) -> Match {
    Match::Regex(Regex::parse(source, flags).expect("a valid expression"))
}

pub(super) fn number(comparison: Comparison, number: Number) -> Match {
    Match::Number { comparison, number }
}

pub(super) fn int(value: i64) -> Match {
    number(Comparison::Equal, Number::Integer(value))
}

pub(super) fn network(text: &str) -> Match {
    Match::Network(text.parse().expect("a network"))
}

pub(super) fn keyword(patterns: &[&str]) -> Predicate {
    let any_of = patterns.iter().map(|text| Pattern::parse(text).open_start().open_end()).collect();
    Predicate::Keyword(Keyword { any_of, span: Span::default() })
}

/// An event from JSON: objects are pairs.
pub(super) fn event(json: serde_json::Value) -> Event {
    let serde_json::Value::Object(fields) = json else { panic!("an event is an object") };
    fields.into_iter().map(|(name, value)| (name, value_of(value))).collect()
}

pub(super) fn value_of(json: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(boolean) => Value::Boolean(boolean),
        Json::Number(number) => Value::Number(match number.as_i64() {
            Some(integer) => Number::Integer(integer),
            None => Number::Real(number.as_f64().expect("a number")),
        }),
        Json::String(text) => Value::Text(text),
        Json::Array(values) => Value::Many(values.into_iter().map(value_of).collect()),
        Json::Object(pairs) => {
            Value::Pairs(pairs.into_iter().map(|(name, value)| (name, value_of(value))).collect())
        }
    }
}

pub(super) fn detection(condition: Predicate) -> Detection {
    detection_in("", condition)
}

/// A detection whose file has this text.
pub(super) fn detection_in(file: &str, condition: Predicate) -> Detection {
    Detection {
        metadata: Metadata {
            id: "00000000-0000-4000-8000-000000000000".to_owned(),
            name: here("Test".to_owned()),
            slug: "test".to_owned(),
            version: 1,
            status: Status::Test,
            detection_type: DetectionType::Ttp,
            severity: Severity::Low,
            author: String::new(),
            date: "2026-01-01".to_owned(),
            description: String::new(),
            how_to_implement: None,
            false_positives: Vec::new(),
            references: Vec::new(),
            techniques: Vec::new(),
            analytic_stories: Vec::new(),
            asset_type: None,
            security_domain: None,
        },
        logic: Logic::Events(EventSet {
            data_source: here("test.events".to_owned()),
            derived: Vec::new(),
            condition,
            selections: Vec::new(),
        }),
        summary: None,
        schedule: None,
        suppression: None,
        risk: None,
        entities: Vec::new(),
        drilldowns: None,
        tests: Vec::new(),
        recorded: Vec::new(),
        accepts: Vec::new(),
        tuning: None,
        mutants: Vec::new(),
        raw: Vec::new(),
        file: SourceFile::new("test.yml", file),
    }
}

/// The condition of a detection over single events.
pub(super) fn condition_of(detection: &mut Detection) -> &mut Predicate {
    let Logic::Events(events) = &mut detection.logic else { panic!("no correlation") };
    &mut events.condition
}

/// An event at the start of a test.
pub(super) fn seen(event: Event) -> Observation {
    Observation { time: Time::TEST_START, data_source: "test.events".into(), event }
}

/// A value without a place.
pub(super) fn here<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

pub(super) fn derive(detection: &mut Detection, name: &str, how: Derivation) {
    let Logic::Events(events) = &mut detection.logic else { panic!("no correlation") };
    events.derived.push(Derived { field: derived_field(name, FieldType::Text), how, span: Span::default() });
}

/// Whether a condition holds for an event.
pub(super) fn holds(condition: &Predicate, event: &Event) -> bool {
    let detection = detection(condition.clone());
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let answer = evaluator.matches(event);
    assert_eq!(evaluator.explain(event).holds, answer, "the explanation disagrees");
    answer
}

/// Checks a table of events and whether a condition holds for each.
pub(super) fn table(condition: Predicate, rows: &[(serde_json::Value, bool)]) {
    for (json, expected) in rows {
        assert_eq!(holds(&condition, &event(json.clone())), *expected, "{condition:?} on {json}");
        let negated = Predicate::not(condition.clone());
        assert_eq!(holds(&negated, &event(json.clone())), !*expected, "not {condition:?} on {json}");
    }
}

/// The span of a text in a file.
pub(super) fn span_of(file: &Arc<SourceFile>, text: &str) -> Span {
    let start = file.text().find(text).expect("the text is in the file");
    Span::new(start, start + text.len())
}
