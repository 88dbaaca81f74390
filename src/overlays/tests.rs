//! Environments over a small detection.

use super::{Environment, Laid, Purpose};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir::{CorrelationPattern, Detection, Logic, Severity};
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{self, Options};

const SOURCE: &str = r"
id: test.source
name: A source for tests
description: Not real.
fields:
  Image: {meaning: a program}
  Account: {meaning: an account}
  Address: {type: ip, meaning: an address}
common: {user: {same_as: Account}}
bindings:
  sigma: {logsource: {product: test}}
  splunk: {macro: old_macro, select: {index: main}, fields: {Image: Image, Account: Account, Address: Address, user: Account}}
  splunk:escu: {extends: splunk}
  kusto:sentinel: {table: Events, fields: {Image: Image, Account: Account, Address: Address, user: Account}}
";

const ID: &str = "7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f";

const BODY: &str = "detection: {s: {Image: bad.exe}, condition: s}
tests:
  - {name: an administrator, events: [{Image: bad.exe, Account: admin}], expect: {matches: 1}}
  - {name: a backup, events: [{Image: bad.exe, Account: backup}], expect: {matches: 1}}
  - {name: another program, events: [{Image: good.exe}], expect: {matches: 0}}
";

const COUNTED: &str = "detection: {s: {Image: bad.exe}, condition: s}
correlation: {event_count: {group_by: [user], window: 1h, condition: {gte: 2}}}
";

fn catalogue() -> Catalogue {
    Catalogue::embedded().with_text("test.source", SOURCE)
}

fn profiles() -> Vec<&'static str> {
    targets::profiles().map(|profile| profile.id).collect()
}

fn detection(body: &str) -> Detection {
    let text = format!(
        "id: {ID}\nname: A test\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\nauthor: nobody\n\
         date: 2026-01-02\ndescription: A test.\ndata_source: test.source\n{body}"
    );
    let (catalogue, profiles) = (catalogue(), profiles());
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    resolve_file(&SourceFile::new("test.yml", text), &context, &mut findings)
        .unwrap_or_else(|| panic!("{findings:#?}"))
}

fn environment(text: &str) -> Environment {
    let mut findings = Vec::new();
    Environment::read(&SourceFile::new("prod.yml", text), &mut findings)
        .unwrap_or_else(|| panic!("{findings:#?}"))
}

fn shown(findings: &[Diagnostic]) -> Vec<String> {
    let place = |finding: &Diagnostic| {
        finding.labels.first().map(|label| label.file.slice(label.span).to_owned()).unwrap_or_default()
    };
    findings.iter().map(|found| format!("{} {} @ {}", found.code.id(), found.message, place(found))).collect()
}

/// A detection with this overlay, and the findings.
fn laid(body: &str, overlay: &str, day: Option<&str>) -> (Detection, Laid, Vec<String>) {
    let mut detection = detection(body);
    let environment = environment(&format!("detections:\n  {ID}: {overlay}\n"));
    let (catalogue, profiles) = (catalogue(), profiles());
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let laid = environment.lay_over(
        &mut detection,
        &context,
        day.map_or(Purpose::Queries, Purpose::Check),
        &mut findings,
    );
    (detection, laid, shown(&findings))
}

fn query(detection: &Detection, profile: &str) -> String {
    let target = targets::target(profile, &std::sync::Arc::new(catalogue())).expect("a profile");
    target.compile(detection, Options::default()).expect("compiles").text
}

fn excluding(when: &str) -> String {
    format!("{{exclusions: [{{when: {when}, owner: me, reason: known, expires: 2099-12-31}}]}}")
}

#[test]
fn an_exclusion_is_part_of_every_query() {
    let (detection, laid, findings) = laid(BODY, &excluding("{Account: scanner}"), None);
    assert_eq!((laid, findings), (Laid::Over, Vec::new()));
    assert_eq!(
        query(&detection, "splunk").trim(),
        "`old_macro` index=main Image=\"bad.exe\" NOT (Account=\"scanner\")"
    );
    assert_eq!(
        query(&detection, "kusto:sentinel").trim(),
        "Events\n| where Image =~ \"bad.exe\" and Account !~ \"scanner\""
    );
    let rule = query(&detection, "sigma");
    assert!(rule.contains("        Account: scanner\n"), "{rule}");
    assert!(rule.contains("condition: s and not filter\n"), "{rule}");
}

