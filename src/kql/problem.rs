//! What can go wrong: with a query before it runs, and with a run.
//!
//! In: the place and the words. Out: [`Problem`] for a query that cannot be read or bound, [`Stop`] for a run without
//! an answer. Must not know where either was found.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic};
use crate::source::{SourceFile, Span};

/// Why a query cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is not KQL.
    Syntax,
    /// It is, or may be, KQL, but outside the subset that is interpreted here.
    Outside,
    /// A name that does not exist, or a value of a type that Kusto refuses there.
    Wrong,
}

/// One thing that is wrong with a query, before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort of problem.
    pub kind: Kind,
    /// One terse fact, lower case, no full stop.
    pub message: String,
    /// The bytes of the query that it is about.
    pub span: Span,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl Problem {
    /// The text is not KQL.
    pub(super) fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self { kind: Kind::Syntax, message: message.into(), span, help: None }
    }

    /// A construct that is not interpreted here.
    pub(super) fn outside(what: impl std::fmt::Display, span: Span) -> Self {
        Self { kind: Kind::Outside, message: format!("{what} is not interpreted"), span, help: None }
    }

    /// A name or a type that does not fit.
    pub(super) fn wrong(message: impl Into<String>, span: Span) -> Self {
        Self { kind: Kind::Wrong, message: message.into(), span, help: None }
    }

    /// Says what to do about it.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding, in the query's own text as the file.
    pub fn diagnostic(&self, file: &Arc<SourceFile>) -> Diagnostic {
        let code = match self.kind {
            Kind::Syntax => Code::E0801,
            Kind::Outside => Code::E0802,
            Kind::Wrong => Code::E0804,
        };
        Diagnostic::new(code, self.message.clone()).at(file, self.span, "").maybe_help(self.help.clone())
    }
}

/// Why a run has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Kusto's answer is not documented, or depends on a choice that Kusto makes freely.
    Undetermined {
        /// What is not known.
        reason: String,
    },
    /// The data lead into something that is not interpreted here.
    Outside {
        /// What that is.
        what: String,
    },
    /// The run would take more time or memory than a query may.
    Limit {
        /// Which limit.
        what: &'static str,
    },
    /// The tables do not have the columns that the query was bound to.
    Mismatch {
        /// Which table, and how it differs.
        what: String,
    },
}

impl Stop {
    /// Kusto's answer is not known.
    pub(super) fn undetermined(reason: impl Into<String>) -> Self {
        Stop::Undetermined { reason: reason.into() }
    }

    /// The finding, about the whole query.
    pub fn diagnostic(&self, file: &Arc<SourceFile>) -> Diagnostic {
        let code = match self {
            Stop::Undetermined { .. } => Code::E0803,
            Stop::Outside { .. } => Code::E0802,
            Stop::Limit { .. } => Code::E0805,
            Stop::Mismatch { .. } => Code::E0804,
        };
        Diagnostic::new(code, self.to_string()).at(file, Span::new(0, file.text().len()), "")
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Stop::Undetermined { reason } => write!(f, "undetermined: {reason}"),
            Stop::Outside { what } => write!(f, "{what} is not interpreted"),
            Stop::Limit { what } => write!(f, "the query exceeds a limit: {what}"),
            Stop::Mismatch { what } => write!(f, "{what}"),
        }
    }
}
