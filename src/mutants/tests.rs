//! What is changed in a query, and what is not. Expectations follow from the opening comment of the module.

use proptest::prelude::*;

use super::{Facts, Kind, Language, mutants};

fn texts(language: Language, text: &str, kind: Kind, facts: &[&str]) -> Vec<String> {
    let mut known = Facts::default();
    facts.iter().for_each(|fact| known.add(language, fact));
    let changes = mutants(language, text, &known);
    changes.iter().filter(|change| change.kind == kind).map(|change| change.apply(text)).collect()
}

/// Each of these is among the mutants of this kind.
fn has(language: Language, text: &str, kind: Kind, expected: &[&str]) {
    let found = texts(language, text, kind, &[]);
    for expected in expected {
        assert!(found.iter().any(|mutant| mutant == expected), "{kind:?}: {expected}\n{found:#?}");
    }
}

#[test]
fn clauses_of_kql_are_left_out_joined_in_another_way_and_turned_round() {
    let query = "T\n| where a == \"x\" and (b contains \"y\" or not(c in~ (\"u\", \"v\")))";
    let mutant = |condition: &str| format!("T\n| where {condition}");
    let has = |kind, conditions: &[&str]| {
        let expected: Vec<String> = conditions.iter().map(|condition| mutant(condition)).collect();
        has(Language::Kql, query, kind, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    has(Kind::DroppedFromAll, &["(b contains \"y\" or not(c in~ (\"u\", \"v\")))", "a == \"x\""]);
    has(
        Kind::DroppedFromAny,
        &["a == \"x\" and (not(c in~ (\"u\", \"v\")))", "a == \"x\" and (b contains \"y\")"],
    );
    has(Kind::OrForAnd, &["a == \"x\" or (b contains \"y\" or not(c in~ (\"u\", \"v\")))"]);
    has(Kind::AndForOr, &["a == \"x\" and (b contains \"y\" and not(c in~ (\"u\", \"v\")))"]);
    has(
        Kind::Negated,
        &[
            "not(a == \"x\") and (b contains \"y\" or not(c in~ (\"u\", \"v\")))",
            "a == \"x\" and (b contains \"y\" or  (c in~ (\"u\", \"v\")))",
        ],
    );
    has(Kind::Operator, &["a == \"x\" and (b startswith \"y\" or not(c in~ (\"u\", \"v\")))"]);
    has(Kind::Case, &["a == \"x\" and (b contains_cs \"y\" or not(c in~ (\"u\", \"v\")))"]);
    has(Kind::Value, &["a == \"x\" and (b contains \"y\" or not(c in~ (\"u\", \"v0q\")))"]);
}

#[test]
fn stages_keys_and_windows_of_kql() {
    let query =
        "T | where t <= a + 5m | summarize n = count() by x, y | join kind=leftsemi (U | where n >= 3) on x";
    has(
        Language::Kql,
        query,
        Kind::Stage,
        &[
            "T | where t <= a + 5m | join kind=leftsemi (U | where n >= 3) on x",
            "T | where t <= a + 5m | summarize n = count() by x, y",
        ],
    );
    has(
        Language::Kql,
        query,
        Kind::Window,
        &[
            "T | where t <= a + 10m | summarize n = count() by x, y | join kind=leftsemi (U | where n >= 3) on x",
            "T | where t <= a + 150s | summarize n = count() by x, y | join kind=leftsemi (U | where n >= 3) on x",
        ],
    );
    has(
        Language::Kql,
        query,
        Kind::Key,
        &[
            "T | where t <= a + 5m | summarize n = count() by y | join kind=leftsemi (U | where n >= 3) on x",
            "T | where t <= a + 5m | summarize n = count() by x | join kind=leftsemi (U | where n >= 3) on x",
        ],
    );
    has(
        Language::Kql,
        query,
        Kind::Number,
        &[
            "T | where t <= a + 5m | summarize n = count() by x, y | join kind=leftsemi (U | where n >= 4) on x",
            "T | where t <= a + 5m | summarize n = count() by x, y | join kind=leftsemi (U | where n >= 2) on x",
        ],
    );
}

#[test]
fn terms_of_spl_stand_side_by_side() {
    let query = "a=\"*\\\\y.exe\" b IN (u,\"v*\") NOT (c=1 OR d=foo) | stats count by a b";
    let rest = " | stats count by a b";
    let has = |kind, terms: &[&str]| {
        let expected: Vec<String> = terms.iter().map(|terms| format!("{terms}{rest}")).collect();
        has(Language::Spl, query, kind, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    has(
        Kind::DroppedFromAll,
        &[
            "b IN (u,\"v*\") NOT (c=1 OR d=foo)",
            "a=\"*\\\\y.exe\" NOT (c=1 OR d=foo)",
            "a=\"*\\\\y.exe\" b IN (u,\"v*\")",
        ],
    );
    has(Kind::DroppedFromAny, &["a=\"*\\\\y.exe\" b IN (u,\"v*\") NOT (c=1)"]);
    has(Kind::OrForAnd, &["a=\"*\\\\y.exe\" OR b IN (u,\"v*\") NOT (c=1 OR d=foo)"]);
    has(Kind::AndForOr, &["a=\"*\\\\y.exe\" b IN (u,\"v*\") NOT (c=1 AND d=foo)"]);
    has(Kind::Negated, &["a=\"*\\\\y.exe\" b IN (u,\"v*\")  (c=1 OR d=foo)"]);
    has(Kind::Operator, &["a=\"*\\\\y.exe*\" b IN (u,\"v*\") NOT (c=1 OR d=foo)"]);
    has(
        Kind::Value,
        &[
            "a=\"*\\\\y.exe0q\" b IN (u,\"v*\") NOT (c=1 OR d=foo)",
            "a=\"*\\\\y.exe\" b IN (u0q,\"v*\") NOT (c=1 OR d=foo)",
        ],
    );
    has(Kind::Number, &["a=\"*\\\\y.exe\" b IN (u,\"v*\") NOT (c=2 OR d=foo)"]);
}

#[test]
fn how_exactly_is_rounded_is_no_threshold() {
    let query = "x=1 | where round(max(a-b,1),3)<=900 AND pow(c,3)<=900";
    let found = texts(Language::Spl, query, Kind::Number, &[]);
    for part in ["<=899 AND", "<=901 AND", "pow(c,2)", "pow(c,4)", "max(a-b,2)"] {
        assert!(found.iter().any(|mutant| mutant.contains(part)), "{part}\n{found:#?}");
    }
    assert!(found.iter().all(|mutant| mutant.contains("),3)<=")), "{found:#?}");
}

#[test]
fn expressions_and_streams_of_spl() {
    let query = "x=1 | streamstats window=5 time_window=300s count as n by u v | where n>=10 AND match(y,\"(?i)^b\\z\")";
    let found = |kind| texts(Language::Spl, query, kind, &[]).join("\n");
    for (kind, part) in [
        (Kind::Number, "window=6 "),
        (Kind::Number, "window=4 "),
        (Kind::Window, "time_window=600s"),
        (Kind::Window, "time_window=150s"),
        (Kind::Key, "by v |"),
        (Kind::Key, "by u |"),
        (Kind::Operator, "n>10"),
        (Kind::Number, "n>=11"),
        (Kind::Number, "n>=9"),
        (Kind::Case, "match(y,\"^b\\z\")"),
        (Kind::Operator, "match(y,\"(?i)b\\z\")"),
        (Kind::Operator, "match(y,\"(?i)^b\")"),
        (Kind::Value, "match(y,\"(?i)^b0q\\z\")"),
    ] {
        assert!(found(kind).contains(part), "{kind:?}: {part}\n{}", found(kind));
    }
}

#[test]
fn what_a_search_says_beforehand_is_not_loosened_and_goes_where_the_condition_is_changed() {
    let later = "| where (match('A.b',\"(?i)x\\z\") OR in(lower('A.c'),\"d\")) AND 'A.e'==\"f\"";
    for (head, all, rest) in [
        ("k=1 (A.b=\"*x\" OR A.c IN (d)) A.e=f ", "k=1 ", ""),
        (
            "| tstats count from datamodel=A where (A.b=\"*x\" OR A.c IN (d)) A.e=f by A.b A.c A.e ",
            "| tstats count from datamodel=A ",
            "by A.b A.c A.e ",
        ),
    ] {
        let query = format!("{head}{later}");
        let found = |kind| {
            let found = texts(Language::Spl, &query, kind, &[]);
            found.iter().map(|text| super::normal(text)).collect::<Vec<_>>()
        };
        let dropped = found(Kind::DroppedFromAll);
        assert!(!dropped.iter().any(|text| text.ends_with(later)), "{dropped:#?}");
        let without = format!("{all}{rest}| where 'A.e'==\"f\"");
        assert!(dropped.contains(&without), "{dropped:#?}");
        assert!(!found(Kind::Operator).iter().any(|text| text.contains("*x*")));
        // An alternative fewer loses events, whatever is asked later.
        let fewer = format!("{}{later}", head.replace(" OR A.c IN (d)", ""));
        assert!(found(Kind::DroppedFromAny).contains(&fewer));
    }
}

#[test]
fn case_is_changed_where_there_are_letters() {
    let found = texts(Language::Kql, "T\n| where a =~ \"1$\" and b =~ \"x\" and c =~ d", Kind::Case, &[]);
    assert_eq!(
        found,
        [
            "T\n| where a =~ \"1$\" and b == \"x\" and c =~ d",
            "T\n| where a =~ \"1$\" and b =~ \"x\" and c == d",
        ]
    );
    let query = "x=1 | where match(a,\"(?i):\\\\\\*\\z\") AND match(b,\"(?i)y\\z\")";
    let found = texts(Language::Spl, query, Kind::Case, &[]);
    assert_eq!(found, [query.replace("(?i)y", "y")]);
}

#[test]
fn what_stands_for_a_missing_number_is_how_a_field_is_read() {
    let query = "x=1 | where coalesce(tonumber(a),0)>=5 AND pow(b,2)==3";
    let found = texts(Language::Spl, query, Kind::Number, &[]).join("\n");
    assert!(!found.contains("tonumber(a),1"), "{found}");
    for part in ["tonumber(a),0)>=6", "tonumber(a),0)>=4", "pow(b,3)==3", "pow(b,2)==4"] {
        assert!(found.contains(part), "{part}\n{found}");
    }
}

#[test]
fn a_letter_of_an_expression_is_one_that_stands_for_itself() {
    // In a class or a count it would change nothing that a test could show, or leave no expression.
    for (query, mutant) in [
        ("T | where a matches regex @\"/python[0-9.]*$\"", "@\"/python0q[0-9.]*$\""),
        ("T | where a matches regex @\"^[a-z]b\\.{2,24}$\"", "@\"^[a-z]b0q\\.{2,24}$\""),
        ("T | where a == \"[x]\"", "\"[x0q]\""),
    ] {
        assert_eq!(texts(Language::Kql, query, Kind::Value, &[]), [query.replace(quoted(query), mutant)]);
    }
}

fn quoted(query: &str) -> &str {
    &query[query.find(['@', '"']).unwrap_or_default()..]
}

#[test]
fn the_where_of_tstats_is_a_condition_and_its_by_are_keys() {
    let query = "| tstats count from datamodel=A.B where B.a=\"x\" NOT (B.b=y) by B.c B.d";
    has(
        Language::Spl,
        query,
        Kind::DroppedFromAll,
        &[
            "| tstats count from datamodel=A.B where NOT (B.b=y) by B.c B.d",
            "| tstats count from datamodel=A.B where B.a=\"x\" by B.c B.d",
        ],
    );
    has(
        Language::Spl,
        query,
        Kind::Key,
        &["| tstats count from datamodel=A.B where B.a=\"x\" NOT (B.b=y) by B.d"],
    );
}

const RULE: &str = "\
detection:
    a:
        Image|endswith:
            - '\\a.exe'
            - '\\b.exe'
        Id: 4
    f_x:
        User: y
    condition: a and not 1 of f_*
";

#[test]
fn items_values_and_the_condition_of_sigma() {
    let found = |kind| texts(Language::Sigma, RULE, kind, &[]);
    let with = |old: &str, new: &str| RULE.replace(old, new);
    for (kind, mutant) in [
        (Kind::Operator, with("|endswith", "|contains")),
        (Kind::Case, with("|endswith", "|endswith|cased")),
        (Kind::Case, with("User:", "User|cased:")),
        (Kind::Value, with("'\\b.exe'", "'\\b.exe0q'")),
        (Kind::Value, with("Id: 4", "Id: 5")),
        (Kind::DroppedFromAll, with("\n        Id: 4", "")),
        (Kind::DroppedFromAll, with("a and not 1 of f_*", "a")),
        (Kind::OrForAnd, with("a and not", "a or not")),
        (Kind::Negated, with("and not 1", "and 1")),
    ] {
        assert!(found(kind).contains(&mutant), "{kind:?}: {mutant}\n{:#?}", found(kind));
    }
}

#[test]
fn correlations_of_sigma() {
    let rule = "correlation:\n    type: temporal_ordered\n    group-by:\n        - a\n        - b\n    timespan: '15m'\n    condition:\n        gte: 10\n";
    for (kind, old, new) in [
        (Kind::Window, "'15m'", "'30m'"),
        (Kind::Window, "'15m'", "'450s'"),
        (Kind::Number, "gte: 10", "gte: 11"),
        (Kind::Number, "gte: 10", "gte: 9"),
        (Kind::Operator, "gte", "gt"),
        (Kind::Operator, "temporal_ordered", "temporal"),
        (Kind::Key, "        - a\n", ""),
        (Kind::Key, "        - b\n", ""),
    ] {
        has(Language::Sigma, rule, kind, &[&rule.replace(old, new)]);
    }
}

#[test]
fn facts_are_left_alone() {
    for (language, query, fact) in [
        (
            Language::Kql,
            "T | where Channel == \"S\" and EventID == 1",
            "U | where Channel  ==  \"S\" and x == 2",
        ),
        (Language::Spl, "source=\"S\" EventCode=1", "source=\"S\" x=2"),
    ] {
        let known = Facts::of(language, fact);
        for change in mutants(language, query, &known) {
            let mutant = change.apply(query);
            assert!(mutant.contains("\"S\""), "{mutant}");
            assert_ne!(change.kind, Kind::OrForAnd, "{mutant}");
        }
        assert!(!mutants(language, query, &known).is_empty());
    }
}

#[test]
fn what_cannot_be_read_has_no_mutants() {
    for language in [Language::Spl, Language::Kql, Language::Sigma] {
        assert_eq!(mutants(language, "| where (((", &Facts::default()), []);
    }
}

#[test]
fn changes_are_described_on_one_line() {
    let query = "T\n| where a == 1\n| where b == 2";
    for change in mutants(Language::Kql, query, &Facts::default()) {
        let described = change.describe(query);
        assert!(!described.contains('\n') && described.starts_with("with"), "{described}");
    }
}

proptest! {
    /// A value with anything in it neither breaks the reader of tokens nor leads to a mutant that cannot be read.
    #[test]
    fn any_text_of_a_query_is_survived(text in "\\PC{0,40}", noise in "[ -~]{0,60}") {
        let literal = serde_json::to_string(&text).expect("a text");
        for (language, query) in [
            (Language::Kql, format!("T | where a == {literal} or b != 1")),
            (Language::Spl, format!("a={literal} b=2 | where c=={literal}")),
            (Language::Kql, noise.clone()),
            (Language::Spl, noise.clone()),
            (Language::Sigma, format!("detection: {{a: {{b: {literal}}}, condition: a}}")),
        ] {
            for change in mutants(language, &query, &Facts::default()) {
                prop_assert_ne!(change.apply(&query), query.clone());
            }
        }
    }
}
