//! The stages of a correlation as searches that give comparable keys.
//!
//! In: the stages with their scopes. Out: a search a stage, whose rows have the keys of their group, and the fields that
//! were asked for under their neutral names. Must not know the patterns.

use super::parts::{comparable, eval, field, present};
use super::polarity;
use crate::catalogue::ValueMap;
use crate::ir::{Case, Correlation, CorrelationPattern, Detection, Field, FieldType, Match, Pattern};
use crate::source::Span;
use crate::targets::splunk::ast::{Aggregate, Command, StageSearch};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::lower::events::found;
use crate::targets::splunk::lower::outputs::{Output, outputs};
use crate::targets::splunk::lower::scope::Scope;
use crate::targets::splunk::tokens::FieldName;
use crate::targets::{Options, Polarity};

/// The stages of a correlation.
pub(super) struct Stages<'a, 's> {
    pub(super) detection: &'a Detection,
    pub(super) correlation: &'a Correlation,
    /// One a stage.
    pub(super) scopes: &'s mut [Scope<'a>],
    pub(super) options: Options,
}

/// Whether the correlation has one result a group, and not events as results.
pub(super) fn one_a_group(correlation: &Correlation) -> bool {
    match &correlation.pattern {
        CorrelationPattern::Aggregate { .. }
        | CorrelationPattern::Temporal { .. }
        | CorrelationPattern::NewValue { .. } => true,
        CorrelationPattern::Ordered { .. } | CorrelationPattern::Absent { .. } => false,
    }
}

