//! A Splunk binding as the catalogue writes it, for reading it backwards.
//!
//! In: `data_sources/README.md`. Out: types without behaviour beyond the choice of a place. Shares nothing with the
//! target, which reads the same text in its own way.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::catalogue::{Source, ValueMap};
use crate::ir::FieldKind;
use crate::maps::IndexMap;

/// A binding.
#[derive(Debug, Deserialize)]
pub(super) struct Binding {
    /// The macro that stands for the events.
    #[serde(default, rename = "macro")]
    pub(super) macro_name: Option<String>,
    /// The data set, when the events are those of a data model.
    #[serde(default)]
    pub(super) data_model: Option<String>,
    /// What is true of every event: fields, each with the values that it can have.
    #[serde(default)]
    pub(super) select: IndexMap<String, Json>,
    #[serde(default)]
    keywords: Option<Place>,
    /// What stands for a missing value.
    #[serde(default)]
    pub(super) missing: Option<String>,
    #[serde(default)]
    each: Option<Place>,
    /// Where fields are.
    #[serde(default)]
    pub(super) fields: IndexMap<String, Place>,
    /// Why fields are not there.
    #[serde(default)]
    pub(super) unmapped: IndexMap<String, String>,
}

/// Where a field is.
#[derive(Debug, Deserialize, Clone)]
#[serde(untagged)]
pub(super) enum Place {
    /// A field.
    Name(String),
    /// Anything else.
    Mapped(Box<Mapped>),
}

/// Where a field is, in full.
#[derive(Debug, Deserialize, Clone, Default)]
pub(super) struct Mapped {
    #[serde(default)]
    pub(super) field: Option<String>,
    #[serde(default)]
    pub(super) eval: Option<String>,
    #[serde(default)]
    pub(super) constant: Option<Json>,
    #[serde(default)]
    pub(super) names: Option<String>,
    #[serde(default)]
    pub(super) values: Option<Written>,
}

/// Beside `names` the field with the values; else how values are written.
#[derive(Debug, Deserialize, Clone)]
#[serde(untagged)]
pub(super) enum Written {
    /// A field.
    Field(String),
    /// A translation.
    Map(ValueMap),
}

impl Binding {
    /// Where a field is.
    pub(super) fn place(&self, source: &Source, name: &str) -> Option<Mapped> {
        if self.unmapped.contains_key(name) {
            return None;
        }
        if let Some(place) = self.fields.get(name) {
            return Some(place.mapped());
        }
        let spec = source.field(name)?;
        match (spec.field.kind, &spec.same_as) {
            (FieldKind::Native, _) => self.each.as_ref().map(|each| each.mapped().of(name)),
            (FieldKind::Common, Some(native)) => self.place(source, native),
            (FieldKind::Common, None) | (FieldKind::Derived, _) => None,
        }
    }

    /// Why a field is not there.
    pub(super) fn reason(&self, source: &Source, name: &str) -> String {
        let native = source.field(name).and_then(|spec| spec.same_as.as_deref());
        let known = self.unmapped.get(name).or_else(|| self.unmapped.get(native?));
        known.cloned().unwrap_or_else(|| "the field does not exist there".to_owned())
    }

    /// The field that holds the whole event's text.
    pub(super) fn keywords(&self) -> String {
        let field = self.keywords.as_ref().and_then(|place| place.mapped().field);
        field.unwrap_or_else(|| "_raw".to_owned())
    }

    /// Whether the events are JSON, by the names of their fields and by how they are read.
    pub(super) fn is_json(&self) -> bool {
        let is_path = |name: &str| name.contains("{}") || (self.data_model.is_none() && name.contains('.'));
        self.fields.values().map(Place::mapped).any(|place| {
            let names = [&place.field, &place.names];
            names.into_iter().flatten().any(|name| is_path(name))
                || place.eval.is_some_and(|eval| eval.contains("{}") || eval.contains("json_extract(_raw"))
        })
    }

    /// The fields of the event that places name, without those that expressions read.
    pub(super) fn raw_names(&self) -> impl Iterator<Item = String> {
        self.fields.values().filter_map(|place| place.mapped().field)
    }
}

impl Place {
    /// In full.
    fn mapped(&self) -> Mapped {
        match self {
            Place::Name(name) => Mapped { field: Some(name.clone()), ..Mapped::default() },
            Place::Mapped(mapped) => (**mapped).clone(),
        }
    }
}

impl Mapped {
    /// With the field's name in the places for it.
    fn of(mut self, name: &str) -> Self {
        for text in [&mut self.field, &mut self.eval].into_iter().flatten() {
            *text = text.replace("{field}", name);
        }
        self
    }
}
