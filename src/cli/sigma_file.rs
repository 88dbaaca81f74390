//! A file of Sigma with its documents.
//!
//! In: a path. Out: what stands in the file, and what is wrong with it. Must not know what becomes of it.

use std::sync::Arc;

use super::failure::Failure;
use super::files::Found;
use crate::diagnostics::Diagnostic;
use crate::import::sigma::{self, Document};
use crate::source::SourceFile;

/// What a file holds.
pub(super) struct SigmaFile {
    pub(super) file: Arc<SourceFile>,
    /// In the order of the file; those that are not read are left out, with a finding.
    pub(super) documents: Vec<Document>,
    pub(super) findings: Vec<Diagnostic>,
}

impl SigmaFile {
    /// Reads it. A file that holds no text is a finding.
    pub(super) fn read(input: &Found) -> Result<Self, Failure> {
        let (file, unreadable) = input.input.read()?;
        let mut findings: Vec<Diagnostic> = unreadable.into_iter().collect();
        let documents = if findings.is_empty() { sigma::read(&file, &mut findings) } else { Vec::new() };
        Ok(Self { file, documents, findings })
    }
}
