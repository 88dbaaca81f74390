//! `compile`: streams, trees, verdicts.

use serde_json::Value;

use super::{DETECTION, detc, elsewhere, project, read, streams, write};

#[test]
fn one_detection_for_one_target_is_the_query_and_nothing_else() {
    let folder = project();
    let run = detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(0).stderr_eq("");
    let (query, _) = streams(run.get_output());
    assert!(query.starts_with("title: Suspicious Program\nid: 5f0c9a52-"), "{query}");
    let from_stdin =
        detc(folder.path()).args(["compile", "-", "-t", "sigma"]).stdin(DETECTION).assert().code(0);
    assert_eq!(streams(from_stdin.get_output()).0, query);
}

#[test]
fn several_are_set_apart_by_comments() {
    let folder = project();
    let second = DETECTION.replace("5f0c9a52", "6f0c9a52").replace("Suspicious Program", "Another Program");
    write(folder.path(), "detections/b.yml", &second);
    let run = detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(0);
    let (stdout, stderr) = streams(run.get_output());
    assert!(stdout.starts_with("---\n# suspicious_program, sigma, exact\ntitle: "), "{stdout}");
    assert!(stdout.contains("\n---\n# another_program, sigma, exact\ntitle: "), "{stdout}");
    assert_eq!(
        stderr,
        "detection           sigma\nsuspicious_program  exact\nanother_program     exact\n2 exact\n"
    );
}

#[test]
fn refusals_are_errors_for_named_targets_and_facts_for_all() {
    let folder = project();
    write(folder.path(), "detections/b.yml", &elsewhere());
    let run = detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(1);
    let (stdout, stderr) = streams(run.get_output());
    assert!(stdout.contains("title: Suspicious Program"), "the other one is still written: {stdout}");
    assert!(stderr.starts_with("error[E0502]: sigma: "), "{stderr}");
    assert!(stderr.contains("\nprogram_elsewhere   refused\n"), "{stderr}");

    let run = detc(folder.path()).args(["compile", "-t", "sigma", "-s"]).assert().code(0);
    let (_, stderr) = streams(run.get_output());
    assert!(stderr.contains("\nprogram_elsewhere: refused by sigma: the data source `test.elsewhere` does not exist there [E0502]\n"), "{stderr}");
    detc(folder.path()).args(["compile", "--all-targets"]).assert().code(0);
    detc(folder.path()).args(["compile", "--all-targets", "--strict"]).assert().code(1);
}

#[test]
fn verdicts_are_there_for_machines() {
    let folder = project();
    write(folder.path(), "detections/b.yml", &elsewhere());
    let run = detc(folder.path())
        .args(["compile", "--all-targets", "-q", "--message-format", "json", "detections/b.yml"])
        .assert()
        .code(0);
    let (_, stderr) = streams(run.get_output());
    let objects: Vec<Value> =
        stderr.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let sigma = objects.iter().find(|object| object["target"] == "sigma").expect("a verdict");
    assert_eq!((&sigma["type"], &sigma["verdict"]), (&"verdict".into(), &"refused".into()));
    assert_eq!(sigma["codes"], serde_json::json!(["E0502"]));
}

#[test]
fn accepted_losses_are_listed() {
    let folder = project();
    let lossy = DETECTION.replace("Image|endswith: \\mimikatz.exe", "CommandLine|contains: sekurlsa")
        + "accept: [{target: sigma, loss: partly-filled, reason: audited here}]\n";
    let lossy = lossy.replace("{Image: 'C:\\Temp\\mimikatz.exe'}", "{CommandLine: sekurlsa}");
    write(folder.path(), "detections/a.yml", &lossy);
    let run = detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(0);
    assert_eq!(
        streams(run.get_output()).1,
        "suspicious_program: sigma: narrowed by `partly-filled` on `CommandLine`: the field is empty unless the \
         audit policy includes it; accepted: audited here\n"
    );
}

