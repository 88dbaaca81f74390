//! What is said of a query that does not find what the detection means.

use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::diagnostics::{Code, Diagnostic};
use detc::ir::Detection;
use detc::proof::{Proven, Reference, Runner, prove};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Compiled, Options, Profile, Target, profiles};

const SOURCE: &str = r"
id: proof.source
name: A source for tests
description: Not real.
fields:
  Image: {meaning: a path}
  User: {meaning: an account}
common:
  user: {same_as: User}
  process_name: {}
bindings:
  splunk: {select: {sourcetype: t}, fields: {Image: Image, User: User, user: User, process_name: process}}
  kusto:sentinel:
    table: T
    fields:
      Image: Image
      User: {expr: 'strcat(Domain, @\, Name)'}
      process_name: {expr: 'tostring(split(Image, @\)[-1])'}
";

const DETECTION: &str = r"
id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
name: A case
version: 1
status: test
type: ttp
severity: low
author: nobody
date: 2026-01-02
description: A case.
data_source: proof.source
detection:
  image: {Image|endswith: \a.exe}
  user: {User|startswith: 'CORP\'}
  condition: image and user
tests:
  - name: found
    events: [{Image: 'C:\a.exe', User: 'CORP\x'}]
    expect: {matches: 1}
  - name: not found
    events: [{Image: 'C:\b.exe', User: 'CORP\x'}]
    expect: {matches: 0}
";

/// A target that writes one text for another.
struct Wrong {
    target: Box<dyn Target>,
    from: &'static str,
    to: &'static str,
}

impl Target for Wrong {
    fn profile(&self) -> &'static Profile {
        self.target.profile()
    }

    fn compile(&self, detection: &Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        let compiled = self.target.compile(detection, options)?;
        Ok(Compiled { text: compiled.text.replace(self.from, self.to), ..compiled })
    }

    fn check_raw(&self, detection: &Detection) -> Vec<Diagnostic> {
        self.target.check_raw(detection)
    }
}

fn findings(profile: &str, detection: &str, from: &'static str, to: &'static str) -> Vec<Option<Diagnostic>> {
    findings_in(SOURCE, profile, detection, from, to)
}

/// The findings of each test in a profile, where a text of the query is replaced.
fn findings_in(
    source: &str,
    profile: &str,
    detection: &str,
    from: &'static str,
    to: &'static str,
) -> Vec<Option<Diagnostic>> {
    let (catalogue, detection) = read_in(source, detection);
    let target = targets::target(profile, &catalogue).expect("is there");
    let wrong = Wrong { target, from, to };
    let runner = Runner::new(wrong.profile(), &catalogue);
    let compiled = wrong.compile(&detection, Options::default()).expect("compiles");
    let reference = Reference::of(&catalogue, &detection);
    match prove(&runner, &wrong, &catalogue, &detection, &reference, &compiled) {
        Proven::Run(findings) => findings.into_iter().map(|(_, finding)| finding).collect(),
        Proven::NotRun(reason) => panic!("{reason}"),
    }
}

/// The catalogue with the source, and a detection.
fn read(detection: &str) -> (Arc<Catalogue>, Detection) {
    read_in(SOURCE, detection)
}

