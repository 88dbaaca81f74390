//! What is changed in a query, and what is not. Expectations follow from the opening comment of the module.

use super::{Facts, Kind, Language, mutants};

/// Every mutant with its kind.
fn all(language: Language, text: &str, facts: &[&str]) -> Vec<(Kind, String)> {
    let mut known = Facts::default();
    facts.iter().for_each(|fact| known.add(language, fact));
    let changes = mutants(language, text, &known);
    changes.iter().map(|change| (change.kind, change.apply(text))).collect()
}

fn texts(language: Language, text: &str, kind: Kind) -> Vec<String> {
    all(language, text, &[]).into_iter().filter(|(found, _)| *found == kind).map(|(_, text)| text).collect()
}

#[test]
fn print() {
    for (language, text) in [
        (
            Language::Kql,
            "T\n| where a == \"x\" and (b contains \"y\" or b endswith @\"\\z.exe\" or not(c in~ (\"u\", \"v\")))\n| where n >= 5 and t <= 5m\n| summarize count() by a, b",
        ),
        (
            Language::Spl,
            "index=x a=\"*\\\\y.exe\" b IN (\"*u*\",\"v*\") NOT (c=1 OR d=foo) | where x==\"a\" AND match(y,\"(?i)b\\z\") AND n>=10 | stats count by a b",
        ),
        (
            Language::Spl,
            "| tstats count from datamodel=A.B where B.a=\"x\" NOT (B.b IN (\"y\")) by B.c B.d | head 5",
        ),
        (
            Language::Sigma,
            "title: x\nlogsource: {product: windows}\ndetection:\n    a:\n        Image|endswith:\n            - '\\a.exe'\n            - '\\b.exe'\n        Id: 4\n    f_x:\n        User: y\n    condition: a and not 1 of f_*\n",
        ),
    ] {
        println!("{text}");
        for (kind, mutant) in all(language, text, &[]) {
            println!("  {kind:?}: {}", mutant.replace('\n', "⏎"));
        }
    }
    let _ = texts(Language::Kql, "T", Kind::Case);
}
