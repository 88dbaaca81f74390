//! Searches over data models: the profile `splunk:cim`.
//!
//! In: the scope and the condition. Out: a search that starts with `tstats`. What cannot be said in its `where` is
//! tested on the groups: then the fields of the condition are grouped by, too, and counted together again afterwards.

use super::base_terms;
use super::condition::Condition;
use super::events::{compute_tested, names};
use super::filter::Null;
use super::outputs::{Output, eval, outputs};
use super::scope::{Access, Scope};
use super::search::{Dialect, necessary_terms, terms};
use crate::ir::{Field, Predicate, Summary};
use crate::source::{Span, Spanned};
use crate::targets::splunk::ast::{Aggregate, Command, Head, Search};
use crate::targets::splunk::binding::Place;
use crate::targets::splunk::expr::{EvalExpr, Term};
use crate::targets::splunk::tokens::{EvalText, Fact, FieldName, ModelName};
use crate::targets::{Options, Polarity};

/// The search; `None` when findings were reported.
pub(super) fn search<'a>(
    scope: &mut Scope<'a>,
    model: &ModelName,
    predicate: &'a Predicate,
    options: Options,
) -> Option<Search> {
    let mut outputs = outputs(scope.detection);
    let tested = Condition::fields(predicate);
    if scope.detection.summary.is_none() {
        // Events are not there any more: a result is a combination of the fields that matter.
        for field in &tested {
            if !outputs.iter().any(|output| output.field == *field) {
                outputs.push(Output { field, span: place_of(predicate, field) });
            }
        }
    }
    let fill = scope.binding.fill().to_owned();
    let condition = scope.translate(predicate, Some(Polarity::Positive));
    let mut where_terms = base_terms(scope.binding, scope.detection, options);
    let dialect = Dialect { missing: scope.binding.missing.as_deref(), networks: false };
    let mut filter = None;
    if let Some(condition) = condition {
        match terms(&condition, scope, dialect) {
            Some(terms) => where_terms.extend(terms.into_iter().map(Term::Condition)),
            None => {
                let necessary = necessary_terms(&condition, scope, dialect);
                where_terms.extend(necessary.into_iter().map(Term::Condition));
                filter = Some(condition);
            }
        }
    }
    let summary = scope.detection.summary.as_ref();
    let collected = |output: &Output| {
        summary.is_some_and(|summary| {
            is_one_of(&summary.values, output.field) && !is_one_of(&summary.by, output.field)
        })
    };
    let plain = filter.is_none() && outputs.iter().all(|output| is_plain(scope, output.field));
    let grouped: Vec<&Field> = outputs
        .iter()
        .filter(|output| !(plain && collected(output)))
        .map(|output| output.field)
        .chain(filter.iter().flat_map(|_| tested.iter().copied()))
        .collect();
    let by = raw_fields(scope, &grouped);
    let mut aggregates = vec![Aggregate::Count, Aggregate::FirstTime, Aggregate::LastTime];
    let mut commands = Vec::new();
    if plain {
        for output in outputs.iter().filter(|output| collected(output)) {
            let raw = scope.value(output.field, output.span);
            let name = scope.neutral_name(output.field, output.span);
            if let (Some(EvalExpr::Field(raw)), Some(name)) = (raw, name) {
                scope.assign(output.field, name.clone());
                // One field cannot be collected under two names (A18).
                let collected = aggregates.iter().find_map(|aggregate| match aggregate {
                    Aggregate::Values(field, name) if *field == raw => Some(name.clone()),
                    Aggregate::Values(..)
                    | Aggregate::Rows(_)
                    | Aggregate::Of(..)
                    | Aggregate::Count
                    | Aggregate::FirstTime
                    | Aggregate::LastTime
                    | Aggregate::CountOfGroups
                    | Aggregate::FirstTimeOfGroups
                    | Aggregate::LastTimeOfGroups => None,
                });
                match collected {
                    Some(other) => commands.extend(eval(&name, EvalExpr::Field(other))),
                    None => aggregates.push(Aggregate::Values(raw, name)),
                }
            }
        }
        let kept: Vec<Output> = outputs.iter().copied().filter(|output| !collected(output)).collect();
        commands.extend(rename(scope, &kept));
    } else {
        // What stands for a missing value must not look like one to what reads it. To a test that it does not satisfy
        // it does not, and fields that are only grouped by get the same word again.
        let mut read: Vec<&Field> = Vec::new();
        if let Some(condition) = &filter {
            read.extend(
                tested.iter().filter(|field| !is_raw(scope, field) || !condition.is_false_for(field, &fill)),
            );
        }
        read.extend(outputs.iter().filter(|o| collected(o) || !is_plain(scope, o.field)).map(|o| o.field));
        let read = raw_fields(scope, &read);
        commands
            .extend(by.iter().filter(|field| read.contains(field)).filter_map(|field| unfill(field, &fill)));
        scope.never_null(by.iter().filter(|field| !read.contains(field)).cloned());
        if let Some(condition) = &filter {
            commands.extend(compute_tested(scope, &tested, &outputs));
            if let Some(condition) = scope.filter(condition, Null::Drops) {
                commands.extend(scope.with_look_ups(Command::Where { condition }));
            }
        }
        let (plain, computed): (Vec<Output>, Vec<Output>) =
            outputs.iter().copied().partition(|output| is_plain(scope, output.field));
        commands.extend(scope.name_outputs(&computed));
        commands.extend(rename(scope, &plain));
        // `tstats` has filled what it groups by; missing is what was taken back, or computed.
        let key = |output: &Output| summary.is_none_or(|summary| is_one_of(&summary.by, output.field));
        let emptied = outputs.iter().filter(|output| {
            key(output) && (!is_plain(scope, output.field) || reads_one_of(scope, output, &read))
        });
        let emptied: Vec<Output> = emptied.copied().collect();
        let fields = names(scope, emptied.iter().map(|output| (output.field, output.span)));
        if !fields.is_empty() {
            commands.push(Command::Fill { fields });
        }
        if !are_groups(scope, &by, &outputs, summary) {
            commands.push(regroup(scope, &outputs, summary));
        }
    }
    if by.is_empty() && !scope.has_findings() {
        scope.refuse(
            "a summary without fields of the data model",
            "tstats groups by fields",
            Span::default(),
            "add one",
        );
    }
    let head =
        Head::DataModel { fill: Fact::new(&fill)?, aggregates, model: model.clone(), terms: where_terms, by };
    Some(Search { notes: Vec::new(), head, commands })
}

