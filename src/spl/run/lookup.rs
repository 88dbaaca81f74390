//! `lookup` and `inputlookup`.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::search::Matcher;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::{InputLookup, Lookup, Name};
use crate::spl::context::{LookupTable, MatchType};
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Row, Value};
use crate::spl::wildcard::{Wildcard, fold};

/// `lookup`.
#[derive(Debug)]
pub(super) struct LookupStep {
    table: Name,
    keys: Vec<(Name, Arc<str>)>,
    outputs: Option<Vec<(Name, Arc<str>)>>,
    new_only: bool,
}

fn shared(pairs: &[(Name, Name)]) -> Vec<(Name, Arc<str>)> {
    pairs.iter().map(|(column, field)| (column.clone(), Arc::from(field.value.as_str()))).collect()
}

impl LookupStep {
    pub(super) fn compile(lookup: &Lookup, problems: &mut Vec<Problem>) -> Option<Self> {
        for (key, _) in lookup.options.iter().filter(|(key, _)| key.value == "event_time_field") {
            problems.push(Problem::outside("lookups by time are not evaluated", key.span));
        }
        Some(Self {
            table: lookup.table.clone(),
            keys: shared(&lookup.keys),
            outputs: lookup.outputs.as_deref().map(shared),
            new_only: lookup.new_only,
        })
    }
}

/// The table by its name.
fn table<'r>(name: &Name, run: &Run<'r>) -> Answer<&'r LookupTable> {
    run.lookup(&name.value).ok_or_else(|| Stop::Outside {
        what: format!("the lookup `{}` is not given", name.value),
        span: name.span,
    })
}

fn column(table: &LookupTable, name: &Name) -> Answer<usize> {
    table.column(&name.value).ok_or_else(|| Stop::Fails {
        what: format!("the lookup has no column `{}`", name.value),
        span: name.span,
    })
}

/// A key of a lookup: the column, and its cells as they are compared.
struct Key<'t> {
    field: Arc<str>,
    cells: Vec<Cell<'t>>,
    ignores_case: bool,
}

enum Cell<'t> {
    Exact(std::borrow::Cow<'t, str>),
    Wildcard(Wildcard),
    Network(Option<IpNet>),
}

impl<'t> Key<'t> {
    /// K37.
    fn new(table: &'t LookupTable, name: &Name, field: &Arc<str>) -> Answer<Self> {
        let index = column(table, name)?;
        let kind = table.match_type(&name.value);
        let cells = table.rows.iter().map(|row| {
            let text = row.get(index).map_or("", |cell| cell);
            match kind {
                Some(MatchType::Wildcard) => Cell::Wildcard(Wildcard::new(text, table.ignores_case)),
                Some(MatchType::Cidr) => Cell::Network(text.parse().ok()),
                None if table.ignores_case => Cell::Exact(fold(text).into()),
                None => Cell::Exact(text.into()),
            }
        });
        Ok(Self { field: Arc::clone(field), cells: cells.collect(), ignores_case: table.ignores_case })
    }
}

impl Cell<'_> {
    fn fits(&self, text: &str, folded: &str) -> bool {
        match self {
            Cell::Exact(cell) => **cell == *folded,
            Cell::Wildcard(pattern) => pattern.fits(text),
            Cell::Network(network) => {
                let address: Option<IpAddr> = text.parse().ok();
                network.zip(address).is_some_and(|(network, address)| network.contains(&address))
            }
        }
    }
}

impl Step for LookupStep {
    fn apply(&self, mut rows: Table, run: &Run) -> Answer<Table> {
        let table = table(&self.table, run)?;
        run.step(table.rows.len() * self.keys.len())?;
        let keys: Vec<Key> =
            self.keys.iter().map(|(name, field)| Key::new(table, name, field)).collect::<Answer<_>>()?;
        let outputs: Vec<(usize, Arc<str>)> = match &self.outputs {
            Some(pairs) => pairs
                .iter()
                .map(|(name, field)| Ok((column(table, name)?, Arc::clone(field))))
                .collect::<Answer<_>>()?,
            // K33.
            None => {
                let others = table
                    .columns
                    .iter()
                    .enumerate()
                    .filter(|(_, name)| !self.keys.iter().any(|(key, _)| key.value == **name));
                others.map(|(index, name)| (index, Arc::from(name.as_str()))).collect()
            }
        };
        for row in &mut rows.rows {
            let present = outputs.iter().filter(|(_, field)| row.get(field).is_some()).count();
            if self.new_only && present == outputs.len() {
                continue;
            }
            // K34 speaks of the output fields as one.
            if self.new_only && present > 0 {
                return Err(Stop::open("K34"));
            }
            look_up(row, table, &keys, &outputs, run)?;
        }
        Ok(rows)
    }
}

