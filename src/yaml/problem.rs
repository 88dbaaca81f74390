//! Why a value could not be built, in words that people who write YAML know.
//!
//! In: what serde says. Out: a [`Problem`] with its code, help and place. Must not know how values are built.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::Node;
use crate::diagnostics::{Code, did_you_mean};
use crate::source::Span;

/// Why a value could not be built, and which node is to blame.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) place: Option<Place>,
    /// The known key that is missing, or that an unknown one is near to.
    pub(super) about: Option<&'static str>,
}

/// A node, by identity, with its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) span: Span,
}

impl Place {
    pub(super) fn of(node: &Node) -> Self {
        Self { node: std::ptr::from_ref(node) as usize, span: node.span }
    }
}

impl Problem {
    pub(super) fn new(code: Code, message: String) -> Self {
        Self { code, message, help: None, place: None, about: None }
    }

    pub(super) fn blame(mut self, node: &Node) -> Self {
        self.place.get_or_insert_with(|| Place::of(node));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Code::E0202, message.to_string())
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::new(Code::E0202, format!("expected {}, found {}", wanted(expected), in_words(found)))
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::new(Code::E0408, format!("expected {}, found {}", wanted(expected), in_words(found)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self {
            help: Some(match did_you_mean(variant, expected.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", quoted(expected)),
            }),
            ..Self::new(Code::E0204, format!("`{variant}` is not known here"))
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            help: Some(format!("add `{field}:`")),
            about: Some(field),
            ..Self::new(Code::E0203, format!("the required key `{field}` is missing"))
        }
    }
}

/// serde names Rust's types; people write YAML.
fn wanted(expected: &dyn Expected) -> String {
    match expected.to_string().as_str() {
        "a string" | "string" => "text".to_owned(),
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" | "u32" | "u64" => "a whole number, not negative".to_owned(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        other => match other.strip_prefix("struct ") {
            Some(_) => "a mapping".to_owned(),
            None => other.to_owned(),
        },
    }
}

pub(super) fn in_words(found: Unexpected) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean `{value}`"),
        Unexpected::Unsigned(value) => format!("the number `{value}`"),
        Unexpected::Signed(value) => format!("the number `{value}`"),
        Unexpected::Float(value) => format!("the number `{value}`"),
        Unexpected::Str(_) => "text".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
