//! Aggregates over a sliding window, as running sums over entries and exits.
//!
//! Every event is read twice: when it enters the window, and `window` later, when it leaves. In the order of time, entries
//! before exits, a running sum over what each adds or takes away is the aggregate over the window at every moment. It is
//! looked at where events enter, after all that enter at that time.
//!
//! - A distinct value is added by the first of its events that is inside, and taken away by the last.
//! - A percentile by nearest rank is compared with a number by counting: it is above X exactly when fewer than its rank of
//!   the values are at most X. So two running counts decide, exactly, whatever the number of events.

use super::Pattern;
use super::parts::{
    HIT, Helper, TIME, as_number, comparable, eval, field, is, only_if, present, seconds, sort,
    to_milliseconds,
};
use super::stage::Stages;
use crate::ir::{self, Bound, Duration, Number, Range};
use crate::targets::splunk::ast::{Aggregate, Command};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::FieldName;

/// 1 where the event enters, -1 where it leaves.
const EDGE: Helper = Helper("detc_edge");
/// The same, to order by: entries first.
const ORDER: Helper = Helper("detc_order");
/// The value that is aggregated.
const VALUE: Helper = Helper("detc_value");
/// How many events with the value are inside.
const LIVE: Helper = Helper("detc_live");

/// The search.
pub(super) fn lower<'a>(
    stages: &mut Stages<'a, '_>,
    aggregate: &'a ir::Aggregate,
    range: &Range,
    window: Duration,
) -> Option<Pattern> {
    let span = stages.correlation.span;
    let more: Vec<_> = aggregate.field().map(|field| (field, span)).into_iter().collect();
    if let Some(many) = aggregate.field().filter(|field| field.many) {
        stages.scopes[0].refuse(
            &format!("distinct values of the multivalue field `{}`", many.name),
            "an event would enter and leave once a value, and `mvexpand` stops at a limit of memory",
            span,
            "derive a field of one value",
        );
        return None;
    }
    match aggregate {
        ir::Aggregate::Sum(field)
        | ir::Aggregate::Average(field)
        | ir::Aggregate::Percentile { field, .. } => {
            stages.read(0, field, span);
        }
        ir::Aggregate::EventCount | ir::Aggregate::ValueCount(_) => {}
    }
    let search = stages.search(0, &more)?;
    let (time, edge, order, hit) = (TIME.name()?, EDGE.name()?, ORDER.name()?, HIT.name()?);
    let value = match aggregate.field() {
        Some(aggregated) => Some((stages.name(0, aggregated, span)?, aggregated.field_type)),
        None => None,
    };
    let mut entering = search.clone();
    let mut leaving = search;
    for (copy, side) in [(&mut entering, 1), (&mut leaving, -1)] {
        if let Some((name, field_type)) = &value {
            let value = match aggregate {
                ir::Aggregate::ValueCount(_) => comparable(field(name), *field_type),
                ir::Aggregate::EventCount
                | ir::Aggregate::Sum(_)
                | ir::Aggregate::Average(_)
                | ir::Aggregate::Percentile { .. } => EvalExpr::Call("tonumber", vec![field(name)]),
            };
            copy.commands.push(eval(&VALUE.name()?, value)?);
        }
        copy.commands.push(eval(&edge, EvalExpr::integer(side))?);
        copy.commands.push(eval(&order, EvalExpr::integer(if side == 1 { 0 } else { 1 }))?);
    }
    // Whole milliseconds, so that what leaves at the time at which another enters has the same time.
    entering.commands.push(eval(&time, to_milliseconds(field(&time)))?);
    let later = EvalExpr::binary(field(&time), "+", seconds(window));
    leaving.commands.push(eval(&time, to_milliseconds(later))?);

    let keys = stages.keys()?;
    let mut commands = vec![sort([time.clone(), order])];
    let (summed, condition) = measure(aggregate, range, &keys, &mut commands)?;
    let sum = |name: &FieldName| Aggregate::Of("sum", name.clone(), name.clone());
    commands.push(Command::StreamStats {
        window: 0,
        aggregates: summed.iter().map(sum).collect(),
        by: keys.clone(),
    });
    commands.push(Command::Where { condition: is(field(&edge), 1) });
    let last = |name: &FieldName| Aggregate::Of("last", name.clone(), name.clone());
    let moment = keys.into_iter().chain([time]).collect();
    commands.push(Command::EventStats { aggregates: summed.iter().map(last).collect(), by: moment });
    commands.push(eval(&hit, as_number(condition))?);
    commands.push(stages.group_rows(vec![Aggregate::Of("max", hit.clone(), hit.clone())])?);
    commands.push(Command::Where { condition: is(field(&hit), 1) });
    commands.push(Command::RemoveHelpers);
    Some(Pattern { searches: vec![entering, leaving], commands })
}

