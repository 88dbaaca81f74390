//! The author's own rule in place of ours.
//!
//! In: a raw block. Out: what is wrong with it: it is one YAML document in the shape of a rule.

use crate::diagnostics::Diagnostic;
use crate::source::{SourceFile, Span};
use crate::targets::raw::RawBlock;
use crate::yaml;

/// What every rule must have, by the specification.
const REQUIRED: [&str; 3] = ["title", "logsource", "detection"];

/// All that can be said of the rule.
pub(super) fn check(block: &RawBlock) -> Vec<Diagnostic> {
    let text = block.text();
    let file = SourceFile::new("raw", text);
    let mut findings = Vec::new();
    let root = yaml::parse(&file, &mut findings);
    let help = |text: &str| Some(text.to_owned());
    let whole = Span::new(0, text.trim_end().len());
    let mut wrong: Vec<Diagnostic> = findings
        .iter()
        .map(|finding| {
            let span = finding.labels.first().map_or(whole, |label| label.span);
            block.wrong(&finding.message, span, help("write one YAML document"))
        })
        .collect();
    if let Some(root) = &root {
        for key in REQUIRED.into_iter().filter(|key| root.get(key).is_none()) {
            let message = format!("the raw rule has no `{key}`");
            wrong.push(block.wrong(message, whole, help("write a whole Sigma rule")));
        }
        if let Some((key, detection)) = root.entry("detection")
            && detection.get("condition").is_none()
        {
            let help = help("add `condition` to `detection`");
            wrong.push(block.wrong("the raw rule has no condition", key.span, help));
        }
    }
    wrong
}
