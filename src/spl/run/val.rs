//! Values within an expression.

use std::borrow::Cow;
use std::sync::Arc;

use super::Answer;
use super::truth::Truth;
use crate::spl::problem::Stop;
use crate::spl::value::{Look, Value, look, number_text};

/// A value within an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Val {
    /// Nothing.
    Null,
    /// A text that a literal wrote or a function made: no number, whatever it looks like (E09, E46).
    Text(Arc<str>),
    /// The text of a field: acts as a number beside a number when it looks like one (E10).
    Field(Arc<str>),
    /// A number.
    Number(f64),
    /// A condition's outcome.
    Truth(Truth),
    /// Several values.
    Many(Arc<[Arc<str>]>),
}

impl Val {
    /// A text that a function made.
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// True or false.
    pub(super) fn truth(value: bool) -> Self {
        Self::Truth(Truth::known(value))
    }

    /// Several values; none is null and one a single value.
    pub(super) fn many(values: Vec<Arc<str>>) -> Self {
        match Value::many(values) {
            None => Val::Null,
            Some(Value::Many(values)) => Val::Many(values),
            Some(Value::Text(text)) => Val::Field(text),
            Some(Value::Number(number)) => Val::Number(number),
        }
    }

    /// The value of a field.
    pub(super) fn of(value: Option<&Value>) -> Self {
        match value {
            None => Val::Null,
            Some(Value::Text(text)) => Val::Field(Arc::clone(text)),
            Some(Value::Number(number)) => Val::Number(*number),
            Some(Value::Many(values)) => Val::Many(Arc::clone(values)),
        }
    }

    /// As it is put into a field. What is null removes the field (E57, E59).
    pub(super) fn into_value(self) -> Answer<Option<Value>> {
        Ok(match self {
            Val::Null => None,
            Val::Text(text) | Val::Field(text) => Some(Value::Text(text)),
            Val::Number(number) => Some(Value::Number(number)),
            Val::Many(values) => Some(Value::Many(values)),
            // Refused when compiled (E25); a branch of `if` can still bring one.
            Val::Truth(_) => return Err(Stop::open("E25")),
        })
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Val::Null)
    }

    /// The value as a single text; none when null. Where one value is expected, several are not documented.
    pub(super) fn one_text(&self) -> Answer<Option<Cow<'_, str>>> {
        match self {
            Val::Null => Ok(None),
            Val::Text(text) | Val::Field(text) => Ok(Some(Cow::Borrowed(text))),
            Val::Number(number) => Ok(Some(Cow::Owned(number_text(*number)))),
            Val::Many(_) => Err(Stop::open("C3")),
            Val::Truth(_) => Err(Stop::open("E25")),
        }
    }

    /// All values as texts; none when null.
    pub(super) fn all_texts(&self) -> Answer<Option<Vec<Arc<str>>>> {
        match self {
            Val::Many(values) => Ok(Some(values.to_vec())),
            Val::Text(text) | Val::Field(text) => Ok(Some(vec![Arc::clone(text)])),
            other => Ok(other.one_text()?.map(|text| vec![text.into()])),
        }
    }

    /// The value as a number: none for null and for a field that is none (E11).
    pub(super) fn number(&self) -> Answer<Option<f64>> {
        match self {
            Val::Null => Ok(None),
            Val::Number(number) => Ok(Some(*number)),
            Val::Field(text) => match look(text) {
                Look::Number(number) => Ok(Some(number)),
                Look::Text => Ok(None),
                Look::Doubtful => Err(Stop::open("E10")),
            },
            // A text that an expression made is no number until `tonumber` makes it one.
            Val::Text(text) if look(text) == Look::Text => Ok(None),
            Val::Text(_) => Err(Stop::open("E10")),
            Val::Many(_) => Err(Stop::open("C3")),
            Val::Truth(_) => Err(Stop::open("E25")),
        }
    }

    /// The value as a condition.
    pub(super) fn as_truth(&self) -> Answer<Truth> {
        match self {
            Val::Truth(truth) => Ok(*truth),
            Val::Null => Ok(Truth::not_true()),
            _ => Err(Stop::open("E25")),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Val::Text(text) | Val::Field(text) => text.len() + 16,
            Val::Many(values) => values.iter().map(|text| text.len() + 16).sum(),
            Val::Null | Val::Number(_) | Val::Truth(_) => 16,
        }
    }
}
