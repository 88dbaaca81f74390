//! `bin`.

use std::sync::Arc;

use super::state::{Run, Table, time_of};
use super::{Answer, Step};
use crate::source::Span;
use crate::spl::ast::{Bin, TimeSpan, TimeUnit};
use crate::spl::problem::{Problem, Stop};
use crate::spl::time;
use crate::spl::value::{Look, Value, look, number_text};

/// `bin`.
#[derive(Debug)]
pub(super) struct BinStep {
    field: Arc<str>,
    target: Arc<str>,
    width: Width,
}

/// How wide a bucket is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Width {
    Time(TimeSpan),
    Number(f64),
}

impl BinStep {
    pub(super) fn compile(bin: &Bin, span: Span, problems: &mut Vec<Problem>) -> Option<Self> {
        for (key, _) in &bin.options {
            problems.push(Problem::outside(format!("the option `{}` is not evaluated", key.value), key.span));
        }
        let width = match (bin.span, bin.width) {
            (Some(length), _) if bin.field.value == "_time" => Some(Width::Time(length)),
            (None, Some(width)) if width > 0.0 && bin.field.value == "_time" => {
                Some(Width::Time(TimeSpan { count: width, unit: TimeUnit::Second }))
            }
            (None, Some(width)) if width > 0.0 => Some(Width::Number(width)),
            _ => {
                problems.push(Problem::outside("`bin` is evaluated with a span that fits the field", span));
                None
            }
        };
        let target = bin.as_field.as_ref().unwrap_or(&bin.field);
        Some(Self {
            field: Arc::from(bin.field.value.as_str()),
            target: Arc::from(target.value.as_str()),
            width: width?,
        })
    }
}

/// K04, K05, C17: hours and less are counted from 1970 in UTC, single days and more are those of the calendar of UTC.
pub(super) fn bucket(moment: f64, length: TimeSpan) -> Answer<f64> {
    match (length.unit, length.seconds()) {
        (TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour, Some(seconds)) => {
            Ok((moment / seconds).floor() * seconds)
        }
        (TimeUnit::Day | TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year, _) if length.count == 1.0 => {
            time::snapped(moment, length.unit).ok_or(Stop::open("K05"))
        }
        _ => Err(Stop::open("K05")),
    }
}

impl Step for BinStep {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for row in &mut table.rows {
            run.step(1)?;
            if row.get(&self.field).is_none() {
                continue;
            }
            let value = match self.width {
                Width::Time(length) => Value::Number(bucket(time_of(row).ok_or(Stop::open("K04"))?, length)?),
                // K06. What is no number, and numbers below zero, are not documented.
                Width::Number(width) => match row.text(&self.field).map(|text| look(&text)) {
                    Some(Look::Number(number)) if number >= 0.0 => {
                        let low = (number / width).floor() * width;
                        Value::text(format!("{}-{}", number_text(low), number_text(low + width)))
                    }
                    _ => return Err(Stop::open("K06")),
                },
            };
            row.set(Arc::clone(&self.target), value);
        }
        Ok(table)
    }
}
