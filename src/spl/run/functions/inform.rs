//! Functions that tell what a value is.

use super::Table;
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::state::Run;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::value::{Look, look};

pub(super) const TABLE: Table = &[
    // E21: the empty text is not null.
    ("isnull", |values, _| Ok(Val::truth(values[0].is_null())), Kind::Truth),
    ("isnotnull", |values, _| Ok(Val::truth(!values[0].is_null())), Kind::Truth),
    ("isbool", |values, _| Ok(Val::truth(matches!(values[0], Val::Truth(_)))), Kind::Truth),
    ("isnum", |values, _| Ok(Val::truth(number(&values[0])?.is_some())), Kind::Truth),
    ("isint", isint, Kind::Truth),
    ("isstr", isstr, Kind::Truth),
    ("ismv", |values, _| Ok(Val::truth(matches!(values[0], Val::Many(_)))), Kind::Truth),
    ("typeof", kind, Kind::Text),
];

fn number(value: &Val) -> Answer<Option<f64>> {
    match value {
        Val::Number(number) => Ok(Some(*number)),
        Val::Field(text) => match look(text) {
            Look::Number(number) => Ok(Some(number)),
            Look::Text => Ok(None),
            Look::Doubtful => Err(Stop::open("E10")),
        },
        Val::Null | Val::Text(_) | Val::Truth(_) => Ok(None),
        Val::Many(_) => Err(Stop::open("C3")),
    }
}

fn isint(values: &[Val], _: &Run) -> Answer<Val> {
    Ok(Val::truth(number(&values[0])?.is_some_and(|number| number.fract() == 0.0)))
}

fn isstr(values: &[Val], _: &Run) -> Answer<Val> {
    let is_text = matches!(values[0], Val::Text(_) | Val::Field(_));
    Ok(Val::truth(is_text && number(&values[0])?.is_none()))
}

/// E26.
fn kind(values: &[Val], _: &Run) -> Answer<Val> {
    Ok(Val::text(match &values[0] {
        Val::Null => "Invalid",
        Val::Truth(_) => "Boolean",
        Val::Many(_) => return Err(Stop::open("E26")),
        other if number(other)?.is_some() => "Number",
        _ => "String",
    }))
}
