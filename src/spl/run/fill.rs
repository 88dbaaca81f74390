//! `fillnull` and `filldown`.

use std::sync::Arc;

use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::Name;
use crate::spl::value::{Row, Value};
use crate::spl::wildcard::Wildcard;

/// `fillnull`.
#[derive(Debug)]
pub(super) struct FillNull {
    value: Arc<str>,
    fields: Vec<Arc<str>>,
}

impl FillNull {
    /// K01: 0 when nothing else is written.
    pub(super) fn new(value: Option<&str>, fields: &[Name]) -> Self {
        Self {
            value: Arc::from(value.unwrap_or("0")),
            fields: fields.iter().map(|name| Arc::from(name.value.as_str())).collect(),
        }
    }
}

/// The names of all fields that some row has, in the order in which they are met.
pub(super) fn all_fields(rows: &[Row], run: &Run) -> Answer<Vec<Arc<str>>> {
    let mut found = crate::maps::IndexSet::default();
    for row in rows {
        run.step(row.len())?;
        found.extend(row.fields().map(|(name, _)| Arc::clone(name)));
    }
    Ok(found.into_iter().collect())
}

impl Step for FillNull {
    /// K02: named fields are made where no row has them; without names, those that some row has.
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        let fields = if self.fields.is_empty() { all_fields(&table.rows, run)? } else { self.fields.clone() };
        for row in &mut table.rows {
            for field in &fields {
                run.step(1)?;
                let fill = match row.get(field) {
                    None => true,
                    // C6: the documentation speaks of empty fields, the measurement of missing ones (K03).
                    Some(Value::Text(text)) if text.is_empty() => run.side("C6"),
                    Some(_) => false,
                };
                if fill {
                    run.take(self.value.len() + 16)?;
                    row.set(Arc::clone(field), Value::Text(Arc::clone(&self.value)));
                }
            }
        }
        Ok(table)
    }
}

/// `filldown`: the last value above stands for one that is missing.
#[derive(Debug)]
pub(super) struct FillDown {
    fields: Vec<Wildcard>,
}

impl FillDown {
    pub(super) fn new(fields: &[Name]) -> Self {
        Self { fields: fields.iter().map(|name| Wildcard::new(&name.value, false)).collect() }
    }
}

impl Step for FillDown {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        table.in_order()?;
        let mut fields = all_fields(&table.rows, run)?;
        if !self.fields.is_empty() {
            fields.retain(|name| self.fields.iter().any(|pattern| pattern.fits(name)));
        }
        for field in fields {
            let mut last: Option<Value> = None;
            for row in &mut table.rows {
                run.step(1)?;
                match row.get(&field) {
                    Some(value) => last = Some(value.clone()),
                    None => {
                        if let Some(value) = &last {
                            run.take(value.size())?;
                            row.set(Arc::clone(&field), value.clone());
                        }
                    }
                }
            }
        }
        Ok(table)
    }
}
