//! Values of eval expressions.

use super::{Answer, Problem};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number that an expression made or a literal wrote.
    Number(f64),
    /// A text that a literal wrote or a function made.
    Text(String),
    /// A field's single value: text that acts as a number beside a number (E10).
    Field(String),
    /// Several values.
    Many(Vec<String>),
}

impl Value {
    /// The value as a single text. Null is none.
    pub(super) fn text(&self) -> Answer<Option<String>> {
        match self {
            Value::Null => Ok(None),
            Value::Text(text) | Value::Field(text) => Ok(Some(text.clone())),
            Value::Number(number) => Ok(Some(number.to_string())),
            Value::Boolean(_) => Err(Problem::Syntax("a boolean used as text (E25)".to_owned())),
            Value::Many(_) => Err(Problem::Undetermined("a multivalue field where one value is expected")),
        }
    }

    /// The value as several. Null is none.
    pub(super) fn many(&self) -> Answer<Option<Vec<String>>> {
        match self {
            Value::Many(values) => Ok(Some(values.clone())),
            other => Ok(other.text()?.map(|text| vec![text])),
        }
    }

    /// The value as it is assigned to a field.
    pub(super) fn into_field(self) -> Answer<Option<Vec<String>>> {
        self.many()
    }

    /// The truth of a condition: `None` for null.
    pub(super) fn truth(&self) -> Answer<Option<bool>> {
        match self {
            Value::Boolean(value) => Ok(Some(*value)),
            Value::Null => Ok(None),
            _ => Err(Problem::Syntax("a value used as a condition".to_owned())),
        }
    }
}
