//! `explain`, `sources` and `schema`.

use detc::catalogue::Catalogue;
use detc::diagnostics::Code;
use serde_json::Value;

use super::{DETECTION, detc, project, streams, write};

#[test]
fn every_code_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    for code in Code::ALL {
        let run = detc(folder.path()).args(["explain", code.id()]).assert().code(0).stderr_eq("");
        let (text, _) = streams(run.get_output());
        assert!(text.starts_with(&format!("# {}: {}\n", code.id(), code.title())), "{text}");
        let own = text.split("\n## ").next().unwrap_or_default();
        assert!(!own.lines().any(|line| line.starts_with(' ') && !line.starts_with("    ")), "{text}");
    }
    let lint = detc(folder.path()).args(["explain", "W0302"]).assert().code(0);
    assert!(streams(lint.get_output()).0.contains("\n## Why it matters\n"));
    detc(folder.path()).args(["explain", "e0303"]).assert().code(0);
    detc(folder.path())
        .args(["explain", "E9999"])
        .assert()
        .code(2)
        .stderr_eq("error: there is no code `E9999`\n");
    detc(folder.path()).args(["explain", "nothing.yml"]).assert().code(2).stderr_eq(
        "error: `nothing.yml` is neither a code nor a file\n  help: a code is printed in brackets: error[E0303]\n",
    );
}

#[test]
fn a_detection_is_shown_stage_by_stage() {
    let folder = project();
    let show = |stage: &str| {
        let run =
            detc(folder.path()).args(["explain", "detections/a.yml", "--stage", stage]).assert().code(0);
        streams(run.get_output()).0
    };
    assert!(show("schema").starts_with("## schema\n"));
    let ir = show("ir");
    assert!(ir.starts_with("## ir: metadata\n") && ir.contains("suspicious_program"), "{ir}");
    assert!(!ir.contains("line_starts"), "the file is not repeated");
    let ast = |target: &str| {
        detc(folder.path()).args(["explain", "detections/a.yml", "--stage", "ast", "-t", target]).assert()
    };
    assert!(streams(ast("sigma").code(0).get_output()).0.starts_with("## ast: sigma\n\nRule {\n"));
    ast("kusto:xdr").code(1).stdout_eq("");
    detc(folder.path()).args(["explain", "detections/a.yml", "--stage", "ast"]).assert().code(2);
    write(folder.path(), "detections/a.yml", &DETECTION.replace("Image|", "Imag|"));
    let run = detc(folder.path()).args(["explain", "detections/a.yml"]).assert().code(1);
    let (stdout, stderr) = streams(run.get_output());
    assert!(stdout.starts_with("## schema\n") && !stdout.contains("## ir"), "what there is, is shown");
    assert!(stderr.starts_with("error[E0303]"), "{stderr}");
}

#[test]
fn every_source_is_shown_with_all_its_fields() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = Catalogue::embedded();
    let list =
        detc(folder.path()).arg("sources").env_remove("DETC_DATA_SOURCES").assert().code(0).stderr_eq("");
    let (list, _) = streams(list.get_output());
    assert_eq!(list.lines().count(), catalogue.ids().count());
    for id in catalogue.ids() {
        let source = catalogue.source(id).expect("known").expect("well-formed");
        let run = detc(folder.path()).args(["sources", id]).assert().code(0).stderr_eq("");
        let (text, _) = streams(run.get_output());
        for field in source.fields.keys() {
            let rows = text.lines().filter(|line| line.split_whitespace().next() == Some(field)).count();
            assert!(rows > source.profiles().count(), "{id}: {field}: once by itself, once in every profile");
        }
    }
}

#[test]
fn a_source_of_ones_own_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = detc(folder.path()).args(["sources", "test.process"]).assert().code(0);
    let (text, _) = streams(run.get_output());
    for line in [
        "test.process: Processes, for tests",
        "  Integrity      text        integrity level One of: Low, Medium, High, System.",
        "sigma",
        "  logsource: {category: process_creation, product: windows}",
        "    Image          Image",
        "    CommandLine    CommandLine, narrowed by partly-filled: the field is empty unless the audit policy includes it",
        "    Privileges     not there: the collector drops them",
        "    user           not there",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n---\n{text}");
    }
    detc(folder.path())
        .args(["sources", "test.proces"])
        .assert()
        .code(2)
        .stderr_eq("error: unknown data source `test.proces`\n  help: did you mean `test.process`?\n");
}

#[test]
fn the_schema_is_json_and_names_the_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = detc(folder.path()).arg("schema").assert().code(0).stderr_eq("");
    let schema: Value = serde_json::from_str(&streams(run.get_output()).0).expect("JSON");
    assert_eq!(schema, detc::schema::json_schema());
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["data_source"].is_object());
}
