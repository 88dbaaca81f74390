//! Steps over rows one by one, and those that order or drop them.
//!
//! In: rows. Out: rows. Must not know columns by name.

use std::borrow::Cow;

use super::window::Windows;
use super::{Env, Run};
use crate::kql::plan::{Node, Scalars, SortKey};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::value::Value;
use crate::maps::HashSet;

impl Run<'_> {
    /// Keeps the rows of which the expression is true; null is false.
    pub(super) fn filter<'b>(&self, scalars: &Scalars, rows: Cow<'b, [Row]>) -> Result<Cow<'b, [Row]>, Stop> {
        let windows = self.windows(scalars, &rows)?;
        let mut kept = Vec::with_capacity(rows.len());
        for index in 0..rows.len() {
            let env = Env::at(&rows, index, &windows);
            kept.push(matches!(self.value(&env, &scalars.nodes[0])?, Value::Bool(true)));
        }
        if kept.iter().all(|kept| *kept) {
            return Ok(rows);
        }
        let rows = match rows {
            Cow::Borrowed(rows) => {
                rows.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(row, _)| row.clone()).collect()
            }
            Cow::Owned(rows) => {
                rows.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(row, _)| row).collect()
            }
        };
        Ok(Cow::Owned(rows))
    }

    /// The cells of each row anew.
    pub(super) fn projected(&self, scalars: &Scalars, rows: &[Row]) -> Result<Vec<Row>, Stop> {
        let windows = self.windows(scalars, rows)?;
        (0..rows.len())
            .map(|index| {
                let env = Env::at(rows, index, &windows);
                scalars.nodes.iter().map(|node| self.value(&env, node)).collect()
            })
            .collect()
    }

    /// Cells that are replaced or appended, all computed from the row before.
    pub(super) fn extended(
        &self,
        scalars: &Scalars,
        places: &[usize],
        rows: Cow<[Row]>,
    ) -> Result<Vec<Row>, Stop> {
        let cells = self.projected(scalars, &rows)?;
        let mut rows = rows.into_owned();
        for (row, cells) in rows.iter_mut().zip(cells) {
            for (place, cell) in places.iter().zip(cells) {
                if *place < row.len() {
                    row[*place] = cell;
                } else {
                    row.push(cell);
                }
            }
        }
        Ok(rows)
    }

    /// One of each.
    pub(super) fn distinct<'b>(&self, rows: Cow<'b, [Row]>) -> Result<Cow<'b, [Row]>, Stop> {
        let mut seen = HashSet::default();
        let mut kept = Vec::new();
        for row in rows.iter() {
            if seen.insert(row_key(row)) {
                kept.push(row.clone());
            }
        }
        Ok(Cow::Owned(kept))
    }

    /// Sorts. Rows that are equal under the keys stay as they came, which is one of the orders that Kusto may choose.
    pub(super) fn sorted(&self, keys: &[SortKey], rows: Vec<Row>) -> Result<Vec<Row>, Stop> {
        let none = Windows::default();
        let mut keyed: Vec<(Vec<Value>, usize)> = Vec::with_capacity(rows.len());
        for index in 0..rows.len() {
            let env = Env::at(&rows, index, &none);
            let values: Result<Vec<Value>, Stop> =
                keys.iter().map(|key| self.value(&env, &key.node)).collect();
            keyed.push((values?, index));
        }
        self.work.spend(rows.len())?;
        let compare = |a: &[Value], b: &[Value]| {
            for ((key, a), b) in keys.iter().zip(a).zip(b) {
                let order = match (a.is_null(), b.is_null()) {
                    (true, true) => std::cmp::Ordering::Equal,
                    (true, false) => {
                        if key.nulls_first {
                            std::cmp::Ordering::Less
                        } else {
                            std::cmp::Ordering::Greater
                        }
                    }
                    (false, true) => {
                        if key.nulls_first {
                            std::cmp::Ordering::Greater
                        } else {
                            std::cmp::Ordering::Less
                        }
                    }
                    (false, false) => {
                        let order = a.order(b).unwrap_or(std::cmp::Ordering::Equal);
                        if key.ascending { order } else { order.reverse() }
                    }
                };
                if order.is_ne() {
                    return order;
                }
            }
            std::cmp::Ordering::Equal
        };
        if keyed.iter().any(|(values, _)| {
            values.iter().any(|value| matches!(value, Value::Real(number) if number.is_nan()))
        }) {
            return Err(Stop::undetermined("where NaN is sorted"));
        }
        keyed.sort_by(|(a, _), (b, _)| compare(a, b));
        let tie = keyed.windows(2).any(|pair| {
            compare(&pair[0].0, &pair[1].0).is_eq() && row_key(&rows[pair[0].1]) != row_key(&rows[pair[1].1])
        });
        if tie {
            self.work.choose("the order of rows that are equal under the keys of a sort is free");
        }
        let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        Ok(keyed.iter().filter_map(|(_, index)| rows[*index].take()).collect())
    }

    /// The first rows. Without an order, which ones is free.
    pub(super) fn taken<'b>(
        &self,
        count: &Node,
        ordered: bool,
        rows: Cow<'b, [Row]>,
    ) -> Result<Cow<'b, [Row]>, Stop> {
        let Some(count) = self.value(&Env::none(), count)?.long() else {
            return Err(Stop::undetermined("take of a null number of rows"));
        };
        let count = usize::try_from(count).unwrap_or(0);
        if count >= rows.len() {
            return Ok(rows);
        }
        if !ordered && count > 0 {
            self.work.choose("which rows `take` keeps is free");
        }
        Ok(match rows {
            Cow::Borrowed(rows) => Cow::Borrowed(&rows[..count]),
            Cow::Owned(mut rows) => {
                rows.truncate(count);
                Cow::Owned(rows)
            }
        })
    }
}

/// A text that two rows share exactly when they are equal.
pub(super) fn row_key(row: &[Value]) -> String {
    let mut key = String::new();
    for value in row {
        value.key(&mut key);
    }
    key
}
