//! What the publisher calls the pack.
//!
//! In: words from the command line or `detc.toml`. Out: checked options, or what is wrong with one of them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Kind;

/// What a pack is called, who made it, and which form it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The name for machines: the folder of a Splunk app, the prefix of identifiers.
    pub id: String,
    /// The name for people.
    pub label: String,
    /// `1.2.3`.
    pub version: String,
    /// Who publishes it.
    pub author: String,
    /// One of the kind's formats; empty when there is one only.
    pub format: String,
}

/// Why an option is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OptionProblem {
    /// The id.
    #[error(
        "the id of a pack is 2 to 80 lower-case ASCII letters, digits and underscores, and starts with a letter"
    )]
    Id,
    /// The label.
    #[error("the label of a pack is one line of 5 to 80 characters without quotes and backslashes")]
    Label,
    /// The version.
    #[error("the version of a pack is three whole numbers: 1.2.3")]
    Version,
    /// The author.
    #[error("the author of a pack is one line of 1 to 80 characters without quotes and backslashes")]
    Author,
    /// The format.
    #[error("this kind of pack has no such format")]
    Format,
}

impl Options {
    /// Checks what every kind needs. Splunk names apps and shows labels so
    /// (<https://docs.splunk.com/Documentation/Splunk/latest/Admin/Appconf>); the others allow more.
    pub fn check(&self, kind: &Kind) -> Result<(), OptionProblem> {
        let id_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let length = self.id.len();
        if !(2..=80).contains(&length)
            || !self.id.starts_with(|c: char| c.is_ascii_lowercase())
            || !self.id.chars().all(id_letter)
        {
            return Err(OptionProblem::Id);
        }
        if !is_line(&self.label, 5) {
            return Err(OptionProblem::Label);
        }
        let parts: Vec<&str> = self.version.split('.').collect();
        let is_number = |part: &&str| {
            (1..=6).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && (part.len() == 1 || !part.starts_with('0'))
        };
        if parts.len() != 3 || !parts.iter().all(is_number) {
            return Err(OptionProblem::Version);
        }
        if !is_line(&self.author, 1) {
            return Err(OptionProblem::Author);
        }
        let fits = match kind.formats {
            [] => self.format.is_empty(),
            formats => formats.contains(&self.format.as_str()),
        };
        if fits { Ok(()) } else { Err(OptionProblem::Format) }
    }
}

fn is_line(text: &str, least: usize) -> bool {
    (least..=80).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::Pack;

    const KIND: Kind = Kind {
        id: "test",
        about: "",
        profiles: &[],
        formats: &["5", "6"],
        build: |_, _| Ok(Pack::default()),
    };

    fn options() -> Options {
        let text = |text: &str| text.to_owned();
        Options {
            id: text("acme_detections"),
            label: text("ACME Detections"),
            version: text("1.0.0"),
            author: text("ACME"),
            format: text("5"),
        }
    }

    #[test]
    fn what_products_cannot_take_is_refused() {
        assert_eq!(options().check(&KIND), Ok(()));
        for id in ["", "a", "1a", "../x", "a b", "CON", "a.b"] {
            assert_eq!(
                Options { id: id.to_owned(), ..options() }.check(&KIND),
                Err(OptionProblem::Id),
                "{id}"
            );
        }
        for version in ["", "1", "1.0", "1.0.0.0", "1.0.x", "01.0.0", "1.0.-1", "1.0.1000000"] {
            let options = Options { version: version.to_owned(), ..options() };
            assert_eq!(options.check(&KIND), Err(OptionProblem::Version), "{version}");
        }
        for label in ["", "abcd", "a\nbcdef", "[install]\\", " ACME rules"] {
            let options = Options { label: label.to_owned(), ..options() };
            assert_eq!(options.check(&KIND), Err(OptionProblem::Label), "{label}");
        }
        assert_eq!(Options { author: String::new(), ..options() }.check(&KIND), Err(OptionProblem::Author));
        assert_eq!(Options { format: "7".to_owned(), ..options() }.check(&KIND), Err(OptionProblem::Format));
    }
}
