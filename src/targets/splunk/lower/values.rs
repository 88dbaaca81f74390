//! Small pieces of `where`: comparing a value with a constant.
//!
//! In: the value as an expression. Out: an expression. Must not know where values come from.

use crate::ir::{Case, Comparison, Number};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::EvalText;

/// The largest whole number up to which all are exact (E60).
const EXACT: u64 = 1 << 53;

/// `""`
pub(super) fn empty_text() -> EvalExpr {
    EvalExpr::Text(EvalText::empty())
}

/// The value is this text. Gives the value back when eval has no such literal, or when the value could be taken for a
/// number there.
pub(super) fn equals(value: EvalExpr, text: &str, case: Case) -> Result<EvalExpr, EvalExpr> {
    match case {
        Case::Insensitive => match EvalText::new(&lower(text)) {
            Some(text) => Ok(EvalExpr::binary(lowered(value), "==", EvalExpr::Text(text))),
            None => Err(value),
        },
        Case::Sensitive => match EvalText::new(text) {
            // A field that looks like a number is one (E10), and numbers beside texts are contested (C4).
            Some(literal) if text.trim().parse::<f64>().is_err() => {
                Ok(EvalExpr::binary(value, "==", EvalExpr::Text(literal)))
            }
            _ => Err(value),
        },
    }
}

/// Lower case as the reference evaluator folds it: character by character.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// `lower(value)`: always a text.
pub(super) fn lowered(value: EvalExpr) -> EvalExpr {
    EvalExpr::Call("lower", vec![value])
}

/// `tonumber(value) < number`: null when the value is no number. `None` for numbers that eval does not hold exactly.
pub(super) fn number(value: &EvalExpr, comparison: Comparison, number: Number) -> Option<EvalExpr> {
    if let Number::Integer(whole) = number
        && whole.unsigned_abs() > EXACT
    {
        return None;
    }
    let value = EvalExpr::Call("tonumber", vec![value.clone()]);
    Some(EvalExpr::binary(value, operator(comparison), EvalExpr::Number(number)))
}

/// The comparison in eval.
pub(super) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
