//! Correlations: the form of each pattern, and what is refused. What they mean is held by `tests/meaning`.

use super::{catalogue, compile, compile_as, query, refused, selecting};
use crate::diagnostics::Diagnostic;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::kusto::{Kusto, PROFILES};
use crate::targets::{Compiled, Options, Target, Verdict};

const STAGES: &str = "stages:
  grant: {data_source: test.events, detection: {s: {Image: a}, condition: s}}
  use: {data_source: test.events, detection: {s: {Image: b}, condition: s}}
";

fn counted(correlation: &str) -> String {
    format!("{}\ncorrelation: {{{correlation}}}", selecting("Image: x"))
}

fn staged(profile: &str, body: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\n\
         severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A test.\n{body}\n"
    );
    let catalogue = catalogue();
    let profiles: Vec<&str> = PROFILES.iter().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let file = SourceFile::new("test.yml", text.as_str());
    let detection = resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}"));
    let Some(profile) = PROFILES.iter().find(|known| known.id == profile) else { panic!("{profile}") };
    Kusto::new(profile, catalogue).compile(&detection, Options::default())
}

fn chained(correlation: &str) -> String {
    let compiled = staged("kusto:sentinel", &format!("{STAGES}correlation: {{{correlation}}}"));
    compiled.unwrap_or_else(|findings| panic!("{findings:#?}")).text
}

#[test]
fn a_count_that_has_only_to_be_reached_looks_back_by_rows() {
    let body = counted(
        "event_count: {group_by: [user, Code], window: 5m, condition: {gt: 2}, values: [CommandLine]}",
    );
    assert_eq!(
        query(&body),
        "| where Image =~ \"x\"\n\
         | project\n    \
         TimeGenerated,\n    \
         user = tolower(coalesce(tostring(Raw.user), tostring(Raw.app))),\n    \
         Code = tostring(Code),\n    \
         CommandLine\n\
         | where isnotempty(user) and isnotempty(Code)\n\
         | sort by user asc, Code asc, TimeGenerated asc\n\
         | extend reached = prev(user, 2) == user and prev(Code, 2) == Code and TimeGenerated <= prev(TimeGenerated, 2) + 5m\n\
         | summarize\n    \
         count_ = count(),\n    \
         firstTime = min(TimeGenerated),\n    \
         lastTime = max(TimeGenerated),\n    \
         TimeGenerated = max(TimeGenerated),\n    \
         values_CommandLine = make_set_if(CommandLine, isnotempty(CommandLine)),\n    \
         hits = countif(reached)\n    \
         by user, Code\n\
         | where hits > 0\n\
         | project-away hits"
    );
    let columns = compile(&body).map(|compiled| compiled.columns).unwrap_or_default();
    let columns: Vec<_> = columns.iter().map(|(field, column)| format!("{field}={column}")).collect();
    assert_eq!(columns, ["user=user", "Code=Code", "CommandLine=values_CommandLine"]);
}

#[test]
fn one_event_is_enough_for_a_count_of_one() {
    let query = query(&counted("event_count: {group_by: [user], window: 5m, condition: {gte: 1}}"));
    assert!(!query.contains("prev(") && query.ends_with("by user"), "{query}");
}

/// All events of a moment count together, and at the end of a window an event still counts: entries stand before exits.
#[test]
fn a_count_between_two_ends_is_a_running_sum_over_the_edges() {
    let query = query(&counted("event_count: {group_by: [src], window: 5m, condition: {eq: 3}}"));
    assert!(
        query.contains(
            "| mv-expand edge = dynamic([1, -1]) to typeof(long)\n\
             | extend at = iff(edge == 1, TimeGenerated, TimeGenerated + 5m)\n\
             | sort by src asc, at asc, edge desc\n\
             | extend\n    \
             total = row_cumsum(edge, src != prev(src)),\n    \
             decides = edge == 1 and (next(edge, 1, -1) == -1 or next(at) != at or next(src) != src)\n"
        ),
        "{query}"
    );
    assert!(query.contains("count_ = countif(edge == 1)"), "{query}");
    assert!(query.contains("hits = countif(decides and total == 3)"), "{query}");
}

#[test]
fn without_groups_nothing_restarts() {
    let query = query(&counted("event_count: {window: 5m, condition: {eq: 3}}"));
    assert!(query.contains("row_cumsum(edge)") && query.contains("or next(at) != at)"), "{query}");
    assert!(query.contains("| sort by at asc, edge desc\n"), "{query}");
}

