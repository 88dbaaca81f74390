//! duckdb-kql, an engine that this project did not write.
//!
//! In: requests for `oracles/kqlrun.py`, whose head says what they are. Out: an answer a request, in their order. It needs
//! Python: without `oracles/.venv`, which `oracles/install` makes, there is nothing to run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The Python that has the engine; nothing where it is not installed.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/.venv/bin/python");
    python.exists().then_some(python)
}

/// Runs the requests.
pub(crate) fn run(python: &Path, requests: &[Value]) -> Vec<Value> {
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/kqlrun.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("is piped");
    let lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
    let writer = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("writes").expect("writes");
    // Python writes NaN as such, which is no JSON.
    let text = String::from_utf8(output.stdout).expect("is UTF-8").replace("NaN", "\"NaN\"");
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let answers: Vec<Value> = text.lines().map(read).collect();
    assert_eq!(answers.len(), requests.len(), "an answer a request");
    answers
}
