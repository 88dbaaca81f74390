//! Searches over raw events: the profiles `splunk` and `splunk:escu`.
//!
//! In: the scope and the condition. Out: a search. A condition that fits `search` goes there whole; otherwise the whole
//! of it goes to one `where`, and `search` repeats what the index can answer.

use super::base_terms;
use super::condition::Condition;
use super::filter::Null;
use super::outputs::{Output, outputs};
use super::scope::Scope;
use super::search::{Dialect, necessary_terms, terms};
use crate::ir::{Field, FieldKind, Predicate, Summary};
use crate::source::Span;
use crate::targets::splunk::ast::{Aggregate, Command, Head, Search};
use crate::targets::splunk::binding::Place;
use crate::targets::splunk::expr::Term;
use crate::targets::splunk::tokens::{FieldName, MacroName};
use crate::targets::{Options, Polarity};

/// The search; `None` when findings were reported.
pub(super) fn search<'a>(
    scope: &mut Scope<'a>,
    predicate: &'a Predicate,
    options: Options,
) -> Option<Search> {
    let outputs = outputs(scope.detection);
    let (head, mut commands) = found(scope, predicate, Polarity::Positive, &outputs, options);
    let escu = is_escu(scope);
    if let Some(summary) = &scope.detection.summary {
        commands.extend(summarize(scope, summary, escu));
    }
    if escu {
        commands.push(filter_macro(scope)?);
    }
    Some(Search { notes: Vec::new(), head: Head::Events { terms: head }, commands })
}

/// ESCU's macro in which a user tunes the detection.
pub(super) fn filter_macro(scope: &Scope) -> Option<Command> {
    let name = format!("{}_filter", scope.detection.metadata.slug);
    Some(Command::Filter { name: MacroName::new(&name)? })
}

/// The base search and the commands that find the events of a condition and give the outputs their neutral names.
pub(super) fn found<'a>(
    scope: &mut Scope<'a>,
    predicate: &'a Predicate,
    polarity: Polarity,
    outputs: &[Output<'a>],
    options: Options,
) -> (Vec<Term>, Vec<Command>) {
    let condition = scope.translate(predicate, Some(polarity));
    let mut head = base_terms(scope.binding, scope.detection, options);
    let mut commands = Vec::new();
    if let Some(condition) = condition {
        let dialect = Dialect { missing: None, networks: true };
        match terms(&condition, scope, dialect) {
            Some(terms) => head.extend(terms.into_iter().map(Term::Condition)),
            None => {
                head.extend(necessary_terms(&condition, scope, dialect).into_iter().map(Term::Condition));
                let tested = Condition::fields(predicate);
                commands.extend(compute_tested(scope, &tested, outputs));
                if let Some(condition) = scope.filter(&condition, Null::Drops) {
                    commands.extend(scope.with_look_ups(Command::Where { condition }));
                }
            }
        }
    }
    commands.extend(scope.name_outputs(outputs));
    (head, commands)
}

/// Whether the profile follows ESCU's conventions.
pub(super) fn is_escu(scope: &Scope) -> bool {
    scope.profile.id == super::super::ESCU
}

/// The computed fields that the condition tests, and what they are computed from.
pub(super) fn compute_tested<'a>(
    scope: &mut Scope<'a>,
    tested: &[&'a crate::ir::Field],
    outputs: &[Output<'a>],
) -> Vec<Command> {
    let needed = scope.closure(tested.iter().copied());
    let roots = tested.iter().copied().chain(outputs.iter().map(|output| output.field));
    let read_later = scope.closure(roots);
    let span = scope.derivations().first().map_or_else(Span::default, |derived| derived.span);
    scope.compute(&needed, &read_later, span)
}

/// One row per combination of the summary's fields.
pub(super) fn summarize(scope: &mut Scope, summary: &Summary, escu: bool) -> Vec<Command> {
    let by = names(scope, summary.by.iter().map(|field| (&field.value, field.span)));
    let mut aggregates = vec![Aggregate::Count, Aggregate::FirstTime, Aggregate::LastTime];
    let values = names(scope, summary.values.iter().map(|field| (&field.value, field.span)));
    aggregates.extend(values.into_iter().map(|name| Aggregate::Values(name.clone(), name)));
    let mut commands: Vec<Command> = if escu {
        let rare = summary.by.iter().filter(|field| !is_always_filled(scope, &field.value));
        let rare: Vec<_> = rare.map(|field| (&field.value, field.span)).collect();
        let fields = names(scope, rare.into_iter());
        let named = (!fields.is_empty()).then_some(Command::Fill { fields });
        named.into_iter().chain([Command::FillAll]).collect()
    } else {
        let texts =
            summary.by.iter().filter(|field| field.value.field_type.is_textual() && !field.value.many);
        let fields = names(scope, texts.map(|field| (&field.value, field.span)));
        let empty = (!fields.is_empty()).then_some(Command::FillEmpty { fields });
        std::iter::once(Command::Fill { fields: by.clone() }).chain(empty).collect()
    };
    let dedup = !escu && summary.by.iter().any(|field| field.value.many);
    commands.push(Command::Stats { aggregates, by, dedup });
    if escu {
        commands.extend(["firstTime", "lastTime"].map(|field| Command::ReadableTime { field }));
    }
    commands
}

/// Whether ESCU's bare `fillnull` is enough for a field: it leaves out what no event of the result has, and `stats by`
/// then drops every row. Enough it is where an add-on fills the field under its common name, or an expression has a branch
/// for everything else.
fn is_always_filled(scope: &Scope, field: &Field) -> bool {
    let place = scope.binding.fields.get(&*field.name).map(|bound| &bound.place);
    match (field.kind, place) {
        (FieldKind::Common, Some(Place::Raw(name))) => name.as_str() == &*field.name,
        (FieldKind::Common, Some(Place::Eval { text, .. })) => text.contains("true()"),
        (FieldKind::Common, Some(Place::Constant(_))) => true,
        (FieldKind::Common, Some(Place::Pairs { .. }) | None) => false,
        (FieldKind::Native | FieldKind::Derived, _) => false,
    }
}

/// The neutral names as names in the pipeline.
pub(super) fn names<'f>(
    scope: &mut Scope,
    fields: impl Iterator<Item = (&'f crate::ir::Field, Span)>,
) -> Vec<FieldName> {
    fields.filter_map(|(field, span)| scope.neutral_name(field, span)).collect()
}
