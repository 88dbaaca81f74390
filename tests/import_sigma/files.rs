//! The documents of a file, and the detections of both ways.
//!
//! In: a file. Out: for each document that is a detection of its own, what it means as it is and as it is imported.

use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::diagnostics::{Diagnostic, Severity};
use detc::import::sigma::{Context, Document, Imported, Together};
use detc::ir::{Detection, Logic};
use detc::resolve::{self, resolve_file};
use detc::source::SourceFile;
use detc::targets::profiles;

/// A document that is a detection of its own.
pub(crate) struct Both {
    /// What the importer wrote.
    pub(crate) imported: Imported,
    /// What it means.
    pub(crate) own: Detection,
    /// What the document means, with the metadata of the other: those are seen in the file.
    pub(crate) converted: Detection,
}

/// The context of a catalogue, with all profiles.
pub(crate) struct Bench {
    pub(crate) catalogue: Arc<Catalogue>,
    profiles: Vec<&'static str>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let profiles = profiles().map(|profile| profile.id).collect();
        Self { catalogue: Arc::new(Catalogue::embedded()), profiles }
    }

    fn resolve(&self) -> resolve::Context<'_> {
        resolve::Context { catalogue: &self.catalogue, profiles: &self.profiles }
    }

    /// A document in both ways, or why there is none; nothing where it is no detection of its own. Both ways say the same.
    pub(crate) fn both(
        &self,
        document: &Document,
        together: &Together,
    ) -> Option<Result<Both, Vec<Diagnostic>>> {
        let context = Context { resolve: self.resolve(), data_source: None };
        let (mut of_import, mut of_convert) = (Vec::new(), Vec::new());
        let (imported, converted) = match document {
            Document::Rule(rule) if !together.is_part(&rule.metadata) => {
                let filters = together.filters_of(rule);
                (
                    rule.import(&filters, &context, &mut of_import),
                    rule.filtered(&filters, &context, &mut of_convert),
                )
            }
            Document::Correlation(whole) if !together.is_part(&whole.metadata) => (
                whole.import(together, &context, &mut of_import),
                whole.resolve(together, &context, &mut of_convert),
            ),
            Document::Rule(_) | Document::Correlation(_) | Document::Filter(_) => return None,
        };
        let (Some(imported), Some(converted)) = (imported, converted) else {
            assert!(of_import.iter().any(is_error), "a refusal has a reason");
            assert_eq!(of_import, of_convert, "both ways say the same");
            return Some(Err(of_import));
        };
        let mut findings = Vec::new();
        let file = SourceFile::new("imported.yml", imported.text.clone());
        let own = resolve_file(&file, &self.resolve(), &mut findings);
        let own = own.unwrap_or_else(|| panic!("{findings:#?}\n{}", imported.text));
        Some(Ok(Both { converted: alike(converted, &own), imported, own }))
    }
}

/// With the metadata of the other detection, and its name for the only stage: one that is counted has no name of its own.
fn alike(mut converted: Detection, own: &Detection) -> Detection {
    converted.metadata = own.metadata.clone();
    if let (Logic::Correlation(converted), Logic::Correlation(own)) = (&mut converted.logic, &own.logic)
        && let ([converted], [own]) = (converted.stages.as_mut_slice(), own.stages.as_slice())
    {
        converted.name = own.name.clone();
    }
    converted
}

fn is_error(finding: &Diagnostic) -> bool {
    finding.severity() == Severity::Error
}
