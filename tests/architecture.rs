//! The walls of ARCHITECTURE.md: who may import whom, who prints, how long a file may be.
//!
//! The source is read as text. Comments and unit tests are left out: tests may use what they need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The most lines that a Rust file may have.
const MAX_LINES: usize = 500;

/// Each module of the crate, and the other modules that it may import. A new module must be added here.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("maps", &[]),
    ("kept", &["maps"]),
    ("source", &[]),
    ("diagnostics", &["source"]),
    // The two readers of queries share nothing with the targets that print them.
    ("kql", &["source", "diagnostics"]),
    ("yaml", &["source", "diagnostics"]),
    ("spl", &["source", "diagnostics"]),
    ("mutants", &["source", "diagnostics", "kql", "spl", "yaml"]),
    ("mutation", &["source", "diagnostics", "ir", "catalogue", "targets", "mutants", "proof"]),
    ("portable", &["source", "ir", "kql", "spl", "targets", "proof"]),
    ("schema", &["source"]),
    ("events", &["source", "diagnostics", "schema"]),
    ("ir", &["source", "schema"]),
    ("attack", &["diagnostics"]),
    ("catalogue", &["source", "diagnostics", "yaml", "schema", "ir"]),
    ("resolve", &["source", "diagnostics", "yaml", "schema", "ir", "attack", "catalogue"]),
    ("overlays", &["source", "diagnostics", "yaml", "schema", "ir", "catalogue", "resolve", "evaluate"]),
    ("evaluate", &["source", "diagnostics", "ir", "catalogue"]),
    ("import", &["source", "diagnostics", "spl", "yaml", "schema", "ir", "attack", "catalogue", "resolve"]),
    // `targets` for what a compilation lost, never for how.
    ("lints", &["source", "diagnostics", "ir", "targets"]),
    // `yaml`, `spl` and `kql` for raw blocks alone: `printers_and_readers_of_queries_share_nothing`.
    ("targets", &["source", "diagnostics", "yaml", "spl", "kql", "ir", "attack", "catalogue"]),
    // `targets` for what was compiled, never for how.
    (
        "proof",
        &[
            "source",
            "diagnostics",
            "yaml",
            "ir",
            "catalogue",
            "resolve",
            "import",
            "evaluate",
            "kql",
            "spl",
            "targets",
        ],
    ),
    ("versions", &["source", "diagnostics", "ir", "targets", "packs"]),
    ("packs", &["source", "diagnostics", "yaml", "ir", "attack", "catalogue", "targets"]),
];

/// Modules that every other may import: they know nothing of detections.
const EVERYWHERE: &[&str] = &["maps", "kept"];

/// What `ir` takes over from `schema`: words without behaviour.
const PLAIN_WORDS: &[&str] =
    &["DetectionType", "EntityType", "RiskObjectType", "SecurityDomain", "Severity", "Status"];

/// Crates that few modules know.
const OWNERS: &[(&str, &[&str])] = &[
    ("serde_yaml", &["yaml"]),
    ("granit_parser", &["yaml"]),
    ("clap", &["cli"]),
    ("annotate_snippets", &["cli"]),
    ("tar", &["packs"]),
    ("zip", &["packs"]),
    ("flate2", &["packs"]),
    ("sha2", &["packs"]),
    ("askama", &["cli", "import", "packs", "targets", "yaml"]),
];

/// Enums of the IR. A match over one of them names every variant.
const IR_ENUMS: &[&str] = &[
    "Predicate",
    "Match",
    "Comparison",
    "Derivation",
    "Operand",
    "Piece",
    "TextShape",
    "Logic",
    "FieldType",
    "FieldKind",
    "ColumnType",
    "TimePart",
    "Drilldowns",
];

/// A source file: its path from the root of the repository, its text, and its code without comments and unit tests.
struct File {
    path: String,
    text: String,
    code: String,
}

