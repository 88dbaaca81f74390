//! Correlations by hand: what is found at the edges of a window, with ties, late rows and missing keys.

use serde_json::{Value as Json, json};

use super::fixture::*;
use crate::evaluate::Evaluator;
use crate::ir::*;

const WINDOW: u64 = 300;

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::parse(&format!("{seconds}s")).expect("a duration")
}

/// A stage of the events with this command line.
fn stage(name: &str) -> Stage {
    Stage {
        name: here(name.to_owned()),
        events: EventSet {
            data_source: here("test.events".to_owned()),
            derived: Vec::new(),
            condition: on("Cmd", [text(name)]),
            selections: Vec::new(),
        },
    }
}

fn shared(name: &str, stages: usize) -> SharedField {
    SharedField { name: name.into(), in_stages: vec![field(name); stages], span: Default::default() }
}

pub(super) fn correlation(stages: &[&str], pattern: CorrelationPattern) -> Correlation {
    Correlation {
        stages: stages.iter().map(|name| stage(name)).collect(),
        group_by: vec![shared("Account", stages.len())],
        values: Vec::new(),
        pattern,
        span: Default::default(),
    }
}

/// Runs over events of `(seconds, command line, account, rest)`, in the order given; gives the accounts of the results.
pub(super) fn accounts(
    correlation: Correlation,
    events: &[(u64, &str, &str, Json)],
    now: Option<u64>,
) -> Vec<String> {
    let mut detection = detection(Predicate::All(Vec::new()));
    detection.logic = Logic::Correlation(Box::new(correlation));
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let start = Time::TEST_START;
    let at = |offset: u64| if offset == 0 { start } else { start.after(seconds(offset)) };
    let seen = events.iter().map(|(offset, cmd, account, rest)| {
        let mut event = event(rest.clone());
        event.insert("Cmd".to_owned(), Value::Text((*cmd).to_owned()));
        event.insert("Account".to_owned(), Value::Text((*account).to_owned()));
        Observation { time: at(*offset), ..super::fixture::seen(event) }
    });
    let rows = evaluator.results_at(&seen.collect::<Vec<_>>(), now.map(at));
    rows.iter()
        .map(|row| crate::evaluate::value::text(&row.fields["Account"]).expect("a text").into_owned())
        .collect()
}

pub(super) fn at_least(aggregate: Aggregate, number: i64) -> CorrelationPattern {
    let lower = Some(Bound { value: Number::Integer(number), inclusive: true });
    CorrelationPattern::Aggregate { aggregate, range: Range { lower, upper: None }, window: seconds(WINDOW) }
}

fn three(events: &[(u64, &str)]) -> Vec<String> {
    let events: Vec<_> = events.iter().map(|(time, account)| (*time, "a", *account, json!({}))).collect();
    accounts(correlation(&["a"], at_least(Aggregate::EventCount, 3)), &events, None)
}

#[test]
fn a_count_slides_and_both_ends_of_the_window_count() {
    assert_eq!(three(&[(0, "u"), (150, "u"), (300, "u")]), ["u"], "exactly one window apart");
    assert_eq!(three(&[(0, "u"), (150, "u"), (301, "u")]), Vec::<String>::new(), "one second more");
    assert_eq!(three(&[(0, "u"), (300, "u")]), Vec::<String>::new(), "one event less");
    assert_eq!(three(&[(290, "u"), (299, "u"), (301, "u")]), ["u"], "across the edge of a bucket");
    assert_eq!(three(&[(7, "u"), (7, "u"), (7, "u")]), ["u"], "at one time");
    assert_eq!(three(&[(301, "u"), (290, "u"), (299, "u")]), ["u"], "unordered");
    assert_eq!(three(&[(0, "U"), (1, "u"), (2, "u"), (3, "v")]), ["u"], "case does not count");
    assert_eq!(three(&[(0, ""), (1, ""), (2, "")]), Vec::<String>::new(), "without a key there is no group");
}

#[test]
fn values_are_counted_once_and_sums_slide() {
    let events = |values: &[(u64, i64)]| -> Vec<(u64, &'static str, &'static str, Json)> {
        values.iter().map(|(time, value)| (*time, "a", "u", json!({"Port": value}))).collect()
    };
    let port = || field("Port");
    let run = |aggregate, number, values: &[(u64, i64)]| {
        !accounts(correlation(&["a"], at_least(aggregate, number)), &events(values), None).is_empty()
    };
    let count = || Aggregate::ValueCount(port());
    assert!(run(count(), 2, &[(0, 1), (0, 1), (300, 2)]));
    assert!(run(count(), 2, &[(0, 1), (1, 1), (301, 2), (302, 2)]), "1 at second 1 is still inside at 301");
    assert!(!run(count(), 3, &[(0, 1), (1, 2), (302, 3)]));
    assert!(run(Aggregate::Sum(port()), 5, &[(0, 3), (300, 2)]));
    assert!(!run(Aggregate::Sum(port()), 5, &[(0, 3), (301, 2)]));
    assert!(run(Aggregate::Average(port()), 4, &[(0, 1), (301, 4)]), "the first has left");
    assert!(!run(Aggregate::Average(port()), 4, &[(0, 1), (300, 4)]));
    // Nearest rank: of 1 2 3 4 the median is the second, 2; of three the second.
    let median = || Aggregate::Percentile { field: port(), percent: 50.0 };
    assert!(!run(median(), 3, &[(0, 1), (0, 2), (0, 3), (0, 4)]));
    assert!(run(median(), 3, &[(0, 1), (0, 3), (0, 4)]));
}

