//! The rules, the events, and which of them go together.
//!
//! In: folders of others. Out: what stands in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use detc::import::sigma::{self, Document, Rule};
use detc::ir::Event;
use detc::source::SourceFile;
use rayon::prelude::*;

use crate::corpora::yaml_files;
use crate::events::{event, lines};
use crate::say::say;

/// What is there.
pub(crate) struct Listed {
    /// How many files of rules.
    pub(crate) files: usize,
    /// The number of each event, in the order of `events`.
    pub(crate) ids: Vec<i64>,
    /// The events.
    pub(crate) events: Vec<Event>,
    /// The same as JSON.
    pub(crate) raw: Vec<serde_json::Value>,
    /// The rules with their paths.
    pub(crate) rules: Vec<(String, Rule)>,
    /// Which event which rule finds: the number of the one, the path of the other. Log sources are not regarded.
    pub(crate) matches: BTreeSet<(i64, String)>,
}

impl Listed {
    /// Reads everything; nothing where it is not there, which is said loudly.
    pub(crate) fn read() -> Option<Self> {
        let corpus = shared("DETC_SIGMA_CORPUS", "corpora/sigmahq")?;
        let regression = shared("DETC_SIGMA_REGRESSION", "data/sigma-regression")?;
        let read = lines(&regression.join("events.ndjson"));
        let files = yaml_files(&corpus);
        Some(Self {
            files: files.len(),
            ids: read.iter().map(|line| line["event_id"].as_i64().expect("an id")).collect(),
            events: read.iter().map(event).collect(),
            raw: read.iter().map(|line| line["event"].clone()).collect(),
            rules: files.par_iter().flat_map_iter(|path| rules(path, &corpus)).collect(),
            matches: lines(&regression.join("matches.ndjson")).iter().map(pair).collect(),
        })
    }
}

fn pair(line: &serde_json::Value) -> (i64, String) {
    (line["event_id"].as_i64().expect("an id"), line["path"].as_str().expect("a path").to_owned())
}

/// The rules of a file.
fn rules(path: &Path, corpus: &Path) -> impl Iterator<Item = (String, Rule)> + use<> {
    let text = std::fs::read_to_string(path).expect("text");
    let mut findings = Vec::new();
    let documents = sigma::read(&SourceFile::new(path.display().to_string(), text), &mut findings);
    assert!(findings.iter().all(|finding| finding.code.id().starts_with('W')), "{findings:#?}");
    let name = path.strip_prefix(corpus).expect("below").display().to_string();
    documents.into_iter().filter_map(move |document| match document {
        Document::Rule(rule) => Some((name.clone(), *rule)),
        Document::Correlation(_) | Document::Filter(_) => None,
    })
}

/// What stands where the files of others should be, or nothing, said loudly.
fn shared(variable: &str, default: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(default), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    say(&format!("SKIPPED: {} is not there; set {variable} to test over it", path.display()));
    None
}
