//! What comes after the condition: computed fields, summaries, the profiles' conventions, notes.

use super::{compile, compile_over, query};
use crate::targets::{Options, Verdict};

const SUMMARY: &str = "detection: {s: {Name: a}, condition: s}\nsummarize: {by: [user, src, dest, vendor_product], values: [Id]}";

#[test]
fn plain_splunk_has_one_pipe_a_line_and_fills_by_name() {
    assert_eq!(
        query(SUMMARY, "splunk"),
        concat!(
            "sourcetype=\"a:b\" Code IN (\"1\",\"5\") Name=\"a\"\n",
            "| eval user = coalesce(UserName,'User-Id')\n",
            "| eval src = SourceAddress, vendor_product = \"Test \\\"1\\\"\"\n",
            "| fillnull value=\"unknown\" user src dest vendor_product\n| foreach user src dest vendor_product [eval \"<<FIELD>>\"=if('<<FIELD>>'==\"\",\"unknown\",'<<FIELD>>')]\n",
            "| stats count min(_time) as firstTime max(_time) as lastTime values(Id) as Id by user src dest vendor_product\n",
        )
    );
}

#[test]
fn an_event_counts_once_in_each_group() {
    // Without the option, a value that an event has twice counts twice (A04).
    let body = "detection: {s: {Name: a}, condition: s}\nsummarize: {by: [Name, Roles]}";
    assert!(query(body, "splunk").ends_with(" by Name Roles dedup_splitvals=true\n"));
}

#[test]
fn escu_is_one_line() {
    assert_eq!(
        query("detection: {s: {Name: a}, condition: s}\nsummarize: {by: [user, dest]}", "splunk:escu"),
        concat!(
            "`test_source` Workload=Directory Name=\"a\" | eval user = coalesce(UserName,'User-Id') ",
            // Which of the two an event has, if any, nobody knows: the bare command would leave a column without values.
            "| fillnull value=\"unknown\" user | fillnull ",
            "| stats count min(_time) as firstTime max(_time) as lastTime by user dest ",
            "| `security_content_ctime(firstTime)` | `security_content_ctime(lastTime)` | `test_detection_filter`\n"
        )
    );
}

#[test]
fn escu_without_summary_ends_in_the_filter() {
    assert_eq!(
        query("detection: {s: {Name: a}, condition: s}", "splunk:escu"),
        "`test_source` Workload=Directory Name=\"a\" | `test_detection_filter`\n"
    );
}

#[test]
fn without_summary_what_risk_reads_is_computed() {
    let body = "detection: {s: {Name: a}, condition: s}\n\
                risk: {message: m, objects: [{field: src, type: system, score: 50}]}";
    let compiled = compile(body, "splunk").expect("compiles");
    assert!(compiled.text.ends_with("Name=\"a\"\n| eval src = SourceAddress\n"), "{}", compiled.text);
    assert_eq!(compiled.columns, [("src".to_owned(), "src".to_owned())]);
    assert_eq!(compiled.verdict, Verdict::Exact);
}

/// A fixture in which neutral and raw names cross: `user` is raw `Actor`, and raw `user` is the neutral `src`.
const CROSSED: &str = "
id: test.source
name: Test
description: Crossed names.
fields:
  Name: {meaning: text}
common:
  user: {}
  src: {}
  dest: {}
bindings:
  splunk:
    select: {index: main}
    fields: {Name: user, user: {eval: 'lower(Actor)'}, src: user, dest: src}
";

#[test]
fn no_eval_overwrites_what_a_later_command_reads() {
    let compiled = |body| compile_over(CROSSED, body, "splunk", Options::default()).expect("compiles").text;
    // `dest` reads the raw `src`, `src` reads the raw `user`, so `user` is written last.
    assert_eq!(
        compiled("detection: {s: {Name: a}, condition: s}\nsummarize: {by: [user, src, dest]}"),
        concat!(
            "index=main user=\"a\"\n| eval dest = src, src = user\n| eval user = lower(Actor)\n",
            "| fillnull value=\"unknown\" user src dest\n| foreach user src dest [eval \"<<FIELD>>\"=if('<<FIELD>>'==\"\",\"unknown\",'<<FIELD>>')]\n",
            "| stats count min(_time) as firstTime max(_time) as lastTime by user src dest\n"
        )
    );
    // The condition needs the computed `user` beside the raw one.
    assert_eq!(
        compiled("detection: {s: {Name: a, user: b}, condition: s}\nsummarize: {by: [user]}"),
        concat!(
            "index=main user=\"a\"\n| eval detc_user = lower(Actor)\n",
            "| where lower(user)==\"a\" AND lower(detc_user)==\"b\"\n| eval user = detc_user\n",
            "| fillnull value=\"unknown\" user\n| foreach user [eval \"<<FIELD>>\"=if('<<FIELD>>'==\"\",\"unknown\",'<<FIELD>>')]\n",
            "| stats count min(_time) as firstTime max(_time) as lastTime by user\n"
        )
    );
}

#[test]
fn an_accepted_loss_is_said_in_every_profile() {
    let body = "detection: {s: {Half: a}, condition: not s}\n\
                accept: [{target: splunk, loss: partly-filled, reason: 'we | know `x` \"$y$\"'}]";
    let plain = compile(body, "splunk").expect("compiles");
    // Under a negation a narrower test makes a wider detection.
    assert_eq!(plain.verdict, Verdict::Widened);
    let note =
        "```detc: widened: partly-filled on Half: empty for old events (accepted: we / know 'x' '#y#')```";
    assert_eq!(plain.text.lines().nth(1), Some(note));
    let escu = compile(body, "splunk:escu").expect("compiles");
    assert_eq!(
        escu.text,
        format!("`test_source` Workload=Directory NOT (Half=\"a\") {note} | `test_detection_filter`\n")
    );
}

#[test]
fn raw_text_is_printed_as_it_stands() {
    let body = "detection: {s: {Name: a}, condition: s}\n\
                raw: {splunk: {query: 'index=x | stats count by \"a|b\"', reason: by hand}}";
    let compiled = compile(body, "splunk").expect("compiles");
    assert_eq!(
        (compiled.text.as_str(), compiled.verdict),
        ("index=x | stats count by \"a|b\"\n", Verdict::Raw)
    );
    assert_eq!(compile(body, "splunk:escu").expect("compiles").verdict, Verdict::Exact);
}
