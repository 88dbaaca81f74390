//! Help, version, streams, exit codes of runs that could not be carried out.

use std::io::Read;
use std::process::Stdio;

use super::{DETECTION, detc, project, streams, write};

#[test]
fn version_and_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let version = format!("detc {}\n", env!("CARGO_PKG_VERSION"));
    detc(folder.path()).arg("--version").assert().code(0).stdout_eq(version).stderr_eq("");
    let help = detc(folder.path()).arg("--help").assert().code(0);
    let (text, _) = streams(help.get_output());
    for command in ["check", "test", "compile", "explain", "sources", "schema", "new", "completions", "man"] {
        assert!(text.contains(&format!("\n  {command} ")), "{text}");
        detc(folder.path()).args([command, "--help"]).assert().code(0).stderr_eq("");
    }
    assert!(text.contains("exit codes: 0 fine"), "{text}");
}

#[test]
fn usage_errors_exit_with_2() {
    let folder = project();
    detc(folder.path()).assert().code(2);
    detc(folder.path()).arg("chekc").assert().code(2);
    detc(folder.path()).args(["compile", "--check", "-t", "sigma"]).assert().code(2);
    detc(folder.path())
        .args(["compile", "-t", "splnk"])
        .assert()
        .code(2)
        .stdout_eq("")
        .stderr_eq("error: unknown target `splnk`\n  help: did you mean `splunk`?\n");
    detc(folder.path()).args(["check", "-t", "kusto"]).assert().code(2).stderr_eq(
        "error: `kusto` has several profiles\n  help: name one: kusto:sentinel, kusto:xdr, kusto:asim\n",
    );
    detc(folder.path()).arg("compile").assert().code(2).stderr_eq(
        "error: no target given\n  help: -t TARGET or --all-targets; the targets are splunk, [..]sigma\n",
    );
}

#[test]
fn missing_paths_exit_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    detc(folder.path()).arg("check").assert().code(2).stdout_eq("").stderr_eq(
        "error: cannot read `detections`: no such file or folder
  help: name the files, or start with `detc new NAME`\n",
    );
    detc(folder.path())
        .args(["check", "nowhere.yml"])
        .assert()
        .code(2)
        .stderr_eq("error: cannot read `nowhere.yml`: no such file or folder\n");
    std::fs::create_dir(folder.path().join("detections")).expect("created");
    detc(folder.path()).arg("check").assert().code(2).stderr_eq(
        "error: no detection below `detections`
  help: a detection is a .yml or .yaml file; `detc new NAME` writes one to start from\n",
    );
    detc(folder.path())
        .args(["check", "--data-sources", "nowhere"])
        .assert()
        .code(2)
        .stderr_eq("error: cannot read the data sources in `nowhere`: no such file or folder\n");
}

#[test]
fn stdin_is_a_path() {
    let folder = tempfile::tempdir().expect("a folder");
    detc(folder.path())
        .args(["check", "-"])
        .stdin(DETECTION)
        .assert()
        .code(0)
        .stdout_eq("")
        .stderr_eq("checked 1 file: no findings\n");
    let wrong = DETECTION.replace("version: 1", "version: 0");
    let said = detc(folder.path()).args(["check", "-"]).stdin(wrong).assert().code(1);
    assert!(streams(said.get_output()).0.contains(" --> <stdin>:3:10\n"));
}

#[test]
fn quiet_leaves_findings_and_artefacts() {
    let folder = project();
    detc(folder.path()).args(["check", "-q"]).assert().code(0).stdout_eq("").stderr_eq("");
    let query = detc(folder.path()).args(["compile", "-q", "-t", "sigma"]).assert().code(0).stderr_eq("");
    assert!(streams(query.get_output()).0.starts_with("title: Suspicious Program\n"));
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let folder = project();
    write(folder.path(), "detections/a.yml", "id: x\n");
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let run = detc(folder.path()).arg("check").args(arguments).envs(variables.iter().copied()).assert();
        streams(run.code(1).get_output()).0.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("DETC_COLOR", "always")]));
    assert!(!colored(&["--color", "never"], &[("DETC_COLOR", "always")]));
}

/// A reader that leaves early, as `head` does: what was found still decides the exit code.
#[test]
fn a_broken_pipe_is_not_an_error() {
    let folder = project();
    let leave_early = |arguments: &[&str]| {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_detc"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("detc runs");
        drop(child.stdout.take());
        let mut talk = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut talk).expect("read");
        assert_eq!(talk, "", "{arguments:?}");
        child.wait().expect("ended").code()
    };
    assert_eq!(leave_early(&["schema"]), Some(0));
    assert_eq!(leave_early(&["man"]), Some(0));
    assert_eq!(leave_early(&["completions", "bash"]), Some(0));
    assert_eq!(leave_early(&["--help"]), Some(0));
    write(folder.path(), "detections/b.yml", &"x: y\n".repeat(2));
    assert_eq!(leave_early(&["check", "-q"]), Some(1));
}

#[test]
fn completions_and_manual_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = detc(folder.path()).args(["completions", shell]).assert().code(0);
        assert!(streams(script.get_output()).0.contains("compile"), "{shell}");
    }
    let page = detc(folder.path()).arg("man").assert().code(0);
    assert!(streams(page.get_output()).0.contains(".TH detc 1"));
    detc(folder.path()).args(["man", "-o", "man"]).assert().code(0).stderr_eq("wrote [..] pages to man\n");
    let page = super::read(folder.path(), "man/detc-compile.1");
    assert!(page.contains(".TH detc-compile 1"), "{page}");
}
