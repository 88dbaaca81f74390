//! For programs: one JSON object a line.
//!
//! A finding has `type` (`finding`), `code`, `severity`, `message`, `help` (may be null), `notes`, and `places`, the
//! one it is about first. A place has `file`, `line`, `column`, `end_line`, `end_column` (all from 1; columns count
//! characters; the end is one past the last), `start` and `end` (bytes from 0), and `text` (may be empty). Keys are
//! added, never renamed. Objects of other types may stand between: skip what you do not know.

use serde_json::{Value, json};

use super::{Report, word};
use crate::diagnostics::{Diagnostic, Label};

/// Findings first, then the records.
pub(super) fn render(report: &Report) -> String {
    let objects = report.findings.iter().map(finding).chain(report.records.iter().cloned());
    objects.map(|object| format!("{object}\n")).collect()
}

fn finding(finding: &Diagnostic) -> Value {
    json!({
        "type": "finding",
        "code": finding.code.id(),
        "severity": word(finding.severity()),
        "message": finding.message,
        "help": finding.help,
        "notes": finding.notes,
        "places": finding.labels.iter().map(place).collect::<Vec<_>>(),
    })
}

fn place(label: &Label) -> Value {
    let start = label.file.line_column(label.span.start);
    let end = label.file.line_column(label.span.end);
    json!({
        "file": label.file.name(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "start": label.span.start,
        "end": label.span.end,
        "text": label.text,
    })
}
