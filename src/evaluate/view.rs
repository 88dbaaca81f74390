//! One event as a detection sees it: with derived fields, and with common fields found through native ones.

use std::borrow::Cow;

use super::value::read;
use crate::catalogue::Source;
use crate::ir::{Event, Field, FieldKind, FieldType, Value};
use crate::maps::IndexMap;

/// One event with what can be asked of it.
///
/// - A native field has the event's value under that exact name.
/// - A common field has the event's value under its name; when the event does not give it, that of the native field
///   which the catalogue says is the same (`same_as`). A common field that the event gives as null is missing.
/// - A derived field has what was computed.
pub(super) struct View<'a> {
    pub(super) event: &'a Event,
    source: &'a Source,
    derived: IndexMap<&'a str, Vec<Value>>,
}

impl<'a> View<'a> {
    /// An event before any field is derived.
    pub(super) fn new(event: &'a Event, source: &'a Source) -> Self {
        Self { event, source, derived: IndexMap::default() }
    }

    /// Adds a derived field; no values mean that it is missing.
    pub(super) fn derive(&mut self, field: &'a Field, values: Vec<Value>) {
        let values = values.iter().flat_map(|value| read(value, field.field_type)).map(Cow::into_owned);
        let values = values.collect();
        self.derived.insert(&field.name, values);
    }

    /// The values of a field, without nulls. None means that the field is missing.
    pub(super) fn values(&self, field: &Field) -> Vec<Cow<'_, Value>> {
        let name: &str = &field.name;
        match field.kind {
            FieldKind::Derived => self.derived.get(name).into_iter().flatten().map(Cow::Borrowed).collect(),
            FieldKind::Native => {
                self.event.get(name).map_or(Vec::new(), |value| read(value, field.field_type))
            }
            FieldKind::Common => match self.event.get(name) {
                Some(value) => read(value, field.field_type),
                None => self.same_as(name, field.field_type),
            },
        }
    }

    fn same_as(&self, name: &str, field_type: FieldType) -> Vec<Cow<'_, Value>> {
        let native = self.source.field(name).and_then(|spec| spec.same_as.as_deref());
        let Some(native) = native.and_then(|native| self.source.field(native)) else { return Vec::new() };
        self.values(&native.field)
            .into_iter()
            .flat_map(|value| read(&value, field_type).into_iter().map(Cow::into_owned).collect::<Vec<_>>())
            .map(Cow::Owned)
            .collect()
    }

    /// Every field that has a value: the event's own, then common fields found through native ones, then derived.
    pub(super) fn fields(&self) -> IndexMap<String, Value> {
        let mut fields = IndexMap::default();
        let mut add = |name: &str, values: Vec<Cow<'_, Value>>| {
            if let Some(value) = joined(values) {
                fields.insert(name.to_owned(), value);
            }
        };
        for (name, value) in self.event.iter().filter(|(name, _)| !self.derived.contains_key(name.as_str())) {
            let known = self.source.field(name).map_or(FieldType::Text, |spec| spec.field.field_type);
            add(name, read(value, known));
        }
        for spec in self.source.fields.values().filter(|spec| spec.same_as.is_some()) {
            add(&spec.field.name, self.values(&spec.field));
        }
        for (name, values) in &self.derived {
            add(name, values.iter().map(Cow::Borrowed).collect());
        }
        fields
    }
}

/// Values as one: a single one stands alone.
pub(super) fn joined(values: Vec<Cow<'_, Value>>) -> Option<Value> {
    let mut values: Vec<Value> = values.into_iter().map(Cow::into_owned).collect();
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(Value::Many(values)),
    }
}
