//! A query that the author wrote, read by the interpreter's reader, which shares no code with the printer here.
//!
//! In: a raw block. Out: what is wrong with its query. Names are not looked up: the tables of a workspace are not known.

use super::lexer;
use crate::diagnostics::{Code, Diagnostic};
use crate::kql::{self, Kind};
use crate::source::Span;
use crate::targets::raw::RawBlock;

/// All that can be said of the query without running it.
pub(super) fn check(block: &RawBlock) -> Vec<Diagnostic> {
    let text = block.text();
    let problems = kql::parse(text).err().unwrap_or_default();
    let unread = problems.iter().filter(|problem| problem.kind == Kind::Outside);
    let unread = unread.map(|problem| problem.span.start).min();
    let mut findings = Vec::new();
    for problem in problems {
        findings.push(match problem.kind {
            Kind::Outside => block.unread(&problem.message, problem.span),
            // Behind a part that is not read, nothing is sure.
            Kind::Syntax | Kind::Wrong if unread.is_some_and(|start| problem.span.start > start) => continue,
            Kind::Syntax | Kind::Wrong => block.wrong(&problem.message, problem.span, problem.help),
        });
    }
    let is_wrong = findings.iter().any(|finding| finding.code == Code::E0505);
    let before = text.len() - text.trim_start().len();
    match lexer::check_query(text.trim()) {
        Err(problem) if !is_wrong => {
            let span = Span::new(before + problem.start, before + problem.end);
            vec![block.wrong(&problem.message, span, Some("write one whole query".to_owned()))]
        }
        Ok(()) | Err(_) => findings,
    }
}
