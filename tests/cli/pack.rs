//! `detc pack`: archives, folders, drift, and what is left when it goes wrong.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::{detc, read, streams, write};

/// A detection that every kind of pack takes.
pub(crate) const DETECTION: &str = "\
id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
name: Suspicious Program
version: 1
status: test
type: ttp
severity: medium
author: A. Writer
date: 2026-01-31
description: A program that is seldom good news was started.
asset_type: Endpoint
data_source: windows.process_creation
detection:
  program: {Image|endswith: \\mimikatz.exe}
  condition: program
summarize: {by: [user, dest]}
risk:
  message: $user$ started a bad program on $dest$
  objects: [{field: user, type: user, score: 50}]
tests:
  - name: the program is found
    events: [{Image: 'C:\\Temp\\mimikatz.exe'}]
    expect: {matches: 1}
  - name: another one is not
    events: [{Image: 'C:\\Temp\\calc.exe'}]
    expect: {matches: 0}
";

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "detections/a.yml", DETECTION);
    folder
}

/// Every file and folder below, with `/` at the end of a folder.
pub(crate) fn listing(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("listed") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("below").display().to_string();
            if path.is_dir() {
                all.insert(format!("{name}/"));
                open.push(path);
            } else {
                all.insert(name);
            }
        }
    }
    all
}

#[test]
fn the_same_input_gives_the_same_archive() {
    let (one, two) = (project(), project());
    for name in ["app.tar.gz", "app.zip"] {
        for (folder, zone) in [(&one, "UTC"), (&two, "Asia/Kathmandu")] {
            detc(folder.path())
                .args(["pack", "splunk-app", "-o", name])
                .env("TZ", zone)
                .assert()
                .code(0)
                .stdout_eq("")
                .stderr_eq(format!("wrote {name}: splunk-app of 1 detection, 8 files\n"));
        }
        let bytes = |folder: &tempfile::TempDir| fs::read(folder.path().join(name)).expect("read");
        assert_eq!(bytes(&one), bytes(&two), "{name}");
    }
}

#[test]
fn a_folder_holds_the_same_files_and_loses_what_is_gone() {
    let folder = project();
    let pack = |id: &str| {
        detc(folder.path())
            .args(["pack", "contentctl", "-q", "-o", "out"])
            .args(["--id", id])
            .assert()
            .code(0)
    };
    pack("acme");
    let first = listing(&folder.path().join("out"));
    assert!(
        first.contains("detections/suspicious_program.yml") && first.contains("detc.manifest"),
        "{first:?}"
    );
    write(folder.path(), "out/mine.txt", "not detc's");
    write(
        folder.path(),
        "detections/a.yml",
        &DETECTION.replace("name: Suspicious Program", "name: Other Program"),
    );
    pack("acme");
    let second = listing(&folder.path().join("out"));
    assert!(!second.contains("detections/suspicious_program.yml"), "{second:?}");
    assert!(second.contains("detections/other_program.yml") && second.contains("mine.txt"), "{second:?}");
}

#[test]
fn drift_is_found_in_archives_and_folders() {
    let folder = project();
    let pack = |out: &str| detc(folder.path()).args(["pack", "splunk-app", "-q", "-o", out]).assert().code(0);
    let check = |out: &str| detc(folder.path()).args(["pack", "--check", out]).assert();
    for out in ["app.spl", "app.zip", "out"] {
        pack(out);
        check(out).code(0).stdout_eq("").stderr_eq(format!("checked {out}: no findings\n"));
    }
    // The first word after --check is a path, not a kind.
    detc(folder.path()).args(["pack", "--check", "out", "detections"]).assert().code(0);

    write(folder.path(), "out/detc_detections/local/app.conf", "[ui]\n");
    let found = check("out").code(1);
    assert!(
        streams(found.get_output()).0.contains("error[E1012]: orphaned: `detc_detections/local/app.conf`")
    );

    write(folder.path(), "detections/a.yml", &DETECTION.replace("version: 1", "version: 2"));
    let found = check("app.zip").code(1);
    let said = streams(found.get_output()).0;
    assert!(said.contains("error[E1010]: stale: `Suspicious Program`"), "{said}");
    assert!(said.contains("version 1 is now 2"), "{said}");
    // The options stand in the manifest: a pack with another name has not drifted for that.
    detc(folder.path())
        .args(["pack", "splunk-app", "-q", "-o", "b.zip", "--id", "other_name", "--pack-version", "2.0.0"])
        .assert()
        .code(0);
    check("b.zip").code(0);
}

