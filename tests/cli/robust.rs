//! What is left when a run that writes is stopped: by a full disk, an interrupt, or a kill; and by names that were made
//! to leave the output folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::pack::{DETECTION, listing};
use super::{detc, read, streams, write};

/// So many detections that writing takes a moment.
fn large() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..24 {
        let text = DETECTION
            .replace("5f0c9a52", &format!("{number:08x}"))
            .replace("Suspicious Program", &format!("Suspicious Program {number}"));
        write(folder.path(), &format!("detections/{number}.yml"), &text);
    }
    folder
}

fn temporaries(names: &BTreeSet<String>) -> Vec<&String> {
    names.iter().filter(|name| name.contains(".detc-")).collect()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(snapbox::cmd::cargo_bin("detc"));
    command.current_dir(folder).args(arguments).stderr(Stdio::null()).stdout(Stdio::null());
    command
}

/// A limit on the size of files is a disk that is full after so many bytes: writing fails with an error.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_leaves_what_was_there() {
    let folder = large();
    let folder = folder.path();
    write(folder, "old.zip", "old");
    detc(folder).args(["pack", "splunk-app", "-q", "-o", "there"]).assert().code(0);
    let before = listing(folder);
    let app = read(folder, "there/detc_detections/default/savedsearches.conf");
    let program = snapbox::cmd::cargo_bin("detc");
    for out in ["old.zip", "new.tar.gz", "there", "new"] {
        let script = format!(
            "trap '' XFSZ; ulimit -f 1; exec '{}' pack splunk-app -o {out} --label 'Other Label'",
            program.display()
        );
        let done = Command::new("bash").current_dir(folder).args(["-c", &script]).output().expect("bash");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{out}: {said}");
        assert!(said.contains(&format!("error: cannot write `{out}`")), "{said}");
        assert_eq!(listing(folder), before, "{out}");
    }
    assert_eq!(read(folder, "old.zip"), "old");
    assert_eq!(read(folder, "there/detc_detections/default/savedsearches.conf"), app);
}

/// At whatever moment it comes: no temporary stays, an archive is whole, and a folder is all old or all new.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    let folder = large();
    let folder = folder.path();
    let pack =
        |out: &str, label: &str| ["pack", "contentctl", "-q", "-o", out, "--label", label].map(str::to_owned);
    let run = |out: &str, label: &str| {
        let arguments = pack(out, label);
        command(folder, &arguments.each_ref().map(String::as_str))
    };
    for out in ["there", "a.zip"] {
        assert!(run(out, "The First").status().expect("ran").success());
    }
    let mut stopped = 0;
    for (round, signal) in ["-INT", "-TERM", "-HUP"].into_iter().cycle().take(18).enumerate() {
        let out = ["there", "a.zip", "new"][round / 3 % 3];
        let mut child =
            run(out, if round % 2 == 0 { "The Second" } else { "The First" }).spawn().expect("started");
        std::thread::sleep(Duration::from_millis(round as u64 * 7));
        // It may have ended by itself.
        let _ = Command::new("kill").arg(signal).arg(child.id().to_string()).stderr(Stdio::null()).status();
        let status = child.wait().expect("ended");
        stopped += u32::from(!status.success());
        let names = listing(folder);
        assert!(temporaries(&names).is_empty(), "{signal}: {names:?}");
        detc(folder).args(["pack", "--check", "there"]).assert().code(0);
        detc(folder).args(["pack", "--check", "a.zip"]).assert().code(0);
        if folder.join("new").exists() {
            detc(folder).args(["pack", "--check", "new"]).assert().code(0);
            fs::remove_dir_all(folder.join("new")).expect("removed");
        }
    }
    assert!(stopped > 0, "no run was stopped");
}

/// What only a kill leaves goes with a later run.
#[test]
fn what_a_kill_leaves_goes_later() {
    let folder = large();
    let folder = folder.path();
    let old = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    write(folder, ".detc-writing-abcdef", "half");
    let file = fs::File::options().write(true).open(folder.join(".detc-writing-abcdef")).expect("opened");
    file.set_modified(old).expect("set");
    write(folder, ".detc-writing-fedcba", "of a run that still goes on");
    detc(folder).args(["pack", "splunk-app", "-q", "-o", "app.zip"]).assert().code(0);
    let names = listing(folder);
    assert_eq!(temporaries(&names), [".detc-writing-fedcba"]);
}

/// Names that were made to leave the folder, or that a system takes for something else.
#[test]
fn names_stay_in_the_output_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let names =
        ["../../x", "CON", "Trailing dots...", "..", "C:\\x", "a/b", "NUL.txt", "x\u{202e}y", "/etc/passwd"];
    let mut sound = 0;
    for name in names {
        let quoted = serde_json::Value::from(name).to_string();
        write(folder, "work/detections/a.yml", &DETECTION.replace("Suspicious Program", &quoted));
        let work = folder.join("work");
        for (kind, out) in
            [("splunk-app", "out"), ("contentctl", "out"), ("sigma", "out"), ("sigma", "out.zip")]
        {
            let done = detc(&work).args(["pack", kind, "-q", "-o", out]).output().expect("ran");
            let talk = streams(&done).1;
            assert!(matches!(done.status.code(), Some(0 | 1)), "{name}: {talk}");
            sound += u32::from(done.status.success());
        }
        let beside: Vec<String> =
            listing(folder).into_iter().filter(|name| !name.starts_with("work/")).collect();
        assert!(beside.is_empty(), "{name}: {beside:?}");
        let inside = listing(&work);
        let own = |name: &&String| name.starts_with("out") || name.starts_with("detections");
        assert!(inside.iter().all(|name| own(&name)), "{name}: {inside:?}");
        for file in inside.iter().filter(|name| name.starts_with("out/")) {
            let parts = file.trim_end_matches('/').split('/');
            for part in parts {
                let stem = part.split('.').next().unwrap_or_default().to_lowercase();
                assert!(
                    !["con", "nul", ".."].contains(&stem.as_str()) && !part.ends_with('.'),
                    "{name}: {file}"
                );
            }
        }
        let _ = fs::remove_dir_all(work.join("out"));
        let _ = fs::remove_file(work.join("out.zip"));
    }
    assert!(sound > 0, "all were refused");
}
