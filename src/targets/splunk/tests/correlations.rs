//! Correlations as searches. The expected text is derived from what each command does (A.., K.. of the rules), the edges
//! from the definitions: both ends of a window count, and events of one time count together.

use super::{HEAD, SOURCE, catalogue};
use crate::diagnostics::Diagnostic;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{self, Compiled, Options};

const BASE: &str = r#"sourcetype="a:b" Code IN ("1","5")"#;

fn compile(body: &str, profile: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let catalogue = catalogue(SOURCE);
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let head = if body.contains("stages:") {
        HEAD.replace("data_source: test.source\n", "")
    } else {
        HEAD.to_owned()
    };
    let file = SourceFile::new("test.yml", format!("{head}{body}\n"));
    let detection = resolve_file(&file, &context, &mut findings);
    let detection = detection.unwrap_or_else(|| panic!("{body}: {findings:#?}"));
    targets::target(profile, &catalogue).expect("a profile").compile(&detection, Options::default())
}

/// The lines of a search.
fn lines(body: &str) -> Vec<String> {
    match compile(body, "splunk") {
        Ok(compiled) => compiled.text.lines().map(|line| line.replace(BASE, "BASE")).collect(),
        Err(findings) => panic!("{body}: {findings:#?}"),
    }
}

fn one(correlation: &str) -> Vec<String> {
    lines(&format!("detection: {{s: {{Name: a}}, condition: s}}\ncorrelation: {correlation}"))
}

fn two(correlation: &str) -> Vec<String> {
    lines(&format!(
        "stages:\n  one: {{data_source: test.source, detection: {{s: {{Name: a}}, condition: s}}}}\n  \
         two: {{data_source: test.source, detection: {{s: {{Name: b}}, condition: s}}}}\ncorrelation: {correlation}"
    ))
}

#[test]
fn a_count_keeps_the_last_rows_of_each_group() {
    assert_eq!(
        one("{event_count: {group_by: [dest], window: 5m, condition: {gte: 10}, values: [Name]}}"),
        [
            r#"BASE Name="a""#,
            r#"| eval dest = if(lower(dest)!="",lower(dest),null())"#,
            "| sort 0 _time",
            "| streamstats current=true window=10 global=false count as detc_rows min(_time) as detc_start by dest",
            "| eval detc_hit = if(detc_rows==10 AND round(_time-detc_start,3)<=300,1,0)",
            "| stats count min(_time) as firstTime max(_time) as lastTime values(Name) as Name max(detc_hit) as detc_hit by dest",
            "| where detc_hit==1",
            "| fields - detc_*",
        ]
    );
    // More than the rows that streamstats keeps: as a running sum.
    let large = one("{event_count: {window: 5m, condition: {gt: 10000}}}");
    assert!(large.contains(&"| eval detc_hit = if(detc_count>10000,1,0)".to_owned()), "{large:#?}");
}

#[test]
fn a_range_is_a_running_sum_over_entries_and_exits() {
    assert_eq!(
        one("{event_count: {window: 5m, condition: {gte: 2, lt: 9}}}"),
        [
            "| multisearch",
            r#"    [search BASE Name="a" | eval detc_edge = 1 | eval detc_order = 0 | eval _time = round(_time,3)]"#,
            r#"    [search BASE Name="a" | eval detc_edge = -1 | eval detc_order = 1 | eval _time = round(_time+300,3)]"#,
            "| sort 0 _time detc_order",
            "| eval detc_count = detc_edge",
            "| streamstats current=true window=0 global=false sum(detc_count) as detc_count",
            "| where detc_edge==1",
            "| eventstats last(detc_count) as detc_count by _time",
            "| eval detc_hit = if(detc_count>=2 AND detc_count<9,1,0)",
            "| stats count min(_time) as firstTime max(_time) as lastTime max(detc_hit) as detc_hit",
            "| where detc_hit==1",
            "| fields - detc_*",
        ]
    );
}

