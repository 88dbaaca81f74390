//! Functions of time. A time is seconds since 1970 (T08); calendars are those of UTC.

use super::Table;
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::state::Run;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::time::{self, Parsed};

pub(super) const TABLE: Table = &[
    // E52. `time()` is the clock for each event: nothing that a test can expect, so it is not here.
    ("now", |_, run| Ok(Val::Number(run.context.now)), Kind::Number),
    ("relative_time", relative_time, Kind::Number),
    ("strftime", strftime, Kind::Text),
    ("strptime", strptime, Kind::Number),
];

/// E51.
fn relative_time(values: &[Val], _: &Run) -> Answer<Val> {
    let (Some(time), Some(modifier)) = (values[0].number()?, values[1].one_text()?) else {
        return Ok(Val::Null);
    };
    time::relative(&modifier, time).map(Val::Number).ok_or(Stop::open("T06"))
}

/// E50.
fn strftime(values: &[Val], run: &Run) -> Answer<Val> {
    let (Some(time), Some(format)) = (values[0].number()?, values[1].one_text()?) else {
        return Ok(Val::Null);
    };
    run.take_value(format.len() * 12)?;
    time::format(time, &format).map(Val::text).ok_or(Stop::open("E50"))
}

/// E49.
fn strptime(values: &[Val], _: &Run) -> Answer<Val> {
    let (Some(text), Some(format)) = (values[0].one_text()?, values[1].one_text()?) else {
        return Ok(Val::Null);
    };
    match time::parse(&text, &format) {
        Parsed::Time(time) => Ok(Val::Number(time)),
        Parsed::Unparseable => Ok(Val::Null),
        Parsed::Unknown => Err(Stop::open("E49")),
    }
}
