//! Running the embedded tests of a detection, and saying what went wrong.

use super::explain::{Clause, Explanation};
use super::matching::order;
use super::value::{read, text};
use super::{Evaluator, Row};
use crate::catalogue::Source;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Correlation, Detection, Field, Logic, TestCase, Value};
use crate::source::Spanned;

/// What the embedded tests of a detection said.
#[derive(Debug, Default)]
pub struct TestReport {
    /// The names of the tests that passed.
    pub passed: Vec<String>,
    /// One finding (`E0601`) a failed test; or one `E0402` when the detection cannot be run.
    pub failures: Vec<Diagnostic>,
}

/// Runs the embedded tests of a detection.
///
/// A test passes when the number of results is the expected one and every result has the values under `with`. Such a
/// value is compared as the field's type says, and case counts; `null` asks for a field without a value; of a
/// multivalue field one value must be equal. `sources` are those of the detection's sets of events, in order.
pub fn check_tests(detection: &Detection, sources: &[&Source]) -> TestReport {
    let mut report = TestReport::default();
    // Raw queries alone carry no tests.
    if matches!(detection.logic, Logic::Raw(_)) && detection.tests.is_empty() {
        return report;
    }
    let evaluator = match Evaluator::over(detection, sources) {
        Ok(evaluator) => evaluator,
        Err(problem) => {
            report.failures.push(problem);
            return report;
        }
    };
    for test in &detection.tests {
        match check(&evaluator, detection, test) {
            None => report.passed.push(test.name.value.clone()),
            Some(failure) => report.failures.push(failure),
        }
    }
    report
}

fn check(evaluator: &Evaluator, detection: &Detection, test: &TestCase) -> Option<Diagnostic> {
    if let Some(which) = &test.which
        && let Some(failure) = wrong_events(evaluator, detection, test, which)
    {
        return Some(failure);
    }
    let rows = evaluator.results_at(&test.events, test.now);
    if usize::try_from(test.matches.value).ok() != Some(rows.len()) {
        return Some(wrong_number(evaluator, detection, test, rows.len()));
    }
    wrong_values(detection, test, &rows)
}

/// The first event that matches and should not, or the other way round.
fn wrong_events(
    evaluator: &Evaluator,
    detection: &Detection,
    test: &TestCase,
    which: &Spanned<Vec<usize>>,
) -> Option<Diagnostic> {
    let end = evaluator.end(test.now);
    let matches = |place: usize| {
        let seen = test.events.get(place);
        seen.is_some_and(|seen| end.is_none_or(|end| seen.time <= end) && evaluator.matches(&seen.event))
    };
    let last = which.value.iter().map(|place| place + 1).max().unwrap_or_default().max(test.events.len());
    let wrong = (0..last).find(|place| matches(*place) != which.value.contains(place))?;
    let what = if matches(wrong) { "matches, and should not" } else { "should match, and does not" };
    let message = format!("test `{}`: event {} {what}", shown(&test.name.value), wrong + 1);
    let failure = Diagnostic::new(Code::E0601, message).at(&detection.file, which.span, "");
    match test.events.get(wrong) {
        Some(seen) => Some(explain(failure, detection, wrong + 1, &evaluator.explain(&seen.event))),
        None => Some(failure.note(format!("the test has {}", plural(test.events.len(), "event")))),
    }
}

fn wrong_number(evaluator: &Evaluator, detection: &Detection, test: &TestCase, found: usize) -> Diagnostic {
    let expected = test.matches.value;
    let too_few = found < expected as usize;
    let message = format!(
        "test `{}`: {} expected, {found} found",
        shown(&test.name.value),
        plural(expected as usize, "result")
    );
    let mut failure = Diagnostic::new(Code::E0601, message).at(
        &detection.file,
        test.matches.span,
        format!("found {found}"),
    );
    if let Logic::Correlation(correlation) = &detection.logic {
        return stages_of(failure, evaluator, correlation, test);
    }
    let matching: Vec<usize> =
        (0..test.events.len()).filter(|place| evaluator.matches(&test.events[*place].event)).collect();
    if detection.summary.is_some() && !matching.is_empty() {
        let events = if matching.len() == 1 { "matches" } else { "match" };
        failure = failure.note(format!(
            "{} {events}, and `summarize` makes {} of {}",
            plural(matching.len(), "event"),
            plural(found, "row"),
            if matching.len() == 1 { "it" } else { "them" },
        ));
    }
    let missed = (0..test.events.len()).find(|place| !matching.contains(place));
    let of_interest = if too_few { missed } else { matching.first().copied() };
    match of_interest {
        Some(place) => {
            let explanation = evaluator.explain(&test.events[place].event);
            explain(failure, detection, place + 1, &explanation)
        }
        None => failure,
    }
}

