//! ARM templates, and what Microsoft Sentinel refuses: each expectation follows from the detection and from Microsoft's
//! documentation.

use serde_json::{Value, json};

use super::fixture::{Draft, codes, pack_detections, pack_of, resolve, text_of};
use crate::diagnostics::Diagnostic;
use crate::packs::Pack;

fn sentinel(draft: Draft) -> Result<Pack, Vec<Diagnostic>> {
    pack_of("sentinel", None, "scheduled", &[draft])
}

pub(super) fn template(pack: &Pack, name: &str) -> Value {
    serde_json::from_str(text_of(pack, name)).expect("JSON")
}

#[test]
fn a_rule_is_a_resource_of_the_workspace() {
    let pack = sentinel(Draft::default()).expect("a pack");
    let whole = template(&pack, "AnalyticsRules/suspicious_program.json");
    assert_eq!(whole["contentVersion"], "1.0.0.0");
    assert_eq!(whole["parameters"]["workspace"]["type"], "String");
    let resource = &whole["resources"][0];
    assert_eq!(resource["type"], "Microsoft.OperationalInsights/workspaces/providers/alertRules");
    assert_eq!(
        resource["name"],
        "[concat(parameters('workspace'),'/Microsoft.SecurityInsights/00000000-0000-4000-8000-000000000001')]"
    );
    assert_eq!(resource["kind"], "Scheduled");
    let rule = &resource["properties"];
    for (key, expected) in [
        ("displayName", json!("Suspicious Program")),
        ("severity", json!("High")),
        ("enabled", json!(true)),
        ("queryFrequency", json!("PT1H")),
        ("queryPeriod", json!("PT70M")),
        ("triggerOperator", json!("GreaterThan")),
        ("triggerThreshold", json!(0)),
        ("suppressionEnabled", json!(false)),
        ("tactics", json!(["CredentialAccess"])),
        ("techniques", json!(["T1003"])),
        ("subTechniques", json!(["T1003.001"])),
        ("customDetails", json!({"user": "user", "dest": "dest", "EventCount": "count_"})),
    ] {
        assert_eq!(rule[key], expected, "{key}");
    }
    let grouping = &rule["incidentConfiguration"]["groupingConfiguration"];
    assert_eq!(grouping["lookbackDuration"], "P1D");
    assert_eq!(grouping["groupByCustomDetails"], json!(["user", "dest"]));
    // The same rule again, for the portal.
    let import = template(&pack, "Import/acme_detections-01.json");
    assert_eq!(import["contentVersion"], "1.2.3.0");
    assert_eq!(import["resources"], whole["resources"]);
    let configuration = template(&pack, "sentinel-deployment.config");
    assert_eq!(configuration["excludecontentfiles"], json!(["Import/acme_detections-01.json"]));
}

#[test]
fn a_hunting_query_is_a_saved_search() {
    let pack = sentinel(Draft { detection_type: "hunting", ..Draft::default() }).expect("a pack");
    let resource = template(&pack, "HuntingQueries/suspicious_program.json")["resources"][0].clone();
    assert_eq!(resource["type"], "Microsoft.OperationalInsights/workspaces/savedSearches");
    assert_eq!(resource["name"], "[concat(parameters('workspace'),'/00000000-0000-4000-8000-000000000001')]");
    assert_eq!(resource["etag"], "*");
    assert_eq!(resource["properties"]["category"], "Hunting Queries");
    let tags = &resource["properties"]["tags"];
    assert_eq!(tags[1], json!({"name": "tactics", "value": "CredentialAccess"}));
    assert_eq!(tags[2], json!({"name": "techniques", "value": "T1003.001"}));
    assert!(!pack.files().keys().any(|name| name.starts_with("Import/")), "there is no rule to import");
}

/// Azure evaluates a text in brackets, unless the first one is doubled.
#[test]
fn no_text_is_an_expression() {
    let draft = Draft {
        name: "[resourceGroup().id]".to_owned(),
        message: "[concat('a', 'b')]".to_owned(),
        ..Draft::default()
    };
    let pack = sentinel(draft).expect("a pack");
    let name = pack.files().keys().find(|name| name.starts_with("AnalyticsRules/")).expect("a rule");
    let rule = &template(&pack, name)["resources"][0]["properties"];
    assert_eq!(rule["displayName"], "[[resourceGroup().id]");
    assert_eq!(rule["alertDetailsOverride"]["alertDisplayNameFormat"], "[[concat('a', 'b')]");
}

#[test]
fn the_portal_imports_fifty_rules_at_once() {
    let drafts: Vec<Draft> = (1..=51).map(|id| Draft::named(id, &format!("Rule {id}"))).collect();
    let pack = pack_of("sentinel", None, "scheduled", &drafts).expect("a pack");
    let count = |name| template(&pack, name)["resources"].as_array().map(Vec::len);
    assert_eq!(count("Import/acme_detections-01.json"), Some(50));
    assert_eq!(count("Import/acme_detections-02.json"), Some(1));
    let findings = pack_of("sentinel", None, "nrt", &drafts).expect_err("too many");
    assert_eq!(codes(&findings), ["E1023"]);
    assert!(findings[0].message.contains("takes 50 near-real-time rules, not 51"), "{findings:?}");
}

