//! Boolean structure, multivalue fields, alternatives and keywords.

use serde_json::json;

use super::fixture::*;
use crate::ir::Predicate;

fn all(members: Vec<Predicate>) -> Predicate {
    Predicate::All(members)
}

fn any(members: Vec<Predicate>) -> Predicate {
    Predicate::Any(members)
}

fn not(inner: Predicate) -> Predicate {
    Predicate::Not(Box::new(inner))
}

#[test]
fn and_or_not() {
    let a = || on("Cmd", [text("a")]);
    let b = || on("Other", [text("b")]);
    let rows = |both: bool, left: bool, right: bool, none: bool| {
        [
            (json!({"Cmd": "a", "Other": "b"}), both),
            (json!({"Cmd": "a"}), left),
            (json!({"Other": "b"}), right),
            (json!({}), none),
        ]
    };
    table(all(vec![a(), b()]), &rows(true, false, false, false));
    table(any(vec![a(), b()]), &rows(true, true, true, false));
    table(all(vec![a(), not(b())]), &rows(false, true, false, false));
    table(not(any(vec![a(), b()])), &rows(false, false, false, true));
    table(any(vec![not(a()), not(b())]), &rows(false, true, true, true));
}

#[test]
fn not_holds_on_a_missing_field() {
    table(
        not(on("Cmd", [text("x")])),
        &[
            (json!({}), true),
            (json!({"Cmd": null}), true),
            (json!({"Cmd": ""}), true),
            (json!({"Cmd": "y"}), true),
            (json!({"Cmd": "X"}), false),
        ],
    );
    table(
        not(on("Port", [int(1)])),
        &[(json!({}), true), (json!({"Port": 2}), true), (json!({"Port": 1}), false)],
    );
    table(
        not(on("Address", [network("10.0.0.0/8")])),
        &[(json!({}), true), (json!({"Address": "host"}), true), (json!({"Address": "10.1.1.1"}), false)],
    );
}

#[test]
fn one_of_several_values_is_enough_and_not_means_none() {
    table(
        on("Roles", [text("admin*")]),
        &[
            (json!({"Roles": ["Reader", "Administrator"]}), true),
            (json!({"Roles": "admin"}), true),
            (json!({"Roles": ["Reader", null]}), false),
            (json!({"Roles": [["admin"]]}), true),
            (json!({"Roles": []}), false),
        ],
    );
    // `all` in Sigma is one test a value: each may be satisfied by another value.
    table(
        all(vec![on("Roles", [text("a")]), on("Roles", [text("b")])]),
        &[
            (json!({"Roles": ["a", "b"]}), true),
            (json!({"Roles": ["a", "c"]}), false),
            (json!({"Roles": "a"}), false),
        ],
    );
    table(
        all(vec![on("Cmd", [text("*-enc*")]), on("Cmd", [text("*-nop*")])]),
        &[(json!({"Cmd": "p -NOP -Enc x"}), true), (json!({"Cmd": "p -enc x"}), false)],
    );
    table(
        on("Ports", [int(22)]),
        &[(json!({"Ports": [80, "22"]}), true), (json!({"Ports": [80, 222]}), false)],
    );
}

#[test]
fn alternatives_may_be_of_different_kinds() {
    table(
        on("Cmd", [text("a*"), regex("z$", ""), cased("B")]),
        &[
            (json!({"Cmd": "Abc"}), true),
            (json!({"Cmd": "xyz"}), true),
            (json!({"Cmd": "B"}), true),
            (json!({"Cmd": "b"}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn keywords_are_found_in_every_value() {
    table(
        keyword(&["evil"]),
        &[
            (json!({"Cmd": "so EVIL indeed"}), true),
            (json!({"Unknown": "devil"}), true),
            (json!({"Roles": ["x", "evil"]}), true),
            (json!({"Props": {"evil": "1"}}), true),
            (json!({"Props": {"a": "evil"}}), true),
            (json!({"Props": {"a": ["x", "evil"]}}), true),
            // A field's name is no data, and no keyword reaches from one value into the next.
            (json!({"evil": "x"}), false),
            (json!({"Roles": ["ev", "il"]}), false),
            (json!({"Cmd": ""}), false),
            (json!({"Cmd": null}), false),
            (json!({}), false),
        ],
    );
    table(keyword(&["44"]), &[(json!({"Port": 443}), true), (json!({"Port": 80}), false)]);
    table(keyword(&["TRUE"]), &[(json!({"Ok": true}), true)]);
    table(keyword(&["a*c"]), &[(json!({"Cmd": "xxabbbcxx"}), true), (json!({"Cmd": "cba"}), false)]);
    table(keyword(&["one", "two"]), &[(json!({"Cmd": "two"}), true), (json!({"Cmd": "three"}), false)]);
    table(
        all(vec![keyword(&["one"]), keyword(&["two"])]),
        &[(json!({"Cmd": "one", "Other": "two"}), true), (json!({"Cmd": "one"}), false)],
    );
}
