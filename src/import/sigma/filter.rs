//! Filters: conditions that are added to rules of others.
//!
//! In: a document with `filter`. Out: the condition, resolved over the data source of each rule that it is for. The
//! condition is joined to the rule's by *and*, as it is written: `not selection` takes events out of a rule. That is how
//! pySigma reads filters; an example of the specification writes `selection` for an exclusion, which would keep nothing
//! but the events that are to go.

use std::sync::Arc;

use super::entries::{Entries, first_line};
use super::joining::Guest;
use super::rule::block;
use super::{Context, Metadata, Rule, logsource};
use crate::catalogue::Logsource;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{self, Predicate};
use crate::resolve::{self, Dialect};
use crate::schema::Block;
use crate::source::{SourceFile, Spanned};
use crate::yaml::{Node, Value};

/// A filter, as written.
#[derive(Debug)]
pub struct Filter {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Who, what, when.
    pub metadata: Metadata,
    /// The rules that it is for, by id or name; none for any rule of its log source.
    pub rules: Option<Vec<Spanned<String>>>,
    logsource: Logsource,
    /// The document without `filter`.
    pub(super) document: Node,
    /// The selections and the condition, under the key that a rule has them under.
    pub(super) root: Node,
    pub(super) block: Block,
}

impl Filter {
    pub(super) fn read(
        file: &Arc<SourceFile>,
        mut root: Node,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let known = findings.len();
        let place = first_line(file, &root);
        let metadata = Metadata::read(&mut Entries { file, node: &root, findings }, place);
        let logsource =
            root.get("logsource").and_then(|node| logsource::read(&mut Entries { file, node, findings }));
        let mut filter = root.take("filter")?;
        let rules = Entries { file, node: &filter, findings }.texts("rules");
        if rules.is_empty() {
            let finding = Diagnostic::new(Code::E0203, "the filter names no rules").at(file, place, "");
            findings.push(finding.help("add `rules:` with their ids or names, or `rules: any`"));
        }
        let any = matches!(rules.as_slice(), [only] if only.value == "any");
        filter.take("rules");
        let span = filter.span;
        let document = root;
        let root =
            Node { value: Value::Map(vec![(Spanned::new("detection".to_owned(), place), filter)]), span };
        // Read once here, so that what is wrong with it is said once and not for every rule.
        let block = block(file, &root, "detection", findings);
        if let Some(block) = &block {
            findings.extend(block.value.condition.iter().filter_map(|condition| keeps(file, condition)));
        }
        let fine = !super::rule::has_error(&findings[known..]);
        let logsource = logsource.unwrap_or(logsource::NOTHING);
        let rules = (!any).then_some(rules);
        let block = block.filter(|_| fine)?.value;
        Some(Self { file: Arc::clone(file), metadata, rules, logsource, document, root, block })
    }

    /// Whether it names the rule, or every rule of a log source that is the rule's.
    pub fn is_for(&self, rule: &Rule) -> bool {
        let named = match &self.rules {
            None => true,
            Some(rules) => rules.iter().any(|name| rule.is_called(&name.value)),
        };
        named && self.covers(&rule.logsource.value)
    }

    /// Whether a log source is the filter's own, or a part of it.
    pub(super) fn covers(&self, logsource: &Logsource) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        same(&self.logsource.category, &logsource.category)
            && same(&self.logsource.product, &logsource.product)
            && same(&self.logsource.service, &logsource.service)
    }

    /// The condition over the data source of a rule. Places are those of `joined`, in which the filter's file begins at
    /// `start`.
    fn condition(
        &self,
        rule: &Rule,
        joined: &Arc<SourceFile>,
        start: usize,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Predicate> {
        let root = self.root.clone().moved(start);
        let mut own = Vec::new();
        let mut detection = rule.metadata.detection(joined, &rule.logsource.value, &mut own);
        detection.data_source = rule.data_source(context, &mut own);
        detection.detection = block(joined, &root, "detection", &mut own);
        // What there is to say about the metadata of the rule has been said.
        own.clear();
        let resolved = resolve::check(joined, &root, &detection, Dialect::Sigma, &context.resolve, &mut own);
        findings.append(&mut own);
        match resolved?.logic {
            ir::Logic::Events(events) => Some(events.condition),
            ir::Logic::Correlation(_) | ir::Logic::Raw(_) => None,
        }
    }
}

