//! ## What it does
//! Finds entries of `accept` that no target needed.
//!
//! ## Why it matters
//! A consent that is not needed today hides a loss tomorrow: when the detection or the catalogue changes, what would
//! have been an error is accepted unseen.
//!
//! ## Example
//! ```yaml
//! accept:
//!   - {target: 'kusto:xdr', loss: partly-filled, reason: only 4688 lacks it}   # nothing tests such a field
//! ```
//!
//! ## Use instead
//! Take the entry out. If it is needed for one field alone, name it with `field`.

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Accept, Detection};
use crate::targets::{AcceptedLoss, Profile};

/// What came of compiling the detection for a profile.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// The losses that needed consent; `None` when it did not compile, so that nothing is known.
    pub losses: Option<&'a [AcceptedLoss]>,
}

/// The consents that no profile needed. To be given every profile in which the data source exists; where one that
/// the consent names did not compile, or none was tried, nothing is said.
pub fn unused_consents(detection: &Detection, tried: &[Tried]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for accept in &detection.accepts {
        let mut named = tried.iter().filter(|tried| names(accept, tried.profile)).peekable();
        let judged = named.peek().is_some();
        let unused = named
            .all(|tried| tried.losses.is_some_and(|losses| !losses.iter().any(|loss| covers(accept, loss))));
        if judged && unused {
            findings.push(
                Diagnostic::new(
                    Code::W0302,
                    format!(
                        "the consent to `{}` for `{}` is not needed",
                        accept.loss.value, accept.target.value
                    ),
                )
                .at(&detection.file, accept.loss.span, "nothing in this detection loses this")
                .help("take it out of `accept`"),
            );
        }
    }
    Diagnostic::sort(&mut findings);
    findings
}

fn names(accept: &Accept, profile: &Profile) -> bool {
    accept.target.value == profile.id || accept.target.value == profile.target()
}

fn covers(accept: &Accept, loss: &AcceptedLoss) -> bool {
    accept.loss.value == loss.name
        && accept.field.as_ref().is_none_or(|field| Some(&field.value) == loss.field.as_ref())
}