fn read_in(source: &str, detection: &str) -> (Arc<Catalogue>, Detection) {
    let source = source.replace(r"@\", r#""\\""#);
    let catalogue = Arc::new(Catalogue::embedded().with_text("proof.source", source));
    let ids: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let file = SourceFile::new("case.yml", detection.trim_start());
    let mut found = Vec::new();
    let context = Context { catalogue: &catalogue, profiles: &ids };
    let detection = resolve_file(&file, &context, &mut found).unwrap_or_else(|| panic!("{found:#?}"));
    (catalogue, detection)
}

#[test]
fn a_query_that_is_right_has_no_finding() {
    for profile in ["splunk", "kusto:sentinel"] {
        let findings = findings(profile, DETECTION, "", "");
        assert!(findings.iter().all(Option::is_none), "{profile}: {findings:#?}");
    }
}

#[test]
fn the_clause_that_differs_is_named() {
    for (profile, from, to) in [("splunk", "a.exe", "b.exe"), ("kusto:sentinel", "a.exe", "b.exe")] {
        let findings = findings(profile, DETECTION, from, to);
        let [Some(missed), Some(more)] = findings.as_slice() else { panic!("{findings:#?}") };
        assert_eq!((missed.code, more.code), (Code::E1201, Code::E1201));
        assert_eq!(
            missed.message,
            format!("{profile}: test `found`: it misses event 1, the detection finds it")
        );
        assert_eq!(
            more.message,
            format!("{profile}: test `not found`: it finds event 1, the detection does not")
        );
        let label = missed.labels.last().expect("a place");
        assert_eq!(label.text, format!("event 1: true in the detection, false in {profile}"));
        assert!(label.file.text()[label.span.start..].starts_with("Image|endswith"), "{missed:#?}");
    }
}

/// With two results, which say whose they are.
fn summarized() -> String {
    DETECTION
        .replace("tests:", "summarize: {by: [user, process_name]}\ntests:")
        .replace(r"User: 'CORP\x'}]", r"User: 'CORP\x'}, {Image: 'C:\a.exe', User: 'CORP\y'}]")
        .replace("matches: 1", "matches: 2")
        .replace("matches: 0", "matches: 1")
}

#[test]
fn what_a_result_shows_is_compared() {
    for (profile, from, to) in [
        ("splunk", "| stats", "| eval user=upper(user) | stats"),
        ("kusto:sentinel", "| summarize", "| extend user = toupper(user) | summarize"),
    ] {
        let right = findings(profile, &summarized(), "", "");
        assert!(right.iter().all(Option::is_none), "{profile}: {right:#?}");
        let first = findings(profile, &summarized(), from, to).remove(0).expect("a finding");
        assert_eq!(first.code, Code::E1201, "{first:#?}");
        assert_eq!(
            first.message,
            format!(r"{profile}: test `found`: a result shows `CORP\X` as `user`, the detection `CORP\x`")
        );
    }
}

/// The table cuts the name of the process out of its path; the events say nothing of it.
#[test]
fn what_a_test_does_not_say_is_not_compared() {
    let (from, to) = ("| summarize", "| extend process_name = toupper(process_name) | summarize");
    let silent = findings("kusto:sentinel", &summarized(), from, to);
    assert!(silent.iter().all(Option::is_none), "{silent:#?}");
    let said = summarized().replace("found\n", "found\n    common: {process_name: a.exe}\n");
    let first = findings("kusto:sentinel", &said, from, to).remove(0).expect("a finding");
    assert!(
        first.message.ends_with("a result shows `A.EXE` as `process_name`, the detection `a.exe`"),
        "{first:#?}"
    );
    let asked = summarized().replace("matches: 2", "matches: 2, with: {process_name: unknown}");
    let first = findings("kusto:sentinel", &asked, "", "").remove(0).expect("a finding");
    assert!(
        first.message.ends_with("a result shows `a.exe` as `process_name`, the detection `unknown`"),
        "{first:#?}"
    );
}

/// Two names of processes in the paths, and none said.
#[test]
fn fields_that_tell_results_apart_are_asked_for() {
    let silent = summarized()
        .replace(r"{Image: 'C:\a.exe', User: 'CORP\y'}", r"{Image: 'C:\b\a.exe', User: 'CORP\x'}")
        .replace(r"endswith: \a.exe", "endswith: .exe")
        .replace(r"{Image: 'C:\b\a.exe'", r"{Image: 'C:\c.exe'")
        .replace("matches: 2", "matches: 1");
    let first = findings("kusto:sentinel", &silent, "", "").remove(0).expect("a finding");
    assert!(first.message.ends_with("it has 2 results, the detection 1"), "{first:#?}");
    let help = "results are told apart by `process_name`: give it in every event, be it as null";
    assert_eq!(first.help.as_deref(), Some(help), "{first:#?}");
}

#[test]
fn a_query_that_is_not_read_is_a_finding() {
    for (profile, from, to) in
        [("splunk", "sourcetype", "| nosuchcommand "), ("kusto:sentinel", "where", "wher")]
    {
        let findings = findings(profile, DETECTION, from, to);
        assert!(findings.iter().flatten().all(|finding| finding.code == Code::E1203), "{findings:#?}");
        assert_eq!(findings.iter().flatten().count(), 2, "{findings:#?}");
    }
}

#[test]
fn a_value_that_a_binding_cannot_carry_is_a_finding() {
    // The table holds accounts with their domain.
    let detection =
        DETECTION.replace(r"User: 'CORP\x'}]", "User: alice}]").replace("matches: 1", "matches: 0");
    let findings = findings("kusto:sentinel", &detection, "", "");
    let first = findings[0].as_ref().expect("a finding");
    assert_eq!(first.code, Code::E1202, "{first:#?}");
    assert!(first.notes[0].starts_with("event 1: `User`: "), "{first:#?}");
    assert!(super::findings::findings("splunk", &detection, "", "").iter().all(Option::is_none));
}

/// A detection by a keyword over what Django applications log.
fn keyword(text: &str) -> String {
    DETECTION
        .replace("proof.source", "django.application")
        .replace(r"image: {Image|endswith: \a.exe}", "errors: [OperationalError]")
        .replace("  user: {User|startswith: 'CORP\\'}\n", "")
        .replace("image and user", "errors")
        .replace(r"Image: 'C:\a.exe', User: 'CORP\x'", &format!("message: '{text}'"))
        .replace(r"Image: 'C:\b.exe', User: 'CORP\x'", "message: 'all is well, it seems'")
}

#[test]
fn keywords_see_the_whole_record() {
    // A log source without fields is a text.
    for profile in ["splunk", "sigma"] {
        let findings = findings(profile, &keyword("OperationalError"), "", "");
        assert!(findings.iter().all(Option::is_none), "{profile}: {findings:#?}");
    }
    // `AppExceptions` spreads the text over columns: one word alone cannot stand there.
    let first =
        findings("kusto:sentinel", &keyword("OperationalError"), "", "").remove(0).expect("a finding");
    assert_eq!(first.code, Code::E1202, "{first:#?}");
    assert!(first.notes[0].starts_with("event 1: `message`: "), "{first:#?}");
}

#[test]
fn without_a_reference_nothing_is_proven() {
    let (catalogue, detection) = read(DETECTION);
    let target = targets::target("splunk", &catalogue).expect("is there");
    let compiled = target.compile(&detection, Options::default()).expect("compiles");
    let runner = Runner::new(target.profile(), &catalogue);
    // A catalogue that does not have the source.
    let catalogue = Catalogue::embedded();
    let reference = Reference::of(&catalogue, &detection);
    let proven = prove(&runner, target.as_ref(), &catalogue, &detection, &reference, &compiled);
    assert!(
        matches!(&proven, Proven::NotRun(reason) if reason == "its data source cannot be read"),
        "{proven:#?}"
    );
}

/// The rule that counts stands between the rules and the correlation that is proven.
#[test]
fn a_chain_that_begins_with_a_count_is_run_in_sigma() {
    let stages = r"
stages:
  failure: {data_source: windows.security, detection: {s: {EventID: 4625}, condition: s}}
  success: {data_source: windows.security, detection: {s: {EventID: 4624}, condition: s}}
correlation:
  temporal_ordered:
    group_by: [IpAddress]
    window: 15m
    steps: [{stage: failure, count: 2}, {stage: success}]
accept:
  - {target: sigma, loss: count-window, reason: a test}
tests:
  - name: two and one
    common: {IpAddress: 192.0.2.1}
    events: [{EventID: 4625}, {EventID: 4625}, {EventID: 4624}]
    expect: {matches: 1}
";
    let (head, _) = DETECTION.split_once("data_source").expect("a head");
    let chain = format!("{head}{}", stages.trim_start());
    assert!(findings("sigma", &chain, "", "").iter().all(Option::is_none));
    let missed = findings("sigma", &chain, "EventID: 4624", "EventID: 4634");
    assert_eq!(missed[0].as_ref().map(|finding| finding.code), Some(Code::E1201), "{missed:#?}");
}

/// Of a first sight the query itself says up to when it looks.
#[test]
fn a_query_that_looks_too_far_ahead_is_a_finding() {
    let first = r#"
data_source: entra.signin
detection: {s: {ResultType: "0"}, condition: s}
correlation: {new_value: {fields: [HomeTenantId], group_by: [vendor_account], window: 1d, baseline: 13d}}
schedule: {every: 1d, lookback: 14d, delay: 10m}
tests:
  - name: at the end, and after it
    now: 14d
    common: {ResultType: "0", OrganizationId: t}
    events: [{at: 20150m, HomeTenantId: one}, {at: 20151m, HomeTenantId: two}]
    expect: {matches: 1}
"#;
    let (head, _) = DETECTION.split_once("data_source").expect("a head");
    let first = format!("{head}{}", first.trim_start());
    assert!(findings("splunk", &first, "", "").iter().all(Option::is_none));
    let more = findings("splunk", &first, "_time<=(now()-600)", "_time<=now()");
    assert_eq!(more[0].as_ref().map(|finding| finding.code), Some(Code::E1201), "{more:#?}");
}

/// Rows of events that differ in their time alone are made once: each has its own time and number nevertheless.
#[test]
fn events_that_differ_in_their_time_alone_have_rows_of_their_own() {
    let several = DETECTION.replace(
        r"events: [{Image: 'C:\a.exe', User: 'CORP\x'}]",
        r"events: [{Image: 'C:\a.exe', User: 'CORP\x'}, {at: 1m, Image: 'C:\a.exe', User: 'CORP\x'}]",
    );
    let (catalogue, detection) = read(&several);
    for (profile, expected) in [
        (
            "splunk",
            [
                r#""_time":"1767225600.000""#,
                r#""_time":"1767225660.000""#,
                r#""detc_event":"0""#,
                r#""detc_event":"1""#,
            ],
        ),
        (
            "kusto:sentinel",
            [
                r#""TimeGenerated":"2026-01-01T00:00:00Z","detc_event":0"#,
                r#""TimeGenerated":"2026-01-01T00:01:00Z","detc_event":1"#,
                r#""Image":"C:\\a.exe","Domain":"CORP","Name":"x","TimeGenerated":"2026-01-01T00:00:00Z""#,
                r#""Image":"C:\\a.exe","Domain":"CORP","Name":"x","TimeGenerated":"2026-01-01T00:01:00Z""#,
            ],
        ),
    ] {
        let target = targets::target(profile, &catalogue).expect("is there");
        let runner = Runner::new(target.profile(), &catalogue);
        let test = &detection.tests[0];
        let rows = runner.rows(&detection, &test.events, test.now).expect("the binding reads");
        let text = rows.json().to_string();
        for part in expected {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
    }
}

/// As `findings`, with another binding of Sentinel.
fn findings_with(
    binding: &str,
    detection: &str,
    from: &'static str,
    to: &'static str,
) -> Vec<Option<Diagnostic>> {
    let (head, _) = SOURCE.split_once("  kusto:sentinel:").expect("the binding");
    findings_in(&format!("{head}{binding}"), "kusto:sentinel", detection, from, to)
}

/// The second of two tables holds the account in another column.
#[test]
fn what_results_show_is_compared_in_every_table() {
    let union = r"
  kusto:sentinel:
    union:
      - {table: First, fields: {Image: Image, User: User, process_name: Name}}
      - {table: Second, fields: {Image: Image, User: Account, process_name: Name}}
    fields: {Image: Image, User: User, process_name: process_name}
";
    let right = findings_with(union, &summarized(), "", "");
    assert!(right.iter().all(Option::is_none), "{right:#?}");
    let first = findings_with(union, &summarized(), "= Account", "= toupper(Account)").remove(0);
    let first = first.expect("a finding");
    assert!(
        first.message.ends_with(r"a result shows `CORP\X` as `user`, the detection `CORP\x`"),
        "{first:#?}"
    );
}

/// The table spells the domain out, by the binding's word.
#[test]
fn what_a_table_spells_otherwise_is_not_compared() {
    let spelt = r"
  kusto:sentinel:
    table: T
    fields:
      Image: Image
      User: {column: User, values: {prefix: {'CORP\': 'CORPORATION\'}}}
      process_name: Name
";
    let right = findings_with(spelt, &summarized(), "", "");
    assert!(right.iter().all(Option::is_none), "{right:#?}");
    // What decides is compared all the same.
    let missed =
        findings_with(spelt, &summarized(), "CORPORATION", "CORPORATE").remove(0).expect("a finding");
    assert_eq!(missed.code, Code::E1201, "{missed:#?}");
}
