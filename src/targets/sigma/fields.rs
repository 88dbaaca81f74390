//! Where a neutral field is in Sigma.
//!
//! In: a field of the detection, its source and the source's binding. Out: the name there and how values are written
//! there, or why there is none. Must not know how tests are written.

use crate::catalogue::{Source, ValueMap};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Field, FieldKind, Match};
use crate::source::Span;
use crate::targets::{Consent, Loss, Polarity};

use super::binding::Binding;
use crate::targets::field_loss::FieldLoss;

/// Longest key that every YAML reader takes without `?`; modifiers need some of it.
const MAX_NAME: usize = 900;

/// Answers where fields are.
pub(super) struct Fields<'a> {
    source: &'a Source,
    binding: &'a Binding,
}

/// Where a field is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its name there.
    pub(super) name: &'a str,
    /// How its values are written there, if not as in the detection.
    pub(super) values: Option<&'a ValueMap>,
    loss: Option<&'a FieldLoss>,
}

/// Why a field is nowhere.
enum Absent<'a> {
    /// The detection computes it.
    Computed,
    /// The source has it, Sigma has not; the catalogue may say why.
    Unmapped(Option<&'a str>),
}

impl<'a> Fields<'a> {
    /// Answers for one data source.
    pub(super) fn new(source: &'a Source, binding: &'a Binding) -> Self {
        Self { source, binding }
    }

    /// The name of a field to show, if it has one. Computed and unmapped fields have none.
    pub(super) fn name(&self, field: &Field) -> Option<String> {
        self.find(field).ok().map(|place| place.name.to_owned())
    }

    /// The place of a field that the condition tests. Consent to what these tests of it lack is asked for here.
    pub(super) fn tested(
        &self,
        field: &'a Field,
        tests: &[Match],
        span: Span,
        polarity: Polarity,
        consent: &mut Consent,
    ) -> Result<Place<'a>, Box<Diagnostic>> {
        let file = consent.file();
        let place = self.find(field).map_err(|absent| {
            Box::new(match absent {
                Absent::Computed => Diagnostic::new(
                    Code::E0501,
                    format!("sigma: `{}` is a derived field, and Sigma computes no fields", field.name),
                )
                .at(file, span, "tested here")
                .help("test the fields that it is computed from, or write the rule under `raw: sigma:`"),
                Absent::Unmapped(reason) => Diagnostic::new(
                    Code::E0503,
                    format!("sigma: the field `{}` of `{}` does not exist there", field.name, self.source.id),
                )
                .at(file, span, reason.unwrap_or("no native field holds the same value"))
                .help(format!("test a native field: `detc sources {}` lists them", self.source.id)),
            })
        })?;
        if place.name.is_empty() || place.name.contains('|') || place.name.len() > MAX_NAME {
            return Err(Box::new(
                Diagnostic::new(
                    Code::E0501,
                    format!("sigma: the field name `{}` cannot be a key of a selection", place.name),
                )
                .at(file, span, "`|` starts a modifier")
                .help("write the rule under `raw: sigma:`"),
            ));
        }
        if let Some(loss) = place.loss.filter(|loss| loss.concerns(tests)) {
            consent.lose(Loss {
                name: &loss.name,
                verdict: loss.verdict,
                field: Some(&field.name),
                reason: &loss.reason,
                span,
                polarity,
            })?;
        }
        Ok(place)
    }

    fn find<'f>(&self, field: &'f Field) -> Result<Place<'f>, Absent<'a>>
    where
        'a: 'f,
    {
        match field.kind {
            FieldKind::Derived => Err(Absent::Computed),
            FieldKind::Native => self.native(&field.name),
            FieldKind::Common => {
                let listed = self.listed(&field.name);
                if listed.is_some() || self.binding.unmapped.contains_key(&*field.name) {
                    return listed.ok_or(Absent::Unmapped(self.reason(&field.name)));
                }
                match self.source.field(&field.name).and_then(|spec| spec.same_as.as_deref()) {
                    Some(native) => self.native(native),
                    None => Err(Absent::Unmapped(None)),
                }
            }
        }
    }

    fn native<'f>(&self, name: &'f str) -> Result<Place<'f>, Absent<'a>>
    where
        'a: 'f,
    {
        match (self.listed(name), self.reason(name)) {
            (Some(place), _) => Ok(place),
            (None, Some(reason)) => Err(Absent::Unmapped(Some(reason))),
            (None, None) => Ok(Place { name, values: None, loss: None }),
        }
    }

    fn listed(&self, name: &str) -> Option<Place<'a>> {
        self.binding.fields.get(name).map(|field| Place {
            name: &field.field,
            values: field.values.as_ref(),
            loss: field.loss.as_ref(),
        })
    }

    fn reason(&self, name: &str) -> Option<&'a str> {
        self.binding.unmapped.get(name).map(String::as_str)
    }
}
