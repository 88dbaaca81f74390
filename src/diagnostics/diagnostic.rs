//! The diagnostic itself.

use std::sync::Arc;

use super::Code;
use crate::source::{SourceFile, Span};

/// How bad a finding is. Errors stop a detection from being compiled, warnings do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The detection cannot be compiled, or would mean something else.
    Error,
    /// The detection compiles; a person should look.
    Warning,
}

/// A place in a file, with what to say there (may be empty).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The bytes to underline.
    pub span: Span,
    /// The words beside the underline.
    pub text: String,
}

/// One finding: a code, one terse sentence, the places it is about, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, which also fixes the severity.
    pub code: Code,
    /// One terse fact, lower case, no full stop.
    pub message: String,
    /// The place it is about, first; then other places that explain it. Empty only when no file is involved.
    pub labels: Vec<Label>,
    /// What to type instead.
    pub help: Option<String>,
    /// Facts that explain the finding.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A finding that has no place yet.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), labels: Vec::new(), help: None, notes: Vec::new() }
    }

    /// Adds a place, with what to say there. A place in joined files is shown in the file that it was written in.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, span: Span, text: impl Into<String>) -> Self {
        let (file, span) = file.origin(span);
        self.labels.push(Label { file, span, text: text.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a help line if there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = self.help.or(help);
        self
    }

    /// Adds an explaining fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Error or warning, as the code says.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Sorts findings as a reader meets them: by file, place, code, message; and drops exact repetitions.
    pub fn sort(findings: &mut Vec<Diagnostic>) {
        findings.sort_by(|a, b| a.key().cmp(&b.key()));
        findings.dedup();
    }

    fn key(&self) -> (&str, usize, &'static str, &str) {
        let (file, start) = self.labels.first().map_or(("", 0), |l| (l.file.name(), l.span.start));
        (file, start, self.code.id(), &self.message)
    }
}