impl File {
    /// The first folder or file below `src/`, without `.rs`.
    fn module(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or_default();
        let first = below.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn rust_files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join(folder)];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let code = code_of(&path, &text);
            File { path, text, code }
        })
        .collect()
}

/// The code alone: comment lines are emptied, so that line numbers stay; unit tests stand last in a file, or in files
/// of their own.
fn code_of(path: &str, text: &str) -> String {
    let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let code = text.split("#[cfg(test)]\nmod tests {").next().filter(|_| !is_test).unwrap_or_default();
    let lines = code.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.map(|line| format!("{line}\n")).collect()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is valid")
}

fn assert_none(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n{}", violations.join("\n"));
}

/// Every `name` of `prefix::name` and `prefix::{name, name}` in a file.
fn named_after(file: &File, prefix: &str) -> BTreeSet<String> {
    let path = regex(&format!(r"\b{prefix}::(\w+)"));
    let group = regex(&format!(r"\b{prefix}::\{{([^;]*?)\}};"));
    let member = regex(r"(?:^|[,{])\s*(\w+)");
    let mut names: BTreeSet<String> =
        path.captures_iter(&file.code).map(|found| found[1].to_owned()).collect();
    for found in group.captures_iter(&file.code) {
        names.extend(member.captures_iter(&found[1]).map(|name| name[1].to_owned()));
    }
    names
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let known: BTreeSet<&str> =
        MAY_IMPORT.iter().map(|(module, _)| *module).chain(["cli", "lib", "main"]).collect();
    let mut violations = Vec::new();
    for file in rust_files("src") {
        let module = file.module();
        assert!(known.contains(module), "{}: the module is not in the list of this test", file.path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else { continue };
        for name in named_after(&file, "crate") {
            // A group such as `crate::{ir, schema}` also holds deeper names: only modules count.
            let name = name.as_str();
            let is_allowed = name == module || allowed.contains(&name) || EVERYWHERE.contains(&name);
            if known.contains(name) && !is_allowed {
                violations.push(format!("{} imports {name}", file.path));
            }
        }
    }
    assert_none("imports that go up", &violations);
}

#[test]
fn the_ir_takes_only_plain_words_from_the_schema() {
    for file in rust_files("src/ir") {
        let names = named_after(&file, "schema");
        let other: Vec<_> = names.iter().filter(|name| !PLAIN_WORDS.contains(&name.as_str())).collect();
        assert!(other.is_empty(), "{} takes {other:?} from the schema", file.path);
    }
}

#[test]
fn targets_do_not_know_each_other() {
    let targets = ["splunk", "kusto", "sigma"];
    let mut violations = Vec::new();
    for target in targets {
        for file in rust_files(&format!("src/targets/{target}")) {
            for other in targets.iter().filter(|other| **other != target) {
                let mention = regex(&format!(r"\b{other}(?:::|/)"));
                let lines = file.lines().filter(|(_, line)| mention.is_match(line));
                violations.extend(lines.map(|(number, _)| format!("{}:{number} knows {other}", file.path)));
            }
        }
    }
    assert_none("targets that know each other", &violations);
}

#[test]
fn printers_and_readers_of_queries_share_nothing() {
    let reader = regex(r"\b(?:spl|kql)::");
    let is_raw = |path: &str| path.starts_with("src/targets/") && path.ends_with("/raw.rs");
    let mut violations = Vec::new();
    for file in rust_files("src/targets").iter().filter(|file| !is_raw(&file.path)) {
        let lines = file.lines().filter(|(_, line)| reader.is_match(line));
        violations.extend(lines.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim())));
    }
    assert_none("targets that read queries outside of raw blocks", &violations);
}

