//! `--environment`, in every command that reads detections, data sources or packs.

use std::path::Path;

use super::{detc, read, streams, write};

const ID: &str = "5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b";

/// Events that no add-on gives a place: only the user can say what the macro stands for.
const DETECTION: &str = "\
id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
name: Database Error
version: 1
status: test
type: anomaly
severity: medium
author: A. Writer
date: 2026-01-31
description: The database told of its errors.
asset_type: Web Server
data_source: django.application
detection:
  errors: [OperationalError]
  condition: errors
tests:
  - name: an error
    events: [{message: 'x OperationalError y'}]
    expect: {matches: 1}
  - name: no error
    events: [{message: 'fine'}]
    expect: {matches: 0}
";

/// A Sigma rule with the same id.
const RULE: &str = "\
title: A Program
id: 5f0c9a52-7d0e-4c1b-8f6a-2b9d3e4c5a6b
status: test
description: A program was started.
author: A. Writer
date: 2026-01-31
logsource: {product: windows, category: dns_query}
detection:
  name: {QueryName|endswith: '.bad.example'}
  condition: name
level: medium
";

fn project(environment: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "detections/a.yml", DETECTION);
    write(folder.path(), "environments/prod.yml", environment);
    folder
}

fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let done = detc(folder).args(arguments).assert().code(code);
    streams(done.get_output())
}

#[test]
fn a_macro_that_only_the_user_knows_is_defined_here_or_there() {
    let folder = project("macros: {detc_django_application: index=web sourcetype=django}\n");
    let folder = folder.path();
    let (_, talk) = run(folder, &["pack", "splunk-app", "-o", "app"], 1);
    assert!(talk.contains("error[E1003]") && talk.contains("environments/NAME.yml"), "{talk}");
    assert!(talk.contains("detc_django_application = \"index=… sourcetype=…\""), "{talk}");

    for kind in ["splunk-app", "contentctl"] {
        run(folder, &["pack", kind, "-q", "-o", kind, "--environment", "prod"], 0);
    }
    let macros = read(folder, "splunk-app/detc_detections/default/macros.conf");
    assert!(
        macros.contains("[detc_django_application]\ndefinition = (index=web sourcetype=django)\n"),
        "{macros}"
    );
    let own = read(folder, "contentctl/macros/detc_django_application.yml");
    assert!(own.contains("(index=web sourcetype=django)"), "{own}");

    let configuration = "paths = [\"detections\"]\n[macros]\ndetc_django_application = \"index=app\"\n";
    write(folder, "detc.toml", configuration);
    run(folder, &["pack", "splunk-app", "-q", "-o", "b"], 0);
    let macros = read(folder, "b/detc_detections/default/macros.conf");
    assert!(macros.contains("definition = index=app\n"), "{macros}");
    // The environment knows better than the configuration.
    run(folder, &["pack", "splunk-app", "-q", "-o", "c", "--environment", "prod"], 0);
    assert!(read(folder, "c/detc_detections/default/macros.conf").contains("(index=web sourcetype=django)"));

    write(folder, "detc.toml", &configuration.replace("index=app", "index=app | delete"));
    for arguments in [&["check"][..], &["pack", "splunk-app", "-o", "d"]] {
        let (out, talk) = run(folder, arguments, 1);
        let said = out + &talk;
        assert!(said.contains("error[E1105]") && said.contains("detc.toml:3:"), "{said}");
    }
    assert!(!folder.join("d").exists());
}

