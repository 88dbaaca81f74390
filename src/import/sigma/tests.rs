//! Rules as they stand in the wild, and what becomes of them.

use super::{Context, Document, Rule, logsource, read};
use crate::catalogue::{Catalogue, Logsource};
use crate::diagnostics::{Code, Diagnostic};
use crate::evaluate::Evaluator;
use crate::ir::{self, Event, Number, Value};
use crate::resolve;
use crate::schema::{DetectionType, Severity, Status};
use crate::source::SourceFile;

const SOURCE: &str = r"
id: test.process
name: A source for tests
description: Not real.
fields:
  Image: {meaning: a path}
  CommandLine: {meaning: a command line}
  ParentImage: {meaning: another path}
  EventID: {type: integer, meaning: a number}
  Address: {type: ip, meaning: an address}
  Moment: {type: timestamp, meaning: a moment}
bindings: {sigma: {logsource: {product: test, category: process_creation}}}
";

const HEAD: &str = "title: A rule\nid: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nstatus: test\nlevel: high\n\
                    author: A\ndate: 2024-01-02\ndescription: D\n";

const LOGSOURCE: &str = "logsource: {product: test, category: process_creation}\n";

fn catalogue() -> Catalogue {
    Catalogue::embedded().with_text("test.process", SOURCE)
}

/// The rules of a text and what the reader says.
fn rules(text: &str) -> (Vec<Rule>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let documents = read(&SourceFile::new("rule.yml", text), &mut findings);
    let rules = documents
        .into_iter()
        .filter_map(|document| match document {
            Document::Rule(rule) => Some(*rule),
            Document::Correlation(_) | Document::Filter(_) => None,
        })
        .collect();
    (rules, findings)
}

/// The only rule of a text, resolved, with everything that was said.
fn resolved(text: &str) -> (Option<ir::Detection>, Vec<Diagnostic>) {
    let (rules, mut findings) = rules(text);
    let catalogue = catalogue();
    let context =
        Context { resolve: resolve::Context { catalogue: &catalogue, profiles: &[] }, data_source: None };
    let detection = rules.first().and_then(|rule| rule.resolve(&context, &mut findings));
    (detection, findings)
}

/// A rule with this `detection`, which must be fine.
fn detection(block: &str) -> ir::Detection {
    let (detection, findings) = resolved(&format!("{HEAD}{LOGSOURCE}detection:\n{block}"));
    assert!(findings.is_empty(), "{findings:#?}");
    detection.expect("resolves")
}

fn codes(findings: &[Diagnostic]) -> Vec<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// What is said of a rule with this `detection`.
fn said(block: &str) -> Vec<Code> {
    codes(&resolved(&format!("{HEAD}{LOGSOURCE}detection:\n{block}")).1)
}

fn matches(detection: &ir::Detection, event: &[(&str, &str)]) -> bool {
    let catalogue = catalogue();
    let source = catalogue.source("test.process").expect("known").expect("valid");
    let event: Event = event
        .iter()
        .map(|(name, value)| {
            let value = value
                .parse()
                .map_or_else(|_| Value::Text((*value).to_owned()), |n| Value::Number(Number::Integer(n)));
            ((*name).to_owned(), value)
        })
        .collect();
    Evaluator::new(detection, &source).expect("compiles").matches(&event)
}

#[test]
fn a_rule_becomes_a_detection() {
    let text = "title: Two   words\nid: 7C0FA490-12B0-4D0B-B9F5-E101D1E0E06F\nstatus: stable\nlevel: low\n\
                author: Jane Doe\ndate: 2020/1/2\nmodified: 2024-03-04\ndescription: |\n  What it\n  finds.\n\
                references: https://example.com\nfalsepositives:\n  - Unknown\n  - ''\n\
                tags: [attack.execution, attack.t1059.001, attack.T1059.001, cve.2021.1, attack.g0001]\n\
                logsource:\n  product: TEST\n  category: process_creation\n  definition: Needs a policy.\n\
                detection:\n  selection: {Image|endswith: '\\a.exe'}\n  condition: selection\n";
    let (detection, findings) = resolved(text);
    assert!(findings.is_empty(), "{findings:#?}");
    let metadata = detection.expect("resolves").metadata;
    assert_eq!(metadata.name.value, "Two words");
    assert_eq!(metadata.id, "7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f");
    assert_eq!(metadata.status, Status::Production);
    assert_eq!((metadata.severity, metadata.detection_type), (Severity::Low, DetectionType::Anomaly));
    assert_eq!((metadata.author.as_str(), metadata.date.as_str()), ("Jane Doe", "2024-03-04"));
    assert_eq!(metadata.description, "What it\nfinds.");
    assert_eq!(metadata.references, ["https://example.com"]);
    assert_eq!(metadata.false_positives, ["Unknown"]);
    let techniques: Vec<&str> = metadata.techniques.iter().map(|technique| technique.id.as_str()).collect();
    assert_eq!(techniques, ["T1059.001"]);
}

