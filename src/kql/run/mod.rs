//! Running a plan.
//!
//! In: a [`Plan`], tables, the context. Out: rows, or why there are none. Must not know names of columns.
//!
//! Kusto makes many choices freely: the order of rows, which of equal rows `take` keeps, the order of a set. A run
//! notes when it meets such a choice. The program is then run again with all rows, sets and bags in other orders, and only
//! an answer that none of them changes is given.

mod eval;
mod expand;
mod join;
mod operate;
mod step;
mod summarize;
mod window;

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::functions::Work;
use super::plan::{Node, Plan, Side, Source, Step};
use super::problem::Stop;
use super::table::{Column, Context, Row, Table, Tables};
use super::value::Value;

pub(super) use eval::Env;

/// The most cells that one step may hold.
const MAX_CELLS: usize = 20_000_000;

/// In which order rows come whose order is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they are given.
    Given,
    /// The last first.
    Reversed,
    /// Those at even places, then those at odd ones, the last first.
    Mixed,
}

/// One run.
pub(super) struct Run<'a> {
    tables: &'a Tables,
    context: &'a Context,
    shared: &'a [Plan],
    /// The rows of shared plans that were computed.
    computed: RefCell<Vec<Option<Arc<Vec<Row>>>>>,
    order: Order,
    pub(super) work: Work,
}

/// Runs a plan with its rows in an order, sets and bags read from their end or not, and says which free choice it met.
pub(super) fn run(
    plan: &Plan,
    shared: &[Plan],
    tables: &Tables,
    context: &Context,
    (order, reversed): (Order, bool),
) -> Result<(Table, Option<&'static str>), Stop> {
    let run = Run {
        tables,
        context,
        shared,
        computed: RefCell::new(vec![None; shared.len()]),
        order,
        work: Work::new(context.steps, reversed),
    };
    let rows = run.plan(plan, None)?.into_owned();
    let table = Table { columns: plan.columns.clone(), rows, ordered: plan.ordered };
    Ok((table, run.work.choice()))
}

/// The value of an expression that depends on nothing, if it has one.
pub(super) fn constant(node: &Node) -> Option<Value> {
    let (tables, context) = (Tables::default(), Context { now: None, steps: 100_000 });
    let run = Run {
        tables: &tables,
        context: &context,
        shared: &[],
        computed: RefCell::new(Vec::new()),
        order: Order::Given,
        work: Work::new(context.steps, false),
    };
    let value = run.value(&Env::none(), node).ok()?;
    run.work.choice().is_none().then_some(value)
}

impl<'a> Run<'a> {
    /// The rows of a plan. `input` is what `mv-apply` gives to its body.
    fn plan<'b>(&'b self, plan: &'b Plan, input: Option<Vec<Row>>) -> Result<Cow<'b, [Row]>, Stop> {
        let mut rows = self.source(&plan.source, input)?;
        for step in &plan.steps {
            rows = self.step(step, rows)?;
            self.work.spend(rows.len() + 1)?;
            if rows.len().saturating_mul(rows.first().map_or(0, Vec::len)) > MAX_CELLS {
                return Err(Stop::Limit { what: "cells of a step" });
            }
        }
        Ok(rows)
    }

    fn source<'b>(&'b self, source: &'b Source, input: Option<Vec<Row>>) -> Result<Cow<'b, [Row]>, Stop> {
        match source {
            Source::Table(name, columns) => match self.tables.tables.get(name) {
                Some(table) => self.table(name, table, columns),
                None => Ok(Cow::Borrowed(&[])),
            },
            Source::Watchlist(alias, columns) => match self.tables.watchlists.get(alias) {
                Some(table) => self.table(alias, table, columns),
                None => Ok(Cow::Borrowed(&[])),
            },
            Source::Rows(rows) => Ok(self.arranged(rows)),
            Source::Print(nodes) => {
                let row: Result<Row, Stop> =
                    nodes.iter().map(|node| self.value(&Env::none(), node)).collect();
                Ok(Cow::Owned(vec![row?]))
            }
            Source::Range(from, to, step) => self.range(from, to, step).map(Cow::Owned),
            Source::Shared(index) => Ok(Cow::Owned(self.shared(*index)?.as_ref().clone())),
            Source::Input => Ok(Cow::Owned(input.unwrap_or_default())),
            Source::Union(sides) => self.union(sides, input).map(Cow::Owned),
        }
    }

