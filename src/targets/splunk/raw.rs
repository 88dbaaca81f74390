//! A search that the author wrote, read by the interpreter's reader, which shares no code with the printer here.
//!
//! In: a raw block. Out: what is wrong with its search. Macros are not expanded, since their texts are not known: a part
//! that does not read and holds a macro is a warning.

use super::lexer;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::spl::{self, Problem, Program};
use crate::targets::raw::RawBlock;

/// All that can be said of the search without running it.
pub(super) fn check(block: &RawBlock) -> Vec<Diagnostic> {
    let text = block.text();
    let said = |problem: Problem| {
        if problem.code == Code::E0802 || holds_macro(text, problem.span) {
            block.unread(&problem.message, problem.span)
        } else {
            block.wrong(&problem.message, problem.span, problem.help)
        }
    };
    let findings: Vec<Diagnostic> = match spl::parse(text) {
        Err(problems) => problems.into_iter().map(said).collect(),
        // What is read but not run is none of the author's concern; what Splunk refuses to run is.
        Ok(search) => {
            let problems = Program::compile(&search).err().unwrap_or_default();
            problems.into_iter().filter(|problem| problem.code == Code::E0804).map(said).collect()
        }
    };
    let is_wrong = findings.iter().any(|finding| finding.code == Code::E0505);
    let trimmed = text.trim_end();
    match lexer::check_query(trimmed) {
        Err(problem) if !is_wrong => vec![block.wrong(problem, Span::new(0, trimmed.len()), None)],
        Ok(()) | Err(_) => findings,
    }
}

/// Whether the command around this place calls a macro, whose text could be any part of it.
fn holds_macro(text: &str, place: Span) -> bool {
    let start = text.get(..place.start).and_then(|before| before.rfind('|')).unwrap_or(0);
    let end = text.get(place.end..).and_then(|after| after.find('|')).map_or(text.len(), |at| place.end + at);
    text.get(start..end).is_some_and(|command| command.replace("```", "").contains('`'))
}
