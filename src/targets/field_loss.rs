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
    /// Texts that the field holds in full: a test that looks for one of them anywhere in the value loses nothing.
    #[serde(default)]
    pub(super) except: Option<Except>,
}

/// A regular expression for the whole of a text that is looked for, without regard to case.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Except(regex::Regex);

impl TryFrom<String> for Except {
    type Error = regex::Error;

    fn try_from(written: String) -> Result<Self, regex::Error> {
        regex::Regex::new(&format!("(?i)^(?:{written})$")).map(Self)
    }
}

impl PartialEq for Except {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Except {}

impl FieldLoss {
    /// Whether one of the tests meets the loss.
    pub(super) fn concerns<'t>(&self, tests: impl IntoIterator<Item = &'t Match>) -> bool {
        let looks_for = |test: &'t Match| match test {
            Match::Text { pattern, .. } => match pattern.shape() {
                TextShape::Contains(text) => Some(text),
                TextShape::Equals(_)
                | TextShape::StartsWith(_)
                | TextShape::EndsWith(_)
                | TextShape::Anything
                | TextShape::Other => None,
            },
            Match::Regex(_)
            | Match::Number { .. }
            | Match::Boolean(_)
            | Match::Network(_)
            | Match::InList(_)
            | Match::Missing
            | Match::Present
            | Match::Field { .. }
            | Match::TimePart { .. } => None,
        };
        let is_held = |text: &str| self.except.as_ref().is_some_and(|Except(texts)| texts.is_match(text));
        tests.into_iter().any(|test| !looks_for(test).is_some_and(is_held))
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