#[test]
fn what_a_rule_does_not_say_is_said_once() {
    let rest = format!("{LOGSOURCE}detection:\n  s: {{Image: a}}\n  condition: s\n");
    let (detection, findings) = resolved(&format!("title: Bare\n{rest}"));
    assert_eq!(codes(&findings), [Code::W0412]);
    for word in ["`id`", "`status`", "`level`", "`author`", "`date`"] {
        assert!(findings[0].message.contains(word), "{}", findings[0].message);
    }
    let first = detection.expect("resolves").metadata;
    let again = resolved(&format!("title: Bare\n{rest}")).0.expect("resolves").metadata;
    let other = resolved(&format!("title: Other\n{rest}")).0.expect("resolves").metadata;
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, other.id);
    assert_eq!(first.date, "1970-01-01");
}

#[test]
fn techniques_that_attack_does_not_have_are_left_out() {
    let text = format!(
        "{HEAD}tags: [attack.t9999, attack.t1086, attack.t1059]\n{LOGSOURCE}detection:\n  s: {{Image: a}}\n  condition: s\n"
    );
    let (detection, findings) = resolved(&text);
    assert_eq!(codes(&findings), [Code::W0411, Code::W0411]);
    let techniques = detection.expect("resolves").metadata.techniques;
    // T1086 (PowerShell) was revoked by T1059.001.
    let ids: Vec<&str> = techniques.iter().map(|technique| technique.id.as_str()).collect();
    assert_eq!(ids, ["T1059.001", "T1059"]);
}

#[test]
fn lists_of_maps_are_alternatives_and_keywords_are_parts_of_the_event() {
    let found = detection(
        "  maps:\n    - {Image: a, CommandLine: b}\n    - {Image: c}\n  words: [one, two]\n  every:\n    '|all': [x, y]\n  condition: 1 of maps or words or every\n",
    );
    for (event, wanted) in [
        (&[("Image", "A"), ("CommandLine", "b")][..], true),
        (&[("Image", "a")], false),
        (&[("Image", "c")], true),
        (&[("Image", "phone")], true),
        (&[("Image", "axb"), ("CommandLine", "y")], true),
        (&[("Image", "axb")], false),
    ] {
        assert_eq!(matches(&found, event), wanted, "{event:?}");
    }
}

#[test]
fn several_conditions_are_alternatives_and_negation_holds_on_missing_fields() {
    let found = detection("  a: {Image: a}\n  b: {CommandLine: b}\n  condition: [a, not b]\n");
    assert!(matches(&found, &[("Image", "a"), ("CommandLine", "b")]));
    assert!(matches(&found, &[("Image", "x")]));
    assert!(!matches(&found, &[("Image", "x"), ("CommandLine", "B")]));
}

