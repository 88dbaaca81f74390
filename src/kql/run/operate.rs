//! Arithmetic and comparison.
//!
//! In: two values. Out: a value, null where an operand is. Must not know expressions.
//!
//! <https://learn.microsoft.com/kusto/query/scalar-data-types/null-values>: one null operand makes `==` false and `!=`
//! true, two make both null; order and arithmetic with a null are null. Integers divide to integers, towards zero;
//! a division of integers by zero is null; `%` never is negative.

use std::cmp::Ordering;

use crate::kql::ast::Binary;
use crate::kql::clock;
use crate::kql::problem::Stop;
use crate::kql::value::Value;

/// A comparison.
pub(super) fn compare(operator: Binary, left: &Value, right: &Value) -> Result<Value, Stop> {
    let wanted = operator == Binary::Equal;
    match operator {
        Binary::Equal | Binary::NotEqual => match (left, right) {
            (Value::Null, Value::Null) => Ok(Value::Null),
            (Value::Null, other) | (other, Value::Null) => {
                // A string is never null: this null is a `dynamic`, whose text would be empty.
                if matches!(other, Value::Text(text) if text.is_empty()) {
                    return Err(Stop::undetermined("whether a dynamic null equals the empty string"));
                }
                Ok(Value::Bool(!wanted))
            }
            _ => equal(left, right).map(|equal| Value::Bool(equal == wanted)),
        },
        Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
            if left.is_null() || right.is_null() {
                return Ok(Value::Null);
            }
            let Some(order) = left.order(right) else {
                let nan = |value: &Value| value.number().is_some_and(f64::is_nan);
                if nan(left) || nan(right) {
                    return Ok(Value::Bool(false));
                }
                return Err(Stop::undetermined("the order of a dynamic and a value of another type"));
            };
            Ok(Value::Bool(match operator {
                Binary::Less => order == Ordering::Less,
                Binary::LessOrEqual => order != Ordering::Greater,
                Binary::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        _ => Err(Stop::Outside { what: "such a comparison".to_owned() }),
    }
}

/// Whether two values, neither null, are equal.
fn equal(left: &Value, right: &Value) -> Result<bool, Stop> {
    if let Some(order) = left.order(right) {
        return Ok(order.is_eq());
    }
    match (left, right) {
        (Value::Real(_), Value::Real(_) | Value::Long(_)) | (Value::Long(_), Value::Real(_)) => Ok(false),
        _ => Err(Stop::undetermined("whether a dynamic equals a value of another type")),
    }
}

/// `+ - * / %`
pub(super) fn arithmetic(operator: Binary, left: &Value, right: &Value) -> Result<Value, Stop> {
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    match (left, right) {
        (Value::Long(a), Value::Long(b)) => {
            whole(operator, *a, *b).map(|number| number.map_or(Value::Null, Value::Long))
        }
        (Value::Long(_) | Value::Real(_), Value::Long(_) | Value::Real(_)) => {
            let (a, b) = (left.number().unwrap_or(0.0), right.number().unwrap_or(0.0));
            Ok(Value::Real(match operator {
                Binary::Add => a + b,
                Binary::Subtract => a - b,
                Binary::Multiply => a * b,
                Binary::Divide => a / b,
                Binary::Modulo => return Err(Stop::undetermined("the remainder of a division of reals")),
                _ => return Err(outside()),
            }))
        }
        (Value::DateTime(a), Value::DateTime(b)) if operator == Binary::Subtract => {
            Ok(Value::TimeSpan(a - b))
        }
        (Value::DateTime(a), Value::TimeSpan(b)) => {
            let moved = if operator == Binary::Add { a.checked_add(*b) } else { a.checked_sub(*b) };
            time(moved)
        }
        (Value::TimeSpan(a), Value::DateTime(b)) if operator == Binary::Add => time(a.checked_add(*b)),
        (Value::TimeSpan(a), Value::TimeSpan(b)) => match operator {
            Binary::Divide => Ok(Value::Real(*a as f64 / *b as f64)),
            _ => Ok(whole(operator, *a, *b)?.map_or(Value::Null, Value::TimeSpan)),
        },
        (Value::TimeSpan(span), number) | (number, Value::TimeSpan(span)) => match (operator, number) {
            (Binary::Multiply | Binary::Divide, Value::Long(number)) => {
                Ok(whole(operator, *span, *number)?.map_or(Value::Null, Value::TimeSpan))
            }
            (Binary::Multiply, Value::Real(number)) => ticks(*span as f64 * number),
            (Binary::Divide, Value::Real(number)) => ticks(*span as f64 / number),
            _ => Err(outside()),
        },
        _ => Err(outside()),
    }
}

fn outside() -> Stop {
    Stop::Outside { what: "such arithmetic".to_owned() }
}

fn ticks(ticks: f64) -> Result<Value, Stop> {
    if ticks.abs() < 9e18 {
        Ok(Value::TimeSpan(ticks as i64))
    } else {
        Err(Stop::undetermined("a timespan beyond its range"))
    }
}

fn time(ticks: Option<i64>) -> Result<Value, Stop> {
    ticks
        .filter(|ticks| (0..=clock::LAST).contains(ticks))
        .map(Value::DateTime)
        .ok_or_else(|| Stop::undetermined("a datetime before the year 1 or after 9999"))
}

/// `None` for a division by zero.
fn whole(operator: Binary, a: i64, b: i64) -> Result<Option<i64>, Stop> {
    let result = match operator {
        Binary::Add => a.checked_add(b),
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Divide if b == 0 => return Ok(None),
        Binary::Divide => a.checked_div(b),
        Binary::Modulo if b == 0 => return Ok(None),
        Binary::Modulo => a
            .checked_rem(b)
            .and_then(|rest| if rest < 0 { rest.checked_add(b.checked_abs()?) } else { Some(rest) }),
        _ => return Err(outside()),
    };
    result.map(Some).ok_or_else(|| Stop::undetermined("arithmetic beyond the range of long"))
}

/// `-x`
pub(super) fn negative(value: &Value) -> Result<Value, Stop> {
    let beyond = || Stop::undetermined("arithmetic beyond the range of long");
    Ok(match value {
        Value::Long(number) => Value::Long(number.checked_neg().ok_or_else(beyond)?),
        Value::TimeSpan(ticks) => Value::TimeSpan(ticks.checked_neg().ok_or_else(beyond)?),
        Value::Real(number) => Value::Real(-number),
        _ => Value::Null,
    })
}

/// `abs(x)`
pub(super) fn absolute(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Long(number) if *number < 0 => negative(value),
        Value::TimeSpan(ticks) if *ticks < 0 => negative(value),
        Value::Real(number) => Ok(Value::Real(number.abs())),
        other => Ok(other.clone()),
    }
}

/// `max_of`, `min_of`. What they make of nulls is not documented.
pub(super) fn extreme(values: Vec<Value>, largest: bool) -> Result<Value, Stop> {
    let mut best: Option<Value> = None;
    for value in values {
        if value.is_null() {
            return Err(Stop::undetermined("max_of or min_of with a null"));
        }
        let better = match &best {
            None => true,
            Some(best) => match value.order(best) {
                Some(order) => {
                    if largest {
                        order.is_gt()
                    } else {
                        order.is_lt()
                    }
                }
                None => return Err(Stop::undetermined("max_of or min_of with NaN")),
            },
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.unwrap_or(Value::Null))
}
