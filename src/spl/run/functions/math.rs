//! Functions of numbers.

use std::cmp::Ordering;

use super::{Table, on_number, whole};
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::number::rounded;
use crate::spl::run::state::Run;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::value::{Look, look};

pub(super) const TABLE: Table = &[
    ("abs", |values, _| on_number(&values[0], |number| Ok(Val::Number(number.abs()))), Kind::Number),
    ("ceil", |values, _| on_number(&values[0], |number| Ok(Val::Number(number.ceil()))), Kind::Number),
    ("ceiling", |values, _| on_number(&values[0], |number| Ok(Val::Number(number.ceil()))), Kind::Number),
    ("exp", |values, _| on_number(&values[0], |number| finite(number.exp())), Kind::Number),
    ("floor", |values, _| on_number(&values[0], |number| Ok(Val::Number(number.floor()))), Kind::Number),
    ("ln", |values, _| on_number(&values[0], |number| finite(number.ln())), Kind::Number),
    ("log", log, Kind::Number),
    ("max", |values, _| extreme(values, Ordering::Greater), Kind::Any),
    ("min", |values, _| extreme(values, Ordering::Less), Kind::Any),
    ("pi", |_, _| Ok(Val::Number(std::f64::consts::PI)), Kind::Number),
    ("pow", pow, Kind::Number),
    ("round", round, Kind::Number),
    ("sqrt", |values, _| on_number(&values[0], |number| finite(number.sqrt())), Kind::Number),
];

/// What is no finite number is not documented beyond E15.
fn finite(number: f64) -> Answer<Val> {
    if number.is_finite() { Ok(Val::Number(number)) } else { Err(Stop::open("E15")) }
}

fn log(values: &[Val], _: &Run) -> Answer<Val> {
    let base = match values.get(1) {
        None => Some(10.0),
        Some(base) => base.number()?,
    };
    match (values[0].number()?, base) {
        (Some(number), Some(base)) => finite(if base == 10.0 { number.log10() } else { number.log(base) }),
        _ => Ok(Val::Null),
    }
}

fn pow(values: &[Val], _: &Run) -> Answer<Val> {
    match (values[0].number()?, values[1].number()?) {
        (Some(base), Some(exponent)) => finite(base.powf(exponent)),
        _ => Ok(Val::Null),
    }
}

/// E48. With places the result shows all of them, and is still a number.
fn round(values: &[Val], _: &Run) -> Answer<Val> {
    let places = match values.get(1) {
        None => 0,
        Some(places) => match whole(places)? {
            Some(places @ 0..=15) => places as usize,
            Some(_) => return Err(Stop::open("E48")),
            None => return Ok(Val::Null),
        },
    };
    on_number(&values[0], |number| Ok(Val::Field(rounded(number, places)?.into())))
}

/// E46: texts rank above numbers, and null counts for nothing.
fn extreme(values: &[Val], wanted: Ordering) -> Answer<Val> {
    let mut best: Option<&Val> = None;
    for value in values {
        match value {
            Val::Null => continue,
            Val::Many(_) => return Err(Stop::open("C3")),
            _ => {}
        }
        if best.is_none() || best.map(|best| order(value, best)).transpose()? == Some(wanted) {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or(Val::Null))
}

fn order(left: &Val, right: &Val) -> Answer<Ordering> {
    let number = |value: &Val| match value {
        Val::Number(number) => Ok(Some(*number)),
        Val::Field(text) => match look(text) {
            Look::Number(number) => Ok(Some(number)),
            Look::Text => Ok(None),
            Look::Doubtful => Err(Stop::open("E10")),
        },
        _ => Ok(None),
    };
    Ok(match (number(left)?, number(right)?) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.one_text()?.cmp(&right.one_text()?),
    })
}
