//! A correlation and its rules as one detection.
//!
//! In: a correlation, and the rules and filters of its run. Out: a detection with one stage a rule, which the resolver
//! checks as it checks any. Windows slide here, as the neutral format has it; what a target can do of that is the target's
//! business.

use std::sync::Arc;

use super::correlation::Alias;
use super::rule::{block, has_error};
use super::{Context, Correlation, Filter, Rule, Together, filter};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::maps::IndexMap;
use crate::resolve::{self, Dialect, slug_of};
use crate::schema;
use crate::source::{SourceFile, Span, Spanned};

/// A correlation and its rules.
pub(super) struct Assembly<'a> {
    /// The files of all of them as one.
    file: Arc<SourceFile>,
    /// The detection, without the filters.
    pub(super) detection: schema::Detection,
    /// Its stages, in the order in which the correlation names their rules.
    pub(super) stages: Vec<Part<'a>>,
    /// The filters for any of the rules, each with where its file begins.
    filters: Vec<(&'a Filter, usize)>,
}

/// A rule as a stage.
pub(super) struct Part<'a> {
    pub(super) name: Spanned<String>,
    pub(super) rule: &'a Rule,
    /// The correlation between the two, which counts the events of the rule.
    pub(super) counted: Option<&'a Correlation>,
}

/// A rule that a correlation names.
struct Referenced<'a> {
    rule: &'a Rule,
    /// At least so many of its events, where that is said.
    count: Option<Spanned<u32>>,
    counted: Option<&'a Correlation>,
}

impl<'a> Assembly<'a> {
    /// The filters for a rule.
    pub(super) fn filters_of(&self, rule: &Rule) -> Vec<(&'a Filter, usize)> {
        self.filters.iter().filter(|(filter, _)| filter.is_for(rule)).copied().collect()
    }
}

impl Correlation {
    /// Checks the correlation together with the rules that it names, with the conditions of the filters that are for
    /// those. `None` when a finding is an error.
    pub fn resolve(
        &self,
        together: &Together,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        let mut own = Vec::new();
        let assembly = self.assembled(together, context, &mut own);
        let resolved = assembly.and_then(|assembly| self.check(&assembly, context, &mut own));
        let resolved = resolved.filter(|_| !has_error(&own));
        findings.append(&mut own);
        resolved
    }

    /// Puts the correlation and its rules together. `None` when one of them is not there or cannot be a part.
    pub(super) fn assembled<'r>(
        &self,
        together: &Together<'r>,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Assembly<'r>> {
        let referenced = self.referenced(together, findings)?;
        let mut filters = together.filters.clone();
        filters.retain(|filter| referenced.iter().any(|part| filter.is_for(part.rule)));
        let files: Vec<Arc<SourceFile>> = std::iter::once(&self.file)
            .chain(referenced.iter().map(|part| &part.rule.file))
            .chain(filters.iter().map(|filter| &filter.file))
            .map(Arc::clone)
            .collect();
        let (file, starts) = SourceFile::joined(&files);
        let logsource = referenced.first().map(|part| part.rule.logsource.value.clone())?;
        let mut detection = self.metadata.detection(&file, &logsource, findings);
        detection.detection_type.iter_mut().for_each(|kind| kind.value = schema::DetectionType::Correlation);
        let mut stages: Vec<Part> = Vec::new();
        for (index, (part, start)) in referenced.iter().zip(starts.iter().skip(1)).enumerate() {
            let place = self.rules[index].span;
            let name = Spanned::new(stage_name(part.rule, &stages), place);
            let stage = self.stage(part.rule, &self.rules[index].value, *start, &file, context, findings)?;
            detection.stages.insert(name.clone(), Spanned::new(stage, place));
            stages.push(Part { name, rule: part.rule, counted: part.counted });
        }
        let names: Vec<Spanned<String>> = stages.iter().map(|stage| stage.name.clone()).collect();
        let counts: Vec<Option<Spanned<u32>>> = referenced.iter().map(|part| part.count).collect();
        let correlation = self.correlation(&names, &counts, findings)?;
        detection.correlation = Some(Spanned::new(correlation, self.kind.span));
        let starts = starts.into_iter().skip(1 + referenced.len());
        Some(Assembly { file, detection, stages, filters: filters.into_iter().zip(starts).collect() })
    }

    /// Checks what was put together, and adds the conditions of the filters.
    pub(super) fn check(
        &self,
        assembly: &Assembly,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::Detection> {
        let Assembly { file, detection, stages, .. } = assembly;
        let mut resolved =
            resolve::check(file, &self.root, detection, Dialect::Sigma, &context.resolve, findings)?;
        for stage in stages {
            let filters = assembly.filters_of(stage.rule);
            for events in events_of(&mut resolved.logic, &stage.name.value) {
                filter::join(events, stage.rule, &filters, file, context, findings)?;
            }
        }
        Some(resolved)
    }

    /// The rules by their names, in order, and how many events of each are wanted where that is said.
    fn referenced<'r>(
        &self,
        together: &Together<'r>,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Referenced<'r>>> {
        let mut found = Vec::new();
        for (position, name) in self.rules.iter().enumerate() {
            let counted = together.correlations.iter().copied().find(|other| other.is_called(&name.value));
            let (name, count) = match counted {
                Some(counted) => match self.counted(name.span, position, counted, findings) {
                    Some((rule, count)) => (rule, Some(count)),
                    None => continue,
                },
                None => (name, None),
            };
            match together.rules.iter().copied().find(|rule| rule.is_called(&name.value)) {
                Some(rule) => found.push(Referenced { rule, count, counted }),
                None => findings.push(
                    Diagnostic::new(Code::E0903, format!("no rule is called `{}`", name.value))
                        .at(counted.map_or(&self.file, |counted| &counted.file), name.span, "")
                        .help("give the file of the rule in the same run"),
                ),
            }
        }
        (found.len() == self.rules.len()).then_some(found)
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
        let mut derive = IndexMap::default();
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
        counts: &[Option<Spanned<u32>>],
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
            let step = |(stage, count): (&Spanned<String>, &Option<Spanned<u32>>)| {
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

/// The name of a stage: the rule's own, or one made of its title. Rules of one name are told apart by a number.
fn stage_name(rule: &Rule, others: &[Part]) -> String {
    if let Some(same) = others.iter().find(|other| std::ptr::eq(other.rule, rule)) {
        return same.name.value.clone();
    }
    let written = rule.metadata.name.as_ref().map_or_else(|| rule.title(), |name| name.value.as_str());
    let slug = slug_of(written);
    let letter = slug.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut number = others.len() + 1;
    let mut name = if letter { slug.clone() } else { format!("rule_{number}") };
    while others.iter().any(|other| other.name.value == name) {
        name = if letter { format!("{slug}_{number}") } else { format!("rule_{number}") };
        number += 1;
    }
    name
}
