//! The author's own rule in place of ours.
//!
//! In: a `raw` block. Out: its text as it stands, once it is known to be one YAML document in the shape of a rule.

use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::source::SourceFile;
use crate::targets::{Compiled, Needs, Verdict};
use crate::yaml;

/// What every rule must have, by the specification.
const REQUIRED: [&str; 3] = ["title", "logsource", "detection"];

/// Checks the block and takes it over.
pub(super) fn compile(raw: &ir::RawQuery, detection: &ir::Detection) -> Result<Compiled, Vec<Diagnostic>> {
    let refuse = |message: String, help: &str| {
        Diagnostic::new(Code::E0505, format!("sigma: {message}"))
            .at(&detection.file, raw.query.span, "")
            .help(help)
    };
    let file = SourceFile::new("raw", raw.query.value.as_str());
    let mut findings = Vec::new();
    let root = yaml::parse(&file, &mut findings);
    let mut wrong: Vec<Diagnostic> = findings
        .iter()
        .map(|finding| {
            let line = finding.labels.first().map_or(1, |label| file.line_column(label.span.start).line);
            refuse(format!("line {line} of the raw rule: {}", finding.message), "write one YAML document")
        })
        .collect();
    if let Some(root) = &root {
        for key in REQUIRED.into_iter().filter(|key| root.get(key).is_none()) {
            wrong.push(refuse(format!("the raw rule has no `{key}`"), "write a whole Sigma rule"));
        }
        if root.get("detection").is_some_and(|block| block.get("condition").is_none()) {
            wrong.push(refuse("the raw rule has no condition".to_owned(), "add `condition` to `detection`"));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let text = format!("{}\n", raw.query.value.trim_end());
    Ok(Compiled {
        text,
        verdict: Verdict::Raw,
        losses: Vec::new(),
        columns: Vec::new(),
        tree: None,
        needs: Needs::default(),
    })
}
