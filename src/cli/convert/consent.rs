//! `--accept LOSS[=REASON]`: consent for a whole run.
//!
//! In: the words. Out: consents as a detection carries them, and those that no rule needed. Losses need consent by
//! name: there is no word for all of them.

use std::convert::Infallible;
use std::str::FromStr;

use super::work::{Converted, Outcome};
use crate::ir;
use crate::source::{Span, Spanned};
use crate::targets::Profile;

/// One consent as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    loss: String,
    reason: String,
}

impl FromStr for Accepted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (loss, reason) = text.split_once('=').unwrap_or((text, ""));
        let reason = if reason.trim().is_empty() { "accepted for the whole run" } else { reason.trim() };
        Ok(Self { loss: loss.trim().to_owned(), reason: reason.to_owned() })
    }
}

impl Accepted {
    /// As a detection says it, for one profile.
    pub(super) fn for_profile(&self, profile: &Profile) -> ir::Accept {
        let place = Span::default();
        ir::Accept {
            target: Spanned::new(profile.id.to_owned(), place),
            loss: Spanned::new(self.loss.clone(), place),
            field: None,
            reason: self.reason.clone(),
        }
    }
}

/// The consents that no rule needed: likely misspelt.
pub(super) fn unused<'a>(accepted: &'a [Accepted], converted: &[Converted]) -> Vec<&'a str> {
    let needed = |name: &str| {
        converted.iter().flat_map(|rule| &rule.fates).any(|fate| match fate {
            Outcome::Query(compiled) => compiled.losses.iter().any(|loss| loss.name == name),
            Outcome::Refused(_) | Outcome::Wrong(_) => false,
        })
    };
    accepted.iter().map(|accepted| accepted.loss.as_str()).filter(|name| !needed(name)).collect()
}
