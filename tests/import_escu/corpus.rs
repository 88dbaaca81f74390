//! Splunk's security content of October 2024, where it is at hand.
//!
//! `../shared/corpora/escu-2024-10` is no part of the project: without it the tests are skipped, and say so.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::import::escu::{Document, Entry, Imported, Importer, read};
use detc::resolve::Context;
use detc::source::SourceFile;
use detc::targets;

/// The content, read.
pub(crate) struct Corpus {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) macros: Vec<(String, Vec<String>, String)>,
}

/// One line on stderr, which shows with `--nocapture`, and whenever a test fails.
pub(crate) fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("stderr can be written");
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
        for path in files(&folder) {
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

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
