//! What every part of resolution shares: the file, the context, and the way to report.

use std::sync::Arc;

use super::Context;
use crate::diagnostics::{Code, Diagnostic, Severity};
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

    /// A required key of the document that is not there, or has no value.
    pub(super) fn missing(&mut self, key: &str, help: &str) {
        let text = self.file.text();
        let (start, what) = match self.root_key(key) {
            // A key whose value could not be read has been reported by the decoder.
            Some(entry) if self.has_error_within(entry) => return,
            Some(entry) => (entry.start, "has no value"),
            None => (text.find(|c: char| !c.is_whitespace()).unwrap_or(0), "is missing"),
        };
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let finding = self
            .error(Code::E0203, Span::new(start, end), format!("the required key `{key}` {what}"))
            .help(help);
        self.report(finding);
    }

    /// Where a key of the document stands, up to the next one.
    fn root_key(&self, key: &str) -> Option<Span> {
        let mut offset = 0;
        let mut start = None;
        for line in self.file.text().split_inclusive('\n') {
            if let Some(start) = start
                && line.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '#' | '-' | '}' | ']'))
            {
                return Some(Span::new(start, offset));
            }
            if line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')) {
                start = Some(offset);
            }
            offset += line.len();
        }
        start.map(|start| Span::new(start, offset))
    }

    /// Whether an error about this part of the file has been reported.
    fn has_error_within(&self, span: Span) -> bool {
        let errors = self.findings.iter().filter(|finding| finding.severity() == Severity::Error);
        errors.flat_map(|finding| &finding.labels).any(|label| {
            Arc::ptr_eq(&label.file, self.file) && (span.start..span.end).contains(&label.span.start)
        })
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