#[test]
fn a_percentile_is_a_rank_among_running_counts() {
    let query = query(&counted(
        "value_percentile: {field: Load, percentile: 95, group_by: [src], window: 5m, condition: {gt: 3, lte: 7.5}}",
    ));
    for part in [
        "values = row_cumsum(iff(isfinite(value), edge, 0), src != prev(src))",
        "below = row_cumsum(iff(isfinite(value) and value <= 3, edge, 0), src != prev(src))",
        "inside = row_cumsum(iff(isfinite(value) and value <= 7.5, edge, 0), src != prev(src))",
        "below < ceiling((95.0 * values) / 100.0 - 0.000000001)",
        "inside >= ceiling((95.0 * values) / 100.0 - 0.000000001)",
    ] {
        assert!(query.contains(part), "{part}\n{query}");
    }
}

#[test]
fn the_elements_of_a_list_are_counted_beside_their_event() {
    let query =
        query(&counted("value_count: {field: Roles, group_by: [src], window: 5m, condition: {gte: 3}}"));
    assert!(query.contains("with_itemindex=place value = iff(array_length(value) > 0,"), "{query}");
    assert!(query.contains("count_ = countif(edge == 1 and place == 0)"), "{query}");
}

#[test]
fn a_sum_of_numbers_with_a_fraction_is_rounded() {
    let body = counted("value_sum: {field: Load, group_by: [src], window: 5m, condition: {gte: 3}}");
    assert_eq!(
        refused(&body),
        ["E0504 kusto:sentinel: `rounded-sum` on `Load`: the query would find fewer events"]
    );
    let accepted = format!("{body}\naccept: [{{target: kusto, loss: rounded-sum, reason: fine}}]");
    assert_eq!(compile(&accepted).map(|compiled| compiled.verdict), Ok(Verdict::Narrowed));
    let whole = counted("value_sum: {field: Code, group_by: [src], window: 5m, condition: {gte: 3}}");
    assert_eq!(compile(&whole).map(|compiled| compiled.verdict), Ok(Verdict::Exact));
}

#[test]
fn what_is_new_was_first_seen_in_the_window() {
    let body = counted("new_value: {fields: [src], group_by: [user], window: 1h, baseline: 7d}");
    let text = query(&format!("{body}\nschedule: {{every: 1h, lookback: 8d, delay: 5m}}"));
    assert!(text.contains("| where TimeGenerated between (ago(10145m) .. ago(5m))\n"), "{text}");
    assert!(text.ends_with("by user, src\n| where firstTime > ago(65m)"), "{text}");
    let text = query(&body);
    assert!(text.contains("between (ago(169h) .. now())") && text.ends_with("ago(1h)"), "{text}");
}

#[test]
fn stages_together_are_found_through_buckets() {
    assert_eq!(
        chained("temporal: {stages: [grant, use], group_by: [src], window: 5m}"),
        "let grant_events = Events\n    \
         | where Kind == \"process\" or Kind == \"thread\"\n    \
         | where Image =~ \"a\"\n    \
         | project TimeGenerated, src = tolower(Address), stage = 0\n    \
         | where isnotempty(src);\n\
         let use_events = Events\n    \
         | where Kind == \"process\" or Kind == \"thread\"\n    \
         | where Image =~ \"b\"\n    \
         | project TimeGenerated, src = tolower(Address), stage = 1\n    \
         | where isnotempty(src);\n\
         let buckets = union grant_events, use_events\n    \
         | extend near = datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300\n    \
         | summarize\n        \
         first_ = min(TimeGenerated),\n        \
         last_ = max(TimeGenerated)\n        \
         by src, stage, near;\n\
         let found = union grant_events, use_events\n    \
         | distinct src, TimeGenerated\n    \
         | mv-expand near = pack_array(datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300, datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300 + 1) to typeof(long)\n    \
         | join kind=inner (buckets) on src, near\n    \
         | where last_ >= TimeGenerated and first_ <= TimeGenerated + 5m\n    \
         | distinct src, TimeGenerated, stage\n    \
         | summarize\n        \
         stages = count()\n        \
         by src, TimeGenerated\n    \
         | where stages == 2\n    \
         | distinct src;\n\
         union grant_events, use_events\n\
         | join kind=leftsemi (found) on src\n\
         | summarize\n    \
         count_ = count(),\n    \
         firstTime = min(TimeGenerated),\n    \
         lastTime = max(TimeGenerated),\n    \
         TimeGenerated = max(TimeGenerated)\n    \
         by src\n"
    );
}

