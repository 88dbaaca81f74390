//! The author's selections, their names, and the patterns over them.

use std::sync::Arc;

use super::super::{PROFILES, Sigma};
use crate::catalogue::Catalogue;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{Options, Target};

/// The names in a rule's `detection` block in their order, and its condition.
fn rule(selections: &str, condition: &str) -> (Vec<String>, String) {
    let text = compile(selections, condition);
    let (_, block) = text.split_once("\ndetection:\n").expect("a detection");
    let (block, _) = block.split_once("\nlevel:").expect("a level");
    let (selections, condition) = block.split_once("    condition: ").expect("a condition");
    let names = selections.lines().filter(|line| !line.starts_with("     "));
    (names.map(|line| line.trim().trim_end_matches(':').to_owned()).collect(), condition.to_owned())
}

fn compile(selections: &str, condition: &str) -> String {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
name: Names
version: 1
status: test
type: ttp
severity: high
author: Jane Doe
date: 2026-03-10
description: Names.
data_source: windows.process_creation
detection:
{selections}
  condition: {condition}
"
    );
    let catalogue = Arc::new(Catalogue::embedded());
    let context = Context { catalogue: &catalogue, profiles: &["sigma"] };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new("d.yml", text.as_str()), &context, &mut findings);
    let detection = detection.unwrap_or_else(|| panic!("{findings:#?}"));
    let sigma = Sigma::new(&PROFILES[0], catalogue);
    sigma.compile(&detection, Options::default()).expect("compiles").text
}

/// Selections of one test each.
fn of(names: &[&str]) -> String {
    names.iter().enumerate().map(|(i, name)| format!("  {name}: {{Image: v{i}}}\n")).collect()
}

#[test]
fn names_and_conditions_stay_as_written() {
    for (names, condition) in [
        (vec!["selection_img", "selection_cli"], "all of selection_*"),
        (vec!["selection", "filter_main_a", "filter_main_b"], "selection and not 1 of filter_main_*"),
        (vec!["selection_a", "selection_b", "filter"], "1 of selection_* and not filter"),
        (vec!["parent", "child_a", "child_b"], "parent and all of child_*"),
        (vec!["parent", "child_a", "child_b"], "parent or all of child_*"),
        (vec!["a_x", "a_y", "b_x", "b_y"], "all of a_* and 1 of b_*"),
        (vec!["a_x", "a_y", "b_x", "b_y"], "1 of a_* or all of b_*"),
        (vec!["selection1", "selection2"], "all of selection*"),
        (vec!["selection", "selection_pe"], "1 of selection*"),
        (vec!["a", "b", "c"], "(a and not b) or c"),
        (vec!["a", "b", "c"], "a and not (b and c)"),
    ] {
        let (written, joined) = rule(&of(&names), condition);
        assert_eq!((written, joined.as_str()), (names.iter().map(|&n| n.to_owned()).collect(), condition));
    }
}

/// `all of sel_*` would also hold `sel_c`, which is wanted elsewhere.
#[test]
fn a_pattern_names_no_other_selection() {
    let (_, condition) = rule(&of(&["sel_a", "sel_b", "sel_c", "x"]), "(sel_a and sel_b) or (sel_c and x)");
    assert_eq!(condition, "(sel_a and sel_b) or (sel_c and x)");
    let (_, condition) = rule(&of(&["x", "sel_a", "SEL_b"]), "x and sel_a or not SEL_b");
    assert_eq!(condition, "(x and sel_a) or not SEL_b");
}

#[test]
fn what_is_used_twice_is_written_once() {
    let selections = "  img:\n    - Image|endswith: '\\a.exe'\n    - OriginalFileName: a.exe\n  cli: {CommandLine|contains: x}\n  out: {CommandLine|contains: y}";
    let (names, condition) = rule(selections, "(img and cli) or (img and not out)");
    assert_eq!(names, ["img", "cli", "out"]);
    assert_eq!(condition, "(img and cli) or (img and not out)");
    // Wanted here and excluded there.
    let (names, condition) = rule(&of(&["a", "b"]), "(a and not b) or (b and not a)");
    assert_eq!(names, ["a", "b"]);
    assert_eq!(condition, "(a and not b) or (b and not a)");
}

/// A key stands once in a map, so two lists of one key need two selections.
#[test]
fn a_selection_in_two_parts_is_numbered_past_other_names() {
    let selections = "  cli:\n    CommandLine|contains: [a, b]\n    CommandLine|contains|windash: ' -x'\n  cli_1: {Image: y}";
    let (names, condition) = rule(selections, "cli and cli_1");
    assert_eq!(names, ["cli_2", "cli_3", "cli_1"]);
    assert_eq!(condition, "all of cli_*");
}

/// pySigma leaves names with a leading underscore out of `them`, and other characters out of names.
#[test]
fn a_name_that_readers_take_differently_is_replaced() {
    let (names, condition) = rule(&of(&["_a", "b", "sshd.conf"]), "_a and not b and not sshd.conf");
    assert_eq!(names, ["selection", "b", "sshd_conf"]);
    assert_eq!(condition, "selection and not b and not sshd_conf");
}

#[test]
fn alternatives_of_one_key_are_one_list() {
    let text = compile(
        "  a:\n    - Image|endswith: [x, k]\n    - Image|endswith: [k, z]\n    - CommandLine|contains|all: [p, q]\n    - CommandLine|contains|all: [r, s]\n    - CommandLine: null\n    - CommandLine: ''",
        "a",
    );
    let (_, block) = text.split_once("    a:\n").expect("a selection");
    let (block, _) = block.split_once("    condition").expect("a condition");
    assert_eq!(
        block,
        "        - Image|endswith:
              - x
              - k
              - z
        - CommandLine|contains|all:
              - p
              - q
        - CommandLine|contains|all:
              - r
              - s
        - CommandLine: null
        - CommandLine: ''
"
    );
}
