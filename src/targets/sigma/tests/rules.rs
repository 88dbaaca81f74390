//! Whole rules.

use super::{compile, detection, field, is, spanned};
use crate::diagnostics::Code;
use crate::ir::{Derivation, Derived, Entity, EntityType, EventSet, Logic, RawQuery, Summary};
use crate::source::{SourceFile, Span};
use crate::targets::Verdict;
use crate::yaml::{self, Value};

#[test]
fn a_rule_in_the_order_of_the_specification() {
    let mut detection = detection(is("Operation", &["Add a partner", "Delete a partner"]));
    let derived = Derived {
        field: field("computed"),
        how: Derivation::FirstOf(vec![field("CommandLine"), field("Image")]),
        span: Span::default(),
    };
    let Logic::Events(EventSet { derived: all, .. }) = &mut detection.logic else { panic!("no correlation") };
    all.push(derived);
    detection.metadata.description = "Somebody changed\nthe tenant: badly.\n".into();
    detection.summary = Some(Summary {
        by: ["computed", "user", "process", "Operation"].map(|name| spanned(field(name))).into(),
        values: vec![],
        span: Span::default(),
    });
    detection.entities = vec![Entity { field: spanned(field("Port")), entity_type: EntityType::Host }];
    let compiled = compile(&detection).expect("compiles");
    assert_eq!(
        compiled.text,
        "title: A Test
id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
status: stable
description: |
    Somebody changed
    the tenant: badly.
references:
    - https://attack.mitre.org/techniques/T1484/002/
author: Jane Doe
date: 2026-03-10
tags:
    - attack.defense-evasion
    - attack.privilege-escalation
    - attack.t1484.002
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        operationName:
            - Add a partner.
            - Delete a partner.
    condition: selection
fields:
    - CommandLine
    - Image
    - operationName
    - Port
falsepositives:
    - Approved changes.
level: medium
"
    );
    assert_eq!(compiled.verdict, Verdict::Exact);
    let columns = [("user", "Image"), ("Operation", "operationName"), ("Port", "Port")];
    assert_eq!(compiled.columns, columns.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn no_text_breaks_out() {
    let hostile = "x\nlogsource: {product: all}\n---\n# '\": *\u{85}\u{2028}x\n";
    let mut detection = detection(is("Image", &["a"]));
    detection.metadata.name = spanned(hostile.into());
    detection.metadata.description = hostile.into();
    detection.metadata.author = hostile.into();
    detection.metadata.date = hostile.into();
    detection.metadata.id = hostile.into();
    detection.metadata.false_positives = vec![hostile.into()];
    detection.metadata.references = vec![hostile.into(), hostile.into()];
    let text = compile(&detection).expect("compiles").text;
    let mut findings = Vec::new();
    let root = yaml::parse(&SourceFile::new("r.yml", text.as_str()), &mut findings).expect("one document");
    assert!(findings.is_empty(), "{findings:?}");
    for key in ["title", "description", "author", "date", "id"] {
        assert_eq!(root.get(key).and_then(|node| node.as_text()), Some(hostile), "{key}");
    }
    for key in ["references", "falsepositives"] {
        let Some(Value::List(items)) = root.get(key).map(|node| &node.value) else { panic!("{key}") };
        assert_eq!(items.iter().map(|item| item.as_text()).collect::<Vec<_>>(), [Some(hostile)], "{key}");
    }
    let product = root.get("logsource").and_then(|node| node.get("product")).and_then(|node| node.as_text());
    assert_eq!(product, Some("windows"));
}

#[test]
fn a_raw_rule_is_taken_over_once_it_is_well_formed() {
    let mut detection = detection(is("computed", &["a"]));
    let mut raw = |query: &str| {
        detection.raw = vec![RawQuery {
            profile: spanned("sigma".into()),
            query: spanned(query.into()),
            reason: "computed".into(),
        }];
        compile(&detection)
    };
    let rule = "title: T\nlogsource: {product: windows}\ndetection: {a: {b: c}, condition: a}";
    let compiled = raw(&format!("{rule}\n\n")).expect("compiles");
    assert_eq!((compiled.text, compiled.verdict), (format!("{rule}\n"), Verdict::Raw));
    for (wrong, count) in [
        ("title: [", 1),
        ("title: T", 2),
        ("title: T\nlogsource: {product: windows}\ndetection: {a: {b: c}}", 1),
        ("", 1),
        ("title: T\ntitle: U\nlogsource: {product: windows}\ndetection: {a: {b: c}, condition: a}", 1),
    ] {
        let findings = raw(wrong).expect_err("refused");
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), vec![Code::E0505; count], "{wrong}");
    }
}