/// A column for the join, which is none of the results.
#[test]
fn stages_together_without_a_group() {
    let text = chained("temporal: {stages: [grant, use], window: 5m}");
    assert!(text.contains("| project TimeGenerated, stage = 0, group = 0;\n"), "{text}");
    assert!(text.contains("| join kind=leftsemi (found) on group\n"), "{text}");
    assert!(text.ends_with("TimeGenerated = max(TimeGenerated)\n| where count_ > 0\n"), "{text}");
}

#[test]
fn what_is_not_followed_waits_for_the_end_of_the_window() {
    let text = chained("absent: {stage: grant, followed_by: use, group_by: [src], window: 5m}");
    assert!(
        text.ends_with(
            "let answered = grant_events\n    \
             | project src_key, TimeGenerated\n    \
             | mv-expand near = pack_array(datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300, datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300 + 1) to typeof(long)\n    \
             | join kind=inner (buckets) on src_key, near\n    \
             | where last_ >= TimeGenerated and first_ <= TimeGenerated + 5m;\n\
             grant_events\n\
             | where TimeGenerated <= ago(5m)\n\
             | join kind=leftanti (answered) on src_key, TimeGenerated\n\
             | project-away src_key\n"
        ),
        "{text}"
    );
}

/// The loss of a field in the stage that answers would let events through that were answered.
#[test]
fn a_loss_in_the_answer_finds_more() {
    let stages = "stages:
  ask: {data_source: test.events, detection: {s: {Image: a}, condition: s}}
  answer: {data_source: test.events, detection: {s: {Partly: b}, condition: s}}
correlation: {absent: {stage: ask, followed_by: answer, group_by: [src], window: 5m}}";
    let Err(findings) = staged("kusto:sentinel", stages) else { panic!("compiles") };
    assert_eq!(
        findings[0].message,
        "kusto:sentinel: `partly-filled` on `Partly`: the query would find more events"
    );
}

#[test]
fn a_chain_is_one_table_a_step() {
    let text = chained(
        "temporal_ordered: {group_by: [src], window: 1h, steps: [{stage: grant}, {stage: use, within: 5m, where: [{user: grant.user}]}]}",
    );
    let (_, text) = text.split_once("let to_grant").expect("a table");
    assert_eq!(
        text,
        " = grant_events\n    \
         | project src_key, grant_user, start = TimeGenerated, reached = TimeGenerated;\n\
         let use_times = use_events\n    \
         | project\n        \
         src_key,\n        \
         use_user,\n        \
         TimeGenerated,\n        \
         near = datetime_diff(\"second\", TimeGenerated, todatetime(\"2000-01-01\")) / 300;\n\
         let to_use = to_grant\n    \
         | mv-expand near = pack_array(datetime_diff(\"second\", reached, todatetime(\"2000-01-01\")) / 300, datetime_diff(\"second\", reached, todatetime(\"2000-01-01\")) / 300 + 1) to typeof(long)\n    \
         | join kind=inner (use_times) on src_key, near\n    \
         | where TimeGenerated >= reached and TimeGenerated <= reached + 5m and isnotempty(use_user) and use_user == grant_user;\n\
         use_events\n\
         | join kind=leftsemi (to_use) on src_key, use_user, TimeGenerated\n\
         | project-away src_key, use_user\n"
    );
}

#[test]
fn a_chain_may_begin_with_several_events() {
    let text = chained(
        "temporal_ordered: {group_by: [src], window: 1h, steps: [{stage: grant, count: 3}, {stage: use}]}",
    );
    assert!(
        text.contains(
            "let to_grant = grant_events\n    \
             | sort by src_key asc, TimeGenerated asc\n    \
             | extend start = prev(TimeGenerated, 2), enough = prev(src_key, 2) == src_key\n    \
             | where enough\n    \
             | project src_key, start, reached = TimeGenerated;\n"
        ),
        "{text}"
    );
    assert!(text.contains("| where TimeGenerated >= reached and TimeGenerated <= start + 1h;\n"), "{text}");
    let linked = chained(
        "temporal_ordered: {group_by: [src], window: 1h, steps: [{stage: grant, count: 3}, {stage: use, where: [{user: grant.user}]}]}",
    );
    assert!(
        linked.contains(
            "    | where enough\n    \
             | summarize\n        \
             start = max(start)\n        \
             by src_key, TimeGenerated;\n\
             let to_grant = grant_events\n    \
             | join kind=inner (grant_begun) on src_key, TimeGenerated\n    \
             | project src_key, grant_user, start, reached = TimeGenerated;\n"
        ),
        "{linked}"
    );
}

