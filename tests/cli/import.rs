//! `import escu`: Splunk's security content as detections of one's own.

use super::{read, streams, write};

/// The program over the embedded catalogue alone.
fn detc(folder: &std::path::Path) -> snapbox::cmd::Command {
    super::detc(folder).env_remove("DETC_DATA_SOURCES")
}

/// What every version of the format has.
fn head(id: &str, name: &str, search: &str) -> String {
    format!(
        "name: {name}\nid: {id}\nversion: 3\ndate: '2025-02-03'\nauthor: A. Writer\nstatus: production\ntype: TTP\n\
         description: Shadow copies were deleted.\ndata_source: [Sysmon EventID 1]\nhow_to_implement: Collect process events.\n\
         known_false_positives: Backup software.\nreferences: [https://example.com/a]\nsearch: {search}\n"
    )
}

const NEUTRAL: &str = "'`sysmon` EventCode=1 Image=\"*\\\\vssadmin.exe\" CommandLine=\"*delete*\" | fillnull | stats count by dest user \
     | `shadow_copies_filter`'";

const RAW: &str =
    "'`sysmon` EventCode=1 | eventstats count as total by dest | where total > 5 | `counted_filter`'";

const VERSION_4: &str = "tags:\n  analytic_story: [Ransomware]\n  asset_type: Endpoint\n  confidence: 90\n  impact: 90\n  \
     message: $user$ deleted shadow copies on $dest$\n  mitre_attack_id: [T1490]\n  observable:\n  \
     - {name: dest, type: Endpoint, role: [Victim]}\n  product: [Splunk Enterprise]\n  risk_score: 81\n  security_domain: endpoint\n";

const VERSION_5: &str = "rba:\n  message: $user$ did it on $dest$\n  risk_objects: [{field: dest, type: system, score: 64}]\n  \
     threat_objects: []\ntags: {analytic_story: [Ransomware], asset_type: Endpoint, mitre_attack_id: [T1490], security_domain: endpoint}\n";

const VERSION_6: &str = "creation_date: 2024-01-01\nmodification_date: 2026-05-06\n\
     finding: {title: $user$ did it on $dest$, entity: {field: dest, type: system, score: 64}}\n\
     analytic_story: [Ransomware]\nasset_type: Endpoint\nmitre_attack_id: [T1490]\nsecurity_domain: endpoint\n";

fn content() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let detection = |id: &str, name: &str, search: &str, rest: &str| {
        head(&format!("{id}-7d0e-4c1b-8f6a-2b9d3e4c5a6b"), name, search) + rest
    };
    for (path, text) in [
        ("content/detections/endpoint/four.yml", detection("4f0c9a52", "Four", NEUTRAL, VERSION_4)),
        ("content/detections/endpoint/five.yml", detection("5f0c9a52", "Five", NEUTRAL, VERSION_5)),
        ("content/detections/cloud/six.yml", detection("6f0c9a52", "Six", NEUTRAL, VERSION_6)),
        ("content/detections/endpoint/counted.yml", detection("7f0c9a52", "Counted", RAW, VERSION_5)),
        (
            "content/macros/sysmon.yml",
            "name: sysmon\ndefinition: sourcetype=xmlwineventlog\ndescription: x\n".to_owned(),
        ),
        ("content/stories/ransomware.yml", "name: Ransomware\ndescription: x\n".to_owned()),
    ] {
        write(folder.path(), path, &text);
    }
    folder
}

#[test]
fn all_versions_of_the_format_become_detections_that_pass() {
    let folder = content();
    let run = detc(folder.path()).args(["import", "escu", "content", "-o", "out"]).assert().code(0);
    let (artefact, talk) = streams(run.get_output());
    assert_eq!(artefact, "");
    let expected = "wrote 4 detections to out: 4 new or changed\n4 detections\n     3  neutral\n     \
         1  with the search as it is, under `raw`\n            1  the command … (`eventstats`)\n     0  not imported\n\
         --verbose shows each search that stays as it is, with the reason\n";
    assert_eq!(talk, expected);
    let four = read(folder.path(), "out/detections/endpoint/four.yml");
    assert!(four.contains("score: 81") && four.contains("#   product: Splunk Enterprise\n"), "{four}");
    assert!(read(folder.path(), "out/detections/endpoint/five.yml").contains("score: 64"));
    assert!(read(folder.path(), "out/detections/cloud/six.yml").contains("date: 2026-05-06\n"));
    let counted = read(folder.path(), "out/detections/endpoint/counted.yml");
    for part in [
        "\nraw:\n  splunk:escu:\n    query: '`sysmon`",
        "reason: 'the command `eventstats`'\n",
        "{field: dest, type: system, score: 64}",
    ] {
        assert!(counted.contains(part), "{part} in\n{counted}");
    }

    // Without tests each of the neutral ones is warned of; a raw one cannot have any.
    let run = detc(folder.path()).args(["check", "out"]).assert().code(0);
    let (said, talk) = streams(run.get_output());
    assert_eq!(said.matches("warning[W0601]").count(), 3, "{said}");
    assert!(talk.starts_with("checked 4 files: 3 warnings"), "{talk}");
    let run = detc(folder.path()).args(["test", "out", "-q"]).assert().code(0);
    assert_eq!(streams(run.get_output()).0, "");

    write(folder.path(), "event.json", "{\"Image\": \"a\"}");
    let run = detc(folder.path())
        .args(["explain", "out/detections/endpoint/counted.yml", "--event", "event.json"])
        .assert()
        .code(1);
    assert!(streams(run.get_output()).1.contains("error[E0952]"), "{:?}", run.get_output());

    // The search is the author's, for the one profile.
    let one = ["compile", "out/detections/endpoint/counted.yml", "-t"];
    let run = detc(folder.path()).args(one).arg("splunk:escu").assert().code(0);
    let (query, _) = streams(run.get_output());
    assert_eq!(query, format!("{}\n", RAW.trim_matches('\'')));
    let run = detc(folder.path()).args(one).arg("kusto:xdr").assert().code(1);
    let (query, talk) = streams(run.get_output());
    assert_eq!(query, "");
    assert!(talk.contains("error[E0950]: kusto:xdr:"), "{talk}");
    let run = detc(folder.path()).args(&one[..2]).args(["--all-targets", "-o", "all"]).assert().code(0);
    assert!(streams(run.get_output()).1.contains("1 raw, 6 refused"), "{:?}", run.get_output());
    assert!(read(folder.path(), "all/splunk-escu/counted.spl").contains("eventstats"));
}

