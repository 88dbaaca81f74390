//! `new`: what it writes must be clean, and must never replace anything.

use std::path::Path;

use super::{detc, read, streams};

const FILE: &str = "detections/o365_odd_name_1.yml";

fn new(folder: &Path, arguments: &[&str]) -> snapbox::cmd::OutputAssert {
    detc(folder).env_remove("DETC_DATA_SOURCES").arg("new").args(arguments).assert()
}

#[test]
fn a_new_detection_passes_check_and_test() {
    let folder = tempfile::tempdir().expect("a folder");
    new(folder.path(), &["O365: \"odd\" name #1"]).code(0).stdout_eq(format!("{FILE}\n"));
    for command in ["check", "test"] {
        let run = detc(folder.path()).env_remove("DETC_DATA_SOURCES").arg(command).assert().code(0);
        run.stdout_eq("");
    }
    let schema = jsonschema::validator_for(&detc::schema::json_schema()).expect("a schema");
    let file = detc::source::SourceFile::new(FILE, read(folder.path(), FILE));
    let mut findings = Vec::new();
    let root = detc::yaml::parse(&file, &mut findings).expect("YAML");
    let value: serde_json::Value = detc::yaml::decode(&file, &root, &mut findings).expect("a value");
    let wrong: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_repository_is_complete_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("README.md"), "mine").expect("written");
    let run = new(folder.path(), &["First Detection", "--repo"]).code(0);
    let (stdout, stderr) = streams(run.get_output());
    assert_eq!(stdout, "detections/first_detection.yml\ndetc.toml\n.github/workflows/detections.yml\n");
    assert!(stderr.starts_with("kept README.md, which is there already\n"), "{stderr}");
    assert_eq!(read(folder.path(), "README.md"), "mine");
    // The configuration is one that detc itself reads.
    let run = detc(folder.path()).env_remove("DETC_DATA_SOURCES").args(["check", "-v"]).assert().code(0);
    assert!(streams(run.get_output()).1.contains("configuration: detc.toml\n"));
    // The same name again.
    new(folder.path(), &["First Detection"])
        .code(2)
        .stdout_eq("")
        .stderr_eq("error: `detections/first_detection.yml` exists already\n  help: choose another name\n");
}

#[test]
fn names_that_cannot_be_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    new(folder.path(), &["…"]).code(2);
    new(folder.path(), &["two\nlines"]).code(2);
    new(folder.path(), &["../../etc/passwd"]).code(0).stdout_eq("detections/etc_passwd.yml\n");
}
