//! Correlations: which stages, what is the same in them, and what they must show.
//!
//! In: a `correlation` block and the stages with their scopes. Out: the pattern of an `ir::Correlation` with its groups,
//! and the summary that goes with it; or findings. Must not know how a stage finds its events.

mod links;
mod range;
mod steps;

use super::Resolver;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{Aggregate, CorrelationPattern, Field, SharedField, Summary};
use crate::schema;
use crate::source::{Span, Spanned};

/// A stage that a correlation may name.
pub(super) struct Known<'a, 's> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) scope: &'s Scope<'s>,
}

/// A checked correlation, without the events of its stages.
pub(super) struct Checked {
    pub(super) pattern: CorrelationPattern,
    pub(super) group_by: Vec<SharedField>,
    pub(super) values: Vec<SharedField>,
    /// Which of the known stages it uses, in its own order.
    pub(super) stages: Vec<usize>,
    /// The summary, when there is one result a group.
    pub(super) summary: Option<Summary>,
}

impl Checked {
    /// The known stage whose events are the results, or whose fields name the groups.
    pub(super) fn result_stage(&self) -> usize {
        let index = match &self.pattern {
            CorrelationPattern::Ordered { steps, .. } => steps.last().map_or(0, |step| step.stage),
            CorrelationPattern::Aggregate { .. }
            | CorrelationPattern::Temporal { .. }
            | CorrelationPattern::NewValue { .. }
            | CorrelationPattern::Absent { .. } => 0,
        };
        self.stages[index]
    }
}

