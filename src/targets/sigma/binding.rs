//! The `sigma` binding of a data source, as `data_sources/README.md` describes it.
//!
//! In: the catalogue's tree. Out: typed. Must not know any detection.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::catalogue::{Logsource, ValueMap};
use crate::maps::IndexMap;
use crate::targets::facts::Facts;
use crate::targets::field_loss::FieldLoss;

/// Where the events of a data source are, in Sigma's words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Binding {
    /// The log source.
    pub(super) logsource: Logsource,
    /// Whether rules of this log source are read as this data source. The catalogue answers by it; here it says nothing.
    #[serde(default, rename = "default")]
    _default: Option<bool>,
    /// What the log must contain, if that needs saying.
    #[serde(default)]
    pub(super) definition: Option<String>,
    /// What is true of these events alone: fields and their values.
    #[serde(default)]
    pub(super) select: IndexMap<String, Facts>,
    /// Neutral field to where it is. Native fields that are not listed keep their name.
    #[serde(default)]
    pub(super) fields: IndexMap<String, FieldBinding>,
    /// Fields that do not exist here, and why.
    #[serde(default)]
    pub(super) unmapped: IndexMap<String, String>,
}

/// Where one field is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelt {
    field: String,
    #[serde(default)]
    values: Option<ValueMap>,
    #[serde(default)]
    loss: Option<FieldLoss>,
}

/// Where one field is: its name here, its values here, and what is lost here.
#[derive(Debug)]
pub(super) struct FieldBinding {
    /// The name here.
    pub(super) field: String,
    /// How its values are written here.
    pub(super) values: Option<ValueMap>,
    /// What the field holds less here.
    pub(super) loss: Option<FieldLoss>,
}

impl<'de> Deserialize<'de> for FieldBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = FieldBinding;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a field's name, or a mapping with `field`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<FieldBinding, E> {
                Ok(FieldBinding { field: name.to_owned(), values: None, loss: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<FieldBinding, A::Error> {
                let spelt = Spelt::deserialize(MapAccessDeserializer::new(access))?;
                Ok(FieldBinding { field: spelt.field, values: spelt.values, loss: spelt.loss })
            }
        }

        deserializer.deserialize_any(FieldVisitor)
    }
}
