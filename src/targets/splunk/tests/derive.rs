//! Derived fields.

use super::{query, refusals};

/// The `eval` for a derivation that a condition tests.
fn derived(how: &str) -> String {
    let body = format!("derive: {{it: {how}}}\ndetection: {{s: {{it: x}}, condition: s}}");
    let text = query(&body, "splunk");
    let line = text.lines().nth(1).expect("an eval");
    assert_eq!(text.lines().nth(2), Some(r#"| where lower(it)=="x""#));
    line.strip_prefix("| eval it = ").expect("the field").to_owned()
}

#[test]
fn each_way_has_its_expression() {
    assert_eq!(
        derived("{first_of: [Name, dest]}"),
        r#"case(isnotnull(Name) AND lower(Name)!="",Name,isnotnull(dest) AND lower(dest)!="",dest)"#
    );
    assert_eq!(
        derived(
            "{case: {branches: [{when: {Name: a}, then: low}, {when: {Id: [1, 2]}, then: high}], else: other}}"
        ),
        r#"case(lower(Name)=="a","low",in(Id,"1","2"),"high",true(),"other")"#
    );
    assert_eq!(derived("{element: {field: Roles, index: -1}}"), "mvindex('Roles{}',-1)");
    assert_eq!(derived("{lower: Name}"), "lower(Name)");
}

#[test]
fn parts_are_cut_by_an_expression() {
    // Whether split() keeps empty parts is contested (C8).
    assert_eq!(
        derived("{split: {field: Name, by: '@', index: 1}}"),
        r#"if(match(Name,"(?s)^(?:[^@]*@){1}([^@]*)(?:@.*)?\z"),replace(Name,"(?s)^(?:[^@]*@){1}([^@]*)(?:@.*)?\z","\1"),null())"#
    );
}

#[test]
fn a_capture_spans_the_whole_text() {
    assert_eq!(
        derived(r"{regex: {field: Name, pattern: '(?i)id=(\d+)$'}}"),
        r#"if(match(Name,"(?i)\A[\s\S]*?(?:id=(\d+)\z)[\s\S]*\z"),replace(Name,"(?i)\A[\s\S]*?(?:id=(\d+)\z)[\s\S]*\z","\1"),null())"#
    );
    let body =
        "derive: {it: {regex: {field: Name, pattern: 'a(b)?'}}}\ndetection: {s: {it: x}, condition: s}";
    assert_eq!(refusals(body, "splunk")[0].0, "E0501");
}

#[test]
fn replacements_are_literal() {
    assert_eq!(
        derived(r"{replace: {field: Name, pattern: '\.exe$', with: ''}}"),
        r#"replace(Name,"\.exe\z","")"#
    );
    for (pattern, with) in [("a*", "b"), ("a", r"\1")] {
        let body = format!(
            "derive: {{it: {{replace: {{field: Name, pattern: '{pattern}', with: '{with}'}}}}}}\n\
             detection: {{s: {{it: x}}, condition: s}}"
        );
        assert_eq!(refusals(&body, "splunk")[0].0, "E0501", "{pattern}");
    }
}

#[test]
fn pairs_that_stay_in_step_are_exact() {
    assert_eq!(
        derived("{pair: {list: Steps, name: a.b}}"),
        r#"mvindex('Steps{}.Value',mvfind('Steps{}.Name',"(?i)^a\.b\z"))"#
    );
}

#[test]
fn pairs_that_may_fall_out_of_step_need_consent() {
    let body = "derive: {it: {pair: {list: Pairs, name: a}}}\ndetection: {s: {it: x}, condition: s}\n";
    assert_eq!(
        refusals(body, "splunk"),
        [("E0504", "splunk: `pairs-out-of-step` on `it`: the query would find fewer events".to_owned())]
    );
    let accepted = format!("{body}accept: [{{target: splunk, loss: pairs-out-of-step, reason: known}}]");
    let text = query(&accepted, "splunk");
    assert_eq!(
        text.lines().nth(1),
        Some(
            "```detc: narrowed: pairs-out-of-step on it: Splunk keeps names and values apart; in an event where a \
             pair lacks its value, the two cannot be joined again (accepted: known)```"
        )
    );
    assert!(text.contains(
        r#"if(mvcount('Pairs{}.Name')==mvcount('Pairs{}.Value'),mvindex('Pairs{}.Value',mvfind('Pairs{}.Name',"(?i)^a\z")),null())"#
    ));
}

#[test]
fn networks_are_of_ipv4_by_consent() {
    let body = |v4: u8| {
        format!(
            "derive: {{it: {{network: {{field: Address, v4: {v4}, v6: 64}}}}}}\n\
             detection: {{s: {{it: x}}, condition: s}}\n\
             accept: [{{target: splunk, loss: ipv4-only, reason: no IPv6 here}}]"
        )
    };
    assert!(query(&body(24), "splunk").contains(
        r#"eval it = if(cidrmatch("0.0.0.0/0",Address),replace(Address,"\.\d+\z",".0/24"),null())"#
    ));
    assert!(
        query(&body(32), "splunk").contains(r#"if(cidrmatch("0.0.0.0/0",Address),Address."/32",null())"#)
    );
    assert_eq!(refusals(&body(20), "splunk")[0].0, "E0501");
}

#[test]
fn a_derivation_reads_neutral_values_only() {
    let body = "derive: {it: {lower: Dotted}}\ndetection: {s: {it: x}, condition: s}";
    assert_eq!(
        refusals(body, "splunk"),
        [("E0501", "splunk cannot say a derivation from `Dotted`".to_owned())]
    );
}

#[test]
fn what_is_only_shown_needs_no_consent() {
    let body = "derive:\n  it: {pair: {list: Pairs, name: a}}\n  other: {case: {branches: [{when: {Half: a}, then: b}]}}\n\
                detection: {s: {Name: x}, condition: s}\n";
    let shown = format!("{body}summarize: {{by: [Name], values: [it, other]}}");
    assert!(query(&shown, "splunk").contains("values(it) as it values(other) as other by Name"));
    // Groups alert, so what merges them does count.
    let grouped = format!("{body}summarize: {{by: [it]}}");
    assert_eq!(refusals(&grouped, "splunk")[0].0, "E0504");
}
