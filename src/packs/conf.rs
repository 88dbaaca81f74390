//! Tokens of Splunk's `.conf` files: stanza names and values that read back as what was meant.
//!
//! In: any text. Out: the token, or why no `.conf` file can hold the text; there is no way to escape in one. Must not
//! know what the settings mean. The rules (<https://docs.splunk.com/Documentation/Splunk/latest/Admin/Propsconf>, "about
//! configuration files", and `$SPLUNK_HOME/etc/system/README/*.spec`):
//! - a value is what stands after the first `=`, without the blanks around it;
//! - a line that ends in a backslash goes on in the next one, and the value then holds a line break; a blank after
//!   the backslash ends the value instead;
//! - a line that begins with `#` is a comment, one that begins with `[` a stanza.

use std::fmt;

use askama::{FastWritable, Values};
use thiserror::Error;

/// The longest name of a stanza of `savedsearches.conf` that Enterprise Security takes, in characters.
pub const MAX_STANZA: usize = 99;

/// Why a text cannot stand in a `.conf` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfProblem {
    /// It is empty where it must not be.
    #[error("it is empty")]
    Empty,
    /// Blanks at its edges are lost.
    #[error("blanks at its start or end are lost")]
    Blanks,
    /// A line ends in a backslash, which would join it with the next one.
    #[error("a line ends in a backslash, which would join it with the next one")]
    Backslash,
    /// It holds a control character other than a line break.
    #[error("it holds a control character")]
    Control,
    /// It holds `[` or `]` or a line break, in a name.
    #[error("the name of a stanza can hold neither `[` nor `]` nor line breaks")]
    Bracket,
    /// The name is too long.
    #[error("the name of a stanza has more than {MAX_STANZA} characters")]
    TooLong,
    /// A later line looks like a comment or is empty; readers differ on what it means there.
    #[error("a line after the first is empty or begins with `#`, which readers take differently")]
    Line,
}

/// A value. Lines after the first are continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfValue(String);

impl ConfValue {
    /// A value of one or more lines. Must not be empty: Splunk reads an empty value as one that is not set.
    pub fn new(text: &str) -> Result<Self, ConfProblem> {
        if text.is_empty() {
            return Err(ConfProblem::Empty);
        }
        if text.chars().any(|c| c != '\n' && is_control(c)) {
            return Err(ConfProblem::Control);
        }
        for (index, line) in text.split('\n').enumerate() {
            if line.ends_with('\\') {
                return Err(ConfProblem::Backslash);
            }
            let trimmed = line.trim();
            if index > 0 && (trimmed.is_empty() || trimmed.starts_with('#')) {
                return Err(ConfProblem::Line);
            }
        }
        if text.trim() != text { Err(ConfProblem::Blanks) } else { Ok(Self(text.to_owned())) }
    }

    /// Prose: every run of white space and control characters becomes one blank, since a description is the same text
    /// however its lines are broken.
    pub fn prose(text: &str) -> Result<Self, ConfProblem> {
        Self::new(&one_line(text))
    }

    /// The value itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text on one line: every run of white space and control characters becomes one blank.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || is_control(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Display for ConfValue {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (index, line) in self.0.split('\n').enumerate() {
            f.write_str(if index > 0 { "\\\n" } else { "" })?;
            f.write_str(line)?;
        }
        Ok(())
    }
}

impl FastWritable for ConfValue {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// The name of a stanza, without its brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StanzaName(String);

impl StanzaName {
    /// A name on one line.
    pub fn new(text: &str) -> Result<Self, ConfProblem> {
        if text.is_empty() {
            return Err(ConfProblem::Empty);
        }
        if text.contains(['[', ']', '\n', '\r']) {
            return Err(ConfProblem::Bracket);
        }
        if text.chars().any(is_control) {
            return Err(ConfProblem::Control);
        }
        if text.trim() != text {
            return Err(ConfProblem::Blanks);
        }
        if text.ends_with('\\') {
            return Err(ConfProblem::Backslash);
        }
        if text.chars().count() > MAX_STANZA { Err(ConfProblem::TooLong) } else { Ok(Self(text.to_owned())) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StanzaName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for StanzaName {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// Control characters, what some reader takes for a line break, and the byte-order mark.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_continued() {
        let value = ConfValue::new("index=main\n| stats count [search x]\n| `filter`").expect("a value");
        assert_eq!(value.to_string(), "index=main\\\n| stats count [search x]\\\n| `filter`");
        assert_eq!(
            ConfValue::prose("  a\n\n b\\c\t[d]\u{7} # e ").expect("prose").to_string(),
            "a b\\c [d] # e"
        );
    }

    #[test]
    fn what_a_file_cannot_hold_is_refused() {
        for (text, problem) in [
            ("", ConfProblem::Empty),
            ("a\\", ConfProblem::Backslash),
            ("a\\\nb", ConfProblem::Backslash),
            (" a", ConfProblem::Blanks),
            ("a\n", ConfProblem::Line),
            ("a\n\nb", ConfProblem::Line),
            ("a\n # b", ConfProblem::Line),
            ("a\rb", ConfProblem::Control),
            ("a\0", ConfProblem::Control),
            ("a\u{2028}b", ConfProblem::Control),
        ] {
            assert_eq!(ConfValue::new(text), Err(problem), "{text:?}");
        }
        let long = "x".repeat(100);
        for (text, problem) in [
            ("", ConfProblem::Empty),
            ("a]\n[default", ConfProblem::Bracket),
            ("a\tb", ConfProblem::Control),
            ("a ", ConfProblem::Blanks),
            ("a\\", ConfProblem::Backslash),
            (&long, ConfProblem::TooLong),
        ] {
            assert_eq!(StanzaName::new(text), Err(problem), "{text:?}");
        }
    }
}