#[test]
fn a_tree_is_written_and_held_against_the_detections() {
    let folder = project();
    let compile =
        |more: &[&str]| detc(folder.path()).args(["compile", "-t", "sigma", "-o", "out"]).args(more).assert();
    compile(&["--check"]).code(1);
    assert!(!folder.path().join("out").exists(), "--check writes nothing");

    compile(&[]).code(0).stdout_eq("").stderr_eq("wrote 1 file to out: 1 new or changed\n");
    let query = read(folder.path(), "out/sigma/suspicious_program.yml");
    let alone = detc(folder.path()).args(["compile", "-t", "sigma"]).assert();
    assert_eq!(streams(alone.get_output()).0, query);
    compile(&["--check"]).code(0).stdout_eq("").stderr_eq("");
    compile(&[]).code(0).stderr_eq("wrote 1 file to out: 0 new or changed\n");

    write(folder.path(), "detections/a.yml", &DETECTION.replace("severity: medium", "severity: high"));
    let run = compile(&["--check"]).code(1);
    let (diff, talk) = streams(run.get_output());
    assert!(
        diff.starts_with("--- out/sigma/suspicious_program.yml\n+++ out/sigma/suspicious_program.yml\n@@ "),
        "{diff}"
    );
    assert!(diff.contains("\n-level: medium\n+level: high\n"), "{diff}");
    assert_eq!(talk, "out: 1 file out of date; the same command without --check writes them\n");
    assert_eq!(read(folder.path(), "out/sigma/suspicious_program.yml"), query, "--check writes nothing");
}

#[test]
fn left_overs_are_named_and_pruned_when_asked_for() {
    let folder = project();
    let compile =
        |more: &[&str]| detc(folder.path()).args(["compile", "-t", "sigma", "-o", "out"]).args(more).assert();
    compile(&[]).code(0);
    write(folder.path(), "detections/a.yml", &DETECTION.replace("Suspicious Program", "Renamed Program"));
    compile(&[]).code(0).stderr_eq(
        "left over from an earlier run: sigma/suspicious_program.yml\nwrote 1 file to out: 1 new or changed\n",
    );
    compile(&["--check"]).code(0);
    compile(&["--check", "--prune"]).code(1);
    compile(&["--prune"]).code(0);
    assert!(!folder.path().join("out/sigma/suspicious_program.yml").exists());
    compile(&["--check", "--prune"]).code(0);
}

#[test]
fn nothing_is_written_when_anything_is_wrong() {
    let folder = project();
    write(folder.path(), "detections/b.yml", "id: x\n");
    let run = detc(folder.path()).args(["compile", "-t", "sigma", "-o", "out"]).assert().code(1);
    assert!(streams(run.get_output()).1.contains("nothing was written\n"));
    assert!(!folder.path().join("out").exists());
    write(folder.path(), "out/sigma/suspicious_program.yml", "by hand");
    detc(folder.path())
        .args(["compile", "-t", "sigma", "-o", "out", "detections/a.yml"])
        .assert()
        .code(2)
        .stderr_eq(
            "error: `out/sigma/suspicious_program.yml` was not written by detc
  help: move it away, or give another folder with -o; nothing was written\n",
        );
    assert_eq!(read(folder.path(), "out/sigma/suspicious_program.yml"), "by hand");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure() {
    let folder = project();
    write(folder.path(), "file", "");
    let run = detc(folder.path()).args(["compile", "-t", "sigma", "-o", "file/out"]).assert().code(2);
    let (_, stderr) = streams(run.get_output());
    assert!(stderr.starts_with("error: cannot "), "{stderr}");
    detc(folder.path()).args(["compile", "-t", "sigma", "-o", "file"]).assert().code(2);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_a_failure() {
    use std::os::unix::fs::PermissionsExt;
    let folder = project();
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).expect("created");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).expect("locked");
    // The superuser may write everywhere; then there is nothing to see.
    if std::fs::write(locked.join("probe"), "").is_ok() {
        return;
    }
    detc(folder.path())
        .args(["compile", "-t", "sigma", "-o", "locked/out"])
        .assert()
        .code(2)
        .stderr_eq("error: cannot write `locked/out`: permission denied\n");
}
