//! Tokens that escape themselves: string literals, names, regular expressions, comments.
//!
//! In: text of any kind. Out: the same text as KQL reads it. Must not know queries or expressions.
//!
//! Escapes `\u` and `\x` are written only for control characters: everything else stands raw, as UTF-8.

use std::fmt::{self, Write};
use std::sync::LazyLock;

use crate::maps::HashSet;

/// Words that fail as a bare name, as found with Microsoft's parser.
static KEYWORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("keywords.txt").lines().collect());

/// What is written into a query.
pub(super) trait Print {
    /// Writes it. A query is full of small tokens: they go straight to where they are written to.
    fn print(&self, out: &mut dyn Write) -> fmt::Result;
}

/// Prints wherever a template or a `Display` does.
macro_rules! prints_itself {
    ($($token:ty),+) => {
        $(impl askama::FastWritable for $token {
            fn write_into(&self, out: &mut dyn std::fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
                Ok($crate::targets::kusto::tokens::Print::print(self, out)?)
            }
        }

        impl std::fmt::Display for $token {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                $crate::targets::kusto::tokens::Print::print(self, f)
            }
        })+
    };
}

pub(super) use prints_itself;

/// A text as a string literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct StringLiteral(pub(super) String);

/// The name of a column, table, function or variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ident(pub(super) String);

/// A line of comment: nothing in it can end the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment(pub(super) String);

prints_itself!(StringLiteral, Ident, Comment);

impl StringLiteral {
    /// A literal of this text.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Ident {
    /// A name.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Whether it stands without brackets.
    pub(super) fn is_bare(&self) -> bool {
        let mut bytes = self.0.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !KEYWORDS.contains(self.0.as_str())
    }
}

impl Print for StringLiteral {
    /// Verbatim where backslashes would be doubled, else with escapes. A verbatim literal cannot hold a line break.
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        if self.0.contains('\\') && !has_escapes(&self.0) {
            f.write_str("@\"")?;
            for (i, part) in self.0.split('"').enumerate() {
                f.write_str(if i == 0 { "" } else { "\"\"" })?;
                f.write_str(part)?;
            }
            return f.write_char('"');
        }
        f.write_char('"')?;
        escaped(&self.0, '"', f)?;
        f.write_char('"')
    }
}

impl Print for Ident {
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        if self.is_bare() {
            return f.write_str(&self.0);
        }
        f.write_str("['")?;
        escaped(&self.0, '\'', f)?;
        f.write_str("']")
    }
}

impl Print for Comment {
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        f.write_str("// ")?;
        self.0.chars().try_for_each(|c| f.write_char(if needs_escape(c) { ' ' } else { c }))
    }
}

/// Control characters, and what some reader takes for the end of a line.
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn has_escapes(text: &str) -> bool {
    !text.bytes().all(|b| matches!(b, b' '..=b'~')) && text.chars().any(needs_escape)
}

fn escaped(text: &str, quote: char, f: &mut dyn Write) -> fmt::Result {
    // Most texts are plain, and that is seen at once.
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\' && char::from(b) != quote) {
        return f.write_str(text);
    }
    let is_special = |c: char| c == '\\' || c == quote || needs_escape(c);
    let mut rest = text;
    while let Some((at, special)) = rest.char_indices().find(|(_, c)| is_special(*c)) {
        f.write_str(&rest[..at])?;
        match special {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == '\\' || c == quote => write!(f, "\\{c}")?,
            c => write!(f, "\\u{:04x}", u32::from(c))?,
        }
        rest = &rest[at + special.len_utf8()..];
    }
    f.write_str(rest)
}

/// A literal text inside a regular expression, outside brackets.
pub(super) fn quote_regex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_literals_as_the_language_reads_them() {
        let written = |text: &str| StringLiteral::new(text).to_string();
        assert_eq!(written("a"), r#""a""#);
        assert_eq!(written(r"C:\Windows\"), r#"@"C:\Windows\""#);
        assert_eq!(written(r#"a\"b"#), r#"@"a\""b""#);
        assert_eq!(written(r#"say "x""#), r#""say \"x\"""#);
        assert_eq!(written("a\\b\nc"), r#""a\\b\nc""#);
        assert_eq!(written("\u{1}é"), "\"\\u0001é\"");
    }

    #[test]
    fn brackets_names_that_need_it() {
        let written = |name: &str| Ident::new(name).to_string();
        assert_eq!(written("user"), "user");
        assert_eq!(written("cs-uri"), "['cs-uri']");
        assert_eq!(written("union"), "['union']");
        assert_eq!(written("1day"), "['1day']");
        assert_eq!(written("it's"), r"['it\'s']");
        assert_eq!(written("größe"), "['größe']");
        assert_eq!(written(""), "['']");
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let comment = Comment("a\nb\r\u{85}\u{2028}c".to_owned()).to_string();
        assert_eq!(comment, "// a b   c");
    }
}
