//! `test --watch`: the same run after a change.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use snapbox::cmd::cargo_bin;

use super::{DETECTION, detc, project, streams, write};

/// A run that goes on, and goes with the test.
struct Watching {
    child: Child,
    talk: Receiver<String>,
}

impl Watching {
    fn start(folder: &std::path::Path) -> Self {
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics/data_sources");
        let mut child = Command::new(cargo_bin("detc"))
            .env_clear()
            .env("DETC_DATA_SOURCES", sources)
            .current_dir(folder)
            .args(["test", "--watch"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("a stream")).lines();
        let (sender, talk) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, talk }
    }

    /// Reads what it says until a line holds this.
    fn until(&self, part: &str) {
        let mut said = Vec::new();
        while let Ok(line) = self.talk.recv_timeout(Duration::from_secs(60)) {
            if line.contains(part) {
                return;
            }
            said.push(line);
        }
        panic!("it never says `{part}`, but {said:#?}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_change_of_a_detection_or_of_its_events_is_tested() {
    let folder = project();
    let watching = Watching::start(folder.path());
    watching.until("2 of 2 tests passed");
    watching.until("waiting for a change");

    write(folder.path(), "detections/a.yml", &DETECTION.replace("matches: 0", "matches: 1"));
    watching.until("1 of 2 tests passed");
    watching.until("waiting for a change");

    // As editors do: a new file takes the place of the old one.
    let of_file = DETECTION.replace("events: [{Image: 'C:\\Temp\\mimikatz.exe'}]", "file: a.ndjson");
    write(folder.path(), "detections/new.tmp", &of_file);
    write(folder.path(), "detections/a.ndjson", "{\"Image\": \"C:\\\\mimikatz.exe\"}\n");
    std::fs::rename(folder.path().join("detections/new.tmp"), folder.path().join("detections/a.yml"))
        .expect("renamed");
    watching.until("2 of 2 tests passed");
    watching.until("waiting for a change");

    write(folder.path(), "detections/a.ndjson", "{\"Image\": \"C:\\\\calc.exe\"}\n");
    watching.until("1 of 2 tests passed");
}

#[test]
fn what_is_not_there_cannot_be_watched() {
    let folder = project();
    for (arguments, words) in [
        (vec!["test", "--watch", "nowhere"], "cannot watch `nowhere`"),
        (vec!["test", "--watch", "-"], "cannot watch `-`"),
        (vec!["test", "--watch", "--emit", "splunk"], "cannot be used with"),
    ] {
        let run = detc(folder.path()).args(&arguments).output().expect("it runs");
        assert_eq!(run.status.code(), Some(2));
        assert!(streams(&run).1.contains(words), "{:?}", streams(&run));
    }
}