/// A condition that leaves nothing out is most probably meant the other way round, as an example of the specification
/// has it.
fn keeps(file: &Arc<SourceFile>, condition: &Spanned<String>) -> Option<Diagnostic> {
    let words = condition.value.split(|c: char| c.is_whitespace() || "()".contains(c));
    words.into_iter().all(|word| word != "not").then(|| {
        Diagnostic::new(Code::W0930, "this filter keeps nothing but what it names")
            .at(file, condition.span, "")
            .help("to leave it out, write `not` before it")
    })
}

/// Adds the conditions of filters to a rule's. `None` when one of them cannot be resolved over its data source.
pub(super) fn apply(
    mut detection: ir::Detection,
    rule: &Rule,
    filters: &[&Filter],
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<ir::Detection> {
    let files: Vec<Arc<SourceFile>> = std::iter::once(&rule.file)
        .chain(filters.iter().map(|filter| &filter.file))
        .map(Arc::clone)
        .collect();
    let (joined, starts) = SourceFile::joined(&files);
    let filters: Vec<(&Filter, usize)> = filters.iter().copied().zip(starts.into_iter().skip(1)).collect();
    if let ir::Logic::Events(events) = &mut detection.logic {
        join(events, rule, &filters, &joined, context, findings)?;
    }
    detection.file = joined;
    Some(detection)
}

/// Adds the conditions of filters to the events of a rule, and their selections to those that a reader is shown. Places are
/// those of `joined`, in which the file of each filter begins where it is said.
pub(super) fn join(
    events: &mut ir::EventSet,
    rule: &Rule,
    filters: &[(&Filter, usize)],
    joined: &Arc<SourceFile>,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<()> {
    let conditions: Vec<Option<Predicate>> = filters
        .iter()
        .map(|(filter, start)| filter.condition(rule, joined, *start, context, findings))
        .collect();
    let conditions: Vec<Predicate> = conditions.into_iter().collect::<Option<_>>()?;
    let own = events.condition.clone();
    events.condition = Predicate::all(std::iter::once(own).chain(conditions));
    let titled: Vec<(&str, &Block)> =
        filters.iter().map(|(filter, _)| (filter.metadata.shown_title(), &filter.block)).collect();
    for (guest, (_, start)) in Guest::all(&rule.block.as_ref()?.value, &titled).iter().zip(filters) {
        let named =
            guest.block.selections.iter().map(|(name, selection)| {
                Spanned::new(guest.called(&name.value), selection.span.moved(*start))
            });
        events.selections.extend(named);
    }
    Some(())
}

/// The rules that a filter names and that are not there, or that are of another log source: then it would not do what
/// it says.
pub fn unmet(filter: &Filter, rules: &[&Rule]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for name in filter.rules.iter().flatten() {
        let finding = match rules.iter().find(|rule| rule.is_called(&name.value)) {
            None => Diagnostic::new(Code::E0903, format!("no rule is called `{}`", name.value))
                .at(&filter.file, name.span, "")
                .help("give the file of the rule in the same run"),
            Some(rule) if !filter.covers(&rule.logsource.value) => {
                let message = format!("the rule `{}` is of another log source than the filter", name.value);
                Diagnostic::new(Code::E0903, message).at(&filter.file, name.span, "").at(
                    &rule.file,
                    rule.logsource.span,
                    "that of the rule",
                )
            }
            Some(_) => continue,
        };
        findings.push(finding);
    }
    findings
}