/// K34 to K36.
fn look_up(
    row: &mut Row,
    table: &LookupTable,
    keys: &[Key],
    outputs: &[(usize, Arc<str>)],
    run: &Run,
) -> Answer<()> {
    let mut wanted = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(text) = super::fields::one_text(row, &key.field)? else {
            return missed(row, table, outputs, 0);
        };
        let folded = if key.ignores_case { fold(&text) } else { text.clone().into_owned() };
        wanted.push((text.into_owned(), folded));
    }
    let most = table.max_matches.unwrap_or(100);
    let mut found: Vec<usize> = Vec::new();
    for index in 0..table.rows.len() {
        run.step(keys.len())?;
        if keys.iter().zip(&wanted).all(|(key, (text, folded))| key.cells[index].fits(text, folded)) {
            found.push(index);
            if found.len() == most {
                break;
            }
        }
    }
    if found.is_empty() {
        return missed(row, table, outputs, 0);
    }
    if table.default_match.as_ref().is_some_and(|(fewest, _)| found.len() < *fewest) {
        return Err(Stop::open("K35"));
    }
    for (index, field) in outputs {
        let cells = found.iter().filter_map(|place| table.rows[*place].get(*index));
        let values: Vec<Arc<str>> = cells.filter(|cell| !cell.is_empty()).cloned().collect();
        run.take(values.iter().map(|value| value.len() + 16).sum())?;
        // Whether an empty cell clears the field is not documented.
        match Value::many(values) {
            Some(value) => row.set(Arc::clone(field), value),
            None if row.get(field).is_none() => {}
            None => return Err(Stop::open("K35")),
        }
    }
    Ok(())
}

/// K35: without a match the row passes unchanged, but `default_match` stands for what is missing. Whether `OUTPUT` clears
/// a field that is there is folklore.
fn missed(row: &mut Row, table: &LookupTable, outputs: &[(usize, Arc<str>)], found: usize) -> Answer<()> {
    if outputs.iter().any(|(_, field)| row.get(field).is_some()) {
        return Err(Stop::open("K35"));
    }
    if let Some((fewest, text)) = &table.default_match
        && *fewest > found
    {
        for (_, field) in outputs {
            row.set(Arc::clone(field), Value::text(text.as_str()));
        }
    }
    Ok(())
}

/// `inputlookup`.
#[derive(Debug)]
pub(super) struct InputLookupStep {
    table: Name,
    append: bool,
    condition: Option<Matcher>,
    max: usize,
}

impl InputLookupStep {
    pub(super) fn compile(it: &InputLookup, problems: &mut Vec<Problem>) -> Option<Self> {
        let condition = match &it.condition {
            Some(term) => Some(Matcher::compile(term, problems)?),
            None => None,
        };
        let max = it.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        Some(Self { table: it.table.clone(), append: it.append, condition, max })
    }
}

impl Step for InputLookupStep {
    /// K38.
    fn apply(&self, mut rows: Table, run: &Run) -> Answer<Table> {
        let table = table(&self.table, run)?;
        if !self.append {
            rows = Table::default();
        }
        let columns: Vec<Arc<str>> = table.columns.iter().map(|name| Arc::from(name.as_str())).collect();
        let mut taken = 0;
        for cells in &table.rows {
            run.step(cells.len())?;
            let filled = columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
            let row: Row =
                filled.map(|(name, cell)| (Arc::clone(name), Value::Text(Arc::clone(cell)))).collect();
            run.take(row.size())?;
            if taken < self.max && self.condition.as_ref().map_or(Ok(true), |it| it.holds(&row, run))? {
                rows.rows.push(row);
                taken += 1;
            }
        }
        Ok(rows)
    }
}
