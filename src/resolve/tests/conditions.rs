//! Conditions: precedence, groups, and what is wrong with them.

use super::{condition, findings, shown};

const FOUR: &str =
    "detection:\n  a: {Image: a}\n  b: {Image: b}\n  c: {Image: c}\n  _d: {Image: d}\n  condition: ";

fn of(text: &str) -> String {
    shown(&condition(&format!("{FOUR}{text}")))
}

#[test]
fn or_binds_less_than_and_and_that_less_than_not() {
    assert_eq!(of("a and b or not c and _d"), "((Image=['a'] & Image=['b']) | (!Image=['c'] & Image=['d']))");
    assert_eq!(
        of("(a or b) and not (c and _d)"),
        "((Image=['a'] | Image=['b']) & !(Image=['c'] & Image=['d']))"
    );
    assert_eq!(of("not not a and b and c and _d"), "(Image=['a'] & Image=['b'] & Image=['c'] & Image=['d'])");
}

#[test]
fn groups_expand_and_them_leaves_out_underscores() {
    assert_eq!(of("1 of them and _d"), "((Image=['a'] | Image=['b'] | Image=['c']) & Image=['d'])");
    assert_eq!(of("all of them or _d"), "((Image=['a'] & Image=['b'] & Image=['c']) | Image=['d'])");
    assert_eq!(
        shown(&condition("detection:\n  s_1: {Image: a}\n  s_2: {Image: b}\n  condition: not 1 of s_*")),
        "!(Image=['a'] | Image=['b'])"
    );
}

#[test]
fn a_list_of_conditions_means_one_of_them() {
    assert_eq!(
        shown(&condition("detection:\n  a: {Image: a}\n  b: {Image: b}\n  condition: [a, b]")),
        "(Image=['a'] | Image=['b'])"
    );
}

#[test]
fn every_slip_is_explained_at_its_place() {
    let wrong = |text: &str| {
        let block = format!("detection:\n  sel: {{Image: a}}\n  filter_x: {{Image: b}}\n  condition: {text}");
        findings(&block)
    };
    assert_eq!(
        wrong("sell and not filter_x"),
        ["E0301 there is no selection `sell` | did you mean `sel`? @ sell"]
    );
    assert_eq!(
        wrong("sel and not filter_y*"),
        [
            "E0206 a pattern goes with `1 of` or `all of` | write `1 of filter_y*` or `all of filter_y*` @ filter_y*"
        ]
    );
    assert_eq!(wrong("sel and not 1 of filter_y*"), ["E0301 no selection fits `filter_y*` @ filter_y*"]);
    assert_eq!(wrong("sel AND filter_x"), ["E0206 expected `and`, `or` or the end | write `and` @ AND"]);
    assert_eq!(wrong("(sel or filter_x"), ["E0206 a parenthesis is not closed @ x"]);
    assert_eq!(wrong("sel or filter_x)"), ["E0206 this parenthesis closes nothing @ )"]);
    assert_eq!(wrong("2 of them"), ["E0206 only `1 of` and `all of` are known @ 2"]);
    assert_eq!(
        wrong("sel"),
        ["E0302 the condition does not use `filter_x` | use it in the condition, or remove it @ filter_x"]
    );
    assert_eq!(wrong("sel and"), ["E0206 the condition ends too early @ d"]);
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let text = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    let found = findings(&format!("detection:\n  a: {{Image: a}}\n  condition: '{text}'"));
    assert!(found[0].contains("nested too deeply"), "{found:?}");
    let text = "not ".repeat(5_000);
    let found = findings(&format!("detection:\n  a: {{Image: a}}\n  condition: {text}a"));
    assert!(found[0].contains("nested too deeply"), "{found:?}");
}

#[test]
fn a_missing_condition_shows_what_to_type() {
    assert_eq!(
        findings("detection:\n  sel: {Image: a}"),
        ["E0203 the required key `condition` is missing | add `condition: sel` @ sel: {Image: a}"]
    );
    let three = "detection:\n  filter_x: {Image: c}\n  a: {Image: a}\n  b: {Image: b}";
    assert!(findings(three)[0].contains("`condition: a and b and not filter_x`"));
}