/// Adds the commands that give each row what it adds. Gives the fields to be summed, and the condition over the sums.
fn measure(
    aggregate: &ir::Aggregate,
    range: &Range,
    keys: &[FieldName],
    commands: &mut Vec<Command>,
) -> Option<(Vec<FieldName>, EvalExpr)> {
    let (edge, value) = (EDGE.value()?, VALUE.value()?);
    let mut summed = Vec::new();
    let mut sum = |stem: &str, each: EvalExpr, commands: &mut Vec<Command>| {
        let name = FieldName::new(&format!("detc_{stem}"))?;
        commands.push(eval(&name, each)?);
        summed.push(name.clone());
        Some(field(&name))
    };
    let counted = |condition: EvalExpr| {
        EvalExpr::Call("if", vec![condition, EDGE.value().unwrap_or(EvalExpr::null()), EvalExpr::integer(0)])
    };
    let condition = match aggregate {
        ir::Aggregate::EventCount => inside(range, &sum("count", edge, commands)?),
        ir::Aggregate::Sum(_) => {
            let each = EvalExpr::binary(value, "*", edge);
            let each = EvalExpr::Call("coalesce", vec![each, EvalExpr::integer(0)]);
            inside(range, &sum("sum", each, commands)?)
        }
        ir::Aggregate::Average(_) => {
            let each = EvalExpr::binary(value.clone(), "*", edge);
            let each = EvalExpr::Call("coalesce", vec![each, EvalExpr::integer(0)]);
            let total = sum("sum", each, commands)?;
            let number = sum("number", counted(present(value)), commands)?;
            let some = EvalExpr::binary(number.clone(), ">", EvalExpr::integer(0));
            let average = only_if(some.clone(), EvalExpr::binary(total, "/", number));
            EvalExpr::and(vec![some, inside(range, &average)])
        }
        ir::Aggregate::Percentile { percent, .. } => {
            let number = sum("number", counted(present(value.clone())), commands)?;
            let some = EvalExpr::binary(number.clone(), ">", EvalExpr::integer(0));
            let rank = rank(number, *percent);
            let mut tests = vec![some];
            for (bound, stem, is_lower) in [(range.lower, "below", true), (range.upper, "upto", false)] {
                let Some(bound) = bound else { continue };
                let low = EvalExpr::binary(
                    value.clone(),
                    counted_below(bound, is_lower),
                    EvalExpr::Number(bound.value),
                );
                let low = EvalExpr::and(vec![present(value.clone()), low]);
                let low = sum(stem, counted(low), commands)?;
                tests.push(EvalExpr::binary(low, if is_lower { "<" } else { ">=" }, rank.clone()));
            }
            EvalExpr::and(tests)
        }
        ir::Aggregate::ValueCount(_) => {
            let live = LIVE.name()?;
            let by = keys.iter().cloned().chain([VALUE.name()?]).collect();
            let running = Aggregate::Of("sum", EDGE.name()?, live.clone());
            commands.push(Command::StreamStats { window: 0, aggregates: vec![running], by });
            let first = EvalExpr::and(vec![is(edge.clone(), 1), is(field(&live), 1)]);
            let gone = EvalExpr::and(vec![is(edge.clone(), -1), is(field(&live), 0)]);
            // Rows without the value have no such count, and add nothing.
            let changes = EvalExpr::and(vec![present(field(&live)), EvalExpr::or(vec![first, gone])]);
            inside(range, &sum("values", counted(changes), commands)?)
        }
    };
    Some((summed, condition))
}

/// The comparison that counts values too low for a bound: `percentile >= X` needs fewer than its rank below X,
/// `percentile > X` fewer than that at most X; `percentile <= X` needs that many at most X, `percentile < X` below X.
fn counted_below(bound: Bound, is_lower: bool) -> &'static str {
    if bound.inclusive == is_lower { "<" } else { "<=" }
}

/// `ceiling(number*percent/100-0.000000001)`: the nearest rank; the small number keeps what is whole from being rounded
/// up by a floating-point error, as in the reference.
fn rank(number: EvalExpr, percent: f64) -> EvalExpr {
    let percent =
        if percent.fract() == 0.0 { Number::Integer(percent as i64) } else { Number::Real(percent) };
    let share = EvalExpr::binary(
        EvalExpr::binary(number, "*", EvalExpr::Number(percent)),
        "/",
        EvalExpr::integer(100),
    );
    let tolerance = EvalExpr::Number(Number::Real(0.000_000_001));
    EvalExpr::Call("ceiling", vec![EvalExpr::binary(share, "-", tolerance)])
}

fn inside(range: &Range, value: &EvalExpr) -> EvalExpr {
    let lower = range.lower.map(|bound| (bound, if bound.inclusive { ">=" } else { ">" }));
    let upper = range.upper.map(|bound| (bound, if bound.inclusive { "<=" } else { "<" }));
    let ends = [lower, upper].into_iter().flatten();
    EvalExpr::and(
        ends.map(|(bound, operator)| {
            EvalExpr::binary(value.clone(), operator, EvalExpr::Number(bound.value))
        })
        .collect(),
    )
}
