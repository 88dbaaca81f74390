//! `detc lock`, what `detc check` says about versions, and `detc diff`.

use std::path::Path;
use std::process::Command;

use super::{DETECTION, detc, project, read, streams, write};

fn changed() -> String {
    DETECTION.replace("mimikatz.exe}", "rubeus.exe}")
}

#[test]
fn a_lock_is_written_and_held() {
    let folder = project();
    detc(folder.path()).arg("check").assert().code(0);
    detc(folder.path())
        .arg("lock")
        .assert()
        .code(0)
        .stdout_eq("")
        .stderr_eq("wrote detc.lock: 1 detection\n");
    let first = read(folder.path(), "detc.lock");
    detc(folder.path()).arg("lock").assert().code(0).stderr_eq("detc.lock is up to date\n");
    detc(folder.path()).args(["lock", "--check"]).assert().code(0);
    detc(folder.path()).args(["check", "--strict"]).assert().code(0);

    write(folder.path(), "detections/a.yml", &changed());
    let said = streams(detc(folder.path()).args(["check", "-q"]).assert().code(0).get_output()).0;
    assert!(said.contains("warning[W1002]: the query for sigma has changed since version 1"), "{said}");
    detc(folder.path()).args(["check", "--strict", "-q"]).assert().code(1);
    let refused = detc(folder.path()).arg("lock").assert().code(1);
    assert!(streams(refused.get_output()).1.contains("nothing was written"));
    assert_eq!(read(folder.path(), "detc.lock"), first);

    write(folder.path(), "detections/a.yml", &changed().replace("version: 1", "version: 2"));
    detc(folder.path()).args(["check", "--strict", "-q"]).assert().code(0);
    let behind = detc(folder.path()).args(["lock", "--check"]).assert().code(1);
    behind.stderr_eq("detc.lock is not up to date: run `detc lock`\n");
    assert_eq!(read(folder.path(), "detc.lock"), first, "nothing is written");
    detc(folder.path()).arg("lock").assert().code(0);
    write(folder.path(), "detections/a.yml", &DETECTION.replace("version: 1", "version: 2"));
    detc(folder.path()).args(["lock", "--same-version"]).assert().code(0);
    detc(folder.path()).args(["check", "--strict", "-q"]).assert().code(0);
}

/// The lock is of what is written: an exclusion raises no version.
#[test]
fn an_environment_raises_no_version() {
    let folder = project();
    detc(folder.path()).arg("lock").assert().code(0);
    let environment = "\
detections:
  5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b:
    exclusions:
      - {when: {Image: 'C:\\x.exe'}, owner: the SOC, reason: it is known, expires: 2099-12-31}
";
    write(folder.path(), "environments/here.yml", environment);
    detc(folder.path()).args(["check", "--strict", "--environment", "here"]).assert().code(0);
    detc(folder.path()).args(["lock", "--check", "--environment", "here"]).assert().code(0);
}

#[test]
fn a_foreign_lock_is_a_failure() {
    let folder = project();
    write(folder.path(), "detc.lock", "{}");
    for command in ["check", "lock"] {
        let done = detc(folder.path()).arg(command).assert().code(2);
        assert!(streams(done.get_output()).1.contains("`detc.lock` is not a lock file"));
    }
    assert_eq!(read(folder.path(), "detc.lock"), "{}");
}

#[test]
fn folders_are_compared() {
    let folder = project();
    write(folder.path(), "new/a.yml", &changed().replace("version: 1", "version: 2"));
    let expected = "changed: Suspicious Program (version 1 to 2)\n  sigma: the query has changed\n";
    detc(folder.path()).args(["diff", "detections", "new", "-q"]).assert().code(0).stdout_eq(expected);
    let entry = "### Changed\n\n- Suspicious Program (version 1 to 2): sigma: the query has changed.\n";
    detc(folder.path())
        .args(["diff", "detections", "new", "-q", "--changelog"])
        .assert()
        .code(0)
        .stdout_eq(entry);
    let shown = detc(folder.path()).args(["diff", "detections", "new", "-v"]).assert().code(0);
    let said = streams(shown.get_output()).0;
    assert!(said.contains("mimikatz.exe") && said.contains("rubeus.exe"), "{said}");
    detc(folder.path()).args(["diff", "detections", "detections", "-q"]).assert().code(0).stdout_eq("");
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let done = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .output();
    done.is_ok_and(|done| done.status.success())
}

#[test]
fn revisions_are_compared() {
    let folder = project();
    assert!(git(folder.path(), &["init", "-q"]) && git(folder.path(), &["add", "."]), "git is there");
    assert!(git(folder.path(), &["commit", "-q", "-m", "one"]));
    write(folder.path(), "detections/a.yml", &changed().replace("version: 1", "version: 2"));
    let with_path = || detc(folder.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let expected = "changed: Suspicious Program (version 1 to 2)\n  sigma: the query has changed\n";
    with_path().args(["diff", "HEAD", "detections", "-q"]).assert().code(0).stdout_eq(expected);
    for wrong in ["nowhere", "--output=x"] {
        with_path().args(["diff", "-q", "--", wrong, "detections"]).assert().code(2);
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn packs_are_compared_with_detections() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |value: &str, version: u32| {
        DETECTION
            .replace("test.process", "windows.process_creation")
            .replace("mimikatz.exe}", &format!("{value}}}"))
            .replace("version: 1", &format!("version: {version}"))
            .replace("data_source:", "summarize: {by: [dest]}\ndata_source:")
    };
    write(folder.path(), "detections/a.yml", &of("one.exe", 1));
    detc(folder.path()).args(["pack", "splunk-app", "-q", "-o", "old.zip"]).assert().code(0);
    write(folder.path(), "detections/a.yml", &of("two.exe", 2));
    let expected = "changed: Suspicious Program (version 1 to 2)\n  splunk:escu: the query has changed\n";
    detc(folder.path()).args(["diff", "old.zip", "detections", "-q"]).assert().code(0).stdout_eq(expected);
    detc(folder.path()).args(["pack", "splunk-app", "-q", "-o", "new"]).assert().code(0);
    detc(folder.path()).args(["diff", "old.zip", "new", "-q"]).assert().code(0).stdout_eq(expected);
}
