//! The program as it is typed: streams, exit codes, files.

mod cases;
mod compile;
mod config;
mod convert;
mod emit;
mod environments;
mod explain;
mod explain_event;
mod findings;
mod import;
mod manners;
mod mutate;
mod pack;
mod raw;
mod robust;
mod scaffold;
mod together;
mod versions;
mod watch;
mod workflow;

use std::path::Path;

use snapbox::cmd::{Command, cargo_bin};

/// A detection over the test catalogue, compiled by the sigma target.
const DETECTION: &str = "\
id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
name: Suspicious Program
version: 1
status: test
type: ttp
severity: medium
author: A. Writer
date: 2026-01-31
description: A program that is seldom good news was started.
data_source: test.process
detection:
  program: {Image|endswith: \\mimikatz.exe}
  condition: program
tests:
  - name: the program is found
    events: [{Image: 'C:\\Temp\\mimikatz.exe'}]
    expect: {matches: 1}
  - name: another one is not
    events: [{Image: 'C:\\Temp\\calc.exe'}]
    expect: {matches: 0}
";

/// The same program for another source, which only Splunk has: every other target refuses it.
fn elsewhere() -> String {
    DETECTION
        .replace("5f0c9a52", "6f0c9a52")
        .replace("Suspicious Program", "Program Elsewhere")
        .replace("test.process", "test.elsewhere")
}

/// The program in a folder, with nothing of the environment that could change what it does.
fn detc(folder: &Path) -> Command {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics/data_sources");
    Command::new(cargo_bin("detc"))
        .env_clear()
        .env("DETC_DATA_SOURCES", sources)
        .current_dir(folder)
        .timeout(std::time::Duration::from_secs(60))
}

/// A folder with `detections/a.yml`.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "detections/a.yml", DETECTION);
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("read")
}

/// What a finished program wrote, as text.
fn streams(output: &std::process::Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr))
}
