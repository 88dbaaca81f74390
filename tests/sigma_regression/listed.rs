//! The rules, the events, and which of them go together.
//!
//! In: folders of others. Out: what stands in them.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use detc::import::sigma::{self, Document, Rule};
use detc::ir::{Event, Number, Value};
use detc::source::SourceFile;
use rayon::prelude::*;

/// What is there.
pub(crate) struct Listed {
    /// How many files of rules.
    pub(crate) files: usize,
    /// The number of each event, in the order of `events`.
    pub(crate) ids: Vec<i64>,
    /// The events.
    pub(crate) events: Vec<Event>,
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
        let event = |line: &serde_json::Value| {
            let fields = line["event"].as_object().expect("fields");
            fields.iter().map(|(name, field)| (name.clone(), value(field))).collect()
        };
        let files = rule_files(&corpus);
        Some(Self {
            files: files.len(),
            ids: read.iter().map(|line| line["event_id"].as_i64().expect("an id")).collect(),
            events: read.iter().map(event).collect(),
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

/// Past the harness, which would keep it to itself.
pub(crate) fn say(text: &str) {
    // Nobody may be there to read it: that is no failure.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn lines(file: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(file).expect("the file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(*value),
        serde_json::Value::Number(number) => Value::Number(match number.as_i64() {
            Some(number) => Number::Integer(number),
            None => Number::Real(number.as_f64().expect("a number")),
        }),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::Many(items.iter().map(value).collect()),
        serde_json::Value::Object(pairs) => {
            Value::Pairs(pairs.iter().map(|(name, inner)| (name.clone(), value(inner))).collect())
        }
    }
}
