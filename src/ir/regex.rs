//! Regular expressions that mean the same in every target.
//!
//! The common ground is the syntax of Rust's `regex` crate, which Kusto uses too, without what PCRE (Splunk) takes
//! differently. What is left differs in two corners, which targets and the evaluator settle alike:
//! `$` means the very end of the text (PCRE alone also allows a line break after it), and `\d \w \s` mean their
//! ASCII characters (PCRE's default; Kusto's would be Unicode).

mod shape;

use std::sync::Arc;

use regex_syntax::ast::{self, Ast};
use thiserror::Error;

use shape::Shape;

use crate::kept::Kept;

/// Expressions of fewer characters and classes are far below the size that the engine allows.
const SURELY_SMALL: usize = 2_000;

/// A checked regular expression. Matches anywhere in the text; case counts unless the flag says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Regex {
    source: String,
    shape: Shape,
    /// Case does not count (`re|i`, or a leading `(?i)` that was lifted into this flag).
    pub ignore_case: bool,
    /// `^` and `$` also match at line breaks (`re|m`).
    pub multi_line: bool,
    /// `.` also matches a line break (`re|s`).
    pub dot_all: bool,
}

/// Why a regular expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegexProblem {
    /// It does not parse. The range is the offending part, in bytes.
    #[error("{message}")]
    Syntax {
        /// The parser's words.
        message: String,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// It parses, but not every target reads it alike.
    #[error("{construct} is not the same in every target")]
    NotPortable {
        /// What it uses.
        construct: &'static str,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
}

impl Regex {
    /// Checks an expression. Flags given as `(?i)` at its very start are lifted into the flags.
    pub fn parse(source: &str, flags: &str) -> Result<Self, RegexProblem> {
        let (leading, body) = leading_flags(source);
        let lifted = source.len() - body.len();
        let tree = parse_ast(body).map_err(|error| RegexProblem::Syntax {
            message: in_words(error.kind()),
            start: lifted + error.span().start.offset,
            end: lifted + error.span().end.offset,
        })?;
        ast::visit(&tree, Portable).map_err(|(construct, span)| RegexProblem::NotPortable {
            construct,
            start: lifted + span.start.offset,
            end: lifted + span.end.offset,
        })?;
        let has = |flag| flags.contains(flag) || leading.contains(flag);
        Ok(Self {
            source: body.to_owned(),
            shape: Shape::of(&tree),
            ignore_case: has('i'),
            multi_line: has('m'),
            dot_all: has('s'),
        })
    }

    /// The expression as written, without leading flags.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The flags as letters, in the order `ims`.
    pub fn flags(&self) -> String {
        [(self.ignore_case, 'i'), (self.multi_line, 'm'), (self.dot_all, 's')]
            .into_iter()
            .filter_map(|(set, letter)| set.then_some(letter))
            .collect()
    }

    /// The expression with `$` written `\z` where it means the end of the text. For engines like PCRE, whose `$`
    /// also matches before a final line break.
    pub fn with_absolute_end(&self) -> String {
        self.rewrite(|ast, multi_line| match ast {
            Ast::Assertion(a) if a.kind == ast::AssertionKind::EndLine && !multi_line => {
                Some(r"\z".to_owned())
            }
            _ => None,
        })
    }

    /// The expression with `\d \w \s` written out as ASCII classes. For engines whose classes are Unicode.
    pub fn with_ascii_classes(&self) -> String {
        self.rewrite(|ast, _| match ast {
            Ast::ClassPerl(class) => {
                Some(format!("[{}{}]", if class.negated { "^" } else { "" }, ascii(&class.kind)))
            }
            _ => None,
        })
    }

    /// The same expression over texts in which some characters are written otherwise: each `(character, expression)`.
    /// Only characters that stand for themselves are replaced, not those in a class.
    #[must_use]
    pub fn with_literals(&self, written: &[(&str, &str)]) -> Self {
        let source = self.rewrite(|ast, _| match ast {
            Ast::Literal(literal) => {
                let mut buffer = [0; 4];
                let character: &str = literal.c.encode_utf8(&mut buffer);
                let (_, text) = written.iter().find(|(known, _)| *known == character)?;
                Some(format!("(?:{text})"))
            }
            _ => None,
        });
        match parse_ast(&source) {
            Ok(tree) if source != self.source => Self { shape: Shape::of(&tree), source, ..self.clone() },
            Ok(_) | Err(_) => self.clone(),
        }
    }

    /// Compiles the expression as the reference evaluator runs it. It is shared: a clone has a cache of its own.
    pub fn compile(&self) -> Result<Arc<regex::Regex>, regex::Error> {
        static KEPT: Kept<Regex, Result<Arc<regex::Regex>, regex::Error>> = Kept::empty();
        KEPT.get(self, || self.compiled().map(Arc::new))
    }

    fn compiled(&self) -> Result<regex::Regex, regex::Error> {
        regex::RegexBuilder::new(&self.with_ascii_classes())
            .case_insensitive(self.ignore_case)
            .multi_line(self.multi_line)
            .dot_matches_new_line(self.dot_all)
            .build()
    }

    /// Fails when it is too large to be compiled. Only a large one is tried.
    pub fn check_size(&self) -> Result<(), regex::Error> {
        if self.shape.atoms < SURELY_SMALL { Ok(()) } else { self.compiled().map(drop) }
    }

    /// How many capture groups it has.
    pub fn groups(&self) -> usize {
        self.shape.groups
    }

    /// Whether it matches the empty text.
    pub fn matches_empty(&self) -> bool {
        self.shape.matches_empty
    }

    fn rewrite(&self, replace: impl Fn(&Ast, bool) -> Option<String>) -> String {
        let Ok(tree) = parse_ast(&self.source) else { return self.source.clone() };
        let mut edits = Edits { replace, multi_line: self.multi_line, found: Vec::new() };
        // The visitor cannot fail: its error type is uninhabited.
        let found = match ast::visit(&tree, &mut edits) {
            Ok(()) => edits.found,
            Err(never) => match never {},
        };
        let mut out = String::new();
        let mut done = 0;
        for (start, end, text) in found {
            out.push_str(&self.source[done..start]);
            out.push_str(&text);
            done = end;
        }
        out.push_str(&self.source[done..]);
        out
    }
}

/// Flags at the very start, as in `(?i)abc`, and what follows them.
fn leading_flags(source: &str) -> (&str, &str) {
    source
        .strip_prefix("(?")
        .and_then(|rest| rest.split_once(')'))
        .filter(|(flags, _)| !flags.is_empty() && flags.bytes().all(|b| matches!(b, b'i' | b'm' | b's')))
        .unwrap_or(("", source))
}

fn ascii(kind: &ast::ClassPerlKind) -> &'static str {
    match kind {
        ast::ClassPerlKind::Digit => "0-9",
        ast::ClassPerlKind::Space => r" \t\n\r\f\v",
        ast::ClassPerlKind::Word => "0-9A-Za-z_",
    }
}

