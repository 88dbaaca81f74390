//! What makes events belong together.

use crate::evaluate::value::text;
use crate::evaluate::view::View;
use crate::ir::{Case, Field, Number, Value};

/// The values of the fields of a group. Texts are folded, so that case does not count; a number is the same number
/// however it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key(Vec<Part>);

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Part {
    text: String,
    integer: Option<i64>,
}

impl Key {
    /// The key of an event; `None` when a field is missing or the empty text.
    pub(super) fn of<'f>(fields: impl Iterator<Item = &'f Field>, view: &View) -> Option<Self> {
        fields.map(|field| Part::of(field, view)).collect::<Option<_>>().map(Key)
    }

    /// This key and then that one.
    pub(super) fn with(&self, other: &Key) -> Key {
        Key(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Its texts.
    pub(super) fn texts(&self) -> Vec<String> {
        self.0.iter().map(|part| part.text.clone()).collect()
    }

    /// Its values, as results have them: texts in lower case.
    pub(super) fn values(&self) -> Vec<Value> {
        let value = |part: &Part| match part.integer {
            Some(integer) => Value::Number(Number::Integer(integer)),
            None => Value::Text(part.text.clone()),
        };
        self.0.iter().map(value).collect()
    }
}

impl Part {
    /// The value of a field as it is compared with others; `None` when it is missing or the empty text.
    pub(super) fn of(field: &Field, view: &View) -> Option<Self> {
        let values = view.values(field);
        let value = values.first()?;
        match value.as_ref() {
            Value::Number(Number::Integer(integer)) => Some(Self::integer(*integer)),
            // Past 2^53 a real is no exact integer any more.
            Value::Number(Number::Real(real))
                if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 =>
            {
                Some(Self::integer(*real as i64))
            }
            Value::Number(Number::Real(_)) | Value::Text(_) | Value::Boolean(_) => {
                Some(text(value)?).filter(|text| !text.is_empty()).map(|text| Self::text(&text))
            }
            Value::Null | Value::Many(_) | Value::Pairs(_) => None,
        }
    }

    fn integer(integer: i64) -> Self {
        Self { text: integer.to_string(), integer: Some(integer) }
    }

    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self { text: Case::Insensitive.fold(text), integer: None }
    }
}
