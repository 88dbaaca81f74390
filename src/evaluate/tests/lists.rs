//! Membership in lists. `table` also checks each negation.

use std::sync::Arc;

use serde_json::json;

use super::fixture::*;
use crate::catalogue::Catalogue;
use crate::ir::{List, Match, Membership};

const LIST: &str = "description: d
owner: o
columns: {name: text, shape: pattern, number: integer, address: ip, network: cidr}
rows:
  - {name: 'Svc*', shape: 'svc-*', number: 5, address: '2001:db8::1', network: 203.0.113.0/24}
  - {name: École, shape: '?x', number: -1, network: '2001:db8::/32'}
";

fn list(text: &str) -> Arc<List> {
    let catalogue = Catalogue::embedded().with_list("l.yml", text);
    catalogue.list("l").expect("is there").expect("is sound")
}

fn in_column(name: &str) -> Match {
    let list = list(LIST);
    let column = list.column(name).expect("a column");
    Match::InList(Membership { list, column })
}

#[test]
fn texts_are_whole_values_in_any_case_and_a_star_is_a_star() {
    table(
        on("Cmd", [in_column("name")]),
        &[
            (json!({"Cmd": "svc*"}), true),
            (json!({"Cmd": "svc-a"}), false),
            (json!({"Cmd": "éCOLE"}), true),
            (json!({"Cmd": ""}), false),
            (json!({"Cmd": null}), false),
            (json!({}), false),
        ],
    );
    table(
        on("Cmd", [in_column("shape")]),
        &[
            (json!({"Cmd": "SVC-a"}), true),
            (json!({"Cmd": "a svc-a"}), false),
            (json!({"Cmd": "yX"}), true),
            (json!({"Cmd": "x"}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn one_of_several_values_is_enough() {
    table(
        on("Roles", [in_column("name")]),
        &[
            (json!({"Roles": ["x", "SVC*"]}), true),
            (json!({"Roles": ["x", "y"]}), false),
            (json!({"Roles": []}), false),
        ],
    );
}

#[test]
fn numbers_are_equal_as_plain_values_are() {
    table(
        on("Port", [in_column("number")]),
        &[
            (json!({"Port": 5}), true),
            (json!({"Port": "5"}), true),
            (json!({"Port": -1}), true),
            (json!({"Port": 6}), false),
            (json!({"Port": "x"}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn networks_hold_addresses_of_their_family() {
    table(
        on("Address", [in_column("network")]),
        &[
            (json!({"Address": "203.0.113.255"}), true),
            (json!({"Address": "203.0.114.0"}), false),
            (json!({"Address": "2001:db8:ffff::1"}), true),
            (json!({"Address": "::ffff:203.0.113.7"}), false),
            (json!({"Address": "no address"}), false),
            (json!({}), false),
        ],
    );
    table(
        on("Address", [in_column("address")]),
        &[(json!({"Address": "2001:DB8::1"}), true), (json!({"Address": "2001:db8::2"}), false)],
    );
}

#[test]
fn in_an_empty_list_nothing_is() {
    let empty = list("description: d\nowner: o\ncolumns: {name: text}\n");
    let test = Match::InList(Membership { list: empty, column: 0 });
    table(
        on("Cmd", [test]),
        &[(json!({"Cmd": "x"}), false), (json!({"Cmd": ""}), false), (json!({}), false)],
    );
}
