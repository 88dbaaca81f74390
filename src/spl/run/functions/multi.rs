//! Functions of several values.

use std::sync::Arc;

use super::{Table, on_text, whole};
use crate::spl::limits;
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::state::Run;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::time;
use crate::spl::value::number_text;

pub(super) const TABLE: Table = &[
    ("mvappend", mvappend, Kind::Any),
    ("mvcount", mvcount, Kind::Number),
    ("mvdedup", mvdedup, Kind::Any),
    ("mvindex", mvindex, Kind::Any),
    ("mvjoin", mvjoin, Kind::Text),
    ("mvrange", mvrange, Kind::Any),
    ("mvreverse", mvreverse, Kind::Any),
    ("mvsort", mvsort, Kind::Any),
    ("mvzip", mvzip, Kind::Any),
    ("split", split, Kind::Any),
];

/// E44: all values one after the other. What is null adds none.
fn mvappend(values: &[Val], _: &Run) -> Answer<Val> {
    let mut found = Vec::new();
    for value in values {
        found.extend(value.all_texts()?.unwrap_or_default());
    }
    Ok(Val::many(found))
}

/// E40.
fn mvcount(values: &[Val], _: &Run) -> Answer<Val> {
    Ok(values[0].all_texts()?.map_or(Val::Null, |texts| Val::Number(texts.len() as f64)))
}

/// E44: the first of equal ones stays.
fn mvdedup(values: &[Val], run: &Run) -> Answer<Val> {
    let Some(texts) = values[0].all_texts()? else { return Ok(Val::Null) };
    run.step(texts.len())?;
    let mut seen = crate::maps::HashSet::default();
    Ok(Val::many(texts.into_iter().filter(|text| seen.insert(Arc::clone(text))).collect()))
}

/// E39.
fn mvindex(values: &[Val], _: &Run) -> Answer<Val> {
    let Some(texts) = values[0].all_texts()? else { return Ok(Val::Null) };
    let Some(start) = whole(&values[1])? else { return Ok(Val::Null) };
    let end = match values.get(2) {
        None => start,
        Some(end) => match whole(end)? {
            Some(end) => end,
            None => return Ok(Val::Null),
        },
    };
    let count = texts.len() as i64;
    let place = |index: i64| if index < 0 { count + index } else { index };
    let (start, end) = (place(start), place(end));
    if start < 0 || end < start || start >= count {
        return Ok(Val::Null);
    }
    // "If the indexes are out of range or invalid, the result is NULL": of a range that is partly out of range, others
    // report the part that is there.
    if end >= count {
        return Err(Stop::open("E39"));
    }
    Ok(Val::many(texts[start as usize..=end as usize].to_vec()))
}

/// E44.
fn mvjoin(values: &[Val], run: &Run) -> Answer<Val> {
    let (Some(texts), Some(with)) = (values[0].all_texts()?, values[1].one_text()?) else {
        return Ok(Val::Null);
    };
    run.take_value(texts.iter().map(|text| text.len() + with.len()).sum())?;
    Ok(Val::text(texts.join(&*with)))
}

/// E45: without the end; the step may be a length of time.
fn mvrange(values: &[Val], _: &Run) -> Answer<Val> {
    let (Some(start), Some(end)) = (values[0].number()?, values[1].number()?) else { return Ok(Val::Null) };
    let step = match values.get(2) {
        None => 1.0,
        Some(Val::Text(text)) => {
            time::span(text).and_then(crate::spl::ast::TimeSpan::seconds).ok_or(Stop::open("E45"))?
        }
        Some(step) => match step.number()? {
            Some(step) => step,
            None => return Ok(Val::Null),
        },
    };
    if step <= 0.0 {
        return Err(Stop::open("E45"));
    }
    if (end - start) / step > (limits::VALUE / 16) as f64 {
        return Err(Stop::Limit { what: "values of one field" });
    }
    let mut found = Vec::new();
    let mut index = 0.0;
    while start + index * step < end {
        found.push(number_text(start + index * step).into());
        index += 1.0;
    }
    Ok(Val::many(found))
}

fn mvreverse(values: &[Val], _: &Run) -> Answer<Val> {
    let Some(mut texts) = values[0].all_texts()? else { return Ok(Val::Null) };
    texts.reverse();
    Ok(Val::many(texts))
}

/// E44: lexicographic, by bytes (S22).
fn mvsort(values: &[Val], run: &Run) -> Answer<Val> {
    let Some(mut texts) = values[0].all_texts()? else { return Ok(Val::Null) };
    run.step(texts.len())?;
    texts.sort();
    Ok(Val::many(texts))
}

/// E43.
fn mvzip(values: &[Val], _: &Run) -> Answer<Val> {
    let with = match values.get(2) {
        None => ",".into(),
        Some(with) => match with.one_text()? {
            Some(with) => with,
            None => return Ok(Val::Null),
        },
    };
    let (Some(left), Some(right)) = (values[0].all_texts()?, values[1].all_texts()?) else {
        return Ok(Val::Null);
    };
    let pairs = left.iter().zip(&right).map(|(left, right)| format!("{left}{with}{right}").into());
    Ok(Val::many(pairs.collect()))
}

/// E37. C8: whether empty parts are kept is contested.
fn split(values: &[Val], run: &Run) -> Answer<Val> {
    let Some(delimiter) = values[1].one_text()? else { return Ok(Val::Null) };
    if delimiter.is_empty() {
        return Err(Stop::open("E37"));
    }
    on_text(&values[0], |text| {
        run.step(text.len() / 64)?;
        let mut parts: Vec<Arc<str>> = text.split(&*delimiter).map(Into::into).collect();
        run.take_value(text.len() + parts.len() * 16)?;
        if parts.len() > 1 && parts.iter().any(|part| part.is_empty()) && run.side("C8") {
            parts.retain(|part| !part.is_empty());
        }
        Ok(Val::many(parts))
    })
}
