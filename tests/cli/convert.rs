//! `convert`: rules of others, in bulk.

use serde_json::Value;

use super::{read, streams, write};

/// The program over the embedded catalogue alone.
fn detc(folder: &std::path::Path) -> snapbox::cmd::Command {
    super::detc(folder).env_remove("DETC_DATA_SOURCES")
}

/// A Sigma rule.
const RULE: &str = "\
title: Suspicious Program
id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
status: test
level: high
author: A. Writer
date: 2026-01-31
description: A program that is seldom good news was started.
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: \\mimikatz.exe}
  condition: selection
";

fn rules() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let other = |id: &str, title: &str| RULE.replace("5f0c9a52", id).replace("Suspicious Program", title);
    write(folder.path(), "rules/windows/a.yml", RULE);
    write(
        folder.path(),
        "rules/b.yml",
        &format!("{}---\n{}", other("6f0c9a52", "Two"), other("7f0c9a52", "Three")),
    );
    write(folder.path(), "rules/no_field.yml", &other("8f0c9a52", "Four").replace("Image|", "Nowhere|"));
    write(folder.path(), "rules/no_source.yml", &other("9f0c9a52", "Five").replace("windows", "nowhere"));
    write(
        folder.path(),
        "rules/wrong.yml",
        &other("af0c9a52", "Six").replace("condition: selection", "condition: ("),
    );
    write(folder.path(), "rules/broken.yml", "title: [\n");
    folder
}

#[test]
fn one_rule_for_one_target_is_its_query() {
    let folder = rules();
    let run =
        detc(folder.path()).args(["convert", "rules/windows/a.yml", "-t", "kusto:sentinel"]).assert().code(0);
    let (query, talk) = streams(run.get_output());
    assert!(query.contains("mimikatz.exe") && !query.starts_with("//"), "{query}");
    assert_eq!(talk, "");
    let piped =
        detc(folder.path()).args(["convert", "-", "-t", "kusto:sentinel"]).stdin(RULE).assert().code(0);
    assert_eq!(streams(piped.get_output()).0, query);
}

#[test]
fn a_bad_rule_stops_no_other() {
    let folder = rules();
    let run = detc(folder.path()).args(["convert", "rules", "-t", "splunk"]).assert().code(1);
    let (queries, talk) = streams(run.get_output());
    let heads: Vec<&str> = queries.lines().filter(|line| line.starts_with("```")).collect();
    assert_eq!(
        heads,
        [
            "```Two (6f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b), splunk, exact```",
            "```Three (7f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b), splunk, exact```",
            "```Suspicious Program (5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b), splunk, exact```",
        ]
    );
    assert!(talk.contains("error[E0101]") && talk.contains("error[E0206]"), "{talk}");
    assert!(!talk.contains("error[E0303]"), "refusals are summed up: {talk}");
    for line in [
        "splunk: 7 rules",
        "     3  converted exactly",
        "     2  refused",
        "     2  wrong",
        "     1  E0303: The data source has no such field",
        "            1  `windows.process_creation` has no field `Nowhere`",
        "            1  no data source serves the log source product nowhere, category process_creation",
    ] {
        assert!(talk.lines().any(|said| said == line), "{line}:\n{talk}");
    }
    let all = detc(folder.path()).args(["convert", "rules", "-t", "splunk", "-v"]).assert().code(1);
    assert!(streams(all.get_output()).1.contains("error[E0303]"));
}

#[test]
fn refusals_may_be_expected() {
    let folder = rules();
    std::fs::remove_file(folder.path().join("rules/wrong.yml")).expect("removed");
    std::fs::remove_file(folder.path().join("rules/broken.yml")).expect("removed");
    detc(folder.path()).args(["convert", "rules", "-t", "splunk"]).assert().code(1);
    detc(folder.path()).args(["convert", "rules", "-t", "splunk", "--skip-refused"]).assert().code(0);
}

#[test]
fn machines_get_one_object_a_rule() {
    let folder = rules();
    let run = detc(folder.path())
        .args(["convert", "rules", "-t", "kusto:xdr,splunk", "--format", "ndjson"])
        .assert()
        .code(1);
    let (lines, _) = streams(run.get_output());
    let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len(), 14);
    let find = |file: &str, target: &str| {
        let of = |object: &&Value| object["file"] == file && object["target"] == target;
        objects.iter().find(of).expect("an object").clone()
    };
    let fine = find("rules/windows/a.yml", "splunk");
    assert_eq!(fine["verdict"], "exact");
    assert!(fine["query"].as_str().expect("a query").contains("mimikatz.exe"));
    let refused = find("rules/no_field.yml", "kusto:xdr");
    assert_eq!((&refused["verdict"], &refused["query"]), (&Value::from("refused"), &Value::Null));
    assert_eq!(refused["reasons"][0]["code"], "E0303");
    assert_eq!(find("rules/broken.yml", "splunk")["verdict"], "error");
}

