//! Schema to IR: everything is checked against the catalogue, and every sugar is taken apart.
//!
//! In: a `schema::Detection` with its file, and a [`Context`]. Out: an `ir::Detection`, or all findings of the file.
//! Must not know any target: the names of profiles are given to it as words.

mod condition;
mod derive;
mod encode;
mod item;
mod list;
mod message;
mod metadata;
mod modifiers;
mod outcome;
mod resolver;
mod scope;
mod selection;
mod special;
mod testcase;
mod value;

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic, Severity, did_you_mean};
use crate::source::{SourceFile, Spanned};
use crate::yaml::{self, Node};
use crate::{ir, schema};

pub use metadata::slug_of;

use resolver::Resolver;
use scope::Scope;

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
    check(file, root, &detection, context, findings)
}

fn check(
    file: &Arc<SourceFile>,
    root: &Node,
    detection: &schema::Detection,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let mut resolver = Resolver { file, root, context, findings };
    let metadata = resolver.metadata(detection);
    resolver.refuse_unsupported(detection);
    let source = resolver.data_source(detection);
    let schedule = detection.schedule.as_ref().and_then(|schedule| resolver.schedule(schedule));
    let raw = resolver.raw(&detection.raw);

    let (source, id) = source?;
    let mut scope = Scope::new(&source);
    let derived = resolver.derivations(&detection.derive, &mut scope);
    let accepts = resolver.accepts(&detection.accept, &scope);
    let condition = match &detection.detection {
        Some(block) => resolver.block(block, &scope),
        None => {
            resolver.missing("detection", "add a `detection:` block with selections and a `condition`");
            None
        }
    };
    let summary = detection.summarize.as_ref().and_then(|summary| resolver.summary(summary, &scope));
    let outcome = resolver.outcome(detection, summary, &scope);
    let tests = resolver.tests(&detection.tests, outcome.summary.as_ref(), &scope);

    let failed = findings.iter().any(|finding| finding.severity() == Severity::Error);
    if failed {
        return None;
    }
    Some(ir::Detection {
        metadata: metadata?,
        logic: ir::Logic::Events { data_source: id, derived, condition: condition? },
        selections: detection.detection.iter().flat_map(|block| selections(&block.value)).collect(),
        summary: outcome.summary,
        schedule,
        suppression: outcome.suppression,
        risk: outcome.risk,
        entities: outcome.entities,
        drilldowns: outcome.drilldowns,
        tests,
        accepts,
        raw,
        file: Arc::clone(file),
    })
}

/// The selections of a block: their names, and where their contents are.
fn selections(block: &schema::Block) -> impl Iterator<Item = Spanned<String>> {
    block.selections.iter().map(|(name, selection)| Spanned::new(name.value.clone(), selection.span))
}

impl Resolver<'_> {
    /// Parts of the format whose meaning is not built yet are refused, never dropped.
    fn refuse_unsupported(&mut self, detection: &schema::Detection) {
        let help = "one data source and one detection block for now";
        if let Some((name, _)) = detection.stages.first() {
            self.report(self.error(Code::E0205, name.span, "stages are not supported yet").help(help));
        }
        if let Some(correlation) = &detection.correlation {
            self.report(
                self.error(Code::E0205, correlation.span, "correlations are not supported yet").help(help),
            );
        }
    }

    /// Looks the data source up.
    fn data_source(
        &mut self,
        detection: &schema::Detection,
    ) -> Option<(Arc<crate::catalogue::Source>, Spanned<String>)> {
        let Some(id) = &detection.data_source else {
            if detection.stages.is_empty() {
                self.missing("data_source", "add `data_source:`; `detc sources` lists them");
            }
            return None;
        };
        match self.context.catalogue.source(&id.value) {
            Some(Ok(source)) => Some((source, id.clone())),
            Some(Err(findings)) => {
                self.findings.extend(findings);
                None
            }
            None => {
                let near = did_you_mean(&id.value, self.context.catalogue.ids());
                self.report(
                    self.error(
                        Code::E0304,
                        id.span,
                        format!("the catalogue has no data source `{}`", id.value),
                    )
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "`detc sources` lists them".to_owned(),
                    }),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
