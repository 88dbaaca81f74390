//! What a catalogue file says about a data source in this target: the format of `data_sources/README.md`.
//!
//! In: the binding's tree. Out: these types, as written. Must not know detections; `prepared` checks the expressions.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::each::Written as Each;
use crate::catalogue::ValueMap;
use crate::maps::IndexMap;
use crate::source::Spanned;
use crate::targets::field_loss::FieldLoss;

/// One binding, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Binding {
    /// The table.
    #[serde(default)]
    pub(super) table: Option<Spanned<String>>,
    /// A function that gives a table, called without arguments.
    #[serde(default)]
    pub(super) function: Option<Spanned<String>>,
    /// Several tables, each brought to neutral names.
    #[serde(default)]
    pub(super) union: Vec<Leg>,
    /// Functions and values that expressions use.
    #[serde(default)]
    pub(super) lets: IndexMap<Spanned<String>, Spanned<String>>,
    /// The column with the time of the event.
    #[serde(default)]
    pub(super) time: Option<Spanned<String>>,
    /// A condition that is always needed.
    #[serde(default, rename = "where")]
    pub(super) condition: Option<Spanned<String>>,
    /// An expression with the whole event's text.
    #[serde(default)]
    pub(super) keywords: Option<Spanned<String>>,
    /// Name/value lists that become property bags.
    #[serde(default)]
    pub(super) bags: IndexMap<Spanned<String>, Bag>,
    /// Columns that a summary carries along, so that an alert names its device or account.
    #[serde(default)]
    pub(super) identity: Vec<Spanned<String>>,
    /// Where native fields are that are in neither of the two below; for a single table.
    #[serde(default)]
    pub(super) each: Option<Each>,
    /// Where each field is.
    #[serde(default)]
    pub(super) fields: IndexMap<Spanned<String>, FieldBinding>,
    /// Fields that do not exist here, with the reason.
    #[serde(default)]
    pub(super) unmapped: IndexMap<String, String>,
}

/// One table of a union.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leg {
    /// The table.
    #[serde(default)]
    pub(super) table: Option<Spanned<String>>,
    /// A function that gives a table, called without arguments.
    #[serde(default)]
    pub(super) function: Option<Spanned<String>>,
    /// Which of its rows.
    #[serde(default, rename = "where")]
    pub(super) condition: Option<Spanned<String>>,
    /// Where native fields are that are not in `fields`.
    #[serde(default)]
    pub(super) each: Option<Each>,
    /// Where the other fields are.
    #[serde(default)]
    pub(super) fields: IndexMap<Spanned<String>, FieldBinding>,
}

/// A name/value list that becomes a property bag.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bag {
    /// An expression that is a dynamic array.
    pub(super) of: Spanned<String>,
    /// The key of the name in each element.
    pub(super) name: String,
    /// The key of the value in each element.
    pub(super) value: String,
}

/// Where a field is, and what its values look like there.
#[derive(Debug)]
pub(super) struct FieldBinding {
    /// Where.
    pub(super) location: Location,
    /// The type there.
    pub(super) column_type: Type,
    /// How values are written there.
    pub(super) values: Option<ValueMap>,
    /// What the field lacks there.
    pub(super) loss: Option<FieldLoss>,
}

/// Where a field is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Location {
    /// A column.
    Column(Spanned<String>),
    /// A scalar expression.
    Expr(Spanned<String>),
    /// An expression that is a dynamic array of plain values.
    Array(Spanned<String>),
    /// An expression that is a dynamic array of bags with a name and a value.
    Pairs {
        /// The array.
        list: Spanned<String>,
        /// The key of the name.
        name: String,
        /// The key of the value.
        value: String,
    },
    /// Always this text.
    Constant(String),
}

/// The type of a column or expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    /// Text; never null, an absent value is empty.
    String,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A floating-point number.
    Real,
    /// True or false.
    Bool,
    /// A moment, in UTC.
    Datetime,
    /// A GUID.
    Guid,
    /// Anything.
    Dynamic,
}

impl Type {
    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Bool => "bool",
            Type::Datetime => "datetime",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    column: Option<Spanned<String>>,
    #[serde(default)]
    expr: Option<Spanned<String>>,
    #[serde(default)]
    array: Option<Spanned<String>>,
    #[serde(default)]
    pairs: Option<Spanned<String>>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    constant: Option<String>,
    #[serde(default, rename = "type")]
    column_type: Option<Type>,
    #[serde(default)]
    values: Option<ValueMap>,
    #[serde(default)]
    loss: Option<FieldLoss>,
}

impl Written {
    fn location(&self) -> Result<Location, &'static str> {
        let given = [&self.column, &self.expr, &self.array, &self.pairs];
        let count =
            given.iter().filter(|option| option.is_some()).count() + usize::from(self.constant.is_some());
        if count != 1 {
            return Err("expected exactly one of `column`, `expr`, `array`, `pairs`, `constant`");
        }
        if self.pairs.is_none() && (self.name.is_some() || self.value.is_some()) {
            return Err("`name` and `value` belong to `pairs`");
        }
        if let Some(text) = &self.constant {
            return Ok(Location::Constant(text.clone()));
        }
        if let Some(name) = &self.column {
            return Ok(Location::Column(name.clone()));
        }
        if let Some(text) = &self.expr {
            return Ok(Location::Expr(text.clone()));
        }
        if let Some(text) = &self.array {
            return Ok(Location::Array(text.clone()));
        }
        match (&self.pairs, &self.name, &self.value) {
            (Some(list), Some(name), Some(value)) => {
                Ok(Location::Pairs { list: list.clone(), name: name.clone(), value: value.clone() })
            }
            _ => Err("`pairs` needs `name` and `value`"),
        }
    }
}

impl<'de> Deserialize<'de> for FieldBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A plain text is the name of a string column; the span is that of the whole value.
        let Spanned { value, span } = Spanned::<TextOrMapping>::deserialize(deserializer)?;
        match value {
            TextOrMapping::Text(name) => Ok(Self {
                location: Location::Column(Spanned::new(name, span)),
                column_type: Type::String,
                values: None,
                loss: None,
            }),
            TextOrMapping::Mapping(written) => Ok(Self {
                location: written.location().map_err(de::Error::custom)?,
                column_type: written.column_type.unwrap_or(Type::String),
                values: written.values,
                loss: written.loss,
            }),
        }
    }
}

enum TextOrMapping {
    Text(String),
    Mapping(Box<Written>),
}

impl<'de> Deserialize<'de> for TextOrMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMappingVisitor;

        impl<'de> Visitor<'de> for TextOrMappingVisitor {
            type Value = TextOrMapping;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a column, or a mapping")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<TextOrMapping, E> {
                Ok(TextOrMapping::Text(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<TextOrMapping, A::Error> {
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(access))?;
                Ok(TextOrMapping::Mapping(Box::new(written)))
            }
        }

        deserializer.deserialize_any(TextOrMappingVisitor)
    }
}
