//! Slips of the hand: each is one finding, at its place, without the consequences; nothing passes in silence.

use super::{document, findings, resolved};

const BLOCK: &str = "detection: {s: {Image: a}, condition: s}\n";

fn item(item: &str) -> Vec<String> {
    findings(&format!("detection:\n  s:\n    {item}\n  condition: s"))
}

fn beside(rest: &str) -> Vec<String> {
    findings(&format!("{BLOCK}{rest}"))
}

#[test]
fn a_required_key_without_a_value_is_said() {
    assert_eq!(
        findings("detection:"),
        [
            "E0203 the required key `detection` has no value | add a `detection:` block with selections and a `condition` @ detection"
        ]
    );
    for key in ["id", "name", "version", "status", "type", "severity", "author", "date", "description"] {
        let text = document(BLOCK);
        let lines = text.lines().map(|line| match line.strip_prefix(key) {
            Some(rest) if rest.starts_with(':') => format!("{key}:\n"),
            _ => format!("{line}\n"),
        });
        let (detection, found) = resolved(&lines.collect::<String>());
        assert!(detection.is_none(), "{key}");
        assert_eq!(found.iter().map(|f| f.code.id()).collect::<Vec<_>>(), ["E0203"], "{key}");
    }
}

#[test]
fn a_misspelt_key_is_not_also_missing() {
    let (_, found) = resolved(&document(BLOCK).replace("author:", "auhtor:"));
    assert_eq!(found.iter().map(|f| f.code.id()).collect::<Vec<_>>(), ["E0201"]);
    assert_eq!(
        beside("suppress: {by: [user], fro: 1d}"),
        ["E0201 unknown key `fro` | did you mean `for`? @ fro"]
    );
    assert_eq!(
        findings("detection: {s: {Image: a}, condtion: s}"),
        [
            "E0203 the required key `condition` is missing | write `condition` here, if that is what is meant @ condtion"
        ]
    );
}

#[test]
fn a_list_is_no_mapping() {
    assert_eq!(beside("summarize: [user]"), ["E0202 expected a mapping, found a list @ [user]"]);
    assert_eq!(beside("schedule: [1h, 70m]"), ["E0202 expected a mapping, found a list @ [1h, 70m]"]);
    let (_, found) = resolved("- a\n- b\n");
    assert_eq!(found[0].message, "expected a mapping, found a list");
}

#[test]
fn what_the_decoder_refused_has_no_consequences() {
    assert_eq!(
        findings("detection: {s: {Image: a}, condition: 7}"),
        ["E0202 expected a text or a list of texts, found the number `7` @ 7"]
    );
    assert_eq!(item("Image: [[a]]"), ["E0202 expected one value, found a list @ [a]"]);
    assert_eq!(
        item("Image: {a: b}"),
        ["E0202 expected a value or a list of values, found a mapping @ {a: b}"]
    );
    assert_eq!(beside("summarize: {by: [7]}"), ["E0202 expected text, found the number `7` @ 7"]);
    let nothing = findings("detection:\n  s: null\n  condition: s");
    assert_eq!(nothing.len(), 1, "{nothing:?}");
}

#[test]
fn conditions_are_not_empty_and_names_fit_them() {
    assert_eq!(
        findings("detection: {s: {Image: a}, condition: []}"),
        ["E0207 the list of conditions is empty | name a selection @ []"]
    );
    for name in ["'a b'", "them", "And", "'(x)'", "'x*'", "''"] {
        let found =
            findings(&format!("detection:\n  s: {{Image: a}}\n  {name}: {{Image: b}}\n  condition: s"));
        assert!(found.iter().any(|f| f.starts_with("E0409 a condition cannot name")), "{name}: {found:?}");
    }
    for name in ["1", "all", "any", "filter_main-1", "sélection"] {
        let found = findings(&format!("detection:\n  {name}: {{Image: a}}\n  condition: '{name}'"));
        assert!(found.is_empty(), "{name}: {found:?}");
    }
    assert_eq!(
        findings("detection: {one: {Image: a}, condition: one and zebra}"),
        ["E0301 there is no selection `zebra` | the only selection is `one` @ zebra"]
    );
}

#[test]
fn null_and_booleans_are_no_texts_for_modifiers() {
    let null =
        "E0306 `null` has no text for a modifier to work on | write `null` under the field alone @ null";
    for key in ["Image|contains", "Image|cased", "Image|windash", "Image|base64"] {
        assert_eq!(item(&format!("{key}: null")), [null], "{key}");
    }
    let regex = |value| {
        format!(
            "E0401 the value does not fit `Image`, which is of type text | quote the regular expression @ {value}"
        )
    };
    for value in ["null", "True", "1.5"] {
        assert_eq!(item(&format!("Image|re: {value}")), [regex(value)]);
    }
    assert_eq!(item("Image|cased: True").len(), 1);
    assert!(item("Image: True").is_empty());
    assert_eq!(
        item("Image|re: ''"),
        ["E0402 the empty expression matches every text | use `exists: true` @ ''"]
    );
    assert_eq!(
        item("Address|cidr: null"),
        [
            "E0401 the value does not fit `Address`, which is of type ip | for instance 10.0.0.0/8 or 2001:db8::/32 @ null"
        ]
    );
    assert_eq!(
        item("Address|cidr: 2001:db8::1"),
        ["E0403 `2001:db8::1` is not a network | write 2001:db8::1/128, or leave out `cidr` @ 2001:db8::1"]
    );
}

