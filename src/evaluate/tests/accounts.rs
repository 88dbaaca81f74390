//! Accounts of events: what is said of each and of each group, and that it agrees with the results.

use serde_json::{Value as Json, json};

use super::correlations::{at_least, correlation, seconds};
use super::fixture::*;
use crate::evaluate::{Account, Answer, Clause, Evaluator, GroupAccount, Shown};
use crate::ir::*;

/// Events of `(seconds, command line, account, rest)`, in the order given.
fn account(correlation: Correlation, events: &[(u64, &str, &str, Json)], now: Option<u64>) -> Account {
    let mut detection = detection(Predicate::All(Vec::new()));
    detection.logic = Logic::Correlation(Box::new(correlation));
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let at = |offset: u64| {
        if offset == 0 { Time::TEST_START } else { Time::TEST_START.after(seconds(offset)) }
    };
    let observed: Vec<Observation> = events
        .iter()
        .map(|(offset, cmd, account, rest)| {
            let mut event = event(rest.clone());
            event.insert("Cmd".to_owned(), Value::Text((*cmd).to_owned()));
            event.insert("Account".to_owned(), Value::Text((*account).to_owned()));
            Observation { time: at(*offset), ..seen(event) }
        })
        .collect();
    let account = evaluator.account(&observed, now.map(at));
    assert_eq!(account.results, evaluator.results_at(&observed, now.map(at)));
    let holds = account.groups.iter().flatten().any(|group| group.holds);
    assert_eq!(holds, !account.results.is_empty(), "groups and results agree");
    account
}

fn only(account: &Account) -> &GroupAccount {
    let groups = account.groups.as_ref().expect("a correlation");
    assert_eq!(groups.len(), 1);
    &groups[0]
}

