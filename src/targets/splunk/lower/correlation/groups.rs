//! Correlations with one result a group that are no aggregates: stages together, and first sight.

use super::Pattern;
use super::parts::{
    HIT, STEP, TIME, as_number, comparable, eval, field, is, is_within, numbered, only_if, present, seconds,
    sort,
};
use super::stage::Stages;
use crate::ir::{Duration, Field};
use crate::source::Spanned;
use crate::targets::splunk::ast::{Aggregate, Command};
use crate::targets::splunk::expr::EvalExpr;

/// All stages within a window, in any order.
///
/// Each row knows the latest time of every stage so far in its group. Where the oldest of these lies within the window
/// before the row, the stages are together. The last row of a time sees all of that time.
pub(super) fn temporal(stages: &mut Stages, window: Duration) -> Option<Pattern> {
    let number = stages.correlation.stages.len();
    let (time, step, hit) = (TIME.name()?, STEP.name()?, HIT.name()?);
    let mut searches = Vec::new();
    for stage in 0..number {
        let mut search = stages.search(stage, &[])?;
        search.commands.push(eval(&step, EvalExpr::integer(i64::try_from(stage).ok()? + 1))?);
        searches.push(search);
    }
    let mut commands = vec![sort([time.clone()])];
    let mut latest = Vec::new();
    let mut tests = Vec::new();
    let mut times = Vec::new();
    for place in 1..=number {
        let name = numbered("time", place)?;
        let own = is(field(&step), i64::try_from(place).ok()?);
        commands.push(eval(&name, only_if(own, field(&time)))?);
        latest.push(Aggregate::Of("max", name.clone(), name.clone()));
        tests.push(present(field(&name)));
        times.push(field(&name));
    }
    commands.push(Command::StreamStats { window: 0, aggregates: latest, by: stages.keys()? });
    let oldest = EvalExpr::Call("min", times);
    tests.push(is_within(field(&time), oldest, window));
    commands.push(eval(&hit, as_number(EvalExpr::and(tests)))?);
    commands.push(stages.group_rows(vec![Aggregate::Of("max", hit.clone(), hit.clone())])?);
    commands.push(Command::Where { condition: is(field(&hit), 1) });
    commands.push(Command::RemoveHelpers);
    Some(Pattern { searches, commands })
}

/// Combinations that the window has and the baseline has not: those whose first time, since the start of the baseline,
/// lies in the window.
pub(super) fn new_value<'a>(
    stages: &mut Stages<'a, '_>,
    fields: &'a [Spanned<Field>],
    window: Duration,
    baseline: Duration,
    delay: Option<Duration>,
) -> Option<Pattern> {
    let more: Vec<_> = fields.iter().map(|field| (&field.value, field.span)).collect();
    let mut search = stages.search(0, &more)?;
    let mut names = Vec::new();
    for new in fields {
        let name = stages.name(0, &new.value, new.span)?;
        search.commands.push(eval(&name, comparable(field(&name), new.value.field_type))?);
        names.push(name);
    }
    let time = TIME.name()?;
    let end = before_now(delay.into_iter().collect());
    let start = before_now(delay.into_iter().chain([window]).collect());
    let earliest = before_now(delay.into_iter().chain([window, baseline]).collect());
    let tests =
        vec![EvalExpr::binary(field(&time), ">=", earliest), EvalExpr::binary(field(&time), "<=", end)];
    search.commands.push(Command::Where { condition: EvalExpr::and(tests) });
    let Some(Command::Stats { aggregates, mut by, dedup }) = stages.group_rows(Vec::new()) else {
        return None;
    };
    by.extend(names);
    let first = crate::targets::splunk::tokens::FieldName::new("firstTime")?;
    let commands = vec![
        Command::Stats { aggregates, by, dedup },
        Command::Where { condition: EvalExpr::binary(field(&first), ">", start) },
    ];
    Some(Pattern { searches: vec![search], commands })
}

/// `now()-3600-…`
pub(super) fn before_now(durations: Vec<Duration>) -> EvalExpr {
    let now = EvalExpr::Call("now", Vec::new());
    let total = durations.into_iter().reduce(Duration::plus);
    match total {
        None => now,
        Some(total) => EvalExpr::binary(now, "-", seconds(total)),
    }
}
