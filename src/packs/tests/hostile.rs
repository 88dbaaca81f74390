//! Whatever is written reads back as what was meant, or is refused: names, descriptions, values, messages and stories
//! that were made to break out.

use proptest::prelude::*;
use serde_json::Value;

use super::conf::{any_text, read, value};
use super::fixture::{Draft, pack_in, pack_of, text_of};
use crate::source::SourceFile;
use crate::yaml::{self, Node};

/// A draft with hostile texts; `None` when they are no detection at all.
fn draft(name: &str, description: &str, value: &str, story: &str) -> Option<Draft> {
    let draft = Draft {
        name: name.to_owned(),
        description: description.to_owned(),
        value: value.to_owned(),
        story: story.to_owned(),
        message: description.replace('$', "$$").replace(['\n', '\r'], " "),
        ..Draft::default()
    };
    draft.resolve().is_ok().then_some(draft)
}

pub(super) fn words(text: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c);
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn node(text: &str) -> Node {
    let file = SourceFile::new("pack.yml", text);
    let mut findings = Vec::new();
    let node = yaml::parse(&file, &mut findings).unwrap_or_else(|| panic!("{findings:?}: {text}"));
    assert!(findings.is_empty(), "{findings:?}: {text}");
    node
}

fn string<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_text).unwrap_or_else(|| panic!("{key} in {node:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn apps_read_back(name in any_text(), description in any_text(), text in any_text(), story in any_text()) {
        let Some(draft) = draft(&format!("N{name}"), &format!("D{description}"), &text, &format!("S{story}")) else {
            return Ok(());
        };
        let Ok(pack) = pack_of("splunk-app", None, "", std::slice::from_ref(&draft)) else { return Ok(()) };
        let detection = draft.resolve().expect("resolved before");
        let stanza = format!("ACME Rules - {} - Rule", detection.metadata.name.value);
        let saved = read(text_of(&pack, "acme_detections/default/savedsearches.conf")).map_err(TestCaseError::fail)?;
        prop_assert_eq!(saved.len(), 1, "one stanza and no more");
        let meant = words(&draft.description);
        prop_assert_eq!(value(&saved, &stanza, "description"), Some(meant.as_str()));
        prop_assert_eq!(value(&saved, &stanza, "disabled"), Some("1"));
        let told = read(text_of(&pack, "acme_detections/default/analyticstories.conf")).map_err(TestCaseError::fail)?;
        prop_assert_eq!(told.len(), 2);
        let story = format!("analytic_story://{}", detection.metadata.analytic_stories[0]);
        let searches = value(&told, &story, "searches").expect("the story");
        prop_assert_eq!(serde_json::from_str::<Value>(searches).expect("JSON"), serde_json::json!([stanza]));
        let macros = read(text_of(&pack, "acme_detections/default/macros.conf")).map_err(TestCaseError::fail)?;
        let filter = format!("{}_filter", detection.metadata.slug);
        prop_assert_eq!(macros.len(), 3, "the source's, that of times, and the filter");
        prop_assert_eq!(value(&macros, &filter, "definition"), Some("search *"));
        let described = format!("What to leave out of the results of: {}", words(&detection.metadata.name.value));
        prop_assert_eq!(value(&macros, &filter, "description"), Some(described.as_str()));
        let manifest: Value = serde_json::from_str(text_of(&pack, "acme_detections/detc.manifest")).expect("JSON");
        prop_assert_eq!(&manifest["detections"][&detection.metadata.id]["name"], &Value::from(detection.metadata.name.value));
    }

    #[test]
    fn bundles_read_back(name in any_text(), description in any_text(), text in any_text(), said in any_text()) {
        let Some(draft) = draft(&format!("N{name}"), &format!("D{description}"), &text, "Story") else {
            return Ok(());
        };
        let reason = words(&format!("R{said}"));
        if reason.chars().any(crate::resolve::is_hidden) {
            return Ok(());
        }
        let environment = serde_json::json!({"detections": {"00000000-0000-4000-8000-000000000001": {"exclusions": [
            {"when": {"User": "svc"}, "owner": reason, "reason": reason, "expires": "2099-12-31"}
        ]}}});
        let made = pack_in(&environment.to_string(), "sigma", None, "", std::slice::from_ref(&draft));
        let Ok(pack) = made else { return Ok(()) };
        let detection = draft.resolve().expect("resolved before");
        let documents: Vec<Node> = pack
            .files()
            .keys()
            .filter(|name| name.ends_with(".yml"))
            .map(|name| node(text_of(&pack, name)))
            .collect();
        // In the order of their names: the filter, then the rule.
        prop_assert_eq!(documents.len(), 2);
        prop_assert_eq!(string(&documents[0], "author"), reason.as_str());
        prop_assert_eq!(string(&documents[0], "description"), format!("{reason} (wanted until 2099-12-31)"));
        prop_assert_eq!(string(&documents[1], "title"), detection.metadata.name.value.as_str());
        let described = string(&documents[1], "description").trim_end();
        prop_assert_eq!(described, detection.metadata.description.trim_end());
        let keys: Vec<&str> = documents[1].entries().iter().map(|(key, _)| key.value.as_str()).collect();
        prop_assert_eq!(keys.last(), Some(&"level"), "{:?}", keys);
    }

    #[test]
    fn projects_read_back(name in any_text(), description in any_text(), text in any_text(), story in any_text()) {
        let Some(draft) = draft(&format!("N{name}"), &format!("D{description}"), &text, &format!("S{story}")) else {
            return Ok(());
        };
        for format in ["5", "6"] {
            let Ok(pack) = pack_of("contentctl", None, format, std::slice::from_ref(&draft)) else { continue };
            let detection = draft.resolve().expect("resolved before");
            let (file, _) = pack
                .files()
                .iter()
                .find(|(name, _)| name.starts_with("detections/") && name.ends_with(".yml"))
                .expect("a detection");
            let node = node(text_of(&pack, file));
            prop_assert_eq!(string(&node, "name"), detection.metadata.name.value.as_str());
            prop_assert_eq!(string(&node, "description"), words(&draft.description));
            for (name, bytes) in pack.files().iter().filter(|(name, _)| name.ends_with(".yml")) {
                let text = std::str::from_utf8(bytes).expect("UTF-8");
                prop_assert!(super::hostile::node(text).get("name").is_some() || name == "contentctl.yml", "{}", name);
            }
        }
    }
}

/// Names that were made to leave the pack, or to be a device, become slugs.
#[test]
fn no_name_leaves_the_pack() {
    for name in ["../../x", "/etc/passwd", "CON", "..\\..\\x", "a/../../b", "LPT1", "C:\\x"] {
        let draft = Draft::named(1, name);
        for (kind, format) in [("splunk-app", ""), ("contentctl", "5"), ("contentctl", "6"), ("sigma", "")] {
            match pack_of(kind, None, format, std::slice::from_ref(&draft)) {
                Ok(pack) => {
                    for file in pack.files().keys() {
                        assert_eq!(crate::packs::names::check(file), Ok(()), "{name}: {file}");
                    }
                }
                Err(findings) => assert!(!findings.is_empty(), "{name}"),
            }
        }
    }
}
