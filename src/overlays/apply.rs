//! Changes put into a detection.
//!
//! In: a detection and checked changes. Out: the detection with them; and beforehand, the tests that would no longer match.
//! Must not report.

use std::sync::Arc;

use crate::catalogue::{Catalogue, Source};
use crate::evaluate::check_tests;
use crate::ir::{CorrelationPattern, Detection, EventSet, Logic, Predicate, Schedule};
use crate::resolve::{Changes, Exclusion};
use crate::source::{Span, Spanned};

/// Puts the changes in. Excluded events do not count: not for a match, nor in a correlation.
pub(super) fn apply(detection: &mut Detection, changes: Changes) {
    exclude(detection, &changes.exclusions);
    let Changes { severity, schedule, range, exclusions: _ } = changes;
    detection.metadata.severity = severity.unwrap_or(detection.metadata.severity);
    // As for exclusions, lints point at the name.
    let lookback_span = detection.metadata.name.span;
    let schedule = schedule.map(|schedule| Schedule { lookback_span, ..schedule });
    detection.schedule = schedule.or(detection.schedule);
    if let (Some(changed), Logic::Correlation(correlation)) = (range, &mut detection.logic)
        && let CorrelationPattern::Aggregate { range, .. } = &mut correlation.pattern
    {
        *range = changed;
    }
}

/// What a test is told apart by that an exclusion keeps from matching: the exclusion's place, and the test's name. A
/// changed threshold is left out of this: the events of tests are as many as the detection's own asks for.
pub(super) fn killed(
    detection: &Detection,
    changes: &Changes,
    catalogue: &Catalogue,
) -> Vec<(Span, Spanned<String>)> {
    if changes.exclusions.is_empty() {
        return Vec::new();
    }
    let Some(sources) = catalogue.sources_of(&detection.logic) else { return Vec::new() };
    let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
    let passed = |detection: &Detection| check_tests(detection, &sources).passed;
    let before = passed(detection);
    let must_match: Vec<&Spanned<String>> = detection
        .tests
        .iter()
        .filter(|test| test.matches.value > 0 && before.contains(&test.name.value))
        .map(|test| &test.name)
        .collect();
    let lost = |exclusions: &[Exclusion]| -> Vec<Spanned<String>> {
        let mut changed = detection.clone();
        exclude(&mut changed, exclusions);
        let after = passed(&changed);
        let lost = must_match.iter().filter(|test| !after.contains(&test.value));
        lost.map(|test| (*test).clone()).collect()
    };
    let mut killed = Vec::new();
    for exclusion in &changes.exclusions {
        killed.extend(lost(std::slice::from_ref(exclusion)).into_iter().map(|test| (exclusion.span, test)));
    }
    // What none of them does alone.
    if killed.is_empty()
        && let Some(last) = changes.exclusions.last()
    {
        killed.extend(lost(&changes.exclusions).into_iter().map(|test| (last.span, test)));
    }
    killed
}

fn exclude(detection: &mut Detection, exclusions: &[Exclusion]) {
    // What targets say about an exclusion is said at the name: its own place is in another file.
    let place = detection.metadata.name.span;
    for exclusion in exclusions {
        let mut when = exclusion.when.clone();
        put_at(&mut when, place);
        if let Some(events) = event_set(&mut detection.logic, exclusion.set) {
            events.condition = Predicate::all([events.condition.clone(), Predicate::not(when)]);
        }
    }
}

fn event_set(logic: &mut Logic, index: usize) -> Option<&mut EventSet> {
    match logic {
        Logic::Events(events) => (index == 0).then_some(events),
        Logic::Correlation(correlation) => correlation.stages.get_mut(index).map(|stage| &mut stage.events),
        Logic::Raw(_) => None,
    }
}

fn put_at(predicate: &mut Predicate, place: Span) {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => {
            members.iter_mut().for_each(|member| put_at(member, place));
        }
        Predicate::Not(inner) => put_at(inner, place),
        Predicate::Field(test) => test.span = place,
        Predicate::Keyword(keyword) => keyword.span = place,
    }
}
