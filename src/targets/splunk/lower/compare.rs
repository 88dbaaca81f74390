//! Small pieces of `where`: comparing fields with fields, and parts of moments.
//!
//! In: values as expressions. Out: an expression that is null or false when a value is missing. Must not know where
//! values come from.

use super::values::{empty_text, lowered, operator};
use crate::ir::{Case, Comparison, FieldComparison, TimePart};
use crate::targets::splunk::expr::EvalExpr;

/// How the text of one field relates to that of another. Never by `like` or `match`, which would read wildcards and
/// syntax in the other field's value.
pub(super) fn fields(
    value: &EvalExpr,
    comparison: FieldComparison,
    other: &EvalExpr,
    case: Case,
) -> EvalExpr {
    let are_there = [value, other].map(|field| EvalExpr::Call("isnotnull", vec![field.clone()]));
    let (value, other) = match case {
        Case::Insensitive => (lowered(value.clone()), lowered(other.clone())),
        // Joined with nothing, a field that looks like a number is a text.
        Case::Sensitive => (as_text(value), as_text(other)),
    };
    let length = |text: &EvalExpr| EvalExpr::Call("len", vec![text.clone()]);
    let one = || EvalExpr::integer(1);
    match comparison {
        FieldComparison::Equals => EvalExpr::binary(value, "==", other),
        FieldComparison::StartsWith => {
            let head = EvalExpr::Call("substr", vec![value, one(), length(&other)]);
            EvalExpr::binary(head, "==", other)
        }
        FieldComparison::EndsWith => {
            // The place where it would begin. What `substr` gives from before the first character is not documented,
            // so the other text must fit in.
            let fits = EvalExpr::binary(length(&other), "<=", length(&value));
            let behind = EvalExpr::binary(length(&value), "-", length(&other));
            let tail = EvalExpr::Call("substr", vec![value, EvalExpr::binary(behind, "+", one())]);
            EvalExpr::and(vec![fits, EvalExpr::binary(tail, "==", other)])
        }
        FieldComparison::Contains => {
            // Cut at the other text and joined again, the value is shorter if it was there. Whether `split` keeps empty
            // parts is contested (C8); joined with nothing they make no difference.
            let parts = EvalExpr::Call("split", vec![value.clone(), other.clone()]);
            let joined = EvalExpr::Call("mvjoin", vec![parts, empty_text()]);
            let left = EvalExpr::Call("coalesce", vec![joined, empty_text()]);
            let shorter = EvalExpr::binary(length(&left), "<", length(&value));
            let is_empty = EvalExpr::binary(other.clone(), "==", empty_text());
            let [value_is_there, other_is_there] = are_there;
            EvalExpr::and(vec![value_is_there, other_is_there, EvalExpr::or(vec![is_empty, shorter])])
        }
    }
}

fn as_text(value: &EvalExpr) -> EvalExpr {
    EvalExpr::binary(value.clone(), ".", empty_text())
}

/// Hour and minute in UTC by arithmetic on the epoch; `None` for parts of the calendar.
pub(super) fn time_part(
    moment: &EvalExpr,
    part: TimePart,
    comparison: Comparison,
    number: i64,
) -> Option<EvalExpr> {
    let (seconds, count) = match part {
        TimePart::Minute => (60, 60),
        TimePart::Hour => (3_600, 24),
        TimePart::Day | TimePart::Week | TimePart::Month | TimePart::Year => return None,
    };
    let units = EvalExpr::binary(moment.clone(), "/", EvalExpr::integer(seconds));
    let part = EvalExpr::binary(EvalExpr::Call("floor", vec![units]), "%", EvalExpr::integer(count));
    Some(EvalExpr::binary(part, operator(comparison), EvalExpr::integer(number)))
}
