//! Losses and consent: widening and narrowing happen only where the author accepted them by name.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::source::Span;

use super::Profile;

/// How a rendered detection relates to what was written: which events, or groups of events, alert, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It alerts on exactly what the detection says.
    Exact,
    /// It alerts on more, by consent.
    Widened,
    /// It alerts on less, by consent.
    Narrowed,
    /// It is the author's own target text; detc cannot say.
    Raw,
}

impl Verdict {
    /// The word for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Exact => "exact",
            Verdict::Widened => "widened",
            Verdict::Narrowed => "narrowed",
            Verdict::Raw => "raw",
        }
    }

    /// Both together: narrowing wins, since a missed event is the worse of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// What a loss means under a negation.
    #[must_use]
    fn under(self, polarity: Polarity) -> Self {
        match (self, polarity) {
            (Verdict::Widened, Polarity::Negative) => Verdict::Narrowed,
            (Verdict::Narrowed, Polarity::Negative) => Verdict::Widened,
            (verdict, _) => verdict,
        }
    }
}

/// Whether a test stands under an odd number of negations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// A hit of the test helps the detection to match.
    Positive,
    /// A hit of the test hinders it.
    Negative,
}

impl Polarity {
    /// Inside one more negation.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Polarity::Positive => Polarity::Negative,
            Polarity::Negative => Polarity::Positive,
        }
    }
}

/// Something that a target cannot say exactly, though it can say nearly that.
#[derive(Debug, Clone, Copy)]
pub struct Loss<'a> {
    /// Its name, as written under `accept`: lower-case words joined by hyphens.
    pub name: &'a str,
    /// What the nearest query does instead, were the test positive.
    pub verdict: Verdict,
    /// The field it is about.
    pub field: Option<&'a str>,
    /// What is lost, in words: "the column is empty for events of 4688".
    pub reason: &'a str,
    /// Where the detection asks for it.
    pub span: Span,
    /// Whether it stands under a negation.
    pub polarity: Polarity,
}

/// A loss that the author consented to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedLoss {
    /// Its name.
    pub name: String,
    /// What it does to the detection, negations considered.
    pub verdict: Verdict,
    /// The field it is about.
    pub field: Option<String>,
    /// What is lost.
    pub loss: String,
    /// Why the author accepts that.
    pub reason: String,
}

/// Keeps the account of one compilation: losses met, and whether each was accepted.
pub struct Consent<'a> {
    detection: &'a ir::Detection,
    profile: &'static Profile,
    accepted: Vec<AcceptedLoss>,
}

impl<'a> Consent<'a> {
    /// An empty account.
    pub fn new(detection: &'a ir::Detection, profile: &'static Profile) -> Self {
        Self { detection, profile, accepted: Vec::new() }
    }

    /// Records a loss if the author accepted it; otherwise the error to report.
    pub fn lose(&mut self, loss: Loss) -> Result<(), Box<Diagnostic>> {
        let verdict = loss.verdict.under(loss.polarity);
        let consent = self.detection.accepts.iter().find(|accept| {
            (accept.target.value == self.profile.id || accept.target.value == self.profile.target())
                && accept.loss.value == loss.name
                && accept.field.as_ref().is_none_or(|field| Some(field.value.as_str()) == loss.field)
        });
        if let Some(accept) = consent {
            let accepted = AcceptedLoss {
                name: loss.name.to_owned(),
                verdict,
                field: loss.field.map(str::to_owned),
                loss: loss.reason.to_owned(),
                reason: accept.reason.clone(),
            };
            if !self.accepted.contains(&accepted) {
                self.accepted.push(accepted);
            }
            return Ok(());
        }
        let about = loss.field.map(|field| format!(" on `{field}`")).unwrap_or_default();
        let effect = if verdict == Verdict::Widened { "more" } else { "fewer" };
        Err(Box::new(
            Diagnostic::new(
                Code::E0504,
                format!("{}: `{}`{about}: the query would find {effect} events", self.profile.id, loss.name),
            )
            .at(&self.detection.file, loss.span, loss.reason)
            .help(format!(
                "if that is acceptable: accept: [{{target: {}, loss: {}{}, reason: …}}]",
                self.profile.id,
                loss.name,
                loss.field.map(|field| format!(", field: {field}")).unwrap_or_default()
            )),
        ))
    }

    /// The file of the detection, for other errors.
    pub fn file(&self) -> &'a Arc<crate::source::SourceFile> {
        &self.detection.file
    }

    /// The verdict and the losses.
    pub fn close(self) -> (Verdict, Vec<AcceptedLoss>) {
        let verdict = self.accepted.iter().fold(Verdict::Exact, |all, loss| all.and(loss.verdict));
        (verdict, self.accepted)
    }
}
