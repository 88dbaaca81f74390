//! Content packs: what a SIEM team imports.
//!
//! In: detections with their compiled queries, and what the publisher calls the pack. Out: a [`Pack`], which is files
//! in memory with a manifest among them, or every finding that stands against it. Only this file names all kinds; they
//! do not know each other. Must not read or write files: the command line does.

pub mod archive;
pub mod conf;
mod contentctl;
pub mod drift;
pub mod manifest;
mod microsoft;
pub mod names;
mod options;
mod pack;
mod sentinel;
mod sentinel_yaml;
mod sigma;
mod splunk;
mod splunk_app;
#[cfg(test)]
mod tests;

pub use options::{OptionProblem, Options};
pub use pack::Pack;

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::targets::{Compiled, Profile};
use manifest::Manifest;

/// A kind of pack.
pub struct Kind {
    /// As typed after `detc pack`.
    pub id: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// The profiles whose queries it can hold. The first is taken unless another is asked for.
    pub profiles: &'static [&'static str],
    /// The formats that it can be written in. The first is taken unless another is asked for; empty when there is one.
    pub formats: &'static [&'static str],
    /// Makes the files; the manifest is added afterwards. All findings at once.
    pub build: fn(&Content, &Options) -> Result<Pack, Vec<Diagnostic>>,
}

/// Every kind, in the order in which they are listed everywhere.
pub const KINDS: &[Kind] =
    &[splunk_app::KIND, contentctl::KIND, sentinel::KIND, sentinel_yaml::KIND, sigma::KIND];

/// The kind of this name.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}

/// What goes into a pack.
pub struct Content<'a> {
    /// The profile of the queries.
    pub profile: &'static Profile,
    /// The detections that have a query, by slug.
    pub entries: Vec<Entry<'a>>,
    /// The detections that the profile refuses and that were left out by consent, by slug.
    pub refused: Vec<&'a ir::Detection>,
    /// The data sources.
    pub catalogue: Arc<Catalogue>,
}

/// A detection with its query.
pub struct Entry<'a> {
    /// The detection.
    pub detection: &'a ir::Detection,
    /// Its query in the profile of the pack.
    pub compiled: Compiled,
}

impl Entry<'_> {
    /// A finding about the detection, shown at its name: that is what it is called in the product.
    fn finding(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(&self.detection.file, self.detection.metadata.name.span, "")
    }
}

impl<'a> Content<'a> {
    /// Puts the detections into an order that does not depend on where their files are.
    pub fn new(
        profile: &'static Profile,
        mut entries: Vec<Entry<'a>>,
        mut refused: Vec<&'a ir::Detection>,
        catalogue: Arc<Catalogue>,
    ) -> Self {
        entries.sort_by(|a, b| a.detection.metadata.slug.cmp(&b.detection.metadata.slug));
        refused.sort_by(|a, b| a.metadata.slug.cmp(&b.metadata.slug));
        Self { profile, entries, refused, catalogue }
    }
}

/// Makes a pack with its manifest. All findings at once.
pub fn build(kind: &Kind, content: &Content, options: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let mut pack = (kind.build)(content, options)?;
    let manifest = Manifest::of(kind, content, options, &pack);
    let name = pack.manifest_name();
    pack.add(&name, manifest.text());
    let mut findings = pack.problems();
    Diagnostic::sort(&mut findings);
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}