/// A list that is looked up comes along: its definition, its table, and its name in the manifest.
#[test]
fn a_list_comes_along_with_its_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("detections/exchange/exchange_mailbox_full_access_granted.yml"))
        .expect("read");
    write(folder.path(), "detections/a.yml", &text);
    detc(folder.path()).args(["pack", "splunk-app", "-q", "-o", "app"]).assert().code(0);
    detc(folder.path()).args(["pack", "contentctl", "-q", "-o", "project"]).assert().code(0);
    let transforms = read(folder.path(), "app/detc_detections/default/transforms.conf");
    assert!(
        transforms.contains("[maintenance_accounts]\nfilename = maintenance_accounts.csv\n"),
        "{transforms}"
    );
    let table = read(folder.path(), "app/detc_detections/lookups/maintenance_accounts.csv");
    assert!(table.starts_with("account,purpose\n"), "{table}");
    assert_eq!(read(folder.path(), "project/lookups/maintenance_accounts.csv"), table);
    let manifest = read(folder.path(), "app/detc_detections/detc.manifest");
    assert!(manifest.contains("\"lists\": [\n        \"maintenance_accounts\""), "{manifest}");
}

#[test]
fn what_is_no_pack_is_said() {
    let folder = project();
    write(folder.path(), "empty/readme.txt", "x");
    let found = detc(folder.path()).args(["pack", "--check", "empty"]).assert().code(1);
    assert!(streams(found.get_output()).0.contains("error[E1014]: the pack has no `detc.manifest`"));
    write(folder.path(), "no.zip", "PK but no archive");
    detc(folder.path()).args(["pack", "--check", "no.zip"]).assert().code(2);
    detc(folder.path()).args(["pack", "--check", "nowhere"]).assert().code(2);
}

#[test]
fn usage_that_cannot_be_carried_out() {
    let folder = project();
    let fails = |arguments: &[&str], said: &str| {
        let done = detc(folder.path()).arg("pack").args(arguments).assert().code(2);
        let talk = streams(done.get_output()).1;
        assert!(talk.contains(said), "{arguments:?}: {talk}");
    };
    fails(&["splunk-ap", "-o", "x.zip"], "did you mean `splunk-app`?");
    fails(&["splunk-app"], "--output");
    fails(&["splunk-app", "-o", "x.zip", "-t", "sigma"], "cannot hold queries for `sigma`");
    fails(&["splunk-app", "-o", "x.zip", "--format", "6"], "it has one only");
    fails(&["contentctl", "-o", "x.zip", "--format", "7"], "the formats are 5, 6");
    fails(&["splunk-app", "-o", "x.zip", "--id", "../x"], "the id of a pack");
    fails(&["splunk-app", "-o", "x.zip", "--pack-version", "1"], "1.2.3");
    write(folder.path(), "detc.toml", "[pack]\nid = \"a b\"\n");
    fails(&["splunk-app", "-o", "x.zip"], "the id of a pack");
    assert!(!folder.path().join("x.zip").exists());
}

#[test]
fn the_configuration_names_the_pack() {
    let folder = project();
    write(folder.path(), "detc.toml", "[pack]\nid = \"acme\"\nlabel = \"ACME Rules\"\nversion = \"3.2.1\"\n");
    detc(folder.path()).args(["pack", "splunk-app", "-q", "-o", "out"]).assert().code(0);
    let app = read(folder.path(), "out/acme/default/app.conf");
    assert!(app.contains("\nlabel = ACME Rules\n") && app.contains("\nversion = 3.2.1\n"), "{app}");
}

