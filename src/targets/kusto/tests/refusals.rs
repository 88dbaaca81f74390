//! What the target refuses, and what it asks consent for.

use super::{compile, compile_as, refused, selecting};
use crate::targets::Verdict;

#[test]
fn a_field_that_is_not_there_is_named_with_the_reason() {
    let Err(findings) = compile(&selecting("Gone: x")) else { panic!("compiles") };
    assert_eq!(findings[0].message, "kusto:sentinel: the field `Gone` does not exist there");
    assert_eq!(findings[0].labels[0].text, "the table never has it");
}

#[test]
fn all_errors_come_at_once() {
    let body = format!("{}\nsummarize: {{by: [Gone]}}", selecting("Gone: x, Port: abc, Level: other"));
    let refusals = refused(&body);
    assert_eq!(refusals.len(), 4, "{refusals:#?}");
}

#[test]
fn a_source_that_is_not_there() {
    let Err(findings) = compile_as("kusto:xdr", "test.union", &selecting("Image: x")) else {
        panic!("compiles")
    };
    assert_eq!(findings[0].code.id(), "E0502");
    assert_eq!(findings[0].labels[0].text, "nobody collects it there");
    let help = findings[0].help.as_deref();
    assert_eq!(
        help,
        Some(
            "compile for kusto:sentinel, or write the query under `raw: {kusto:xdr: {query: …, reason: …}}`"
        )
    );
}

#[test]
fn an_empty_text_alone_needs_consent() {
    let refusals = refused(&selecting("Image: ''"));
    assert_eq!(
        refusals,
        ["E0504 kusto:sentinel: `missing-and-empty` on `Image`: the query would find more events"]
    );
    let accepted = format!(
        "{}\naccept: [{{target: kusto, loss: missing-and-empty, reason: fine}}]",
        selecting("Image: ''")
    );
    assert_eq!(compile(&accepted).map(|compiled| compiled.verdict), Ok(Verdict::Widened));
}

/// What a column lacks narrows a test for a value, and widens one for its absence.
#[test]
fn the_direction_of_a_loss_follows_the_test() {
    let effect = |body: &str| refused(body).concat();
    assert!(effect(&selecting("Partly: x")).ends_with("fewer events"));
    assert!(effect(&selecting("Partly: null")).ends_with("more events"));
    let negated = "detection:\n  s: {Partly: x}\n  condition: not s";
    assert!(effect(negated).ends_with("more events"));
    let derived = "derive:\n  d: {lower: Partly}\ndetection:\n  s: {d: x}\n  condition: s";
    assert!(effect(derived).ends_with("fewer events"));
}

#[test]
fn the_text_of_an_ipv6_network_is_lost() {
    let body = "derive:\n  n: {network: {field: Address, v4: 24, v6: 64}}\ndetection:\n  s: {n: 10.0.0.0/24}\n  condition: s";
    assert_eq!(
        refused(body),
        ["E0504 kusto:sentinel: `ipv6-network` on `n`: the query would find fewer events"]
    );
}

#[test]
fn more_groups_than_kusto_takes() {
    let groups = "(a)".repeat(17);
    assert_eq!(
        refused(&selecting(&format!("Image|re: '{groups}'"))),
        ["E0501 kusto:sentinel: a regular expression with 17 groups on `Image`"]
    );
}

#[test]
fn text_that_sentinel_takes_for_a_search_of_everything() {
    assert_eq!(
        refused(&selecting(r"Image|contains: 'a UNION \* '")),
        ["E0501 kusto:sentinel: the query holds `union *`, which a scheduled rule must not"]
    );
}

fn raw(query: &str) -> String {
    let query = serde_json::Value::from(query);
    format!("{}\nraw:\n  kusto:sentinel:\n    reason: r\n    query: {query}", selecting("Image: x"))
}

#[test]
fn a_raw_query_stands_as_it_is_if_it_is_one() {
    let compiled = compile(&raw("let x = 1; // why\n T | where a == x"));
    let compiled = compiled.unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(compiled.verdict, Verdict::Raw);
    for wrong in ["T | where (a == 1", "T |", "T | | take 1", "| take 1", "T | where a == \"x", "T;"] {
        let refusals = refused(&raw(wrong));
        assert!(refusals[0].starts_with("E0505 kusto:sentinel: "), "{refusals:?}");
    }
}
