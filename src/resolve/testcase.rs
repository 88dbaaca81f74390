//! Embedded tests: events and expectations in neutral fields.

use super::Resolver;
use super::outcome::Results;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{
    Duration, Event, Field, FieldKind, FieldType, Number, Observation, Summary, SummaryColumn, TestCase,
    Time, Value,
};
use crate::schema;
use crate::schema::{EventValue, Scalar};
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// Resolves the tests. Those with findings are left out. `scope` is that of the results, `scopes` are all.
    pub(super) fn tests(
        &mut self,
        tests: &[Spanned<schema::TestCase>],
        summary: Option<&Summary>,
        scope: &Scope,
        scopes: &[&Scope],
    ) -> Vec<TestCase> {
        let results = Results { summary, scope: Some(scope) };
        tests.iter().map(|test| self.test(&test.value, &results, scopes)).collect()
    }

    fn test(&mut self, test: &schema::TestCase, results: &Results, scopes: &[&Scope]) -> TestCase {
        self.single_line("the name of a test", &test.name);
        if test.events.is_empty() && !self.is_spoilt(test.name.span.to(test.expect.span)) {
            let finding = self.error(Code::E0207, test.name.span, "the test has no events");
            self.report(finding.help("give at least one under `events`"));
        }
        let events = test.events.iter().filter_map(|event| self.observation(event, scopes)).collect();
        let now = test.now.as_ref().and_then(|now| self.time(&now.value, now.span));
        let mut with = Vec::new();
        for (name, value) in &test.expect.value.with {
            if results.summary.is_some() && SummaryColumn::of(&name.value).is_some() {
                let finding = self
                    .error(Code::E0312, name.span, format!("`{}` cannot be expected here", name.value))
                    .help("`matches` counts the results");
                self.report(finding);
                continue;
            }
            if let Some(field) = self.result_field(name, results)
                && let Some(converted) = self.scalar(&value.value, &field.value, value.span)
            {
                with.push((field, Spanned::new(converted, value.span)));
            }
        }
        TestCase { name: test.name.clone(), events, now, matches: test.expect.value.matches, with }
    }

    /// An event with its time and data source.
    pub(super) fn observation(
        &mut self,
        event: &Spanned<schema::Event>,
        scopes: &[&Scope],
    ) -> Option<Observation> {
        let scope = self.scope_of(event, scopes)?;
        let time = match event.value.get(Observation::AT) {
            None => Some(Time::TEST_START),
            Some(Spanned { value: EventValue::One(scalar), span }) => {
                self.time(&super::value::text_of(scalar).unwrap_or_default(), *span)
            }
            Some(Spanned { value: EventValue::Many(_) | EventValue::Pairs(_), span }) => self.time("", *span),
        };
        let fields = self.event(&event.value, scope);
        Some(Observation { time: time?, data_source: scope.source.id.as_str().into(), event: fields })
    }

    /// The scope of an event: that of the data source which it names, or of the only one.
    fn scope_of<'s>(
        &mut self,
        event: &Spanned<schema::Event>,
        scopes: &[&'s Scope<'s>],
    ) -> Option<&'s Scope<'s>> {
        let ids = || scopes.iter().map(|scope| scope.source.id.as_str());
        match event.value.get(Observation::DATA_SOURCE) {
            Some(Spanned { value: EventValue::One(Scalar::Text(id)), span }) => {
                let found = scopes.iter().find(|scope| scope.source.id == *id).copied();
                if found.is_none() {
                    let near = self.near(id, ids());
                    let message = format!("the detection does not read `{id}`");
                    self.report(self.error(Code::E0319, *span, message).maybe_help(near));
                }
                found
            }
            Some(Spanned { span, .. }) => {
                self.report(self.error(Code::E0319, *span, "`data_source` holds the id of a data source"));
                None
            }
            None if ids().all(|id| id == scopes[0].source.id) => Some(scopes[0]),
            None => {
                let finding =
                    self.error(Code::E0319, event.span, "the event does not say of which data source it is");
                let help = format!("add, for instance, `data_source: {}`", scopes[0].source.id);
                self.report(finding.help(help));
                None
            }
        }
    }

    /// A moment of a test: an offset from its start, or an RFC 3339 text.
    pub(super) fn time(&mut self, text: &str, span: Span) -> Option<Time> {
        if matches!(text, "0" | "0s" | "0m" | "0h" | "0d") {
            return Some(Time::TEST_START);
        }
        if let Ok(offset) = Duration::parse(text) {
            return Some(Time::TEST_START.after(offset));
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Some(Time { milliseconds: moment.as_millisecond() }),
            Err(_) => {
                let finding = self.error(Code::E0401, span, "this is no moment of a test");
                let help =
                    "an offset from its start, for instance 90s or 2h, or for instance 2026-01-02T03:04:05Z";
                self.report(finding.help(help));
                None
            }
        }
    }

    fn event(&mut self, event: &schema::Event, scope: &Scope) -> Event {
        let mut converted = Event::new();
        for (name, value) in event.iter().filter(|(name, _)| !Observation::is_key(&name.value)) {
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
