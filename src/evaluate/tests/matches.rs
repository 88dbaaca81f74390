//! Every kind of match, on present, missing, null, empty and several values. `table` also checks each negation.

use serde_json::json;

use super::fixture::*;
use crate::ir::{Case, Comparison, FieldComparison, Match, Number, TimePart};

#[test]
fn text_without_wildcards_is_the_whole_value_in_any_case() {
    table(
        on("Cmd", [text("Whoami")]),
        &[
            (json!({"Cmd": "whoami"}), true),
            (json!({"Cmd": "WHOAMI"}), true),
            (json!({"Cmd": "whoami /all"}), false),
            (json!({"Cmd": ""}), false),
            (json!({"Cmd": null}), false),
            (json!({}), false),
            (json!({"cmd": "whoami"}), false),
        ],
    );
    table(
        on("Cmd", [text("ÉCOLE Я")]),
        &[(json!({"Cmd": "école я"}), true), (json!({"Cmd": "ecole я"}), false)],
    );
}

#[test]
fn cased_text_counts_case() {
    table(
        on("Cmd", [cased("*Invoke*")]),
        &[(json!({"Cmd": "x Invoke y"}), true), (json!({"Cmd": "x invoke y"}), false)],
    );
}

#[test]
fn the_empty_text_is_a_value_and_null_is_none() {
    table(
        on("Cmd", [text("")]),
        &[
            (json!({"Cmd": ""}), true),
            (json!({"Cmd": " "}), false),
            (json!({"Cmd": null}), false),
            (json!({}), false),
        ],
    );
    table(
        on("Cmd", [Match::Missing]),
        &[
            (json!({}), true),
            (json!({"Cmd": null}), true),
            (json!({"Cmd": []}), true),
            (json!({"Cmd": [null, []]}), true),
            (json!({"Cmd": {}}), true),
            (json!({"Cmd": ""}), false),
            (json!({"Cmd": ["", null]}), false),
            (json!({"Cmd": 0}), false),
            (json!({"Cmd": false}), false),
        ],
    );
    table(
        on("Cmd", [Match::Present]),
        &[
            (json!({"Cmd": ""}), true),
            (json!({"Cmd": "x"}), true),
            (json!({"Cmd": null}), false),
            (json!({"Cmd": [null]}), false),
            (json!({}), false),
        ],
    );
    // Null and empty in one list of alternatives.
    table(
        on("Cmd", [Match::Missing, text("")]),
        &[(json!({}), true), (json!({"Cmd": ""}), true), (json!({"Cmd": "x"}), false)],
    );
}

