//! Custom detections of Defender: each expectation follows from the detection and from Microsoft's documentation.

use serde_json::{Value, json};

use super::fixture::{Draft, codes, pack_detections, pack_of, resolve, text_of};
use crate::diagnostics::Diagnostic;
use crate::packs::Pack;

const RULE: &str = "DetectionRules/suspicious_program.json";

fn defender(draft: Draft) -> Result<Pack, Vec<Diagnostic>> {
    pack_of("defender", None, "", &[draft])
}

fn rule(pack: &Pack, name: &str) -> Value {
    serde_json::from_str(text_of(pack, name)).expect("JSON")
}

fn said(findings: &[Diagnostic], text: &str) -> bool {
    findings.iter().any(|finding| finding.message.contains(text))
}

#[test]
fn a_rule_carries_the_detection() {
    let pack = defender(Draft::default()).expect("a pack");
    let rule = rule(&pack, RULE);
    assert_eq!(rule["id"], "00000000-0000-4000-8000-000000000001");
    assert_eq!(rule["displayName"], "Suspicious Program");
    assert_eq!(rule["status"], "enabled");
    // Every hour looks back for four: 70 minutes are within.
    assert_eq!(rule["schedule"], json!({"frequency": "PT1H"}));
    let alert = &rule["detectionAction"]["alertTemplate"];
    assert_eq!(alert["severity"], "high");
    assert_eq!(alert["description"], "A program that is seldom good news was started.");
    assert_eq!(
        alert["recommendedActions"],
        "False positives: Administrators at work.\n\
         How to implement: Collect process creation.\n\
         Analytic stories: Bad Programs\n\
         References: https://attack.mitre.org/techniques/T1003/001/"
    );
    assert_eq!(
        alert["entityMappings"],
        json!({"hosts": [{"deviceIdColumn": "DeviceId"}, {"nameColumn": "dest"}]})
    );
    assert_eq!(
        alert["tactics"],
        json!([{"tactic": "CredentialAccess", "techniques": [{"technique": "T1003", "subTechniques": ["T1003.001"]}]}])
    );
    assert_eq!(alert["customDetails"]["user"], "user");
    assert_eq!(alert["customDetails"]["Image"], "Image");
    let warnings = pack.warnings();
    assert_eq!(codes(warnings), ["W1001"]);
    assert!(said(warnings, "the entity `user` is left out"), "a name alone is no account: {warnings:?}");
    assert!(said(warnings, "the suppression is left out"), "{warnings:?}");
}

#[test]
fn a_hunting_query_is_a_query() {
    let pack = defender(Draft { detection_type: "hunting", ..Draft::default() }).expect("a pack");
    assert!(text_of(&pack, "HuntingQueries/suspicious_program.kql").starts_with("DeviceProcessEvents\n"));
    assert!(!pack.files().contains_key(RULE));
}

#[test]
fn a_rule_runs_as_often_as_defender_can() {
    for (schedule, expected, warned) in [
        ("{every: 15m, lookback: 1h}", json!({"frequency": "PT1H"}), Some("every 1h instead of 15m")),
        ("{every: 2h, lookback: 4h}", json!({"frequency": "PT1H"}), Some("every 1h instead of 2h")),
        ("{every: 3h, lookback: 12h}", json!({"frequency": "PT3H"}), None),
        ("{every: 12h, lookback: 3d}", json!({"frequency": "PT12H", "lookback": "P3D"}), None),
        ("{every: 1h, lookback: 8d}", json!({"frequency": "PT1H", "lookback": "P8D"}), None),
        ("{every: 7d, lookback: 30d}", json!({"frequency": "P1D"}), Some("every 1d instead of 7d")),
    ] {
        let pack =
            defender(Draft { more: format!("schedule: {schedule}"), ..Draft::default() }).expect(schedule);
        assert_eq!(rule(&pack, RULE)["schedule"], expected, "{schedule}");
        let runs = pack.warnings().iter().find(|warning| warning.message.contains("the rule runs"));
        assert_eq!(runs.is_some(), warned.is_some(), "{schedule}: {runs:?}");
        assert!(warned.is_none_or(|text| said(pack.warnings(), text)), "{schedule}: {runs:?}");
    }
    for schedule in ["{every: 1d, lookback: 31d}", "{every: 1h, lookback: 3601s}"] {
        let findings = defender(Draft { more: format!("schedule: {schedule}"), ..Draft::default() })
            .expect_err(schedule);
        assert_eq!(codes(&findings), ["E1020"], "{findings:?}");
    }
}