impl<'a> Stages<'a, '_> {
    /// The stage whose events are the results.
    pub(super) fn result(&self) -> usize {
        let wanted = self.correlation.result_stage();
        self.correlation.stages.iter().position(|stage| std::ptr::eq(stage, wanted)).unwrap_or(0)
    }

    /// The fields in which rows have the keys of their group: under the neutral names where results are groups, else
    /// under names of their own, so that events keep their values.
    pub(super) fn keys(&self) -> Option<Vec<FieldName>> {
        let groups = one_a_group(self.correlation);
        let name = |name: &str| {
            if groups { FieldName::new(name) } else { FieldName::new(&format!("detc_key_{name}")) }
        };
        self.correlation.group_by.iter().map(|key| name(&key.name)).collect()
    }

    /// The search of a stage: its events with the keys of their group. `more` are further fields whose values decide about
    /// alerts; they come under their neutral names.
    ///
    /// An event that lacks a key stays: `stats`, `eventstats` and `streamstats` leave it out of every group (A22, A32). Only
    /// what is a result because nothing answers it has to be left out here.
    pub(super) fn search(&mut self, stage: usize, more: &[(&'a Field, Span)]) -> Option<StageSearch> {
        let correlation = self.correlation;
        let keys: Vec<(&Field, Span)> =
            correlation.group_by.iter().map(|key| (&key.in_stages[stage], key.span)).collect();
        let deciding: Vec<(&Field, Span)> = keys.iter().chain(more).copied().collect();
        let mut wanted: Vec<Output> =
            deciding.iter().map(|(field, span)| Output { field, span: *span }).collect();
        let shown = correlation.values.iter().map(|shared| (&shared.in_stages[stage], shared.span));
        wanted.extend(shown.map(|(field, span)| Output { field, span }));
        if !one_a_group(correlation) && stage == self.result() {
            wanted.extend(outputs(self.detection));
        }
        let mut unique: Vec<Output> = Vec::new();
        for output in wanted {
            if !unique.iter().any(|known| known.field == output.field) {
                unique.push(output);
            }
        }
        for key in &correlation.group_by {
            self.compared((0, &key.in_stages[0]), (stage, &key.in_stages[stage]), key.span);
        }
        let polarity = polarity(correlation, stage);
        let scope = &mut self.scopes[stage];
        for (field, span) in &deciding {
            scope.correlated_by(field, *span, polarity);
        }
        let condition = &correlation.stages[stage].events.condition;
        let (terms, mut commands) = found(scope, condition, polarity, &unique, self.options);
        let names = self.keys()?;
        let mut tests = Vec::new();
        for ((key, span), name) in keys.iter().zip(&names) {
            let neutral = self.scopes[stage].neutral_name(key, *span)?;
            commands.push(eval(name, comparable(field(&neutral), key.field_type))?);
            tests.push(present(field(name)));
        }
        let unanswered =
            matches!(correlation.pattern, CorrelationPattern::Absent { .. }) && stage == self.result();
        if unanswered && !tests.is_empty() {
            commands.push(Command::Where { condition: EvalExpr::and(tests) });
        }
        Some(StageSearch { terms, commands })
    }

    /// The neutral name of a field of a stage.
    pub(super) fn name(&mut self, stage: usize, field: &Field, span: Span) -> Option<FieldName> {
        self.scopes[stage].neutral_name(field, span)
    }

    /// One row a group, with what every result of a group has, and further aggregates.
    pub(super) fn group_rows(&mut self, more: Vec<Aggregate>) -> Option<Command> {
        let by = self.keys()?;
        let mut aggregates = vec![Aggregate::Count, Aggregate::FirstTime, Aggregate::LastTime];
        for shared in &self.correlation.values {
            let name = self.scopes[0].neutral_name(&shared.in_stages[0], shared.span)?;
            aggregates.push(Aggregate::Values(name.clone(), name));
        }
        aggregates.extend(more);
        Some(Command::Stats { aggregates, by, dedup: false })
    }
}

impl<'a> Stages<'a, '_> {
    /// Values of the two are compared: they must be written in the same way. Each is given with its stage.
    pub(super) fn compared(&mut self, left: (usize, &'a Field), right: (usize, &'a Field), span: Span) {
        if self.spelling(left.0, left.1) != self.spelling(right.0, right.1) {
            self.written_otherwise(left.0, left.1, span);
        }
    }

    /// The values themselves are read: they must be the neutral ones.
    pub(super) fn read(&mut self, stage: usize, field: &'a Field, span: Span) {
        if self.spelling(stage, field).is_some() {
            self.written_otherwise(stage, field, span);
        }
    }

    /// A constant as the field has it there.
    pub(super) fn written(
        &mut self,
        stage: usize,
        field: &'a Field,
        text: &str,
        span: Span,
    ) -> Option<String> {
        let Some(map) = self.spelling(stage, field) else { return Some(text.to_owned()) };
        let test = Match::Text { pattern: Pattern::literal(text), case: Case::Insensitive };
        let there = map.apply(&test).unwrap_or_default();
        let [Match::Text { pattern, .. }] = there.as_slice() else {
            self.written_otherwise(stage, field, span);
            return None;
        };
        pattern.as_literal().map(str::to_owned)
    }

    /// How the field's values are written there. Markup changes only characters that numbers and addresses do not have.
    fn spelling(&self, stage: usize, field: &Field) -> Option<&'a ValueMap> {
        let map = self.scopes[stage].value_map(field)?;
        let plain = matches!(
            field.field_type,
            FieldType::Ip | FieldType::Integer | FieldType::Real | FieldType::Boolean
        );
        (!(plain && *map == ValueMap::Xml)).then_some(map)
    }

    fn written_otherwise(&mut self, stage: usize, field: &Field, span: Span) {
        self.scopes[stage].refuse(
            &format!("a correlation by `{}`", field.name),
            "its values are written in another way there",
            span,
            "correlate by another field",
        );
    }
}

impl<'a> Scope<'a> {
    /// Events are tied to others by the field: what is lost in it decides about alerts.
    fn correlated_by(&mut self, field: &'a Field, span: Span, polarity: Polarity) {
        // Any value may be compared with any other.
        let any = Match::Text { pattern: Pattern::parse("*"), case: Case::Insensitive };
        self.tested(field, &[any], span, polarity);
    }
}
