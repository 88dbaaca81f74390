//! Small pieces that the forms share: helper fields, times, counts.
//!
//! In: names and numbers. Out: expressions and commands. Must not know correlations.

use crate::ir::{Duration, FieldType};
use crate::targets::splunk::ast::{Command, SortKey};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::lower::values::{empty_text, lowered};
use crate::targets::splunk::tokens::FieldName;

/// Names of fields that are plain words, so that every command takes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Helper(pub(super) &'static str);

/// When the event was.
pub(super) const TIME: Helper = Helper("_time");
/// Whether the correlation holds here.
pub(super) const HIT: Helper = Helper("detc_hit");
/// Which step an event is of, from 1; 0 for stages that are only looked up.
pub(super) const STEP: Helper = Helper("detc_step");

impl Helper {
    /// The name.
    pub(super) fn name(self) -> Option<FieldName> {
        FieldName::new(self.0)
    }

    /// The value.
    pub(super) fn value(self) -> Option<EvalExpr> {
        self.name().map(EvalExpr::Field)
    }
}

/// A helper with a number in its name.
pub(super) fn numbered(stem: &str, number: usize) -> Option<FieldName> {
    FieldName::new(&format!("detc_{stem}{number}"))
}

/// The field's value.
pub(super) fn field(name: &FieldName) -> EvalExpr {
    EvalExpr::Field(name.clone())
}

/// `eval name = value`.
pub(super) fn eval(name: &FieldName, value: EvalExpr) -> Option<Command> {
    super::outputs::eval(name, value)
}

/// `if(condition,value,null())`
pub(super) fn only_if(condition: EvalExpr, value: EvalExpr) -> EvalExpr {
    EvalExpr::Call("if", vec![condition, value, EvalExpr::null()])
}

/// `if(condition,1,0)`
pub(super) fn as_number(condition: EvalExpr) -> EvalExpr {
    EvalExpr::Call("if", vec![condition, EvalExpr::integer(1), EvalExpr::integer(0)])
}

/// The value is there.
pub(super) fn present(value: EvalExpr) -> EvalExpr {
    EvalExpr::Call("isnotnull", vec![value])
}

/// The field is this whole number.
pub(super) fn is(value: EvalExpr, number: i64) -> EvalExpr {
    EvalExpr::binary(value, "==", EvalExpr::integer(number))
}

/// Seconds.
pub(super) fn seconds(duration: Duration) -> EvalExpr {
    EvalExpr::integer(i64::try_from(duration.seconds()).unwrap_or(i64::MAX))
}

/// The time from `earlier` to `later` is at most this; both must be there.
pub(super) fn is_within(later: EvalExpr, earlier: EvalExpr, duration: Duration) -> EvalExpr {
    EvalExpr::binary(elapsed(later, earlier), "<=", seconds(duration))
}

/// The seconds between the two, to the millisecond: Splunk's times are fractions in floating point, whose difference can
/// be a little off.
pub(super) fn elapsed(later: EvalExpr, earlier: EvalExpr) -> EvalExpr {
    to_milliseconds(EvalExpr::binary(later, "-", earlier))
}

/// Seconds, to the millisecond.
pub(super) fn to_milliseconds(seconds: EvalExpr) -> EvalExpr {
    EvalExpr::Call("round", vec![seconds, EvalExpr::integer(3)])
}

/// `sort 0` by these, smallest first.
pub(super) fn sort(keys: impl IntoIterator<Item = FieldName>) -> Command {
    Command::Sort { keys: keys.into_iter().map(|field| SortKey { field, descending: false }).collect() }
}

/// A value as it is compared with others: texts without case, numbers as numbers. Null when it is missing or the empty
/// text, so that equality then never holds and no group takes it.
pub(super) fn comparable(value: EvalExpr, field_type: FieldType) -> EvalExpr {
    match field_type {
        FieldType::Integer | FieldType::Real => EvalExpr::Call("tonumber", vec![value]),
        FieldType::Text | FieldType::Boolean | FieldType::Ip | FieldType::Timestamp | FieldType::Pairs => {
            let text = lowered(value);
            only_if(EvalExpr::binary(text.clone(), "!=", empty_text()), text)
        }
    }
}
