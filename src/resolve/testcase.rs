//! Embedded tests: events and expectations in neutral fields.

use super::Resolver;
use super::outcome::Results;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{Event, Field, FieldKind, FieldType, Number, Summary, SummaryColumn, TestCase, Value};
use crate::schema;
use crate::schema::{EventValue, Scalar};
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// Resolves the tests. Those with findings are left out.
    pub(super) fn tests(
        &mut self,
        tests: &[Spanned<schema::TestCase>],
        summary: Option<&Summary>,
        scope: &Scope,
    ) -> Vec<TestCase> {
        tests.iter().map(|test| self.test(&test.value, summary, scope)).collect()
    }

    fn test(&mut self, test: &schema::TestCase, summary: Option<&Summary>, scope: &Scope) -> TestCase {
        self.single_line("the name of a test", &test.name);
        if test.events.is_empty() && !self.is_spoilt(test.name.span.to(test.expect.span)) {
            let finding = self.error(Code::E0207, test.name.span, "the test has no events");
            self.report(finding.help("give at least one under `events`"));
        }
        let events = test.events.iter().map(|event| self.event(&event.value, scope)).collect();
        let results = Results { summary, scope };
        let mut with = Vec::new();
        for (name, value) in &test.expect.value.with {
            if summary.is_some() && SummaryColumn::of(&name.value).is_some() {
                let finding = self
                    .error(Code::E0312, name.span, format!("`{}` cannot be expected here", name.value))
                    .help("`matches` counts the results");
                self.report(finding);
                continue;
            }
            if let Some(field) = self.result_field(name, &results)
                && let Some(converted) = self.scalar(&value.value, &field.value, value.span)
            {
                with.push((field, Spanned::new(converted, value.span)));
            }
        }
        TestCase { name: test.name.clone(), events, matches: test.expect.value.matches, with }
    }

    fn event(&mut self, event: &schema::Event, scope: &Scope) -> Event {
        let mut converted = Event::new();
        for (name, value) in event {
            if scope.is_derived(&name.value) {
                let finding = self
                    .error(
                        Code::E0602,
                        name.span,
                        format!("`{}` is derived, so an event does not give it", name.value),
                    )
                    .help("give the fields that it is derived from");
                self.report(finding);
                continue;
            }
            let Some(field) = scope.field(&name.value).cloned() else {
                let near = self.near(&name.value, scope.names());
                let finding = self
                    .error(
                        Code::E0602,
                        name.span,
                        format!("`{}` has no field `{}`", scope.source.id, name.value),
                    )
                    .maybe_help(near);
                self.report(finding);
                continue;
            };
            if let Some(value) = self.event_value(&value.value, &field, value.span) {
                converted.insert(name.value.clone(), value);
            }
        }
        converted
    }

    fn event_value(&mut self, value: &EventValue, field: &Field, span: Span) -> Option<Value> {
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
    fn scalar(&mut self, scalar: &Scalar, field: &Field, span: Span) -> Option<Value> {
        let value = match (field.field_type, scalar) {
            (_, Scalar::Null) => Some(Value::Null),
            (FieldType::Text | FieldType::Ip, Scalar::Text(text)) => Some(Value::Text(text.clone())),
            (FieldType::Text | FieldType::Ip, other) => super::value::text_of(other).map(Value::Text),
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
