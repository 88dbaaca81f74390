//! One field test as a selection. Expectations are written from the specification's appendix on modifiers.

use super::{block, cased, field, is, keyword, test, text};
use crate::ir::{
    Case, Comparison, FieldComparison, Match, Number, Pattern, Piece, Predicate, Regex, TimePart,
};

/// The lines of the only selection.
fn selection(predicate: Predicate) -> String {
    let block = block(predicate);
    let body = block.strip_prefix("    selection:\n").expect("a selection");
    body.strip_suffix("\n    condition: selection").expect("the condition").to_owned()
}

fn one(name: &str, alternative: Match) -> String {
    selection(test(name, [alternative])).trim_start().to_owned()
}

#[test]
fn a_pattern_gets_the_modifier_of_its_shape() {
    for (pattern, yaml) in [
        ("cmd.exe", "Image: cmd.exe"),
        ("", "Image: ''"),
        ("*", "Image: '*'"),
        (r"*\cmd.exe", r"Image|endswith: '\cmd.exe'"),
        ("cmd*", "Image|startswith: cmd"),
        ("*cmd*", "Image|contains: cmd"),
        ("c*d", "Image: 'c*d'"),
        ("c?d", "Image: 'c?d'"),
        ("*a?b*", "Image|contains: 'a?b'"),
        ("*a*b", "Image|endswith: 'a*b'"),
        ("?*", "Image|startswith: '?'"),
        // A literal star keeps its escape, a backslash before the modifier's wildcard needs none.
        (r"\*.bak", r"Image: '\*.bak'"),
        (r"C:\Users\\*", r"Image|startswith: 'C:\Users\'"),
        (r"*\\*", r"Image|contains: '\'"),
        (r"a\\*b", r"Image: 'a\\*b'"),
        (r"*\\\**", r"Image|contains: '\\\*'"),
        ("4688", "Image: '4688'"),
        ("true", "Image: 'true'"),
    ] {
        assert_eq!(one("Image", text(pattern)), yaml, "{pattern}");
    }
}

#[test]
fn a_list_of_one_shape_has_its_modifier_and_a_mix_is_written_with_wildcards() {
    assert_eq!(
        selection(is("Image", &[r"*\cmd.exe", r"*\powershell.exe"])),
        "        Image|endswith:\n            - '\\cmd.exe'\n            - '\\powershell.exe'"
    );
    assert_eq!(
        selection(is("Image", &["*cmd*", "x", "*y"])),
        "        Image:\n            - '*cmd*'\n            - x\n            - '*y'"
    );
    assert_eq!(selection(is("Image", &["x", "x"])), "        Image: x");
}

#[test]
fn case_is_said_after_the_wildcards() {
    assert_eq!(one("Image", cased("Cmd")), "Image|cased: Cmd");
    assert_eq!(one("Image", cased("*Cmd*")), "Image|contains|cased: Cmd");
    assert_eq!(one("Image", cased("C*d")), "Image|cased: 'C*d'");
    // Texts of different case, or of another kind, need a key each.
    assert_eq!(
        selection(test("Image", [cased("*A*"), text("b"), text("c")])),
        "        - Image|contains|cased: A\n        - Image:\n              - b\n              - c"
    );
}

#[test]
fn numbers_and_booleans_keep_their_type() {
    let number = |comparison, number| Match::Number { comparison, number };
    for (comparison, yaml) in [
        (Comparison::Equal, "Port: 443"),
        (Comparison::Less, "Port|lt: 443"),
        (Comparison::LessOrEqual, "Port|lte: 443"),
        (Comparison::Greater, "Port|gt: 443"),
        (Comparison::GreaterOrEqual, "Port|gte: 443"),
    ] {
        assert_eq!(one("Port", number(comparison, Number::Integer(443))), yaml);
    }
    assert_eq!(one("Port", number(Comparison::Greater, Number::Real(1.5))), "Port|gt: 1.5");
    assert_eq!(one("Signed", Match::Boolean(false)), "Signed: false");
    assert_eq!(
        selection(test("Port", [1, 2].map(|n| number(Comparison::Equal, Number::Integer(n))))),
        "        Port:\n            - 1\n            - 2"
    );
}

#[test]
fn null_stands_in_no_list() {
    assert_eq!(one("Image", Match::Missing), "Image: null");
    assert_eq!(one("Image", Match::Present), "Image|exists: true");
    assert_eq!(one("Params", Match::Missing), "Params: null");
    assert_eq!(
        selection(test("Image", [text(""), Match::Missing, text("a")])),
        "        - Image:\n              - ''\n              - a\n        - Image: null"
    );
}