/// The constant is translated as a test of the stage would be.
#[test]
fn links_to_constants_and_to_what_was_seen() {
    let stages = format!(
        "{STAGES}  known: {{data_source: test.events, detection: {{s: {{Image: c}}, condition: s}}}}\n"
    );
    let body = format!(
        "{stages}correlation: {{temporal_ordered: {{group_by: [src], window: 1h, steps: [{{stage: grant}}, {{stage: use, \
         where: [{{any: [{{grant.Level: low}}, {{seen: {{known: {{user: Image}}}}}}]}}]}}]}}}}"
    );
    let compiled = staged("kusto:sentinel", &body);
    let text = compiled.unwrap_or_else(|findings| panic!("{findings:#?}")).text;
    assert!(text.contains("grant_Level_fits = Level == \"1\""), "{text}");
    assert!(text.contains(" and (grant_Level_fits or known_seen);\n"), "{text}");
    assert!(text.contains("| join kind=leftouter (known) on src_key, use_user\n"), "{text}");
    assert!(text.contains("known_seen = isnotnull(first_seen) and first_seen <= TimeGenerated\n"), "{text}");
}

#[test]
fn defender_gets_the_report_and_device_of_the_last_event() {
    let body = format!(
        "{}\ncorrelation: {{event_count: {{group_by: [dest], window: 5m, condition: {{gte: 3}}}}}}",
        selecting("Image: x")
    );
    let text = compile_as("kusto:xdr", "test.events", &body).map(|compiled| compiled.text);
    let text = text.unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert!(
        text.contains("| project Timestamp, dest = tolower(DeviceName), ReportId, DeviceId, DeviceName\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "(Timestamp, ReportId, DeviceId, DeviceName) = arg_max(Timestamp, ReportId, DeviceId, DeviceName)"
        ),
        "{text}"
    );
    let asim = format!(
        "{}\ncorrelation: {{event_count: {{group_by: [Image], window: 5m, condition: {{gte: 3}}}}}}",
        selecting("Image: x")
    );
    let text = compile_as("kusto:asim", "test.events", &asim).map(|compiled| compiled.text);
    assert!(text.is_ok_and(|text| text.starts_with("imProcessCreate()\n")));
}

#[test]
fn all_refusals_of_all_stages_come_at_once() {
    let body = "stages:
  one: {data_source: test.events, detection: {s: {Gone: a}, condition: s}}
  two: {data_source: test.events, detection: {s: {Port: abc}, condition: s}}
correlation: {temporal: {stages: [one, two], group_by: [Gone], window: 5m}}";
    let Err(findings) = staged("kusto:sentinel", body) else { panic!("compiles") };
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.id()).collect();
    assert_eq!(codes, ["E0503", "E0407", "E0503"], "{findings:#?}");
}

#[test]
fn values_that_are_written_in_other_ways_are_not_compared() {
    let body = format!(
        "{STAGES}correlation: {{temporal_ordered: {{group_by: [src], window: 1h, steps: [{{stage: grant}}, \
         {{stage: use, where: [{{Image: grant.Level}}]}}]}}}}"
    );
    let Err(findings) = staged("kusto:sentinel", &body) else { panic!("compiles") };
    assert_eq!(findings[0].message, "kusto:sentinel: a comparison across events on `Image`");
    let mixed = format!(
        "{STAGES}correlation: {{temporal_ordered: {{group_by: [src], window: 1h, steps: [{{stage: grant}}, \
         {{stage: use, where: [{{Code: grant.Load}}]}}]}}}}"
    );
    let Err(findings) = staged("kusto:sentinel", &mixed) else { panic!("compiles") };
    assert_eq!(findings[0].labels[0].text, "one is of type int, the other of type real");
}
