//! Which rows stay by their place: `head`, `tail`, `reverse`, `dedup`.

use std::sync::Arc;

use super::sort::SortStep;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::maps::HashMap;
use crate::spl::ast::{Dedup, Sort};
use crate::spl::problem::Stop;
use crate::spl::value::{Row, Value};

/// `head`, `tail` and `reverse`.
#[derive(Debug)]
pub(super) enum Cut {
    Head(u64),
    Tail(u64),
    Reverse,
}

impl Step for Cut {
    /// K24: `tail` gives the last rows in reverse.
    fn apply(&self, mut table: Table, _: &Run) -> Answer<Table> {
        let count = match self {
            Cut::Head(count) | Cut::Tail(count) => usize::try_from(*count).unwrap_or(usize::MAX),
            Cut::Reverse => usize::MAX,
        };
        if table.rows.len() > count {
            table.in_order()?;
        }
        if !matches!(self, Cut::Head(_)) {
            table.rows.reverse();
        }
        table.rows.truncate(count);
        Ok(table)
    }
}

/// `dedup`.
#[derive(Debug)]
pub(super) struct DedupStep {
    dedup: Dedup,
    sort: Option<SortStep>,
}

impl DedupStep {
    pub(super) fn new(dedup: &Dedup) -> Self {
        let sort = Sort { limit: 0, keys: dedup.sortby.clone() };
        let sort = if dedup.sortby.is_empty() { None } else { Some(SortStep::new(&sort)) };
        Self { dedup: dedup.clone(), sort }
    }

    /// The values of the fields; none when one is missing (K23).
    fn key(&self, row: &Row) -> Answer<Option<Vec<Arc<str>>>> {
        let mut key = Vec::with_capacity(self.dedup.fields.len());
        for field in &self.dedup.fields {
            match row.get(&field.value) {
                None => return Ok(None),
                Some(Value::Many(_)) => return Err(Stop::open("C3")),
                // C6: whether the empty text is null here is contested.
                Some(value) => key.extend(value.shared_texts()),
            }
        }
        if key.iter().any(|text| text.is_empty()) { Err(Stop::open("C6")) } else { Ok(Some(key)) }
    }
}

impl Step for DedupStep {
    /// K22: the first of each combination stay.
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        let table = match &self.sort {
            Some(sort) => sort.apply(table, run)?,
            None => table,
        };
        let mut seen: HashMap<Vec<Arc<str>>, u64> = HashMap::default();
        let mut kept = Vec::new();
        let mut last: Option<Vec<Arc<str>>> = None;
        for row in &table.rows {
            run.step(1 + self.dedup.fields.len())?;
            let Some(key) = self.key(row)? else {
                if self.dedup.keepempty {
                    kept.push(row.clone());
                }
                continue;
            };
            if self.dedup.consecutive && last.as_ref() != Some(&key) {
                seen.clear();
            }
            last = self.dedup.consecutive.then(|| key.clone());
            let count = seen.entry(key).or_default();
            *count += 1;
            if *count <= self.dedup.count {
                run.take(row.size())?;
                kept.push(row.clone());
            } else if table.unordered.is_some() {
                table.in_order()?;
            }
        }
        Ok(table.with(kept))
    }
}
