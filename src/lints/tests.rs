//! Each lint fires where it should, and only there.

use super::{ALL, Tried, lint, unused_consents};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::ir::Detection;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{AcceptedLoss, Profile, Verdict};

const SOURCE: &str = r"
id: test.source
name: A source for tests
description: Not real.
fields:
  Image: {meaning: a path}
  CommandLine: {meaning: a command line}
bindings: {sigma: {logsource: {product: test}}}
";

const TESTED: &str = "
tests:
  - {name: a, events: [{Image: x}], expect: {matches: 1}}
  - {name: b, events: [{Image: y}], expect: {matches: 0}}
";

fn detection(rest: &str) -> Detection {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
         author: somebody\ndate: 2026-01-02\ndescription: A test.\ndata_source: test.source\n{rest}"
    );
    let catalogue = Catalogue::embedded().with_text("test.source", SOURCE);
    let context = Context { catalogue: &catalogue, profiles: &["sigma", "kusto:xdr", "kusto:sentinel"] };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new("test.yml", text), &context, &mut findings);
    assert!(findings.is_empty(), "{findings:#?}");
    detection.expect("resolves")
}

/// A tested detection with one selection.
fn item(item: &str) -> Detection {
    detection(&format!("detection:\n  selection:\n    {item}\n  condition: selection{TESTED}"))
}

fn codes(findings: &[Diagnostic]) -> Vec<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// The help of the only finding, which has this code.
fn help(detection: &Detection, code: Code) -> String {
    let findings = lint(detection);
    assert_eq!(codes(&findings), [code]);
    findings[0].help.clone().expect("help")
}

#[test]
fn every_lint_is_a_documented_warning() {
    for lint in ALL {
        assert_eq!(lint.code.severity(), Severity::Warning, "{}", lint.name);
        let documentation = lint.documentation();
        for heading in ["## What it does", "## Why it matters", "## Example", "## Use instead"] {
            assert!(documentation.contains(heading), "{}: {heading}", lint.name);
        }
    }
    assert!(ALL.is_sorted_by_key(|lint| lint.code.id()));
}

#[test]
fn escaped_wildcards() {
    for value in [r"C:\Users\*", r"\*\cmd.exe", r"C:\a\?", r"*\Temp\*", r"C:\a\*b\c", r"\Temp\*.rar\"] {
        let findings = lint(&item(&format!("Image: '{value}'")));
        assert_eq!(codes(&findings), [Code::W0401], "{value}");
        let label = &findings[0].labels[0];
        assert_eq!(label.file.slice(label.span), format!("Image: '{value}'"));
    }
    for value in
        [r"C:\Users\\*", r"C:\Users\\\*", r"\*.bak", r"\\\?\?\C:\a", "https://x/*", r"*\Temp\\*", r"\\*"]
    {
        assert_eq!(codes(&lint(&item(&format!("Image: '{value}'")))), [], "{value}");
    }
    assert_eq!(codes(&lint(&item(r"Image|contains: '\Temp\*'"))), [Code::W0401]);
    assert_eq!(codes(&lint(&item(r"Image|re: '\\Temp[12]\*'"))), []);
    let keywords = detection(&format!("detection:\n  words: ['C:\\a\\*']\n  condition: words{TESTED}"));
    assert_eq!(codes(&lint(&keywords)), [Code::W0401]);
}

#[test]
fn escaped_wildcards_in_the_cases_of_a_derived_field() {
    let derived = detection(&format!(
        "derive:\n  kind:\n    case: {{branches: [{{when: {{Image: 'C:\\a\\*'}}, then: a}}]}}\n\
         detection:\n  selection: {{Image: x}}\n  condition: selection{TESTED}"
    ));
    assert_eq!(codes(&lint(&derived)), [Code::W0401]);
}

#[test]
fn regular_expressions_that_are_only_a_text() {
    for (regex, instead) in [
        ("foo", "write Image|contains|cased: 'foo'"),
        (".*foo.*", "write Image|contains|cased: 'foo'"),
        ("^foo", "write Image|startswith|cased: 'foo'"),
        (".*foo$", "write Image|endswith|cased: 'foo'"),
        ("^foo$", "write Image|cased: 'foo'"),
        ("(?i)foo", "write Image|contains: 'foo'"),
        (r"\\a\.b\*", r"write Image|contains|cased: '\a.b\*'"),
        ("it''s", "write Image|contains|cased: 'it''s'"),
    ] {
        assert_eq!(help(&item(&format!("Image|re: '{regex}'")), Code::W0402), instead, "{regex}");
    }
    // After `^`, `.*` stops at a line break; with `m`, `^` is the start of any line.
    for regex in ["fo+", "a.b", "^.*foo", "(foo)", "foo|bar", r"\d", r"a\nb", ".*", "(?m)^foo", r"\bfoo"] {
        assert_eq!(codes(&lint(&item(&format!("Image|re: '{regex}'")))), [], "{regex}");
    }
}