#[test]
fn regular_expressions_stay_as_written() {
    let regex = |source: &str, flags: &str| Match::Regex(Regex::parse(source, flags).expect("valid"));
    assert_eq!(one("Image", regex(r"\\cmd\d+'$", "")), r"Image|re: '\\cmd\d+''$'");
    assert_eq!(one("Image", regex("(?i)a*", "")), "Image|re|i: 'a*'");
    assert_eq!(one("Image", regex("^a", "ims")), "Image|re|i|m|s: '^a'");
    assert_eq!(
        selection(test("Image", [regex("a", ""), regex("b", "i"), regex("c", "")])),
        "        - Image|re:\n              - a\n              - c\n        - Image|re|i: b"
    );
}

#[test]
fn networks_have_no_host_bits() {
    let network = |text: &str| Match::Network(text.parse().expect("a network"));
    assert_eq!(one("Address", network("10.1.2.3/8")), "Address|cidr: '10.0.0.0/8'");
    assert_eq!(one("Address", network("fe80::1/10")), "Address|cidr: fe80::/10");
}

#[test]
fn other_fields_are_referred_to_before_the_wildcards() {
    let other = |comparison| Match::Field { comparison, other: field("user"), case: Case::Insensitive };
    for (comparison, yaml) in [
        (FieldComparison::Equals, "CommandLine|fieldref: Image"),
        (FieldComparison::StartsWith, "CommandLine|fieldref|startswith: Image"),
        (FieldComparison::EndsWith, "CommandLine|fieldref|endswith: Image"),
        (FieldComparison::Contains, "CommandLine|fieldref|contains: Image"),
    ] {
        assert_eq!(one("CommandLine", other(comparison)), yaml);
    }
}

#[test]
fn ranges_of_parts_of_a_moment_are_listed() {
    let part = |part, comparison, number| Match::TimePart { part, comparison, number };
    assert_eq!(one("Time", part(TimePart::Hour, Comparison::Equal, 3)), "Time|hour: 3");
    assert_eq!(
        selection(test("Time", [part(TimePart::Hour, Comparison::GreaterOrEqual, 22)])),
        "        Time|hour:\n            - 22\n            - 23"
    );
    assert_eq!(
        selection(test("Time", [part(TimePart::Day, Comparison::Less, 3)])),
        "        Time|day:\n            - 1\n            - 2"
    );
    assert_eq!(one("Time", part(TimePart::Year, Comparison::Equal, 2026)), "Time|year: 2026");
}

#[test]
fn keywords_are_a_list_of_texts() {
    assert_eq!(
        block(keyword(&["mimikatz", "a*b", "4688"])),
        "    keywords:\n        - mimikatz\n        - 'a*b'\n        - '4688'\n    condition: keywords"
    );
    assert_eq!(
        block(Predicate::All(vec![keyword(&["a"]), keyword(&["b"])])),
        "    keywords:\n        '|all':\n            - a\n            - b\n    condition: keywords"
    );
}

#[test]
fn values_and_names_are_those_of_the_binding() {
    assert_eq!(one("Operation", text("Update user")), "operationName: Update user.");
    assert_eq!(one("Operation", text("Update*")), "operationName|startswith: Update");
    assert_eq!(one("Outcome", text("*")), "result:\n            - ok\n            - bad");
    assert_eq!(one("user", text("a")), "Image: a");
}

#[test]
fn what_is_written_is_read_as_the_same_pattern() {
    let literal = |text: &str| Piece::Literal(text.into());
    for pieces in [
        vec![literal(r"a\")],
        vec![Piece::AnyRun, literal(r"\\")],
        vec![literal(r"\"), Piece::AnyRun],
        vec![Piece::AnyRun, literal(r"*\"), Piece::AnyRun],
        vec![Piece::AnyOne, Piece::AnyRun, literal(r"\*?")],
    ] {
        let pattern = Pattern::from_pieces(pieces);
        let yaml = one("Image", Match::Text { pattern: pattern.clone(), case: Case::Insensitive });
        let (key, value) = yaml.split_once(": ").expect("a value");
        let value = Pattern::parse(value.trim_matches('\''));
        let read = match key {
            "Image" => value,
            "Image|startswith" => value.open_end(),
            "Image|endswith" => value.open_start(),
            "Image|contains" => value.open_start().open_end(),
            other => panic!("{other}"),
        };
        assert_eq!(read, pattern, "{yaml}");
    }
}
