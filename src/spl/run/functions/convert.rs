//! Functions that turn one kind of value into another.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Table, on_text};
use crate::spl::ast::CompareOp;
use crate::spl::problem::Stop;
use crate::spl::run::Answer;
use crate::spl::run::expr::compare;
use crate::spl::run::number::rounded;
use crate::spl::run::state::Run;
use crate::spl::run::truth::Truth;
use crate::spl::run::typing::Kind;
use crate::spl::run::val::Val;
use crate::spl::value::{Look, look};

pub(super) const TABLE: Table = &[
    ("cidrmatch", cidrmatch, Kind::Truth),
    ("in", within, Kind::Truth),
    ("nullif", nullif, Kind::Any),
    ("tonumber", tonumber, Kind::Number),
    ("tostring", tostring, Kind::Text),
];

/// E31: what is no address, and a network of another family, is not matched. Host bits are masked (S33).
fn cidrmatch(values: &[Val], _: &Run) -> Answer<Val> {
    let (Some(network), Some(text)) = (values[0].one_text()?, values[1].one_text()?) else {
        return Ok(Val::Truth(Truth::not_true()));
    };
    let network: Option<IpNet> = network.parse().ok();
    let address: Option<IpAddr> = text.parse().ok();
    Ok(Val::truth(network.zip(address).is_some_and(|(network, address)| network.contains(&address))))
}

/// E30: equal to one of these, exactly.
fn within(values: &[Val], _: &Run) -> Answer<Val> {
    let mut found = Truth::known(false);
    for member in &values[1..] {
        let same = compare(CompareOp::Equal, &values[0], member);
        if same == Truth::known(true) {
            return Ok(Val::truth(true));
        }
        found = found.or(same);
    }
    Ok(Val::Truth(found))
}

/// The first value, unless both are equal.
fn nullif(values: &[Val], _: &Run) -> Answer<Val> {
    let same = compare(CompareOp::Equal, &values[0], &values[1]).is_true()?;
    Ok(if same { Val::Null } else { values[0].clone() })
}

/// E47: what is no number is null.
fn tonumber(values: &[Val], _: &Run) -> Answer<Val> {
    let base = match values.get(1) {
        None => 10,
        Some(base) => match base.number()? {
            Some(base) if (2.0..=36.0).contains(&base) && base.fract() == 0.0 => base as u32,
            _ => return Err(Stop::open("E47")),
        },
    };
    if let Val::Number(number) = values[0]
        && base == 10
    {
        return Ok(Val::Number(number));
    }
    on_text(&values[0], |text| {
        if base != 10 {
            let digits = text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && text.len() <= 10;
            return match i64::from_str_radix(text, base) {
                Ok(number) if digits => Ok(Val::Number(number as f64)),
                Err(_) if digits && !text.starts_with("0x") && !text.is_empty() => Ok(Val::Null),
                _ => Err(Stop::open("E47")),
            };
        }
        match look(text) {
            Look::Number(number) => Ok(Val::Number(number)),
            Look::Text => Ok(Val::Null),
            Look::Doubtful => Err(Stop::open("E47")),
        }
    })
}

/// E26.
fn tostring(values: &[Val], _: &Run) -> Answer<Val> {
    let Some(format) = values.get(1) else {
        return match &values[0] {
            Val::Null => Ok(Val::text("Null")),
            Val::Truth(truth) => Ok(Val::text(if truth.value()? { "True" } else { "False" })),
            other => on_text(other, |text| Ok(Val::text(text))),
        };
    };
    let Some(number) = values[0].number()? else { return Err(Stop::open("E26")) };
    match format.one_text()?.as_deref() {
        Some("hex") if number >= 0.0 && number.fract() == 0.0 && number < 9e15 => {
            Ok(Val::text(format!("0x{:X}", number as u64)))
        }
        Some("commas") => {
            let shown = rounded(number, if number.fract() == 0.0 { 0 } else { 2 })?;
            let (whole, fraction) = shown.split_at(shown.find('.').unwrap_or(shown.len()));
            Ok(Val::text(format!("{}{fraction}", grouped(whole))))
        }
        Some("duration") if number >= 0.0 && number.fract() == 0.0 && number < 86_400.0 => {
            let seconds = number as u64;
            Ok(Val::text(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)))
        }
        _ => Err(Stop::open("E26")),
    }
}

fn grouped(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
