//! Every way to derive a field.

use serde_json::json;

use super::fixture::*;
use crate::evaluate::Evaluator;
use crate::ir::{Derivation, Operand, Regex, Value};

/// What a derivation gives for an event; `Null` when the field is missing.
fn value(how: Derivation, json: serde_json::Value) -> Value {
    let mut detection = detection(crate::ir::Predicate::All(Vec::new()));
    derive(&mut detection, "new", how);
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    let mut event = event(json);
    event.insert("new".to_owned(), Value::Text("given by the event".to_owned()));
    let rows = evaluator.results(&[event]);
    rows[0].fields.get("new").cloned().unwrap_or(Value::Null)
}

fn check(how: Derivation, rows: &[(serde_json::Value, serde_json::Value)]) {
    for (json, expected) in rows {
        assert_eq!(value(how.clone(), json.clone()), value_of(expected.clone()), "{how:?} of {json}");
    }
}

#[test]
fn first_of_passes_over_missing_and_empty() {
    let first = Derivation::FirstOf(vec![field("src"), field("user"), field("Roles")]);
    check(
        first,
        &[
            (json!({"src": "a", "Account": "b"}), json!("a")),
            (json!({"src": "", "Account": "b"}), json!("b")),
            (json!({"src": null, "user": "", "Roles": ["x", "y"]}), json!(["x", "y"])),
            (json!({"Roles": ["", ""]}), json!(null)),
            (json!({}), json!(null)),
        ],
    );
}

#[test]
fn case_takes_the_first_branch_that_holds() {
    let branches = vec![
        (on("Cmd", [text("a*")]), Operand::Text("starts with a".to_owned())),
        (on("Cmd", [text("*b")]), Operand::Field(field("Other"))),
    ];
    let otherwise = Some(Operand::Field(field("Account")));
    check(
        Derivation::Case { branches: branches.clone(), otherwise },
        &[
            (json!({"Cmd": "AB", "Other": "o"}), json!("starts with a")),
            (json!({"Cmd": "xb", "Other": "o", "Account": "u"}), json!("o")),
            // The branch holds, so its missing field is the result.
            (json!({"Cmd": "xb", "Account": "u"}), json!(null)),
            (json!({"Cmd": "x", "Account": "u"}), json!("u")),
            (json!({}), json!(null)),
        ],
    );
    check(Derivation::Case { branches, otherwise: None }, &[(json!({"Cmd": "x"}), json!(null))]);
}

#[test]
fn pair_finds_the_first_name_in_any_case() {
    check(
        Derivation::Pair { list: field("Props"), name: "User".to_owned() },
        &[
            (json!({"Props": {"id": "1", "USER": "bob"}}), json!("bob")),
            (json!({"Props": {"User": "first", "user": "second"}}), json!("first")),
            (json!({"Props": {"user": 5}}), json!("5")),
            (json!({"Props": {"user": null, "User": "x"}}), json!(null)),
            (json!({"Props": {"users": "x"}}), json!(null)),
            (json!({"Props": {}}), json!(null)),
            (json!({"Props": "User"}), json!(null)),
            (json!({}), json!(null)),
        ],
    );
}

#[test]
fn element_counts_from_either_end() {
    let at = |index| Derivation::Element { field: field("Roles"), index };
    let roles = json!({"Roles": ["a", null, "b", "c"]});
    for (index, expected) in [
        (0, json!("a")),
        (1, json!("b")),
        (2, json!("c")),
        (3, json!(null)),
        (-1, json!("c")),
        (-3, json!("a")),
        (-4, json!(null)),
        (i64::MIN, json!(null)),
        (i64::MAX, json!(null)),
    ] {
        check(at(index), &[(roles.clone(), expected)]);
    }
    check(at(0), &[(json!({"Roles": "only"}), json!("only")), (json!({}), json!(null))]);
}

#[test]
fn lower_split_replace() {
    check(
        Derivation::Lower(field("Cmd")),
        &[
            (json!({"Cmd": "ÀBC"}), json!("àbc")),
            (json!({"Cmd": ""}), json!("")),
            (json!({"Cmd": ["A", "B"]}), json!(["a", "b"])),
            (json!({}), json!(null)),
        ],
    );
    let part = |index| Derivation::Split { field: field("Cmd"), by: "ab".to_owned(), index };
    check(
        part(1),
        &[
            (json!({"Cmd": "1ab2ab3"}), json!("2")),
            (json!({"Cmd": "1abab3"}), json!("")),
            (json!({"Cmd": "1AB2"}), json!(null)),
            (json!({"Cmd": "1"}), json!(null)),
            (json!({}), json!(null)),
        ],
    );
    check(part(0), &[(json!({"Cmd": "1"}), json!("1")), (json!({"Cmd": ""}), json!(""))]);
    let replace = Derivation::Replace {
        field: field("Cmd"),
        regex: Regex::parse(r"(\d+)", "").expect("valid"),
        with: "<$1>".to_owned(),
    };
    check(
        replace,
        &[
            (json!({"Cmd": "a1b22"}), json!("a<$1>b<$1>")),
            (json!({"Cmd": "none"}), json!("none")),
            (json!({}), json!(null)),
        ],
    );
}

#[test]
fn capture_takes_the_group_of_the_first_match() {
    let capture =
        |source| Derivation::Capture { field: field("Cmd"), regex: Regex::parse(source, "").expect("valid") };
    check(
        capture(r"id=(\d*)"),
        &[
            (json!({"Cmd": "x id=12 id=34"}), json!("12")),
            (json!({"Cmd": "id="}), json!("")),
            (json!({"Cmd": "ID=12"}), json!(null)),
            (json!({}), json!(null)),
        ],
    );
    check(capture("a(b)?"), &[(json!({"Cmd": "ac"}), json!(null)), (json!({"Cmd": "abc"}), json!("b"))]);
}

#[test]
fn network_masks_the_address() {
    check(
        Derivation::Network { field: field("Address"), v4: 24, v6: 64 },
        &[
            (json!({"Address": "203.0.113.77"}), json!("203.0.113.0/24")),
            (json!({"Address": "2001:db8:0:1:2:3:4:5"}), json!("2001:db8:0:1::/64")),
            (json!({"Address": "host"}), json!(null)),
            (json!({}), json!(null)),
        ],
    );
}

#[test]
fn later_derivations_and_the_condition_use_earlier_ones() {
    let mut detection = detection(on("second", [text("bob")]));
    derive(&mut detection, "first", Derivation::Lower(field("Account")));
    let split = Derivation::Split { field: field("first"), by: "@".to_owned(), index: 0 };
    derive(&mut detection, "second", split);
    let evaluator = Evaluator::new(&detection, source()).expect("compiles");
    assert!(evaluator.matches(&event(json!({"Account": "BOB@EXAMPLE.COM"}))));
    assert!(!evaluator.matches(&event(json!({"Account": "alice@example.com"}))));
    // What the event says of a derived field does not count, nor does it come out.
    assert!(!evaluator.matches(&event(json!({"second": "bob"}))));
    let rows = evaluator.results(&[event(json!({"first": "x", "Account": "Bob"}))]);
    assert_eq!(rows[0].fields["first"], Value::Text("bob".to_owned()));
}