#[test]
fn only_the_command_line_prints() {
    let printing = regex(r"\b(?:e?print(?:ln)?!|dbg!|stdout\(\)|stderr\(\))");
    let mut violations = Vec::new();
    for file in rust_files("src").iter().filter(|file| file.module() != "cli") {
        let lines = file.lines().filter(|(_, line)| printing.is_match(line));
        violations.extend(lines.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim())));
    }
    assert_none("printing outside src/cli", &violations);
}

#[test]
fn crates_are_used_by_their_owners_alone() {
    let mut violations = Vec::new();
    for file in rust_files("src") {
        for (name, owners) in OWNERS {
            let mention = regex(&format!(r"\b{name}::"));
            if !owners.contains(&file.module()) && mention.is_match(&file.code) {
                violations.push(format!("{} uses {name}, which belongs to {owners:?}", file.path));
            }
        }
    }
    assert_none("crates used outside their owners", &violations);
}

#[test]
fn modules_say_what_they_are() {
    let silent: Vec<String> =
        rust_files("src").into_iter().filter(|f| !f.text.starts_with("//! ")).map(|f| f.path).collect();
    assert_none("files that do not open with `//!`", &silent);
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for file in ["src", "tests", "benches", "fuzz/fuzz_targets"].into_iter().flat_map(rust_files) {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            long.push(format!("{}: {lines} lines", file.path));
        }
    }
    assert_none("files longer than 500 lines", &long);
}

#[test]
fn no_lint_is_switched_off() {
    let mut violations = Vec::new();
    for file in ["src", "tests", "benches"].into_iter().flat_map(rust_files) {
        let lines =
            file.text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[allow("));
        violations.extend(lines.map(|(index, _)| format!("{}:{}", file.path, index + 1)));
    }
    assert_none("lints that are switched off", &violations);
}

/// A new IR node must not compile until every target and the evaluator have answered it. rustfmt indents all arms of a
/// match alike, so the arms beside a `_ =>` are the lines before it with the same indentation. Patterns of slices are
/// never exhaustive without it.
#[test]
fn matches_over_the_ir_are_exhaustive() {
    let variant = regex(&format!(r"\b(?:{})::[A-Z]", IR_ENUMS.join("|")));
    let mut violations = Vec::new();
    for file in ["src/targets", "src/evaluate"].into_iter().flat_map(rust_files) {
        let lines: Vec<&str> = file.code.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if is_catch_all(line.trim_start())
                && arms_before(&lines[..index], line).any(|arm| variant.is_match(arm))
            {
                violations.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    assert_none("`_ =>` in a match over the IR", &violations);
}

fn is_catch_all(line: &str) -> bool {
    line.starts_with("_ =>") || line.starts_with("| _ =>") || line.ends_with("| _ => {")
}

/// The patterns before a catch-all arm, from the match's head on.
fn arms_before<'a>(lines: &'a [&str], arm: &str) -> impl Iterator<Item = &'a str> {
    let depth = indentation(arm);
    lines
        .iter()
        .rev()
        .take_while(move |line| line.trim().is_empty() || indentation(line) >= depth)
        .filter(move |line| indentation(line) == depth && !line.trim_start().starts_with('['))
        .map(|line| line.split("=>").next().unwrap_or_default())
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[test]
fn the_checks_see_what_they_look_for() {
    let file = |code: &str| File { path: "src/x.rs".to_owned(), text: String::new(), code: code.to_owned() };
    let names = file("use crate::{ir, schema};\nuse crate::yaml::Node;\nlet a = crate::cli::run;\n");
    assert!(named_after(&names, "crate").iter().eq(["cli", "ir", "schema", "yaml"]));
    assert_eq!(code_of("src/a.rs", "a\n  // b\n#[cfg(test)]\nmod tests {\n c"), "a\n\n");
    let lines = ["match x {", "    Predicate::All(a) => 1,", "    Value::B => {", "        2", "    }"];
    let arms: Vec<&str> = arms_before(&lines, "    _ => 3,").collect();
    assert_eq!(arms.last(), Some(&"    Predicate::All(a) "));
}
