//! Which value a native or common field has.

use serde_json::json;

use super::fixture::*;
use crate::ir::Match;

#[test]
fn a_common_field_falls_back_to_its_native_field() {
    table(
        on("user", [text("bob")]),
        &[
            (json!({"Account": "Bob"}), true),
            (json!({"user": "bob"}), true),
            (json!({"user": "bob", "Account": "alice"}), true),
            (json!({"user": "alice", "Account": "bob"}), false),
            (json!({}), false),
        ],
    );
    // Given as null it is missing, whatever the native field says.
    table(
        on("user", [Match::Missing]),
        &[
            (json!({"user": null, "Account": "bob"}), true),
            (json!({"Account": "bob"}), false),
            (json!({"Account": null}), true),
        ],
    );
    table(on("src", [Match::Missing]), &[(json!({"Account": "bob"}), true), (json!({"src": "x"}), false)]);
}

#[test]
fn a_native_field_does_not_fall_back_to_a_common_one() {
    table(
        on("Account", [text("bob")]),
        &[(json!({"user": "bob"}), false), (json!({"Account": "bob"}), true)],
    );
}

#[test]
fn the_native_type_is_read_before_the_common_type() {
    table(on("dest_port", [int(443)]), &[(json!({"Port": "0443"}), true), (json!({"Port": "x"}), false)]);
    // Port is an integer, process_id a text: "0443" is 443 is "443".
    table(
        on("process_id", [text("443")]),
        &[
            (json!({"Port": "0443"}), true),
            (json!({"Port": 443}), true),
            (json!({"process_id": "0443"}), false),
        ],
    );
}
