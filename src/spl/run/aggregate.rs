//! Aggregates, one row after the other.
//!
//! In: rows of one group. Out: one value, or none (A06).

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Answer;
use super::expr::Code;
use super::percentile;
use super::state::{Run, time_of};
use super::val::Val;
use crate::maps::HashSet;
use crate::maps::IndexMap;
use crate::spl::problem::Stop;
use crate::spl::value::{Look, Row, Value, look};

/// What an aggregate does with values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Function {
    Count,
    Distinct,
    Values,
    List,
    Min,
    Max,
    Sum,
    Numbers(percentile::Statistic),
    Mode,
    First,
    Last,
    Earliest,
    Latest,
    EarliestTime,
    LatestTime,
}

/// What it is computed of.
#[derive(Debug)]
pub(super) enum Of {
    Rows,
    Field(Arc<str>),
    Expr(Code),
}

/// The state of an aggregate.
#[derive(Debug, Clone)]
pub(super) struct State {
    function: Function,
    held: Held,
}

#[derive(Debug, Clone)]
enum Held {
    Count(u64),
    Distinct(HashSet<Arc<str>>),
    Values(BTreeSet<Arc<str>>),
    List(Vec<Arc<str>>),
    Extreme {
        number: Option<(f64, Value)>,
        text: Option<Arc<str>>,
    },
    Sum(Option<f64>),
    Numbers(Vec<f64>),
    Mode(IndexMap<Arc<str>, u64>),
    /// The value, and whether values differed.
    Edge(Option<Value>, bool),
    /// The time and its value, and whether another value had the same time.
    Timed(Option<(f64, Value, bool)>),
}

impl State {
    pub(super) fn new(function: Function) -> Self {
        let held = match function {
            Function::Count => Held::Count(0),
            Function::Distinct => Held::Distinct(HashSet::default()),
            Function::Values => Held::Values(BTreeSet::new()),
            Function::List => Held::List(Vec::new()),
            Function::Min | Function::Max => Held::Extreme { number: None, text: None },
            Function::Sum => Held::Sum(None),
            Function::Numbers(_) => Held::Numbers(Vec::new()),
            Function::Mode => Held::Mode(IndexMap::default()),
            Function::First | Function::Last => Held::Edge(None, false),
            Function::Earliest | Function::Latest | Function::EarliestTime | Function::LatestTime => {
                Held::Timed(None)
            }
        };
        Self { function, held }
    }

    /// Takes a row in.
    pub(super) fn push(&mut self, of: &Of, row: &Row, run: &Run) -> Answer<()> {
        run.step(1)?;
        match of {
            Of::Rows => {
                if let Held::Count(count) = &mut self.held {
                    *count += 1;
                }
                Ok(())
            }
            Of::Field(name) => match row.get(name) {
                Some(value) => self.take(value, row, run),
                None => Ok(()),
            },
            // A16: an event counts when the condition is true.
            Of::Expr(code) if self.function == Function::Count => {
                let value = code.value(row, run)?;
                let counts = match &value {
                    Val::Truth(truth) => truth.is_true()?,
                    other => !other.is_null(),
                };
                if let Held::Count(count) = &mut self.held {
                    *count += u64::from(counts);
                }
                Ok(())
            }
            Of::Expr(code) => match code.value(row, run)?.into_value()? {
                Some(value) => self.take(&value, row, run),
                None => Ok(()),
            },
        }
    }