#[test]
fn an_exclusion_that_takes_a_true_positive_is_an_error() {
    let (_, laid, findings) = laid(BODY, &excluding("{user|startswith: adm}"), None);
    assert_eq!(laid, Laid::Wrong);
    assert_eq!(
        findings,
        [
            "E1103 the test `an administrator` must match, and does not here @ {when: {user|startswith: adm}, owner: me, reason: known, expires: 2099-12-31}"
        ]
    );
}

#[test]
fn an_exclusion_that_is_out_of_date_stays_and_is_said() {
    let overlay = "{exclusions: [{when: {Account: x}, owner: me, reason: r, expires: 2026-03-01}]}";
    let at = |date| laid(BODY, overlay, Some(date));
    assert_eq!(at("2026-03-01").2, Vec::<String>::new());
    let (late, laid_late, findings) = at("2026-03-02");
    assert_eq!(laid_late, Laid::Over);
    assert_eq!(findings, ["W1101 the exclusion was wanted until 2026-03-01 @ 2026-03-01"]);
    assert_eq!(query(&late, "splunk"), query(&laid(BODY, overlay, None).0, "splunk"));
}

#[test]
fn the_rest_is_changed() {
    let overlay =
        "{severity: critical, schedule: {every: 2h, lookback: 3h}, threshold: {gte: 5}, window: 30m}";
    let (detection, laid_over, findings) = laid(COUNTED, overlay, None);
    assert_eq!((laid_over, findings), (Laid::Over, Vec::new()));
    assert_eq!(detection.metadata.severity, Severity::Critical);
    assert_eq!(detection.schedule.expect("a schedule").lookback.to_string(), "3h");
    let Logic::Correlation(correlation) = &detection.logic else { panic!("a correlation") };
    let CorrelationPattern::Aggregate { range, window, .. } = &correlation.pattern else { panic!("a count") };
    assert!(range.contains(5.0) && !range.contains(4.0));
    assert_eq!(window.to_string(), "30m");
    assert_eq!(laid(BODY, "{enabled: false}", None).1, Laid::Disabled);
}

#[test]
fn what_does_not_fit_is_said_at_once() {
    let overlay = "{threshold: {gte: 5}, window: 1h, schedule: {every: soon, lookback: 1h}, exclusions: [\
        {when: {Acount: x}, owner: '', reason: r, expires: tomorrow}, {when: {Image: x}, stage: first, owner: o, reason: r, expires: 2099-12-31}]}";
    let (_, laid, findings) = laid(BODY, overlay, None);
    assert_eq!(laid, Laid::Wrong);
    let starts: Vec<&str> = findings.iter().map(|finding| &finding[..finding.len().min(40)]).collect();
    assert_eq!(
        starts,
        [
            "E0404 `soon` is not a duration: a duratio",
            "E1102 `A test` counts nothing @ {gte: 5}",
            "E1102 `A test` looks at single events @ 1h",
            "E0409 the owner of an exclusion is empty ",
            "E0406 `tomorrow` is not a date @ tomorrow",
            "E0303 `test.source` has no field `Acount`",
            "E1102 the detection has no stage `first` ",
        ]
        .map(|start| &start[..start.len().min(40)])
    );
}

#[test]
fn a_query_by_hand_cannot_be_changed() {
    let raw = format!("{BODY}raw: {{splunk: {{query: 'index=a', reason: r}}}}\n");
    let (_, laid, findings) = laid(&raw, &excluding("{Account: x}"), None);
    assert_eq!(laid, Laid::Wrong);
    assert!(findings[0].starts_with("E1102 the query for splunk is written by hand"), "{findings:?}");
}