#[test]
fn files_stand_as_the_rules_stand() {
    let folder = rules();
    let args = ["convert", "rules", "-t", "splunk,sigma", "-o", "out"];
    detc(folder.path()).args(args).assert().code(1);
    assert!(read(folder.path(), "out/splunk/windows/a.spl").contains("mimikatz.exe"));
    assert!(read(folder.path(), "out/splunk/b.spl").contains("mimikatz.exe"));
    assert!(read(folder.path(), "out/sigma/b_2.yml").starts_with("title: Three\n"));
    assert!(!folder.path().join("out/splunk/wrong.spl").exists());

    write(folder.path(), "more/windows/a.yml", &RULE.replace("5f0c9a52", "bf0c9a52"));
    let clash = ["convert", "rules", "more", "-t", "splunk", "-o", "clash"];
    let run = detc(folder.path()).args(clash).assert().code(1);
    let talk = streams(run.get_output()).1;
    assert!(
        talk.contains("error[E0905]: another rule is written to `splunk/windows/a.spl` as well"),
        "{talk}"
    );
    assert!(!folder.path().join("clash").exists());
}

#[test]
fn consent_is_given_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let rule = RULE
        .replace("category: process_creation", "service: security")
        .replace(r"Image|endswith: \mimikatz.exe", "EventID: 4624, SubjectUserSid: S-1-5-18");
    write(folder.path(), "a.yml", &rule);
    let run = detc(folder.path()).args(["convert", "a.yml", "-t", "splunk"]).assert().code(1);
    assert!(streams(run.get_output()).1.contains("error[E0504]"));
    let accept =
        ["convert", "a.yml", "-t", "splunk", "--format", "ndjson", "--accept", "resolved-sid=we keep SIDs"];
    let run = detc(folder.path()).args(accept).assert().code(0);
    let object: Value = serde_json::from_str(&streams(run.get_output()).0).expect("JSON");
    assert_eq!(object["verdict"], "narrowed");
    assert_eq!(object["losses"][0]["reason"], "we keep SIDs");
    let run = detc(folder.path()).args(accept).args(["--accept", "resolved-sids"]).assert().code(0);
    assert_eq!(streams(run.get_output()).1, "no rule needed `--accept resolved-sids`\n");
}

#[test]
fn a_data_source_may_be_given() {
    let folder = rules();
    let run = detc(folder.path())
        .args(["convert", "rules/no_source.yml", "-t", "sigma", "--data-source", "windows.process_creation"])
        .assert()
        .code(0);
    assert!(streams(run.get_output()).0.contains("category: process_creation"));
    let run = detc(folder.path())
        .args(["convert", "rules", "-t", "sigma", "--data-source", "windows.process_creatoin"])
        .assert()
        .code(2);
    assert!(streams(run.get_output()).1.contains("did you mean `windows.process_creation`?"));
}

#[test]
fn nothing_to_do_is_no_success() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("empty")).expect("created");
    let run = detc(folder.path()).args(["convert", "empty", "-t", "splunk"]).assert().code(2);
    assert_eq!(streams(run.get_output()).1, "error: no Sigma rule below `empty`\n");
    detc(folder.path()).args(["convert", "rules"]).assert().code(2);
}

#[test]
fn correlations_and_filters_concern_rules_of_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rules/a.yml", &RULE.replace("status:", "name: program\nstatus:"));
    let filter = "title: Not there\nlogsource: {product: windows}\nfilter:\n  rules: [program]\n  \
                  selection: {Image|startswith: 'C:\\fine\\'}\n  condition: not selection\n";
    write(folder.path(), "rules/filter.yml", filter);
    let run = detc(folder.path()).args(["convert", "rules", "-t", "splunk"]).assert().code(0);
    let (query, _) = streams(run.get_output());
    assert!(query.contains("NOT ") && query.contains("fine"), "{query}");
    assert!(!query.starts_with("```"), "the filter is no rule of its own: {query}");
}

#[test]
fn saved_searches_are_a_conf_file() {
    let folder = rules();
    let args = ["convert", "rules/windows", "rules/b.yml", "-t", "splunk", "--format", "savedsearches"];
    let run = detc(folder.path()).args(args).assert().code(0);
    let (text, _) = streams(run.get_output());
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(heads, ["[Two]", "[Three]", "[Suspicious Program]"]);
    assert_eq!(text.matches("\nsearch = ").count(), 3);
    let other = ["convert", "rules", "-t", "kusto:xdr", "--format", "savedsearches"];
    detc(folder.path()).args(other).assert().code(2);
}

#[test]
fn rules_become_detections_of_ones_own() {
    let folder = rules();
    let run = detc(folder.path()).args(["import", "sigma", "rules", "-o", "detections"]).assert().code(1);
    let talk = streams(run.get_output()).1;
    assert!(talk.contains("7 rules") || talk.contains("6 rules"), "{talk}");
    let text = read(folder.path(), "detections/windows/a.yml");
    assert!(
        text.starts_with("id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b\nname: Suspicious Program\nversion: 1\n"),
        "{text}"
    );
    assert!(text.contains("\ndata_source: windows.process_creation\ndetection:\n  selection: {Image|endswith: \\mimikatz.exe}\n"), "{text}");
    detc(folder.path()).args(["compile", "detections", "-t", "splunk"]).assert().code(0);
    let one = detc(folder.path()).args(["import", "sigma", "rules/windows/a.yml"]).assert().code(0);
    assert_eq!(streams(one.get_output()).0, text);
    detc(folder.path()).args(["import", "sigma", "rules"]).assert().code(2);
}
