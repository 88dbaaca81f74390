//! Schema to IR: everything is checked against the catalogue, and every sugar is taken apart.
//!
//! In: a `schema::Detection` with its file, and a [`Context`]. Out: an `ir::Detection`, or all findings of the file.
//! Must not know any target: the names of profiles are given to it as words.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::source::SourceFile;
use crate::{ir, schema};

/// What resolution looks things up in.
pub struct Context<'a> {
    /// The data sources.
    pub catalogue: &'a Catalogue,
    /// The profiles that exist, for `accept` and `raw`.
    pub profiles: &'a [&'static str],
}

/// Checks one detection. `None` when a finding is an error; warnings may come beside a result.
pub fn resolve(
    _file: &Arc<SourceFile>,
    _detection: &schema::Detection,
    _context: &Context,
    _findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    None
}

/// Parses and checks one file.
pub fn resolve_file(
    file: &Arc<SourceFile>,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let root = crate::yaml::parse(file, findings)?;
    let detection: schema::Detection = crate::yaml::decode(file, &root, findings)?;
    resolve(file, &detection, context, findings)
}
