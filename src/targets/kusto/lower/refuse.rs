//! What this target cannot say.
//!
//! In: a construct, a reason and a place. Out: a diagnostic, recorded. Must not decide anything.

use super::{Lowering, Reported};
use crate::catalogue::ValueProblem;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::targets::{Loss, Polarity, Verdict};

/// Where a test stands, for messages and for consent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// The tested field.
    pub(super) field: &'a str,
    /// The item in the detection.
    pub(super) span: Span,
    /// Whether it stands under a negation.
    pub(super) polarity: Polarity,
    /// Whether it must be true or false, never null, since it stands somewhere under a negation.
    pub(super) strict: bool,
}

impl Lowering<'_> {
    /// Records that a construct cannot be said: `E0501`.
    pub(super) fn refuse(&mut self, context: Context, construct: &str, reason: &str) -> Reported {
        let message = format!("{}: {construct} on `{}`", self.profile.id, context.field);
        let help = format!("test it another way, or write the query under `raw: {}:`", self.profile.id);
        self.report(Code::E0501, message, context.span, reason, help)
    }

    /// Records that a value can never be there: `E0407`.
    pub(super) fn never(&mut self, context: Context, value: &str, reason: &str) -> Reported {
        let message =
            format!("{}: `{value}` is not a value that `{}` can have there", self.profile.id, context.field);
        self.report(Code::E0407, message, context.span, reason, "remove the value, or correct it".to_owned())
    }

    /// Records why a value cannot be translated.
    pub(super) fn untranslated(&mut self, context: Context, problem: &ValueProblem) -> Reported {
        let (code, help) = match problem {
            ValueProblem::NoValue => {
                (Code::E0407, format!("`detc sources {}` shows the fields", self.prepared.source.id))
            }
            ValueProblem::Untranslatable(_) => (
                Code::E0501,
                format!("test for whole values, or write the query under `raw: {}:`", self.profile.id),
            ),
        };
        let message = format!("{}: `{}`: {problem}", self.profile.id, context.field);
        self.report(code, message, context.span, "", help)
    }

    /// Records that a field does not exist: `E0503`.
    pub(super) fn absent(&mut self, field: &str, span: Span, reason: &str) -> Reported {
        let message = format!("{}: the field `{field}` does not exist there", self.profile.id);
        let others: Vec<&str> =
            self.prepared.source.profiles().filter(|profile| *profile != self.profile.id).collect();
        let help = match others.as_slice() {
            [] => format!("use another field, or write the query under `raw: {}:`", self.profile.id),
            others => format!("use another field, or compile for {}", others.join(", ")),
        };
        self.report(Code::E0503, message, span, reason, help)
    }

    /// Records an error.
    pub(super) fn report(
        &mut self,
        code: Code,
        message: String,
        span: Span,
        reason: &str,
        help: String,
    ) -> Reported {
        self.problems.push(Diagnostic::new(code, message).at(&self.detection.file, span, reason).help(help));
        Reported
    }

    /// Says that something is lost; an error unless the author accepted it.
    pub(super) fn lose(
        &mut self,
        context: Context,
        name: &str,
        verdict: Verdict,
        reason: &str,
    ) -> Result<(), Reported> {
        let Context { field, span, polarity, .. } = context;
        let loss = Loss { name, verdict, field: Some(field), reason, span, polarity };
        self.consent.lose(loss).map_err(|finding| {
            self.problems.push(*finding);
            Reported
        })
    }
}
