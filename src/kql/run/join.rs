//! `join` and `lookup`.
//!
//! In: the rows of both sides. Out: their pairs. Must not know columns by name.

use super::step::row_key;
use super::{Env, Run};
use crate::kql::plan::{Join, JoinKind, Node};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::value::Value;
use crate::maps::HashMap;

impl Run<'_> {
    pub(super) fn joined(&self, join: &Join, left: &[Row]) -> Result<Vec<Row>, Stop> {
        let right = self.plan(&join.right, None)?;
        let left_keys = self.keys(&join.left_keys, left)?;
        let right_keys = self.keys(&join.right_keys, &right)?;
        let mut partners: HashMap<&str, Vec<usize>> = HashMap::default();
        for (index, key) in right_keys.iter().enumerate() {
            partners.entry(key).or_default().push(index);
        }
        let kept = match join.kind {
            JoinKind::InnerUnique => self.unique(left, &left_keys),
            _ => (0..left.len()).collect(),
        };
        let mut out = Vec::new();
        let mut used = vec![false; right.len()];
        let right_cells =
            |row: &[Value]| join.right_columns.iter().map(|place| row[*place].clone()).collect::<Row>();
        let width = join.left_nulls.len() + join.right_columns.len();
        for index in kept {
            let found = partners.get(left_keys[index].as_str()).map_or(&[][..], Vec::as_slice);
            found.iter().for_each(|partner| used[*partner] = true);
            match join.kind {
                JoinKind::LeftAnti if found.is_empty() => out.push(left[index].clone()),
                JoinKind::LeftSemi if !found.is_empty() => out.push(left[index].clone()),
                JoinKind::LeftAnti | JoinKind::LeftSemi | JoinKind::RightAnti | JoinKind::RightSemi => {}
                JoinKind::Inner
                | JoinKind::InnerUnique
                | JoinKind::LeftOuter
                | JoinKind::RightOuter
                | JoinKind::FullOuter => {
                    self.work.spend(found.len() * (width / 8 + 1))?;
                    for partner in found {
                        let mut row = left[index].clone();
                        row.extend(right_cells(&right[*partner]));
                        out.push(row);
                    }
                    if found.is_empty() && matches!(join.kind, JoinKind::LeftOuter | JoinKind::FullOuter) {
                        let mut row = left[index].clone();
                        row.extend(right_cells(&join.right_nulls));
                        out.push(row);
                    }
                }
            }
            if out.len().saturating_mul(width) > super::MAX_CELLS {
                return Err(Stop::Limit { what: "cells of a step" });
            }
        }
        for (index, row) in right.iter().enumerate() {
            match join.kind {
                JoinKind::RightAnti if !used[index] => out.push(right_cells(row)),
                JoinKind::RightSemi if used[index] => out.push(right_cells(row)),
                JoinKind::RightOuter | JoinKind::FullOuter if !used[index] => {
                    let mut new = join.left_nulls.clone();
                    new.extend(right_cells(row));
                    out.push(new);
                }
                JoinKind::RightAnti
                | JoinKind::RightSemi
                | JoinKind::RightOuter
                | JoinKind::FullOuter
                | JoinKind::Inner
                | JoinKind::InnerUnique
                | JoinKind::LeftOuter
                | JoinKind::LeftAnti
                | JoinKind::LeftSemi => {}
            }
        }
        Ok(out)
    }

    /// The key of each row, as a text.
    fn keys(&self, nodes: &[Node], rows: &[Row]) -> Result<Vec<String>, Stop> {
        let none = Vec::new();
        (0..rows.len())
            .map(|index| {
                let env = Env::at(rows, index, &none);
                let cells: Result<Row, Stop> = nodes.iter().map(|node| self.value(&env, node)).collect();
                Ok(row_key(&cells?))
            })
            .collect()
    }

    /// One left row a key. Which one is free.
    fn unique(&self, left: &[Row], keys: &[String]) -> Vec<usize> {
        let mut first: HashMap<&str, usize> = HashMap::default();
        let mut kept = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match first.get(key.as_str()) {
                None => {
                    first.insert(key, index);
                    kept.push(index);
                }
                Some(other) if row_key(&left[*other]) != row_key(&left[index]) => {
                    self.work.choose("which of several left rows `innerunique` keeps is free");
                }
                Some(_) => {}
            }
        }
        kept
    }
}
