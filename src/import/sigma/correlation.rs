//! Correlations: several rules together.
//!
//! In: a document with `correlation`, and the rules that it names. Out: a detection with one stage a rule, which the
//! resolver checks as it checks any. Windows slide here, as the neutral format has it; what a target can do of that is
//! the target's business.

use std::sync::Arc;

use indexmap::IndexMap;

use super::entries::{Entries, first_line};
use super::rule::{block, has_error};
use super::{Context, Filter, Metadata, Rule};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{self, Predicate};
use crate::resolve::{self, Dialect, slug_of};
use crate::schema;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{Node, Value};

/// A correlation, as written.
#[derive(Debug)]
pub struct Correlation {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Who, what, when.
    pub metadata: Metadata,
    /// The document.
    pub root: Node,
    /// The rules that it is about, by id or name.
    pub rules: Vec<Spanned<String>>,
    /// Whether those rules are detections of their own as well.
    pub generate: bool,
    pub(super) kind: Spanned<String>,
    pub(super) group_by: Vec<Spanned<String>>,
    pub(super) timespan: Spanned<String>,
    pub(super) condition: Comparisons,
    field: Option<Spanned<String>>,
    /// A name for fields that are called differently: rule to field.
    pub(super) aliases: Vec<Alias>,
}

/// The other documents of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Others<'a> {
    /// Its rules.
    pub rules: &'a [&'a Rule],
    /// Its correlations.
    pub correlations: &'a [&'a Correlation],
    /// Its filters.
    pub filters: &'a [&'a Filter],
}

/// At least so many events of a rule, where that is said.
type Count = Option<Spanned<u32>>;

/// Comparisons and their numbers.
pub(super) type Comparisons = IndexMap<Spanned<String>, Spanned<f64>>;

/// One name for the fields of several rules: rule and field.
#[derive(Debug)]
pub(super) struct Alias {
    name: Spanned<String>,
    fields: Vec<(Spanned<String>, Spanned<String>)>,
}

/// The comparisons of a condition.
const COMPARISONS: [&str; 5] = ["gt", "gte", "lt", "lte", "eq"];

impl Correlation {
    pub(super) fn read(file: &Arc<SourceFile>, root: Node, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let known = findings.len();
        let place = first_line(file, &root);
        let metadata = Metadata::read(&mut Entries { file, node: &root, findings }, place);
        let (key, node) = root.entry("correlation")?;
        let at = key.span;
        let mut entries = Entries { file, node, findings };
        let rules = entries.texts("rules");
        let kind = required(&mut entries, "type", at);
        let timespan = required(&mut entries, "timespan", at);
        let group_by = entries.texts("group-by");
        if rules.is_empty() {
            let finding = Diagnostic::new(Code::E0203, "the correlation names no rules").at(file, at, "");
            entries.report(finding.help("add `rules:` with their ids or names"));
        }
        let (condition, field) = condition(&mut entries);
        let aliases = aliases(node);
        let generate = [Some(node), Some(&root)]
            .into_iter()
            .flatten()
            .any(|node| node.get("generate").is_some_and(|value| value.value == Value::Boolean(true)));
        let fine = !has_error(&findings[known..]);
        let (kind, timespan) = (kind?, timespan?);
        let file = Arc::clone(file);
        fine.then_some(Self {
            file,
            metadata,
            rules,
            generate,
            kind,
            group_by,
            timespan,
            condition,
            field,
            aliases,
            root,
        })
    }

    /// The title, or the id where there is none.
    pub fn title(&self) -> &str {
        self.metadata.shown_title()
    }

    /// Whether other correlations mean this one: by its id, whatever the case of its letters, or by its name.
    pub fn is_called(&self, name: &str) -> bool {
        self.metadata.is_called(name)
    }

    /// Checks the correlation together with the rules that it names, which are among the others, with the conditions of
    /// the filters that are for those. `None` when a finding is an error.
    pub fn resolve(
        &self,
        others: &Others,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        let mut own = Vec::new();
        let resolved = self.check(others, context, &mut own);
        let resolved = resolved.filter(|_| !has_error(&own));
        findings.append(&mut own);
        resolved
    }

