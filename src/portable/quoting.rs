//! Texts as literals of the two languages, and calls found outside of them.

use std::fmt::{self, Display, Write};

use crate::source::Span;

/// The JSON of `makeresults data="…"`. No backslash of it has a meaning to SPL: those that JSON needs are written as
/// `\u005c`, which SPL leaves alone, and quotes within texts as `\u0022`; the quotes of JSON itself are escaped.
pub(super) struct Data<'a>(pub(super) &'a serde_json::Value);

impl Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_char('"')?;
        let json = self.0.to_string();
        let mut characters = json.chars();
        while let Some(c) = characters.next() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => match characters.next() {
                    Some('u') => f.write_str("\\u")?,
                    Some('n') => f.write_str("\\u000a")?,
                    Some('r') => f.write_str("\\u000d")?,
                    Some('t') => f.write_str("\\u0009")?,
                    Some('b') => f.write_str("\\u0008")?,
                    Some('f') => f.write_str("\\u000c")?,
                    Some(escaped) => write!(f, "\\u{:04x}", u32::from(escaped))?,
                    None => {}
                },
                // Where macros, comments and tokens of dashboards are looked for, quotes do not count.
                '`' | '|' | '$' | '<' | '>' => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// A text of KQL.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    write!(f, "\\u{:04x}", u32::from(c))?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// Where a function without arguments is called, outside of quotes.
pub(super) fn calls(text: &str, name: &str) -> Vec<Span> {
    let call = format!("{name}()");
    let mut found = Vec::new();
    let mut quote: Option<char> = None;
    let mut before = ' ';
    let mut skip = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if skip => skip = false,
            Some('"' | '\'') if c == '\\' => skip = true,
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {
                let begins = !(before.is_alphanumeric() || before == '_' || before == '.');
                if begins && text[at..].starts_with(&call) {
                    found.push(Span::new(at, at + call.len()));
                }
            }
        }
        before = c;
    }
    found
}