/// Says which events are in which stage.
fn stages_of(
    failure: Diagnostic,
    evaluator: &Evaluator,
    correlation: &Correlation,
    test: &TestCase,
) -> Diagnostic {
    let mut failure = failure;
    for (stage, place) in correlation.stages.iter().zip(0..) {
        let events = test.events.iter().zip(1..);
        let inside = events.filter(|(event, _)| evaluator.sets_of(event).any(|set| set == place));
        let numbers: Vec<String> = inside.map(|(_, number): (_, usize)| number.to_string()).collect();
        let which = if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") };
        failure = failure.note(format!("events of the stage `{}`: {which}", stage.name.value));
    }
    failure
}

/// Points at the clauses that decide about an event; at most three.
fn explain(
    mut failure: Diagnostic,
    detection: &Detection,
    number: usize,
    explanation: &Explanation,
) -> Diagnostic {
    let verb = if explanation.holds { "matches" } else { "does not match" };
    failure = failure.note(format!("event {number} {verb}"));
    for clause in explanation.decisive().into_iter().take(3) {
        let (span, what) = match &clause.clause {
            Clause::Field { name, values, span, by: _ } => (*span, found(name, values)),
            Clause::Keyword { span, by: _ } if clause.holds => {
                (*span, "one of these is in the event".to_owned())
            }
            Clause::Keyword { span, by: _ } => (*span, "none of these is in the event".to_owned()),
            Clause::All(_) | Clause::Any(_) | Clause::Not(_) => continue,
        };
        let answer = if clause.holds { "true" } else { "false" };
        failure = failure.at(&detection.file, span, format!("{answer}: {what}"));
    }
    failure
}

/// At most one finding a test; every value that is wrong is labelled.
fn wrong_values(detection: &Detection, test: &TestCase, rows: &[Row]) -> Option<Diagnostic> {
    let mut failure: Option<Diagnostic> = None;
    for (field, expected) in &test.with {
        let wrong = rows.iter().enumerate().find(|(_, row)| !has(row, &field.value, &expected.value));
        if let Some((place, row)) = wrong {
            let name = &field.value.name;
            let values: Vec<Value> = values_of(row, &field.value);
            let label = format!("result {}: {}", place + 1, found(name, &values));
            failure = Some(
                failure
                    .unwrap_or_else(|| {
                        let message =
                            format!("test `{}`: `{name}` has another value", shown(&test.name.value));
                        Diagnostic::new(Code::E0601, message)
                    })
                    .at(&detection.file, expected.span, label),
            );
        }
    }
    failure
}

fn values_of(row: &Row, field: &Field) -> Vec<Value> {
    let value = row.fields.get(&*field.name);
    value
        .map_or(Vec::new(), |value| read(value, field.field_type))
        .into_iter()
        .map(|v| v.into_owned())
        .collect()
}

/// Whether a result has the expected values.
fn has(row: &Row, field: &Field, expected: &Value) -> bool {
    let found = values_of(row, field);
    let expected = read(expected, field.field_type);
    if expected.is_empty() {
        return found.is_empty();
    }
    expected.iter().all(|expected| found.iter().any(|value| same(value, expected)))
}

fn same(value: &Value, expected: &Value) -> bool {
    if let (Value::Number(left), Value::Number(right)) = (value, expected) {
        return order(*left, *right).is_some_and(std::cmp::Ordering::is_eq);
    }
    value == expected
}

/// What an event or result has in a field, for a person.
pub fn found(name: &str, values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(value_shown).collect();
    match texts.as_slice() {
        [] => format!("`{name}` is missing"),
        [one] if one.is_empty() => format!("`{name}` is the empty text"),
        [one] => format!("`{name}` is `{one}`"),
        many => format!("`{name}` is one of `{}`", many.join("`, `")),
    }
}

fn value_shown(value: &Value) -> String {
    match value {
        Value::Pairs(pairs) => {
            let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
            shown(&format!("a list of pairs: {}", names.join(", ")))
        }
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Null | Value::Many(_) => {
            shown(&text(value).unwrap_or_default())
        }
    }
}

/// A text on one line, cut after 80 characters.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for (place, c) in text.chars().enumerate() {
        if place == 80 {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