    fn check(
        &self,
        others: &Others,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        let (rules, counts) = self.referenced(others, findings)?;
        let mut filters = others.filters.to_vec();
        filters.retain(|filter| rules.iter().any(|rule| filter.is_for(rule)));
        let files: Vec<Arc<SourceFile>> = std::iter::once(&self.file)
            .chain(rules.iter().map(|rule| &rule.file))
            .chain(filters.iter().map(|filter| &filter.file))
            .map(Arc::clone)
            .collect();
        let (joined, starts) = SourceFile::joined(&files);
        let logsource = rules.first().map(|rule| rule.logsource.value.clone())?;
        let mut detection = self.metadata.detection(&joined, &logsource, findings);
        detection.detection_type.iter_mut().for_each(|kind| kind.value = schema::DetectionType::Correlation);
        let mut names = Vec::new();
        for (index, (rule, start)) in rules.iter().zip(starts.iter().skip(1)).enumerate() {
            let name = Spanned::new(stage_name(rule, index), self.rules[index].span);
            let stage = self.stage(rule, &self.rules[index].value, *start, &joined, context, findings)?;
            detection.stages.insert(name.clone(), Spanned::new(stage, self.rules[index].span));
            names.push(name);
        }
        detection.correlation =
            Some(Spanned::new(self.correlation(&names, &counts, findings)?, self.kind.span));
        let mut resolved =
            resolve::check(&joined, &self.root, &detection, Dialect::Sigma, &context.resolve, findings)?;
        for (filter, start) in filters.iter().zip(starts.iter().skip(1 + rules.len())) {
            for (rule, name) in rules.iter().zip(&names).filter(|(rule, _)| filter.is_for(rule)) {
                let condition = filter.condition(rule, &joined, *start, context, findings)?;
                let events = events_of(&mut resolved.logic, &name.value);
                for events in events {
                    let own = events.condition.clone();
                    events.condition = Predicate::all([own, condition.clone()]);
                }
            }
        }
        Some(resolved)
    }

    /// The rules by their names, in order, and how many events of each are wanted where that is said.
    fn referenced<'r>(
        &self,
        others: &Others<'r>,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<(Vec<&'r Rule>, Vec<Count>)> {
        let mut found = Vec::new();
        for (position, name) in self.rules.iter().enumerate() {
            let inner = others.correlations.iter().find(|other| other.is_called(&name.value));
            let (name, count) = match inner {
                Some(inner) => match self.counted(name.span, position, inner, findings) {
                    Some((rule, count)) => (rule, Some(count)),
                    None => continue,
                },
                None => (name, None),
            };
            match others.rules.iter().find(|rule| rule.is_called(&name.value)) {
                Some(rule) => found.push((*rule, count)),
                None => findings.push(
                    Diagnostic::new(Code::E0903, format!("no rule is called `{}`", name.value))
                        .at(inner.map_or(&self.file, |inner| &inner.file), name.span, "")
                        .help("give the file of the rule in the same run"),
                ),
            }
        }
        (found.len() == self.rules.len()).then(|| found.into_iter().unzip())
    }

    fn stage(
        &self,
        rule: &Rule,
        name: &str,
        start: usize,
        joined: &Arc<SourceFile>,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<schema::Stage> {
        let root = rule.root.clone().moved(start);
        let mut derive = IndexMap::new();
        for Alias { name: alias, fields } in &self.aliases {
            for (_, field) in fields.iter().filter(|(of, _)| of.value == name || rule.is_called(&of.value)) {
                let same = schema::Derivation::FirstOf(vec![field.clone()]);
                // A field that has the alias's own name needs none.
                if field.value != alias.value {
                    derive.insert(alias.clone(), Spanned::new(same, field.span));
                }
            }
        }
        let mut data_source = rule.data_source(context, findings)?;
        data_source.span = data_source.span.moved(start);
        Some(schema::Stage { data_source, detection: block(joined, &root, "detection", findings)?, derive })
    }

    fn correlation(
        &self,
        stages: &[Spanned<String>],
        counts: &[Count],
        findings: &mut Vec<Diagnostic>,
    ) -> Option<schema::Correlation> {
        use schema::Correlation as C;
        let mut refuse = |span: Span, message: &str, help: &str| {
            findings.push(Diagnostic::new(Code::E0907, message).at(&self.file, span, "").help(help));
        };
        let ordered = match self.kind.value.as_str() {
            "temporal" => Some(false),
            "temporal_ordered" => Some(true),
            _ => None,
        };
        if let Some(ordered) = ordered {
            if let Some((key, _)) = self.condition.first() {
                refuse(
                    key.span,
                    "a temporal correlation takes no condition here",
                    "every rule must be found: leave it out",
                );
                return None;
            }
            let (group_by, window) = (self.group_by.clone(), self.timespan.clone());
            let step = |(stage, count): (&Spanned<String>, &Count)| {
                let (stage, count) = (stage.clone(), *count);
                let span = stage.span;
                Spanned::new(schema::Step { stage, count, within: None, links: Vec::new() }, span)
            };
            return Some(if ordered {
                C::TemporalOrdered(schema::TemporalOrdered {
                    steps: stages.iter().zip(counts).map(step).collect(),
                    group_by,
                    window,
                })
            } else {
                C::Temporal(schema::Temporal {
                    stages: stages.to_vec(),
                    group_by,
                    window,
                    values: Vec::new(),
                })
            });
        }
        let [stage] = stages else {
            refuse(
                self.kind.span,
                "events of several rules cannot be counted together",
                "write one rule that finds the events of all",
            );
            return None;
        };
        let mut range = self.condition.clone();
        let percentile = range.shift_remove("percentile");
        let threshold = schema::Threshold {
            stage: Some(stage.clone()),
            field: self.field.clone(),
            group_by: self.group_by.clone(),
            window: self.timespan.clone(),
            condition: range,
            percentile,
            values: Vec::new(),
        };
        Some(match self.kind.value.as_str() {
            "event_count" => C::EventCount(threshold),
            "value_count" => C::ValueCount(threshold),
            "value_sum" => C::ValueSum(threshold),
            "value_avg" => C::ValueAvg(threshold),
            "value_median" => C::ValueMedian(threshold),
            "value_percentile" => C::ValuePercentile(threshold),
            other => {
                let message = format!("`{other}` is no type of correlation that is known");
                refuse(
                    self.kind.span,
                    &message,
                    "event_count, value_count, value_sum, value_avg, value_median, value_percentile, temporal or temporal_ordered",
                );
                return None;
            }
        })
    }
}

