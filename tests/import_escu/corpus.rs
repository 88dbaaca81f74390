//! Splunk's security content of October 2024, where it is at hand.
//!
//! `../shared/corpora/escu-2024-10` is no part of the project: without it the tests are skipped, and say so.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::import::escu::{Document, Entry, Imported, Importer, read};
use detc::resolve::Context;
use detc::source::SourceFile;
use detc::targets;

use crate::corpora::yaml_files;
use crate::say::say;

/// The content, read.
pub(crate) struct Corpus {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) macros: Vec<(String, Vec<String>, String)>,
}

impl Corpus {
    /// `None` when the content is not at hand.
    pub(crate) fn read() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/escu-2024-10");
        if !folder.is_dir() {
            say("SKIPPED: the security content is not there (../shared/corpora/escu-2024-10)");
            return None;
        }
        let mut corpus =
            Self { catalogue: Arc::new(Catalogue::embedded()), entries: Vec::new(), macros: Vec::new() };
        for path in yaml_files(&folder) {
            let name = path.strip_prefix(&folder).expect("is below").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("reads");
            match read(&SourceFile::new(name, text), &mut Vec::new()) {
                Some(Document::Macro { name, arguments, text }) => {
                    corpus.macros.push((name, arguments, text))
                }
                Some(Document::Detection(entry)) => corpus.entries.push(*entry),
                Some(Document::Other) | None => {}
            }
        }
        Some(corpus)
    }

    /// Every entry as it is imported, or what was said instead.
    pub(crate) fn imported(&self) -> Vec<(&Entry, Result<Imported, String>)> {
        let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
        let context = Context { catalogue: &self.catalogue, profiles: &profiles };
        let importer = Importer::new(&context, &self.macros);
        let one = |entry: &Entry| {
            let mut findings = Vec::new();
            let imported = importer.import(entry, &mut findings);
            imported.ok_or_else(|| findings.first().map_or(String::new(), |it| it.message.clone()))
        };
        self.entries.iter().map(|entry| (entry, one(entry))).collect()
    }
}