#[test]
fn names_are_others_there() {
    let environment = environment(
        "names:\n  splunk:escu: {macros: {old_macro: new_macro}, indexes: {main: prod}}\n  \
         kusto:sentinel: {tables: {Events: Events_CL}}\n",
    );
    assert!(environment.check_names(&catalogue(), &profiles()).is_empty());
    let catalogue = std::sync::Arc::new(catalogue().with_names(environment.names()));
    let detection = detection("detection: {s: {Image: bad.exe}, condition: s}\n");
    let query = |profile: &str| {
        let target = targets::target(profile, &catalogue).expect("a profile");
        target.compile(&detection, Options::default()).expect("compiles").text
    };
    assert!(query("splunk:escu").starts_with("`new_macro` index=prod "), "{}", query("splunk:escu"));
    assert!(query("splunk").starts_with("`old_macro` index=main "), "{}", query("splunk"));
    assert!(query("kusto:sentinel").starts_with("Events_CL\n"), "{}", query("kusto:sentinel"));
}

/// An index is added where the catalogue names none, and replaces the one that it names.
#[test]
fn sources_are_in_an_index_there() {
    let environment = environment(
        "names:\n  splunk: {index_of: {test.source: win}}\n  splunk:escu: {index_of: {linux.clamav: av}}\n",
    );
    assert_eq!(shown(&environment.check_names(&catalogue(), &profiles())), [""; 0]);
    let catalogue = std::sync::Arc::new(catalogue().with_names(environment.names()));
    let query = |detection: &Detection, profile: &str| {
        let target = targets::target(profile, &catalogue).expect("a profile");
        target.compile(detection, Options::default()).expect("compiles").text
    };
    let here = detection("detection: {s: {Image: bad.exe}, condition: s}\n");
    assert_eq!(query(&here, "splunk").trim(), "`old_macro` index=win Image=\"bad.exe\"");
    assert!(query(&here, "splunk:escu").starts_with("`old_macro` index=main "));
    let mut other = here.clone();
    let Logic::Events(events) = &mut other.logic else { panic!("events") };
    events.data_source.value = "linux.clamav".to_owned();
    events.condition = crate::ir::Predicate::Keyword(crate::ir::Keyword {
        any_of: vec![crate::ir::Pattern::parse("*x*")],
        span: crate::source::Span::default(),
    });
    assert!(
        query(&other, "splunk:escu").starts_with("`detc_linux_clamav` index=av "),
        "{}",
        query(&other, "splunk:escu")
    );
}

/// What a target says about an exclusion leads to the exclusion.
#[test]
fn what_a_target_refuses_is_said_where_it_is_written() {
    let when = "{Image|re: '^[a-z]+x$'}";
    let (detection, laid, findings) = laid(BODY, &excluding(when), None);
    assert_eq!((laid, findings), (Laid::Over, Vec::new()));
    assert_eq!(detection.file.name(), "test.yml");
    let test = &detection.tuning.as_ref().expect("an exclusion").exclusions[0];
    let crate::ir::Predicate::Field(field) = &test.when else { panic!("a field") };
    let (file, span) = detection.file.origin(field.span);
    assert_eq!((file.name(), file.slice(span)), ("prod.yml", "Image|re: '^[a-z]+x$'"));
    assert_eq!(detection.file.origin(test.reason.span).0.name(), "prod.yml");
    let plain = detection.untuned();
    assert_eq!(query(&plain, "splunk").trim(), "`old_macro` index=main Image=\"bad.exe\"");
}

#[test]
fn what_is_gone_is_said() {
    let text = "names:\n  splunk: {macros: {gone: x, old_macro: 'a b'}}\n  splnk: {}\ndetections:\n  \
                7c0fa490-12b0-4d0b-b9f5-e101d1e0e060: {enabled: false}\n";
    let environment = environment(text);
    assert_eq!(
        shown(&environment.check_names(&catalogue(), &profiles())),
        [
            "E1101 there is no profile `splnk` @ splnk",
            "E1101 no data source names `gone` in splunk @ gone",
            "E1102 `a b` is no name for it @ 'a b'",
        ]
    );
    assert_eq!(
        shown(&environment.check_ids([ID].into_iter())),
        [
            "E1101 no detection has the id `7c0fa490-12b0-4d0b-b9f5-e101d1e0e060` @ 7c0fa490-12b0-4d0b-b9f5-e101d1e0e060"
        ]
    );
}