#[test]
fn packs_take_raw_detections_for_their_profile() {
    let folder = content();
    detc(folder.path()).args(["import", "escu", "content", "-o", "out"]).assert().code(0);
    let args = ["out/detections/endpoint/counted.yml", "-o", "packed"];
    detc(folder.path()).args(["pack", "splunk-app"]).args(args).assert().code(0);
    let stanzas = read(folder.path(), "packed/detc_detections/default/savedsearches.conf");
    assert!(stanzas.contains("eventstats count as total by dest | where total > 5"), "{stanzas}");
    assert!(stanzas.contains(r#""risk_object_field":"dest""#), "{stanzas}");
    // contentctl wants two drilldowns, and every field of a message in the search.
    let counted = read(folder.path(), "out/detections/endpoint/counted.yml");
    let counted =
        counted.replace("$user$ did it on $dest$", "$dest$").replace("\nraw:", "drilldowns: default\n\nraw:");
    write(folder.path(), "out/detections/endpoint/counted.yml", &counted);
    let args = ["out/detections/endpoint/counted.yml", "-o", "project"];
    detc(folder.path()).args(["pack", "contentctl"]).args(args).assert().code(0);
    let run =
        detc(folder.path()).args(["pack", "sigma"]).args(&args[..1]).args(["-o", "rules"]).assert().code(1);
    assert!(streams(run.get_output()).1.contains("error[E0950]: sigma:"));
}

#[test]
fn what_cannot_be_read_is_said_and_stops_no_other() {
    let folder = content();
    let wrong = head("8f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b", "Wrong", NEUTRAL);
    write(folder.path(), "content/detections/broken.yml", "name: [\n");
    write(
        folder.path(),
        "content/detections/status.yml",
        &(wrong.replace("production", "perhaps") + VERSION_5),
    );
    write(
        folder.path(),
        "content/detections/search.yml",
        &(wrong.replace("search: '", "search: ['").replace("_filter`'", "_filter`']") + VERSION_5),
    );
    write(folder.path(), "content/detections/id.yml", &(wrong.replace("8f0c9a52-", "x") + VERSION_5));
    let run = detc(folder.path()).args(["import", "escu", "content", "-o", "out"]).assert().code(1);
    let (_, talk) = streams(run.get_output());
    for (code, file) in
        [("E0101", "broken.yml"), ("E0920", "status.yml"), ("E0920", "search.yml"), ("E0920", "id.yml")]
    {
        let found = talk.split("error[").any(|said| said.starts_with(code) && said.contains(file));
        assert!(found, "{code} for {file}:\n{talk}");
    }
    for line in
        ["7 detections", "     3  neutral", "     3  not imported", "     1  file that cannot be read"]
    {
        assert!(talk.lines().any(|said| said == line), "{line}:\n{talk}");
    }
    assert!(read(folder.path(), "out/detections/endpoint/four.yml").starts_with("# Imported"));
    assert!(!folder.path().join("out/detections/status.yml").exists());
}

#[test]
fn hostile_names_stay_names() {
    let folder = content();
    let hostile = |name: &str, id: &str| {
        let quoted = serde_json::Value::from(name).to_string();
        head(id, &quoted, NEUTRAL) + VERSION_5
    };
    write(
        folder.path(),
        "content/detections/CON.yml",
        &hostile("../../x: | delete", "9f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b"),
    );
    write(
        folder.path(),
        "content/detections/dots...yml",
        &hostile("# 'a' \"b\"\nsearch: x", "af0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b"),
    );
    detc(folder.path()).args(["import", "escu", "content", "-o", "out"]).assert().code(0);
    let names: Vec<String> = std::fs::read_dir(folder.path().join("out/detections"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.iter().all(|name| !name.eq_ignore_ascii_case("con.yml") && !name.contains("..")),
        "{names:?}"
    );
    assert_eq!(names.len(), 4, "{names:?}");
    detc(folder.path()).args(["check", "out"]).assert().code(0);
}

#[test]
fn files_of_others_are_not_replaced() {
    let folder = content();
    write(folder.path(), "out/detections/endpoint/four.yml", "mine\n");
    detc(folder.path()).args(["import", "escu", "content", "-o", "out"]).assert().code(2);
    assert_eq!(read(folder.path(), "out/detections/endpoint/four.yml"), "mine\n");
    assert!(!folder.path().join("out/detections/cloud/six.yml").exists());
}
