//! README.md cannot lie: what it shows as a file is that file, what it shows as output is the output of that command.
//!
//! A block opens with `<!-- file: PATH -->` or `<!-- output: detc ARGUMENTS -->`, then a fenced block. `UPDATE=1` writes
//! what belongs there.

#[path = "common/golden.rs"]
mod golden;

use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What belongs into a block: a file's text, or what a command prints to stdout.
fn contents(marker: &str) -> String {
    if let Some(path) = marker.strip_prefix("file: ") {
        return fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let command = marker.strip_prefix("output: detc ").unwrap_or_else(|| panic!("unknown marker `{marker}`"));
    let done = Command::new(env!("CARGO_BIN_EXE_detc"))
        .args(command.split_whitespace())
        .current_dir(root())
        .output()
        .expect("detc runs");
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "detc {command}: {}\n{stderr}", done.status);
    String::from_utf8(done.stdout).expect("output is UTF-8")
}

/// The document with every marked block filled anew, and the number of blocks.
fn filled(document: &str) -> (String, usize) {
    let mut filled = String::new();
    let mut blocks = 0;
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        filled.push_str(line);
        filled.push('\n');
        let Some(marker) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let fence = lines.next().filter(|next| next.starts_with("```"));
        let fence = fence.unwrap_or_else(|| panic!("no fenced block after `{line}`"));
        let closing = lines.by_ref().find(|next| *next == "```");
        assert!(closing.is_some(), "the block after `{line}` is not closed");
        filled.push_str(&format!("{fence}\n{}\n```\n", contents(marker).trim_end()));
        blocks += 1;
    }
    (filled, blocks)
}

#[test]
fn shown_files_and_outputs_are_real() {
    let document = fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let (filled, blocks) = filled(&document);
    assert!(blocks >= 4, "README.md shows one detection and three outputs, but has {blocks} marked blocks");
    golden::assert_up_to_date("README.md", &filled);
}

#[test]
fn linked_files_exist() {
    let link = regex::Regex::new(r"\]\(([^)#:]+)\)").expect("the pattern is valid");
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "oracles/README.md"] {
        let path = root().join(name);
        let document = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        for found in link.captures_iter(&document) {
            let target = path.with_file_name(&found[1]);
            assert!(target.exists(), "{name} links to {}, which does not exist", &found[1]);
        }
    }
}
