//! Rules in YAML: each expectation follows from the detection and from the format of Azure-Sentinel.

use super::fixture::{Draft, codes, pack_of, text_of};
use crate::packs::Pack;
use crate::source::SourceFile;
use crate::yaml::{self, Node, Value};

const RULE: &str = "Analytic Rules/suspicious_program.yaml";

pub(super) fn rule(pack: &Pack, name: &str) -> Node {
    let file = SourceFile::new(name, text_of(pack, name));
    let mut findings = Vec::new();
    let node = yaml::parse(&file, &mut findings).expect("YAML");
    assert!(findings.is_empty(), "{findings:?}");
    node
}

/// The text at a path of keys and indexes.
pub(super) fn at<'n>(mut node: &'n Node, path: &str) -> Option<&'n str> {
    for part in path.split('/') {
        node = match (&node.value, part.parse::<usize>()) {
            (Value::List(items), Ok(index)) => items.get(index)?,
            _ => node.get(part)?,
        };
    }
    node.as_text()
}

fn pack(format: &str, draft: Draft) -> Pack {
    pack_of("sentinel-yaml", None, format, &[draft]).expect("a pack")
}

#[test]
fn a_scheduled_rule_carries_the_whole_detection() {
    let pack = pack("scheduled", Draft::default());
    let rule = rule(&pack, RULE);
    for (path, expected) in [
        ("id", "00000000-0000-4000-8000-000000000001"),
        ("name", "Suspicious Program"),
        ("severity", "High"),
        ("status", "Available"),
        ("requiredDataConnectors/0/connectorId", "WindowsForwardedEvents"),
        ("requiredDataConnectors/0/dataTypes/0", "WindowsEvent"),
        ("queryFrequency", "1h"),
        ("queryPeriod", "70m"),
        ("triggerOperator", "gt"),
        ("tactics/0", "CredentialAccess"),
        ("relevantTechniques/0", "T1003.001"),
        ("entityMappings/0/entityType", "Account"),
        ("entityMappings/0/fieldMappings/0/identifier", "FullName"),
        ("entityMappings/0/fieldMappings/0/columnName", "user"),
        ("entityMappings/1/entityType", "Host"),
        ("entityMappings/1/fieldMappings/0/columnName", "dest"),
        // As the detection's threat object says.
        ("entityMappings/2/entityType", "Process"),
        ("entityMappings/2/fieldMappings/0/columnName", "Image"),
        ("customDetails/user", "user"),
        ("customDetails/dest", "dest"),
        ("customDetails/EventCount", "count_"),
        ("alertDetailsOverride/alertDisplayNameFormat", "{{user}} started {{Image}} on {{dest}}"),
        ("eventGroupingSettings/aggregationKind", "AlertPerResult"),
        ("incidentConfiguration/groupingConfiguration/lookbackDuration", "1d"),
        ("incidentConfiguration/groupingConfiguration/matchingMethod", "Selected"),
        ("incidentConfiguration/groupingConfiguration/groupByCustomDetails/0", "user"),
        ("incidentConfiguration/groupingConfiguration/groupByCustomDetails/1", "dest"),
        ("version", "1.0.0"),
        ("kind", "Scheduled"),
    ] {
        assert_eq!(at(&rule, path), Some(expected), "{path} in {}", text_of(&pack, RULE));
    }
    assert!(at(&rule, "entityMappings/3/entityType").is_none());
    let description = at(&rule, "description").expect("one");
    assert_eq!(
        description,
        "A program that is seldom good news was started.\n\n\
         False positives: Administrators at work.\n\
         How to implement: Collect process creation.\n\
         Analytic stories: Bad Programs\n\
         References: https://attack.mitre.org/techniques/T1003/001/"
    );
    assert!(pack.warnings().is_empty(), "{:?}", pack.warnings());
}

#[test]
fn a_rule_in_near_real_time_has_no_schedule() {
    let rule = rule(&pack("nrt", Draft::default()), RULE);
    assert_eq!(at(&rule, "kind"), Some("NRT"));
    for key in ["queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"] {
        assert!(rule.get(key).is_none(), "{key}");
    }
}

#[test]
fn a_hunting_query_raises_nothing() {
    for format in ["scheduled", "nrt"] {
        let pack = pack(format, Draft { detection_type: "hunting", ..Draft::default() });
        let query = rule(&pack, "Hunting Queries/suspicious_program.yaml");
        for key in ["kind", "severity", "queryFrequency", "incidentConfiguration", "customDetails"] {
            assert!(query.get(key).is_none(), "{key}");
        }
        assert_eq!(at(&query, "entityMappings/0/fieldMappings/0/columnName"), Some("user"));
        assert_eq!(at(&query, "tactics/0"), Some("CredentialAccess"));
    }
}

/// An anomaly is one sign of several: it raises an alert, but opens no incident.
#[test]
fn an_anomaly_opens_no_incident() {
    let pack = pack("scheduled", Draft { detection_type: "anomaly", ..Draft::default() });
    let text = text_of(&pack, RULE);
    assert!(
        text.contains("\n  createIncident: false\n") && !text.contains("groupingConfiguration"),
        "{text}"
    );
    assert_eq!(codes(pack.warnings()), ["W1001"]);
    assert!(pack.warnings()[0].message.contains("the suppression is left out"), "{:?}", pack.warnings());
}

#[test]
fn what_has_no_place_is_a_warning() {
    let message = "$user$ $Image$ $dest$ $count$";
    let hash = "entities: [{field: user, type: security_group}]";
    for (draft, said) in [
        (Draft { message: message.to_owned(), ..Draft::default() }, "it shows more than 3 values"),
        (Draft { message: "{{user}} $user$".to_owned(), ..Draft::default() }, "braces could be taken"),
        (Draft { message: format!("{} $user$", "x".repeat(250)), ..Draft::default() }, "longer than 256"),
        (Draft { more: hash.to_owned(), ..Draft::default() }, "the entity `user` is left out"),
        (Draft { description: "x".repeat(4_900), ..Draft::default() }, "beside the description is left out"),
    ] {
        let pack = pack("scheduled", draft);
        assert_eq!(codes(pack.warnings()), ["W1001"], "{said}");
        assert!(
            pack.warnings().iter().any(|warning| warning.message.contains(said)),
            "{:?}",
            pack.warnings()
        );
    }
}
