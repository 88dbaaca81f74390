//! Lists: values, or the placeholder of `expand` where the list asks for it.

use std::sync::Arc;

use super::{block, compile, detection, test, text};
use crate::catalogue::Catalogue;
use crate::ir::{Match, Membership, Predicate};
use crate::targets::Delivery;

fn in_list(more: &str, column: usize) -> Match {
    let rows = "rows: [{host: 'a*', shape: 'b*', network: 203.0.113.0/24}, {host: c}]";
    let rows = if more.contains("rows:") { "" } else { rows };
    let text = format!(
        "description: d\nowner: o\ncolumns: {{host: text, shape: pattern, network: cidr}}\n{more}\n{rows}\n"
    );
    let catalogue = Catalogue::embedded().with_list("hosts.yml", text);
    let list = catalogue.list("hosts").expect("is there").expect("is sound");
    Match::InList(Membership { list: Arc::clone(&list), column })
}

fn selection(predicate: Predicate) -> String {
    let block = block(predicate);
    let body = block.strip_prefix("    selection:\n").expect("a selection");
    body.strip_suffix("\n    condition: selection").expect("the condition").trim_start().to_owned()
}

#[test]
fn rows_are_values() {
    assert_eq!(selection(test("Image", [in_list("", 0)])), "Image:\n            - 'a\\*'\n            - c");
    assert_eq!(selection(test("Image", [in_list("", 1)])), "Image|startswith: b");
    assert_eq!(selection(test("Address", [in_list("", 2)])), "Address|cidr: '203.0.113.0/24'");
    assert_eq!(
        selection(test("Operation", [in_list("", 0)])),
        "operationName:\n            - 'a\\*.'\n            - c."
    );
}

#[test]
fn a_placeholder_stands_for_the_key_column() {
    assert_eq!(selection(test("Image", [in_list("placeholder: true", 0)])), "Image|expand: '%hosts%'");
    assert_eq!(selection(test("Image", [in_list("placeholder: true", 1)])), "Image|startswith: b");
    let both = test("Image", [text("x"), in_list("placeholder: true", 0)]);
    let compiled = compile(&detection(both)).expect("compiles");
    assert!(compiled.text.contains("Image|expand: '%hosts%'"), "{}", compiled.text);
    assert_eq!(compiled.needs.lists[0].how, Delivery::Placeholder);
    // What would be filled in is not written as it is there.
    let mapped = compile(&detection(test("Operation", [in_list("placeholder: true", 0)]))).expect("compiles");
    assert_eq!(mapped.needs.lists[0].how, Delivery::Inline);
}

#[test]
fn an_empty_list_is_refused() {
    let findings = compile(&detection(test("Image", [in_list("rows: []", 0)]))).expect_err("refused");
    assert_eq!(
        findings[0].message,
        "sigma: the list `hosts` on `Image`: it is empty, and Sigma has no test that nothing satisfies"
    );
    assert!(compile(&detection(test("Image", [in_list("rows: []\nplaceholder: true", 0)]))).is_ok());
}
