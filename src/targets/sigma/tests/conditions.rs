//! Boolean structure as selections and a condition.

use super::{block, compile, detection, is, keyword, spanned, test, text};
use crate::ir::{EventSet, Logic, Match, Predicate};

fn all(members: impl Into<Vec<Predicate>>) -> Predicate {
    Predicate::All(members.into())
}

fn any(members: impl Into<Vec<Predicate>>) -> Predicate {
    Predicate::Any(members.into())
}

fn not(inner: Predicate) -> Predicate {
    Predicate::not(inner)
}

#[test]
fn a_conjunction_is_one_map() {
    assert_eq!(
        block(all([
            is("Image", &["*a"]),
            is("CommandLine", &["*b*", "*c*"]),
            test("Signed", [Match::Missing])
        ])),
        "    selection:
        Image|endswith: a
        CommandLine|contains:
            - b
            - c
        Signed: null
    condition: selection"
    );
}

#[test]
fn single_values_of_one_key_join_under_all() {
    assert_eq!(
        block(all([is("CommandLine", &["*b*"]), is("Image", &["x"]), is("CommandLine", &["*c*"])])),
        "    selection:
        CommandLine|contains|all:
            - b
            - c
        Image: x
    condition: selection"
    );
    // `all` would also ask for every value of a list.
    assert_eq!(
        block(all([
            is("CommandLine", &["*b*", "*c*"]),
            is("CommandLine", &["*d*"]),
            is("CommandLine", &["*e*", "*f*"])
        ])),
        "    selection_1:
        CommandLine|contains: d
    selection_2:
        CommandLine|contains:
            - b
            - c
    selection_3:
        CommandLine|contains:
            - e
            - f
    condition: all of selection_*"
    );
}

#[test]
fn other_values_of_one_key_stand_apart() {
    assert_eq!(
        block(all([is("Roles", &["a"]), is("Roles", &["b"]), is("Image", &["x"])])),
        "    selection_1:
        Roles: a
        Image: x
    selection_2:
        Roles: b
    condition: all of selection_*"
    );
}

#[test]
fn null_twice_is_null_once() {
    assert_eq!(
        block(all([test("Image", [Match::Missing]), test("Image", [Match::Missing])])),
        "    selection:\n        Image: null\n    condition: selection"
    );
    assert_eq!(
        block(all([test("Image", [Match::Missing]), test("Image", [text("a")])])),
        "    selection_1:\n        Image: null\n    selection_2:\n        Image: a\n    condition: all of selection_*"
    );
}

#[test]
fn a_disjunction_of_maps_is_a_list() {
    assert_eq!(
        block(any([is("Image", &["*a"]), all([is("CommandLine", &["b", "c"]), is("Image", &["d"])])])),
        "    selection:
        - Image|endswith: a
        - CommandLine:
              - b
              - c
          Image: d
    condition: selection"
    );
}

#[test]
fn what_is_negated_is_a_filter() {
    assert_eq!(
        block(all([not(is("Image", &["x"])), is("CommandLine", &["a"])])),
        "    selection:\n        CommandLine: a\n    filter:\n        Image: x\n    condition: selection and not filter"
    );
    assert_eq!(
        block(all([is("CommandLine", &["a"]), not(is("Image", &["x"])), not(is("Image", &["z"]))])),
        "    selection:
        CommandLine: a
    filter_1:
        Image: x
    filter_2:
        Image: z
    condition: selection and not 1 of filter_*"
    );
    assert_eq!(block(not(is("Image", &["x"]))), "    filter:\n        Image: x\n    condition: not filter");
    assert_eq!(
        block(not(any([keyword(&["k"]), is("Image", &["x"])]))),
        "    filter_1:\n        Image: x\n    filter_2:\n        - k\n    condition: not 1 of filter_*"
    );
}

/// `a and b or c` is `(a and b) or c` in Sigma; the parentheses are printed for the reader as well.
#[test]
fn and_and_or_are_kept_apart_by_parentheses() {
    let nested = any([keyword(&["k"]), all([is("Image", &["x"]), not(is("CommandLine", &["y"]))])]);
    let condition = |predicate| {
        let block = block(predicate);
        block.rsplit_once("condition: ").expect("a condition").1.to_owned()
    };
    assert_eq!(condition(nested.clone()), "keywords or (selection and not filter)");
    assert_eq!(condition(not(nested.clone())), "not (filter_1 or (filter_2 and not selection))");
    assert_eq!(
        condition(all([is("Roles", &["r"]), nested.clone()])),
        "selection_1 and (keywords or (selection_2 and not filter))"
    );
    assert_eq!(
        condition(all([nested, not(is("Roles", &["r"])), not(is("Roles", &["s"]))])),
        "(keywords or (selection and not filter_1)) and not filter_2 and not filter_3"
    );
}

#[test]
fn the_source_s_facts_stand_alone() {
    let mut detection = detection(any([is("Operation", &["a"]), keyword(&["k"])]));
    let Logic::Events(EventSet { data_source, .. }) = &mut detection.logic else { panic!("no correlation") };
    *data_source = spanned("test.bound".into());
    let text = compile(&detection).expect("compiles").text;
    assert!(
        text.contains(
            "
logsource:
    product: azure
    service: auditlogs
    definition: 'Diagnostic setting: AuditLogs'
detection:
    selection_source:
        Workload: 'Azure\\*AD'
        Code:
            - 1
            - 5
        Signed: true
    selection:
        Operation: a
    keywords:
        - k
    condition: selection_source and (selection or keywords)
"
        ),
        "{text}"
    );
}
