//! Regular expressions that mean the same in every target.
//!
//! The common ground is the syntax of Rust's `regex` crate, which Kusto uses too, without what PCRE (Splunk) takes
//! differently. What is left differs in two corners, which targets and the evaluator settle alike:
//! `$` means the very end of the text (PCRE alone also allows a line break after it), and `\d \w \s` mean their
//! ASCII characters (PCRE's default; Kusto's would be Unicode).

use regex_syntax::ast::{self, Ast};
use thiserror::Error;

/// A checked regular expression. Matches anywhere in the text; case counts unless the flag says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Regex {
    source: String,
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
        let mut regex = Self {
            source: source.to_owned(),
            ignore_case: flags.contains('i'),
            multi_line: flags.contains('m'),
            dot_all: flags.contains('s'),
        };
        regex.lift_leading_flags();
        let lifted = source.len() - regex.source.len();
        let tree = parse_ast(&regex.source).map_err(|error| RegexProblem::Syntax {
            message: in_words(error.kind()),
            start: lifted + error.span().start.offset,
            end: lifted + error.span().end.offset,
        })?;
        match ast::visit(&tree, Portable) {
            Ok(()) => Ok(regex),
            Err((construct, span)) => Err(RegexProblem::NotPortable {
                construct,
                start: lifted + span.start.offset,
                end: lifted + span.end.offset,
            }),
        }
    }

    fn lift_leading_flags(&mut self) {
        if let Some(rest) = self.source.strip_prefix("(?")
            && let Some((flags, rest)) = rest.split_once(')')
            && !flags.is_empty()
            && flags.bytes().all(|b| matches!(b, b'i' | b'm' | b's'))
        {
            self.ignore_case |= flags.contains('i');
            self.multi_line |= flags.contains('m');
            self.dot_all |= flags.contains('s');
            self.source = rest.to_owned();
        }
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

    /// Compiles the expression as the reference evaluator runs it.
    pub fn compile(&self) -> Result<regex::Regex, regex::Error> {
        regex::RegexBuilder::new(&self.with_ascii_classes())
            .case_insensitive(self.ignore_case)
            .multi_line(self.multi_line)
            .dot_matches_new_line(self.dot_all)
            .build()
    }

    /// How many capture groups it has.
    pub fn groups(&self) -> usize {
        self.compile().map_or(0, |regex| regex.captures_len() - 1)
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
    fn classes_are_ascii_when_run() {
        let regex = Regex::parse(r"^\d$", "").expect("valid").compile().expect("compiles");
        assert!(regex.is_match("7"));
        assert!(!regex.is_match("٧"));
    }
}