#[test]
fn percentiles_are_compared_by_counting() {
    let percentile = |condition: &str| {
        let correlation = format!(
            "{{value_percentile: {{field: Id, percentile: 95, window: 5m, condition: {condition}}}}}"
        );
        let lines = one(&correlation);
        lines.into_iter().filter(|line| line.contains("below") || line.contains("upto")).collect::<Vec<_>>()
    };
    let rank = "ceiling(((detc_number*95)/100)-0.000000001)";
    // At least 9: fewer than the rank are below 9. Above 9: fewer than the rank are at most 9.
    let at_least = percentile("{gte: 9}");
    assert_eq!(at_least[0], "| eval detc_below = if(isnotnull(detc_value) AND detc_value<9,detc_edge,0)");
    assert!(at_least.last().expect("a test").contains(&format!("detc_below<{rank}")), "{at_least:#?}");
    assert_eq!(
        percentile("{gt: 9}")[0],
        "| eval detc_below = if(isnotnull(detc_value) AND detc_value<=9,detc_edge,0)"
    );
    // At most 9: as many as the rank are at most 9.
    let at_most = percentile("{lte: 9}");
    assert_eq!(at_most[0], "| eval detc_upto = if(isnotnull(detc_value) AND detc_value<=9,detc_edge,0)");
    assert!(at_most.last().expect("a test").contains(&format!("detc_upto>={rank}")), "{at_most:#?}");
}

#[test]
fn a_chain_carries_the_latest_forward() {
    assert_eq!(
        two(
            "{temporal_ordered: {group_by: [dest], window: 15m, steps: [{stage: one}, {stage: two, within: 5m}]}}"
        ),
        [
            "| multisearch",
            r#"    [search BASE Name="a" | eval detc_key_dest = if(lower(dest)!="",lower(dest),null()) | eval detc_step = 1]"#,
            r#"    [search BASE Name="b" | eval detc_key_dest = if(lower(dest)!="",lower(dest),null()) | eval detc_step = 2]"#,
            "| sort 0 _time detc_step",
            "| eval detc_begun1 = if(detc_step==1,_time,null())",
            "| eval detc_time1 = if(isnotnull(detc_begun1),_time,null())",
            "| eval detc_begin1 = detc_begun1",
            "| streamstats current=true window=0 global=false max(detc_time1) as detc_time1 max(detc_begin1) as detc_begin1 by detc_key_dest",
            "| where detc_step==2 AND round(_time-detc_time1,3)<=300 AND round(_time-detc_begin1,3)<=900",
            "| fields - detc_*",
        ]
    );
}

#[test]
fn absence_looks_from_the_end_and_waits_until_it_is_decided() {
    let lines = two(
        "{absent: {stage: one, followed_by: two, window: 1h}}\nschedule: {every: 1h, lookback: 3h, delay: 10m}",
    );
    assert_eq!(
        lines[3..],
        [
            "| sort 0 -_time -detc_step",
            "| eval detc_answer = if(detc_step==2,_time,null())",
            "| streamstats current=true window=0 global=false min(detc_answer) as detc_answer",
            "| where _time<=(now()-4200) AND (isnull(detc_answer) OR (isnotnull(detc_answer) AND round(detc_answer-_time,3)>3600))",
            "| fields - detc_*",
        ]
    );
}

#[test]
fn what_cannot_be_correlated_is_refused() {
    let refused = |body: &str, profile: &str| match compile(body, profile) {
        Ok(compiled) => panic!("compiled: {}", compiled.text),
        Err(findings) => findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>(),
    };
    let one = |correlation: &str| {
        format!("detection: {{s: {{Name: a}}, condition: s}}\ncorrelation: {correlation}")
    };
    assert_eq!(
        refused(&one("{event_count: {window: 5m, condition: {gte: 10}}}"), "splunk:cim"),
        ["splunk:cim: a correlation needs single events"]
    );
    assert_eq!(
        refused(&one("{value_count: {field: Roles, window: 5m, condition: {gte: 10}}}"), "splunk"),
        ["splunk cannot say distinct values of the multivalue field `Roles`"]
    );
    // Half lacks values of old events: a group by it would miss them.
    assert_eq!(
        refused(&one("{event_count: {group_by: [Half], window: 5m, condition: {gte: 10}}}"), "splunk").len(),
        1
    );
}
