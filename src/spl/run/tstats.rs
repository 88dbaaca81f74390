//! `tstats` over the rows of data models.

use std::sync::Arc;

use super::bin::bucket;
use super::search::Matcher;
use super::state::{Run, Table, time_of};
use super::stats::{Compiled, compile_all, group_rows, grouped, names};
use super::{Answer, Step};
use crate::source::Span;
use crate::spl::ast::{TStats, TimeSpan};
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Row, Value};

/// `tstats`.
#[derive(Debug)]
pub(super) struct TStatsStep {
    aggregates: Vec<Compiled>,
    model: String,
    condition: Option<Matcher>,
    by: Vec<Arc<str>>,
    length: Option<TimeSpan>,
    fill: Option<Arc<str>>,
    span: Span,
}

impl TStatsStep {
    pub(super) fn compile(it: &TStats, span: Span, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut fill = None;
        for (key, value) in &it.options {
            let is_off = matches!(value.value.as_str(), "f" | "false" | "0");
            match key.value.as_str() {
                // K45: which summaries are read; here all rows are.
                "summariesonly"
                | "allow_old_summaries"
                | "local"
                | "chunk_size"
                | "include_reduced_buckets" => {}
                "fillnull_value" => fill = Some(Arc::from(value.value.as_str())),
                "prestats" | "append" if is_off => {}
                _ => problems.push(Problem::outside(
                    format!("the option `{}` of `tstats` is not evaluated", key.value),
                    key.span,
                )),
            }
        }
        for call in &it.macros {
            problems.push(Problem::outside(format!("the macro `{}` is not known", call.name), call.span));
        }
        for name in it.by.iter().filter(|name| name.value.contains('*')) {
            problems.push(Problem::refused("`by` takes no wildcards", name.span));
        }
        if it.by.iter().any(|name| name.value == "_time") && it.span.is_none() {
            problems.push(Problem::outside("`by _time` without `span` is not evaluated", span));
        }
        let Some(model) = &it.model else {
            problems.push(Problem::outside("`tstats` without a data model is not evaluated", span));
            return None;
        };
        let aggregates = compile_all(&it.aggregates, problems);
        let condition = match &it.condition {
            Some(term) => Some(Matcher::compile(term, problems)?),
            None => None,
        };
        Some(Self {
            aggregates: aggregates?,
            model: model.value.clone(),
            condition,
            by: names(&it.by),
            length: it.span,
            fill,
            span: model.span,
        })
    }
}

impl Step for TStatsStep {
    /// K43 to K45.
    fn apply(&self, _: Table, run: &Run) -> Answer<Table> {
        let rows = run.dataset.models.get(&self.model).ok_or_else(|| Stop::Outside {
            what: format!("no rows are given for the data model `{}`", self.model),
            span: self.span,
        })?;
        let mut found: Vec<Row> = Vec::new();
        for row in rows {
            run.step(1)?;
            if !self.condition.as_ref().map_or(Ok(true), |condition| condition.holds(row, run))? {
                continue;
            }
            run.take(row.size())?;
            let mut row = row.clone();
            if let Some(length) = self.length {
                let moment = time_of(&row).ok_or(Stop::open("K04"))?;
                row.set("_time", Value::Number(bucket(moment, length)?));
            }
            if let Some(fill) = &self.fill {
                for field in &self.by {
                    if row.get(field).is_none() {
                        row.set(Arc::clone(field), Value::Text(Arc::clone(fill)));
                    }
                }
            }
            found.push(row);
        }
        let aggregates: Vec<&Compiled> = self.aggregates.iter().collect();
        let groups = grouped(&found, &self.by, false, &aggregates, run)?;
        // Rows of a model come in no order.
        group_rows(groups, &self.by, &aggregates, false, run)
    }
}
