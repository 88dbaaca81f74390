//! What stands in a file, before anything is checked: values with their places.
//!
//! In: a text, by the YAML crate under strict options and limits. Out: a [`Raw`], or the crate's error. Must not know
//! findings.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Error, Options};

use super::{MAX_DEPTH, MAX_NODES};
use crate::source::Span;

/// A value and its bytes. Of a collection only the first is known yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    pub(super) value: RawValue,
    pub(super) span: Span,
}

/// A value as the crate understands it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    List(Vec<Raw>),
    Map(Vec<(Raw, Raw)>),
}

/// Reads one document. Duplicate keys are kept.
pub(super) fn read(text: &str) -> Result<Raw, Error> {
    serde_yaml::from_str_with_options(text, options(DuplicateKeyPolicy::LastWins))
}

/// Reads every document. Those that are empty or null are left out.
pub(super) fn read_all(text: &str) -> Result<Vec<Raw>, Error> {
    serde_yaml::from_multiple_with_options(text, options(DuplicateKeyPolicy::LastWins))
}

/// The crate's own complaint about duplicate keys: it merges them itself once a key is a number.
pub(super) fn refuse_duplicate_keys(text: &str) -> Result<(), Error> {
    serde_yaml::from_multiple_with_options::<serde::de::IgnoredAny>(text, options(DuplicateKeyPolicy::Error))
        .map(drop)
}

fn options(duplicate_keys: DuplicateKeyPolicy) -> Options {
    let mut options = Options::default();
    options.duplicate_keys = duplicate_keys;
    options.strict_booleans = true;
    options.reject_unsupported_tags = true;
    options.with_snippet = false;
    if let Some(budget) = &mut options.budget {
        budget.max_depth = MAX_DEPTH;
        budget.flow_nesting_limit = MAX_DEPTH;
        budget.max_events = 2 * MAX_NODES;
        budget.max_nodes = MAX_NODES;
        budget.max_aliases = 1_000;
        budget.max_anchors = 1_000;
    }
    options
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_yaml::Spanned::<RawValue>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, span: byte_span(&spanned.referenced) })
    }
}

fn byte_span(location: &serde_yaml::Location) -> Span {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0) as usize;
    Span::new(start, start + span.byte_len().unwrap_or(0) as usize)
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_none<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
        Ok(i64::try_from(value).map_or(RawValue::Real(value as f64), RawValue::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Real(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<RawValue, E> {
        Ok(RawValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(RawValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(RawValue::Map(entries))
    }
}
