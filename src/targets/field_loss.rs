//! `loss` of a field in a binding: what every target's binding says alike.

use serde::Deserialize;

use super::Verdict;

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
