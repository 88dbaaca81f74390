//! At least N events of a group within a window.
//!
//! `streamstats` keeps the last N events of each group, in the order of time. When there are N, and the first of them lies
//! within the window before the last, the window holds N. Of events at one time the last sees all, so that ties are found
//! in whatever order they come.

use super::Pattern;
use super::parts::{HIT, Helper, TIME, as_number, eval, field, is, is_within, sort};
use super::stage::Stages;
use crate::ir::Duration;
use crate::targets::splunk::ast::{Aggregate, Command};
use crate::targets::splunk::expr::EvalExpr;

/// The most rows that `streamstats` keeps in a window (`max_stream_window`, A26).
pub(super) const MOST: u64 = 10_000;

const ROWS: Helper = Helper("detc_rows");
const START: Helper = Helper("detc_start");

/// The search.
pub(super) fn lower(stages: &mut Stages, number: u64, window: Duration) -> Option<Pattern> {
    let search = stages.search(0, &[])?;
    let (rows, start, hit, time) = (ROWS.name()?, START.name()?, HIT.name()?, TIME.name()?);
    let enough = is(field(&rows), i64::try_from(number).ok()?);
    let within = is_within(field(&time), field(&start), window);
    let commands = vec![
        sort([time.clone()]),
        Command::StreamStats {
            window: u32::try_from(number).ok()?,
            aggregates: vec![Aggregate::Rows(rows), Aggregate::Of("min", time, start)],
            by: stages.keys()?,
        },
        eval(&hit, as_number(EvalExpr::and(vec![enough, within])))?,
        stages.group_rows(vec![Aggregate::Of("max", hit.clone(), hit.clone())])?,
        Command::Where { condition: is(field(&hit), 1) },
        Command::RemoveHelpers,
    ];
    Some(Pattern { searches: vec![search], commands })
}
