//! ## What it does
//! Finds regular expressions that are only a text: `foo`, `.*foo.*`, `^foo`, `foo$`, `^foo$`.
//!
//! ## Why it matters
//! Targets search texts by index and read every event for a regular expression. A text is easier to read, too, and has
//! nothing to escape.
//!
//! ## Example
//! ```yaml
//! CommandLine|re: '.*\\temp\\.*'
//! ```
//!
//! ## Use instead
//! ```yaml
//! CommandLine|contains|cased: '\temp\'
//! ```
//! `re` regards case, so `cased` keeps the meaning; leave it out if case should not matter, which is what most
//! detections want.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{AssertionKind, Ast, RepetitionKind, RepetitionOp};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Match, Pattern, Regex};

use super::visit_tests;

pub(super) fn check(detection: &Detection, findings: &mut Vec<Diagnostic>) {
    visit_tests(
        detection,
        &mut |test| {
            for alternative in &test.any_of {
                if let Match::Regex(regex) = alternative
                    && let Some((modifier, text)) = simpler(regex)
                {
                    let cased = if regex.ignore_case { "" } else { "|cased" };
                    let value = Pattern::literal(text).to_sigma().replace('\'', "''");
                    findings.push(
                        Diagnostic::new(
                            Code::W0402,
                            format!("the regular expression `{}` is only a text", regex.source()),
                        )
                        .at(&detection.file, test.span, "")
                        .help(format!("write {}{modifier}{cased}: '{value}'", test.field.name)),
                    );
                }
            }
        },
        &mut |_| {},
    );
}

/// The modifier and the text that say the same as the expression.
fn simpler(regex: &Regex) -> Option<(&'static str, String)> {
    let tree = Parser::new().parse(regex.source()).ok()?;
    let parts = match &tree {
        Ast::Concat(concat) => concat.asts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let (starts, parts) = match parts {
        [first, rest @ ..] if is_anchor(first, regex, AssertionKind::StartLine, AssertionKind::StartText) => {
            (true, rest)
        }
        // `.*` at an open edge adds nothing. After `^` it does: `.` stops at a line break.
        [first, rest @ ..] if is_anything(first) => (false, rest),
        other => (false, other),
    };
    let (ends, parts) = match parts {
        [rest @ .., last] if is_anchor(last, regex, AssertionKind::EndLine, AssertionKind::EndText) => {
            (true, rest)
        }
        [rest @ .., last] if is_anything(last) => (false, rest),
        other => (false, other),
    };
    let text: String = parts
        .iter()
        .map(|part| match part {
            Ast::Literal(literal) if !literal.c.is_control() => Some(literal.c),
            _ => None,
        })
        .collect::<Option<_>>()?;
    if text.is_empty() {
        return None;
    }
    Some(match (starts, ends) {
        (true, true) => ("", text),
        (true, false) => ("|startswith", text),
        (false, true) => ("|endswith", text),
        (false, false) => ("|contains", text),
    })
}

/// Whether it stands for the very start or end. With the flag `m`, `^` and `$` are those of a line.
fn is_anchor(ast: &Ast, regex: &Regex, line: AssertionKind, text: AssertionKind) -> bool {
    match ast {
        Ast::Assertion(assertion) => assertion.kind == text || (assertion.kind == line && !regex.multi_line),
        _ => false,
    }
}

/// `.*` or `.*?`.
fn is_anything(ast: &Ast) -> bool {
    match ast {
        Ast::Repetition(repetition) => {
            matches!(&repetition.op, RepetitionOp { kind: RepetitionKind::ZeroOrMore, .. })
                && matches!(*repetition.ast, Ast::Dot(_))
        }
        _ => false,
    }
}