#[test]
fn every_modifier_is_read() {
    for (item, event, wanted) in [
        ("CommandLine|windash|contains: ' -enc'", ("CommandLine", "a /enc b"), true),
        ("CommandLine|contains|all: [a, b]", ("CommandLine", "xbya"), true),
        ("CommandLine|contains|all: [a, b]", ("CommandLine", "xa"), false),
        ("CommandLine|cased: Ab", ("CommandLine", "ab"), false),
        ("CommandLine|re: 'A.c'", ("CommandLine", "xabcx"), false),
        ("CommandLine|re|i: 'A.c'", ("CommandLine", "xabcx"), true),
        ("CommandLine|base64offset|contains: foobar", ("CommandLine", "eGZvb2Jhcg=="), true),
        ("CommandLine|wide|base64offset|contains: foo", ("CommandLine", "ZgBvAG8A"), true),
        ("CommandLine|utf16le|base64|contains: foo", ("CommandLine", "ZgBvAG8A"), true),
        ("Address|cidr: 10.0.0.0/8", ("Address", "10.1.2.3"), true),
        ("EventID|gte: 5", ("EventID", "5"), true),
        ("EventID|lt: 5", ("EventID", "5"), false),
        ("EventID: '5'", ("EventID", "5"), true),
        ("EventID|neq: 5", ("EventID", "5"), false),
        ("Image|exists: true", ("Image", "x"), true),
        ("Image: null", ("EventID", "1"), true),
        ("Image: ''", ("EventID", "1"), false),
        ("Moment|hour: 3", ("Moment", "2024-01-02T03:04:05Z"), true),
        (r"Image: 'C:\\*\a?.exe'", ("Image", r"c:\x\y\ab.exe"), true),
        (r"Image|startswith: 'C:\Users\'", ("Image", r"C:\Users\x"), true),
    ] {
        let found = detection(&format!("  s: {{{item}}}\n  condition: s\n"));
        assert_eq!(matches(&found, &[event]), wanted, "{item}");
    }
    let found = detection("  s: {Image|fieldref|endswith: ParentImage}\n  condition: s\n");
    assert!(matches(&found, &[("Image", r"C:\A.exe"), ("ParentImage", "a.EXE")]));
}

#[test]
fn slips_of_others_are_warnings() {
    assert_eq!(said("  s: {Image: a}\n  left_over: {Image: b}\n  condition: s\n"), [Code::W0410]);
    assert_eq!(said("  s: {CommandLine|contains: ''}\n  condition: s\n"), [Code::W0415]);
    assert_eq!(said("  s: {CommandLine|endswith: 00000429}\n  condition: s\n"), [Code::W0414]);
    let text = format!("{HEAD}refrences: []\n{LOGSOURCE}detection:\n  s: {{Image: a}}\n  condition: s\n");
    let (detection, findings) = resolved(&text);
    assert_eq!(codes(&findings), [Code::W0413]);
    assert!(detection.is_some());
}

#[test]
fn what_is_no_longer_sigma_is_refused() {
    assert_eq!(
        codes(&rules("action: global\ntitle: A\n---\nlogsource: {product: x}\n").1),
        [Code::E0901, Code::E0906]
    );
    assert_eq!(said("  s: {Image: a}\n  timeframe: 5m\n  condition: s\n"), [Code::E0901]);
    assert_eq!(said("  s: {Image: a}\n  condition: s | count() > 5\n"), [Code::E0206]);
    assert_eq!(said("  s: {Image: a}\n  condition: S AND s\n"), [Code::E0301]);
    assert_eq!(said("  s: {Image: a}\n  condition: 2 of s*\n"), [Code::E0206]);
    assert_eq!(said("  s: {Image: a}\n  condition: 1 of t*\n"), [Code::E0301]);
    assert_eq!(said("  s: {Image|expand: '%list%'}\n  condition: s\n"), [Code::E0310]);
    assert_eq!(said("  s: {Image|contians: x}\n  condition: s\n"), [Code::E0305]);
}

#[test]
fn all_problems_of_a_document_are_reported_at_once() {
    let text = "taxonomy: own\nreferences: {a: b}\nlogsource: test\ndetection:\n  s: {Image: [[a]]}\n";
    let mut codes = codes(&resolved(text).1);
    codes.sort();
    assert_eq!(codes, [Code::E0202, Code::E0202, Code::E0202, Code::E0203, Code::E0904, Code::W0412]);
}

#[test]
fn documents_of_a_file_are_independent() {
    let one = format!("{HEAD}{LOGSOURCE}detection:\n  s: {{Image: a}}\n  condition: s\n");
    let (found, findings) = rules(&format!("---\n{one}---\n# nothing\n---\n{one}...\n"));
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(found.len(), 2);
    let file = &found[1].file;
    let title = found[1].metadata.title.as_ref().expect("a title");
    assert_eq!(file.line_column(title.span.start).line, 16);
}

#[test]
fn the_nearest_log_source_is_named() {
    let catalogue = catalogue();
    let part = |text: &str| Some(text.to_owned());
    let near = |category: Option<String>, product: Option<String>, service: Option<String>| {
        logsource::nearest(&catalogue, &Logsource { category, product, service })
    };
    let process = Some("product test, category process_creation".to_owned());
    assert_eq!(near(part("process_creatoin"), part("test"), None), process);
    assert_eq!(near(None, part("test"), part("a_log_of_its_own")), process);
    assert_eq!(near(None, part("nowhere"), None), None);
    let text =
        format!("{HEAD}logsource: {{product: nowhere}}\ndetection:\n  s: {{Image: a}}\n  condition: s\n");
    assert_eq!(codes(&resolved(&text).1), [Code::E0902]);
}

