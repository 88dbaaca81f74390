//! `check` and `test`: what is found, in every format.

use serde_json::Value;

use super::{DETECTION, detc, elsewhere, project, streams, write};

/// A folder with a detection that is wrong in two places, one that is fine, and one whose test fails.
fn wrong() -> tempfile::TempDir {
    let folder = project();
    let bad = elsewhere().replace("severity: medium", "severity: fatal").replace("Image|", "Imag|");
    write(folder.path(), "detections/b.yml", &bad);
    let failing = DETECTION
        .replace("5f0c9a52", "7f0c9a52")
        .replace("Suspicious Program", "A <\"failing\"> & odd one")
        .replace("matches: 1", "matches: 2");
    write(folder.path(), "detections/sub/c.yml", &failing);
    folder
}

#[test]
fn findings_go_to_stdout_and_the_summary_to_stderr() {
    let folder = wrong();
    let run = detc(folder.path()).arg("check").assert().code(1);
    let (stdout, stderr) = streams(run.get_output());
    assert_eq!(stdout.matches("error[").count(), 2, "{stdout}");
    assert!(stdout.contains(" --> detections/b.yml:6:11\n"), "{stdout}");
    assert_eq!(stderr, "checked 3 files: 2 errors\n`detc explain E0204` says more about a code\n");
}

#[test]
fn tests_are_run_counted_and_filtered() {
    let folder = wrong();
    std::fs::remove_file(folder.path().join("detections/b.yml")).expect("removed");
    let run = detc(folder.path()).arg("test").assert().code(1);
    let (stdout, stderr) = streams(run.get_output());
    assert_eq!(stdout.matches("error[E0601]").count(), 1, "{stdout}");
    assert!(stderr.starts_with("3 of 4 tests passed\n"), "{stderr}");
    let filtered = |text: &str| detc(folder.path()).args(["test", "--filter", text]).assert();
    for filter in ["SUSPICIOUS", "another one"] {
        let run = filtered(filter).code(0);
        let (_, stderr) = streams(run.get_output());
        assert!(stderr.starts_with("2 of 2 tests passed\n"), "{stderr}");
    }
    filtered("odd one").code(1);
    filtered("zebra").code(2).stdout_eq("");
    detc(folder.path()).args(["test", "detections/a.yml"]).assert().code(0).stdout_eq("");
}

#[test]
fn detections_with_errors_are_not_taken_for_tested() {
    let folder = wrong();
    let run = detc(folder.path()).args(["test", "detections/a.yml", "detections/b.yml"]).assert().code(1);
    let (_, stderr) = streams(run.get_output());
    assert!(stderr.starts_with("2 of 2 tests passed; 1 file with errors, not tested\n"), "{stderr}");
}

#[test]
fn json_is_one_object_a_line() {
    let folder = wrong();
    let run = detc(folder.path()).args(["test", "--message-format", "json"]).assert().code(1);
    let (stdout, _) = streams(run.get_output());
    let objects: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let of_type = |name: &str| objects.iter().filter(|object| object["type"] == name).count();
    assert_eq!((of_type("finding"), of_type("test")), (3, 4), "{stdout}");
    let first = &objects[0];
    assert_eq!(first["code"], "E0204");
    assert_eq!(first["severity"], "error");
    let place = &first["places"][0];
    assert_eq!(place["file"], "detections/b.yml");
    assert_eq!((&place["line"], &place["column"], &place["end_column"]), (&6.into(), &11.into(), &16.into()));
    let failed = objects.iter().filter(|object| object["type"] == "test" && object["passed"] == false);
    assert_eq!(failed.map(|object| object["test"].clone()).collect::<Vec<_>>(), ["the program is found"]);
}

#[test]
fn sarif_names_rules_and_places() {
    let folder = wrong();
    let run = detc(folder.path()).args(["check", "--message-format", "sarif"]).assert().code(1);
    let (stdout, _) = streams(run.get_output());
    let document: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "detections/b.yml");
        assert!(place["region"]["startLine"].as_u64().expect("a line") > 0);
    }
    let clean = detc(folder.path()).args(["check", "detections/a.yml", "--message-format", "sarif"]).assert();
    let document: Value = serde_json::from_str(&streams(clean.code(0).get_output()).0).expect("JSON");
    assert_eq!(document["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn junit_has_a_case_a_test() {
    let folder = wrong();
    let run = detc(folder.path()).args(["test", "--message-format", "junit"]).assert().code(1);
    let (stdout, _) = streams(run.get_output());
    assert!(stdout.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"detc\" tests=\"9\" failures=\"2\">\n"), "{stdout}");
    assert!(
        stdout.contains("<testsuite name=\"detections/sub/c.yml\" tests=\"4\" failures=\"1\">"),
        "{stdout}"
    );
    assert!(
        stdout.contains("<testcase classname=\"detections/a.yml\" name=\"the program is found\"/>"),
        "{stdout}"
    );
    assert_eq!(stdout.matches("<failure ").count(), stdout.matches("</failure>").count());
    let check = detc(folder.path()).args(["check", "--message-format", "junit"]).assert().code(1);
    assert!(streams(check.get_output()).0.contains("tests=\"3\" failures=\"1\""));
}

#[test]
fn github_annotates_lines() {
    let folder = wrong();
    let run = detc(folder.path()).args(["check", "--message-format", "github"]).assert().code(1);
    let (stdout, _) = streams(run.get_output());
    let first = stdout.lines().next().expect("a line");
    assert!(
        first.starts_with(
            "::error file=detections/b.yml,line=6,endLine=6,col=11,endColumn=16,title=E0204::`fatal` is"
        ),
        "{first}"
    );
    assert_eq!(stdout.lines().count(), 2);
}

#[test]
fn what_a_target_refuses_is_an_error_only_if_it_is_named() {
    let folder = project();
    write(folder.path(), "detections/b.yml", &elsewhere());
    detc(folder.path()).arg("check").assert().code(0);
    let run = detc(folder.path()).args(["check", "-t", "sigma"]).assert().code(1);
    assert!(streams(run.get_output()).0.starts_with("error[E0502]: sigma: "));
}

#[test]
fn files_are_reported_in_order_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["z.yml", "a.yml", "m/b.yaml"] {
        write(folder.path(), name, "id: 1\n");
    }
    write(folder.path(), "notes.txt", "no detection");
    let run = detc(folder.path()).args(["check", "z.yml", ".", "a.yml"]).assert().code(1);
    let (stdout, stderr) = streams(run.get_output());
    assert!(stderr.starts_with("checked 3 files: "), "{stderr}");
    let places =
        ["a.yml:1:5", "m/b.yaml:1:5", "z.yml:1:5"].map(|place| stdout.find(place).expect("reported"));
    assert!(places.is_sorted(), "{stdout}");
}
