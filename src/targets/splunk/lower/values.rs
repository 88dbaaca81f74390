//! Small pieces of `where`: comparing a value with a constant.
//!
//! In: the value as an expression. Out: an expression. Must not know where values come from.

use crate::ir::{Case, Comparison, Number, Pattern, TextShape};
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
            Some(literal) if !is_like_a_number(text) => {
                Ok(EvalExpr::binary(value, "==", EvalExpr::Text(literal)))
            }
            _ => Err(value),
        },
    }
}

/// A field that looks like a number is one (E10), and numbers beside texts are contested (C4).
fn is_like_a_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

/// `in(value,"a","b")`: the value is one of these texts (E30). `None` when one of them is a real pattern, is empty, or
/// cannot be written so.
pub(super) fn equals_one(value: EvalExpr, patterns: &[&Pattern], case: Case) -> Option<EvalExpr> {
    let text = |pattern: &&Pattern| match (pattern.shape(), case) {
        (TextShape::Equals(""), _) => None,
        (TextShape::Equals(text), Case::Insensitive) => EvalText::new(&lower(text)),
        (TextShape::Equals(text), Case::Sensitive) => EvalText::new(text).filter(|_| !is_like_a_number(text)),
        (
            TextShape::Anything
            | TextShape::StartsWith(_)
            | TextShape::EndsWith(_)
            | TextShape::Contains(_)
            | TextShape::Other,
            _,
        ) => None,
    };
    let texts: Option<Vec<EvalText>> = patterns.iter().map(text).collect();
    let mut arguments = vec![match case {
        Case::Insensitive => lowered(value),
        Case::Sensitive => value,
    }];
    for text in texts? {
        let text = EvalExpr::Text(text);
        if !arguments.contains(&text) {
            arguments.push(text);
        }
    }
    Some(EvalExpr::Call("in", arguments))
}

/// Lower case as the reference evaluator folds it: character by character.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// `lower(value)`: always a text.
pub(super) fn lowered(value: EvalExpr) -> EvalExpr {
    EvalExpr::Call("lower", vec![value])
}

/// `in(value,"1","2")`: the number is one of these, as the log writes it.
pub(super) fn number_in(value: EvalExpr, numbers: &[i64]) -> EvalExpr {
    let mut arguments = vec![value];
    let texts = numbers.iter().filter_map(|number| EvalText::new(&number.to_string()));
    arguments.extend(texts.map(EvalExpr::Text));
    EvalExpr::Call("in", arguments)
}

/// `tonumber(value)<number`: null when the value is no number, unless it must be `decided`. `None` for numbers that eval
/// does not hold exactly.
pub(super) fn number(
    value: &EvalExpr,
    comparison: Comparison,
    number: Number,
    decided: bool,
) -> Option<EvalExpr> {
    if let Number::Integer(whole) = number
        && whole.unsigned_abs() > EXACT
    {
        return None;
    }
    let value = EvalExpr::Call("tonumber", vec![value.clone()]);
    let compared = |value| EvalExpr::binary(value, operator(comparison), EvalExpr::Number(number));
    Some(if !decided {
        compared(value)
    } else if let Some(other) = stand_in(comparison, number.as_f64()) {
        // A value that the comparison does not hold for stands for what is no number.
        compared(EvalExpr::Call("coalesce", vec![value, EvalExpr::integer(other)]))
    } else {
        compared(value).known()
    })
}

/// A small number for which the comparison is false, if there is one.
fn stand_in(comparison: Comparison, number: f64) -> Option<i64> {
    [0, -1].into_iter().find(|candidate| {
        let candidate = *candidate as f64;
        !match comparison {
            Comparison::Equal => candidate == number,
            Comparison::Less => candidate < number,
            Comparison::LessOrEqual => candidate <= number,
            Comparison::Greater => candidate > number,
            Comparison::GreaterOrEqual => candidate >= number,
        }
    })
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
