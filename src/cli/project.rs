//! All detections of a run: read, checked, and held against each other.
//!
//! In: paths and the catalogue. Out: the detections in the order of their files, and every finding. What one file says
//! does not depend on the others, so files are worked on side by side.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::cases;
use super::failure::Failure;
use super::files::{self, Input};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::maps::HashMap;
use crate::resolve::{Context, resolve};
use crate::source::{SourceFile, Span};
use crate::yaml::{self, Node};
use crate::{ir, targets};

/// What was read.
pub(super) struct Project {
    /// One entry a file.
    pub(super) files: Vec<Loaded>,
    /// What there is to say about all of them, sorted.
    pub(super) findings: Vec<Diagnostic>,
}

/// One file.
pub(super) struct Loaded {
    /// Its text.
    pub(super) file: Arc<SourceFile>,
    /// The detection, if it has no error.
    pub(super) detection: Option<ir::Detection>,
    identity: Identity,
}

/// What must be unique among detections, as far as the file gives it; known even when the rest is wrong.
#[derive(Default)]
struct Identity {
    id: Option<(String, Span)>,
    name: Option<(String, Span)>,
}

impl Project {
    /// Reads and checks everything below `paths`.
    pub(super) fn load(paths: &[PathBuf], catalogue: &Catalogue) -> Result<Self, Failure> {
        let inputs = files::collect(paths)?;
        let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
        let context = Context { catalogue, profiles: &profiles };
        let loaded: Vec<(Loaded, Vec<Diagnostic>)> =
            inputs.par_iter().map(|input| load_one(input, &context)).collect::<Result<_, _>>()?;
        let mut findings = Vec::new();
        let mut files = Vec::with_capacity(loaded.len());
        for (file, own) in loaded {
            findings.extend(own);
            files.push(file);
        }
        findings.extend(duplicates(&files));
        // Also lists that nothing looks up yet.
        let lists: Vec<&str> = catalogue.lists().collect();
        findings.extend(lists.iter().filter_map(|name| catalogue.list(name)?.err()).flatten());
        Diagnostic::sort(&mut findings);
        Ok(Self { files, findings })
    }

    /// The ids of all files, in lower case.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter_map(|loaded| Some(loaded.identity.id.as_ref()?.0.as_str()))
    }

    /// The detections without errors, with their files.
    pub(super) fn detections(&self) -> impl Iterator<Item = &ir::Detection> {
        self.files.iter().filter_map(|loaded| loaded.detection.as_ref())
    }

    /// How many errors and warnings there are.
    pub(super) fn count(&self) -> Count {
        Count::of(&self.findings)
    }
}

/// Errors and warnings, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) errors: usize,
    pub(super) warnings: usize,
}

impl Count {
    /// Counts findings.
    pub(super) fn of(findings: &[Diagnostic]) -> Self {
        let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
        Self { errors, warnings: findings.len() - errors }
    }

    /// `2 errors, 1 warning`, or `no findings`.
    pub(super) fn words(self) -> String {
        match (self.errors, self.warnings) {
            (0, 0) => "no findings".to_owned(),
            (errors, 0) => plural(errors, "error"),
            (0, warnings) => plural(warnings, "warning"),
            (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
        }
    }
}

/// `1 file`, `2 files`.
pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn load_one(input: &Input, context: &Context) -> Result<(Loaded, Vec<Diagnostic>), Failure> {
    let mut findings = Vec::new();
    let (file, unreadable) = input.read()?;
    let mut loaded = Loaded { file, detection: None, identity: Identity::default() };
    if let Some(unreadable) = unreadable {
        findings.push(unreadable);
    } else if let Some(root) = yaml::parse(&loaded.file, &mut findings) {
        loaded.identity = Identity { id: text_at(&root, "id"), name: text_at(&root, "name") };
        loaded.detection = resolve(&loaded.file, &root, context, &mut findings);
        if let Some(detection) = &mut loaded.detection {
            cases::load(detection, input, context, &mut findings)?;
        }
    }
    // What could be built beside an error (a duplicate key, say) must not be compiled.
    if Count::of(&findings).errors > 0 {
        loaded.detection = None;
    }
    Ok((loaded, findings))
}

fn text_at(root: &Node, key: &str) -> Option<(String, Span)> {
    let node = root.get(key)?;
    node.as_text().map(|text| (text.to_owned(), node.span))
}

/// Ids, names and file names that stand twice. The later place is wrong; the first is shown beside it.
fn duplicates(files: &[Loaded]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut ids = HashMap::default();
    let mut names: HashMap<&str, (&Loaded, Span)> = HashMap::default();
    let mut slugs: HashMap<&str, (&Loaded, Span)> = HashMap::default();
    for loaded in files {
        if let Some((id, span)) = &loaded.identity.id {
            let (first, place) = *ids.entry(id.to_lowercase()).or_insert((loaded, *span));
            if !std::ptr::eq(first, loaded) {
                findings.push(
                    Diagnostic::new(Code::E0307, format!("the id `{id}` is taken"))
                        .at(&loaded.file, *span, "again here")
                        .at(&first.file, place, "first here")
                        .help("a detection keeps its id for life: give the newer one an id of its own"),
                );
            }
        }
        let Some((name, span)) = &loaded.identity.name else { continue };
        let (first, place) = *names.entry(name).or_insert((loaded, *span));
        if !std::ptr::eq(first, loaded) {
            findings.push(
                Diagnostic::new(Code::E0307, format!("the name `{name}` is taken"))
                    .at(&loaded.file, *span, "again here")
                    .at(&first.file, place, "first here")
                    .help("files and saved searches are named after it: rename one of the two"),
            );
            continue;
        }
        let Some(slug) = loaded.detection.as_ref().map(|detection| detection.metadata.slug.as_str()) else {
            continue;
        };
        let (first, place) = *slugs.entry(slug).or_insert((loaded, *span));
        if !std::ptr::eq(first, loaded) {
            findings.push(
                Diagnostic::new(Code::E0307, format!("two names become the same file name, `{slug}`"))
                    .at(&loaded.file, *span, "again here")
                    .at(&first.file, place, "first here")
                    .help("change more than case and punctuation in one of the two names"),
            );
        }
    }
    findings
}
