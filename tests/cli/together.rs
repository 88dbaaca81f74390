//! `convert` and `import`: filters and correlations, which concern the rules of other files.

use super::{read, streams, write};

fn detc(folder: &std::path::Path) -> snapbox::cmd::Command {
    super::detc(folder).env_remove("DETC_DATA_SOURCES")
}

/// The example of the specification, in the fields of Windows: many failed logons are followed by a successful one.
const CHAIN: &str = "\
title: Multiple Failed Logons Followed by a Successful One
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
status: experimental
description: Guessing that succeeded.
author: A. Writer
date: 2026-01-31
correlation:
  type: temporal_ordered
  rules: [multiple_failed_login, successful_login]
  group-by: [TargetUserName]
  timespan: 10m
level: high
---
title: Multiple Failed Logons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: multiple_failed_login
correlation:
  type: event_count
  rules: [failed_login]
  group-by: [TargetUserName]
  timespan: 10m
  condition: {gte: 10}
---
title: Single Failed Logon
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed_login
logsource: {product: windows, service: security}
detection:
  selection: {EventID: [529, 4625]}
  condition: selection
---
title: Successful Logon
id: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8
name: successful_login
logsource: {product: windows, service: security}
detection:
  selection: {EventID: [528, 4624]}
  condition: selection
";

/// The query and the talk of a run over one file.
fn convert(text: &str, target: &str, code: i32) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.yml", text);
    let run = detc(folder.path()).args(["convert", "a.yml", "-t", target]).assert().code(code);
    streams(run.get_output())
}

#[test]
fn a_chain_of_correlations_is_one_detection() {
    for target in ["splunk", "kusto:sentinel"] {
        let (query, _) = convert(CHAIN, target, 0);
        for wanted in ["4625", "4624", "10"] {
            assert!(query.contains(wanted), "{target}: {wanted}: {query}");
        }
        // What is a part of another is none of its own.
        assert!(!query.contains("53ba33fd") && !query.contains("a8418a5a"), "{query}");
    }
}

#[test]
fn a_chain_that_means_something_else_is_refused() {
    for (old, new, reason) in [
        ("  timespan: 10m\n  condition", "  timespan: 5m\n  condition", "is shorter than that of the chain"),
        ("condition: {gte: 10}", "condition: {gte: 10, lt: 20}", "only at least so many events"),
        ("condition: {gte: 10}", "condition: {lt: 10}", "only at least so many events"),
        ("type: event_count", "type: value_count", "only a correlation that counts events"),
        ("type: temporal_ordered", "type: temporal", "only the first rule of a chain"),
        (
            "[multiple_failed_login, successful_login]",
            "[successful_login, multiple_failed_login]",
            "only the first rule of a chain",
        ),
        (
            "  rules: [failed_login]\n  group-by: [TargetUserName]",
            "  rules: [failed_login]\n  group-by: [IpAddress]",
            "not grouped alike",
        ),
        ("  rules: [failed_login]", "  rules: [failed_login, successful_login]", "several rules"),
    ] {
        assert!(CHAIN.contains(old), "{old}");
        let (_, talk) = convert(&CHAIN.replace(old, new), "splunk", 1);
        assert!(talk.contains("error[E0907]") && talk.contains(reason), "{new}: {talk}");
    }
    let (_, talk) = convert(&CHAIN.replace("rules: [failed_login]", "rules: [nobody]"), "splunk", 1);
    assert!(talk.contains("error[E0903]: no rule is called `nobody`"), "{talk}");
}

/// A filter for a part of the chain.
const FILTER: &str = "\
---
title: The Scanner
logsource: {product: windows, service: security}
filter:
  rules: [failed_login]
  selection: {IpAddress: 10.9.8.7}
  condition: not selection
";

#[test]
fn a_filter_reaches_the_rules_of_a_correlation() {
    for target in ["splunk", "kusto:sentinel", "sigma"] {
        // Sigma counts the first step in a correlation of its own only by consent, so the plain count is taken there.
        let text = match target {
            "sigma" => CHAIN.split_once("---\n").expect("several documents").1.to_owned(),
            _ => CHAIN.to_owned(),
        };
        let (without, _) = convert(&text, target, 0);
        let (with, _) = convert(&format!("{text}{FILTER}"), target, 0);
        assert!(!without.contains("10.9.8.7") && with.contains("10.9.8.7"), "{target}: {with}");
    }
}

