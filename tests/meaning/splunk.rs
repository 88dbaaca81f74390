//! The emitted SPL, run by the project's own interpreter.

use detc::ir::{Event, Number, Value};
use detc::spl::{Dataset, Stop};
use detc::targets::{self, Options};

use crate::cases::{self, Dialect};
use crate::say::say;
use crate::spl::{self, Query};

#[test]
fn the_emitted_spl_means_the_detection_and_needs_no_contested_rule() {
    let catalogue = cases::catalogue();
    let target = targets::target("splunk", &catalogue).expect("is there");
    let dialect = Dialect {
        empty_is_not_missing: true,
        any_one_at_edges: true,
        null_is_missing: true,
        text_among_numbers: true,
        empty_lists: true,
        letters: &["a", "b", "c", "x", "A", "B", " ", "-", "'", "1", "%", "_", "\\\"", "|", "`"],
    };
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in cases::cases(&catalogue, &dialect, 1_000) {
        let compiled = match target.compile(&case.detection, Options::default()) {
            Ok(compiled) => compiled,
            Err(findings) => {
                wrong.push(format!("refused: {findings:#?}\n{}", case.text));
                continue;
            }
        };
        let query = match Query::read(&compiled.text) {
            Ok(query) => query.with_lookups(compiled.needs.lists.iter().map(|needed| needed.list.as_ref())),
            Err(problem) => {
                wrong.push(format!("{problem:?}\n{}\n{}", case.text, compiled.text));
                continue;
            }
        };
        for (event, expected) in case.events.iter().zip(&case.expected) {
            compared += 1;
            match query.keeps(&row(event)) {
                Ok(found) if found == *expected => {}
                // Whether `field=*` sees an empty text is contested, and only that question is asked so.
                Err(Stop::Undetermined { rule: "C6" }) if has_empty(event) => compared -= 1,
                answer => {
                    let answer = answer.map_err(|stop| stop.to_string());
                    wrong.push(format!(
                        "expected {expected}, got {answer:?} for {event:?}\n{}\n{}",
                        case.text, compiled.text
                    ));
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ; the first:\n{}", wrong.len(), wrong[0]);
    say(&format!("{compared} verdicts compared"));
    assert!(compared > 30_000, "only {compared} verdicts were compared");
}

fn has_empty(event: &Event) -> bool {
    event.values().any(|value| *value == Value::Text(String::new()))
}

/// An event as Splunk extracts it.
fn row(event: &Event) -> Dataset {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(vec![text.clone()]),
        Value::Number(Number::Integer(number)) => Some(vec![number.to_string()]),
        Value::Boolean(value) => Some(vec![value.to_string()]),
        Value::Many(values) => values
            .iter()
            .map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    let fields = event.iter().filter_map(|(name, value)| text(value).map(|text| (name.clone(), text)));
    let more = [
        ("sourcetype".to_owned(), vec!["t".to_owned()]),
        // An event that calls a field as detc calls the result of a look-up must not pass for listed.
        ("in_words".to_owned(), vec!["a".to_owned()]),
    ];
    spl::event(fields.chain(more))
}
