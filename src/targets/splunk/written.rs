//! A binding as written in the catalogue: serde types, no behaviour.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::catalogue::ValueMap;
use crate::maps::IndexMap;
use crate::source::Spanned;
use crate::targets::facts::Facts;
use crate::targets::field_loss::FieldLoss;

/// The whole binding.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default, rename = "macro")]
    pub(super) macro_name: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) data_model: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) select: IndexMap<Spanned<String>, Spanned<Facts>>,
    #[serde(default)]
    pub(super) keywords: Option<Spanned<WrittenField>>,
    #[serde(default)]
    pub(super) missing: Option<Spanned<String>>,
    /// Where native fields are that are in neither of the two below; `{field}` stands for the name.
    #[serde(default)]
    pub(super) each: Option<Spanned<WrittenField>>,
    #[serde(default)]
    pub(super) fields: IndexMap<Spanned<String>, Spanned<WrittenField>>,
    #[serde(default)]
    pub(super) unmapped: IndexMap<String, String>,
}

/// A field: its name there, or a mapping.
#[derive(Clone)]
pub(super) enum WrittenField {
    Name(String),
    Mapped(Box<WrittenMapped>),
}

/// A field that is more than a name.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMapped {
    #[serde(default)]
    pub(super) field: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) eval: Option<Spanned<String>>,
    #[serde(default, deserialize_with = "constant")]
    pub(super) constant: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) names: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) values: Option<Spanned<WrittenValues>>,
    #[serde(default)]
    pub(super) aligned: bool,
    #[serde(default)]
    pub(super) loss: Option<FieldLoss>,
}

/// Beside `names`, the field with the values; otherwise how values are written.
#[derive(Clone)]
pub(super) enum WrittenValues {
    Field(String),
    Map(ValueMap),
}

fn constant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Spanned<String>>, D::Error> {
    let Spanned { value: Facts(mut values), span } = Spanned::deserialize(deserializer)?;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(Some(Spanned::new(value.to_string(), span))),
        _ => Err(D::Error::custom("a constant is one value")),
    }
}

impl<'de> Deserialize<'de> for WrittenField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = WrittenField;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a field, or a mapping")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<WrittenField, E> {
                Ok(WrittenField::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<WrittenField, A::Error> {
                WrittenMapped::deserialize(MapAccessDeserializer::new(access))
                    .map(|mapped| WrittenField::Mapped(Box::new(mapped)))
            }
        }

        deserializer.deserialize_any(FieldVisitor)
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

            fn visit_str<E: Error>(self, name: &str) -> Result<WrittenValues, E> {
                Ok(WrittenValues::Field(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<WrittenValues, A::Error> {
                let map = ValueMap::deserialize(MapAccessDeserializer::new(&mut access))?;
                // An enum reads one entry and leaves the others.
                match access.next_key::<String>()? {
                    Some(_) => Err(A::Error::custom("expected exactly one key here")),
                    None => Ok(WrittenValues::Map(map)),
                }
            }
        }

        deserializer.deserialize_any(ValuesVisitor)
    }
}
