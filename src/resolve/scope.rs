//! Which fields a detection may name.

use super::Resolver;
use crate::catalogue::{FieldSpec, Source};
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::Field;
use crate::maps::IndexMap;
use crate::source::{Span, Spanned};

/// The fields of a data source and those derived so far.
pub(super) struct Scope<'a> {
    pub(super) source: &'a Source,
    derived: IndexMap<String, Field>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, derived: IndexMap::default() }
    }

    /// Adds a derived field; false when the name is taken.
    pub(super) fn add(&mut self, field: Field) -> bool {
        let name = field.name.to_string();
        if self.source.field(&name).is_some() || self.derived.contains_key(&name) {
            return false;
        }
        self.derived.insert(name, field);
        true
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.derived.get(name).or_else(|| self.source.field(name).map(|spec| &spec.field))
    }

    /// What the catalogue says of a field of the source.
    pub(super) fn spec(&self, name: &str) -> Option<&FieldSpec> {
        self.source.field(name)
    }

    pub(super) fn is_derived(&self, name: &str) -> bool {
        self.derived.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.derived.keys().chain(self.source.fields.keys()).map(String::as_str)
    }
}

impl Resolver<'_> {
    /// The field of this name, or a finding.
    pub(super) fn field(&mut self, name: &str, span: Span, scope: &Scope) -> Option<Field> {
        if let Some(field) = scope.field(name) {
            return Some(field.clone());
        }
        let help = match did_you_mean(name, scope.names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`detc sources {}` lists the fields", scope.source.id),
        };
        let message = format!("`{}` has no field `{name}`", scope.source.id);
        self.report(self.error(Code::E0303, span, message).help(help));
        None
    }

    /// Like [`Self::field`], and keeps the place.
    pub(super) fn placed_field(&mut self, name: &Spanned<String>, scope: &Scope) -> Option<Spanned<Field>> {
        self.field(&name.value, name.span, scope).map(|field| Spanned::new(field, name.span))
    }

    /// All of a list of field names.
    pub(super) fn placed_fields(&mut self, names: &[Spanned<String>], scope: &Scope) -> Vec<Spanned<Field>> {
        names.iter().filter_map(|name| self.placed_field(name, scope)).collect()
    }
}
