//! `loss` of a field in a binding: what every target's binding says alike.
//!
//! In: the catalogue's tree, and the tests of a field. Out: whether the loss concerns them. Must not know consent.

use serde::Deserialize;

use super::Verdict;
use crate::ir::{Match, TextShape};

/// What a field holds less in a target than it should.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldLoss {
    /// The name that a consent gives.
    pub(super) name: String,
    /// What a positive test on the field does.
    #[serde(deserialize_with = "verdict")]
    pub(super) verdict: Verdict,
    /// What is lost, in words.
    pub(super) reason: String,
    /// Tests that lose nothing.
    #[serde(default)]
    pub(super) except: Option<Except>,
}

/// Tests that lose nothing, by what they look for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Except {
    /// Texts that the value holds whenever the neutral one does.
    #[serde(default)]
    contains: Option<Texts>,
    /// Texts that the value is whenever the neutral one is.
    #[serde(default)]
    equals: Option<Texts>,
    /// Texts that the value starts with whenever the neutral one does.
    #[serde(default)]
    startswith: Option<Texts>,
    /// Texts that the value ends with whenever the neutral one does.
    #[serde(default)]
    endswith: Option<Texts>,
    /// Whether the value is missing whenever the neutral one is.
    #[serde(default)]
    missing: bool,
}

/// A regular expression for the whole of a text that is looked for, without regard to case.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Texts(regex::Regex);

impl TryFrom<String> for Texts {
    type Error = regex::Error;

    fn try_from(written: String) -> Result<Self, regex::Error> {
        regex::Regex::new(&format!("(?i)^(?:{written})$")).map(Self)
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Texts {}

impl FieldLoss {
    /// Whether one of the tests meets the loss.
    pub(super) fn concerns<'t>(&self, tests: impl IntoIterator<Item = &'t Match>) -> bool {
        tests.into_iter().any(|test| !self.except.as_ref().is_some_and(|except| except.holds_for(test)))
    }
}

impl Except {
    fn holds_for(&self, test: &Match) -> bool {
        let fits =
            |texts: &Option<Texts>, text| texts.as_ref().is_some_and(|Texts(texts)| texts.is_match(text));
        match test {
            Match::Text { pattern, .. } => match pattern.shape() {
                TextShape::Contains(text) => fits(&self.contains, text),
                TextShape::Equals(text) => fits(&self.equals, text),
                TextShape::StartsWith(text) => fits(&self.startswith, text),
                TextShape::EndsWith(text) => fits(&self.endswith, text),
                TextShape::Anything | TextShape::Other => false,
            },
            Match::Missing | Match::Present => self.missing,
            Match::Regex(_)
            | Match::Number { .. }
            | Match::Boolean(_)
            | Match::Network(_)
            | Match::InList(_)
            | Match::Field { .. }
            | Match::TimePart { .. } => false,
        }
    }
}

/// A loss widens or narrows; it is never exact.
fn verdict<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Verdict, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Written {
        Widened,
        Narrowed,
    }

    Ok(match Written::deserialize(deserializer)? {
        Written::Widened => Verdict::Widened,
        Written::Narrowed => Verdict::Narrowed,
    })
}
