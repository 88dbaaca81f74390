//! What can be wrong with a search, before and while it runs.
//!
//! In: facts and places. Out: values for the caller, who knows the file. Must not know how a search is read or run.

use std::sync::Arc;

use thiserror::Error;

use crate::diagnostics::{Code, Diagnostic};
use crate::source::{SourceFile, Span};

/// A finding about the text of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// E0801 for what is no SPL, E0802 for what lies outside the subset, E0804 for what Splunk itself refuses.
    pub code: Code,
    /// One terse fact.
    pub message: String,
    /// The bytes of the text that it is about.
    pub span: Span,
    /// What to type instead.
    pub help: Option<String>,
}

impl Problem {
    /// The text is no SPL.
    pub(super) fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self { code: Code::E0801, message: message.into(), span, help: None }
    }

    /// The text is SPL that is read but not run.
    pub(super) fn outside(what: impl Into<String>, span: Span) -> Self {
        Self { code: Code::E0802, message: what.into(), span, help: None }
    }

    /// Splunk refuses the search.
    pub(super) fn refused(message: impl Into<String>, span: Span) -> Self {
        Self { code: Code::E0804, message: message.into(), span, help: None }
    }

    /// Says what to type instead.
    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding as a diagnostic: `file` holds the very text that was read.
    pub fn into_diagnostic(self, file: &Arc<SourceFile>) -> Diagnostic {
        Diagnostic::new(self.code, self.message).at(file, self.span, "").maybe_help(self.help)
    }
}

/// Why a search has no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Stop {
    /// The result depends on a rule of Splunk that is contested or unproven. No side is picked.
    #[error("undetermined: Splunk's behaviour here is contested or unproven ({rule})")]
    Undetermined {
        /// The rule, by the id of `tests/spl`.
        rule: &'static str,
    },
    /// The search needs something that is not evaluated.
    #[error("outside of what is evaluated: {what}")]
    Outside {
        /// What it is.
        what: String,
        /// Where it stands in the text.
        span: Span,
    },
    /// Splunk fails the search on these rows.
    #[error("Splunk fails this search: {what}")]
    Fails {
        /// Its reason.
        what: String,
        /// Where it stands in the text.
        span: Span,
    },
    /// The search takes more time or memory than is given to it.
    #[error("the search takes too much: {what}")]
    Limit {
        /// Of what.
        what: &'static str,
    },
}

impl Stop {
    /// The answer depends on a contested rule.
    pub(super) fn open(rule: &'static str) -> Self {
        Self::Undetermined { rule }
    }

    /// The stable code: E0803 for undetermined, E0802 for outside, E0804 for a failure, E0805 for a limit.
    pub fn code(&self) -> Code {
        match self {
            Stop::Undetermined { .. } => Code::E0803,
            Stop::Outside { .. } => Code::E0802,
            Stop::Fails { .. } => Code::E0804,
            Stop::Limit { .. } => Code::E0805,
        }
    }
}
