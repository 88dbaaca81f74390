//! Any value survives its literal, as the language itself reads it, and no value gets out of it.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::quoting::{Data, Text, calls};
use crate::spl::{Context, Dataset, Program};
use crate::{kql, spl};

fn spl_reads(value: &Json) -> Vec<Option<String>> {
    let query = format!("| makeresults format=json data={}", Data(&json!([{"x": value}])));
    let search = spl::parse(&query).unwrap_or_else(|problems| panic!("{query}\n{problems:#?}"));
    assert_eq!(search.commands.len(), 1, "one command: {query}");
    let program = Program::compile_saved(&search, &query).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let rows = program.run(&Dataset::default(), &Context::default()).expect("is determined");
    rows.iter().map(|row| row.text("x").map(|text| text.to_string())).collect()
}

fn kql_reads(text: &str) -> Json {
    let query = format!("datatable(x: string)[{}]", Text(text));
    let parsed = kql::parse(&query).unwrap_or_else(|problems| panic!("{query}\n{problems:#?}"));
    let program = kql::Program::compile(&parsed, &kql::Schemas::default()).expect("binds");
    let table = program.run(&kql::Tables::default(), &kql::Context::default()).expect("is determined");
    assert_eq!(table.rows.len(), 1);
    kql::json(&table.rows[0][0])
}

const HOSTILE: &[&str] = &[
    "\" | delete",
    "\\",
    "\\\\",
    "\\\"",
    "a\nb\r\tc",
    "`macro`",
    "```",
    "[search *]",
    "$token$",
    "<<FIELD>>",
    "\u{0}\u{7}",
    "\u{2028}",
    "é😀",
    "]]>",
    "{\"a\": 1}",
    "\\u0041",
    "'",
    "//x",
    "/*",
];

#[test]
fn hostile_texts_are_read_back() {
    for text in HOSTILE {
        assert_eq!(spl_reads(&json!(text)), [Some((*text).to_owned())], "{text:?}");
        assert_eq!(kql_reads(text), json!(text));
    }
}

#[test]
fn calls_are_found_outside_of_quotes() {
    let text = "a=now() \"now()\" 'now()' know() relative_time(now(),\"x\\\"now()\") b.now()";
    let found: Vec<usize> = calls(text, "now").iter().map(|span| span.start).collect();
    assert_eq!(found, [2, text.find("(now()").expect("there") + 1]);
}

proptest! {
    #[test]
    fn any_text_is_read_back(text in "\\PC{1,60}|[ -~]{1,60}|[\\\\\"'`|\\[\\]\n\t$<>]{1,12}") {
        prop_assert_eq!(spl_reads(&json!(text)), [Some(text.clone())]);
        prop_assert_eq!(kql_reads(&text), json!(text));
    }
}