#[test]
fn what_is_wrong_with_a_filter_of_a_stage_is_shown_where_it_stands() {
    let text = format!("{CHAIN}{}", FILTER.replace("IpAddress", "Nowhere"));
    let (_, talk) = convert(&text, "splunk", 1);
    assert!(talk.contains("error[E0303]") && talk.contains("selection: {Nowhere: 10.9.8.7}"), "{talk}");
}

/// The example of the specification, whose condition would keep what it means to leave out.
#[test]
fn a_filter_that_keeps_what_it_names_is_read_as_it_is_written_and_said() {
    let rule = "\
title: Rar
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
status: test
level: low
author: A. Writer
date: 2026-01-31
description: Data is packed.
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: \\rar.exe}
  condition: selection
";
    let filter = "---
title: Filter Administrator account
description: The valid administrator account start with adm_
logsource: {category: process_creation, product: windows}
filter:
  rules: [6f3e2987-db24-4c78-a860-b4f4095a7095]
  selection: {User|startswith: adm_}
  condition: selection
";
    let (query, talk) = convert(&format!("{rule}{filter}"), "splunk", 0);
    assert!(query.contains("User=\"adm_*\"") && !query.contains("NOT"), "{query}");
    assert!(talk.contains("warning[W0930]"), "{talk}");
    let (query, talk) =
        convert(&format!("{rule}{}", filter.replace("condition: sel", "condition: not sel")), "splunk", 0);
    assert!(query.contains("NOT (User=\"adm_*\")"), "{query}");
    assert!(!talk.contains("W0930"), "{talk}");
}

#[test]
fn consents_stand_in_the_configuration() {
    let rule = "\
title: By its Original Name
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
status: test
level: low
author: A. Writer
date: 2026-01-31
description: A renamed program.
logsource: {product: windows, category: process_creation}
detection:
  selection: {OriginalFileName: rar.exe}
  condition: selection
";
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.yml", rule);
    let consent = |extra: &str| {
        let entry =
            format!("[[accept]]\nloss = \"partly-filled\"\nreason = \"the path finds the rest\"\n{extra}");
        write(folder.path(), "detc.toml", &entry);
    };
    let run = |target: &str, code: i32| {
        let run = detc(folder.path()).args(["convert", "a.yml", "-t", target]).assert().code(code);
        streams(run.get_output())
    };
    run("kusto:asim", 1);
    for extra in ["", "target = \"kusto\"\n", "target = \"kusto:asim\"\nfield = \"OriginalFileName\"\n"] {
        consent(extra);
        let (query, _) = run("kusto:asim", 0);
        assert!(query.contains("the path finds the rest"), "{extra}: {query}");
    }
    for extra in ["target = \"splunk\"\n", "field = \"Image\"\n"] {
        consent(extra);
        run("kusto:asim", 1);
    }
    consent("target = \"kusto:asin\"\n");
    let (_, talk) = run("kusto:asim", 2);
    assert!(talk.contains("did you mean `kusto:asim`?"), "{talk}");
    write(folder.path(), "detc.toml", "[[accept]]\nloss = \"partly-filled\"\nreason = \" \"\n");
    assert!(run("kusto:asim", 2).1.contains("gives no reason"));
}

/// The talk of an import of these files to `out`, with its exit code.
fn import(folder: &std::path::Path, code: i32) -> String {
    let run = detc(folder).args(["import", "sigma", "rules", "-o", "out"]).assert().code(code);
    streams(run.get_output()).1
}