#[test]
fn limits_are_findings() {
    for (draft, text) in [
        (Draft { name: "x".repeat(121), ..Draft::default() }, "a title has at most 120 characters"),
        (
            Draft { description: "x".repeat(601), ..Draft::default() },
            "a description has at most 600 characters, not 601",
        ),
        (Draft { name: "{{user}}".to_owned(), ..Draft::default() }, "the title holds `{{`"),
        (Draft { description: "{{user}}".to_owned(), ..Draft::default() }, "the description holds `{{`"),
    ] {
        let findings = defender(draft).expect_err(text);
        assert_eq!(codes(&findings), ["E1022"]);
        assert!(said(&findings, text), "{findings:?}");
    }
    let text = Draft::default().text().replace("attack: [T1003.001]\n", "");
    let detection = resolve("detections/x.yml", &text).expect("a sound detection");
    let findings = pack_detections("defender", None, "", &[detection]).expect_err("no tactic");
    assert_eq!(codes(&findings), ["E1022"]);
    assert!(said(&findings, "a custom detection has one tactic"), "{findings:?}");
}

/// T1003.001 is of one tactic; T1098 is of two others, T1136 of one of those.
#[test]
fn the_tactic_of_most_techniques_is_the_one() {
    let text =
        Draft::default().text().replace("attack: [T1003.001]", "attack: [T1003.001, T1136.001, T1098]");
    let detection = resolve("detections/x.yml", &text).expect("a sound detection");
    let pack = pack_detections("defender", None, "", &[detection]).expect("a pack");
    let tactics = &rule(&pack, RULE)["detectionAction"]["alertTemplate"]["tactics"];
    assert_eq!(
        *tactics,
        json!([{"tactic": "Persistence", "techniques": [
            {"technique": "T1136", "subTechniques": ["T1136.001"]},
            {"technique": "T1098", "subTechniques": []}
        ]}])
    );
    assert!(said(pack.warnings(), "the technique T1003.001 is left out"), "{:?}", pack.warnings());
}

#[test]
fn raw_queries_return_what_an_alert_needs() {
    let raw = |query: &str| Draft {
        more: format!("raw: {{'kusto:xdr': {{query: '{query}', reason: a test}}}}"),
        ..Draft::default()
    };
    let findings = defender(raw("DeviceEvents | project user, dest, Image, DeviceId")).expect_err("no event");
    assert_eq!(codes(&findings), ["E1025"]);
    assert!(
        said(&findings, "does not return `Timestamp`") && said(&findings, "does not return `ReportId`"),
        "{findings:?}"
    );
    let pack = defender(raw("DeviceEvents | project Timestamp, ReportId, user, dest, Image, DeviceId"))
        .expect("a pack");
    let hosts = &rule(&pack, RULE)["detectionAction"]["alertTemplate"]["entityMappings"]["hosts"];
    assert_eq!(*hosts, json!([{"deviceIdColumn": "DeviceId"}, {"nameColumn": "dest"}]));
}

#[test]
fn a_rule_is_about_something() {
    let query = "CloudAppEvents | project Timestamp, ReportId, user, dest, Image";
    let text = Draft {
        more: format!("raw: {{'kusto:xdr': {{query: '{query}', reason: a test}}}}"),
        ..Draft::default()
    }
    .text()
    .replace(
        "{field: user, type: user, score: 70}, {field: dest, type: system, score: 70}",
        "{field: dest, type: other, score: 70}",
    )
    .replace("windows.process_creation", "web.proxy")
    .replace("Image|endswith", "c-uri|endswith")
    .replace("[user, dest, Image]", "[user, dest]")
    .replace("  threat_objects: [{field: Image, type: process}]\n", "")
    .replace("$user$ started $Image$ on $dest$", "$user$ on $dest$");
    let detection = resolve("detections/x.yml", &text).unwrap_or_else(|found| panic!("{found:?}"));
    let findings = pack_detections("defender", None, "", &[detection]).expect_err("about nothing");
    assert_eq!(codes(&findings), ["E1026"], "{findings:?}");
}
