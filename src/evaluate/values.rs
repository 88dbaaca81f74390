//! The values of a field that is tested, read once for all of its tests.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::value::text;
use crate::ir::{Case, Value};

/// The values that count, and their texts without case as soon as a test asks for them.
pub(super) struct Values<'v> {
    values: Vec<Cow<'v, Value>>,
    folded: OnceCell<Vec<String>>,
}

impl<'v> Values<'v> {
    /// None of them means that the field is missing.
    pub(super) fn new(values: Vec<Cow<'v, Value>>) -> Self {
        Self { values, folded: OnceCell::new() }
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.values.iter().map(Cow::as_ref)
    }

    /// Whether the field is missing.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The texts of those that have one, as [`Case::fold`] makes them without regard to case.
    pub(super) fn folded(&self) -> &[String] {
        self.folded
            .get_or_init(|| self.iter().filter_map(text).map(|text| Case::Insensitive.fold(&text)).collect())
    }

    /// What was read.
    pub(super) fn into_owned(self) -> Vec<Value> {
        self.values.into_iter().map(Cow::into_owned).collect()
    }
}
