//! A serde deserializer over a [`Node`], which knows places and can leave out nodes already reported.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{StrDeserializer, U64Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::problem::{Place, Problem, in_words, quoted};
use super::{Node, Value};
use crate::diagnostics::{Code, did_you_mean};
use crate::maps::HashSet;
use crate::source::{Span, Spanned};

const SPANNED: &str = "$detc::Spanned";

/// What one attempt shares: the nodes to leave out, and the unknown keys met on the way.
pub(super) struct Attempt<'a> {
    pub(super) left_out: &'a HashSet<usize>,
    pub(super) unknown_keys: RefCell<Vec<Problem>>,
}

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a> {
    pub(super) node: &'a Node,
    pub(super) attempt: &'a Attempt<'a>,
}

impl<'a> NodeDeserializer<'a> {
    fn over(self, node: &'a Node) -> Self {
        Self { node, attempt: self.attempt }
    }

    /// The node as a message names it: a plain value with what it is.
    fn described(self) -> String {
        match &self.node.value {
            Value::Boolean(value) => in_words(Unexpected::Bool(*value)),
            Value::Integer(value) => in_words(Unexpected::Signed(*value)),
            Value::Real(value) => in_words(Unexpected::Float(*value)),
            Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) => self.node.kind().to_owned(),
        }
    }

    fn is_left_out(self, node: &Node) -> bool {
        self.attempt.left_out.contains(&Place::of(node).node)
    }

    fn list<'de, V: Visitor<'de>>(self, items: &'a [Node], visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(Items { rest: items.iter(), parent: self })
    }

    fn map<'de, V: Visitor<'de>>(
        self,
        entries: &'a [(Spanned<String>, Node)],
        known: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if let Some(known) = known {
            for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.value.as_str())) {
                let near = did_you_mean(&key.value, known.iter().copied());
                self.attempt.unknown_keys.borrow_mut().push(Problem {
                    code: Code::E0201,
                    message: format!("unknown key `{}`", key.value),
                    help: Some(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the keys here are {}", quoted(known)),
                    }),
                    place: Some(Place { span: key.span, ..Place::of(self.node) }),
                    about: near,
                });
            }
        }
        visitor.visit_map(Entries { rest: entries.iter(), known, value: None, parent: self })
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Real(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_str(value),
            Value::List(items) => self.list(items, visitor),
            Value::Map(entries) => self.map(entries, None, visitor),
        }
        .map_err(|problem: Problem| problem.blame(self.node))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let _ = name;
        match &self.node.value {
            Value::Map(entries) => {
                self.map(entries, Some(fields), visitor).map_err(|problem| problem.blame(self.node))
            }
            // A list would otherwise be read as the fields in their order.
            _ => Err(Problem::new(Code::E0202, format!("expected a mapping, found {}", self.described()))
                .blame(self.node)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if name == SPANNED {
            visitor.visit_seq(WithSpan { step: 0, inner: self })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let wrong = |message: String| Problem {
            help: Some(format!("one of {}", quoted(variants))),
            ..Problem::new(Code::E0202, message)
        };
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Map(entries) if entries.len() == 1 => {
                let (key, value) = &entries[0];
                visitor.visit_enum(Variant { key, value: self.over(value) })
            }
            Value::Map(_) => Err(wrong("expected exactly one key here".to_owned())),
            _ => Err(wrong(format!("expected a word or a mapping, found {}", self.described()))),
        }
        .map_err(|problem: Problem| problem.blame(self.node))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    rest: std::slice::Iter<'a, Node>,
    parent: NodeDeserializer<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        for node in self.rest.by_ref() {
            if !self.parent.is_left_out(node) {
                return seed
                    .deserialize(self.parent.over(node))
                    .map(Some)
                    .map_err(|problem| problem.blame(node));
            }
        }
        Ok(None)
    }
}

struct Entries<'a> {
    rest: std::slice::Iter<'a, (Spanned<String>, Node)>,
    known: Option<&'static [&'static str]>,
    value: Option<&'a Node>,
    parent: NodeDeserializer<'a>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        for (key, value) in self.rest.by_ref() {
            let unknown = self.known.is_some_and(|known| !known.contains(&key.value.as_str()));
            if !unknown && !self.parent.is_left_out(value) {
                self.value = Some(value);
                return seed
                    .deserialize(KeyDeserializer { key })
                    .map(Some)
                    .map_err(|problem| problem.blame(value));
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Problem> {
        match self.value.take() {
            Some(node) => seed.deserialize(self.parent.over(node)).map_err(|problem| problem.blame(node)),
            None => Err(Problem::new(Code::E0202, "a value without its key".to_owned())),
        }
    }
}

struct KeyDeserializer<'a> {
    key: &'a Spanned<String>,
}

impl<'de> Deserializer<'de> for KeyDeserializer<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(&self.key.value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if name == SPANNED {
            visitor.visit_seq(KeyWithSpan { step: 0, key: self.key })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_enum(self.key.value.as_str().into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Hands a value over as `(start, end, value)` to the `Spanned` visitor.
struct WithSpan<'a> {
    step: u8,
    inner: NodeDeserializer<'a>,
}

impl<'de> SeqAccess<'de> for WithSpan<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(offset(self.inner.node.span.start)).map(Some),
            2 => seed.deserialize(offset(self.inner.node.span.end)).map(Some),
            3 => seed.deserialize(self.inner).map(Some),
            _ => Ok(None),
        }
    }
}

struct KeyWithSpan<'a> {
    step: u8,
    key: &'a Spanned<String>,
}

impl<'de> SeqAccess<'de> for KeyWithSpan<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(offset(self.key.span.start)).map(Some),
            2 => seed.deserialize(offset(self.key.span.end)).map(Some),
            3 => seed.deserialize(StrDeserializer::new(&self.key.value)).map(Some),
            _ => Ok(None),
        }
    }
}

fn offset(value: usize) -> U64Deserializer<Problem> {
    (value as u64).into_deserializer()
}

struct Variant<'a> {
    key: &'a Spanned<String>,
    value: NodeDeserializer<'a>,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Problem;
    type Variant = NodeDeserializer<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Problem> {
        let variant = seed.deserialize(StrDeserializer::<Problem>::new(&self.key.value))?;
        Ok((variant, self.value))
    }
}

impl<'de> VariantAccess<'de> for NodeDeserializer<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Err(Problem::new(Code::E0202, "this word takes no value".to_owned()).blame(self.node))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(self).map_err(|problem| problem.blame(self.node))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_struct("", fields, visitor)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SPANNED, SpannedVisitor(std::marker::PhantomData))
    }
}

struct SpannedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Spanned<T>, A::Error> {
        let missing = || de::Error::custom("a value without its place");
        let start: u64 = access.next_element()?.ok_or_else(missing)?;
        let end: u64 = access.next_element()?.ok_or_else(missing)?;
        let value = access.next_element()?.ok_or_else(missing)?;
        Ok(Spanned::new(value, Span::new(start as usize, end as usize)))
    }

    /// Other deserializers (JSON) know no places.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spanned<T>, D::Error> {
        T::deserialize(deserializer).map(|value| Spanned::new(value, Span::default()))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}
