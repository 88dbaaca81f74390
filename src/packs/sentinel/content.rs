//! Analytics rules and hunting queries as resources.
//!
//! In: rules. Out: resources. Source: the schemas of `Microsoft.SecurityInsights/alertRules` and
//! `Microsoft.OperationalInsights/workspaces/savedSearches`; for hunting queries also the samples of Repositories.

use serde_json::{Map, Value, json};

use super::arm::{ResourceKind, resource};
use crate::packs::microsoft::{Form, Rule, iso};

/// How long Sentinel's own suppression would last: the schema wants a value although it is off.
const SUPPRESSION: &str = "PT5H";

/// Repositories tell hunting queries from functions by this category.
const HUNTING: &str = "Hunting Queries";

/// The resource of an analytics rule. A rule has no place for its version: that is the version of its template.
pub(super) fn rule(rule: &Rule) -> Value {
    let mut properties = Map::new();
    let mut add = |key: &str, value: Value| properties.insert(key.to_owned(), value);
    add("displayName", rule.name.as_str().into());
    add("description", rule.description.as_str().into());
    add("severity", rule.severity.into());
    add("enabled", rule.enabled.into());
    add("query", rule.query.as_str().into());
    let kind = match rule.form {
        Form::Scheduled { frequency, period } => {
            add("queryFrequency", iso(frequency).into());
            add("queryPeriod", iso(period).into());
            add("triggerOperator", "GreaterThan".into());
            add("triggerThreshold", 0.into());
            "Scheduled"
        }
        Form::NearRealTime | Form::Hunting => "NRT",
    };
    add("suppressionDuration", SUPPRESSION.into());
    add("suppressionEnabled", false.into());
    add("tactics", rule.tactics.as_slice().into());
    let (techniques, parts) = techniques(rule);
    add("techniques", techniques.into());
    add("subTechniques", parts.into());
    if !rule.entities.is_empty() {
        let mapping = |one: &crate::packs::microsoft::Mapping| json!({"entityType": one.entity, "fieldMappings": [{"identifier": one.identifier, "columnName": one.column}]});
        add("entityMappings", rule.entities.iter().map(mapping).collect());
    }
    if !rule.details.is_empty() {
        let details: Map<String, Value> =
            rule.details.iter().map(|(key, column)| (key.clone(), column.as_str().into())).collect();
        add("customDetails", details.into());
    }
    if let Some(title) = &rule.title {
        add("alertDetailsOverride", json!({"alertDisplayNameFormat": title}));
    }
    add("eventGroupingSettings", json!({"aggregationKind": "AlertPerResult"}));
    add("incidentConfiguration", incidents(rule));
    resource(ResourceKind::AlertRule, &rule.id, json!({"kind": kind}), Value::Object(properties))
}

fn incidents(rule: &Rule) -> Value {
    let Some(grouping) = &rule.grouping else { return json!({"createIncident": rule.opens_incident}) };
    json!({
        "createIncident": rule.opens_incident,
        "groupingConfiguration": {
            "enabled": true,
            "reopenClosedIncident": false,
            "lookbackDuration": iso(grouping.seconds),
            "matchingMethod": "Selected",
            "groupByEntities": [],
            "groupByAlertDetails": [],
            "groupByCustomDetails": grouping.keys
        }
    })
}

/// Techniques without their parts, and the parts; each once.
fn techniques(rule: &Rule) -> (Vec<&str>, Vec<&str>) {
    let (mut whole, mut parts): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for id in &rule.techniques {
        let base = id.split('.').next().unwrap_or(id);
        if !whole.contains(&base) {
            whole.push(base);
        }
        if base != id && !parts.contains(&id.as_str()) {
            parts.push(id);
        }
    }
    (whole, parts)
}

/// The resource of a hunting query.
pub(super) fn hunting_query(rule: &Rule) -> Value {
    let mut tags = vec![json!({"name": "description", "value": rule.description})];
    let mut add = |name: &str, values: String| {
        if !values.is_empty() {
            tags.push(json!({"name": name, "value": values}));
        }
    };
    add("tactics", rule.tactics.join(","));
    add("techniques", rule.techniques.join(","));
    let properties = json!({
        "displayName": rule.name,
        "category": HUNTING,
        "query": rule.query,
        "version": 2,
        "tags": tags
    });
    // Whatever version is there is replaced.
    resource(ResourceKind::SavedSearch, &rule.id, json!({"etag": "*"}), properties)
}