/// Whether the field is one of the model's.
fn is_raw(scope: &Scope, field: &Field) -> bool {
    match scope.peek(field) {
        Some(Access::Bound(bound)) => matches!(bound.place, Place::Raw(_)),
        Some(Access::Derived(_)) | None => false,
    }
}

/// Whether the field is one of the model's, or constant: grouping by it needs no computation.
fn is_plain(scope: &Scope, field: &Field) -> bool {
    match scope.peek(field) {
        Some(Access::Bound(bound)) => match bound.place {
            Place::Raw(_) | Place::Constant(_) => true,
            Place::Eval { .. } | Place::Pairs { .. } => false,
        },
        Some(Access::Derived(_)) | None => false,
    }
}

/// The fields of the model that these are read from, each once.
fn raw_fields<'a>(scope: &mut Scope<'a>, fields: &[&'a Field]) -> Vec<FieldName> {
    let mut all: Vec<FieldName> = Vec::new();
    for field in scope.closure(fields.iter().copied()) {
        for raw in scope.raw_reads(field) {
            if let Some(name) = FieldName::new(raw).filter(|name| !all.contains(name)) {
                all.push(name);
            }
        }
    }
    all
}

/// Neutral names for the model's: `rename`, after an `eval` for those that share a field or are constant.
fn rename<'a>(scope: &mut Scope<'a>, outputs: &[Output<'a>]) -> Vec<Command> {
    let mut pairs: Vec<(FieldName, FieldName)> = Vec::new();
    let mut commands = Vec::new();
    for output in outputs {
        let value = scope.value(output.field, output.span);
        let neutral = scope.neutral_name(output.field, output.span);
        let (Some(value), Some(neutral)) = (value, neutral) else { continue };
        match value {
            EvalExpr::Field(raw) if raw == neutral => {}
            EvalExpr::Field(raw) if !pairs.iter().any(|(old, _)| *old == raw) => pairs.push((raw, neutral)),
            value => commands.extend(eval(&neutral, value)),
        }
    }
    if !pairs.is_empty() {
        commands.push(Command::Rename { pairs });
    }
    commands
}

fn unfill(field: &FieldName, fill: &str) -> Option<Command> {
    let value = EvalExpr::Field(field.clone());
    let filled = EvalExpr::binary(value.clone(), "==", EvalExpr::Text(EvalText::new(fill)?));
    eval(field, EvalExpr::Call("if", vec![filled, EvalExpr::null(), value]))
}

fn is_one_of(named: &[Spanned<Field>], field: &Field) -> bool {
    named.iter().any(|one| one.value == *field)
}

/// Whether the output is read from one of these fields of the model.
fn reads_one_of(scope: &Scope, output: &Output, fields: &[FieldName]) -> bool {
    scope.raw_reads(output.field).iter().any(|raw| fields.iter().any(|field| field.as_str() == *raw))
}

/// Whether the groups of `tstats` are those of the result: it is grouped by the fields of the result and no others.
fn are_groups(scope: &Scope, by: &[FieldName], outputs: &[Output], summary: Option<&Summary>) -> bool {
    let is_result = |field: &Field| {
        summary.is_none_or(|summary| summary.values.is_empty() && is_one_of(&summary.by, field))
    };
    outputs.iter().all(|output| is_raw(scope, output.field) && is_result(output.field))
        && by
            .iter()
            .all(|name| outputs.iter().any(|output| reads_one_of(scope, output, std::slice::from_ref(name))))
}

/// Counts the groups together again under neutral names.
fn regroup<'a>(scope: &mut Scope<'a>, outputs: &[Output<'a>], summary: Option<&'a Summary>) -> Command {
    let mut aggregates =
        vec![Aggregate::CountOfGroups, Aggregate::FirstTimeOfGroups, Aggregate::LastTimeOfGroups];
    let by = match summary {
        Some(summary) => {
            let values = names(scope, summary.values.iter().map(|field| (&field.value, field.span)));
            aggregates.extend(values.into_iter().map(|name| Aggregate::Values(name.clone(), name)));
            names(scope, summary.by.iter().map(|field| (&field.value, field.span)))
        }
        None => names(scope, outputs.iter().map(|output| (output.field, output.span))),
    };
    Command::Stats { aggregates, by, dedup: false }
}

fn place_of(predicate: &Predicate, field: &Field) -> Span {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => members
            .iter()
            .map(|member| place_of(member, field))
            .find(|span| *span != Span::default())
            .unwrap_or_default(),
        Predicate::Not(inner) => place_of(inner, field),
        Predicate::Field(test) => {
            let mut found = false;
            Predicate::Field(test.clone()).visit_fields(&mut |tested| found |= tested == field);
            if found { test.span } else { Span::default() }
        }
        Predicate::Keyword(_) => Span::default(),
    }
}
