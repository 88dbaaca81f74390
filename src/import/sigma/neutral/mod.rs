//! Sigma as files of the neutral format, and what that format has no place for.
//!
//! In: a rule or a correlation, and the other documents of its run. Out: the text of a detection that its owner can go on
//! with, and notes of what could not be carried over, which stand at the head of the file as well. A filter becomes a part of
//! the detections that it is for: what it leaves out is left out there.

mod block;
mod correlation;
mod notes;

use std::sync::Arc;

use super::{Context, Filter, Metadata, Rule};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::import::neutral::{Draft, Laid};
use crate::resolve;
use crate::schema::Detection;
use crate::source::{SourceFile, Span, Spanned};

use block::Whole;

pub use notes::Note;

/// A file of the neutral format.
#[derive(Debug)]
pub struct Imported {
    /// Its text.
    pub text: String,
    /// What could not be carried over.
    pub notes: Vec<Note>,
}

impl Rule {
    /// Writes the rule in the neutral format, with the conditions of the filters. `None` when a finding is an error: one
    /// about the rule or a filter, or one that the neutral format has against the result.
    pub fn import(
        &self,
        filters: &[&Filter],
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Imported> {
        let mut own = Vec::new();
        let resolved = self.filtered(filters, context, &mut own);
        let unused = Unused::of(&own);
        findings.append(&mut own);
        resolved?;
        let whole = Whole::of(self, filters, &unused)?;
        let mut detection = self.metadata.detection(&self.file, &self.logsource.value, &mut own);
        detection.data_source = self.data_source(context, &mut own);
        detection.how_to_implement = self.definition();
        let mut notes = notes::of_document(&self.metadata, &self.root, &detection);
        notes.extend(whole.notes(None));
        let heading = match filters {
            [] => "Imported from a Sigma rule. These of its keys have no place here:",
            _ => "Imported from a Sigma rule and the filters for it. These of their keys have no place here:",
        };
        let laid = Laid { comments: Vec::new(), block: whole.text };
        written((&self.file, &self.metadata), &detection, &[laid], (heading, notes), context, findings)
    }

    /// What the log must contain is what must be collected.
    fn definition(&self) -> Option<Spanned<String>> {
        let node = self.root.get("logsource")?.get("definition")?;
        let text = node.as_text().filter(|text| !text.trim().is_empty())?;
        Some(Spanned::new(text.trim().to_owned(), node.span))
    }
}

/// The selections that a warning says are not used, by their places.
struct Unused(Vec<(Arc<SourceFile>, Span)>);

impl Unused {
    fn of(findings: &[Diagnostic]) -> Self {
        let of_code = findings.iter().filter(|finding| finding.code == Code::W0410);
        let labels = of_code.filter_map(|finding| finding.labels.first());
        Self(labels.map(|label| (Arc::clone(&label.file), label.span)).collect())
    }

    fn has(&self, file: &Arc<SourceFile>, place: Span) -> bool {
        self.0.iter().any(|(known, at)| Arc::ptr_eq(known, file) && *at == place)
    }
}

/// The file of a detection that the document of this metadata became, checked by reading it.
fn written(
    (file, metadata): (&Arc<SourceFile>, &Metadata),
    detection: &Detection,
    laid: &[Laid],
    (heading, notes): (&str, Vec<Note>),
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<Imported> {
    let lines: Vec<String> = notes.iter().map(Note::to_string).collect();
    let text = Draft::of(detection, laid, heading, &lines)?.text().ok()?;
    let wrong = problems(file.name(), &text, context);
    let fine = wrong.is_empty();
    findings.extend(wrong.into_iter().map(|finding| {
        let note = format!("the rule is valid, but the neutral format refuses it: {}", finding.message);
        Diagnostic { labels: Vec::new(), ..finding }.at(file, metadata.place, note)
    }));
    fine.then_some(Imported { text, notes })
}

/// What the neutral format has against a text.
fn problems(name: &str, text: &str, context: &Context) -> Vec<Diagnostic> {
    let file: Arc<SourceFile> = SourceFile::new(name, text);
    let mut findings = Vec::new();
    let detection = resolve::resolve_file(&file, &context.resolve, &mut findings);
    findings.retain(|finding| finding.severity() == Severity::Error);
    debug_assert_eq!(detection.is_none(), !findings.is_empty(), "a refusal has a reason");
    findings
}
