//! Findings as text: for people, and for machines.
//!
//! In: a [`Report`]. Out: text in one of five formats. Must not print, and must not know which command asks.

mod github;
mod human;
mod json;
mod junit;
mod sarif;

use crate::diagnostics::{Diagnostic, Severity};

use super::args::MessageFormat;

/// What a command found out.
#[derive(Default)]
pub(super) struct Report<'a> {
    /// The findings, sorted.
    pub(super) findings: &'a [Diagnostic],
    /// What was looked at, whether there was a finding or not; for JUnit.
    pub(super) cases: Vec<Case>,
    /// Facts beside the findings (test results, verdicts), each an object with a `type`; for JSON.
    pub(super) records: Vec<serde_json::Value>,
}

/// One thing that was looked at: a file by `check`, a test by `test`.
pub(super) struct Case {
    /// The file.
    pub(super) file: String,
    /// The name of the thing.
    pub(super) name: String,
    /// What is wrong with it.
    pub(super) findings: Vec<Diagnostic>,
}

impl Report<'_> {
    /// The whole report in one format. Colour is for people only.
    pub(super) fn render(&self, format: MessageFormat, color: bool) -> String {
        match format {
            MessageFormat::Human => human::render(self.findings, color),
            MessageFormat::Json => json::render(self),
            MessageFormat::Sarif => sarif::render(self.findings),
            MessageFormat::Junit => junit::render(&self.cases),
            MessageFormat::Github => github::render(self.findings),
        }
    }
}

/// The word that machines know a severity by.
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
