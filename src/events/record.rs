//! Records of Windows, as `evtx_dump` writes them and SigmaHQ keeps them beside its rules.
//!
//! In: the JSON of a record. Out: its fields under the names that rules have for them, and when it was. Attributes stand
//! under `#attributes`, the text of an element that has some under `#text`. Source: SigmaHQ's `regression_data`, and
//! <https://github.com/omerbenamram/evtx>.

use serde_json::{Map, Value};

use crate::maps::IndexMap;

/// What holds the attributes of an element.
const ATTRIBUTES: &str = "#attributes";

/// What holds the text of an element with attributes.
const TEXT: &str = "#text";

/// The field with the time of a record.
pub(super) const TIME: &str = "TimeCreated_SystemTime";

/// The fields of a record: of `System` each element, its attributes under `Element_Attribute`; of `EventData` and
/// `UserData` what stands there. Nothing when this is no record. The first of two fields of one name stays.
pub(super) fn fields(event: &Value) -> Option<IndexMap<String, Value>> {
    let event = event.as_object()?;
    let mut fields = IndexMap::default();
    for (name, value) in event.get("System")?.as_object()? {
        add_element(name, value, &mut fields);
    }
    if let Some(data) = event.get("EventData").and_then(Value::as_object) {
        add_data(data, &mut fields);
    }
    // One element of a name of its own, with the data below.
    let user_data = event.get("UserData").and_then(Value::as_object);
    for data in user_data.into_iter().flat_map(Map::values).filter_map(Value::as_object) {
        add_data(data, &mut fields);
    }
    Some(fields)
}

fn add_element(name: &str, value: &Value, fields: &mut IndexMap<String, Value>) {
    let Some(members) = value.as_object() else {
        fields.entry(name.to_owned()).or_insert_with(|| value.clone());
        return;
    };
    if let Some(text) = members.get(TEXT) {
        fields.entry(name.to_owned()).or_insert_with(|| text.clone());
    }
    for (attribute, value) in members.get(ATTRIBUTES).and_then(Value::as_object).into_iter().flatten() {
        fields.entry(format!("{name}_{attribute}")).or_insert_with(|| value.clone());
    }
}

fn add_data(data: &Map<String, Value>, fields: &mut IndexMap<String, Value>) {
    for (name, value) in data.iter().filter(|(name, _)| *name != ATTRIBUTES) {
        let value = value.get(TEXT).unwrap_or(value);
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_and_data_have_the_names_that_rules_have_for_them() {
        let record = json!({
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": "Service Control Manager", "Guid": "{1}"}},
                "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 7045},
                "TimeCreated": {"#attributes": {"SystemTime": "2026-01-02T03:04:05.678Z"}},
                "Channel": "System",
                "Security": null
            },
            "EventData": {"ServiceName": "x", "Data": {"#attributes": {"Name": "d"}, "#text": "t"}, "Channel": "not this"},
            "UserData": {"Operation": {"#attributes": {"xmlns": "y"}, "User": "u"}}
        });
        let expected = json!({
            "Provider_Name": "Service Control Manager",
            "Provider_Guid": "{1}",
            "EventID": 7045,
            "EventID_Qualifiers": 16384,
            "TimeCreated_SystemTime": "2026-01-02T03:04:05.678Z",
            "Channel": "System",
            "Security": null,
            "ServiceName": "x",
            "Data": "t",
            "User": "u"
        });
        let found: Map<String, Value> = fields(&record).expect("a record").into_iter().collect();
        assert_eq!(Value::Object(found), expected);
    }

    #[test]
    fn what_has_no_system_is_no_record() {
        for other in [json!({}), json!("x"), json!({"System": 1}), json!({"EventData": {}})] {
            assert!(fields(&other).is_none(), "{other}");
        }
    }
}
