//! `stats` and `eventstats`, and the groups that all aggregates share.

use std::cmp::Ordering;
use std::sync::Arc;

use super::aggregate::{Function, Of, State};
use super::fill::all_fields;
use super::percentile;
use super::state::{Run, Table};
use super::typing::Typing;
use super::{Answer, Step};
use crate::maps::IndexMap;
use crate::spl::ast::{Aggregate, AggregateOf, Name, Stats};
use crate::spl::expr::{Expr, Node};
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Look, Row, Value, look};
use crate::spl::wildcard::Wildcard;

/// An aggregate, ready to run.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) function: Function,
    pub(super) of: Of,
    pub(super) name: Arc<str>,
}

/// An aggregate over every field that fits.
#[derive(Debug)]
struct Wide {
    function: Function,
    word: String,
    pattern: Wildcard,
    name: Option<String>,
}

/// Compiles aggregates without wildcards.
pub(super) fn compile_all(aggregates: &[Aggregate], problems: &mut Vec<Problem>) -> Option<Vec<Compiled>> {
    let mut found: Vec<Compiled> = Vec::new();
    let mut complete = true;
    for (index, aggregate) in aggregates.iter().enumerate() {
        // A18.
        let same = |other: &Aggregate| other.function == aggregate.function && other.of == aggregate.of;
        if aggregate.named
            && aggregates[..index]
                .iter()
                .any(|other| other.named && same(other) && other.name != aggregate.name)
        {
            let message = "one field cannot have two names from the same function (A18)";
            problems.push(Problem::refused(message, aggregate.span));
            complete = false;
        }
        if aggregates[..index].iter().any(|other| other.name == aggregate.name) {
            problems.push(Problem::refused(
                format!("two results are named `{}`", aggregate.name),
                aggregate.span,
            ));
            complete = false;
        }
        match compile_one(aggregate, problems) {
            Some(compiled) => found.push(compiled),
            None => complete = false,
        }
    }
    complete.then_some(found)
}

fn compile_one(aggregate: &Aggregate, problems: &mut Vec<Problem>) -> Option<Compiled> {
    let function = function(aggregate, problems)?;
    let of = match &aggregate.of {
        AggregateOf::Rows => Of::Rows,
        AggregateOf::Field(name) if name.contains('*') => {
            problems.push(Problem::outside("a wildcard is not evaluated here", aggregate.span));
            return None;
        }
        AggregateOf::Field(name) => Of::Field(Arc::from(name.as_str())),
        AggregateOf::Expr(expr) => Of::Expr(expression(expr, function, problems)?),
    };
    Some(Compiled { function, of, name: Arc::from(aggregate.name.as_str()) })
}

/// A16: what is counted is a condition; everything else is computed of values.
fn expression(expr: &Expr, function: Function, problems: &mut Vec<Problem>) -> Option<super::expr::Code> {
    let mut typing = Typing { problems };
    let is_field = matches!(expr.node, Node::Field(_));
    if function == Function::Count && !is_field { typing.condition(expr) } else { typing.value(expr) }
}

fn function(aggregate: &Aggregate, problems: &mut Vec<Problem>) -> Option<Function> {
    Some(match aggregate.function.as_str() {
        "count" => Function::Count,
        "dc" => Function::Distinct,
        "values" => Function::Values,
        "list" => Function::List,
        "min" => Function::Min,
        "max" => Function::Max,
        "sum" => Function::Sum,
        "mode" => Function::Mode,
        "first" => Function::First,
        "last" => Function::Last,
        "earliest" => Function::Earliest,
        "latest" => Function::Latest,
        "earliest_time" => Function::EarliestTime,
        "latest_time" => Function::LatestTime,
        name => match percentile::named(name) {
            Some(statistic) => Function::Numbers(statistic),
            None => {
                problems.push(Problem::outside(
                    format!("the function `{name}` is not evaluated"),
                    aggregate.span,
                ));
                return None;
            }
        },
    })
}

/// What `stats` and its kin do with the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One row a group.
    Stats,
    /// The rows, each with the results of its group.
    EventStats,
}

/// `stats` and `eventstats`.
#[derive(Debug)]
pub(super) struct StatsStep {
    aggregates: Vec<Compiled>,
    wide: Vec<Wide>,
    by: Vec<Arc<str>>,
    dedup: bool,
    shape: Shape,
}

