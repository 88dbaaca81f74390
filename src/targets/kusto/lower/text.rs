//! Tests of text.
//!
//! In: a string expression and a pattern or regular expression. Out: the test. The expression is never null: strings
//! are not in Kusto.

use super::alternatives::Alternative;
use super::refuse::Context;
use super::{Done, Lowering};
use crate::ir::{Case, Pattern, Piece, Regex, TextShape};
use crate::targets::Verdict;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::tokens::quote_regex;

/// Kusto's limit of groups in a regular expression.
const MAX_GROUPS: usize = 16;

impl Lowering<'_> {
    /// The whole text fits a pattern.
    pub(super) fn text(
        &mut self,
        subject: Expr,
        pattern: &Pattern,
        case: Case,
        context: Context,
    ) -> Done<Alternative> {
        let literal = match pattern.shape() {
            TextShape::Equals("") => return self.empty(subject, context),
            TextShape::Anything => return Ok(Alternative::Other(Expr::call("isnotempty", subject))),
            TextShape::Other => {
                let regex = Expr::text(pattern_regex(pattern, case));
                return Ok(Alternative::Other(Expr::compare(subject, Relation::MatchesRegex, regex)));
            }
            TextShape::Equals(text)
            | TextShape::StartsWith(text)
            | TextShape::EndsWith(text)
            | TextShape::Contains(text) => text,
        };
        let (left, cased, right) = folded(subject, case, literal);
        Ok(match pattern.shape() {
            TextShape::StartsWith(_) => other(left, Relation::StartsWith(cased), right),
            TextShape::EndsWith(_) => other(left, Relation::EndsWith(cased), right),
            TextShape::Contains(_) => other(left, Relation::Contains(cased), right),
            TextShape::Equals(_) | TextShape::Anything | TextShape::Other => {
                Alternative::Equal { left, cased, right }
            }
        })
    }

    /// The empty text alone. An event without the field looks the same here.
    fn empty(&mut self, subject: Expr, context: Context) -> Done<Alternative> {
        let decided = self.companions.iter().flatten().any(|field| **field == *context.field);
        if !decided {
            self.lose(
                context,
                "missing-and-empty",
                Verdict::Widened,
                "a string column does not tell a missing value from an empty text",
            )?;
        }
        Ok(Alternative::Other(Expr::call("isempty", subject)))
    }

    /// A regular expression matches somewhere in the text. One that matches the empty text asks for a value first:
    /// it does not match a missing one.
    pub(super) fn regex(&mut self, subject: Expr, regex: &Regex, context: Context) -> Done<Alternative> {
        let groups = regex.groups();
        if groups > MAX_GROUPS {
            return Err(self.refuse(
                context,
                &format!("a regular expression with {groups} groups"),
                "Kusto takes at most 16 groups: write `(?:…)` where nothing is captured",
            ));
        }
        let test = Expr::compare(subject.clone(), Relation::MatchesRegex, Expr::text(flagged(regex)));
        Ok(Alternative::Other(if regex.matches_empty() {
            Expr::all([Expr::call("isnotempty", subject), test])
        } else {
            test
        }))
    }
}

fn other(left: Expr, relation: Relation, right: Expr) -> Alternative {
    Alternative::Other(Expr::compare(left, relation, right))
}

/// Both sides of a comparison, and whether its operator must be the cased one. The operators that ignore case fold
/// ASCII letters only; a literal with other letters is therefore compared in lower case.
pub(super) fn folded(subject: Expr, case: Case, literal: &str) -> (Expr, bool, Expr) {
    match case {
        Case::Sensitive => (subject, true, Expr::text(literal)),
        Case::Insensitive if needs_folding(literal) => {
            (Expr::call("tolower", subject), true, Expr::text(Case::Insensitive.fold(literal)))
        }
        Case::Insensitive => (subject, false, Expr::text(literal)),
    }
}

/// Whether a text has letters with two cases outside ASCII.
pub(super) fn needs_folding(text: &str) -> bool {
    !text.is_ascii()
        && text.chars().any(|c| !c.is_ascii() && (c.to_lowercase().ne([c]) || c.to_uppercase().ne([c])))
}

/// A pattern as a regular expression. `$` is the very end in Kusto's engine, and with the flag `s` a dot is any
/// character, also a line break.
pub(in crate::targets::kusto) fn pattern_regex(pattern: &Pattern, case: Case) -> String {
    let mut out = String::from(if case == Case::Insensitive { "(?is)" } else { "(?s)" });
    let pieces = pattern.pieces();
    // A run at an edge says nothing: the expression may match anywhere.
    let open_start = pieces.first() == Some(&Piece::AnyRun);
    let open_end = pieces.last() == Some(&Piece::AnyRun);
    let inner = &pieces[usize::from(open_start)..pieces.len() - usize::from(open_end && pieces.len() > 1)];
    if !open_start {
        out.push('^');
    }
    for piece in inner {
        match piece {
            Piece::Literal(text) => out.push_str(&quote_regex(text)),
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
        }
    }
    if !open_end {
        out.push('$');
    }
    out
}

/// A regular expression with its flags, and with `\d \w \s` as their ASCII characters: Kusto's would be Unicode.
pub(super) fn flagged(regex: &Regex) -> String {
    let flags = regex.flags();
    let source = regex.with_ascii_classes();
    if flags.is_empty() { source } else { format!("(?{flags}){source}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_anchored_expressions() {
        let regex = |pattern: &str| pattern_regex(&Pattern::parse(pattern), Case::Insensitive);
        assert_eq!(regex(r"C:\\*\a.exe"), r"(?is)^C:\\.*\\a\.exe$");
        assert_eq!(regex("*a*b*"), "(?is)a.*b");
        assert_eq!(regex("a?c"), "(?is)^a.c$");
        assert_eq!(regex(r"a\*b?"), r"(?is)^a\*b.$");
        assert_eq!(regex("?"), "(?is)^.$");
        assert_eq!(regex("*?"), "(?is).$");
        assert_eq!(pattern_regex(&Pattern::parse("a*b"), Case::Sensitive), "(?s)^a.*b$");
    }

    #[test]
    fn only_letters_outside_ascii_are_folded() {
        for plain in ["Admin", "…", "日本", "a\u{301}", "1"] {
            assert!(!needs_folding(plain), "{plain}");
        }
        for folded in ["Müller", "É", "ß", "Д"] {
            assert!(needs_folding(folded), "{folded}");
        }
    }
}