#[test]
fn tests_that_can_never_be_true_are_refused() {
    assert_eq!(item("Time|hour: 24"), ["E0408 this part of a moment is 0 to 23 @ 24"]);
    assert_eq!(item("Time|month|lt: 0"), ["E0408 this part of a moment is 1 to 12 @ 0"]);
    assert_eq!(item("Kind|gt: 2"), ["E0407 `Kind` never has the value `2` | its values are 1, 2 @ 2"]);
    assert!(item("Kind|gte: 2").is_empty());
    assert_eq!(
        item("Level|re: ^x"),
        ["E0407 `Level` never has the value `^x` | its values are Low, High @ ^x"]
    );
    assert!(item("Level|re: ^H").is_empty());
}

#[test]
fn numbers_are_what_is_written() {
    assert_eq!(
        item("Image: 1.10"),
        [
            "E0108 `1.10` is read as the number 1.1 | write \"1.10\" if it is text, or 1.1 if it is a number @ 1.10"
        ]
    );
    assert_eq!(
        item("Port: 1e999"),
        ["E0108 `1e999` is no number that every reader can hold | quote the value if it is text @ 1"]
    );
    for value in ["'.'", "'5.'", "'.5'", "'1.2.3'", "'-'"] {
        assert_eq!(item(&format!("Port: {value}")).len(), 1, "{value}");
    }
    assert!(item("Port: [9223372036854775807, -9223372036854775808, '5', '5.0']").is_empty());
}

#[test]
fn modifiers_are_not_empty() {
    assert_eq!(item("Image|: a"), ["E0305 a modifier is missing after `|` @ |"]);
    assert_eq!(item("Image||contains: a"), ["E0305 a modifier is missing after `|` @ |"]);
}

#[test]
fn places_inside_escaped_and_folded_texts() {
    let place = |found: Vec<String>| found[0].rsplit(" @ ").next().unwrap_or_default().to_owned();
    assert_eq!(place(item(r#"Image|re: "ab\\d(?=x)""#)), "(?=");
    assert_eq!(place(item("Image|re: 'it''s (?=x)'")), "(?=");
    assert_eq!(place(findings("detection:\n  s: {Image: a}\n  condition: >-\n    s and\n    foo")), "foo");
    assert_eq!(place(beside(r#"risk: {message: "\u00e9 $Nope$", objects: []}"#)), "$Nope$");
}

#[test]
fn events_and_consents_name_what_there_is() {
    assert_eq!(
        beside("accept: [{target: kusto, loss: x, field: Imag, reason: y}]"),
        ["E0303 `test.source` has no field `Imag` | did you mean `Image`? @ Imag"]
    );
    assert_eq!(
        beside("tests: [{name: t, events: [], expect: {matches: 0}}]"),
        [
            "E0207 the test has no events | give at least one under `events`, or a `file` of them, or `raw` ones @ t"
        ]
    );
    assert_eq!(
        beside("drilldowns: [{name: d, same: []}]"),
        ["E0207 the drilldown has no fields | name at least one under `same` @ d"]
    );
    let event =
        |value: &str| beside(&format!("tests: [{{name: t, events: [{{{value}}}], expect: {{matches: 0}}}}]"));
    assert!(event("Time: '2026-01-01T03:00:00'").is_empty());
    assert_eq!(
        event("Time: 2026-01-01"),
        [
            "E0401 the value does not fit `Time`, which is of type timestamp | for instance 2026-01-02T03:04:05Z @ 2026-01-01"
        ]
    );
    assert_eq!(
        event("Changes: [a, b]"),
        ["E0401 `Changes` is a list of name/value pairs | write a mapping of names to values @ [a, b]"]
    );
}

#[test]
fn what_cannot_be_seen_is_in_no_name() {
    for hidden in [r"\u202e", r"\u2066", r"\u200b", r"\ufeff", r"\u2028", r"\x7f", r"\0"] {
        let (_, found) =
            resolved(&document(BLOCK).replace("name: A test", &format!("name: \"A {hidden}test\"")));
        assert_eq!(found.iter().map(|f| f.code.id()).collect::<Vec<_>>(), ["E0409"], "{hidden}");
    }
    // A family in one emoji, and Persian, need the joiners.
    let (_, found) = resolved(
        &document(BLOCK).replace("name: A test", "name: \"A \u{1f468}\u{200d}\u{1f469} می\u{200c}خواهم\""),
    );
    assert!(found.is_empty(), "{found:?}");
}