#[test]
fn stages_together_in_any_order() {
    let temporal = || correlation(&["a", "b"], CorrelationPattern::Temporal { window: seconds(WINDOW) });
    let run = |events: &[(u64, &str, &str)]| {
        let events: Vec<_> =
            events.iter().map(|(time, cmd, account)| (*time, *cmd, *account, json!({}))).collect();
        accounts(temporal(), &events, None)
    };
    assert_eq!(run(&[(300, "a", "u"), (0, "b", "u")]), ["u"]);
    assert!(run(&[(301, "a", "u"), (0, "b", "u")]).is_empty());
    assert!(run(&[(0, "a", "u"), (0, "b", "v")]).is_empty());
}

#[test]
fn chains_keep_their_order_deadlines_and_ties() {
    let step = |stage, at_least, within, link| Step { stage, at_least, within, link };
    let chain = |at_least, within: Option<u64>, link| {
        let steps = vec![step(0, at_least, None, None), step(1, 1, within.map(seconds), link)];
        correlation(&["a", "b"], CorrelationPattern::Ordered { steps, window: seconds(WINDOW) })
    };
    let run = |correlation, events: &[(u64, &str, i64)]| {
        let events: Vec<_> =
            events.iter().map(|(time, cmd, port)| (*time, *cmd, "u", json!({"Port": port}))).collect();
        accounts(correlation, &events, None).len()
    };
    assert_eq!(run(chain(1, None, None), &[(0, "a", 1), (300, "b", 1)]), 1);
    assert_eq!(run(chain(1, None, None), &[(0, "a", 1), (301, "b", 1)]), 0);
    assert_eq!(run(chain(1, None, None), &[(1, "a", 1), (0, "b", 1)]), 0, "reversed");
    assert_eq!(
        run(chain(1, None, None), &[(5, "b", 1), (5, "a", 1)]),
        1,
        "at one time either may be the first"
    );
    assert_eq!(run(chain(1, Some(10), None), &[(0, "a", 1), (11, "b", 1)]), 0, "deadline of the step");
    assert_eq!(run(chain(1, Some(10), None), &[(0, "a", 1), (10, "b", 1), (11, "b", 1)]), 1);
    assert_eq!(
        run(chain(2, None, None), &[(0, "a", 1), (10, "b", 1), (20, "a", 1), (30, "b", 1)]),
        1,
        "after two"
    );
    assert_eq!(
        run(chain(2, None, None), &[(0, "a", 1), (200, "a", 1), (301, "b", 1)]),
        0,
        "the first of two is too old"
    );
    let tied = || {
        let (field, other) = (field("Port"), field("Port"));
        Some(Link::Equal { field, step: 0, other, span: Default::default() })
    };
    assert_eq!(
        run(chain(1, None, tied()), &[(0, "a", 1), (1, "a", 2), (2, "b", 1)]),
        1,
        "not only the latest"
    );
    assert_eq!(run(chain(1, None, tied()), &[(0, "a", 1), (2, "b", 3)]), 0);
}

#[test]
fn first_sight_and_absence() {
    let new_value = || {
        let (window, baseline) = (seconds(100), seconds(1000));
        correlation(
            &["a"],
            CorrelationPattern::NewValue { fields: vec![here(field("Port"))], window, baseline },
        )
    };
    let run = |events: &[(u64, i64)], now| {
        let events: Vec<_> =
            events.iter().map(|(time, port)| (*time, "a", "u", json!({"Port": port}))).collect();
        accounts(new_value(), &events, Some(now)).len()
    };
    assert_eq!(run(&[(1500, 1)], 1600), 0, "at the start of the window it belongs to the run before");
    assert_eq!(run(&[(1501, 1)], 1600), 1);
    assert_eq!(run(&[(500, 1), (1550, 1)], 1600), 0, "the start of the baseline counts");
    assert_eq!(run(&[(499, 1), (1550, 1)], 1600), 1);
    assert_eq!(run(&[(1550, 1), (1560, 1), (1570, 2)], 1600), 2, "one result a value");

    let absent = || correlation(&["a", "b"], CorrelationPattern::Absent { window: seconds(100) });
    let run = |events: &[(u64, &str)], now| {
        let events: Vec<_> = events.iter().map(|(time, cmd)| (*time, *cmd, "u", json!({}))).collect();
        accounts(absent(), &events, now).len()
    };
    assert_eq!(run(&[(0, "a")], None), 1);
    assert_eq!(run(&[(0, "a")], Some(99)), 0, "not yet decided");
    assert_eq!(run(&[(0, "a")], Some(100)), 1);
    assert_eq!(run(&[(0, "a"), (100, "b")], None), 0);
    assert_eq!(run(&[(0, "a"), (101, "b")], None), 1);
    assert_eq!(run(&[(0, "b"), (0, "a")], None), 0, "at one time");
    assert_eq!(run(&[(0, "b"), (1, "a")], None), 1);
}
