//! `summarize`: groups and aggregates.
//!
//! In: rows. Out: a row a group. Must not know columns by name.
//!
//! <https://learn.microsoft.com/kusto/query/summarize-operator>: without keys there is one group even of no row; null is
//! a key like any other. Aggregates leave out nulls; of no value, a sum is 0, an average NaN, a list empty.

use std::sync::Arc;

use super::step::row_key;
use super::{Env, Run};
use crate::kql::bind::null_of;
use crate::kql::functions::bounded;
use crate::kql::plan::{Aggregate, AggregateKind, Summary};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::types::Type;
use crate::kql::value::{Array, Bag, Value};
use crate::maps::{HashMap, HashSet};

/// Up to how many distinct values `dcount` is taken for exact: it is an estimate, whose error is stated for large sets.
const EXACT_COUNT: usize = 64;
/// Up to how many values a percentile is taken for exact.
const EXACT_PERCENTILE: usize = 1_000;

impl Run<'_> {
    pub(super) fn summarized(&self, summary: &Summary, rows: &[Row]) -> Result<Vec<Row>, Stop> {
        let none = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::default();
        let mut groups: Vec<(Row, Vec<usize>)> = Vec::new();
        if summary.keys.is_empty() {
            groups.push((Row::new(), (0..rows.len()).collect()));
        } else {
            for index in 0..rows.len() {
                let env = Env::at(rows, index, &none);
                let keys: Result<Row, Stop> =
                    summary.keys.iter().map(|node| self.value(&env, node)).collect();
                let keys = keys?;
                let place = *places.entry(row_key(&keys)).or_insert(groups.len());
                if place == groups.len() {
                    groups.push((keys, Vec::new()));
                }
                groups[place].1.push(index);
            }
        }
        let mut results = Vec::with_capacity(groups.len());
        for (mut cells, members) in groups {
            for aggregate in &summary.aggregates {
                let values = self.gathered(aggregate, rows, &members)?;
                cells.extend(self.aggregate(aggregate, values, summary.ordered)?);
            }
            let group = [cells];
            let env = Env::at(&group, 0, &none);
            let row: Result<Row, Stop> = summary.results.iter().map(|node| self.value(&env, node)).collect();
            results.push(row?);
        }
        Ok(results)
    }

    /// The arguments of an aggregate for each row that counts.
    fn gathered(&self, aggregate: &Aggregate, rows: &[Row], members: &[usize]) -> Result<Vec<Row>, Stop> {
        let none = Vec::new();
        let mut values = Vec::with_capacity(members.len());
        for index in members {
            let env = Env::at(rows, *index, &none);
            if let Some(condition) = &aggregate.condition
                && !matches!(self.value(&env, condition)?, Value::Bool(true))
            {
                continue;
            }
            let row: Result<Row, Stop> =
                aggregate.arguments.iter().map(|node| self.value(&env, node)).collect();
            values.push(row?);
        }
        Ok(values)
    }

    fn aggregate(&self, aggregate: &Aggregate, rows: Vec<Row>, ordered: bool) -> Result<Row, Stop> {
        self.work.spend(rows.len())?;
        let kind = aggregate.types.first().copied().unwrap_or(Type::Long);
        if aggregate.kind == AggregateKind::Count {
            return Ok(vec![Value::Long(rows.len() as i64)]);
        }
        if matches!(aggregate.kind, AggregateKind::ArgMaximum | AggregateKind::ArgMinimum) {
            return self.arg(aggregate, &rows);
        }
        if aggregate.kind == AggregateKind::Any {
            return self.any(aggregate, rows);
        }
        let values: Vec<Value> = rows
            .into_iter()
            .filter_map(|row| row.into_iter().next())
            .filter(|value| !value.is_null())
            .collect();
        let cell = match aggregate.kind {
            AggregateKind::CountDistinct { estimate } => {
                let distinct: HashSet<String> = values.iter().map(Value::to_key).collect();
                if estimate && distinct.len() > EXACT_COUNT {
                    return Err(Stop::undetermined("dcount of many values, which is an estimate"));
                }
                Value::Long(distinct.len() as i64)
            }
            AggregateKind::Sum => sum(&values, kind)?,
            AggregateKind::Average => Value::Real(average(&values)),
            AggregateKind::Minimum | AggregateKind::Maximum => {
                let largest = aggregate.kind == AggregateKind::Maximum;
                extreme(&values, largest).map_or_else(|| null_of(kind), |at| values[at].clone())
            }
            AggregateKind::Deviation => Value::Real(variance(&values).sqrt()),
            AggregateKind::Variance => Value::Real(variance(&values)),
            AggregateKind::Percentile(rank) => percentile(values, rank, kind)?,
            AggregateKind::List(most) => self.list(values, most, ordered)?,
            AggregateKind::Set(most) => self.set(values, most)?,
            AggregateKind::Bag => self.bag(&values)?,
            AggregateKind::Count
            | AggregateKind::ArgMaximum
            | AggregateKind::ArgMinimum
            | AggregateKind::Any => Value::Null,
        };
        Ok(vec![cell])
    }

    /// `arg_max`, `arg_min`: the row whose first value is the extreme. Among several such rows the choice is free.
    fn arg(&self, aggregate: &Aggregate, rows: &[Row]) -> Result<Row, Stop> {
        let firsts: Vec<Value> = rows.iter().map(|row| row[0].clone()).collect();
        let largest = aggregate.kind == AggregateKind::ArgMaximum;
        let found = match extreme(&firsts, largest) {
            Some(found) => found,
            None if rows.is_empty() => {
                return Ok(aggregate.types.iter().map(|kind| null_of(*kind)).collect());
            }
            None => 0,
        };
        let ties = rows.iter().filter(|row| row[0].to_key() == rows[found][0].to_key());
        if ties.map(|row| row_key(row)).collect::<HashSet<_>>().len() > 1 {
            self.work.choose("which of several extreme rows `arg_max` or `arg_min` reads is free");
        }
        Ok(rows[found].clone())
    }

    /// `take_any`: any row of the group; its values are of one row.
    fn any(&self, aggregate: &Aggregate, rows: Vec<Row>) -> Result<Row, Stop> {
        if rows.iter().map(|row| row_key(row)).collect::<HashSet<_>>().len() > 1 {
            self.work.choose("which row `take_any` reads is free");
        }
        let empty = |row: &Row| {
            row.iter().all(|value| value.is_null() || matches!(value, Value::Text(t) if t.is_empty()))
        };
        match rows.iter().find(|row| !empty(row)).or(rows.first()) {
            Some(row) => Ok(row.clone()),
            None => Ok(aggregate.types.iter().map(|kind| null_of(*kind)).collect()),
        }
    }

    /// In the order of the rows, if that means something.
    fn list(&self, mut values: Vec<Value>, most: Option<i64>, ordered: bool) -> Result<Value, Stop> {
        if let Some(most) = most.and_then(|most| usize::try_from(most).ok())
            && most < values.len()
        {
            if !ordered {
                self.work.choose("which values `make_list` keeps is free");
            }
            values.truncate(most);
        }
        bounded(&self.work, Value::Array(Arc::new(Array { items: values, ordered })))
    }

    /// The distinct values, in any order. Arrays are taken apart.
    fn set(&self, values: Vec<Value>, most: Option<i64>) -> Result<Value, Stop> {
        let mut seen = HashSet::default();
        let mut items = Vec::new();
        let mut add = |value: Value| {
            if seen.insert(value.to_key()) {
                items.push(value);
            }
        };
        for value in values {
            match value {
                Value::Array(array) => array.items.iter().cloned().for_each(&mut add),
                other => add(other),
            }
        }
        if let Some(most) = most.and_then(|most| usize::try_from(most).ok())
            && most < items.len()
        {
            self.work.choose("which values `make_set` keeps is free");
            items.truncate(most);
        }
        bounded(&self.work, Value::Array(Arc::new(Array { items, ordered: false })))
    }

    /// All properties of all bags. Of a name with several values, which one stays is free.
    fn bag(&self, values: &[Value]) -> Result<Value, Stop> {
        let mut all = Bag::default();
        for value in values {
            let Value::Bag(bag) = value else { continue };
            for (name, value) in bag.iter() {
                match all.get(name) {
                    Some(known) if known != value => {
                        self.work.choose("which of two values of one name `make_bag` keeps is free");
                    }
                    Some(_) => {}
                    None => {
                        all.insert(Arc::clone(name), value.clone());
                    }
                }
            }
        }
        bounded(&self.work, Value::Bag(Arc::new(all)))
    }
}

