//! One event: an object of fields.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Reader, first_line, record};
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::IndexMap;
use crate::schema::{Event, EventValue, Scalar};
use crate::source::{Span, Spanned};

/// The keys and values of an object in their order, also repeated ones.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key()? {
            entries.push((key, access.next_value()?));
        }
        Ok(Entries(entries))
    }
}

impl<'a> Reader<'a> {
    /// The event in an object, and whether it is a record of Windows; nothing when one of its fields has a problem.
    pub(super) fn object(&mut self, object: &'a RawValue) -> Option<(Event, bool)> {
        let before = self.findings.len();
        let start = self.span_of(object).start;
        let Entries(entries) = match serde_json::from_str(object.get()) {
            Ok(entries) => entries,
            Err(error) => {
                self.no_json(&error, start);
                return None;
            }
        };
        if let [(name, value)] = entries.as_slice()
            && name == "Event"
            && let Some(fields) =
                serde_json::from_str(value.get()).ok().and_then(|event| record::fields(&event))
        {
            let event = self.record(fields, self.span_of(object));
            return (self.findings.len() == before).then_some((event, true));
        }
        let mut event: Event = IndexMap::default();
        let mut from = start + 1;
        for (name, value) in entries {
            let span = self.span_of(value);
            let name = Spanned::new(name, self.key(from, span.start));
            from = span.end;
            let known = event.get_key_value(&name).map(|(known, _)| known.span);
            if let Some(known) = known {
                let finding = Diagnostic::new(Code::E1221, format!("`{}` is given twice", name.value))
                    .at(self.file, name.span, "")
                    .at(self.file, known, "here too")
                    .help("keep one of them; several values are written as an array");
                self.findings.push(finding);
            } else if let Some(value) = self.field(&name.value, value) {
                event.insert(name, Spanned::new(value, span));
            }
        }
        (self.findings.len() == before).then_some((event, false))
    }

    /// The event in a record, which says when it was. All of it has the place of the record.
    fn record(&mut self, fields: IndexMap<String, Value>, span: Span) -> Event {
        let mut event = Event::default();
        for (name, value) in fields {
            let at = (name == record::TIME).then_some("at");
            if let Some(value) = self.converted(&name, value, span) {
                for name in at.into_iter().chain([name.as_str()]) {
                    event.insert(Spanned::new(name.to_owned(), span), Spanned::new(value.clone(), span));
                }
            }
        }
        event
    }

    /// The place of the key that stands between two bytes, with its quotes.
    fn key(&self, from: usize, to: usize) -> Span {
        let between = self.file.text().get(from..to).unwrap_or_default();
        match (between.find('"'), between.rfind('"')) {
            (Some(first), Some(last)) => Span::new(from + first, from + last + 1),
            _ => Span::new(from, to),
        }
    }

    /// The value of a field: a plain value, a list of them, or names with plain values.
    fn field(&mut self, name: &str, value: &RawValue) -> Option<EventValue> {
        let read: Value = match serde_json::from_str(value.get()) {
            Ok(read) => read,
            Err(error) => {
                self.no_json(&error, self.span_of(value).start);
                return None;
            }
        };
        self.converted(name, read, self.span_of(value))
    }

    /// The value of a field that stands at this place.
    fn converted(&mut self, name: &str, value: Value, span: Span) -> Option<EventValue> {
        let converted = match value {
            Value::Array(members) => {
                members.into_iter().map(scalar).collect::<Result<_, _>>().map(EventValue::Many)
            }
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| Ok((name, scalar(value)?)))
                .collect::<Result<_, _>>()
                .map(EventValue::Pairs),
            plain => scalar(plain).map(EventValue::One),
        };
        converted
            .map_err(|problem| {
                let place = first_line(self.file, span);
                let (message, help) = match problem {
                    Unfit::Nested => (
                        format!("the value of `{name}` is nested too deep"),
                        "a field holds a plain value, an array of them, or an object of them",
                    ),
                    Unfit::Large => (
                        format!("the number in `{name}` is too large to be kept exactly"),
                        "write it in quotes if it is text",
                    ),
                };
                self.findings.push(Diagnostic::new(Code::E1221, message).at(self.file, place, "").help(help));
            })
            .ok()
    }
}

/// Why a value cannot stand in a field.
enum Unfit {
    /// A collection inside of a collection.
    Nested,
    /// A whole number beyond 64 bits with a sign.
    Large,
}

fn scalar(value: Value) -> Result<Scalar, Unfit> {
    Ok(match value {
        Value::Null => Scalar::Null,
        Value::Bool(boolean) => Scalar::Boolean(boolean),
        Value::String(text) => Scalar::Text(text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Scalar::Integer(integer),
            (None, Some(real)) if number.is_f64() && real.abs() < 9_007_199_254_740_992.0 => {
                Scalar::Real(real)
            }
            _ => return Err(Unfit::Large),
        },
        Value::Array(_) | Value::Object(_) => return Err(Unfit::Nested),
    })
}
