//! Chains whose steps are tied by their group alone, and absence.
//!
//! In the order of time each group carries forward when a step was last reached, and when the chain that reached it began
//! at the latest. The latest is enough: of two events that complete the same steps, the later one has a beginning that is
//! no earlier, and is nearer to what follows. So both deadlines, from the step before and from the beginning, are tested
//! against it. Among events of one time those of earlier steps come first.

use super::Pattern;
use super::counts::MOST;
use super::groups::before_now;
use super::parts::{
    Helper, STEP, TIME, elapsed, eval, field, is, is_within, numbered, only_if, present, seconds, sort,
};
use super::stage::Stages;
use crate::ir::{Duration, Step};
use crate::targets::splunk::ast::{Aggregate, Command, SortKey};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::FieldName;

const ROWS: Helper = Helper("detc_rows");
const START: Helper = Helper("detc_start");
const ANSWER: Helper = Helper("detc_answer");

/// A chain.
pub(super) fn lower(stages: &mut Stages, steps: &[Step], window: Duration) -> Option<Pattern> {
    let (time, step) = (TIME.name()?, STEP.name()?);
    let mut searches = Vec::new();
    for (place, of) in steps.iter().enumerate() {
        let mut search = stages.search(of.stage, &[])?;
        search.commands.push(eval(&step, EvalExpr::integer(i64::try_from(place).ok()? + 1))?);
        searches.push(search);
    }
    let mut commands = vec![sort([time.clone(), step.clone()])];
    let mut begun = first_step(stages, &steps[0], &mut commands)?;
    for (place, of) in steps.iter().enumerate().skip(1) {
        let reached = numbered("time", place)?;
        let begin = numbered("begin", place)?;
        // A step is reached at the time of its event; both names hold what the latest event of the step has.
        commands.push(eval(&reached, only_if(present(field(&begun)), field(&time)))?);
        commands.push(eval(&begin, field(&begun))?);
        let latest = |name: &FieldName| Aggregate::Of("max", name.clone(), name.clone());
        commands.push(Command::StreamStats {
            window: 0,
            aggregates: vec![latest(&reached), latest(&begin)],
            by: stages.keys()?,
        });
        // Where no chain has come so far its beginning is null, and no comparison holds.
        let mut tests = vec![is(field(&step), i64::try_from(place).ok()? + 1)];
        if let Some(within) = of.within {
            tests.push(is_within(field(&time), field(&reached), within));
        }
        // The last step knows how long the chain took.
        let last = place + 1 == steps.len();
        if last {
            tests.push(is_within(field(&time), field(&begin), window));
        }
        let holds = EvalExpr::and(tests);
        if last {
            commands.push(Command::Where { condition: holds });
        } else {
            begun = numbered("begun", place + 1)?;
            commands.push(eval(&begun, only_if(holds, field(&begin)))?);
        }
    }
    commands.push(Command::RemoveHelpers);
    Some(Pattern { searches, commands })
}

/// Adds when a chain begins at an event of the first step; null in all other rows. Gives the field.
pub(super) fn first_step(
    stages: &mut Stages,
    first: &Step,
    commands: &mut Vec<Command>,
) -> Option<FieldName> {
    let (time, step) = (TIME.name()?, STEP.name()?);
    let begun = numbered("begun", 1)?;
    let own = is(field(&step), 1);
    if first.at_least == 1 {
        commands.push(eval(&begun, only_if(own, field(&time)))?);
        return Some(begun);
    }
    if u64::from(first.at_least) > MOST {
        stages.scopes[first.stage].refuse(
            &format!("a step of {} events", first.at_least),
            "`streamstats` keeps at most 10000 rows in a window",
            stages.correlation.span,
            "count fewer",
        );
        return None;
    }
    let (rows, start) = (ROWS.name()?, START.name()?);
    let by = stages.keys()?.into_iter().chain([step]).collect();
    commands.push(Command::StreamStats {
        window: first.at_least,
        aggregates: vec![Aggregate::Rows(rows.clone()), Aggregate::Of("min", time.clone(), start.clone())],
        by,
    });
    let enough = is(field(&rows), first.at_least.into());
    commands.push(eval(&begun, only_if(EvalExpr::and(vec![own, enough]), field(&start)))?);
    Some(begun)
}

/// Events of the first stage that none of the second follows in time.
///
/// From the last event to the first, each group carries the time of the next answer. At one time answers come first. An
/// answer answers itself, so that it never is a result.
pub(super) fn absent(stages: &mut Stages, window: Duration, delay: Option<Duration>) -> Option<Pattern> {
    let (time, step, answer) = (TIME.name()?, STEP.name()?, ANSWER.name()?);
    let mut searches = Vec::new();
    for (stage, place) in [(0, 1), (1, 2)] {
        let mut search = stages.search(stage, &[])?;
        search.commands.push(eval(&step, EvalExpr::integer(place))?);
        searches.push(search);
    }
    let descending = |field| SortKey { field, descending: true };
    let nearest = Aggregate::Of("min", answer.clone(), answer.clone());
    let none = EvalExpr::Call("isnull", vec![field(&answer)]);
    let too_late = EvalExpr::binary(elapsed(field(&answer), field(&time)), ">", seconds(window));
    let too_late = EvalExpr::and(vec![present(field(&answer)), too_late]);
    let decided = before_now(delay.into_iter().chain([window]).collect());
    let commands = vec![
        Command::Sort { keys: vec![descending(time.clone()), descending(step.clone())] },
        eval(&answer, only_if(is(field(&step), 2), field(&time)))?,
        Command::StreamStats { window: 0, aggregates: vec![nearest], by: stages.keys()? },
        Command::Where {
            condition: EvalExpr::and(vec![
                EvalExpr::binary(field(&time), "<=", decided),
                EvalExpr::or(vec![none, too_late]),
            ]),
        },
        Command::RemoveHelpers,
    ];
    Some(Pattern { searches, commands })
}
