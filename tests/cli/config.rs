//! `detc.toml` and the environment.

use super::{detc, elsewhere, project, streams, write};

#[test]
fn the_file_gives_paths_and_targets() {
    let folder = project();
    write(folder.path(), "rules/b.yml", &elsewhere().replace("test.elsewhere", "test.process"));
    write(folder.path(), "detc.toml", "paths = [\"rules\"]\ntargets = [\"sigma\"]\n");
    let run = detc(folder.path()).arg("compile").assert().code(0);
    assert!(streams(run.get_output()).0.starts_with("title: Program Elsewhere\n"));
    // From a folder below, the same file is meant, and paths are shown from where the user is.
    let below = folder.path().join("rules");
    write(folder.path(), "rules/b.yml", "id: x\n");
    let run = detc(&below).arg("check").assert().code(1);
    assert!(streams(run.get_output()).0.contains(" ../rules/b.yml:1:1\n"));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = project();
    write(folder.path(), "detc.toml", "targets = [\"nonsense\"]\n");
    detc(folder.path()).arg("compile").assert().code(2);
    detc(folder.path()).arg("compile").env("DETC_TARGETS", "sigma").assert().code(0);
    detc(folder.path()).args(["compile", "-t", "sigma"]).env("DETC_TARGETS", "nonsense").assert().code(0);
    let format = detc(folder.path()).arg("check").env("DETC_MESSAGE_FORMAT", "sarif").assert().code(0);
    assert!(streams(format.get_output()).0.starts_with('{'));
}

#[test]
fn refusals_of_configured_targets_are_facts() {
    let folder = project();
    write(folder.path(), "detections/b.yml", &elsewhere());
    write(folder.path(), "detc.toml", "targets = [\"sigma\"]\n");
    detc(folder.path()).arg("compile").assert().code(0);
    detc(folder.path()).arg("compile").env("DETC_TARGETS", "sigma").assert().code(1);
}

#[test]
fn a_wrong_file_is_a_failure() {
    let folder = project();
    write(folder.path(), "detc.toml", "paths = []\ntarget = [\"sigma\"]\n");
    detc(folder.path()).arg("check").assert().code(2).stdout_eq("").stderr_eq(
        "error: detc.toml:2:1: unknown field `target`, expected one of [..]
  help: did you mean `targets`?\n",
    );
    detc(folder.path()).args(["check", "--config", "nowhere.toml"]).assert().code(2);
}

#[test]
fn lists_stand_beside_the_detections_or_where_they_are_said_to() {
    let folder = project();
    let listed = super::DETECTION.replace("{Image|endswith: \\mimikatz.exe}", "{Image|in_list: programs}");
    let (before, _) = listed.split_once("tests:").expect("tests");
    write(folder.path(), "detections/a.yml", before);
    detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(1);
    let list = |program: &str| format!("# owner: me\n# description: Programs.\nprogram\n{program}\n");
    write(folder.path(), "lists/programs.csv", &list("beside.exe"));
    write(folder.path(), "other/programs.csv", &list("other.exe"));
    write(folder.path(), "third/programs.csv", &list("third.exe"));
    let compiled = |command: &mut dyn FnMut() -> snapbox::cmd::Command| {
        streams(command().args(["compile", "-t", "sigma"]).assert().code(0).get_output())
    };
    let (rule, talk) = compiled(&mut || detc(folder.path()));
    assert!(rule.contains("Image: beside.exe"), "{rule}");
    assert!(talk.contains("list programs: written into the query (sigma)"), "{talk}");
    write(folder.path(), "detc.toml", "lists = \"other\"\n");
    assert!(compiled(&mut || detc(folder.path())).0.contains("Image: other.exe"));
    assert!(compiled(&mut || detc(folder.path()).env("DETC_LISTS", "third")).0.contains("Image: third.exe"));
    detc(folder.path()).args(["check", "--lists", "nowhere"]).assert().code(2);
}

#[test]
fn an_environment_is_named_by_flag_variable_or_file() {
    let folder = project();
    let excluding = |what: &str| {
        format!(
            "detections:\n  5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b:\n    exclusions: [{{when: {{Image: {what}}}, owner: me, reason: r, expires: 2099-12-31}}]\n"
        )
    };
    write(folder.path(), "environments/prod.yml", &excluding("prod.exe"));
    write(folder.path(), "environments/lab.yml", &excluding("lab.exe"));
    write(
        folder.path(),
        "environments/off.yml",
        "detections: {5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b: {enabled: false}}\n",
    );
    write(
        folder.path(),
        "environments/bad.yml",
        "detections: {5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6c: {enabled: false}}\n",
    );
    let compile = |more: &[&str]| {
        let mut command = detc(folder.path()).args(["compile", "-t", "sigma"]).args(more);
        command = command.env("DETC_ENVIRONMENT", "lab");
        streams(command.assert().code(0).get_output()).0
    };
    assert!(compile(&[]).contains("Image: lab.exe"));
    assert!(compile(&["--environment", "prod"]).contains("Image: prod.exe"));
    assert!(compile(&["--environment", "environments/prod.yml"]).contains("Image: prod.exe"));
    assert_eq!(compile(&["--environment", "off"]), "");
    write(folder.path(), "detc.toml", "environment = \"prod\"\n");
    let run = detc(folder.path()).args(["compile", "-t", "sigma"]).assert().code(0);
    assert!(streams(run.get_output()).0.contains("Image: prod.exe"));
    detc(folder.path()).args(["check", "--environment", "nowhere"]).assert().code(2);
    // Nothing of an environment with errors is compiled.
    let run = detc(folder.path()).args(["compile", "-t", "sigma", "--environment", "bad"]).assert().code(1);
    let (queries, talk) = streams(run.get_output());
    assert_eq!(queries, "");
    assert!(talk.contains("error[E1101]"), "{talk}");
    // Of a part of the detections nothing is said to be gone.
    detc(folder.path()).args(["check", "detections/a.yml", "--environment", "bad"]).assert().code(0);
}
