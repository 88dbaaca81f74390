//! `sort`.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::{Sort, SortKey, SortKind};
use crate::spl::problem::Stop;
use crate::spl::value::{Look, Row, Value, look};

/// `sort`.
#[derive(Debug)]
pub(super) struct SortStep {
    limit: usize,
    keys: Vec<SortKey>,
}

/// The values of one key, all of one kind.
enum Column {
    Numbers(Vec<Option<f64>>),
    Addresses(Vec<Option<IpAddr>>),
    Texts(Vec<Option<Arc<str>>>),
}

impl SortStep {
    pub(super) fn new(sort: &Sort) -> Self {
        Self { limit: usize::try_from(sort.limit).unwrap_or(usize::MAX), keys: sort.keys.clone() }
    }
}

impl Step for SortStep {
    /// K17 to K21.
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        let columns =
            self.keys.iter().map(|key| column(key, &table.rows)).collect::<Answer<Vec<Column>>>()?;
        let mut places: Vec<usize> = (0..table.rows.len()).collect();
        run.step(places.len() * 8 * self.keys.len())?;
        let order = |left: usize, right: usize| {
            let orders = self.keys.iter().zip(&columns);
            orders
                .map(|(key, column)| column.order(left, right, key.descending))
                .fold(Ordering::Equal, Ordering::then)
        };
        places.sort_by(|left, right| order(*left, *right));
        // Rows that are equal keep an order that may not be known (K21).
        let has_ties = places.windows(2).any(|pair| order(pair[0], pair[1]).is_eq());
        let unordered = if has_ties { table.unordered } else { None };
        let mut taken: Vec<Option<Row>> = table.rows.into_iter().map(Some).collect();
        let mut rows: Vec<Row> = places.into_iter().filter_map(|place| taken[place].take()).collect();
        if self.limit > 0 && rows.len() > self.limit {
            if let Some(rule) = unordered {
                return Err(Stop::open(rule));
            }
            rows.truncate(self.limit);
        }
        Ok(Table { rows, unordered })
    }
}

impl Column {
    fn order(&self, left: usize, right: usize, descending: bool) -> Ordering {
        match self {
            Column::Numbers(values) => placed(&values[left], &values[right], descending, f64::total_cmp),
            Column::Addresses(values) => placed(&values[left], &values[right], descending, IpAddr::cmp),
            Column::Texts(values) => placed(&values[left], &values[right], descending, Arc::cmp),
        }
    }
}

/// K19: what is missing comes last either way.
fn placed<T>(
    left: &Option<T>,
    right: &Option<T>,
    descending: bool,
    order: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) if descending => order(right, left),
        (Some(left), Some(right)) => order(left, right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// K18: numbers, else addresses, else text. How values of several kinds in one column compare is not documented.
fn column(key: &SortKey, rows: &[Row]) -> Answer<Column> {
    let mut texts = Vec::with_capacity(rows.len());
    for row in rows {
        texts.push(match row.get(&key.field.value) {
            None => None,
            Some(Value::Many(_)) => return Err(Stop::open("C3")),
            Some(value) => value.shared_texts().pop(),
        });
    }
    let looks: Vec<Look> = texts.iter().flatten().map(|text| look(text)).collect();
    let numbers = looks.iter().filter(|look| matches!(look, Look::Number(_))).count();
    let as_numbers = |texts: &[Option<Arc<str>>]| {
        let number = |text: &Arc<str>| match look(text) {
            Look::Number(number) => Some(number),
            Look::Text | Look::Doubtful => None,
        };
        Column::Numbers(texts.iter().map(|text| text.as_ref().and_then(number)).collect())
    };
    let addresses = texts.iter().flatten().filter(|text| text.parse::<IpAddr>().is_ok()).count();
    let as_addresses = |texts: &[Option<Arc<str>>]| {
        Column::Addresses(texts.iter().map(|text| text.as_ref().and_then(|text| text.parse().ok())).collect())
    };
    match key.kind {
        SortKind::Text => Ok(Column::Texts(texts)),
        SortKind::Number | SortKind::Auto if numbers == looks.len() => Ok(as_numbers(&texts)),
        SortKind::Address | SortKind::Auto if addresses == looks.len() => Ok(as_addresses(&texts)),
        SortKind::Auto if numbers == 0 && addresses == 0 && !looks.contains(&Look::Doubtful) => {
            Ok(Column::Texts(texts))
        }
        SortKind::Auto | SortKind::Number | SortKind::Address => Err(Stop::open("K18")),
    }
}
