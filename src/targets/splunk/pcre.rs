//! Regular expressions as `match`, `mvfind` and `replace` take them: PCRE inside a quoted text.
//!
//! In: the IR's regular expressions and patterns. Out: a token that escapes twice, for the text and for PCRE. Also
//! pieces to build larger expressions from. Only syntax that PCRE and Rust's `regex` read alike is written.

use std::fmt::{self, Display, Write};

use super::tokens::printed_by_display;
use crate::ir::{Case, Pattern, Piece, Regex, TextShape};

printed_by_display!(RegexText);

/// A regular expression in PCRE, without quotes or escapes for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RegexText(String);

impl RegexText {
    /// Takes PCRE text that this module built.
    pub(super) fn raw(pcre: impl Into<String>) -> Self {
        Self(pcre.into())
    }

    /// The author's expression, flags in front.
    pub(super) fn of(regex: &Regex) -> Self {
        Self(format!("{}{}", flag_group(&regex.flags()), body(regex)))
    }

    /// One of the patterns fits the whole value.
    pub(super) fn whole(patterns: &[&Pattern], case: Case) -> Self {
        Self::joined(patterns, case, quote)
    }

    /// One of the patterns occurs somewhere; each is open at both ends already.
    pub(super) fn somewhere(patterns: &[&Pattern], case: Case) -> Self {
        Self::joined(patterns, case, quote_in_raw_event)
    }

    fn joined(patterns: &[&Pattern], case: Case, quote: fn(&str) -> String) -> Self {
        let mut parts: Vec<Anchored> = patterns.iter().map(|pattern| Anchored::of(pattern, quote)).collect();
        // Nothing as the last alternative is easier to see than in the middle.
        parts.sort_by_key(|part| part.body.is_empty());
        let crosses_lines = parts.iter().any(|part| part.has_dot);
        let mut flags = String::new();
        if case == Case::Insensitive {
            flags.push('i');
        }
        if crosses_lines {
            flags.push('s');
        }
        // Patterns with the same anchors share them, each group where its first pattern stands.
        let mut groups: Vec<((&str, &str), Vec<&str>)> = Vec::new();
        for part in &parts {
            match groups.iter_mut().find(|(anchors, _)| *anchors == part.anchors()) {
                Some((_, bodies)) => bodies.push(&part.body),
                None => groups.push((part.anchors(), vec![&part.body])),
            }
        }
        let texts: Vec<String> = groups
            .iter()
            .map(|((start, end), bodies)| {
                let body = bodies.join("|");
                let is_one_piece = bodies.len() == 1 || (start.is_empty() && end.is_empty());
                if is_one_piece { format!("{start}{body}{end}") } else { format!("{start}(?:{body}){end}") }
            })
            .collect();
        let text = texts.join("|");
        Self(format!("{}{text}", flag_group(&flags)))
    }
}

/// The expression's text in PCRE, without flags: an absolute end for `$`, and no character that quoting, macros or
/// line ends could touch.
pub(super) fn body(regex: &Regex) -> String {
    let source = regex.with_absolute_end();
    let mut out = String::with_capacity(source.len());
    let mut characters = source.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                // PCRE takes `\v` for any vertical space.
                Some('v') => out.push_str(r"\x0B"),
                // A text turns `\|` into `|`, which would be an alternative (S35).
                Some('|') => out.push_str(r"\x7C"),
                Some('"') => out.push('"'),
                // An escaped control character or backtick is that character.
                Some(escaped) if must_be_coded(escaped) => push_raw(&mut out, escaped),
                Some(escaped) => {
                    out.push('\\');
                    out.push(escaped);
                }
                None => out.push('\\'),
            },
            c => push_raw(&mut out, c),
        }
    }
    out
}

/// `(?ims)`, or nothing.
pub(super) fn flag_group(flags: &str) -> String {
    if flags.is_empty() { String::new() } else { format!("(?{flags})") }
}

/// A text as a regular expression that matches only it.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => out.push_str(r"\x7C"),
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => push_raw(&mut out, c),
        }
    }
    out
}

/// Whether the character is written by its number, so that it cannot end a line or open a macro or comment.
fn must_be_coded(c: char) -> bool {
    c.is_control() || matches!(c, '`' | '\u{2028}' | '\u{2029}')
}

fn push_raw(out: &mut String, c: char) {
    if must_be_coded(c) {
        let code = u32::from(c);
        out.push_str(&if code < 0x100 { format!(r"\x{code:02X}") } else { format!(r"\x{{{code:X}}}") });
    } else {
        out.push(c);
    }
}

/// A pattern's body without the wildcards at its edges, and whether an edge is closed.
struct Anchored {
    start: bool,
    end: bool,
    body: String,
    has_dot: bool,
}

impl Anchored {
    fn of(pattern: &Pattern, quote: fn(&str) -> String) -> Self {
        let pieces = pattern.pieces();
        let start = pieces.first() != Some(&Piece::AnyRun);
        let end = pieces.last() != Some(&Piece::AnyRun);
        // `*` alone opens both edges.
        let inner = if matches!(pattern.shape(), TextShape::Anything) {
            &[]
        } else {
            &pieces[usize::from(!start)..pieces.len() - usize::from(!end)]
        };
        let mut body = String::new();
        let mut has_dot = false;
        for piece in inner {
            match piece {
                Piece::Literal(text) => body.push_str(&quote(text)),
                Piece::AnyRun => {
                    has_dot = true;
                    body.push_str(".*");
                }
                Piece::AnyOne => {
                    has_dot = true;
                    body.push('.');
                }
            }
        }
        Self { start, end, body, has_dot }
    }

    fn anchors(&self) -> (&'static str, &'static str) {
        (if self.start { "^" } else { "" }, if self.end { r"\z" } else { "" })
    }
}

/// A text inside the whole event: where that is JSON, backslashes are doubled and double quotes follow one.
fn quote_in_raw_event(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str(r"\\{1,2}"),
            '"' => out.push_str(r#"\\?""#),
            c => out.push_str(&quote(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

impl Display for RegexText {
    /// In quotes: a regex's own escaped backslash becomes four, other escapes stay (E53, E54, K14); `"` is escaped.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_char('"')?;
        let mut characters = self.0.chars();
        while let Some(c) = characters.next() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => match characters.next() {
                    Some('\\') => f.write_str(r"\\\\")?,
                    Some(escaped) => write!(f, "\\{escaped}")?,
                    None => f.write_str(r"\\")?,
                },
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
