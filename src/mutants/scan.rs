//! The words of a query in SPL or KQL, with their places.
//!
//! In: a part of a query that a parser has accepted. Out: tokens. Knows no grammar.

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A name, a keyword, a value without quotes.
    Word,
    /// A number, or a length of time such as `5m`.
    Number,
    /// A text in double quotes, verbatim or not.
    Text,
    /// Anything else in quotes: a field of SPL, a macro, a text of KQL in single quotes.
    Quoted,
    /// An operator.
    Sign,
    /// `(`, `[`
    Open,
    /// `)`, `]`
    Close,
    /// `,`
    Comma,
    /// `|`
    Pipe,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) sort: Sort,
    pub(super) span: Span,
}

/// Longest first.
const SIGNS: &[&str] = &[
    "!=", "!~", "==", "=~", "<>", "<=", ">=", "..", "=", "<", ">", "+", "-", "*", "/", "%", ".", ";", "!",
    "~", ":",
];

/// Takes a part of a text apart. `values` is for the terms of SPL's `search`, in which words hold almost any character.
pub(super) fn tokens(text: &str, part: Span, values: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = part.start;
    while let Some(rest) = text.get(at..part.end).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (sort, length) = token(rest, first, values);
        tokens.push(Token { sort, span: Span::new(at, at + length) });
        at += length;
    }
    tokens
}

fn token(rest: &str, first: char, values: bool) -> (Sort, usize) {
    match first {
        '"' => (Sort::Text, quoted(rest, '"', true)),
        '@' if rest[1..].starts_with('"') => (Sort::Text, 1 + quoted(&rest[1..], '"', false)),
        '\'' => (Sort::Quoted, quoted(rest, '\'', true)),
        '`' => (Sort::Quoted, quoted(rest, '`', false)),
        '(' | '[' => (Sort::Open, 1),
        ')' | ']' => (Sort::Close, 1),
        ',' => (Sort::Comma, 1),
        '|' => (Sort::Pipe, 1),
        _ if values => value(rest),
        _ if first.is_ascii_digit() => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            // `1..5` is a range.
            (Sort::Number, rest[..end].find("..").unwrap_or(end))
        }
        _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            // `!in`, `!contains`: one word.
            Some(&"!") if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) => {
                (Sort::Word, 1 + name(&rest[1..]))
            }
            Some(sign) => (Sort::Sign, sign.len()),
            None => (Sort::Word, name(rest).max(first.len_utf8())),
        },
    }
}

/// A name; with the `~` of `in~`.
fn name(rest: &str) -> usize {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    if rest[..end].eq_ignore_ascii_case("in") && rest[end..].starts_with('~') { end + 1 } else { end }
}

/// A term of `search`: an operator, or everything up to one.
fn value(rest: &str) -> (Sort, usize) {
    if let Some(sign) = ["!=", "<=", ">=", "=", "<", ">"].iter().find(|sign| rest.starts_with(**sign)) {
        return (Sort::Sign, sign.len());
    }
    let ends = |c: char| c.is_whitespace() || "\"()[]|,=<>!`".contains(c);
    let first = rest.chars().next().map_or(1, char::len_utf8);
    let end = rest.find(ends).unwrap_or(rest.len()).max(first);
    let digits = rest[..end].bytes().all(|byte| byte.is_ascii_digit());
    (if digits { Sort::Number } else { Sort::Word }, end)
}

/// The length of a quoted text. In one with escapes a backslash takes the next character with it.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut skip = false;
    let mut double = false;
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if skip {
            skip = false;
        } else if double {
            double = false;
        } else if c == '\\' && escapes {
            skip = true;
        } else if c == quote {
            // In a verbatim text a doubled quote is one quote.
            if !escapes && quote == '"' && characters.peek().is_some_and(|(_, next)| *next == quote) {
                double = true;
                continue;
            }
            return at + c.len_utf8();
        }
    }
    rest.len()
}