/// The events of the stage of this name.
fn events_of<'l>(logic: &'l mut ir::Logic, name: &str) -> impl Iterator<Item = &'l mut ir::EventSet> {
    let stages = match logic {
        ir::Logic::Events(_) | ir::Logic::Raw(_) => &mut [],
        ir::Logic::Correlation(correlation) => correlation.stages.as_mut_slice(),
    };
    stages.iter_mut().filter(move |stage| stage.name.value == name).map(|stage| &mut stage.events)
}

/// The name of a stage: the rule's own, or one made of its title.
fn stage_name(rule: &Rule, index: usize) -> String {
    let written = rule.metadata.name.as_ref().map_or_else(|| rule.title(), |name| name.value.as_str());
    let slug = slug_of(written);
    let letter = slug.starts_with(|c: char| c.is_ascii_alphabetic());
    if letter { slug } else { format!("rule_{}", index + 1) }
}

fn required(entries: &mut Entries, key: &str, place: Span) -> Option<Spanned<String>> {
    let found = entries.text(key);
    if found.is_none() && entries.node.get(key).is_none() {
        let finding = Diagnostic::new(Code::E0203, format!("the required key `{key}` is missing"));
        entries.report(finding.at(entries.file, place, "").help(format!("add `{key}:` to the correlation")));
    }
    found
}

/// The comparisons of `condition`, and the field that is aggregated.
fn condition(entries: &mut Entries) -> (Comparisons, Option<Spanned<String>>) {
    let mut range = IndexMap::new();
    let Some(node) = entries.node.get("condition") else { return (range, None) };
    if !matches!(node.value, Value::Map(_)) {
        let message = "the condition of a correlation is a mapping here";
        let finding =
            Diagnostic::new(Code::E0907, message).at(entries.file, first_line(entries.file, node), "");
        entries.report(finding.help("for instance `condition: {gte: 10}`"));
        return (range, None);
    }
    for (key, value) in node.entries().iter().filter(|(key, _)| key.value != "field") {
        let number = match value.value {
            Value::Integer(number) => Some(number as f64),
            Value::Real(number) => Some(number),
            Value::Null | Value::Boolean(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        };
        let known = COMPARISONS.contains(&key.value.as_str()) || key.value == "percentile";
        match number.filter(|_| known) {
            Some(number) => {
                range.insert(key.clone(), Spanned::new(number, value.span));
            }
            None => {
                let message = format!("`{}` is no comparison that is known", key.value);
                let finding = Diagnostic::new(Code::E0907, message).at(entries.file, key.span, "");
                entries.report(finding.help("gt, gte, lt, lte or eq, with a number"));
            }
        }
    }
    let fields = Entries { file: entries.file, node, findings: entries.findings }.texts("field");
    if let [_, second, ..] = fields.as_slice() {
        let finding = Diagnostic::new(Code::E0907, "values of several fields cannot be counted together");
        entries.report(finding.at(entries.file, second.span, "").help("name one field"));
    }
    (range, fields.into_iter().next())
}

/// `aliases: {name: {rule: field}}`.
fn aliases(node: &Node) -> Vec<Alias> {
    let written = node.get("aliases").map(Node::entries).unwrap_or_default();
    let fields = |fields: &Node| {
        let pairs = fields.entries().iter();
        pairs
            .filter_map(|(rule, field)| {
                Some((rule.clone(), Spanned::new(field.as_text()?.to_owned(), field.span)))
            })
            .collect()
    };
    written.iter().map(|(alias, of)| Alias { name: alias.clone(), fields: fields(of) }).collect()
}
