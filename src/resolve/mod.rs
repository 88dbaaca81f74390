//! Schema to IR: everything is checked against the catalogue, and every sugar is taken apart.
//!
//! In: a `schema::Detection` with its file, and a [`Context`]. Out: an `ir::Detection`, or all findings of the file.
//! Must not know any target: the names of profiles are given to it as words.

mod condition;
mod correlation;
mod derive;
mod encode;
mod event_value;
mod events;
mod item;
mod list;
mod logic;
mod message;
mod metadata;
mod modifiers;
mod observation;
mod outcome;
mod overlay;
mod raw;
mod resolver;
mod scope;
mod selection;
mod special;
mod stages;
mod testcase;
mod value;

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::SourceFile;
use crate::yaml::{self, Node};
use crate::{ir, schema};

pub use condition::{named_by, words_of};
pub use events::{keep_known, resolve_events, resolve_moment};
pub use metadata::slug_of;
pub use overlay::{Changes, resolve_overlay};
pub use raw::is_column;
pub use resolver::is_hidden;

use resolver::Resolver;

/// What resolution looks things up in.
pub struct Context<'a> {
    /// The data sources.
    pub catalogue: &'a Catalogue,
    /// The profiles that exist, for `accept` and `raw`.
    pub profiles: &'a [&'static str],
}

/// Parses and checks one file.
pub fn resolve_file(
    file: &Arc<SourceFile>,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let root = yaml::parse(file, findings)?;
    resolve(file, &root, context, findings)
}

/// Decodes and checks one document. `None` when a finding is an error, and never without one; warnings may come
/// beside a result.
pub fn resolve(
    file: &Arc<SourceFile>,
    root: &Node,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let detection: schema::Detection = yaml::decode(file, root, findings)?;
    check(file, root, &detection, Dialect::Neutral, context, findings)
}

/// Whose rules decide what is only a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Those of the neutral format, whose authors can be asked to mend it.
    Neutral,
    /// Those of Sigma: a rule that others wrote may have a selection without a use.
    Sigma,
}

/// Checks a detection that was built from a document, as [`resolve`] does; `root` is the document.
pub fn check(
    file: &Arc<SourceFile>,
    root: &Node,
    detection: &schema::Detection,
    dialect: Dialect,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let mut resolver = Resolver { file, root, dialect, context, findings };
    let metadata = resolver.metadata(detection);
    let schedule = detection.schedule.as_ref().and_then(|schedule| resolver.schedule(schedule));
    let raw = resolver.raw(&detection.raw);
    let logic = resolver.logic(detection)?;

    let failed = findings.iter().any(|finding| finding.severity() == Severity::Error);
    if failed {
        return None;
    }
    let (logic, outcome) = (logic.logic?, logic.outcome);
    Some(ir::Detection {
        metadata: metadata?,
        logic,
        summary: outcome.summary,
        schedule,
        suppression: outcome.suppression,
        risk: outcome.risk,
        entities: outcome.entities,
        drilldowns: outcome.drilldowns,
        tests: outcome.tests,
        recorded: outcome.recorded,
        accepts: outcome.accepts,
        tuning: None,
        mutants: outcome.mutants,
        raw,
        file: Arc::clone(file),
    })
}

#[cfg(test)]
mod tests;
