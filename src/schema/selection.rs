//! Selections and conditions, in Sigma's syntax.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::source::Spanned;

/// The `detection` block: named selections, and `condition`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// The selections, in the order of the file.
    pub selections: Vec<(Spanned<String>, Spanned<Selection>)>,
    /// The condition. Several mean "one of them".
    pub condition: Vec<Spanned<Condition>>,
}

/// A condition's text; `resolve` parses it.
pub type Condition = String;

/// One selection.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// A mapping: every item must hold.
    All(Vec<Item>),
    /// A list: one of its members must hold. Plain values in it are keywords.
    Any(Vec<Spanned<Selection>>),
    /// A single value without a field: somewhere in the event.
    Keyword(Scalar),
}

/// `field|modifier|modifier: values` inside a mapping. An empty field name means a keyword item (`'|all': [...]`).
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The key as written, modifiers included.
    pub key: Spanned<String>,
    /// The values.
    pub values: Spanned<Values>,
}

/// One value or a list of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// One.
    One(Scalar),
    /// A list: by default, one of them must match.
    Many(Vec<Spanned<Scalar>>),
}

/// A plain value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`: the field is missing or null.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(String),
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BlockVisitor;

        impl<'de> Visitor<'de> for BlockVisitor {
            type Value = Block;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a mapping of selections with a `condition`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Block, A::Error> {
                let mut block = Block::default();
                while let Some(key) = access.next_key::<Spanned<String>>()? {
                    if key.value == "condition" {
                        block.condition = access.next_value::<OneOrMany>()?.0;
                    } else {
                        block.selections.push((key, access.next_value()?));
                    }
                }
                Ok(block)
            }
        }

        deserializer.deserialize_map(BlockVisitor)
    }
}

/// A text, or a list of texts.
struct OneOrMany(Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::<Texts>::deserialize(deserializer)?;
        Ok(OneOrMany(match value {
            Texts::One(text) => vec![Spanned::new(text, span)],
            Texts::Many(texts) => texts,
        }))
    }
}

enum Texts {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextsVisitor;

        impl<'de> Visitor<'de> for TextsVisitor {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = access.next_element()? {
                    texts.push(text);
                }
                Ok(Texts::Many(texts))
            }
        }

        deserializer.deserialize_any(TextsVisitor)
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SelectionVisitor;

        impl<'de> Visitor<'de> for SelectionVisitor {
            type Value = Selection;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a mapping of fields to values, a list of such mappings, or a list of keywords")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Selection, A::Error> {
                let mut items = Vec::new();
                while let Some(key) = access.next_key()? {
                    items.push(Item { key, values: access.next_value()? });
                }
                Ok(Selection::All(items))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Selection, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_element()? {
                    members.push(member);
                }
                Ok(Selection::Any(members))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Selection, E> {
                Ok(Selection::Keyword(Scalar::Text(text.to_owned())))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Selection, E> {
                Ok(Selection::Keyword(Scalar::Boolean(value)))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Selection, E> {
                Ok(Selection::Keyword(Scalar::Integer(value)))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Selection, E> {
                Ok(Selection::Keyword(Scalar::Real(value)))
            }
        }

        deserializer.deserialize_any(SelectionVisitor)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(ValuesVisitor)? {
            Values::One(scalar) => Ok(scalar),
            Values::Many(_) => Err(D::Error::custom("expected one value, found a list")),
        }
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_unit<E: Error>(self) -> Result<Values, E> {
        Ok(Values::One(Scalar::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Values, E> {
        Ok(Values::One(Scalar::Boolean(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Values, E> {
        Ok(Values::One(Scalar::Integer(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Values, E> {
        Ok(Values::One(Scalar::Real(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Values, E> {
        Ok(Values::One(Scalar::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Values::Many(values))
    }
}

impl JsonSchema for Block {
    fn schema_name() -> Cow<'static, str> {
        "Block".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let selection = generator.subschema_for::<Selection>();
        json_schema!({
            "type": "object",
            "description": "Named selections, and the condition over them.",
            "required": ["condition"],
            "properties": {
                "condition": {
                    "description": "Selections joined by and, or, not, parentheses, `1 of x*`, `all of them`.",
                    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
                }
            },
            "additionalProperties": selection
        })
    }
}

impl JsonSchema for Selection {
    fn schema_name() -> Cow<'static, str> {
        "Selection".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<Values>();
        let scalar = generator.subschema_for::<Scalar>();
        json_schema!({
            "description": "Fields that must all match, or a list of alternatives, or keywords.",
            "anyOf": [
                {"type": "object", "additionalProperties": values, "minProperties": 1},
                {"type": "array", "minItems": 1, "items": {
                    "anyOf": [{"type": "object", "additionalProperties": values, "minProperties": 1}, scalar]
                }},
                {"type": "string"}
            ]
        })
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        json_schema!({"anyOf": [scalar, {"type": "array", "items": scalar}]})
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean", "null"]})
    }
}
