//! What every part of resolution shares: the file, the context, and the way to report.

use std::sync::Arc;

use super::Context;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Duration;
use crate::source::{SourceFile, Span, Spanned};

/// One run of resolution over one file.
pub(super) struct Resolver<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    pub(super) context: &'a Context<'a>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        file: &'a Arc<SourceFile>,
        context: &'a Context<'a>,
        findings: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self { file, context, findings }
    }

    /// A finding at a place of this file, not yet reported.
    pub(super) fn error(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file, span, "")
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// A required key of the document that is not there.
    pub(super) fn missing(&mut self, key: &str, help: &str) {
        // A key whose value could not be read has been reported by the decoder.
        if self.has_root_key(key) {
            return;
        }
        let start = self.file.text().find(|c: char| !c.is_whitespace()).unwrap_or(0);
        let end =
            self.file.text()[start..].find('\n').map_or(self.file.text().len(), |length| start + length);
        let finding = self
            .error(Code::E0203, Span::new(start, end), format!("the required key `{key}` is missing"))
            .help(help);
        self.report(finding);
    }

    fn has_root_key(&self, key: &str) -> bool {
        self.file.text().lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
    }

    /// Reads a duration.
    pub(super) fn duration(&mut self, text: &Spanned<String>) -> Option<Duration> {
        match Duration::parse(&text.value) {
            Ok(duration) => Some(duration),
            Err(problem) => {
                let finding = self
                    .error(Code::E0404, text.span, format!("`{}` is not a duration: {problem}", text.value))
                    .help("for instance 15m, 1h or 7d");
                self.report(finding);
                None
            }
        }
    }

    /// Checks a text that becomes a single line somewhere.
    pub(super) fn single_line(&mut self, what: &str, text: &Spanned<String>) {
        let wrong = text.value.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
        if text.value.trim().is_empty() {
            self.report(self.error(Code::E0409, text.span, format!("{what} is empty")));
        } else if let Some(wrong) = wrong {
            let finding = self
                .error(
                    Code::E0409,
                    text.span,
                    format!("{what} holds the control character U+{:04X}", wrong as u32),
                )
                .help("write it on one line");
            self.report(finding);
        }
    }

    /// The place of a part of a scalar, when the scalar is written without escapes; else the whole scalar.
    pub(super) fn part(&self, whole: Span, text: &str, start: usize, end: usize) -> Span {
        let written = self.file.slice(whole);
        let quote = usize::from(written.starts_with(['"', '\'']));
        if written.get(quote..).is_some_and(|rest| rest.starts_with(text)) {
            whole.within(quote + start, quote + end)
        } else {
            whole
        }
    }
}
