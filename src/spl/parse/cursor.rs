//! Walks over the text of a search.
//!
//! In: the text. Out: words, quoted texts, places. The lexis of SPL depends on the command, so there is no list of
//! tokens: each command takes what it knows. Must not know any command.

use std::cell::RefCell;

use super::Answer;
use crate::source::{Span, Spanned};
use crate::spl::ast::Name;
use crate::spl::limits;
use crate::spl::problem::Problem;

/// A place in the text.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    depth: usize,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Cursor<'a> {
    /// At the beginning. Problems after which the reading goes on are put into the list.
    pub(super) fn new(text: &'a str, problems: &'a RefCell<Vec<Problem>>) -> Self {
        Self { text, at: 0, end: text.len(), depth: 0, problems }
    }

    /// Notes a problem, and goes on.
    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// A cursor over a part, as deep as this one.
    pub(super) fn part(&self, span: Span) -> Self {
        Self { at: span.start, end: span.end, ..self.clone() }
    }

    /// What lies ahead.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    /// The text of a place.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }

    /// The byte that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes on at another place of the same text.
    pub(super) fn jump(&mut self, at: usize) {
        self.at = at.min(self.end);
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether the text is at its end, white space aside.
    pub(super) fn is_done(&mut self) -> bool {
        self.space();
        self.at >= self.end
    }

    /// Skips white space, and says whether there was any.
    pub(super) fn space(&mut self) -> bool {
        let rest = self.rest();
        let skipped = rest.len() - rest.trim_start().len();
        self.at += skipped;
        skipped > 0
    }

    /// Skips white space and commas.
    pub(super) fn separators(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
    }

    /// Takes this sign if it comes next.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Takes this sign, or says that it is missing.
    pub(super) fn expect(&mut self, sign: &str) -> Answer<()> {
        self.space();
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// Whether this word comes next, in upper or lower case, and ends there.
    pub(super) fn sees_word(&self, word: &str) -> bool {
        let rest = self.rest();
        let Some(head) = rest.get(..word.len()) else { return false };
        let after = rest[word.len()..].chars().next();
        head.eq_ignore_ascii_case(word)
            && after.is_none_or(|c| {
                !(c.is_alphanumeric() || matches!(c, '_' | '.' | '{' | '=' | ':' | '-' | '*'))
            })
    }

    /// Takes this word in upper or lower case.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.sees_word(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes this word in this case only.
    pub(super) fn eat_upper(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word) && self.sees_word(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// The run of characters that satisfy the test.
    pub(super) fn run(&mut self, test: impl Fn(char) -> bool) -> Name {
        let rest = self.rest();
        let length = rest.find(|c| !test(c)).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        Spanned::new(rest[..length].to_owned(), span)
    }

    /// A text in double quotes. A backslash escapes itself, a double quote and a pipe; before anything else it is an
    /// ordinary character (S35). None when no quote comes next.
    pub(super) fn quoted(&mut self) -> Answer<Option<Name>> {
        let Some(body) = self.rest().strip_prefix('"') else { return Ok(None) };
        let mut value = String::new();
        let mut characters = body.char_indices().peekable();
        while let Some((index, c)) = characters.next() {
            match c {
                '"' => {
                    let span = Span::new(self.at, self.at + index + 2);
                    self.at = span.end;
                    return Ok(Some(Spanned::new(value, span)));
                }
                '\\' => {
                    let escaped = characters.next_if(|(_, next)| matches!(next, '\\' | '"' | '|'));
                    value.push(escaped.map_or('\\', |(_, escaped)| escaped));
                }
                c => value.push(c),
            }
        }
        Err(Problem::syntax("a double quote is not closed", Span::new(self.at, self.end)))
    }

    /// A text in single quotes, taken as it is. None when no quote comes next.
    pub(super) fn single_quoted(&mut self) -> Answer<Option<Name>> {
        let Some(body) = self.rest().strip_prefix('\'') else { return Ok(None) };
        let Some(length) = body.find('\'') else {
            return Err(Problem::syntax("a single quote is not closed", Span::new(self.at, self.end)));
        };
        let span = Span::new(self.at, self.at + length + 2);
        self.at = span.end;
        Ok(Some(Spanned::new(body[..length].to_owned(), span)))
    }

    /// One level deeper, if that is allowed.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Answer<T>) -> Answer<T> {
        if self.depth >= limits::DEPTH {
            let span = Span::new(self.at, self.at);
            return Err(Problem::syntax("nested too deeply", span)
                .help(format!("at most {} levels are read", limits::DEPTH)));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// The place of the next character or word.
    pub(super) fn here(&self) -> Span {
        let rest = self.rest();
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        Span::new(self.at, self.at + length)
    }

    /// Something else than what was expected.
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        let span = self.here();
        let found = self.slice(span);
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        Problem::syntax(format!("expected {expected}, found {found}"), span)
    }

    /// Where the command at hand ends: at the next pipe outside of quotes and brackets, at a closing bracket that
    /// was not opened here, or at the end of the text.
    pub(super) fn end_of_command(&self) -> usize {
        let mut quoted = false;
        let mut escaped = false;
        let mut brackets = 0_usize;
        for (index, c) in self.rest().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                _ if quoted => {}
                '[' => brackets += 1,
                ']' if brackets == 0 => return self.at + index,
                ']' => brackets -= 1,
                '|' if brackets == 0 => return self.at + index,
                _ => {}
            }
        }
        self.end
    }
}
