//! The bundle of Sigma rules: SigmaHQ's folders, one document a file.

use super::fixture::{Draft, codes, pack_in, pack_of, text_of};
use crate::packs::Pack;
use crate::source::SourceFile;
use crate::yaml::{self, Node};

fn node(text: &str) -> Node {
    let mut findings = Vec::new();
    let node = yaml::parse(&SourceFile::new("rule.yml", text), &mut findings);
    node.unwrap_or_else(|| panic!("{findings:?}: {text}"))
}

#[test]
fn a_rule_stands_under_its_log_source() {
    let pack = pack_of("sigma", None, "", &[Draft::default()]).expect("a bundle");
    let names: Vec<_> = pack.files().keys().map(String::as_str).collect();
    assert_eq!(names, ["detc.manifest", "rules/windows/process_creation/suspicious_program.yml"]);
    let rule = node(text_of(&pack, names[1]));
    assert_eq!(rule.get("title").and_then(Node::as_text), Some("Suspicious Program"));
    assert_eq!(rule.get("level").and_then(Node::as_text), Some("high"));
}

const TUNED: &str = r"
detections:
  00000000-0000-4000-8000-000000000001:
    exclusions:
      - {when: {User: svc-archive, Image|endswith: ['\a.exe', '\b.exe']}, owner: The mail team, reason: it archives, expires: 2099-12-31}
      - {when: {User|startswith: test}, owner: QA, reason: they test, expires: 2099-12-31}
";

fn tuned() -> Pack {
    pack_in(TUNED, "sigma", None, "", &[Draft::default()]).expect("a bundle")
}

/// What an environment leaves out stands in filters; the rule is the one of every other environment.
#[test]
fn exclusions_are_filters_beside_the_rule() {
    let rule = "rules/windows/process_creation/suspicious_program.yml";
    let pack = tuned();
    let plain = pack_of("sigma", None, "", &[Draft::default()]).expect("a bundle");
    assert_eq!(text_of(&pack, rule), text_of(&plain, rule));
    let text = text_of(&pack, "filters/suspicious_program_1.yml");
    let (head, rest) = text.split_once("\nid: ").expect("an id");
    assert_eq!(head, "title: Exclusion 1 from Suspicious Program");
    let (_, rest) = rest.split_once('\n').expect("more");
    assert_eq!(
        rest,
        "description: it archives (wanted until 2099-12-31)
author: The mail team
logsource:
    category: process_creation
    product: windows
filter:
    rules:
        - 00000000-0000-4000-8000-000000000001
    selection:
        User: svc-archive
        Image|endswith:
            - '\\a.exe'
            - '\\b.exe'
    condition: not selection
"
    );
    let other = text_of(&pack, "filters/suspicious_program_2.yml");
    assert!(other.contains("        User|startswith: test\n    condition: not selection\n"), "{other}");
}

/// Both as somebody else reads them: the filters are read back by the reader of Sigma's filters, joined to the rule, and
/// give the query that the detection with its exclusions gives.
#[test]
fn rule_and_filters_together_mean_the_detection() {
    use crate::import::sigma::{self, Document};
    use crate::resolve::Context as Resolve;
    use crate::targets::{Options, profiles, target};

    let pack = tuned();
    let catalogue = std::sync::Arc::new(crate::catalogue::Catalogue::embedded());
    let mut findings = Vec::new();
    let mut documents = Vec::new();
    for (name, bytes) in pack.files().iter().filter(|(name, _)| name.ends_with(".yml")) {
        let file = SourceFile::new(name.as_str(), std::str::from_utf8(bytes).expect("UTF-8"));
        documents.extend(sigma::read(&file, &mut findings));
    }
    let filters: Vec<_> = documents
        .iter()
        .filter_map(|document| match document {
            Document::Filter(filter) => Some(filter.as_ref()),
            Document::Rule(_) | Document::Correlation(_) => None,
        })
        .collect();
    let rule = documents.iter().find_map(Document::as_rule).expect("a rule");
    assert!(filters.len() == 2 && filters.iter().all(|filter| filter.is_for(rule)), "{findings:?}");
    let known: Vec<&str> = profiles().map(|profile| profile.id).collect();
    let context =
        sigma::Context { resolve: Resolve { catalogue: &catalogue, profiles: &known }, data_source: None };
    let detection =
        rule.filtered(&filters, &context, &mut findings).unwrap_or_else(|| panic!("{findings:?}"));
    let target = target("splunk", &catalogue).expect("a profile");
    let query = target.compile(&detection, Options::default()).expect("a query").text;
    assert!(
        query.contains(
            r#" Image="*\\mimikatz.exe" NOT (User="svc-archive" AND Image IN ("*\\a.exe","*\\b.exe")) NOT (User="test*")"#
        ),
        "{query}"
    );
}

/// A log source that the author wrote must not lead out of the pack.
#[test]
fn a_hostile_log_source_stays_inside() {
    let raw = |product: &str| Draft {
        more: format!(
            "raw: {{sigma: {{reason: a test, query: \"title: a\\nlogsource: {{product: '{product}'}}\\ndetection: {{a: {{b: c}}, condition: a}}\"}}}}"
        ),
        ..Draft::default()
    };
    let pack = pack_of("sigma", None, "", &[raw("M365")]).expect("a bundle");
    assert!(
        pack.files().contains_key("rules/cloud/m365/suspicious_program.yml"),
        "{:?}",
        pack.files().keys()
    );
    for product in ["../../x", "a\\\\b", "con", "é"] {
        let findings = pack_of("sigma", None, "", &[raw(product)]).expect_err("refused");
        assert_eq!(codes(&findings), ["E1001"], "{product}");
    }
}