#[test]
fn a_lone_star_is_any_value_also_the_empty_text() {
    table(
        on("Cmd", [text("*")]),
        &[
            (json!({"Cmd": ""}), true),
            (json!({"Cmd": "x"}), true),
            (json!({"Cmd": null}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn wildcards_and_their_escapes() {
    let rows: [(&str, &str, bool); 22] = [
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("a*c", "abcd", false),
        ("a*b*c", "aXbYc", true),
        ("a*b*c", "aXcYb", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a?c", "aéc", true),
        ("a?c", "a\nc", true),
        ("*", "line\nbreak", true),
        (r"a\*c", "a*c", true),
        (r"a\*c", "abc", false),
        (r"a\?c", "a?c", true),
        (r"a\?c", "abc", false),
        (r"C:\Windows\*", r"C:\Windows*", true),
        (r"C:\Windows\*", r"C:\Windows\x", false),
        (r"C:\Windows\\*", r"c:\windows\x", true),
        (r"*\cmd.exe", r"C:\cmd.exe", true),
        (r"*\cmd.exe", r"C:\xcmd.exe", false),
        ("100%_", "100%_", true),
        ("100%_", "100xx", false),
        ("a.c", "abc", false),
    ];
    for (pattern, value, expected) in rows {
        table(on("Cmd", [text(pattern)]), &[(json!({"Cmd": value}), expected)]);
    }
}

#[test]
fn a_text_test_sees_numbers_and_booleans_by_their_text() {
    table(on("Cmd", [text("443")]), &[(json!({"Cmd": 443}), true), (json!({"Cmd": "0443"}), false)]);
    table(on("Cmd", [text("TRUE")]), &[(json!({"Cmd": true}), true), (json!({"Cmd": false}), false)]);
    table(on("Port", [text("44*")]), &[(json!({"Port": 443}), true), (json!({"Port": "0443"}), true)]);
    // A real without fraction is a whole number, as long as it is one exactly.
    table(on("Port", [text("443")]), &[(json!({"Port": 443.0}), true), (json!({"Port": 443.5}), false)]);
    table(on("Port", [text("10000000000000000")]), &[(json!({"Port": 1e16}), false)]);
    table(on("Props", [text("*")]), &[(json!({"Props": {"a": "b"}}), false)]);
}

#[test]
fn regular_expressions_search_and_count_case() {
    table(
        on("Cmd", [regex(r"fo+\b", "")]),
        &[
            (json!({"Cmd": "a foo b"}), true),
            (json!({"Cmd": "a FOO b"}), false),
            (json!({"Cmd": "foobar"}), false),
            (json!({"Cmd": ""}), false),
            (json!({}), false),
        ],
    );
    table(on("Cmd", [regex("foo", "i")]), &[(json!({"Cmd": "a FOO b"}), true)]);
    table(on("Cmd", [regex("(?i)foo", "")]), &[(json!({"Cmd": "a FOO b"}), true)]);
    table(on("Cmd", [regex("^b$", "")]), &[(json!({"Cmd": "a\nb"}), false), (json!({"Cmd": "b\n"}), false)]);
    table(on("Cmd", [regex("^b$", "m")]), &[(json!({"Cmd": "a\nb"}), true)]);
    table(on("Cmd", [regex("a.b", "")]), &[(json!({"Cmd": "a\nb"}), false)]);
    table(on("Cmd", [regex("a.b", "s")]), &[(json!({"Cmd": "a\nb"}), true)]);
    table(on("Cmd", [regex(r"^\d$", "")]), &[(json!({"Cmd": "7"}), true), (json!({"Cmd": "٧"}), false)]);
    // An expression that matches the empty text holds for every value, and still for no missing one.
    table(on("Cmd", [regex("x*", "")]), &[(json!({"Cmd": ""}), true), (json!({"Cmd": null}), false)]);
    table(on("Port", [regex("^44", "")]), &[(json!({"Port": 443}), true)]);
}

#[test]
fn numbers_compare_as_numbers() {
    table(
        on("Port", [int(443)]),
        &[
            (json!({"Port": 443}), true),
            (json!({"Port": "443"}), true),
            (json!({"Port": "0443"}), true),
            (json!({"Port": 443.0}), true),
            (json!({"Port": "443.0"}), true),
            (json!({"Port": 4430}), false),
            (json!({"Port": "+443"}), false),
            (json!({"Port": "0x1bb"}), false),
            (json!({"Port": "443 "}), false),
            (json!({"Port": ""}), false),
            (json!({"Port": true}), false),
            (json!({"Port": null}), false),
            (json!({}), false),
        ],
    );
    let than = |comparison| on("Port", [number(comparison, Number::Integer(9))]);
    let ports = |nine: bool, ten: bool, eight: bool| {
        [
            (json!({"Port": 9}), nine),
            (json!({"Port": "10"}), ten),
            (json!({"Port": 8}), eight),
            (json!({"Port": "abc"}), false),
            (json!({"Port": null}), false),
            (json!({}), false),
        ]
    };
    table(than(Comparison::Less), &ports(false, false, true));
    table(than(Comparison::LessOrEqual), &ports(true, false, true));
    table(than(Comparison::Greater), &ports(false, true, false));
    table(than(Comparison::GreaterOrEqual), &ports(true, true, false));
    table(
        on("Score", [number(Comparison::Greater, Number::Real(0.5))]),
        &[
            (json!({"Score": 1}), true),
            (json!({"Score": "0.75"}), true),
            (json!({"Score": 0.5}), false),
            (json!({"Score": "-1.5"}), false),
        ],
    );
}

#[test]
fn large_whole_numbers_stay_exact() {
    // 2^53 and 2^53 + 1 are the same floating-point number.
    table(
        on("Port", [int(9_007_199_254_740_993)]),
        &[
            (json!({"Port": 9_007_199_254_740_993_i64}), true),
            (json!({"Port": "9007199254740993"}), true),
            (json!({"Port": 9_007_199_254_740_992_i64}), false),
        ],
    );
    table(
        on("Port", [number(Comparison::Greater, Number::Integer(i64::MAX))]),
        &[(json!({"Port": "99999999999999999999"}), true), (json!({"Port": i64::MAX}), false)],
    );
}

#[test]
fn a_number_in_a_text_field_is_its_decimal_text() {
    table(
        on("Cmd", [int(5)]),
        &[
            (json!({"Cmd": 5}), true),
            (json!({"Cmd": "5"}), true),
            (json!({"Cmd": "05"}), false),
            (json!({"Cmd": "5.0"}), false),
        ],
    );
    table(
        on("Cmd", [number(Comparison::Greater, Number::Integer(9))]),
        &[(json!({"Cmd": "10"}), true), (json!({"Cmd": "abc"}), false)],
    );
}

#[test]
fn booleans_and_their_texts() {
    table(
        on("Ok", [Match::Boolean(true)]),
        &[
            (json!({"Ok": true}), true),
            (json!({"Ok": "True"}), true),
            (json!({"Ok": "TRUE"}), true),
            (json!({"Ok": false}), false),
            (json!({"Ok": 1}), false),
            (json!({"Ok": "yes"}), false),
            (json!({"Ok": null}), false),
            (json!({}), false),
        ],
    );
    table(
        on("Ok", [Match::Boolean(false)]),
        &[
            (json!({"Ok": "false"}), true),
            (json!({"Ok": false}), true),
            (json!({"Ok": ""}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn networks_hold_addresses_of_their_own_family() {
    table(
        on("Address", [network("10.0.0.0/8")]),
        &[
            (json!({"Address": "10.255.255.255"}), true),
            (json!({"Address": "10.0.0.0"}), true),
            (json!({"Address": "11.0.0.0"}), false),
            (json!({"Address": "9.255.255.255"}), false),
            (json!({"Address": "::ffff:10.0.0.1"}), false),
            (json!({"Address": "10.0.0.1:443"}), false),
            (json!({"Address": "10.0.0.1/32"}), false),
            (json!({"Address": "010.0.0.1"}), false),
            (json!({"Address": " 10.0.0.1"}), false),
            (json!({"Address": "10.0.0"}), false),
            (json!({"Address": "host"}), false),
            (json!({"Address": ""}), false),
            (json!({"Address": null}), false),
            (json!({}), false),
        ],
    );
    table(
        on("Address", [network("2001:db8::/32")]),
        &[
            (json!({"Address": "2001:db8::1"}), true),
            (json!({"Address": "2001:0DB8:0000::1"}), true),
            (json!({"Address": "2001:db9::1"}), false),
            (json!({"Address": "192.0.2.1"}), false),
            (json!({"Address": "[2001:db8::1]"}), false),
            (json!({"Address": "2001:db8::1%eth0"}), false),
        ],
    );
    table(
        on("Address", [network("::/0")]),
        &[(json!({"Address": "::ffff:10.0.0.1"}), true), (json!({"Address": "10.0.0.1"}), false)],
    );
    table(
        on("Address", [network("10.0.0.0/8"), network("fe80::/10")]),
        &[
            (json!({"Address": "10.1.1.1"}), true),
            (json!({"Address": "fe80::1"}), true),
            (json!({"Address": "fec0::1"}), false),
        ],
    );
}

#[test]
fn comparing_with_another_field() {
    let other = |comparison, case| on("Cmd", [Match::Field { comparison, other: field("Other"), case }]);
    table(
        other(FieldComparison::Equals, Case::Insensitive),
        &[
            (json!({"Cmd": "A", "Other": "a"}), true),
            (json!({"Cmd": "A", "Other": "b"}), false),
            // A wildcard in a value is no wildcard.
            (json!({"Cmd": "abc", "Other": "a*"}), false),
            (json!({"Cmd": "", "Other": ""}), true),
            (json!({"Cmd": "A"}), false),
            (json!({"Other": "A"}), false),
            (json!({}), false),
            (json!({"Cmd": null, "Other": null}), false),
            (json!({"Cmd": ["x", "y"], "Other": ["Y", "z"]}), true),
            (json!({"Cmd": ["x", "y"], "Other": ["z"]}), false),
        ],
    );
    table(
        other(FieldComparison::Equals, Case::Sensitive),
        &[(json!({"Cmd": "A", "Other": "a"}), false), (json!({"Cmd": "A", "Other": "A"}), true)],
    );
    table(
        other(FieldComparison::StartsWith, Case::Insensitive),
        &[
            (json!({"Cmd": "abc", "Other": "AB"}), true),
            (json!({"Cmd": "abc", "Other": "bc"}), false),
            (json!({"Cmd": "abc", "Other": ""}), true),
            (json!({"Cmd": "abc"}), false),
        ],
    );
    table(
        other(FieldComparison::EndsWith, Case::Insensitive),
        &[(json!({"Cmd": "abc", "Other": "BC"}), true), (json!({"Cmd": "abc", "Other": "ab"}), false)],
    );
    table(
        other(FieldComparison::Contains, Case::Insensitive),
        &[(json!({"Cmd": "abc", "Other": "B"}), true), (json!({"Cmd": "b", "Other": "abc"}), false)],
    );
    let ports =
        Match::Field { comparison: FieldComparison::Equals, other: field("Peer"), case: Case::Insensitive };
    table(
        on("Port", [ports]),
        &[(json!({"Port": 80, "Peer": "080"}), true), (json!({"Port": 80, "Peer": 81}), false)],
    );
}

#[test]
fn parts_of_a_moment_are_in_utc() {
    let part = |part, number| on("When", [Match::TimePart { part, comparison: Comparison::Equal, number }]);
    // 1 January 2027 is a Friday: it lies in week 53 of 2026. 23:30 at +02:00 is 21:30 in UTC.
    let when = json!({"When": "2027-01-01T23:30:00+02:00"});
    for (which, number) in [
        (TimePart::Minute, 30),
        (TimePart::Hour, 21),
        (TimePart::Day, 1),
        (TimePart::Week, 53),
        (TimePart::Month, 1),
        (TimePart::Year, 2027),
    ] {
        table(part(which, number), &[(when.clone(), true)]);
        table(part(which, number + 1), &[(when.clone(), false)]);
    }
    table(
        part(TimePart::Hour, 3),
        &[
            (json!({"When": "2026-03-10T03:59:59Z"}), true),
            (json!({"When": "2026-03-10T03:00:00.123456Z"}), true),
            // The unified audit log writes UTC without saying so.
            (json!({"When": "2026-03-10T03:00:00"}), true),
            (json!({"When": "2026-03-10 03:00:00Z"}), true),
            (json!({"When": 10_800}), true),
            (json!({"When": "10800"}), true),
            (json!({"When": 10_800.9}), true),
            (json!({"When": -75_600}), true),
            (json!({"When": "2026-03-10"}), false),
            (json!({"When": "yesterday"}), false),
            (json!({"When": ""}), false),
            (json!({"When": null}), false),
            (json!({}), false),
        ],
    );
    // A date alone is no moment, not even for its day.
    table(
        part(TimePart::Day, 10),
        &[(json!({"When": "2026-03-10T00:00:00"}), true), (json!({"When": "2026-03-10"}), false)],
    );
    let night = Match::TimePart { part: TimePart::Hour, comparison: Comparison::GreaterOrEqual, number: 22 };
    table(
        on("When", [night]),
        &[(json!({"When": "2026-03-10T22:00:00Z"}), true), (json!({"When": "2026-03-10T21:59:59Z"}), false)],
    );
}