/// The place of the largest or smallest value that is not null.
fn extreme(values: &[Value], largest: bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (at, value) in values.iter().enumerate() {
        let better = match best {
            _ if value.is_null() => false,
            None => true,
            Some(best) => value
                .order(&values[best])
                .is_some_and(|order| if largest { order.is_gt() } else { order.is_lt() }),
        };
        if better {
            best = Some(at);
        }
    }
    best
}

fn sum(values: &[Value], kind: Type) -> Result<Value, Stop> {
    if kind == Type::Real {
        return Ok(Value::Real(values.iter().filter_map(Value::number).sum()));
    }
    let mut sum = 0i64;
    for value in values {
        let (Value::Long(number) | Value::TimeSpan(number)) = value else { continue };
        sum = sum.checked_add(*number).ok_or_else(|| Stop::undetermined("a sum beyond the range of long"))?;
    }
    Ok(if kind == Type::TimeSpan { Value::TimeSpan(sum) } else { Value::Long(sum) })
}

fn average(values: &[Value]) -> f64 {
    let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Of a sample: divided by one less than the number of values; 0 of one or none.
fn variance(values: &[Value]) -> f64 {
    let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
    if numbers.len() < 2 {
        return 0.0;
    }
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (numbers.len() - 1) as f64
}

/// By nearest rank: a value that is there, never one between two.
fn percentile(mut values: Vec<Value>, rank: f64, kind: Type) -> Result<Value, Stop> {
    if values.len() > EXACT_PERCENTILE {
        return Err(Stop::undetermined("a percentile of many values, which is an estimate"));
    }
    crate::kql::functions::sort_items(&mut values, true, true)?;
    let place = (rank / 100.0 * values.len() as f64).ceil() as usize;
    Ok(values.get(place.saturating_sub(1)).cloned().unwrap_or_else(|| null_of(kind)))
}