#[test]
fn schedules_beyond_sentinel_are_refused() {
    for (schedule, said) in [
        ("{every: 4m, lookback: 1h}", "a rule cannot run every 4m"),
        ("{every: 15d, lookback: 15d}", "a rule cannot run every 15d"),
        ("{every: 90s, lookback: 10m}", "a rule cannot run every 90s"),
        ("{every: 1h, lookback: 15d}", "a rule cannot look back for 15d"),
        ("{every: 1h, lookback: 30m}", "a rule that runs every 1h cannot look back for 30m"),
        ("{every: 30m, lookback: 2d}", "a rule that looks back for 2d cannot run every 30m"),
    ] {
        let findings = sentinel(Draft { more: format!("schedule: {schedule}"), ..Draft::default() });
        let findings = findings.expect_err(schedule);
        assert_eq!(codes(&findings), ["E1020"]);
        assert!(findings.iter().any(|finding| finding.message.contains(said)), "{said}: {findings:?}");
    }
}

#[test]
fn a_column_that_the_query_does_not_return_is_refused() {
    let query = |query: &str| Draft {
        more: format!("raw: {{'kusto:sentinel': {{query: '{query}', reason: a test}}}}"),
        ..Draft::default()
    };
    let findings = sentinel(query("Event | project User, dest, Image // user")).expect_err("refused");
    assert_eq!(codes(&findings), ["E1021"]);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].message.contains("does not return a column for `user`"), "{findings:?}");
    let pack = sentinel(query("Event | project user, dest, Image")).expect("a pack");
    let rule = &template(&pack, "AnalyticsRules/suspicious_program.json")["resources"][0]["properties"];
    assert_eq!(rule["query"], "Event | project user, dest, Image");
    assert_eq!(rule["customDetails"], json!({"user": "user", "dest": "dest"}), "nothing counts here");
}

#[test]
fn limits_are_findings() {
    let fields = [
        "CommandLine",
        "ParentImage",
        "ParentCommandLine",
        "Product",
        "Company",
        "Description",
        "Hashes",
        "Computer",
    ];
    let entities = fields.map(|field| format!("{{field: {field}, type: file}}")).join(", ");
    let many = Draft { more: format!("entities: [{entities}]"), ..Draft::default() };
    let raw = |query: String| Draft {
        more: format!("raw: {{'kusto:sentinel': {{query: '{query}', reason: a test}}}}"),
        ..Draft::default()
    };
    let long = format!("Event | project user, dest, Image | where user != \"{}\"", "x".repeat(10_000));
    for (draft, said) in [
        (Draft { name: "x".repeat(257), ..Draft::default() }, "a name has at most 256 characters"),
        (
            Draft { description: "x".repeat(5_001), ..Draft::default() },
            "a description has at most 5000 characters, not 5001",
        ),
        (raw(long), "a query has at most 10000 characters"),
        (raw("union * | project user, dest, Image".to_owned()), "a rule must not hold `union *`"),
        (many, "a rule maps at most 10 entities, not 11"),
    ] {
        let text = match draft.resolve() {
            // Without a summary, all of the event's own fields are there.
            Err(_) => draft.text_without_summary(),
            Ok(_) => draft.text(),
        };
        let detection = resolve("detections/limits.yml", &text).expect("a sound detection");
        let findings = pack_detections("sentinel", None, "scheduled", &[detection]).expect_err(said);
        assert!(codes(&findings).contains(&"E1022"), "{findings:?}");
        assert!(findings.iter().any(|finding| finding.message.contains(said)), "{said}: {findings:?}");
    }
}

#[test]
fn incidents_stay_open_for_seven_days_at_most() {
    let text = Draft::default().text().replace("for: 1d", "for: 8d");
    let detection = resolve("detections/long.yml", &text).expect("a sound detection");
    let findings = pack_detections("sentinel", None, "scheduled", &[detection]).expect_err("too long");
    assert_eq!(codes(&findings), ["E1022"]);
    assert!(findings[0].message.contains("alerts cannot join an incident for 8d"), "{findings:?}");
}

/// A correlation without a schedule looks back for its window and for the time since the run before.
#[test]
fn a_correlation_is_given_the_time_that_it_needs() {
    let text = "id: 00000000-0000-4000-8000-000000000009
name: Many Programs
version: 1
status: test
type: correlation
severity: low
author: A. Writer
date: 2026-01-31
description: Many programs were started.
data_source: windows.process_creation
detection:
  program: {Image|endswith: .exe}
  condition: program
correlation: {event_count: {group_by: [Computer], window: 3h, condition: {gte: 10}}}
";
    let detection = resolve("detections/many.yml", text).unwrap_or_else(|found| panic!("{found:?}"));
    for format in ["scheduled", "nrt"] {
        let pack =
            pack_detections("sentinel", None, format, std::slice::from_ref(&detection)).expect("a pack");
        let resource = &template(&pack, "AnalyticsRules/many_programs.json")["resources"][0];
        assert_eq!(resource["kind"], "Scheduled");
        assert_eq!(resource["properties"]["queryFrequency"], "PT1H");
        assert_eq!(resource["properties"]["queryPeriod"], "PT4H");
        assert_eq!(resource["properties"]["enabled"], false, "it is no more than a test");
        assert_eq!(resource["properties"]["incidentConfiguration"], json!({"createIncident": true}));
    }
}
