//! Changes put into a detection.
//!
//! In: a detection and checked changes. Out: the detection with them; and beforehand, the tests that would no longer match.
//! Must not report.

use std::sync::Arc;

use crate::catalogue::{Catalogue, Source};
use crate::evaluate::check_tests;
use crate::ir::{CorrelationPattern, Detection, Exclusion, Logic, Schedule, Tuning};
use crate::resolve::Changes;
use crate::source::{SourceFile, Span, Spanned};

/// Puts the changes in, which were written in `file`. Excluded events do not count: not for a match, nor in a correlation.
pub(super) fn apply(detection: &mut Detection, changes: Changes, file: &Arc<SourceFile>) {
    let Changes { severity, schedule, range, window, mut exclusions } = changes;
    // What is said about a change leads to where it was written.
    let (joined, starts) = SourceFile::joined(&[Arc::clone(&detection.file), Arc::clone(file)]);
    let moved_by = starts.last().copied().unwrap_or_default();
    detection.file = joined;
    detection.metadata.severity = severity.unwrap_or(detection.metadata.severity);
    let schedule = schedule
        .map(|schedule| Schedule { lookback_span: schedule.lookback_span.moved(moved_by), ..schedule });
    detection.schedule = schedule.or(detection.schedule);
    if let Logic::Correlation(correlation) = &mut detection.logic {
        if let (Some(changed), CorrelationPattern::Aggregate { range, .. }) =
            (range, &mut correlation.pattern)
        {
            *range = changed;
        }
        if let Some(changed) = window {
            *correlation.pattern.window_mut() = changed;
        }
    }
    if exclusions.is_empty() {
        return;
    }
    for exclusion in &mut exclusions {
        exclusion.when.move_places(moved_by);
        exclusion.span = exclusion.span.moved(moved_by);
        for text in [&mut exclusion.owner, &mut exclusion.reason, &mut exclusion.expires] {
            text.span = text.span.moved(moved_by);
        }
    }
    let logic = detection.logic.clone();
    exclusions.iter().for_each(|exclusion| detection.logic.exclude(exclusion));
    detection.tuning = Some(Box::new(Tuning { logic, exclusions }));
}

/// What a test is told apart by that an exclusion keeps from matching: the exclusion's place, and the test's name. A
/// changed threshold or window is left out of this: the events of tests are as many as the detection's own asks for.
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
        exclusions.iter().for_each(|exclusion| changed.logic.exclude(exclusion));
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
