//! Text functions.

use std::sync::Arc;

use regex::{Captures, Regex};

use super::{Table, on_text, whole};
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::state::Run;
use crate::spl::run::truth::Truth;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;

pub(super) const TABLE: Table = &[
    ("len", len, Kind::Number),
    ("like", like, Kind::Truth),
    ("lower", |values, run| cased(values, run, str::to_lowercase), Kind::Text),
    ("ltrim", |values, _| trim(values, true, false), Kind::Text),
    ("rtrim", |values, _| trim(values, false, true), Kind::Text),
    ("substr", substr, Kind::Text),
    ("trim", |values, _| trim(values, true, true), Kind::Text),
    ("upper", |values, run| cased(values, run, str::to_uppercase), Kind::Text),
    ("urldecode", urldecode, Kind::Text),
];

/// E32: code points.
fn len(values: &[Val], _: &Run) -> Answer<Val> {
    on_text(&values[0], |text| Ok(Val::Number(text.chars().count() as f64)))
}

/// E33: each value of several.
fn cased(values: &[Val], run: &Run, change: fn(&str) -> String) -> Answer<Val> {
    run.step(values[0].size() / 64)?;
    match &values[0] {
        Val::Many(texts) => Ok(Val::many(texts.iter().map(|text| change(text).into()).collect())),
        // The text of a field stays one that may act as a number: case does not change digits.
        Val::Field(text) => Ok(Val::Field(change(text).into())),
        other => on_text(other, |text| Ok(Val::text(change(text)))),
    }
}

/// E36: spaces and tabs, or the characters of the second text.
fn trim(values: &[Val], left: bool, right: bool) -> Answer<Val> {
    let set = match values.get(1) {
        None => " \t".into(),
        Some(set) => match set.one_text()? {
            Some(set) => set,
            None => return Ok(Val::Null),
        },
    };
    on_text(&values[0], |text| {
        let text = if left { text.trim_start_matches(|c| set.contains(c)) } else { text };
        Ok(Val::text(if right { text.trim_end_matches(|c| set.contains(c)) } else { text }))
    })
}

/// E34: from 1, or from the end. What SQLite does with 0 and with a negative length is not said of Splunk.
fn substr(values: &[Val], _: &Run) -> Answer<Val> {
    let (start, length) = (whole(&values[1])?, values.get(2).map(whole).transpose()?);
    on_text(&values[0], |text| {
        let Some(start) = start else { return Ok(Val::Null) };
        let count = text.chars().count() as i64;
        let from = match start {
            1.. => start - 1,
            ..=-1 if count + start >= 0 => count + start,
            _ => return Err(Stop::open("E34")),
        };
        let take = match length {
            None => usize::MAX,
            Some(None) => return Ok(Val::Null),
            Some(Some(length)) => usize::try_from(length).map_err(|_| Stop::open("E34"))?,
        };
        Ok(Val::text(text.chars().skip(from as usize).take(take).collect::<String>()))
    })
}

fn urldecode(values: &[Val], _: &Run) -> Answer<Val> {
    on_text(&values[0], |text| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            let coded = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            match coded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(byte) if *first == b'%' => {
                    bytes.push(byte);
                    rest = &after[2..];
                }
                _ => {
                    bytes.push(*first);
                    rest = after;
                }
            }
        }
        // What is no UTF-8 afterwards is not documented.
        String::from_utf8(bytes).map(Val::text).map_err(|_| Stop::open("E56"))
    })
}

/// E28: the whole text; `%` is any run, `_` any one character. C7: whether case counts is contested.
fn like(values: &[Val], run: &Run) -> Answer<Val> {
    let (Some(text), Some(pattern)) = (values[0].one_text()?, values[1].one_text()?) else {
        return Ok(Val::Truth(Truth::not_true()));
    };
    let characters = |text: &str| text.chars().collect::<Vec<char>>();
    run.step(1 + text.len() * pattern.len() / 64)?;
    let cased = fits(&characters(&text), &characters(&pattern));
    let folded = fits(&characters(&text.to_ascii_lowercase()), &characters(&pattern.to_ascii_lowercase()));
    if cased == folded {
        Ok(Val::truth(cased))
    } else {
        Ok(Val::truth(if run.side("C7") { folded } else { cased }))
    }
}

/// Goes back to the last `%` only: quadratic at worst.
fn fits(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(place) {
            Some('%') => {
                back = Some((place + 1, at));
                place += 1;
            }
            Some(c) if *c == '_' || *c == text[at] => {
                at += 1;
                place += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    place = after;
                    at = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[place..].iter().all(|c| *c == '%')
}

/// E35: every match; `\1` in the replacement is a group.
pub(in crate::spl::run) fn replace(text: &str, regex: &Regex, with: &str, run: &Run) -> Answer<Val> {
    run.step(1 + text.len() / 64)?;
    let pieces = pieces(with)?;
    let mut size = 0_usize;
    let limit = crate::spl::limits::VALUE;
    let found = regex.replace_all(text, |captures: &Captures| {
        let mut made = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => made.push_str(text),
                Piece::Group(index) => made.push_str(captures.get(*index).map_or("", |found| found.as_str())),
            }
        }
        // What is too large is refused below; it need not be made.
        size = size.saturating_add(made.len());
        if size > limit { String::new() } else { made }
    });
    run.take_value(size + found.len())?;
    Ok(Val::Text(Arc::from(&*found)))
}

enum Piece {
    Text(String),
    Group(usize),
}

fn pieces(with: &str) -> Answer<Vec<Piece>> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut characters = with.chars().peekable();
    while let Some(c) = characters.next() {
        let digit = if c == '\\' { characters.next_if(char::is_ascii_digit) } else { None };
        match digit.and_then(|digit| digit.to_digit(10)) {
            Some(index) => {
                found.push(Piece::Text(std::mem::take(&mut text)));
                found.push(Piece::Group(index as usize));
            }
            // A doubled backslash is one; another escape is not documented.
            None if c == '\\' => match characters.next() {
                Some('\\') => text.push('\\'),
                _ => return Err(Stop::open("E35")),
            },
            None => text.push(c),
        }
    }
    found.push(Piece::Text(text));
    Ok(found)
}
