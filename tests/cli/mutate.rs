//! `test --mutate`: which mistakes no test notices, and their explanations.

use serde_json::Value;

use super::{DETECTION, detc, project, streams, write};

/// Exit code and streams.
fn mutate(folder: &tempfile::TempDir, more: &[&str]) -> (Option<i32>, String, String) {
    let run = detc(folder.path()).args(["test", "--mutate"]).args(more).output().expect("it runs");
    let (out, talk) = streams(&run);
    (run.status.code(), out, talk)
}

/// The test detection with tests that notice everything.
fn noticed() -> String {
    DETECTION.replace("\\Temp\\mimikatz.exe", "\\Temp\\MIMIKATZ.exe").replace("calc.exe", "mimikatz.exe.bak")
}

#[test]
fn a_mistake_that_no_test_notices_is_a_finding() {
    let folder = project();
    let (code, out, talk) = mutate(&folder, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(out.matches("error[E1222]").count(), 2, "{out}");
    for part in [
        "for sigma with `Image|contains` in place of `Image|endswith`",
        "for sigma with `Image|endswith|cased` in place of `Image|endswith`",
        "--> detections/a.yml: sigma:",
        "= help: add a test with a value at the edge",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    // The ending, its value, its case, and the condition turned round.
    assert!(talk.contains("4 mutants of 1 query: 2 noticed, 0 explained, 2 not noticed"), "{talk}");
    write(folder.path(), "detections/a.yml", &noticed());
    let (code, out, talk) = mutate(&folder, &["-t", "sigma"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    assert!(talk.contains("4 mutants of 1 query: 4 noticed"), "{talk}");
}

#[test]
fn what_is_explained_is_no_finding() {
    let folder = project();
    let own = "mutants: [{change: case, near: endswith, reason: file names have no case}]\ntests:";
    write(folder.path(), "detections/a.yml", &DETECTION.replace("tests:", own));
    let general = "[[mutants]]\ntarget = \"sigma\"\nchange = \"operator\"\nreason = \"a copy is as bad\"\n";
    write(folder.path(), "detc.toml", general);
    let (code, out, talk) = mutate(&folder, &["-v"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    assert!(talk.contains("2 noticed, 2 explained, 0 not noticed"), "{talk}");
    assert!(talk.contains("in place of `Image|endswith`: file names have no case\n"), "{talk}");
    assert!(talk.contains("in place of `Image|endswith`: a copy is as bad\n"), "{talk}");
    for (of, explained) in [("Image|endswith", 2), ("endswith", 1)] {
        let general =
            format!("[[mutants]]\nchange = \"operator\"\nof = \"{of}\"\nreason = \"a copy is as bad\"\n");
        write(folder.path(), "detc.toml", &general);
        let (_, _, talk) = mutate(&folder, &[]);
        assert!(talk.contains(&format!("2 noticed, {explained} explained")), "{of}: {talk}");
    }
}

#[test]
fn an_explanation_of_nothing_is_a_warning() {
    let folder = project();
    write(folder.path(), "detections/a.yml", &noticed());
    write(folder.path(), "detc.toml", "[[mutants]]\nchange = \"key\"\nreason = \"because\"\n");
    let (code, out, _) = mutate(&folder, &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("warning[W1220]") && out.contains("--> detc.toml:1:1"), "{out}");
    let (_, out, _) = mutate(&folder, &["detections/a.yml"]);
    assert_eq!(out, "", "of a part of the detections nothing is said");
}

#[test]
fn a_wrong_configuration_is_refused() {
    let folder = project();
    for (text, message) in [
        ("change = \"casing\"\nreason = \"x\"", "detc.toml:1:1: there is no kind of change `casing`"),
        ("target = \"splonk\"\nreason = \"x\"", "detc.toml:1:1: there is no target `splonk`"),
        ("change = \"case\"\nreason = \" \"", "detc.toml:1:1: the reason is empty"),
        ("change = \"case\"", "missing field `reason`"),
        ("chnage = \"case\"\nreason = \"x\"", "unknown field `chnage`"),
    ] {
        write(folder.path(), "detc.toml", &format!("[[mutants]]\n{text}\n"));
        let (code, _, talk) = mutate(&folder, &[]);
        assert_eq!(code, Some(2), "{talk}");
        assert!(talk.contains(message), "{message}\n{talk}");
    }
}

#[test]
fn programs_read_the_survivors_as_records() {
    let folder = project();
    let (_, out, _) = mutate(&folder, &["--message-format", "json"]);
    let records: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let record = records.iter().find(|record| record["type"] == "mutants").expect("a record");
    assert_eq!((&record["target"], &record["mutants"]), (&"sigma".into(), &4.into()));
    let survivors = record["survivors"].as_array().expect("a list");
    assert_eq!(survivors.len(), 2);
    assert_eq!(survivors[0]["change"], "operator");
    assert_eq!(survivors[0]["replacement"], "Image|contains");
    assert_eq!(survivors[0]["reason"], Value::Null);
}

#[test]
fn a_query_that_cannot_be_run_is_said() {
    let folder = project();
    let raw = "raw: {splunk: {query: 'index=main | cluster t=0.9', reason: similar lines}}\ntests:";
    write(folder.path(), "detections/a.yml", &DETECTION.replace("tests:", raw));
    let (code, out, _) = mutate(&folder, &["-t", "splunk"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[E1224]: the query for splunk cannot be run over the tests"), "{out}");
}

#[test]
fn what_is_not_changed_is_said() {
    let folder = project();
    write(folder.path(), "detections/a.yml", &noticed());
    let (code, out, talk) = mutate(&folder, &["--filter", "no such name"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(talk.contains("no test matches `no such name`"), "{talk}");
    // The source of the test is bound to Sigma alone: the other targets refuse it.
    let (code, _, talk) = mutate(&folder, &[]);
    assert_eq!(code, Some(0), "{talk}");
    assert!(
        talk.contains("4 mutants of 1 query: 4 noticed, 0 explained, 0 not noticed; 6 refused"),
        "{talk}"
    );
}
