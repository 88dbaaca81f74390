//! Every diagnostic as a user reads it: each bad input of `tests/bad` has a snapshot in `snapshots/diagnostics`.
//!
//! A fixture's name starts with the code that it is about. A folder is checked as a whole, unless it holds a
//! `detection.yml`: then that is checked, with the folder's own `data_sources` and `lists`; or a
//! `detc.toml`, which then says what is checked. The first line of a file may
//! say another command: `# detc test`. What that of another artefact says beside it is on stderr.
//! `INSTA_UPDATE=always cargo test --test diagnostics` writes the snapshots.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use detc::diagnostics::Code;
use detc::yaml::MAX_BYTES;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DATA_SOURCES: &str = "tests/diagnostics/data_sources";

/// Codes that have no file here, and why.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::E0104, "written by `an_oversized_file_is_refused`"),
    (Code::E0801, "tests/spl/refusals.rs"),
    (Code::E0802, "tests/spl/refusals.rs"),
    (Code::E0803, "tests/spl/rules.rs"),
    (Code::E0804, "tests/spl/refusals.rs"),
    (Code::E0805, "tests/spl/limits.rs"),
    (Code::E0905, "a matter of two files: tests/cli/convert.rs"),
    (Code::E0920, "src/import/escu/tests.rs"),
    (Code::W0920, "src/import/escu/tests.rs"),
    (Code::E1001, "src/packs/pack.rs"),
    (Code::E1002, "src/packs/tests/splunk_app.rs"),
    (Code::E1003, "src/packs/tests/splunk_app.rs"),
    (Code::E1004, "src/packs/tests/splunk_app.rs"),
    (Code::E1005, "src/packs/tests/splunk_app.rs"),
    (Code::E1006, "src/packs/tests/splunk_app.rs"),
    (Code::E1007, "src/packs/tests/splunk_app.rs"),
    (Code::E1008, "src/packs/tests/contentctl.rs"),
    (Code::E1010, "tests/cli/pack.rs"),
    (Code::E1011, "tests/cli/pack.rs"),
    (Code::E1012, "tests/cli/pack.rs"),
    (Code::E1013, "tests/cli/pack.rs"),
    (Code::E1014, "tests/cli/pack.rs"),
    (Code::E1015, "tests/cli/environments.rs"),
    (Code::E1106, "tests/cli/environments.rs"),
    (Code::E1201, "no known query is wrong: tests/proof/findings.rs takes another's"),
    (Code::E1203, "no emitted query is outside: tests/proof/findings.rs takes another's"),
    (Code::E1020, "src/packs/tests/sentinel.rs"),
    (Code::E1021, "src/packs/tests/sentinel.rs"),
    (Code::E1022, "src/packs/tests/sentinel.rs"),
    (Code::E1023, "src/packs/tests/sentinel.rs"),
    (Code::E1024, "src/packs/sentinel/watchlist.rs"),
    (Code::E1220, "a file of events: tests/cli/explain_event.rs"),
    (Code::E1221, "a file of events: tests/cli/explain_event.rs"),
    (Code::W1001, "src/packs/tests/contentctl.rs"),
    (Code::W1002, "src/versions/tests.rs"),
    (Code::W1003, "src/versions/tests.rs"),
];

fn detc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc"))
        .current_dir(ROOT)
        .args(arguments)
        .args(["--quiet", "--color", "never"])
        .env_clear()
        .output()
        .expect("detc runs")
}

fn fixtures() -> Vec<String> {
    let folder = Path::new(ROOT).join("tests/bad");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("tests/bad")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    names
}

/// What a command says about a fixture, and what else it says.
fn run(name: &str) -> (Output, String, String) {
    let (output, has_artefact) = output_of(name);
    let [out, talk] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    if has_artefact { (output, talk, String::new()) } else { (output, out, talk) }
}

/// The output of a command, and whether stdout is for something else than findings.
fn output_of(name: &str) -> (Output, bool) {
    let path = format!("tests/bad/{name}");
    let configuration = format!("{path}/detc.toml");
    if Path::new(ROOT).join(&configuration).is_file() {
        let arguments = ["check", "--config", &configuration, "--data-sources", DATA_SOURCES];
        return (detc(&[&arguments[..], &["--date", "2026-06-01"]].concat()), false);
    }
    let own = format!("{path}/detection.yml");
    if Path::new(ROOT).join(&own).is_file() {
        let folder = |name: &str| {
            let folder = format!("{path}/{name}");
            Path::new(ROOT).join(&folder).is_dir().then_some(folder)
        };
        let sources = folder("data_sources").unwrap_or_else(|| DATA_SOURCES.to_owned());
        let mut arguments = vec!["check".to_owned(), own, "--data-sources".to_owned(), sources];
        if let Some(lists) = folder("lists") {
            arguments.extend(["--lists".to_owned(), lists]);
        }
        return (detc(&arguments.iter().map(String::as_str).collect::<Vec<_>>()), false);
    }
    let text = std::fs::read(Path::new(ROOT).join(&path)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let command = text.lines().next().and_then(|line| line.strip_prefix("# detc ")).unwrap_or("check");
    let mut arguments: Vec<&str> = command.split_whitespace().collect();
    arguments.extend([path.as_str(), "--data-sources", DATA_SOURCES]);
    (detc(&arguments), command.starts_with("convert") || command.starts_with("import"))
}

#[test]
fn every_bad_input_is_answered() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/diagnostics");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in fixtures() {
            let (output, said, talk) = run(&name);
            let expected = if name.starts_with('W') { 0 } else { 1 };
            assert_eq!(output.status.code(), Some(expected), "{name}: {said}{talk}");
            assert_eq!(talk, "", "{name}");
            if let Some(code) = code_of(&name) {
                assert!(said.contains(&format!("[{}]", code.id())), "{name} does not show its code:\n{said}");
            }
            insta::assert_snapshot!(name.trim_end_matches(".yml"), said);
        }
    });
}

fn code_of(name: &str) -> Option<Code> {
    Code::parse(name.split('-').next().unwrap_or_default())
}

#[test]
fn every_code_has_a_fixture() {
    let shown: BTreeSet<Code> = fixtures().iter().filter_map(|name| code_of(name)).collect();
    for code in Code::ALL {
        let elsewhere = ELSEWHERE.iter().any(|(other, _)| other == code);
        assert_eq!(shown.contains(code), !elsewhere, "{}: a fixture, or a reason in ELSEWHERE", code.id());
    }
}

#[test]
fn an_oversized_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.yml");
    let mut large = std::fs::File::create(&file).expect("created");
    large.set_len(50 << 20).expect("sized");
    std::io::Write::write_all(&mut large, b"id: x\n").expect("written");
    let output = detc(&["check", file.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with(&format!("error[E0104]: the file has more than {MAX_BYTES} bytes\n")), "{said}");
}

#[test]
fn a_file_of_the_largest_size_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("full.yml");
    std::fs::write(&file, format!("#{}\n", "x".repeat(MAX_BYTES - 2))).expect("written");
    let output = detc(&["check", file.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("error[E0102]"), "{}", &said[..200.min(said.len())]);
}