fn parse_ast(source: &str) -> Result<Ast, Box<ast::Error>> {
    ast::parse::ParserBuilder::new().nest_limit(64).build().parse(source).map_err(Box::new)
}

fn in_words(kind: &ast::ErrorKind) -> String {
    match kind {
        ast::ErrorKind::UnsupportedLookAround => "look-around is not supported: Kusto has none".to_owned(),
        ast::ErrorKind::UnsupportedBackreference => {
            "back-references are not supported: Kusto has none".to_owned()
        }
        other => other.to_string(),
    }
}

struct Edits<F> {
    replace: F,
    multi_line: bool,
    found: Vec<(usize, usize, String)>,
}

enum Never {}

impl<F: Fn(&Ast, bool) -> Option<String>> ast::Visitor for &mut Edits<F> {
    type Output = ();
    type Err = Never;

    fn finish(self) -> Result<(), Never> {
        self.found.sort();
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Never> {
        if let Some(text) = (self.replace)(ast, self.multi_line) {
            self.found.push((ast.span().start.offset, ast.span().end.offset, text));
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Never> {
        // Inside brackets only the plain classes can be written out; `Portable` refuses negated ones there.
        if let ast::ClassSetItem::Perl(class) = item
            && let Some(text) = (self.replace)(&Ast::class_perl(class.clone()), self.multi_line)
        {
            let inner = text.trim_start_matches('[').trim_end_matches(']').to_owned();
            self.found.push((class.span.start.offset, class.span.end.offset, inner));
        }
        Ok(())
    }
}

/// Refuses what targets read differently.
struct Portable;

impl ast::Visitor for Portable {
    type Output = ();
    type Err = (&'static str, ast::Span);

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        match ast {
            Ast::Flags(flags) => Err(("a flag group inside the expression", flags.span)),
            Ast::Group(group) => match &group.kind {
                ast::GroupKind::NonCapturing(flags) if !flags.items.is_empty() => {
                    Err(("a flag group inside the expression", group.span))
                }
                _ => Ok(()),
            },
            Ast::ClassUnicode(class) => Err(("a Unicode class", class.span)),
            Ast::Assertion(assertion) => match assertion.kind {
                ast::AssertionKind::StartLine
                | ast::AssertionKind::EndLine
                | ast::AssertionKind::StartText
                | ast::AssertionKind::EndText
                | ast::AssertionKind::WordBoundary
                | ast::AssertionKind::NotWordBoundary => Ok(()),
                _ => Err(("this kind of word boundary", assertion.span)),
            },
            Ast::Repetition(repetition) => match repetition.ast.as_ref() {
                // PCRE reads `a++` as possessive: it never gives back what it took.
                Ast::Repetition(_) => Err(("a repetition of a repetition", repetition.span)),
                Ast::Assertion(_) => Err(("a repetition of an anchor or word boundary", repetition.span)),
                _ => Ok(()),
            },
            Ast::Literal(literal) => portable_literal(literal),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, op: &ast::ClassSetBinaryOp) -> Result<(), Self::Err> {
        Err(("a set operator (`&&`, `--`, `~~`) in a character class", op.span))
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ast::ClassSetItem::Bracketed(class) => Err(("a character class inside another", class.span)),
            ast::ClassSetItem::Unicode(class) => Err(("a Unicode class", class.span)),
            ast::ClassSetItem::Perl(class) if class.negated => {
                Err(("a negated class inside brackets", class.span))
            }
            ast::ClassSetItem::Literal(literal) => portable_literal(literal),
            _ => Ok(()),
        }
    }
}

fn portable_literal(literal: &ast::Literal) -> Result<(), (&'static str, ast::Span)> {
    match literal.kind {
        ast::LiteralKind::HexFixed(ast::HexLiteralKind::UnicodeShort | ast::HexLiteralKind::UnicodeLong)
        | ast::LiteralKind::HexBrace(ast::HexLiteralKind::UnicodeShort | ast::HexLiteralKind::UnicodeLong) => {
            Err(("a `\\u` escape", literal.span))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_targets_cannot_do_alike() {
        for wrong in [
            "(?=x)",
            "(?<!x)",
            r"(a)\1",
            "[a&&b]",
            "[a--b]",
            r"\p{L}",
            "(unclosed",
            "a(?i)b",
            "(?i:b)",
            r"[\W]",
            "[a[b]]",
            r"\u0041",
            r"\<a",
            "a++",
            "a{2}+",
            r"\b*",
        ] {
            assert!(Regex::parse(wrong, "").is_err(), "{wrong}");
        }
    }

    #[test]
    fn lifts_leading_flags() {
        let regex = Regex::parse("(?i)abc", "").expect("valid");
        assert_eq!((regex.source(), regex.flags()), ("abc", "i".to_owned()));
    }

    #[test]
    fn places_of_problems_count_from_the_text_as_written() {
        let Err(RegexProblem::Syntax { start, end, .. }) = Regex::parse("(?i)ab(?=x)", "") else {
            panic!("refused")
        };
        assert_eq!((start, end), (6, 9));
    }

    #[test]
    fn rewrites_by_token_not_by_text() {
        let regex = Regex::parse(r"^\$a[$\d]\d$", "").expect("valid");
        assert_eq!(regex.with_absolute_end(), r"^\$a[$\d]\d\z");
        assert_eq!(regex.with_ascii_classes(), r"^\$a[$0-9][0-9]$");
        let lines = Regex::parse("a$", "m").expect("valid");
        assert_eq!(lines.with_absolute_end(), "a$");
    }

    #[test]
    fn characters_that_are_written_otherwise_are_replaced_outside_of_classes() {
        let escape = |source| {
            let regex = Regex::parse(source, "i").expect("valid");
            let other = regex.with_literals(&[("&", "&amp;"), (">", "&gt;")]);
            assert_eq!(other.flags(), "i");
            other.source().to_owned()
        };
        assert_eq!(escape(r"2>&1"), r"2(?:&gt;)(?:&amp;)1");
        assert_eq!(escape(r"a>{2}|[>&]\x26(?P<n>b)"), r"a(?:&gt;){2}|[>&](?:&amp;)(?P<n>b)");
        assert_eq!(escape(r"&"), r"(?:&amp;)");
        assert_eq!(escape("abc"), "abc");
    }

    #[test]
    fn the_tree_says_what_the_engine_would() {
        for written in [
            "",
            "a",
            "a?",
            "a*",
            "a+",
            "a{0}",
            "a{0,3}",
            "a{2,}",
            "(a)|(b*)",
            "(?:)",
            "^$",
            r"\b",
            r"\B",
            r"\Ba?",
            "(?P<n>x)?",
            "[a-z]*",
            ".",
            "(?i)^(a|b|)$",
            r"\A\z",
            "x|^",
            "((a)(b)?)*",
            r"\d{2}|\s*",
            "(?:(a))",
        ] {
            let regex = Regex::parse(written, "").expect("valid");
            let compiled = regex.compile().expect("compiles");
            assert_eq!(regex.matches_empty(), compiled.is_match(""), "{written}");
            assert_eq!(regex.groups(), compiled.captures_len() - 1, "{written}");
        }
    }

    #[test]
    fn what_is_too_large_is_found_and_what_is_surely_small_compiles() {
        for large in ["(?:(?:.{100}){100}){100}", "(?:(?:[a-\u{10000}]{100}){100}){100}"] {
            let regex = Regex::parse(large, "i").expect("valid");
            assert!(regex.check_size().is_err(), "{large}");
        }
        // The costliest atoms of each kind, as many as are taken for small.
        for atom in [".", "[^a]", "k", "[a-z]", "[[:^alpha:]]", "(k)"] {
            let regex = Regex::parse(&format!("(?:{atom}){{{}}}", SURELY_SMALL - 1), "i").expect("valid");
            assert!(regex.check_size().is_ok() && regex.compile().is_ok(), "{atom}");
        }
        let widest = Regex::parse(r"[\x{80}-\x{10FFFF}]k{999}", "i").expect("valid");
        assert!(widest.check_size().is_ok() && widest.compile().is_ok());
    }

    #[test]
    fn classes_are_ascii_when_run() {
        let regex = Regex::parse(r"^\d$", "").expect("valid").compile().expect("compiles");
        assert!(regex.is_match("7"));
        assert!(!regex.is_match("٧"));
    }
}
