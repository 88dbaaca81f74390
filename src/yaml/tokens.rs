//! Tokens of a YAML file that detc writes: scalars and comments that cannot be misread.
//!
//! In: any text or number. Out: its YAML, which YAML 1.1 and 1.2 readers take as that same value. Must not know what
//! the value means: escapes of the format within (Sigma's `\*`) are part of the text already.

use std::fmt;

use askama::{FastWritable, Values};

/// One YAML scalar on one line.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlScalar {
    /// Text, quoted where any reader could take it for something else.
    Text(String),
    /// A day, `YYYY-MM-DD`, without quotes as every Sigma rule writes it. Anything else is written as text.
    Date(String),
    /// A duration, `90m`, without quotes as every author writes it. Anything else is written as text.
    Duration(String),
    /// A whole number.
    Integer(i64),
    /// A finite number with a fraction.
    Real(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
}

impl YamlScalar {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        YamlScalar::Text(text.into())
    }
}

impl fmt::Display for YamlScalar {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            YamlScalar::Date(day) if is_day(day) => f.write_str(day),
            YamlScalar::Duration(text) if is_duration(text) => f.write_str(text),
            YamlScalar::Text(text) | YamlScalar::Date(text) | YamlScalar::Duration(text) => {
                write_text(f, text)
            }
            YamlScalar::Integer(value) => write!(f, "{value}"),
            // `{}` never writes an exponent: YAML 1.1 reads `1e3` as text.
            YamlScalar::Real(value) if value.fract() == 0.0 => write!(f, "{value}.0"),
            YamlScalar::Real(value) => write!(f, "{value}"),
            YamlScalar::Boolean(value) => write!(f, "{value}"),
            YamlScalar::Null => f.write_str("null"),
        }
    }
}

impl FastWritable for YamlScalar {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// Text of several lines: a literal block where that reads back as the same text, else one quoted line.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlBlock {
    /// The text.
    pub text: String,
    /// By how many spaces its lines are indented; at least one more than the key.
    pub indent: usize,
}

impl fmt::Display for YamlBlock {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (body, header) = match self.text.strip_suffix('\n') {
            Some(body) => (body, "|"),
            None => (self.text.as_str(), "|-"),
        };
        if !is_block(body) {
            return write_text(f, &self.text);
        }
        f.write_str(header)?;
        for line in body.split('\n') {
            f.write_str("\n")?;
            if !line.is_empty() {
                write!(f, "{:width$}{line}", "", width = self.indent)?;
            }
        }
        Ok(())
    }
}

impl FastWritable for YamlBlock {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// Prose: one line where it fits, else lines that are folded into one, else a block.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlProse {
    /// The text.
    pub text: String,
    /// By how many spaces its lines are indented; at least one more than the key.
    pub indent: usize,
}

/// Lines of prose end before this column.
const PROSE_WIDTH: usize = 115;

impl fmt::Display for YamlProse {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let words: Vec<&str> = self.text.split(' ').collect();
        let folds = words.iter().all(|word| !word.is_empty() && word.chars().all(is_shown));
        if self.text.contains('\n') {
            return write!(f, "{}", YamlBlock { text: self.text.clone(), indent: self.indent });
        }
        if !folds || self.text.chars().count() + 16 < PROSE_WIDTH {
            return write_text(f, &self.text);
        }
        f.write_str(">-")?;
        let mut column = PROSE_WIDTH;
        for word in words {
            let length = word.chars().count();
            if column + 1 + length > PROSE_WIDTH {
                write!(f, "\n{:width$}{word}", "", width = self.indent)?;
                column = self.indent + length;
            } else {
                write!(f, " {word}")?;
                column += 1 + length;
            }
        }
        Ok(())
    }
}

impl FastWritable for YamlProse {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// The rest of a comment line. Line breaks and control characters become spaces, so that nothing leaves the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment(pub String);

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, if is_shown(c) { c } else { ' ' }))
    }
}

impl FastWritable for Comment {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// Words that some reader takes for a boolean, null or number, in lower case. YAML 1.1 has the most:
/// <https://yaml.org/type/bool.html>, `null.html`, `float.html`.
const RESERVED: [&str; 12] =
    ["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf", "infinity"];

fn write_text(f: &mut fmt::Formatter, text: &str) -> fmt::Result {
    if is_plain(text) {
        f.write_str(text)
    } else if text.chars().all(is_shown) {
        write!(f, "'{}'", text.replace('\'', "''"))
    } else {
        f.write_str("\"")?;
        text.chars().try_for_each(|c| write_escaped(f, c))?;
        f.write_str("\"")
    }
}

fn write_escaped(f: &mut fmt::Formatter, c: char) -> fmt::Result {
    match c {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        c if is_shown(c) => fmt::Write::write_char(f, c),
        c => match u32::from(c) {
            code @ 0..=0xff => write!(f, "\\x{code:02X}"),
            code @ 0x100..=0xffff => write!(f, "\\u{code:04X}"),
            code => write!(f, "\\U{code:08X}"),
        },
    }
}

/// Whether a character can stand as itself. Left out are what YAML calls not printable, what any YAML version takes
/// for a line break, tabs, and the marks that turn the direction of the text around and so hide it from a reader.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether no quotes are needed. Stricter than YAML: backslashes, wildcards and anything that starts with a digit are
/// quoted for the reader's sake. Identifiers in the shape of a UUID are the exception; no reader takes them for
/// a number or a day.
fn is_plain(text: &str) -> bool {
    if is_uuid(text) {
        return true;
    }
    let inside = |c: char| c.is_alphanumeric() || " _-./@+(),;=%&!|~^$'[]{}<>:#".contains(c);
    text.starts_with(char::is_alphabetic)
        && text.chars().all(inside)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !RESERVED.contains(&text.to_lowercase().as_str())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// A number and a unit, which no reader takes for a number alone.
fn is_duration(text: &str) -> bool {
    let number = text.trim_end_matches(['s', 'm', 'h', 'd']);
    !number.is_empty() && number.len() + 1 == text.len() && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

/// Whether a literal block gives these lines back: several lines, the first and last of which have text, no
/// indentation on the first (it would need an indicator), and no line of blanks alone.
fn is_block(body: &str) -> bool {
    body.contains('\n')
        && body
            .split('\n')
            .all(|line| line.chars().all(is_shown) && (line.is_empty() || !line.trim().is_empty()))
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
}

#[cfg(test)]
mod tests;
