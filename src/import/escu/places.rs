//! Splunk bindings of the catalogue, read backwards: which neutral field is behind a field of a search.
//!
//! In: the catalogue. Out: for each data source where its events are in Splunk, and its fields by their names there.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::catalogue::{Catalogue, Source, ValueMap};
use crate::ir::FieldType;
use crate::maps::IndexMap;
use crate::schema::{Scalar, Values};

/// A binding. What is not needed here is read over.
#[derive(Deserialize)]
struct Written {
    #[serde(default, rename = "macro")]
    macro_name: Option<String>,
    #[serde(default)]
    data_model: Option<String>,
    #[serde(default)]
    select: IndexMap<String, Values>,
    #[serde(default)]
    each: Option<WrittenPlace>,
    #[serde(default)]
    fields: IndexMap<String, WrittenPlace>,
    #[serde(default)]
    unmapped: IndexMap<String, String>,
    #[serde(default, rename = "keywords")]
    _keywords: IgnoredAny,
    #[serde(default)]
    missing: Option<String>,
}

/// A field: its name there, or a mapping.
#[derive(Clone)]
enum WrittenPlace {
    Name(String),
    Mapped(Box<WrittenMapped>),
}

#[derive(Deserialize, Clone)]
struct WrittenMapped {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    values: Option<WrittenValues>,
    #[serde(default)]
    loss: Option<IgnoredAny>,
    #[serde(default, rename = "eval")]
    _eval: IgnoredAny,
    #[serde(default, rename = "constant")]
    _constant: IgnoredAny,
    #[serde(default, rename = "names")]
    _names: IgnoredAny,
    #[serde(default, rename = "aligned")]
    _aligned: IgnoredAny,
}

/// How values are written there; beside `names`, the field with the values.
#[derive(Clone)]
enum WrittenValues {
    Field,
    Map(ValueMap),
}

impl<'de> Deserialize<'de> for WrittenPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlaceVisitor;

        impl<'de> Visitor<'de> for PlaceVisitor {
            type Value = WrittenPlace;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a field, or a mapping")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<WrittenPlace, E> {
                Ok(WrittenPlace::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<WrittenPlace, A::Error> {
                let mapped = WrittenMapped::deserialize(MapAccessDeserializer::new(access))?;
                Ok(WrittenPlace::Mapped(Box::new(mapped)))
            }
        }

        deserializer.deserialize_any(PlaceVisitor)
    }
}

impl<'de> Deserialize<'de> for WrittenValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;

        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = WrittenValues;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a field, or how values are written there")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<WrittenValues, E> {
                Ok(WrittenValues::Field)
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<WrittenValues, A::Error> {
                ValueMap::deserialize(MapAccessDeserializer::new(access)).map(WrittenValues::Map)
            }
        }

        deserializer.deserialize_any(ValuesVisitor)
    }
}

/// A data source in one profile of Splunk.
#[derive(Debug)]
pub(super) struct Home {
    /// The data source.
    pub(super) source: String,
    /// The macro that a search starts with.
    pub(super) macro_name: Option<String>,
    /// The data set of `tstats`.
    pub(super) model: Option<String>,
    /// What the data set writes where an event has no value: then no row lacks a field.
    pub(super) missing: Option<String>,
    /// What is always true of the events: field there, values there.
    pub(super) facts: Vec<(String, Vec<String>)>,
    /// Field there to the neutral fields that it holds.
    fields: IndexMap<String, Vec<Place>>,
}

/// A neutral field, as it is in Splunk.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The neutral name.
    pub(super) field: String,
    /// Its type.
    pub(super) field_type: FieldType,
    /// How its values are written there, if differently.
    pub(super) values: Option<ValueMap>,
    /// Whether a common field.
    common: bool,
    /// Whether it holds less there than it should.
    lossy: bool,
}

impl Home {
    /// The neutral field for a condition: one without loss, native before common.
    pub(super) fn tested(&self, there: &str) -> Option<&Place> {
        self.fields.get(there)?.iter().min_by_key(|place| (place.lossy, place.common))
    }

    /// The neutral field for results: one without loss, common before native.
    pub(super) fn shown(&self, there: &str) -> Option<&Place> {
        self.fields.get(there)?.iter().min_by_key(|place| (place.lossy, !place.common))
    }
}

/// Data models that have one root data set: the name of the model alone means it.
const ROOTS: &[(&str, &str)] = &[
    ("Authentication", "Authentication.Authentication"),
    ("Change", "Change.All_Changes"),
    ("Network_Resolution", "Network_Resolution.DNS"),
    ("Network_Traffic", "Network_Traffic.All_Traffic"),
    ("Web", "Web.Web"),
];

/// The data set that a search names.
pub(super) fn data_set(model: &str) -> &str {
    ROOTS.iter().find(|(known, _)| *known == model).map_or(model, |(_, root)| root)
}

/// All data sources in a profile. A binding that cannot be read is left out: checking the catalogue is not done here.
pub(super) fn homes(catalogue: &Catalogue, profile: &str) -> Vec<Home> {
    let sources = catalogue.ids().filter_map(|id| catalogue.source(id)?.ok());
    sources.filter_map(|source| home(&source, profile)).collect()
}

fn home(source: &Source, profile: &str) -> Option<Home> {
    let written: Written = source.binding(profile).ok()??;
    let mut fields: IndexMap<String, Vec<Place>> = IndexMap::default();
    for (name, spec) in &source.fields {
        if written.unmapped.contains_key(name) {
            continue;
        }
        let same = spec.same_as.as_ref().and_then(|native| {
            written.fields.get(native).cloned().or_else(|| instantiate(written.each.as_ref()?, native))
        });
        let common = spec.field.kind == crate::ir::FieldKind::Common;
        let each = || if common { None } else { instantiate(written.each.as_ref()?, name) };
        let Some(place) = written.fields.get(name).cloned().or(same).or_else(each) else { continue };
        let (there, values, lossy) = match place {
            WrittenPlace::Name(there) => (there, None, false),
            WrittenPlace::Mapped(mapped) => {
                let values = match mapped.values {
                    Some(WrittenValues::Field) => continue,
                    Some(WrittenValues::Map(map)) => Some(map),
                    None => None,
                };
                let Some(there) = mapped.field else { continue };
                (there, values, mapped.loss.is_some())
            }
        };
        let place = Place { field: name.clone(), field_type: spec.field.field_type, values, common, lossy };
        fields.entry(there).or_default().push(place);
    }
    let facts = written.select.iter().map(|(field, values)| (field.clone(), texts(values)));
    Some(Home {
        source: source.id.clone(),
        macro_name: written.macro_name.clone(),
        model: written.data_model.clone(),
        missing: written.missing.clone(),
        facts: facts.collect(),
        fields,
    })
}

fn instantiate(each: &WrittenPlace, name: &str) -> Option<WrittenPlace> {
    match each {
        WrittenPlace::Name(text) => Some(WrittenPlace::Name(text.replace("{field}", name))),
        WrittenPlace::Mapped(mapped) => {
            let field = Some(mapped.field.as_ref()?.replace("{field}", name));
            Some(WrittenPlace::Mapped(Box::new(WrittenMapped { field, ..mapped.as_ref().clone() })))
        }
    }
}

fn texts(values: &Values) -> Vec<String> {
    let text = |value: &Scalar| match value {
        Scalar::Null => String::new(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Real(value) => value.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    match values {
        Values::One(value) => vec![text(value)],
        Values::Many(values) => values.iter().map(|value| text(&value.value)).collect(),
    }
}
