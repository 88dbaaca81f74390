//! `select` in a binding: facts about the events of a source, written alike for every target that has them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// The values of a fact: one, or a list of which one holds.
#[derive(Debug, Clone)]
pub(super) struct Facts(pub(super) Vec<FactValue>);

/// One value of a fact.
#[derive(Debug, Clone)]
pub(super) enum FactValue {
    /// Exactly this text; wildcards in it are plain characters.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            FactValue::Text(text) => f.write_str(text),
            FactValue::Integer(value) => write!(f, "{value}"),
            FactValue::Boolean(value) => write!(f, "{value}"),
        }
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FactsVisitor;

        impl<'de> Visitor<'de> for FactsVisitor {
            type Value = Facts;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value or a list of values")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Facts, E> {
                Ok(Facts(vec![FactValue::Boolean(value)]))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Facts, E> {
                Ok(Facts(vec![FactValue::Integer(value)]))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Facts, E> {
                Ok(Facts(vec![FactValue::Text(text.to_owned())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Facts, A::Error> {
                let mut all = Vec::new();
                while let Some(Facts(values)) = access.next_element()? {
                    all.extend(values);
                }
                Ok(Facts(all))
            }
        }

        deserializer.deserialize_any(FactsVisitor)
    }
}
