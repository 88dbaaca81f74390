//! The contentctl project: each expectation follows from the detection and from contentctl's own models.

use super::fixture::{Draft, codes, pack_of, text_of};
use crate::diagnostics::Diagnostic;
use crate::packs::Pack;

fn project(format: &str, draft: Draft) -> Result<Pack, Vec<Diagnostic>> {
    pack_of("contentctl", None, format, &[draft])
}

fn lines_in(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(text.lines().any(|found| found == *line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn a_detection_of_format_5() {
    let pack = project("5", Draft::default()).expect("a project");
    let text = text_of(&pack, "detections/suspicious_program.yml");
    lines_in(
        text,
        &[
            "name: Suspicious Program",
            "id: 00000000-0000-4000-8000-000000000001",
            "version: 1",
            "date: '2026-01-31'",
            "status: production",
            "type: TTP",
            "  message: '$user$ started $Image$ on $dest$'",
            "    - field: user",
            "      score: 70",
            "    - field: Image",
            "      type: process",
            "  analytic_story:",
            "    - Bad Programs",
            "  asset_type: Endpoint",
            "    - T1003.001",
            "    period: '86400s'",
            "    cron_schedule: '0 * * * *'",
            "      enabled: true",
        ],
    );
    assert!(text.contains("%original_detection_search% | search user=\"$user$\" dest=\"$dest$\""), "{text}");
    for file in [
        "contentctl.yml",
        "macros/sysmon.yml",
        "macros/security_content_ctime.yml",
        "data_sources/windows_process_creation.yml",
        "stories/bad_programs.yml",
        "deployments/default_ttp.yml",
        "lookups/keep",
    ] {
        assert!(pack.files().contains_key(file), "{file}");
    }
}

/// A finding is about one entity: the first user. The others are intermediate findings.
#[test]
fn a_detection_of_format_6() {
    let pack = project("6", Draft::default()).expect("a project");
    let text = text_of(&pack, "detections/endpoint/suspicious_program.yml");
    lines_in(
        text,
        &[
            "modification_date: '2026-01-31'",
            "  title: '$user$ started $Image$ on $dest$'",
            "    field: user",
            "    score: 70",
            "    - field: dest",
            "      type: system",
            "category: endpoint",
            "security_domain: endpoint",
        ],
    );
    assert!(!text.contains("custom_schedule") && !text.contains("rba:") && !text.contains("tags:"), "{text}");
    assert!(!pack.files().keys().any(|name| name.starts_with("deployments/")));
    let warnings = pack.warnings();
    assert_eq!(codes(warnings), ["W1001"], "the suppression has no place: {warnings:?}");

    let anomaly = Draft {
        detection_type: "anomaly",
        more: "schedule: {every: 4h, lookback: 4h}".to_owned(),
        ..Draft::default()
    };
    let pack = project("6", anomaly).expect("a project");
    let text = text_of(&pack, "detections/endpoint/suspicious_program.yml");
    assert!(!text.contains("\nfinding:"), "{text}");
    lines_in(
        text,
        &["    - field: user", "    - field: dest", "custom_schedule:", "  cron_schedule: '0 */4 * * *'"],
    );
}

#[test]
fn what_contentctl_refuses_is_a_finding() {
    let double = Draft::named(1, "Two -- Hyphens");
    let long = Draft::named(1, &"x".repeat(68));
    let raw = Draft {
        more: "raw: {'splunk:escu': {query: 'index=a user dest Image', reason: a test}}".to_owned(),
        ..Draft::default()
    };
    for (draft, said) in [
        (double, "the filter macro must be `two____hyphens_filter`"),
        (long, "a name has at most 67 characters"),
        (raw, "a search must call the filter macro"),
    ] {
        let findings = project("5", draft).expect_err("refused");
        assert_eq!(codes(&findings), ["E1008"]);
        assert!(findings.iter().any(|finding| finding.message.contains(said)), "{findings:?}");
    }
}

#[test]
fn what_the_format_cannot_carry_is_a_warning() {
    let pack = project("5", Draft { detection_type: "hunting", ..Draft::default() }).expect("a project");
    assert!(pack.warnings()[0].message.contains("the risk is left out"), "{:?}", pack.warnings());
    assert!(!text_of(&pack, "detections/suspicious_program.yml").contains("rba:\n  message"));
    let pack = project("5", Draft { detection_type: "correlation", ..Draft::default() }).expect("a project");
    assert_eq!(pack.warnings().len(), 1, "a correlation's severity is high, as here");
}
