//! ARM templates: their frame, their names, and texts that are never taken for expressions.
//!
//! In: resources whose texts are plain. Out: a template. Source: "Syntax and expressions in ARM templates" and "Understand
//! the structure and syntax of ARM templates".

use serde_json::{Map, Value, json};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// A template over these resources. Repositories give the workspace to the parameter of this very name.
pub(super) fn template(version: &str, resources: Vec<Value>) -> Value {
    json!({
        "$schema": SCHEMA,
        "contentVersion": version,
        "parameters": {
            "workspace": {
                "type": "String",
                "metadata": {"description": "The Log Analytics workspace that Microsoft Sentinel runs on"}
            }
        },
        "resources": resources
    })
}

/// The text of a file.
pub(super) fn text(value: &Value) -> String {
    // Maps with text keys and plain values always serialise.
    serde_json::to_string_pretty(value).map_or_else(|_| String::new(), |text| text + "\n")
}

/// A resource of the workspace. `name` is what [`is_name`] takes, so that it can stand inside an expression.
pub(super) fn resource(kind: ResourceKind, name: &str, more: Value, properties: Value) -> Value {
    let (resource_type, version, full) = match kind {
        // The newest versions whose schemas are published; near-real-time rules and sub-techniques are in previews only.
        ResourceKind::AlertRule => {
            ("providers/alertRules", "2024-01-01-preview", "/Microsoft.SecurityInsights/")
        }
        ResourceKind::Watchlist => ("providers/Watchlists", "2025-09-01", "/Microsoft.SecurityInsights/"),
        ResourceKind::SavedSearch => ("savedSearches", "2020-08-01", "/"),
    };
    debug_assert!(is_name(name));
    let mut resource = Map::new();
    resource.insert(
        "type".to_owned(),
        format!("Microsoft.OperationalInsights/workspaces/{resource_type}").into(),
    );
    resource.insert("apiVersion".to_owned(), version.into());
    resource.insert("name".to_owned(), format!("[concat(parameters('workspace'),'{full}{name}')]").into());
    if let Value::Object(more) = more {
        resource.extend(more);
    }
    resource.insert("properties".to_owned(), literal(properties));
    Value::Object(resource)
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResourceKind {
    /// An analytics rule.
    AlertRule,
    /// A watchlist.
    Watchlist,
    /// A hunting query or function.
    SavedSearch,
}

/// Letters, digits, `_` and `-`: nothing that an expression would take for its own.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Values in which no text is an expression. One that begins with `[` and ends with `]` would be: another `[` before it makes
/// it that text.
fn literal(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::String(format!("[{text}"))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(literal).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, literal(value))).collect())
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two examples of Microsoft's page, and what follows from them.
    #[test]
    fn texts_are_never_expressions() {
        for (text, written) in [
            ("[test value]", "[[test value]"),
            ("[test] value", "[test] value"),
            ("[[x]", "[[[x]"),
            ("[", "["),
            ("[]", "[[]"),
            ("x]", "x]"),
        ] {
            assert_eq!(literal(json!({"a": [text]})), json!({"a": [written]}), "{text}");
        }
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        for name in ["", "a'b", "a]", "a/b", "ä", "a b"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("00000000-0000-4000-8000-000000000001") && is_name("approved_partner_tenants"));
    }
}