#[test]
fn a_finding_writes_nothing() {
    let folder = project();
    let broken = DETECTION.replace("name: Suspicious Program", "name: Suspicious [Program]");
    write(folder.path(), "detections/a.yml", &broken);
    write(folder.path(), "old.zip", "old");
    for out in ["old.zip", "out"] {
        let done = detc(folder.path()).args(["pack", "splunk-app", "-o", out]).assert().code(1);
        let talk = streams(done.get_output()).1;
        assert!(talk.contains("error[E1002]") && talk.contains("nothing was written"), "{talk}");
    }
    assert_eq!(read(folder.path(), "old.zip"), "old");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn what_a_profile_refuses_is_left_out_only_by_consent() {
    let folder = project();
    let other = DETECTION
        .replace("5f0c9a52", "6f0c9a52")
        .replace("Suspicious Program", "Dump Rights")
        .replace("windows.process_creation", "windows.process_access")
        .replace("Image|endswith", "TargetImage|endswith")
        .replace("Image: '", "TargetImage: '")
        .replace("[user, dest]", "[dest]")
        .replace("$user$", "Somebody")
        .replace("{field: user, type: user", "{field: dest, type: system");
    write(folder.path(), "detections/b.yml", &other);
    let pack = || {
        let mut command = detc(folder.path());
        command = command.args(["pack", "splunk-app", "-t", "splunk:cim", "-o", "out"]);
        command
    };
    let refused = pack().assert().code(1);
    assert!(streams(refused.get_output()).1.contains("error[E0502]"));
    pack().arg("-s").assert().code(0);
    let manifest = read(folder.path(), "out/detc_detections/detc.manifest");
    assert!(manifest.contains("\"verdict\": \"refused\""), "{manifest}");
    detc(folder.path()).args(["pack", "--check", "out"]).assert().code(0);
}

/// A file stands where a folder is needed: nobody can write there, whoever runs this.
#[test]
fn a_place_that_cannot_be_written_stays_as_it_was() {
    let folder = project();
    write(folder.path(), "blocked", "a file");
    for out in ["blocked/app.zip", "blocked/out"] {
        detc(folder.path()).args(["pack", "splunk-app", "-o", out]).assert().code(2);
    }
    assert_eq!(read(folder.path(), "blocked"), "a file");
}

/// Root may write everywhere: then only the test above says something.
#[cfg(unix)]
#[test]
fn an_unwritable_folder_stays_as_it_was() {
    use std::os::unix::fs::PermissionsExt;

    let folder = project();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("created");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("closed");
    if fs::write(closed.join("probe"), "").is_ok() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this user may write into folders that are closed");
        return;
    }
    for out in ["closed/app.zip", "closed/out"] {
        let done = detc(folder.path()).args(["pack", "splunk-app", "-o", out]).assert().code(2);
        assert!(streams(done.get_output()).1.contains("permission denied"));
    }
    assert!(listing(&closed).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = project();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("full.zip")).expect("linked");
    let done = detc(folder.path()).args(["pack", "splunk-app", "-o", "full.zip"]).assert().code(2);
    let talk = streams(done.get_output()).1;
    assert!(talk.contains("error: cannot write `full.zip`"), "{talk}");
    assert!(folder.path().join("full.zip").is_symlink(), "the link is still one");
}

/// Killed at many moments, a run leaves either the old file or the new one, never a part.
#[cfg(unix)]
#[test]
fn a_killed_run_leaves_a_whole_file() {
    let folder = project();
    let pack = || {
        let mut command = std::process::Command::new(snapbox::cmd::cargo_bin("detc"));
        command.current_dir(folder.path()).args(["pack", "splunk-app", "-q", "-o", "app.zip"]);
        command
    };
    assert!(pack().status().expect("ran").success());
    let whole = fs::read(folder.path().join("app.zip")).expect("read");
    for milliseconds in 0..40 {
        let mut child = pack().spawn().expect("started");
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("ended");
        assert_eq!(fs::read(folder.path().join("app.zip")).expect("read"), whole);
    }
}