/// A filter and a correlation over two rules, in files of their own.
mod together {
    use super::*;
    use crate::import::sigma::{Correlation, Filter, Together, unmet};

    fn rule(id: &str, name: &str, block: &str) -> Rule {
        let head = HEAD.replace("7c0fa490", id).replace("status:", &format!("name: {name}\nstatus:"));
        let (mut found, findings) = rules(&format!("{head}{LOGSOURCE}detection:\n{block}"));
        assert!(findings.is_empty(), "{findings:#?}");
        found.remove(0)
    }

    fn document(text: &str) -> (Option<Document>, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let mut documents = read(&SourceFile::new("other.yml", text), &mut findings);
        (documents.pop(), findings)
    }

    fn filter(text: &str) -> Filter {
        match document(&format!("title: F\n{LOGSOURCE}filter:\n{text}")) {
            (Some(Document::Filter(filter)), findings) if findings.is_empty() => *filter,
            other => panic!("{other:#?}"),
        }
    }

    fn correlation(text: &str) -> (Option<Correlation>, Vec<Diagnostic>) {
        let head = HEAD.replace("7c0fa490", "1c0fa490");
        match document(&format!("{head}correlation:\n{text}")) {
            (Some(Document::Correlation(read)), findings) => (Some(*read), findings),
            (_, findings) => (None, findings),
        }
    }

    fn resolve_with(rules: &[&Rule], text: &str) -> (Option<ir::Detection>, Vec<Diagnostic>) {
        let (read, mut findings) = correlation(text);
        let catalogue = catalogue();
        let context =
            Context { resolve: resolve::Context { catalogue: &catalogue, profiles: &[] }, data_source: None };
        let detection = read.and_then(|read| {
            let mut together = Together::default();
            together.rules.extend(rules);
            read.resolve(&together, &context, &mut findings)
        });
        (detection, findings)
    }

    #[test]
    fn the_condition_of_a_filter_is_added_as_it_is_written() {
        let rule = rule("7c0fa490", "one", "  s: {Image|endswith: \\a.exe}\n  condition: s\n");
        let excluding =
            filter("  rules: [one]\n  selection: {CommandLine|contains: fine}\n  condition: not selection\n");
        assert!(excluding.is_for(&rule));
        let catalogue = catalogue();
        let context =
            Context { resolve: resolve::Context { catalogue: &catalogue, profiles: &[] }, data_source: None };
        let mut findings = Vec::new();
        let found = rule.filtered(&[&excluding], &context, &mut findings).expect("resolves");
        assert!(findings.is_empty(), "{findings:#?}");
        assert!(matches(&found, &[("Image", r"C:\a.exe")]));
        assert!(!matches(&found, &[("Image", r"C:\a.exe"), ("CommandLine", "it is fine")]));
    }

    #[test]
    fn what_is_wrong_in_a_filter_is_shown_in_its_own_file() {
        let rule = rule("7c0fa490", "one", "  s: {Image: a}\n  condition: s\n");
        let wrong = filter("  rules: any\n  selection: {Nowhere: x}\n  condition: not selection\n");
        let catalogue = catalogue();
        let context =
            Context { resolve: resolve::Context { catalogue: &catalogue, profiles: &[] }, data_source: None };
        let mut findings = Vec::new();
        assert!(rule.filtered(&[&wrong], &context, &mut findings).is_none());
        assert_eq!(codes(&findings), [Code::E0303]);
        let label = &findings[0].labels[0];
        assert_eq!((label.file.name(), label.file.slice(label.span)), ("other.yml", "Nowhere"));
    }

    #[test]
    fn a_filter_that_is_for_nothing_is_reported() {
        let rule = rule("7c0fa490", "one", "  s: {Image: a}\n  condition: s\n");
        let other = filter("  rules: [two]\n  selection: {Image: x}\n  condition: not selection\n");
        assert_eq!(codes(&unmet(&other, &[&rule])), [Code::E0903]);
        let text = format!(
            "title: F\n{}filter:\n  rules: [one]\n  s: {{Image: x}}\n  condition: not s\n",
            LOGSOURCE.replace("test", "linux")
        );
        let (Some(Document::Filter(elsewhere)), _) = document(&text) else { panic!("a filter") };
        assert!(!elsewhere.is_for(&rule));
        assert_eq!(codes(&unmet(&elsewhere, &[&rule])), [Code::E0903]);
        let by_id =
            filter("  rules: [7C0FA490-12b0-4d0b-b9f5-e101d1e0e06f]\n  s: {Image: x}\n  condition: not s\n");
        assert!(by_id.is_for(&rule) && unmet(&by_id, &[&rule]).is_empty());
    }