    fn take(&mut self, value: &Value, row: &Row, run: &Run) -> Answer<()> {
        let (function, held) = (self.function, &mut self.held);
        match held {
            // A07, C6: the empty text was measured to count; the documentation says "is not empty".
            Held::Count(count) => {
                for text in value.texts() {
                    *count += u64::from(!text.is_empty() || !run.side("C6"));
                }
            }
            Held::Distinct(known) => known.extend(counted(value, run)?),
            Held::Values(known) => known.extend(counted(value, run)?),
            // A10.
            Held::List(known) => {
                if known.len() < 100 {
                    known.extend(counted(value, run)?);
                    known.truncate(100);
                }
            }
            Held::Extreme { number, text } => {
                let wanted = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
                for (one, shown) in single(value) {
                    match look(&shown) {
                        Look::Number(found) => match number {
                            Some((best, _)) if found.total_cmp(best) == wanted => {
                                *number = Some((found, one))
                            }
                            // A11: equal in another spelling: which of them is shown is not documented.
                            Some((best, known)) if found == *best && !known.texts().eq(one.texts()) => {
                                return Err(Stop::open("A11"));
                            }
                            Some(_) => {}
                            None => *number = Some((found, one)),
                        },
                        Look::Text => {
                            if text.as_ref().is_none_or(|best| (*shown).cmp(best) == wanted) {
                                *text = Some(shown);
                            }
                        }
                        Look::Doubtful => return Err(Stop::open("E10")),
                    }
                }
            }
            Held::Sum(sum) => {
                for number in numbers(value)? {
                    *sum = Some(sum.unwrap_or(0.0) + number);
                }
            }
            Held::Numbers(known) => {
                run.take(16)?;
                known.extend(numbers(value)?);
            }
            Held::Mode(counts) => {
                for text in counted(value, run)? {
                    *counts.entry(text).or_default() += 1;
                }
            }
            Held::Edge(edge, differs) => {
                if let Some(known) = edge {
                    *differs |= known != value;
                }
                if edge.is_none() || function == Function::Last {
                    *edge = Some(value.clone());
                }
            }
            Held::Timed(best) => {
                let time = time_of(row).ok_or(Stop::open("A15"))?;
                let value = if matches!(function, Function::EarliestTime | Function::LatestTime) {
                    Value::Number(time)
                } else {
                    value.clone()
                };
                let wanted = if matches!(function, Function::Earliest | Function::EarliestTime) {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
                match best {
                    Some((known, same, tie)) if time == *known => *tie |= *same != value,
                    Some((known, ..)) if time.total_cmp(known) != wanted => {}
                    _ => *best = Some((time, value, false)),
                }
            }
        }
        Ok(())
    }

    /// The result so far. A06: none when there was nothing to compute.
    pub(super) fn result(&self, run: &Run, in_order: bool) -> Answer<Option<Value>> {
        Ok(match &self.held {
            Held::Count(count) => Some(Value::Number(*count as f64)),
            Held::Distinct(known) => Some(Value::Number(known.len() as f64)),
            // A09, S22.
            Held::Values(known) => {
                run.step(known.len())?;
                Value::many(known.iter().cloned().collect())
            }
            Held::List(known) => {
                if !in_order && known.windows(2).any(|pair| pair[0] != pair[1]) {
                    return Err(Stop::open("C18"));
                }
                run.step(known.len())?;
                Value::many(known.clone())
            }
            // C9: numbers and texts in one field.
            Held::Extreme { number: Some(_), text: Some(_) } => return Err(Stop::open("C9")),
            Held::Extreme { number: Some((_, value)), text: None } => Some(value.clone()),
            Held::Extreme { number: None, text } => text.clone().map(Value::Text),
            Held::Sum(sum) => sum.map(Value::Number),
            Held::Numbers(known) => {
                run.step(known.len())?;
                let Function::Numbers(statistic) = self.function else { return Ok(None) };
                percentile::compute(statistic, known)?.map(Value::Number)
            }
            Held::Mode(counts) => {
                run.step(counts.len())?;
                let most = counts.values().max();
                let mut best = counts.iter().filter(|(_, count)| Some(*count) == most);
                match (best.next(), best.next()) {
                    (Some(_), Some(_)) => return Err(Stop::open("C18")),
                    (best, _) => best.map(|(text, _)| Value::Text(Arc::clone(text))),
                }
            }
            Held::Edge(_, true) if !in_order => return Err(Stop::open("C18")),
            Held::Edge(value, _) => value.clone(),
            Held::Timed(Some((_, _, true))) => return Err(Stop::open("C18")),
            Held::Timed(best) => best.as_ref().map(|(_, value, _)| value.clone()),
        })
    }
}

/// The values that count as such; C6: whether the empty text does.
fn counted(value: &Value, run: &Run) -> Answer<Vec<Arc<str>>> {
    let mut texts = value.shared_texts();
    run.take(texts.iter().map(|text| text.len() + 32).sum())?;
    if texts.iter().any(|text| text.is_empty()) && run.side("C6") {
        texts.retain(|text| !text.is_empty());
    }
    Ok(texts)
}

/// Each value, and its text.
fn single(value: &Value) -> Vec<(Value, Arc<str>)> {
    match value {
        Value::Number(_) => value.shared_texts().into_iter().map(|text| (value.clone(), text)).collect(),
        _ => value.shared_texts().into_iter().map(|text| (Value::Text(Arc::clone(&text)), text)).collect(),
    }
}

/// A13: what is no number is left out.
fn numbers(value: &Value) -> Answer<Vec<f64>> {
    if let Value::Number(number) = value {
        return Ok(vec![*number]);
    }
    let mut found = Vec::new();
    for text in value.texts() {
        match look(&text) {
            Look::Number(number) => found.push(number),
            Look::Text => {}
            Look::Doubtful => return Err(Stop::open("E10")),
        }
    }
    Ok(found)
}
