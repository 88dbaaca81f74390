//! The value of a field of an event, in the type of that field.
//!
//! In: a value as written, and the field. Out: a value of the IR, or a finding. Must not know what else is in the event.

use super::Resolver;
use crate::diagnostics::Code;
use crate::ir::{Field, FieldKind, FieldType, Number, Value};
use crate::schema::{EventValue, Scalar};
use crate::source::Span;

impl Resolver<'_> {
    pub(super) fn event_value(&mut self, value: &EventValue, field: &Field, span: Span) -> Option<Value> {
        match value {
            EventValue::One(scalar) => self.scalar(scalar, field, span),
            EventValue::Many(scalars) if field.many => {
                let values: Vec<_> = scalars.iter().map(|scalar| self.scalar(scalar, field, span)).collect();
                Some(Value::Many(values.into_iter().collect::<Option<_>>()?))
            }
            EventValue::Many(_) if field.field_type == FieldType::Pairs => {
                let message = format!("`{}` is a list of name/value pairs", field.name);
                let help = "write a mapping of names to values";
                self.report(self.error(Code::E0401, span, message).help(help));
                None
            }
            EventValue::Many(_) => {
                let message = format!("`{}` holds one value", field.name);
                self.report(self.error(Code::E0401, span, message));
                None
            }
            EventValue::Pairs(pairs) if field.field_type == FieldType::Pairs => {
                let text = Field { field_type: FieldType::Text, kind: FieldKind::Native, ..field.clone() };
                let pairs: Vec<_> = pairs
                    .iter()
                    .map(|(name, scalar)| Some((name.clone(), self.scalar(scalar, &text, span)?)))
                    .collect();
                Some(Value::Pairs(pairs.into_iter().collect::<Option<_>>()?))
            }
            EventValue::Pairs(_) => {
                let message = format!("`{}` is not a list of name/value pairs", field.name);
                self.report(self.error(Code::E0401, span, message));
                None
            }
        }
    }

    /// A plain value of an event, in the type of its field.
    pub(super) fn scalar(&mut self, scalar: &Scalar, field: &Field, span: Span) -> Option<Value> {
        let value = match (field.field_type, scalar) {
            (_, Scalar::Null) => Some(Value::Null),
            (FieldType::Text | FieldType::Ip, Scalar::Text(text)) => Some(Value::Text(text.clone())),
            (FieldType::Text | FieldType::Ip, other) => {
                super::value::text_of(other).map(|text| Value::Text(text.into_owned()))
            }
            (FieldType::Integer, Scalar::Integer(value)) | (FieldType::Timestamp, Scalar::Integer(value)) => {
                Some(Value::Number(Number::Integer(*value)))
            }
            (FieldType::Real, Scalar::Integer(value)) => Some(Value::Number(Number::Integer(*value))),
            (FieldType::Real, Scalar::Real(value)) => Some(Value::Number(Number::Real(*value))),
            (FieldType::Boolean, Scalar::Boolean(value)) => Some(Value::Boolean(*value)),
            (FieldType::Timestamp, Scalar::Text(text)) => {
                // Without an offset it is UTC, as in the unified audit log; a date alone is no moment.
                let moment = text.parse::<jiff::Timestamp>().is_ok()
                    || text.contains(':') && text.parse::<jiff::civil::DateTime>().is_ok();
                moment.then(|| Value::Text(text.clone()))
            }
            (FieldType::Integer | FieldType::Real | FieldType::Boolean | FieldType::Timestamp, _) => None,
            (FieldType::Pairs, _) => None,
        };
        if value.is_none() {
            let message = format!(
                "the value does not fit `{}`, which is of type {}",
                field.name,
                field.field_type.name()
            );
            let help = match field.field_type {
                FieldType::Timestamp => Some("for instance 2026-01-02T03:04:05Z".to_owned()),
                FieldType::Pairs => Some("write a mapping of names to values".to_owned()),
                FieldType::Text
                | FieldType::Integer
                | FieldType::Real
                | FieldType::Boolean
                | FieldType::Ip => None,
            };
            self.report(self.error(Code::E0401, span, message).maybe_help(help));
        }
        value
    }
}
