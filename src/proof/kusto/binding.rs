//! A Kusto binding as the catalogue writes it, for reading it backwards.
//!
//! In: `data_sources/README.md`. Out: types without behaviour beyond the choice of a place. Shares nothing with the
//! target, which reads the same text in its own way.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::catalogue::ValueMap;
use crate::ir::{Field, FieldKind, FieldType};
use crate::kql::Type;
use crate::maps::IndexMap;

/// A binding.
#[derive(Debug, Deserialize)]
pub(super) struct Binding {
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    function: Option<String>,
    #[serde(default)]
    union: Vec<Leg>,
    /// Functions that expressions call.
    #[serde(default)]
    pub(super) lets: IndexMap<String, String>,
    /// The column with the time, when it is not the usual one.
    #[serde(default)]
    pub(super) time: Option<String>,
    #[serde(default, rename = "where")]
    condition: Option<String>,
    /// Lists that become bags.
    #[serde(default)]
    pub(super) bags: IndexMap<String, Bag>,
    #[serde(default)]
    each: Option<Each>,
    /// Where fields are; in a union, behind it.
    #[serde(default)]
    pub(super) fields: IndexMap<String, Place>,
    /// Why fields are not there.
    #[serde(default)]
    pub(super) unmapped: IndexMap<String, String>,
    /// What is not read backwards.
    #[serde(default, rename = "keywords")]
    _keywords: Option<IgnoredAny>,
    #[serde(default, rename = "identity")]
    _identity: Option<IgnoredAny>,
}

/// One table with the fields that are read from its columns.
#[derive(Debug, Deserialize, Clone)]
pub(super) struct Leg {
    #[serde(default)]
    pub(super) table: Option<String>,
    #[serde(default)]
    pub(super) function: Option<String>,
    #[serde(default, rename = "where")]
    pub(super) condition: Option<String>,
    #[serde(default)]
    each: Option<Each>,
    #[serde(default)]
    fields: IndexMap<String, Place>,
}

/// A list of names and values.
#[derive(Debug, Deserialize)]
pub(super) struct Bag {
    /// The list.
    pub(super) of: String,
    /// The member with the name.
    pub(super) name: String,
    /// The member with the value.
    pub(super) value: String,
}

/// Where fields are that are not listed.
#[derive(Debug, Deserialize, Clone)]
#[serde(untagged)]
enum Each {
    One(String),
    Typed {
        text: String,
        #[serde(default)]
        integer: Option<String>,
        #[serde(default)]
        real: Option<String>,
        #[serde(default)]
        boolean: Option<String>,
        #[serde(default)]
        timestamp: Option<String>,
    },
}

/// Where a field is.
#[derive(Debug, Deserialize, Clone)]
#[serde(untagged)]
pub(super) enum Place {
    /// A column of texts.
    Column(String),
    /// Anything else.
    Mapped(Box<Mapped>),
}

/// Where a field is, in full.
#[derive(Debug, Deserialize, Clone, Default)]
pub(super) struct Mapped {
    #[serde(default)]
    pub(super) column: Option<String>,
    #[serde(default)]
    pub(super) expr: Option<String>,
    #[serde(default)]
    pub(super) array: Option<String>,
    #[serde(default)]
    pub(super) pairs: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) constant: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) values: Option<ValueMap>,
}

impl Binding {
    /// The tables, each of which can hold an event of the source.
    pub(super) fn legs(&self) -> Vec<Leg> {
        if !self.union.is_empty() {
            return self.union.clone();
        }
        vec![Leg {
            table: self.table.clone(),
            function: self.function.clone(),
            condition: self.condition.clone(),
            each: self.each.clone(),
            fields: IndexMap::default(),
        }]
    }

    /// Whether several tables are brought to neutral names.
    pub(super) fn is_union(&self) -> bool {
        !self.union.is_empty()
    }

    /// What must hold behind a union.
    pub(super) fn outer_condition(&self) -> Option<&str> {
        self.condition.as_deref().filter(|_| self.is_union())
    }
}

impl Leg {
    /// Where the table itself lists a field.
    pub(super) fn listed(&self, name: &str) -> Option<Mapped> {
        self.fields.get(name).map(Place::mapped)
    }

    /// Where a field of any kind is in this table alone.
    pub(super) fn own(&self, field: &Field) -> Option<Mapped> {
        match field.kind {
            FieldKind::Native => self.place(field),
            FieldKind::Common | FieldKind::Derived => self.listed(&field.name),
        }
    }

    /// Where a native field is in this table alone.
    pub(super) fn place(&self, field: &Field) -> Option<Mapped> {
        if let Some(place) = self.fields.get(&*field.name) {
            return Some(place.mapped());
        }
        let (template, kind) = match self.each.as_ref()? {
            Each::One(text) => (text, Type::String),
            Each::Typed { text, integer, real, boolean, timestamp } => {
                let typed = match field.field_type {
                    FieldType::Integer => integer.as_ref().map(|text| (text, Type::Long)),
                    FieldType::Real => real.as_ref().map(|text| (text, Type::Real)),
                    FieldType::Boolean => boolean.as_ref().map(|text| (text, Type::Bool)),
                    FieldType::Timestamp => timestamp.as_ref().map(|text| (text, Type::DateTime)),
                    FieldType::Text | FieldType::Ip | FieldType::Pairs => None,
                };
                typed.unwrap_or((text, Type::String))
            }
        };
        let kind = Some(kind.name().to_owned());
        if template == "{field}" {
            return Some(Mapped { column: Some(field.name.to_string()), kind, ..Mapped::default() });
        }
        Some(Mapped { expr: Some(instance(template, &field.name)), kind, ..Mapped::default() })
    }
}

impl Mapped {
    /// The expression; empty when it is a column or a constant.
    pub(super) fn text(&self) -> &str {
        let text = self.expr.as_ref().or(self.array.as_ref()).or(self.pairs.as_ref());
        text.map_or("", String::as_str)
    }
}

impl Place {
    /// In full.
    pub(super) fn mapped(&self) -> Mapped {
        match self {
            Place::Column(name) => Mapped { column: Some(name.clone()), ..Mapped::default() },
            Place::Mapped(mapped) => (**mapped).clone(),
        }
    }
}

/// The template for one field: a name that cannot stand behind a dot stands in brackets.
fn instance(template: &str, name: &str) -> String {
    let bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let quoted = format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"));
    if bare {
        template.replace("{field}", name)
    } else {
        template.replace(".{field}", &quoted).replace("{field}", name)
    }
}
