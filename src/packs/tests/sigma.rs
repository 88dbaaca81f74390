//! The bundle of Sigma rules: SigmaHQ's folders, one document a file.

use super::fixture::{Draft, codes, pack_of, text_of};
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