    /// A table's rows, its columns in the order of the schema.
    fn table<'b>(&'b self, name: &str, table: &'b Table, columns: &[Column]) -> Result<Cow<'b, [Row]>, Stop> {
        if let Some(short) = table.rows.iter().find(|row| row.len() != table.columns.len()) {
            let what = format!("a row of `{name}` has {} cells, not {}", short.len(), table.columns.len());
            return Err(Stop::Mismatch { what });
        }
        if table.columns == columns {
            return Ok(self.arranged(&table.rows));
        }
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            match table.columns.iter().position(|own| own == column) {
                Some(place) => places.push(Ok(place)),
                None if table.columns.iter().any(|own| own.name == column.name) => {
                    let what = format!("`{}` of `{name}` is no {}", column.name, column.kind);
                    return Err(Stop::Mismatch { what });
                }
                None => places.push(Err(super::bind::null_of(column.kind))),
            }
        }
        self.work.spend(table.rows.len() * columns.len() / 8)?;
        let rows = self.arranged(&table.rows);
        Ok(Cow::Owned(rows.iter().map(|row| picked(row, &places)).collect()))
    }

    /// Rows whose order is free.
    fn arranged<'b>(&self, rows: &'b [Row]) -> Cow<'b, [Row]> {
        match self.order {
            Order::Given => Cow::Borrowed(rows),
            Order::Reversed => Cow::Owned(rows.iter().rev().cloned().collect()),
            Order::Mixed => {
                let even = rows.iter().step_by(2);
                let odd = rows.iter().skip(1).step_by(2).rev();
                Cow::Owned(even.chain(odd).cloned().collect())
            }
        }
    }

    /// The rows of a plan that is run once.
    fn shared(&self, index: usize) -> Result<Arc<Vec<Row>>, Stop> {
        if let Some(rows) = &self.computed.borrow()[index] {
            self.work.spend(rows.len())?;
            return Ok(Arc::clone(rows));
        }
        let rows = Arc::new(self.plan(&self.shared[index], None)?.into_owned());
        self.computed.borrow_mut()[index] = Some(Arc::clone(&rows));
        Ok(rows)
    }

    fn union(&self, sides: &[Side], input: Option<Vec<Row>>) -> Result<Vec<Row>, Stop> {
        let mut parts = Vec::with_capacity(sides.len());
        for side in sides {
            let rows = self.plan(&side.plan, input.clone())?;
            self.work.spend(rows.len() * side.columns.len() / 8 + 1)?;
            parts.push(rows.iter().map(|row| picked(row, &side.columns)).collect::<Vec<Row>>());
        }
        if self.order != Order::Given {
            parts.reverse();
        }
        let total: usize = parts.iter().map(Vec::len).sum();
        if total.saturating_mul(sides.first().map_or(0, |side| side.columns.len())) > MAX_CELLS {
            return Err(Stop::Limit { what: "cells of a step" });
        }
        Ok(parts.concat())
    }

    fn range(&self, from: &Node, to: &Node, step: &Node) -> Result<Vec<Row>, Stop> {
        let none = Env::none();
        let (from, to, step) = (self.value(&none, from)?, self.value(&none, to)?, self.value(&none, step)?);
        let ticks = |value: &Value| match value {
            Value::Long(number) | Value::DateTime(number) | Value::TimeSpan(number) => Some(*number),
            _ => None,
        };
        let (Some(first), Some(last), Some(by)) = (ticks(&from), ticks(&to), ticks(&step)) else {
            return Err(Stop::undetermined("range with a null"));
        };
        if by <= 0 {
            return Err(Stop::undetermined("range with a step that is not positive"));
        }
        let count = last
            .checked_sub(first)
            .map_or(usize::MAX, |length| if length < 0 { 0 } else { (length / by) as usize + 1 });
        self.work.spend(count)?;
        let is_time = matches!(from, Value::DateTime(_));
        Ok((0..count as i64)
            .map(|at| first + at * by)
            .map(|ticks| vec![if is_time { Value::DateTime(ticks) } else { Value::Long(ticks) }])
            .collect())
    }

    /// What the time is.
    fn now(&self) -> Result<Value, Stop> {
        match self.context.now {
            Some(ticks) => Ok(Value::DateTime(ticks)),
            None => Err(Stop::Outside { what: "`now()` without a given time".to_owned() }),
        }
    }

    fn step<'b>(&'b self, step: &'b Step, rows: Cow<'b, [Row]>) -> Result<Cow<'b, [Row]>, Stop> {
        match step {
            Step::Where(scalars) => self.filter(scalars, rows),
            Step::Project(scalars) => self.projected(scalars, &rows).map(Cow::Owned),
            Step::Extend(scalars, places) => self.extended(scalars, places, rows).map(Cow::Owned),
            Step::Distinct => self.distinct(rows),
            Step::Summarize(summary) => self.summarized(summary, &rows).map(Cow::Owned),
            Step::Sort(keys) => self.sorted(keys, rows.into_owned()).map(Cow::Owned),
            Step::Take(count, ordered) => self.taken(count, *ordered, rows),
            Step::Count => Ok(Cow::Owned(vec![vec![Value::Long(rows.len() as i64)]])),
            Step::Join(join) => self.joined(join, &rows).map(Cow::Owned),
            Step::Expand(expand) => self.expanded(expand, &rows).map(Cow::Owned),
            Step::Apply(apply) => self.applied(apply, &rows).map(Cow::Owned),
        }
    }
}

/// The cells at these places, or what stands there instead.
fn picked(row: &[Value], places: &[Result<usize, Value>]) -> Row {
    places
        .iter()
        .map(|place| match place {
            Ok(index) => row[*index].clone(),
            Err(value) => value.clone(),
        })
        .collect()
}