#[test]
fn a_test_says_by_which_of_its_alternatives_it_holds() {
    let detection = detection(Predicate::All(vec![
        on("Cmd", [text("x"), text("*y"), text("*y*")]),
        on("Port", [number(Comparison::Greater, Number::Integer(5))]),
        keyword(&["no", "Yes"]),
    ]));
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let explanation = evaluator.explain(&event(json!({"Cmd": "ay", "Port": 3, "Other": "oh yes"})));
    let Clause::All(parts) = &explanation.clause else { panic!("{explanation:?}") };
    let by: Vec<Option<&str>> = parts
        .iter()
        .map(|part| match &part.clause {
            Clause::Field { by, .. } | Clause::Keyword { by, .. } => by.as_deref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(by, [Some("ends with `y`"), None, Some("*Yes*")]);
}

#[test]
fn a_count_is_told_where_it_holds_or_comes_nearest() {
    let three = || correlation(&["a"], at_least(Aggregate::EventCount, 3));
    let rows = [(0, "a", "u"), (100, "a", "U"), (200, "a", "u"), (250, "a", "u"), (9, "b", "u")];
    let rows: Vec<_> = rows.iter().map(|(time, cmd, account)| (*time, *cmd, *account, json!({}))).collect();
    let told = account(three(), &rows, None);
    let group = only(&told);
    assert_eq!(group.key, [("Account".to_owned(), Value::Text("u".to_owned()))]);
    assert_eq!(group.stages, [[0, 1, 2, 3]]);
    let Shown::Aggregate(reading) = &group.shown else { panic!("{group:?}") };
    assert_eq!((reading.value, reading.at), (Some(3.0), Time::TEST_START.after(seconds(200))));
    assert_eq!(reading.events, [0, 1, 2]);

    let told = account(three(), &rows[1..3], None);
    let Shown::Aggregate(reading) = &only(&told).shown else { panic!("{told:?}") };
    assert_eq!((reading.value, &*reading.events), (Some(2.0), &[0, 1][..]));
    assert!(!only(&told).holds);
}

#[test]
fn an_event_without_a_key_and_one_after_the_end_are_told_apart() {
    let three = correlation(&["a"], at_least(Aggregate::EventCount, 2));
    let rows = [(0, "a", "", json!({})), (1, "a", "u", json!({})), (900, "a", "u", json!({}))];
    let told = account(three, &rows, Some(800));
    assert_eq!(told.events[0].sets[0].lacking, ["Account"]);
    assert!(told.events[0].sets[0].explanation.holds && !told.events[0].too_late);
    assert_eq!((told.events[1].too_late, told.events[2].too_late), (false, true));
    assert_eq!(only(&told).stages, [[1]]);
}

#[test]
fn stages_together_are_named() {
    let temporal = || correlation(&["a", "b"], CorrelationPattern::Temporal { window: seconds(300) });
    let rows = |last| [(400, "a", "u", json!({})), (0, "a", "u", json!({})), (last, "b", "u", json!({}))];
    let told = account(temporal(), &rows(300), None);
    // Event 2 at 0 s is first; event 3 is 300 s later.
    assert!(matches!(&only(&told).shown, Shown::Together(Some(events)) if events.contains(&2)));
    let told = account(temporal(), &rows(1000), None);
    assert_eq!(only(&told).shown, Shown::Together(None));
}

#[test]
fn chains_are_told_event_by_event_and_as_far_as_they_go() {
    let step = |stage, within| Step { stage, at_least: 1, within, link: None };
    let steps = || vec![step(0, None), step(1, Some(seconds(10))), step(2, Some(seconds(10)))];
    let chain = || {
        let pattern = CorrelationPattern::Ordered { steps: steps(), window: seconds(300) };
        correlation(&["a", "b", "c"], pattern)
    };
    let rows = |last| {
        [
            (8, "b", "u", json!({})),
            (0, "a", "u", json!({})),
            (5, "a", "u", json!({})),
            (last, "c", "u", json!({})),
        ]
    };
    let told = account(chain(), &rows(18), None);
    let Shown::Chains { complete, longest: None } = &only(&told).shown else { panic!("{told:?}") };
    assert_eq!(complete.len(), 1);
    assert!([[1, 0, 3], [2, 0, 3]].iter().any(|events| complete[0].events == events));
    let told = account(chain(), &rows(19), None);
    let Shown::Chains { complete, longest: Some(longest) } = &only(&told).shown else { panic!("{told:?}") };
    assert!(complete.is_empty());
    assert_eq!((longest.events.len(), longest.events[1]), (2, 0));
}

#[test]
fn values_are_new_or_known() {
    let fields = vec![here(field("Port"))];
    let pattern = CorrelationPattern::NewValue { fields, window: seconds(100), baseline: seconds(1000) };
    let rows: Vec<_> = [(50, 1), (1050, 1), (1050, 2), (60, 3)]
        .map(|(time, port)| (time, "a", "u", json!({"Port": port})))
        .to_vec();
    let told = account(correlation(&["a"], pattern), &rows, Some(1100));
    let Shown::Values(combinations) = &only(&told).shown else { panic!("{told:?}") };
    let of: Vec<_> = combinations.iter().map(|it| (&*it.known, &*it.seen)).collect();
    assert_eq!(of, [(&[0][..], &[1][..]), (&[], &[2]), (&[3], &[])]);
}

#[test]
fn what_is_not_followed_is_told_from_what_still_may_be() {
    let pattern = CorrelationPattern::Absent { window: seconds(300) };
    let rows: Vec<_> = [(0, "a"), (300, "b"), (301, "a"), (700, "a")]
        .map(|(time, cmd)| (time, cmd, "u", json!({})))
        .to_vec();
    let told = account(correlation(&["a", "b"], pattern), &rows, Some(900));
    let Shown::Asked(asked) = &only(&told).shown else { panic!("{told:?}") };
    let answers: Vec<_> = asked.iter().map(|asked| (asked.event, asked.answer)).collect();
    assert_eq!(answers, [(0, Answer::Followed(1)), (2, Answer::Unfollowed), (3, Answer::Open)]);
}
