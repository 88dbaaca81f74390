//! What the packs for Microsoft's products hold reads back as what was meant, or is refused: names, descriptions, values and
//! messages that were made to break out of YAML, JSON or Azure's expressions.

use proptest::prelude::*;
use serde_json::Value;

use super::conf::any_text;
use super::fixture::{Draft, pack_of, query, text_of};
use super::hostile::words;
use super::sentinel_yaml::{at, rule};
use crate::packs::Pack;

/// A text that Azure could take for an expression, or one that breaks other things.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any_text(), any_text().prop_map(|text| format!("[{text}]")), Just("[[x]".to_owned())]
}

fn draft(name: String, description: &str, value: String) -> Option<Draft> {
    let draft = Draft {
        name,
        description: description.to_owned(),
        value,
        message: description.replace('$', "$$").replace(['\n', '\r'], " "),
        ..Draft::default()
    };
    draft.resolve().is_ok().then_some(draft)
}

/// What Azure makes of a text.
fn evaluated(value: &Value) -> &str {
    let text = value.as_str().expect("a text");
    if !(text.starts_with('[') && text.ends_with(']')) {
        return text;
    }
    assert!(text.starts_with("[["), "an expression: {text}");
    &text[1..]
}

fn only<'p>(pack: &'p Pack, folder: &str) -> &'p str {
    let mut files = pack.files().keys().filter(|name| name.starts_with(folder));
    let file = files.next().unwrap_or_else(|| panic!("{folder} in {:?}", pack.files().keys()));
    assert!(files.next().is_none(), "one rule and no more");
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn rules_read_back(name in text(), description in text(), value in text()) {
        let Some(draft) = draft(name, &format!("{description} "), value) else { return Ok(()) };
        let detection = draft.resolve().expect("resolved before");
        let (name, meant) = (detection.metadata.name.value.as_str(), words(&draft.description));
        let drafts = std::slice::from_ref(&draft);
        let sentinel = query("kusto:sentinel", &detection);
        if let Ok(pack) = pack_of("sentinel-yaml", None, "scheduled", drafts) {
            let file = only(&pack, "Analytic Rules/");
            let rule = rule(&pack, file);
            prop_assert_eq!(at(&rule, "name"), Some(name));
            prop_assert_eq!(at(&rule, "description").and_then(|text| text.split("\n\n").next()), Some(meant.as_str()));
            prop_assert_eq!(at(&rule, "query"), Some(sentinel.trim_end()));
            prop_assert_eq!(at(&rule, "kind"), Some("Scheduled"));
        }
        if let Ok(pack) = pack_of("sentinel", None, "scheduled", drafts) {
            let file = only(&pack, "AnalyticsRules/");
            let whole: Value = serde_json::from_str(text_of(&pack, file)).expect("JSON");
            let rule = &whole["resources"][0]["properties"];
            prop_assert_eq!(evaluated(&rule["displayName"]), name);
            prop_assert_eq!(evaluated(&rule["description"]).split("\n\n").next(), Some(meant.as_str()));
            prop_assert_eq!(evaluated(&rule["query"]), sentinel.trim_end());
            prop_assert!(whole["resources"].as_array().is_some_and(|resources| resources.len() == 1));
        }
        if let Ok(pack) = pack_of("defender", None, "", drafts) {
            let file = only(&pack, "DetectionRules/");
            let rule: Value = serde_json::from_str(text_of(&pack, file)).expect("JSON");
            prop_assert_eq!(rule["displayName"].as_str(), Some(name));
            prop_assert_eq!(rule["description"].as_str(), Some(meant.as_str()));
            let text = query("kusto:xdr", &detection);
            prop_assert_eq!(rule["queryCondition"]["queryText"].as_str(), Some(text.trim_end()));
        }
    }
}
