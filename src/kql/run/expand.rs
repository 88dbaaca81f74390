//! `mv-expand` and `mv-apply`.
//!
//! In: rows with arrays. Out: a row an item. Must not know columns by name.
//!
//! <https://learn.microsoft.com/kusto/query/mv-expand-operator>, `mv-apply-operator`. An empty array or bag gives no row,
//! a null one row with a null. Several arrays are expanded in step, the shorter ones filled with nulls.

use std::sync::Arc;

use super::{Env, Run};
use crate::kql::bind::null_of;
use crate::kql::clock::{self, Read};
use crate::kql::functions::to_text;
use crate::kql::plan::{Apply, Expand, Step};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::types::Type;
use crate::kql::value::{Array, Bag, Value};

impl Run<'_> {
    pub(super) fn expanded(&self, expand: &Expand, rows: &[Row]) -> Result<Vec<Row>, Stop> {
        let mut all = Vec::new();
        for index in 0..rows.len() {
            all.extend(self.items(expand, rows, index)?);
            if all.len().saturating_mul(rows[index].len()) > super::MAX_CELLS {
                return Err(Stop::Limit { what: "cells of a step" });
            }
        }
        Ok(all)
    }

    /// The rows that one row becomes.
    fn items(&self, expand: &Expand, rows: &[Row], index: usize) -> Result<Vec<Row>, Stop> {
        let none = Vec::new();
        let env = Env::at(rows, index, &none);
        let mut lists = Vec::with_capacity(expand.items.len());
        let mut kinds = Vec::with_capacity(expand.items.len());
        for (node, place, kind) in &expand.items {
            lists.push(self.listed(self.value(&env, node)?, expand.pairs));
            kinds.push((*place, *kind));
        }
        let mut count = lists.iter().map(Vec::len).max().unwrap_or(0);
        if let Some(limit) = expand.limit {
            count = count.min(usize::try_from(limit).unwrap_or(0));
        }
        let row = &rows[index];
        self.work.spend(count.saturating_mul(row.len() / 4 + 1))?;
        let mut made = Vec::with_capacity(count);
        for at in 0..count {
            let mut new = row.clone();
            for (list, (place, kind)) in lists.iter().zip(&kinds) {
                let item = list.get(at).cloned().unwrap_or(Value::Null);
                put(&mut new, *place, self.typed(item, *kind)?);
            }
            if let Some(place) = expand.index {
                put(&mut new, place, Value::Long(at as i64));
            }
            made.push(new);
        }
        Ok(made)
    }

    /// What a value is expanded into. The order of a set's items, and of a bag's properties, is free.
    fn listed(&self, value: Value, pairs: bool) -> Vec<Value> {
        match value {
            Value::Array(array) => self.work.items(&array).into_owned(),
            Value::Bag(bag) => {
                let items = bag.iter().map(|(name, value)| {
                    if pairs {
                        Value::array(vec![Value::Text(Arc::clone(name)), value.clone()])
                    } else {
                        Value::Bag(Arc::new(Bag::from_iter([(Arc::clone(name), value.clone())])))
                    }
                });
                self.work.items(&Array { items: items.collect(), ordered: false }).into_owned()
            }
            other => vec![other],
        }
    }

    /// An item as a type: a conversion only of what already is of that sort, unlike `tolong` and its like.
    fn typed(&self, item: Value, kind: Type) -> Result<Value, Stop> {
        Ok(match (kind, item) {
            (Type::Dynamic, item) => item,
            (Type::String, item) => Value::text(to_text(&self.work, &item)?),
            (Type::Long, Value::Long(number)) => Value::Long(number),
            (Type::Int, Value::Long(number)) if i32::try_from(number).is_ok() => Value::Long(number),
            (Type::Long, Value::Real(number)) => Value::Long(number as i64),
            (Type::Real, Value::Long(number)) => Value::Real(number as f64),
            (Type::Real, Value::Real(number)) => Value::Real(number),
            (Type::Bool, Value::Bool(value)) => Value::Bool(value),
            (Type::Bool, Value::Long(number)) => Value::Bool(number != 0),
            (Type::DateTime, Value::DateTime(ticks)) => Value::DateTime(ticks),
            (Type::DateTime, Value::Text(text)) => match clock::read(&text) {
                Read::Ticks(ticks) => Value::DateTime(ticks),
                Read::Nothing => Value::Null,
                Read::Unknown => return Err(Stop::undetermined(format!("whether {text:?} is a datetime"))),
            },
            (Type::Guid, Value::Guid(id)) => Value::Guid(id),
            (Type::Guid, Value::Text(text)) => uuid::Uuid::parse_str(&text).map_or(Value::Null, Value::Guid),
            (Type::Int, Value::Long(_) | Value::Real(_)) => {
                return Err(Stop::undetermined("an item beyond the range of int"));
            }
            (kind, _) => null_of(kind),
        })
    }

    /// The body runs over the rows that each row becomes.
    pub(super) fn applied(&self, apply: &Apply, rows: &[Row]) -> Result<Vec<Row>, Stop> {
        let mut all = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let items = self.items(&apply.expand, rows, index)?;
            if items.is_empty() {
                // A `summarize` without keys makes a row of nothing; whether it does here is not documented.
                if makes_rows(&apply.body.steps) {
                    return Err(Stop::undetermined("what `mv-apply` makes of an empty array"));
                }
                continue;
            }
            self.work.spend(apply.body.steps.len() + 1)?;
            let results = self.plan(&apply.body, Some(items))?;
            for result in results.iter() {
                let mut new: Row = apply.kept.iter().map(|place| row[*place].clone()).collect();
                new.extend(apply.added.iter().map(|place| result[*place].clone()));
                all.push(new);
            }
        }
        Ok(all)
    }
}

/// Whether steps can make rows from none.
fn makes_rows(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Summarize(summary) => summary.keys.is_empty(),
        Step::Count | Step::Join(_) => true,
        Step::Where(_)
        | Step::Project(_)
        | Step::Extend(..)
        | Step::Distinct
        | Step::Sort(_)
        | Step::Take(..)
        | Step::Expand(_)
        | Step::Apply(_) => false,
    })
}

fn put(row: &mut Row, place: usize, value: Value) {
    if place < row.len() {
        row[place] = value;
    } else {
        row.push(value);
    }
}
