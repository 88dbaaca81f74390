//! One rule: from its document to a checked detection.
//!
//! In: a mapping with `detection`. Out: an `ir::Detection` whose places are those of the rule's file. Must not know
//! how a modifier or a condition is read.

use std::sync::Arc;

use super::entries::{Entries, first_line};
use super::{Filter, Metadata, filter, logsource as logsources};
use crate::catalogue::Logsource;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::resolve::{self, Dialect};
use crate::schema::{Block, Detection};
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Node};

/// What rules are resolved against.
pub struct Context<'a> {
    /// The catalogue and the profiles.
    pub resolve: resolve::Context<'a>,
    /// The data source of every rule, whatever its log source says.
    pub data_source: Option<&'a str>,
}

/// A detection rule, as written.
#[derive(Debug)]
pub struct Rule {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Who, what, when.
    pub metadata: Metadata,
    /// Where its events come from.
    pub logsource: Spanned<Logsource>,
    /// The document.
    pub root: Node,
    pub(super) block: Option<Spanned<Block>>,
    /// Whether anything about the document is an error, which has been reported.
    broken: bool,
}

impl Rule {
    pub(super) fn read(file: &Arc<SourceFile>, root: Node, findings: &mut Vec<Diagnostic>) -> Self {
        let known = findings.len();
        let place = first_line(file, &root);
        let mut entries = Entries { file, node: &root, findings };
        let metadata = Metadata::read(&mut entries, place);
        let logsource = logsource(&mut entries, place);
        let block = block(file, &root, "detection", findings);
        let broken = has_error(&findings[known..]);
        Self { file: Arc::clone(file), metadata, logsource, root, block, broken }
    }

    /// The title, or the id where there is none.
    pub fn title(&self) -> &str {
        self.metadata.shown_title()
    }

    /// Whether correlations and filters mean this rule: by its id, whatever the case of its letters, or by its name.
    pub fn is_called(&self, name: &str) -> bool {
        self.metadata.is_called(name)
    }

    /// Checks the rule against the catalogue, with the conditions of filters added. `None` when a finding is an error.
    pub fn filtered(
        &self,
        filters: &[&Filter],
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        let detection = self.resolve(context, findings)?;
        if filters.is_empty() {
            Some(detection)
        } else {
            filter::apply(detection, self, filters, context, findings)
        }
    }

    /// Checks the rule against the catalogue. `None` when a finding is an error.
    pub fn resolve(&self, context: &Context, findings: &mut Vec<Diagnostic>) -> Option<ir::Detection> {
        // Resolution takes the findings that it is given for findings about this rule.
        let mut own = Vec::new();
        let mut detection = self.metadata.detection(&self.file, &self.logsource.value, &mut own);
        detection.data_source = self.data_source(context, &mut own);
        detection.detection.clone_from(&self.block);
        let resolved = self.check(&detection, context, &mut own);
        let resolved = resolved.filter(|_| !self.broken && !has_error(&own));
        findings.append(&mut own);
        resolved
    }

    /// Without a data source or selections there is nothing more to find.
    fn check(
        &self,
        detection: &Detection,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        detection.data_source.as_ref()?;
        detection.detection.as_ref()?;
        detection.name.as_ref()?;
        resolve::check(&self.file, &self.root, detection, Dialect::Sigma, &context.resolve, findings)
    }

    /// The data source that the log source stands for.
    pub(super) fn data_source(
        &self,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<String>> {
        let span = self.logsource.span;
        if let Some(given) = context.data_source {
            return Some(Spanned::new(given.to_owned(), span));
        }
        if self.logsource.value.is_empty() {
            return None;
        }
        let catalogue = context.resolve.catalogue;
        match catalogue.of_logsource(&self.logsource.value) {
            Ok(Some(id)) => return Some(Spanned::new(id.to_owned(), span)),
            Ok(None) => {}
            Err(wrong) => {
                findings.extend(wrong);
                return None;
            }
        }
        let message =
            format!("no data source serves the log source {}", logsources::words(&self.logsource.value));
        let near = logsources::nearest(catalogue, &self.logsource.value);
        findings.push(
            Diagnostic::new(Code::E0902, message)
                .at(&self.file, span, "")
                .maybe_help(near.map(|near| format!("the nearest that is known is {near}"))),
        );
        None
    }
}

pub(super) fn has_error(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity() == crate::diagnostics::Severity::Error)
}

/// `logsource`, with its place. A rule must have one.
fn logsource(entries: &mut Entries, place: Span) -> Spanned<Logsource> {
    let Some((key, node)) = entries.node.entry("logsource") else {
        let finding = Diagnostic::new(Code::E0203, "the required key `logsource` is missing");
        entries.report(
            finding.at(entries.file, place, "").help("add `logsource:` with a product, category or service"),
        );
        return Spanned::new(logsources::NOTHING, place);
    };
    let span = key.span;
    let mut inner = Entries { file: entries.file, node, findings: entries.findings };
    if !matches!(node.value, yaml::Value::Map(_)) {
        inner.wrong(node, "a mapping");
        return Spanned::new(logsources::NOTHING, span);
    }
    match logsources::read(&mut inner) {
        Some(logsource) => Spanned::new(logsource, node.span),
        None => {
            let finding = Diagnostic::new(Code::E0203, "the log source names nothing");
            entries
                .report(finding.at(entries.file, span, "").help("give a product, a category or a service"));
            Spanned::new(logsources::NOTHING, span)
        }
    }
}

/// The selections and the condition under a key.
pub(super) fn block(
    file: &Arc<SourceFile>,
    root: &Node,
    key: &str,
    findings: &mut Vec<Diagnostic>,
) -> Option<Spanned<Block>> {
    let node = root.get(key)?;
    if let Some((key, _)) = node.entry("timeframe") {
        findings.push(
            Diagnostic::new(Code::E0901, "`timeframe` belongs to aggregations, which Sigma has replaced")
                .at(file, key.span, "")
                .help("write a correlation rule with `timespan`"),
        );
    }
    let mut block: Spanned<Block> = yaml::decode(file, node, findings)?;
    block.value.selections.retain(|(name, _)| name.value != "timeframe");
    Some(block)
}
