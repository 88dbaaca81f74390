//! Functions over numbers.
//!
//! In: numbers. Out: numbers. Must not know expressions.

use super::{Answer, Function, Kind, Work};
use crate::kql::clock;
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::Value;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    gives: Type,
    run: fn(&Work, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, optional: 0, rest: None, gives, spreads_null: true, run }
}

const TWO: &[Kind] = &[Kind::Whole, Kind::Whole];

pub(super) const ALL: &[Function] = &[
    function("sqrt", &[Kind::Number], Type::Real, |_, a| {
        real(a[0].number().filter(|n| *n >= 0.0).map(f64::sqrt))
    }),
    function("exp", &[Kind::Number], Type::Real, |_, a| real(a[0].number().map(f64::exp))),
    function("log", &[Kind::Number], Type::Real, |_, a| {
        real(a[0].number().filter(|n| *n > 0.0).map(f64::ln))
    }),
    function("log2", &[Kind::Number], Type::Real, |_, a| {
        real(a[0].number().filter(|n| *n > 0.0).map(f64::log2))
    }),
    function("log10", &[Kind::Number], Type::Real, |_, a| {
        real(a[0].number().filter(|n| *n > 0.0).map(f64::log10))
    }),
    function("pow", &[Kind::Number, Kind::Number], Type::Real, |_, a| {
        real(a[0].number().zip(a[1].number()).map(|(base, power)| base.powf(power)))
    }),
    Function { optional: 1, ..function("round", &[Kind::Number, Kind::Whole], Type::Real, round) },
    function("ceiling", &[Kind::Number], Type::Real, |_, a| real(a[0].number().map(f64::ceil))),
    function("isnan", &[Kind::Number], Type::Bool, |_, a| {
        Ok(Value::Bool(a[0].number().is_some_and(f64::is_nan)))
    }),
    function("isinf", &[Kind::Number], Type::Bool, |_, a| {
        Ok(Value::Bool(a[0].number().is_some_and(f64::is_infinite)))
    }),
    function("isfinite", &[Kind::Number], Type::Bool, |_, a| {
        Ok(Value::Bool(a[0].number().is_some_and(f64::is_finite)))
    }),
    function("binary_and", TWO, Type::Long, |_, a| bits(a, |x, y| x & y)),
    function("binary_or", TWO, Type::Long, |_, a| bits(a, |x, y| x | y)),
    function("binary_xor", TWO, Type::Long, |_, a| bits(a, |x, y| x ^ y)),
    function("binary_not", &[Kind::Whole], Type::Long, |_, a| {
        Ok(a[0].long().map_or(Value::Null, |x| Value::Long(!x)))
    }),
    function("binary_shift_left", TWO, Type::Long, |_, a| shift(a, i64::checked_shl)),
    function("binary_shift_right", TWO, Type::Long, |_, a| shift(a, i64::checked_shr)),
];

fn real(number: Option<f64>) -> Answer {
    Ok(number.map_or(Value::Null, Value::Real))
}

fn bits(a: &[Value], combine: fn(i64, i64) -> i64) -> Answer {
    Ok(a[0].long().zip(a[1].long()).map_or(Value::Null, |(x, y)| Value::Long(combine(x, y))))
}

fn shift(a: &[Value], shift: fn(i64, u32) -> Option<i64>) -> Answer {
    let by = a[1].long().and_then(|by| u32::try_from(by).ok()).filter(|by| *by < 64);
    match a[0].long().zip(by).and_then(|(x, by)| shift(x, by)) {
        Some(number) => Ok(Value::Long(number)),
        None => Err(Stop::undetermined("a shift by less than 0 or more than 63")),
    }
}

/// How halves are rounded is not documented.
fn round(_: &Work, a: &[Value]) -> Answer {
    let (Some(number), places) = (a[0].number(), a.get(1).and_then(Value::long).unwrap_or(0)) else {
        return Ok(Value::Null);
    };
    let Ok(places) = i32::try_from(places) else { return Err(Stop::undetermined("round to so many places")) };
    let scale = 10f64.powi(places);
    let scaled = number * scale;
    if (scaled.fract().abs() - 0.5).abs() < 1e-6 {
        return Err(Stop::undetermined("round of a half"));
    }
    Ok(Value::Real(scaled.round() / scale))
}

/// `bin(value, size)`: the multiple of the size at or below.
///
/// Points in time are counted from the year 1 or from 1970, which is not documented: where the two differ, as for weeks,
/// the answer is not known.
pub(in crate::kql) fn bin(value: &Value, size: &Value) -> Answer {
    let whole =
        |value: i64, size: i64| (size != 0).then(|| value.div_euclid(size).checked_mul(size)).flatten();
    let negative = |size: i64| {
        if size < 0 { Err(Stop::undetermined("bin with a negative size")) } else { Ok(()) }
    };
    match (value, size) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::Long(value), Value::Long(size)) => {
            negative(*size)?;
            Ok(whole(*value, *size).map_or(Value::Null, Value::Long))
        }
        (Value::TimeSpan(value), Value::TimeSpan(size)) => {
            negative(*size)?;
            Ok(whole(*value, *size).map_or(Value::Null, Value::TimeSpan))
        }
        (Value::DateTime(value), Value::TimeSpan(size)) => {
            negative(*size)?;
            if *size == 0 {
                return Err(Stop::undetermined("bin of a datetime with the size zero"));
            }
            let epoch = clock::EPOCH_DAYS * clock::DAY;
            let since_epoch = (value - epoch).div_euclid(*size) * size + epoch;
            let since_first = value.div_euclid(*size) * size;
            if since_epoch != since_first {
                return Err(Stop::undetermined("from which day bin counts spans that do not divide a day"));
            }
            Ok(Value::DateTime(since_first))
        }
        _ => {
            let (Some(value), Some(size)) = (value.number(), size.number()) else {
                return Err(Stop::Outside { what: "`bin` over such values".to_owned() });
            };
            Ok(Value::Real((value / size).floor() * size))
        }
    }
}
