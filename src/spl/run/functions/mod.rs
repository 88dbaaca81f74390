//! The functions of `eval`: what they compute of values.
//!
//! In: values. Out: a value. Functions that see conditions, patterns or rows are part of `expr`. A function of Splunk
//! that is in no table here is outside of what is evaluated.

mod convert;
mod inform;
mod json;
mod math;
mod multi;
pub(super) mod text;
mod time;

use super::Answer;
use super::state::Run;
use super::typing::Kind;
use super::val::Val;

/// A function over values.
pub(super) type Function = fn(&[Val], &Run) -> Answer<Val>;

/// Name, function, kind of the result.
type Table = &'static [(&'static str, Function, Kind)];

const TABLES: [Table; 7] =
    [convert::TABLE, inform::TABLE, json::TABLE, math::TABLE, multi::TABLE, text::TABLE, time::TABLE];

/// The function by this name, in lower case.
pub(super) fn function(name: &str) -> Option<(Function, Kind)> {
    let mut all = TABLES.iter().flat_map(|table| table.iter());
    all.find(|(known, ..)| *known == name).map(|(_, function, kind)| (*function, *kind))
}

/// Applies a function to a single text; null stays null.
fn on_text(value: &Val, function: impl FnOnce(&str) -> Answer<Val>) -> Answer<Val> {
    match value.one_text()? {
        Some(text) => function(&text),
        None => Ok(Val::Null),
    }
}

/// Applies a function to a number; what is none becomes null.
fn on_number(value: &Val, function: impl FnOnce(f64) -> Answer<Val>) -> Answer<Val> {
    match value.number()? {
        Some(number) => function(number),
        None => Ok(Val::Null),
    }
}

/// A whole number within what places and lengths can be.
fn whole(value: &Val) -> Answer<Option<i64>> {
    let Some(number) = value.number()? else { return Ok(None) };
    if number.fract() != 0.0 || number.abs() > 1e9 {
        return Err(super::Stop::open("E39"));
    }
    Ok(Some(number as i64))
}