impl StatsStep {
    pub(super) fn compile(stats: &Stats, shape: Shape, problems: &mut Vec<Problem>) -> Option<Self> {
        let is_wide = |it: &&Aggregate| matches!(&it.of, AggregateOf::Field(name) if name.contains('*'));
        let (wide, plain): (Vec<&Aggregate>, Vec<&Aggregate>) =
            stats.aggregates.iter().partition(|it| is_wide(it));
        let plain: Vec<Aggregate> = plain.into_iter().cloned().collect();
        let aggregates = compile_all(&plain, problems);
        let wide: Option<Vec<Wide>> = wide
            .into_iter()
            .map(|aggregate| {
                let AggregateOf::Field(pattern) = &aggregate.of else { return None };
                let name = aggregate.named.then(|| aggregate.name.clone());
                if name.as_ref().is_some_and(|name| name.matches('*').count() != pattern.matches('*').count())
                {
                    problems.push(Problem::refused(
                        "both names need the same number of wildcards",
                        aggregate.span,
                    ));
                    return None;
                }
                Some(Wide {
                    function: function(aggregate, problems)?,
                    word: aggregate.function.clone(),
                    pattern: Wildcard::new(pattern, false),
                    name,
                })
            })
            .collect();
        Some(Self {
            aggregates: aggregates?,
            wide: wide?,
            by: names(&stats.by),
            dedup: stats.dedup_splitvals,
            shape,
        })
    }

    /// The aggregates over fields that fit a wildcard, for these rows.
    fn widened(&self, rows: &[Row], run: &Run) -> Answer<Vec<Compiled>> {
        let mut found = Vec::new();
        if self.wide.is_empty() {
            return Ok(found);
        }
        let fields = all_fields(rows, run)?;
        for wide in &self.wide {
            for field in fields.iter().filter(|field| !field.starts_with('_') && !self.by.contains(field)) {
                let Some(captures) = wide.pattern.captures(field) else { continue };
                let name = match &wide.name {
                    None => format!("{}({field})", wide.word),
                    Some(name) => {
                        let mut captures = captures.into_iter();
                        let mut parts = name.split('*');
                        let first = parts.next().unwrap_or_default().to_owned();
                        parts.fold(first, |made, part| made + captures.next().unwrap_or_default() + part)
                    }
                };
                found.push(Compiled {
                    function: wide.function,
                    of: Of::Field(Arc::clone(field)),
                    name: name.into(),
                });
            }
        }
        Ok(found)
    }
}

pub(super) fn names(names: &[Name]) -> Vec<Arc<str>> {
    names.iter().map(|name| Arc::from(name.value.as_str())).collect()
}

/// The values of the fields that make a group.
pub(super) type GroupKey = Vec<Value>;

/// The texts that tell groups apart.
pub(super) fn key_texts(key: &GroupKey) -> Vec<Arc<str>> {
    key.iter().flat_map(Value::shared_texts).collect()
}

/// The groups that a row belongs to: none when a field is missing (A01, A02), one per combination of several values (A04).
pub(super) fn groups_of(row: &Row, by: &[Arc<str>], dedup: bool, run: &Run) -> Answer<Vec<GroupKey>> {
    let mut keys: Vec<GroupKey> = vec![Vec::with_capacity(by.len())];
    for field in by {
        run.step(1)?;
        let Some(value) = row.get(field) else { return Ok(Vec::new()) };
        match value {
            Value::Many(values) => {
                let mut seen: Vec<&Arc<str>> = Vec::new();
                for text in values.iter().filter(|text| !text.is_empty() || !run.side("C6")) {
                    if !dedup || !seen.contains(&text) {
                        seen.push(text);
                    }
                }
                run.take(seen.len() * keys.len() * 64)?;
                run.step(seen.len() * keys.len())?;
                keys = keys
                    .iter()
                    .flat_map(|key| {
                        seen.iter().map(|text| {
                            let mut key = key.clone();
                            key.push(Value::Text(Arc::clone(text)));
                            key
                        })
                    })
                    .collect();
            }
            // A03, C6: whether the empty text makes a group is contested.
            Value::Text(text) if text.is_empty() && run.side("C6") => return Ok(Vec::new()),
            value => keys.iter_mut().for_each(|key| key.push(value.clone())),
        }
    }
    Ok(keys)
}