    #[test]
    fn a_correlation_has_one_stage_a_rule() {
        let one = rule("7c0fa490", "one", "  s: {Image: a}\n  condition: s\n");
        let two = rule("8c0fa490", "two", "  s: {Image: b}\n  condition: s\n");
        let (found, findings) = resolve_with(
            &[&one, &two],
            "  type: temporal_ordered\n  rules: [one, two]\n  group-by: [ParentImage]\n  timespan: 5m\n",
        );
        assert!(findings.is_empty(), "{findings:#?}");
        let ir::Logic::Correlation(found) = found.expect("resolves").logic else { panic!("a correlation") };
        let names: Vec<&str> = found.stages.iter().map(|stage| stage.name.value.as_str()).collect();
        assert_eq!(names, ["one", "two"]);

        let count = "  type: event_count\n  rules: [one]\n  group-by: [ParentImage]\n  timespan: 5m\n  condition: {gte: 10, lt: 20}\n";
        assert!(resolve_with(&[&one], count).0.is_some());
        let values = "  type: value_count\n  rules: [one]\n  group-by: [who]\n  timespan: 5m\n  \
                      condition: {field: CommandLine, gt: 3}\n  aliases: {who: {one: ParentImage}}\n";
        let (found, findings) = resolve_with(&[&one], values);
        assert!(found.is_some(), "{findings:#?}");
    }

    #[test]
    fn stages_of_one_name_are_told_apart() {
        let one = rule("7c0fa490", "a-b", "  s: {Image: a}\n  condition: s\n");
        let two = rule("8c0fa490", "a_b", "  s: {Image: b}\n  condition: s\n");
        let (found, findings) = resolve_with(
            &[&one, &two],
            "  type: temporal\n  rules: [a-b, a_b]\n  group-by: [ParentImage]\n  timespan: 5m\n",
        );
        let ir::Logic::Correlation(found) = found.expect("resolves").logic else { panic!("{findings:#?}") };
        let names: Vec<&str> = found.stages.iter().map(|stage| stage.name.value.as_str()).collect();
        assert_eq!(names, ["a_b", "a_b_2"]);
        // One rule cannot be two stages.
        let twice = "  type: temporal\n  rules: [a-b, a-b]\n  timespan: 5m\n";
        assert_eq!(codes(&resolve_with(&[&one], twice).1), [Code::E0318]);
    }

    #[test]
    fn what_a_correlation_cannot_say_is_refused() {
        let one = rule("7c0fa490", "one", "  s: {Image: a}\n  condition: s\n");
        let two = rule("8c0fa490", "two", "  s: {Image: b}\n  condition: s\n");
        for (text, wanted) in [
            (
                "  type: event_count\n  rules: [one, two]\n  timespan: 5m\n  condition: {gte: 1}\n",
                Code::E0907,
            ),
            ("  type: event_counts\n  rules: [one]\n  timespan: 5m\n  condition: {gte: 1}\n", Code::E0907),
            ("  type: event_count\n  rules: [one]\n  timespan: 5m\n  condition: {neq: 1}\n", Code::E0907),
            (
                "  type: temporal\n  rules: [one, two]\n  timespan: 5m\n  condition: one and two\n",
                Code::E0907,
            ),
            (
                "  type: value_count\n  rules: [one]\n  timespan: 5m\n  condition: {gte: 1, field: [A, B]}\n",
                Code::E0907,
            ),
            ("  type: temporal\n  rules: [one, three]\n  timespan: 5m\n", Code::E0903),
            ("  type: temporal\n  rules: [one, two]\n", Code::E0203),
            ("  type: temporal\n  timespan: 5m\n", Code::E0203),
            ("  type: temporal\n  rules: [one, two]\n  timespan: 5M\n", Code::E0404),
        ] {
            let (found, findings) = resolve_with(&[&one, &two], text);
            assert!(found.is_none() && codes(&findings).contains(&wanted), "{text}{findings:#?}");
        }
    }
}
