//! `mvexpand`, `makemv`, `nomv`, `mvcombine`.

use std::sync::Arc;

use regex::Regex;

use super::state::{Run, Table};
use super::{Answer, Step};
use crate::source::Span;
use crate::spl::ast::{MakeMv, Name, Splitter};
use crate::spl::limits;
use crate::spl::pcre;
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Row, Value};

/// K25: one row per value; a row without the field stays.
#[derive(Debug)]
pub(super) struct MvExpand {
    field: Arc<str>,
    limit: usize,
}

impl MvExpand {
    pub(super) fn new(field: &Name, limit: u64) -> Self {
        let limit = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
        Self { field: Arc::from(field.value.as_str()), limit }
    }
}

impl Step for MvExpand {
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        let unordered = table.unordered;
        let mut found = Vec::new();
        for row in table.rows {
            match row.get(&self.field) {
                Some(Value::Many(values)) => {
                    for value in values.iter().take(self.limit) {
                        run.step(row.len())?;
                        run.take(row.size())?;
                        let mut copy = row.clone();
                        copy.set(Arc::clone(&self.field), Value::Text(Arc::clone(value)));
                        found.push(copy);
                    }
                }
                _ => found.push(row),
            }
            if found.len() > limits::ROWS {
                return Err(Stop::Limit { what: "rows" });
            }
        }
        Ok(Table { rows: found, unordered })
    }
}

/// K27.
#[derive(Debug)]
pub(super) struct MakeMvStep {
    field: Arc<str>,
    by: By,
    allow_empty: bool,
}

#[derive(Debug)]
enum By {
    Delimiter(String),
    Tokenizer(Arc<Regex>),
}

impl MakeMvStep {
    pub(super) fn compile(it: &MakeMv, problems: &mut Vec<Problem>) -> Option<Self> {
        let by = match &it.by {
            Splitter::Delimiter(text) if text.is_empty() => {
                problems.push(Problem::outside("an empty delimiter is not evaluated", it.field.span));
                return None;
            }
            Splitter::Delimiter(text) => By::Delimiter(text.clone()),
            Splitter::Tokenizer(pattern) => match pcre::compile(&pattern.value) {
                Ok(regex) if regex.captures_len() == 2 => By::Tokenizer(regex),
                Ok(_) => {
                    problems.push(Problem::outside("a tokenizer with one group is evaluated", pattern.span));
                    return None;
                }
                Err(message) => {
                    problems.push(Problem::outside(message, pattern.span));
                    return None;
                }
            },
        };
        Some(Self { field: Arc::from(it.field.value.as_str()), by, allow_empty: it.allow_empty })
    }
}

impl Step for MakeMvStep {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for row in &mut table.rows {
            let Some(text) = super::fields::one_text(row, &self.field)? else { continue };
            run.step(1 + text.len() / 16)?;
            run.take_value(text.len() * 2)?;
            let parts: Vec<Arc<str>> = match &self.by {
                By::Delimiter(delimiter) => text.split(delimiter.as_str()).map(Into::into).collect(),
                By::Tokenizer(regex) => regex
                    .captures_iter(&text)
                    .filter_map(|found| found.get(1))
                    .map(|it| it.as_str().into())
                    .collect(),
            };
            let kept: Vec<Arc<str>> =
                parts.into_iter().filter(|part| self.allow_empty || !part.is_empty()).collect();
            // A text of which nothing is left: whether the field goes is not documented.
            let value = Value::many(kept).ok_or(Stop::open("K27"))?;
            row.set(Arc::clone(&self.field), value);
        }
        Ok(table)
    }
}

/// `nomv`: the values as one text, with line ends between them.
#[derive(Debug)]
pub(super) struct NoMv {
    field: Arc<str>,
}

impl NoMv {
    pub(super) fn new(field: &Name) -> Self {
        Self { field: Arc::from(field.value.as_str()) }
    }
}

impl Step for NoMv {
    fn apply(&self, table: Table, _: &Run) -> Answer<Table> {
        // The documentation names no character that stands between the values.
        let has_several = table.rows.iter().any(|row| matches!(row.get(&self.field), Some(Value::Many(_))));
        if has_several { Err(Stop::open("nomv")) } else { Ok(table) }
    }
}

/// `mvcombine`: rows that are equal but for one field become one row.
#[derive(Debug)]
pub(super) struct MvCombine {
    field: Arc<str>,
}

impl MvCombine {
    pub(super) fn compile(
        field: &Name,
        delim: bool,
        span: Span,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if delim {
            problems.push(Problem::outside("`mvcombine` with a delimiter is not evaluated", span));
            return None;
        }
        Some(Self { field: Arc::from(field.value.as_str()) })
    }
}

impl Step for MvCombine {
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        let unordered = table.unordered;
        let mut groups: Vec<(Row, Vec<Arc<str>>)> = Vec::new();
        for mut row in table.rows {
            run.step(1 + groups.len() * row.len())?;
            let values = row.remove(&self.field).map(|value| value.shared_texts()).unwrap_or_default();
            match groups.iter_mut().find(|(known, _)| known.same_as(&row)) {
                Some((_, known)) => known.extend(values),
                None => groups.push((row, values)),
            }
        }
        let rows = groups.into_iter().map(|(mut row, values)| {
            row.set_optional(&self.field, Value::many(values));
            row
        });
        Ok(Table { rows: rows.collect(), unordered })
    }
}