/// A20: groups come in the order of their values, numbers as numbers. Not promised by the documentation (C18).
pub(super) fn group_order(left: &GroupKey, right: &GroupKey) -> Ordering {
    let order = |(left, right): (&Value, &Value)| {
        let (left, right) =
            (left.texts().next().unwrap_or_default(), right.texts().next().unwrap_or_default());
        match (look(&left), look(&right)) {
            (Look::Number(left), Look::Number(right)) => left.total_cmp(&right),
            _ => left.cmp(&right),
        }
    };
    left.iter().zip(right).map(order).fold(Ordering::Equal, Ordering::then)
}

/// The states of one group.
pub(super) fn fresh(aggregates: &[&Compiled]) -> Vec<State> {
    aggregates.iter().map(|aggregate| State::new(aggregate.function)).collect()
}

/// Takes a row into the states of its group.
pub(super) fn push(states: &mut [State], aggregates: &[&Compiled], row: &Row, run: &Run) -> Answer<()> {
    states.iter_mut().zip(aggregates).try_for_each(|(state, aggregate)| state.push(&aggregate.of, row, run))
}

/// Groups with their states, by the texts of their keys.
pub(super) type Groups = IndexMap<Vec<Arc<str>>, (GroupKey, Vec<State>)>;

/// Puts rows into groups.
pub(super) fn grouped(
    rows: &[Row],
    by: &[Arc<str>],
    dedup: bool,
    aggregates: &[&Compiled],
    run: &Run,
) -> Answer<Groups> {
    let mut groups = Groups::default();
    for row in rows {
        for key in groups_of(row, by, dedup, run)? {
            let (_, states) = groups.entry(key_texts(&key)).or_insert_with(|| (key, fresh(aggregates)));
            push(states, aggregates, row, run)?;
        }
    }
    Ok(groups)
}

/// The rows that come of groups, A05, A06.
pub(super) fn group_rows(
    mut groups: Groups,
    by: &[Arc<str>],
    aggregates: &[&Compiled],
    in_order: bool,
    run: &Run,
) -> Answer<Table> {
    if by.is_empty() && groups.is_empty() {
        groups.insert(Vec::new(), (Vec::new(), fresh(aggregates)));
    }
    let mut found: Vec<(GroupKey, Vec<State>)> = groups.into_values().collect();
    found.sort_by(|(left, _), (right, _)| group_order(left, right));
    let mut rows = Vec::with_capacity(found.len());
    for (key, states) in found {
        let mut row: Row = by.iter().cloned().zip(key).collect();
        for (state, aggregate) in states.iter().zip(aggregates) {
            row.set_optional(&aggregate.name, state.result(run, in_order)?);
        }
        run.take(row.size())?;
        if !row.is_empty() {
            rows.push(row);
        }
    }
    Ok(Table { rows, unordered: Some("C18") })
}

impl Step for StatsStep {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        let widened = self.widened(&table.rows, run)?;
        let aggregates: Vec<&Compiled> = self.aggregates.iter().chain(&widened).collect();
        let in_order = table.unordered.is_none();
        let groups = grouped(&table.rows, &self.by, self.dedup, &aggregates, run)?;
        if self.shape == Shape::Stats {
            return group_rows(groups, &self.by, &aggregates, in_order, run);
        }
        // A22: the results of the group stand in each of its rows.
        let mut results: IndexMap<Vec<Arc<str>>, Vec<Option<Value>>> = IndexMap::default();
        for (key, (_, states)) in groups {
            let values =
                states.iter().map(|state| state.result(run, in_order)).collect::<Answer<Vec<_>>>()?;
            results.insert(key, values);
        }
        for row in &mut table.rows {
            let keys = groups_of(row, &self.by, self.dedup, run)?;
            let [key] = keys.as_slice() else {
                // What a row of several groups gets is not documented.
                if keys.is_empty() { continue } else { return Err(Stop::open("A04")) }
            };
            let Some(values) = results.get(&key_texts(key)) else { continue };
            for (aggregate, value) in aggregates.iter().zip(values) {
                set_result(row, &aggregate.name, value.clone(), run)?;
            }
        }
        Ok(table)
    }
}

/// Sets a result; whether nothing clears a field that is there is not documented (A06).
pub(super) fn set_result(row: &mut Row, name: &Arc<str>, value: Option<Value>, run: &Run) -> Answer<()> {
    match value {
        Some(value) => {
            run.take(value.size())?;
            row.set(Arc::clone(name), value);
            Ok(())
        }
        None if row.get(name).is_none() => Ok(()),
        None => Err(Stop::open("A06")),
    }
}