#[test]
fn a_pack_knows_its_environment() {
    let environment = "macros: {detc_django_application: index=web}\n";
    let folder = project(environment);
    let folder = folder.path();
    run(folder, &["pack", "splunk-app", "-q", "-o", "app.zip", "--environment", "environments/prod.yml"], 0);
    run(folder, &["pack", "splunk-app", "-q", "-o", "app", "--environment", "prod"], 0);
    let manifest = read(folder, "app/detc_detections/detc.manifest");
    assert!(
        manifest.contains("\"environment\": {\n    \"name\": \"prod\",\n    \"source\": \""),
        "{manifest}"
    );

    // By itself, and by either name.
    run(folder, &["pack", "--check", "app.zip"], 0);
    for name in ["prod", "environments/prod.yml"] {
        run(folder, &["pack", "--check", "app.zip", "--environment", name], 0);
    }
    write(folder, "environments/other.yml", environment);
    let (found, _) = run(folder, &["pack", "--check", "app.zip", "--environment", "other"], 1);
    assert!(
        found.contains("error[E1015]: the pack is for the environment `prod`, not for `other`"),
        "{found}"
    );

    write(folder, "environments/prod.yml", &format!("# the same\n{environment}"));
    let (found, _) = run(folder, &["pack", "--check", "app.zip"], 1);
    assert_eq!(found.matches("error[").count(), 1, "{found}");
    assert!(found.contains("error[E1010]: stale: the environment `prod` has changed"), "{found}");
    std::fs::remove_file(folder.join("environments/prod.yml")).expect("removed");
    run(folder, &["pack", "--check", "app.zip"], 2);
}

#[test]
fn every_command_asks_the_environment() {
    let folder = project(&format!(
        "names: {{splunk: {{macros: {{detc_django_application: acme}}, index_of: {{django.application: web}}}}}}\n\
         detections:\n  {ID}:\n    exclusions:\n      - {{when: ['harmless'], owner: us, reason: it is, expires: 2099-01-01}}\n"
    ));
    let folder = folder.path();
    let there = |arguments: &[&str]| {
        let (out, talk) = run(folder, &[arguments, &["--environment", "prod"]].concat(), 0);
        out + &talk
    };
    let query = there(&["compile", "-t", "splunk"]);
    assert!(query.starts_with("`acme` index=web\n") && query.contains("harmless"), "{query}");
    let shown = there(&["explain", "detections/a.yml", "--stage", "ast", "-t", "splunk"]);
    assert!(shown.contains("harmless") && shown.contains("acme"), "{shown}");
    let shown = there(&["explain", "detections/a.yml", "--stage", "ir"]);
    assert!(shown.contains("## ir: exclusions"), "{shown}");
    let shown = there(&["sources", "django.application", "-t", "splunk"]);
    assert!(shown.contains("  macro: acme\n") && shown.contains("select: {index: web}"), "{shown}");
    // Not in Sentinel: the text of a record is an expression over several columns there.
    there(&["test", "-t", "splunk", "-t", "sigma"]);

    // Both sides of a comparison are the environment's.
    write(folder, "new/a.yml", &DETECTION.replace("OperationalError]\n  cond", "InternalError]\n  cond"));
    let shown = there(&["diff", "detections", "new", "-v"]);
    assert!(shown.contains("`acme` index=web") && shown.contains("InternalError"), "{shown}");
    assert!(shown.matches("harmless").count() >= 2, "{shown}");
}

#[test]
fn rules_are_converted_for_an_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "rules/a.yml", RULE);
    let overlay = |text: &str| write(folder, "environments/prod.yml", text);
    let convert = ["convert", "rules/a.yml", "-t", "splunk", "-q", "--environment", "prod"];
    overlay(&format!(
        "names: {{splunk: {{index_of: {{windows.dns_query: win}}}}}}\ndetections:\n  {ID}:\n    exclusions:\n      \
         - {{when: {{QueryName|endswith: 'ok.bad.example'}}, owner: us, reason: it is, expires: 2099-01-01}}\n"
    ));
    let (query, _) = run(folder, &convert, 0);
    assert!(query.starts_with("index=win ") && query.contains("ok.bad.example"), "{query}");

    overlay(&format!("detections: {{{ID}: {{enabled: false}}}}\n"));
    let (query, talk) = run(folder, &convert, 1);
    assert!(query.is_empty() && talk.contains("error[E1106]"), "{talk}");
    run(folder, &[&convert[..], &["--skip-refused"]].concat(), 0);

    overlay(&format!("detections: {{{ID}: {{window: 5m}}}}\n"));
    let (query, talk) = run(folder, &convert, 1);
    assert!(query.is_empty() && talk.contains("error[E1102]"), "{talk}");
    overlay("detections: 7\n");
    let (query, talk) = run(folder, &convert, 1);
    assert!(query.is_empty() && talk.contains("nothing was converted"), "{talk}");
}