impl Resolver<'_> {
    /// Checks a correlation.
    pub(super) fn correlation(
        &mut self,
        correlation: &Spanned<schema::Correlation>,
        known: &[Known],
    ) -> Option<Checked> {
        use schema::Correlation as Written;
        let span = correlation.span;
        match &correlation.value {
            Written::EventCount(threshold) => self.aggregate("event_count", threshold, span, known),
            Written::ValueCount(threshold) => self.aggregate("value_count", threshold, span, known),
            Written::ValueSum(threshold) => self.aggregate("value_sum", threshold, span, known),
            Written::ValueAvg(threshold) => self.aggregate("value_avg", threshold, span, known),
            Written::ValueMedian(threshold) => self.aggregate("value_median", threshold, span, known),
            Written::ValuePercentile(threshold) => self.aggregate("value_percentile", threshold, span, known),
            Written::Temporal(temporal) => self.temporal(temporal, span, known),
            Written::TemporalOrdered(ordered) => self.ordered(ordered, span, known),
            Written::NewValue(new_value) => self.new_value(new_value, span, known),
            Written::Absent(absent) => self.absent(absent, known),
        }
    }

    fn aggregate(
        &mut self,
        kind: &str,
        threshold: &schema::Threshold,
        span: Span,
        known: &[Known],
    ) -> Option<Checked> {
        let stage = self.one_stage(threshold.stage.as_ref(), span, known);
        let window = self.duration(&threshold.window);
        let range = self.range(kind, &threshold.condition, span);
        let percent = self.percent(kind, threshold.percentile.as_ref(), span);
        let stage = stage?;
        let scope = known[stage].scope;
        let group_by = self.group_by(&threshold.group_by, &[stage], known);
        let values = self.shared(&threshold.values, &[stage], known);
        let field = self.aggregated(kind, threshold.field.as_ref(), span, scope);
        let aggregate = match (kind, field?) {
            ("event_count", _) => Aggregate::EventCount,
            (_, None) => return None,
            ("value_count", Some(field)) => Aggregate::ValueCount(field),
            ("value_sum", Some(field)) => Aggregate::Sum(field),
            ("value_avg", Some(field)) => Aggregate::Average(field),
            (_, Some(field)) => Aggregate::Percentile { field, percent: percent? },
        };
        let (group_by, values) = (group_by?, values?);
        let summary = self.group_summary(&group_by, Vec::new(), &values, span);
        Some(Checked {
            pattern: CorrelationPattern::Aggregate { aggregate, range: range?, window: window? },
            group_by,
            values,
            stages: vec![stage],
            summary: Some(summary?),
        })
    }

    /// The field that is aggregated. The outer `None` is a finding, the inner one `event_count`.
    fn aggregated(
        &mut self,
        kind: &str,
        name: Option<&Spanned<String>>,
        span: Span,
        scope: &Scope,
    ) -> Option<Option<Field>> {
        let Some(name) = name else {
            if kind == "event_count" {
                return Some(None);
            }
            if !self.is_spoilt(span) {
                let finding = self.error(Code::E0203, span, format!("`{kind}` needs a `field`"));
                self.report(finding.help("name the field whose values are aggregated"));
            }
            return None;
        };
        if kind == "event_count" {
            let finding = self.error(Code::E0306, name.span, "`event_count` counts events, not a field");
            self.report(finding.help("leave `field` out, or use `value_count`"));
            return None;
        }
        let field = self.placed_field(name, scope)?;
        let fits = match kind {
            "value_count" => field.value.field_type != crate::ir::FieldType::Pairs,
            _ => field.value.field_type.is_numeric() && !field.value.many,
        };
        if !fits {
            let message =
                format!("`{kind}` cannot use `{}`, which is {}", name.value, described(&field.value));
            let help = if kind == "value_count" {
                "name a field of single values"
            } else {
                "name a field of one number"
            };
            self.report(self.error(Code::E0317, name.span, message).help(help));
            return None;
        }
        Some(Some(field.value))
    }

    fn temporal(&mut self, temporal: &schema::Temporal, span: Span, known: &[Known]) -> Option<Checked> {
        let named: Vec<_> = temporal.stages.iter().map(|stage| self.stage(stage, known)).collect();
        let window = self.duration(&temporal.window);
        for (place, stage) in temporal.stages.iter().enumerate() {
            if temporal.stages[..place].contains(stage) {
                let finding = self.error(Code::E0318, stage.span, format!("`{}` stands twice", stage.value));
                self.report(finding.help("any order: one mention of each stage"));
            }
        }
        if temporal.stages.len() < 2 && !self.is_spoilt(span) {
            let finding = self.error(Code::E0207, span, "`temporal` needs at least two stages");
            self.report(finding.help("use `event_count` for one"));
            return None;
        }
        // None could be read, which has been reported.
        if temporal.stages.is_empty() {
            return None;
        }
        let stages = named.into_iter().collect::<Option<Vec<_>>>()?;
        let group_by = self.group_by(&temporal.group_by, &stages, known);
        let values = self.shared(&temporal.values, &stages, known);
        let (group_by, values) = (group_by?, values?);
        let summary = self.group_summary(&group_by, Vec::new(), &values, span)?;
        let pattern = CorrelationPattern::Temporal { window: window? };
        Some(Checked { pattern, group_by, values, stages, summary: Some(summary) })
    }

    fn new_value(&mut self, new_value: &schema::NewValue, span: Span, known: &[Known]) -> Option<Checked> {
        let stage = self.one_stage(new_value.stage.as_ref(), span, known);
        let window = self.duration(&new_value.window);
        let baseline = self.duration(&new_value.baseline);
        if new_value.fields.is_empty() && !self.is_spoilt(span) {
            let finding = self.error(Code::E0207, span, "`new_value` needs at least one field");
            self.report(finding.help("name what may be new under `fields`"));
        }
        let stage = stage?;
        let group_by = self.group_by(&new_value.group_by, &[stage], known);
        let mut fields = Vec::new();
        for name in &new_value.fields {
            let field = self.placed_field(name, known[stage].scope)?;
            self.is_single(&field)?;
            fields.push(field);
        }
        let values = self.shared(&new_value.values, &[stage], known);
        let (group_by, values) = (group_by?, values?);
        let summary = self.group_summary(&group_by, fields.clone(), &values, span)?;
        if fields.is_empty() {
            return None;
        }
        let pattern = CorrelationPattern::NewValue { fields, window: window?, baseline: baseline? };
        Some(Checked { pattern, group_by, values, stages: vec![stage], summary: Some(summary) })
    }

    fn absent(&mut self, absent: &schema::Absent, known: &[Known]) -> Option<Checked> {
        let first = self.stage(&absent.stage, known);
        let second = self.stage(&absent.followed_by, known);
        let window = self.duration(&absent.window);
        let (first, second) = (first?, second?);
        if first == second {
            let finding = self.error(Code::E0318, absent.followed_by.span, "a stage cannot follow itself");
            self.report(finding.help("name another stage"));
            return None;
        }
        let stages = vec![first, second];
        let group_by = self.group_by(&absent.group_by, &stages, known)?;
        let pattern = CorrelationPattern::Absent { window: window? };
        Some(Checked { pattern, group_by, values: Vec::new(), stages, summary: None })
    }

    /// The stage of a correlation over one.
    fn one_stage(&mut self, name: Option<&Spanned<String>>, span: Span, known: &[Known]) -> Option<usize> {
        match (name, known) {
            (Some(name), _) => self.stage(name, known),
            (None, [_]) => Some(0),
            (None, _) => {
                if !self.is_spoilt(span) {
                    let finding =
                        self.error(Code::E0203, span, "the correlation does not say of which stage");
                    self.report(finding.help("add `stage:`"));
                }
                None
            }
        }
    }

    /// The stage of this name.
    fn stage(&mut self, name: &Spanned<String>, known: &[Known]) -> Option<usize> {
        let found = known.iter().position(|stage| stage.name == name.value);
        if found.is_none() {
            let near = self.near(&name.value, known.iter().map(|stage| stage.name));
            let finding = self.error(Code::E0315, name.span, format!("there is no stage `{}`", name.value));
            self.report(finding.maybe_help(near));
        }
        found
    }

    /// The fields by which events are looked at together: of one value, and comparable with one another.
    fn group_by(
        &mut self,
        names: &[Spanned<String>],
        stages: &[usize],
        known: &[Known],
    ) -> Option<Vec<SharedField>> {
        let keys = self.shared(names, stages, known)?;
        let mut fine = true;
        for key in &keys {
            for (field, stage) in key.in_stages.iter().zip(stages) {
                let first = &key.in_stages[0];
                if self.is_single(&Spanned::new(field.clone(), key.span)).is_none() {
                    fine = false;
                    break;
                }
                if !comparable(first, field) {
                    let message = format!(
                        "`{}` is {} in `{}` and {} in `{}`",
                        key.name,
                        described(first),
                        known[stages[0]].name,
                        described(field),
                        known[*stage].name
                    );
                    let help = "derive a field of the same type in each stage";
                    self.report(self.error(Code::E0317, key.span, message).help(help));
                    fine = false;
                }
            }
        }
        fine.then_some(keys)
    }

    /// Fields that each of the stages has.
    fn shared(
        &mut self,
        names: &[Spanned<String>],
        stages: &[usize],
        known: &[Known],
    ) -> Option<Vec<SharedField>> {
        let mut all: Vec<Option<SharedField>> = Vec::new();
        for name in names {
            let fields: Vec<_> =
                stages.iter().map(|stage| self.placed_field(name, known[*stage].scope)).collect();
            let fields: Option<Vec<_>> = fields.into_iter().collect();
            all.push(fields.map(|fields| SharedField {
                name: name.value.as_str().into(),
                in_stages: fields.into_iter().map(|field| field.value).collect(),
                span: name.span,
            }));
        }
        all.into_iter().collect()
    }

    /// Whether the field can tell groups apart.
    fn is_single(&mut self, field: &Spanned<Field>) -> Option<()> {
        if field.value.many || field.value.field_type == crate::ir::FieldType::Pairs {
            let message = format!("`{}` is {}", field.value.name, described(&field.value));
            let finding = self.error(Code::E0317, field.span, message);
            self.report(finding.help("name a field of one value, or derive one"));
            return None;
        }
        Some(())
    }

    /// The summary of a correlation with one result a group.
    fn group_summary(
        &mut self,
        group_by: &[SharedField],
        fields: Vec<Spanned<Field>>,
        values: &[SharedField],
        span: Span,
    ) -> Option<Summary> {
        let first = |key: &SharedField| Some(Spanned::new(key.in_stages.first()?.clone(), key.span));
        let by = group_by.iter().filter_map(first).chain(fields).collect();
        let summary = Summary { by, values: values.iter().filter_map(first).collect(), span };
        self.distinct_columns(&summary).then_some(summary)
    }
}

/// Whether values of the two can be equal: texts and addresses, or numbers, or the same type.
fn comparable(left: &Field, right: &Field) -> bool {
    left.field_type == right.field_type
        || left.field_type.is_textual() && right.field_type.is_textual()
        || left.field_type.is_numeric() && right.field_type.is_numeric()
}

fn described(field: &Field) -> String {
    match (field.many, field.field_type) {
        (_, crate::ir::FieldType::Pairs) => "a list of name/value pairs".to_owned(),
        (true, field_type) => format!("multivalue {}", field_type.name()),
        (false, field_type) => format!("of type {}", field_type.name()),
    }
}
