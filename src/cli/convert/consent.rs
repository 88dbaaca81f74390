//! `--accept LOSS[=REASON]`, and `[[accept]]` of `detc.toml`: consent for a whole run.
//!
//! In: the words. Out: consents as a detection carries them, and those that no rule needed. Losses need consent by
//! name: there is no word for all of them.

use std::convert::Infallible;
use std::str::FromStr;

use super::work::{Converted, Outcome};
use crate::cli::config::AcceptConfig;
use crate::cli::failure::Failure;
use crate::cli::targets::list;
use crate::diagnostics::did_you_mean;
use crate::ir;
use crate::source::{Span, Spanned};
use crate::targets::{Profile, profiles};

/// One consent as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    loss: String,
    field: Option<String>,
    target: Option<String>,
    reason: String,
}

impl FromStr for Accepted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (loss, reason) = text.split_once('=').unwrap_or((text, ""));
        let reason = if reason.trim().is_empty() { "accepted for the whole run" } else { reason.trim() };
        let loss = loss.trim().to_owned();
        Ok(Self { loss, field: None, target: None, reason: reason.to_owned() })
    }
}

impl TryFrom<&AcceptConfig> for Accepted {
    type Error = Failure;

    /// Fails when the target is none, or when the reason says nothing.
    fn try_from(written: &AcceptConfig) -> Result<Self, Failure> {
        let known = || profiles().flat_map(|profile| [profile.id, profile.target()]);
        if let Some(target) = written.target.as_deref().filter(|target| known().all(|id| id != *target)) {
            let help = match did_you_mean(target, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the targets are {}", list(profiles())),
            };
            let message =
                format!("detc.toml: the consent to `{}` names no known target: `{target}`", written.loss);
            return Err(Failure::new(message).help(help));
        }
        if written.reason.trim().is_empty() {
            let message = format!("detc.toml: the consent to `{}` gives no reason", written.loss);
            return Err(Failure::new(message).help("say why the loss is acceptable"));
        }
        Ok(Self {
            loss: written.loss.trim().to_owned(),
            field: written.field.clone(),
            target: written.target.clone(),
            reason: written.reason.trim().to_owned(),
        })
    }
}

impl Accepted {
    /// As a detection says it: for its target, or for every profile.
    pub(super) fn consents(&self, chosen: &[&Profile]) -> Vec<ir::Accept> {
        let place = Span::default();
        let targets = match &self.target {
            Some(target) => vec![target.as_str()],
            None => chosen.iter().map(|profile| profile.id).collect(),
        };
        let consent = |target: &str| ir::Accept {
            target: Spanned::new(target.to_owned(), place),
            loss: Spanned::new(self.loss.clone(), place),
            field: self.field.clone().map(|field| Spanned::new(field, place)),
            reason: self.reason.clone(),
        };
        targets.into_iter().map(consent).collect()
    }
}

/// The consents that no rule needed: likely misspelt.
pub(super) fn unused<'a>(accepted: &'a [Accepted], converted: &[Converted]) -> Vec<&'a str> {
    let needed = |name: &str| {
        converted.iter().flat_map(|rule| &rule.fates).any(|fate| match fate {
            Outcome::Query(query) => query.losses.iter().any(|loss| loss.name == name),
            Outcome::Refused(_) | Outcome::Wrong(_) => false,
        })
    };
    accepted.iter().map(|accepted| accepted.loss.as_str()).filter(|name| !needed(name)).collect()
}
