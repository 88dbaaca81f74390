//! `streamstats`: aggregates over the rows up to the one at hand.

use std::sync::Arc;

use super::aggregate::State;
use super::expr::Code;
use super::state::{Run, Table};
use super::stats::{Compiled, compile_all, fresh, groups_of, key_texts, names, push, set_result};
use super::typing::Typing;
use super::window::Window;
use super::{Answer, Step};
use crate::maps::HashMap;
use crate::source::Span;
use crate::spl::ast::StreamStats;
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::Row;

/// `streamstats`.
#[derive(Debug)]
pub(super) struct StreamStep {
    aggregates: Vec<Compiled>,
    by: Vec<Arc<str>>,
    current: bool,
    window: usize,
    global: bool,
    time_window: Option<f64>,
    reset_on_change: bool,
    reset_before: Option<Code>,
    reset_after: Option<Code>,
    span: Span,
}

impl StreamStep {
    pub(super) fn compile(it: &StreamStats, span: Span, problems: &mut Vec<Problem>) -> Option<Self> {
        let aggregates = compile_all(&it.stats.aggregates, problems);
        if it.time_window.is_some() && it.window > 0 {
            problems.push(Problem::outside("`window` beside `time_window` is not evaluated", span));
        }
        let mut typing = Typing { problems };
        let reset = |condition: &Option<crate::spl::expr::Expr>, typing: &mut Typing| match condition {
            Some(condition) => typing.condition(condition).map(Some),
            None => Some(None),
        };
        let (before, after) = (reset(&it.reset_before, &mut typing), reset(&it.reset_after, &mut typing));
        Some(Self {
            aggregates: aggregates?,
            by: names(&it.stats.by),
            current: it.current,
            window: usize::try_from(it.window).unwrap_or(usize::MAX),
            global: it.global,
            time_window: it.time_window,
            reset_on_change: it.reset_on_change,
            reset_before: before?,
            reset_after: after?,
            span,
        })
    }
}

/// What was seen so far.
struct Seen<'r> {
    /// Without a window: the states of each group.
    groups: HashMap<Vec<Arc<str>>, Vec<State>>,
    /// With a window: the rows in it.
    windows: HashMap<Vec<Arc<str>>, Window<'r>>,
    last_key: Option<Vec<Arc<str>>>,
}

impl Step for StreamStep {
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        table.in_order()?;
        // A26: max_stream_window.
        if self.window > 10_000 {
            return Err(Stop::open("A26"));
        }
        let direction = match self.time_window {
            Some(_) => Some(super::window::direction(&table.rows, self.span)?),
            None => None,
        };
        let aggregates: Vec<&Compiled> = self.aggregates.iter().collect();
        let mut seen = Seen { groups: HashMap::default(), windows: HashMap::default(), last_key: None };
        let mut found = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            run.step(1 + aggregates.len())?;
            run.take(row.size())?;
            let mut result = row.clone();
            // A32, A33: a row that lacks a field of the group is left alone.
            let keys = groups_of(row, &self.by, false, run)?;
            let [key] = keys.as_slice() else {
                if keys.is_empty() {
                    found.push(result);
                    continue;
                }
                return Err(Stop::open("A04"));
            };
            let key = key_texts(key);
            let changed = seen.last_key.as_ref().is_some_and(|last| *last != key);
            let before =
                self.reset_before.as_ref().map_or(Ok(false), |condition| condition.is_true(row, run))?;
            if before || (self.reset_on_change && changed) {
                seen.groups.clear();
                seen.windows.clear();
            }
            let values = if self.window > 0 || self.time_window.is_some() {
                self.windowed(&mut seen, &key, row, direction, run)?
            } else {
                self.cumulated(&mut seen, &key, row, run)?
            };
            for (aggregate, value) in aggregates.iter().zip(values) {
                set_result(&mut result, &aggregate.name, value, run)?;
            }
            // A31: sees what was computed.
            if self.reset_after.as_ref().map_or(Ok(false), |condition| condition.is_true(&result, run))? {
                seen.groups.clear();
                seen.windows.clear();
            }
            seen.last_key = Some(key);
            found.push(result);
        }
        Ok(Table::ordered(found))
    }
}

impl StreamStep {
    /// A24, A25.
    fn cumulated(
        &self,
        seen: &mut Seen,
        key: &[Arc<str>],
        row: &Row,
        run: &Run,
    ) -> Answer<Vec<Option<crate::spl::value::Value>>> {
        let aggregates: Vec<&Compiled> = self.aggregates.iter().collect();
        let states = seen.groups.entry(key.to_vec()).or_insert_with(|| fresh(&aggregates));
        if self.current {
            push(states, &aggregates, row, run)?;
        }
        let values = states.iter().map(|state| state.result(run, true)).collect();
        if !self.current {
            push(states, &aggregates, row, run)?;
        }
        values
    }

    /// A26, A27, A30: the rows in the window are aggregated anew.
    fn windowed<'r>(
        &self,
        seen: &mut Seen<'r>,
        key: &[Arc<str>],
        row: &'r Row,
        direction: Option<f64>,
        run: &Run,
    ) -> Answer<Vec<Option<crate::spl::value::Value>>> {
        let aggregates: Vec<&Compiled> = self.aggregates.iter().collect();
        // A27: one window over all rows, or one a group. A window of time ends at the same times for every group.
        let place = if self.global && self.time_window.is_none() { Vec::new() } else { key.to_vec() };
        let window = seen.windows.entry(place).or_default();
        if self.current {
            window.push(key, row);
        }
        match (self.time_window, direction) {
            (Some(length), Some(direction)) => window.keep_within(row, length, direction, run)?,
            _ => window.keep_last(self.window),
        }
        let mut states = fresh(&aggregates);
        for member in window.rows_of(key) {
            push(&mut states, &aggregates, member, run)?;
        }
        if !self.current {
            window.push(key, row);
        }
        states.iter().map(|state| state.result(run, true)).collect()
    }
}