#[test]
fn correlations_and_filters_are_imported_from_files_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents: Vec<&str> = CHAIN.split("---\n").collect();
    for (name, text) in ["chain", "count", "failed", "succeeded"].iter().zip(documents) {
        write(folder.path(), &format!("rules/{name}.yml"), text);
    }
    write(folder.path(), "rules/filters/scanner.yml", FILTER);
    let talk = import(folder.path(), 0);
    assert!(talk.contains("wrote 1 detection to out"), "{talk}");
    let text = read(folder.path(), "out/chain.yml");
    assert!(text.contains("      condition: selection and not the_scanner\n"), "{text}");
    // Without tests it is warned of, and of nothing else.
    let run = detc(folder.path()).args(["check", "out"]).assert().code(0);
    let (said, talk) = streams(run.get_output());
    assert_eq!(said.matches("warning[").count(), 1, "{said}");
    assert!(said.contains("W0601") && talk.starts_with("checked 1 file: 1 warning"), "{said}{talk}");
    // The same query as of the rules themselves.
    for target in ["splunk", "kusto:sentinel"] {
        let run = detc(folder.path()).args(["compile", "out/chain.yml", "-t", target]).assert().code(0);
        let (compiled, _) = streams(run.get_output());
        let (converted, _) = convert(&format!("{CHAIN}{FILTER}"), target, 0);
        assert!(converted.contains(&compiled), "{compiled}{converted}");
    }
    // What is generated stays a detection of its own.
    write(
        folder.path(),
        "rules/count.yml",
        &format!("generate: true\n{}", read(folder.path(), "rules/count.yml")),
    );
    assert!(import(folder.path(), 0).contains("wrote 2 detections to out"));
    assert!(read(folder.path(), "out/failed.yml").contains("not the_scanner"));
}

#[test]
fn what_cannot_be_imported_together_is_said_and_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let write_chain = |old: &str, new: &str| {
        assert!(CHAIN.contains(old), "{old}");
        write(folder.path(), "rules/chain.yml", &CHAIN.replace(old, new));
    };
    let alone = CHAIN.split("---\n").nth(3).expect("a rule").replace("4d0a2c83", "5d0a2c83");
    write(folder.path(), "rules/alone.yml", &alone.replace("name: successful_login", "name: alone"));
    for (old, new, said) in [
        ("rules: [failed_login]", "rules: [nobody]", "error[E0903]: no rule is called `nobody`"),
        ("condition: {gte: 10}", "condition: {lt: 10}", "error[E0907]: only at least so many events"),
        ("EventID: [529, 4625]", "Nothing: 1", "error[E0303]"),
        ("  timespan: 10m\nlevel", "  timespan: 10x\nlevel", "error[E0404]"),
        ("condition: selection\n---", "condition: selektion\n---", "error[E0301]"),
    ] {
        write_chain(old, new);
        let talk = import(folder.path(), 1);
        let run = detc(folder.path()).args(["import", "sigma", "rules", "-v", "-o", "out"]).assert().code(1);
        let in_full = streams(run.get_output()).1;
        assert!(talk.contains("     1  not imported") && in_full.contains(said), "{new}: {talk}{in_full}");
    }
    write_chain("10m", "10m");
    write(
        folder.path(),
        "rules/filter.yml",
        &FILTER.replace("rules: [failed_login]", "rules: [alone, other]"),
    );
    let run = detc(folder.path()).args(["import", "sigma", "rules", "-v", "-o", "out"]).assert().code(1);
    let talk = streams(run.get_output()).1;
    assert!(
        talk.contains("error[E0903]: no rule is called `other`") && talk.contains("     2  imported"),
        "{talk}"
    );
}

#[test]
fn hostile_titles_stay_in_their_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let hostile = r#""x\n  evil: {EventID: 1}\u2028 # 'y'""#;
    let text =
        format!("{CHAIN}{FILTER}").replace("Single Failed Logon", hostile).replace("The Scanner", hostile);
    write(folder.path(), "rules/chain.yml", &text);
    import(folder.path(), 0);
    let text = read(folder.path(), "out/chain.yml");
    assert!(text.contains("# Filter: x   evil: {EventID: 1}  # 'y'\n"), "{text}");
    assert!(text.contains("  # x   evil: {EventID: 1}  # 'y' (53ba33fd"), "{text}");
    detc(folder.path()).args(["check", "out"]).assert().code(0);
}
