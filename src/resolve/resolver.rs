//! What every part of resolution shares: the file, the context, and the way to report.

use std::sync::Arc;

use super::{Context, Dialect};
use crate::diagnostics::{Code, Diagnostic, Severity, did_you_mean};
use crate::ir::Duration;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{Node, Value, written_part};

/// One run of resolution over one file.
pub(super) struct Resolver<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    /// The whole document: what could not be decoded stands only here.
    pub(super) root: &'a Node,
    pub(super) dialect: Dialect,
    pub(super) context: &'a Context<'a>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// A finding at a place of this file, not yet reported.
    pub(super) fn error(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file, span, "")
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// A required key of the document that is not there.
    pub(super) fn missing(&mut self, key: &str, help: &str) {
        if let Some((key, value)) = self.root.entry(key) {
            // A value that could not be read has been reported by the decoder.
            if value.value == Value::Null {
                let message = format!("the required key `{}` has no value", key.value);
                self.report(self.error(Code::E0203, key.span, message).help(help));
            }
            return;
        }
        if self.is_misspelt(key) {
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

    /// Whether an unknown key of the document, which the decoder has reported, is near to this one.
    fn is_misspelt(&self, key: &str) -> bool {
        self.root.entries().iter().any(|(other, _)| {
            did_you_mean(&other.value, [key]).is_some()
                && self.findings.iter().any(|finding| {
                    finding.code == Code::E0201 && finding.labels.iter().any(|label| label.span == other.span)
                })
        })
    }

    /// Whether an error is reported inside this place: what is missing there has been left out by the decoder.
    pub(super) fn is_spoilt(&self, span: Span) -> bool {
        let inside = |inner: Span| span.start <= inner.start && inner.end <= span.end;
        self.findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Error)
            .any(|finding| finding.labels.iter().any(|label| label.file == *self.file && inside(label.span)))
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
        // Most texts are plain, and that is seen at once.
        let is_plain = text.value.bytes().all(|b| matches!(b, b' '..=b'~'));
        let wrong = if is_plain { None } else { text.value.chars().find(|c| is_hidden(*c)) };
        if text.value.trim().is_empty() {
            self.report(self.error(Code::E0409, text.span, format!("{what} is empty")));
        } else if let Some(wrong) = wrong {
            let finding = self
                .error(
                    Code::E0409,
                    text.span,
                    format!("{what} holds the control character U+{:04X}", wrong as u32),
                )
                .help("write it on one line, in characters that can be seen");
            self.report(finding);
        }
    }

    /// The place of a part of a scalar; the whole scalar when the part cannot be found in it (an alias).
    pub(super) fn part(&self, whole: Span, text: &str, start: usize, end: usize) -> Span {
        let written = self.file.slice(whole);
        written_part(written, text, start..end).map_or(whole, |part| whole.within(part.start, part.end))
    }
}

/// Whether a text of one line may not hold this character: control characters, separators, marks that turn the
/// direction of text, and characters without width, by which what is shown would not be what is there. The joiners
/// U+200C and U+200D are part of how some scripts are written.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}'
                | '\u{2029}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2060}'
                | '\u{FEFF}'
        )
}