#[test]
fn tests_of_both_kinds() {
    let with = |tests: &str| {
        detection(&format!("detection:\n  selection: {{Image: x}}\n  condition: selection\n{tests}"))
    };
    let positive = "  - {name: a, events: [{Image: x}], expect: {matches: 1}}\n";
    let negative = "  - {name: b, events: [{Image: y}], expect: {matches: 0}}\n";
    assert!(help(&with(""), Code::W0601).contains("matches: 1"));
    assert!(!help(&with(&format!("tests:\n{positive}")), Code::W0601).contains("matches: 1"));
    assert!(!help(&with(&format!("tests:\n{negative}")), Code::W0601).contains("matches: 0"));
    assert_eq!(codes(&lint(&with(&format!("tests:\n{positive}{negative}")))), []);
}

#[test]
fn schedules_without_gaps() {
    let scheduled = |schedule: &str| {
        detection(&format!(
            "detection:\n  selection: {{Image: x}}\n  condition: selection\nschedule: {schedule}{TESTED}"
        ))
    };
    let gap = scheduled("{every: 1h, lookback: 59m}");
    assert_eq!(help(&gap, Code::W0403), "write `lookback: 1h` or longer");
    let findings = lint(&gap);
    assert_eq!(gap.file.slice(findings[0].labels[0].span), "59m");
    assert_eq!(codes(&lint(&scheduled("{every: 1h, lookback: 60m}"))), []);
    assert_eq!(codes(&lint(&scheduled("{every: 1h, lookback: 70m, delay: 30m}"))), []);
    assert_eq!(codes(&lint(&item("Image: x"))), []);
}

#[test]
fn schedules_that_cover_the_window() {
    let scheduled = |lookback: &str, correlation: &str| {
        let found = lint(&detection(&format!(
            "detection:\n  selection: {{Image: x}}\n  condition: selection\ncorrelation: {correlation}\n\
             schedule: {{every: 1h, lookback: {lookback}}}{TESTED}"
        )));
        found
            .iter()
            .map(|finding| (finding.code, finding.help.clone().unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let help = |text: &str| vec![(Code::W0404, text.to_owned())];
    let count = "{event_count: {window: 2h, condition: {gte: 2}}}";
    assert_eq!(scheduled("2h", count), help("write `lookback: 3h` or longer"));
    assert_eq!(scheduled("3h", count), []);
    let new = "{new_value: {fields: [Image], window: 1h, baseline: 3h}}";
    assert_eq!(scheduled("3h", new), help("write `lookback: 4h` or longer"));
    assert_eq!(scheduled("4h", new), []);
    let late = "{new_value: {fields: [Image], window: 30m, baseline: 3h}}";
    assert_eq!(scheduled("4h", late), help("write `window: 1h` or longer"));
}

#[test]
fn consents_that_nothing_needs() {
    let detection = detection(&format!(
        "detection:\n  selection: {{Image: x}}\n  condition: selection\naccept:\n  \
         - {{target: kusto, loss: partly-filled, reason: r}}\n  \
         - {{target: 'kusto:xdr', loss: partly-filled, field: CommandLine, reason: r}}{TESTED}"
    ));
    let sentinel = Profile { id: "kusto:sentinel", name: "", extension: "" };
    let xdr = Profile { id: "kusto:xdr", name: "", extension: "" };
    let loss = |field: &str| {
        [AcceptedLoss {
            name: "partly-filled".into(),
            verdict: Verdict::Narrowed,
            field: Some(field.into()),
            loss: String::new(),
            reason: String::new(),
        }]
    };
    let unused = |tried: &[Tried]| {
        let findings = unused_consents(&detection, tried);
        assert!(findings.iter().all(|finding| finding.code == Code::W0302));
        findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    let (image, command) = (loss("Image"), loss("CommandLine"));
    let none: &[AcceptedLoss] = &[];
    let both = |of_sentinel, of_xdr| {
        unused(&[Tried { profile: &sentinel, losses: of_sentinel }, Tried { profile: &xdr, losses: of_xdr }])
    };
    let general = "the consent to `partly-filled` for `kusto` is not needed";
    let particular = "the consent to `partly-filled` for `kusto:xdr` is not needed";
    assert_eq!(both(Some(none), Some(none)), [general, particular]);
    assert_eq!(both(Some(&image), Some(none)), [particular]);
    assert_eq!(both(Some(none), Some(&image)), [particular]);
    assert_eq!(both(Some(none), Some(&command)), [] as [&str; 0]);
    // Nothing is known of a profile that did not compile, or was not tried.
    assert_eq!(both(None, Some(none)), [particular]);
    assert_eq!(both(Some(none), None), [] as [&str; 0]);
    assert_eq!(unused(&[]), [] as [&str; 0]);
}
