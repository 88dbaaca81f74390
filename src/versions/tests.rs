//! Which edits change a meaning, and what is said about versions.

use std::sync::Arc;

use super::{Change, Lock, Meaning, Side, Snapshot, changelog, changes, meaning, report};
use crate::catalogue::Catalogue;
use crate::ir::Detection;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets;

const DETECTION: &str = "\
id: 00000000-0000-4000-8000-000000000001
name: Suspicious Program
version: 3
status: production
type: ttp
severity: high
author: A. Writer
date: 2026-01-31
description: A program that is seldom good news was started.
references: [https://example.com]
attack: [T1003.001]
data_source: windows.process_creation
detection:
  program: {Image|endswith: \\mimikatz.exe}
  condition: program
";

fn read(text: &str) -> (Detection, Vec<Meaning>) {
    let catalogue = Arc::new(Catalogue::embedded());
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let detection = resolve_file(&SourceFile::new("a.yml", text), &context, &mut findings);
    let targets: Vec<_> = targets::profiles().filter_map(|one| targets::target(one.id, &catalogue)).collect();
    let detection = detection.unwrap_or_else(|| panic!("{findings:?}"));
    let meanings = meaning(&detection, &targets);
    (detection, meanings)
}

fn lock() -> Lock {
    let (detection, meanings) = read(DETECTION);
    Lock::of([(&detection, meanings.as_slice())])
}

/// The code and the message about an edited detection.
fn said(edit: impl FnOnce(&str) -> String) -> Option<String> {
    let (detection, meanings) = read(&edit(DETECTION));
    lock().check(&detection, &meanings).map(|found| format!("{} {}", found.code.id(), found.message))
}

#[test]
fn words_change_no_meaning() {
    assert_eq!(said(str::to_owned), None);
    assert_eq!(said(|text| text.replace("seldom good", "never good")), None);
    assert_eq!(
        said(|text| text.replace("example.com", "example.org").replace("T1003.001", "T1003.002")),
        None
    );
    assert_eq!(said(|text| text.replace("2026-01-31", "2026-02-01").replace("high", "low")), None);
    assert_eq!(
        said(|text| text.replace("program:", "tool:").replace("condition: program", "condition: tool")),
        None
    );
}

#[test]
fn a_changed_query_wants_a_higher_version() {
    let edit = |text: &str| text.replace("mimikatz", "rubeus");
    let found = said(edit).expect("a finding");
    assert!(
        found.starts_with("W1002 the query for splunk, splunk:escu, splunk:cim, kusto:sentinel"),
        "{found}"
    );
    assert!(found.ends_with("has changed since version 3"), "{found}");
    assert_eq!(said(|text| edit(text).replace("version: 3", "version: 4")), None);
}

#[test]
fn a_version_does_not_go_back() {
    let found = said(|text| text.replace("version: 3", "version: 2"));
    assert_eq!(found.as_deref(), Some("W1003 the version went back from 3 to 2"));
}

#[test]
fn a_detection_that_is_not_locked_is_new() {
    assert_eq!(said(|text| text.replace("000000000001", "000000000002")), None);
}

#[test]
fn a_lock_reads_back() {
    let lock = lock();
    assert_eq!(Lock::read(&lock.text()), Some(lock));
    assert_eq!(Lock::read("{}"), None);
    assert_eq!(Lock::read("{\"generator\": \"other\", \"detections\": {}}"), None);
}

fn side(name: &str, version: u32, verdict: &str, query: &str) -> Side {
    let query = (verdict.to_owned(), query.to_owned(), Some(format!("{query}\n")));
    Side { name: name.to_owned(), version, queries: [("splunk".to_owned(), query)].into() }
}

#[test]
fn changes_are_told_by_detection_and_profile() {
    let snapshot = |all: &[(&str, Side)]| -> Snapshot {
        all.iter().map(|(id, side)| ((*id).to_owned(), side.clone())).collect()
    };
    let old = snapshot(&[
        ("1", side("Same", 1, "exact", "a")),
        ("2", side("Query", 1, "exact", "a")),
        ("3", side("Verdict", 1, "exact", "a")),
        ("4", side("Gone", 2, "exact", "a")),
        ("5", side("Old_Name", 1, "exact", "a")),
    ]);
    let new = snapshot(&[
        ("1", side("Same", 1, "exact", "a")),
        ("2", side("Query", 2, "exact", "b")),
        ("3", side("Verdict", 1, "narrowed", "b")),
        ("5", side("New Name", 1, "exact", "a")),
        ("6", side("New", 1, "exact", "a")),
    ]);
    let found = changes(&old, &new);
    assert_eq!(
        report(&found, false),
        "removed: Gone (version 2)
added: New (version 1)
changed: New Name, before: Old_Name (version 1, not raised)
changed: Query (version 1 to 2)
  splunk: the query has changed
changed: Verdict (version 1, not raised)
  splunk: exact is now narrowed; the query has changed
"
    );
    assert!(report(&found, true).contains("    -a\n    +b\n"));
    assert_eq!(
        changelog(&found),
        "### Added

- New (version 1).

### Changed

- New Name, before: Old\\_Name (version 1, not raised): no query has changed.
- Query (version 1 to 2): splunk: the query has changed.
- Verdict (version 1, not raised): splunk: exact is now narrowed; the query has changed.

### Removed

- Gone (version 2).
"
    );
    assert_eq!(changes(&new, &new), Vec::<Change>::new());
}
