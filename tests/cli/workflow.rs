//! The workflow of `docs/publish.yml`, which the README shows, does what it says: its commands run here as they stand there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use detc::source::SourceFile;
use detc::yaml::{self, Node, Value};

use super::pack::DETECTION;
use super::{read, write};

/// The commands of the steps, by name.
fn steps() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/publish.yml");
    let text = std::fs::read_to_string(path).expect("read");
    let mut findings = Vec::new();
    let root = yaml::parse(&SourceFile::new("publish.yml", text), &mut findings).expect("YAML");
    assert!(findings.is_empty(), "{findings:?}");
    let job = root.get("jobs").and_then(|jobs| jobs.get("packs")).and_then(|job| job.get("steps"));
    let Some(Value::List(steps)) = job.map(|steps| &steps.value) else { panic!("no steps") };
    let text = |step: &Node, key: &str| step.get(key).and_then(Node::as_text).map(str::to_owned);
    steps.iter().filter_map(|step| Some((text(step, "name")?, text(step, "run")?))).collect()
}

fn bash(folder: &Path, script: &str, tag: &str) -> Output {
    let program: PathBuf = snapbox::cmd::cargo_bin("detc");
    let own = program.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    // As a runner does: the first command that fails ends the step.
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{own}:{path}", folder.join("bin").display()))
        .env("GITHUB_REF", format!("refs/tags/{tag}"))
        .env("GITHUB_REF_NAME", tag)
        .env("GIT_CONFIG_COUNT", "2")
        .envs([("GIT_CONFIG_KEY_0", "user.name"), ("GIT_CONFIG_VALUE_0", "a")])
        .envs([("GIT_CONFIG_KEY_1", "user.email"), ("GIT_CONFIG_VALUE_1", "a@example.com")])
        .output()
        .expect("bash")
}

#[cfg(unix)]
#[test]
fn the_workflow_publishes_packs() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = |script: &str, tag: &str| {
        let done = bash(folder, script, tag);
        let said =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{script}\n{said}");
        said
    };
    let steps = steps();
    let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["install", "check", "pack", "release"]);
    write(folder, "bin/gh", "#!/bin/sh\necho \"$@\" > gh.txt\n");
    std::fs::set_permissions(folder.join("bin/gh"), std::fs::Permissions::from_mode(0o755)).expect("set");
    write(folder, "detections/a.yml", DETECTION);
    run(
        "detc lock && git init -q && git add detections detc.lock && git commit -qm one && git tag v0.9.0",
        "",
    );
    let changed = DETECTION.replace("mimikatz", "rubeus").replace("version: 1", "version: 2");
    write(folder, "detections/a.yml", &changed);
    run("detc lock && git commit -qam two && git tag v1.0.0", "");
    for (name, script) in steps.iter().filter(|(name, _)| name != "install") {
        run(script, "v1.0.0");
        if name == "check" {
            assert!(!folder.join("packs").exists());
        }
    }
    let published = read(folder, "gh.txt");
    for part in [
        "release create v1.0.0 ",
        "packs/SHA256SUMS",
        "packs/splunk-app-1.0.0.tar.gz",
        "packs/sigma-1.0.0.tar.gz",
    ] {
        assert!(published.contains(part), "{published}");
    }
    let notes = read(folder, "notes.md");
    assert!(notes.starts_with("### Changed\n\n- Suspicious Program (version 1 to 2): "), "{notes}");
    run("cd packs && sha256sum --check SHA256SUMS", "");
    // The first release has nothing before it.
    run(&steps[3].1, "v0.9.0");
    assert_eq!(read(folder, "notes.md"), "");
    // A query that changes without its version stops the first step.
    write(folder, "detections/a.yml", &changed.replace("rubeus", "other"));
    assert!(!bash(folder, &steps[1].1, "v1.0.0").status.success());
}
