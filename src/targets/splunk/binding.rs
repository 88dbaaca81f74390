//! Where a data source's events and fields are in Splunk.
//!
//! In: a binding as `data_sources/README.md` describes it. Out: a checked [`Binding`] of tokens. What is wrong with it
//! is a finding about the catalogue file. Must not know detections.

use std::sync::Arc;

use super::lexer;
use super::tokens::{EvalText, Fact, FieldName, MacroName, ModelName};
use super::written::{Written, WrittenField, WrittenMapped, WrittenValues};
use crate::catalogue::{Source, ValueMap};
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::IndexMap;
use crate::source::{SourceFile, Span, Spanned};
use crate::targets::field_loss::FieldLoss;

/// A data source in one profile.
#[derive(Debug)]
pub(super) struct Binding {
    /// The macro that the search starts with.
    pub(super) macro_name: Option<MacroName>,
    /// The data model's dataset, for `tstats`.
    pub(super) data_model: Option<ModelName>,
    /// What is always true of the events.
    pub(super) select: Vec<(FieldName, Vec<Fact>)>,
    /// The field with the whole event's text.
    pub(super) keywords: FieldName,
    /// How that text writes values, if differently.
    pub(super) keyword_values: Option<ValueMap>,
    /// What the data model writes into fields that the event lacks.
    pub(super) missing: Option<String>,
    /// Neutral name to place.
    pub(super) fields: IndexMap<String, FieldBinding>,
    /// Neutral name to the reason why it does not exist here.
    pub(super) unmapped: IndexMap<String, String>,
}

/// Where one field is.
#[derive(Debug)]
pub(super) struct FieldBinding {
    /// The place.
    pub(super) place: Place,
    /// How its values are written here, if differently.
    pub(super) values: Option<ValueMap>,
    /// That it holds less, or more, than it should.
    pub(super) loss: Option<FieldLoss>,
}

/// Where the value is.
#[derive(Debug)]
pub(super) enum Place {
    /// A field of the event.
    Raw(FieldName),
    /// An eval expression.
    Eval {
        /// The expression.
        text: String,
        /// The fields that it reads.
        reads: Vec<String>,
    },
    /// Always this.
    Constant(EvalText),
    /// A list of pairs: two multivalue fields.
    Pairs {
        /// The names.
        names: FieldName,
        /// The values.
        values: FieldName,
        /// Every pair has both, so that the two fields are never out of step.
        aligned: bool,
    },
}

impl Place {
    /// The fields of the event that it reads.
    pub(super) fn reads(&self) -> Vec<&str> {
        match self {
            Place::Raw(name) => vec![name.as_str()],
            Place::Eval { reads, .. } => reads.iter().map(String::as_str).collect(),
            Place::Constant(_) => Vec::new(),
            Place::Pairs { names, values, .. } => vec![names.as_str(), values.as_str()],
        }
    }
}

impl Binding {
    /// What stands for a missing value in the groups of `tstats`.
    pub(super) fn fill(&self) -> &str {
        self.missing.as_deref().unwrap_or("unknown")
    }

    /// Reads the binding of a profile. `None` when the source does not exist there.
    pub(super) fn read(source: &Source, profile: &str) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(written) = source.binding::<Written>(profile)? else { return Ok(None) };
        let mut reader = Reader { file: source.file(), findings: Vec::new() };
        let binding = reader.binding(written, source, profile);
        if reader.findings.is_empty() { Ok(Some(binding)) } else { Err(reader.findings) }
    }
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn binding(&mut self, mut written: Written, source: &Source, profile: &str) -> Binding {
        self.rest(&mut written, source);
        let macro_name = written.macro_name.and_then(|name| {
            self.token(&name, MacroName::new, "a macro's name is made of letters, digits, `_` and `-`")
        });
        let data_model = written.data_model.and_then(|name| {
            self.token(&name, ModelName::new, "a dataset's name is made of letters, digits, `_` and dots")
        });
        let select: Vec<_> = written
            .select
            .into_iter()
            .filter_map(|(name, values)| {
                let facts: Option<Vec<Fact>> =
                    values.value.0.iter().map(|value| Fact::new(&value.to_string())).collect();
                if facts.as_ref().is_none_or(Vec::is_empty) {
                    self.wrong(values.span, "a fact needs values without line breaks and backticks");
                }
                Some((self.field(&name)?, facts?))
            })
            .collect();
        if profile.ends_with(":cim") {
            if data_model.is_none() && self.findings.is_empty() {
                self.wrong(Span::default(), format!("the binding `{profile}` needs a `data_model`"));
            }
        } else if macro_name.is_none() && select.is_empty() && self.findings.is_empty() {
            self.wrong(Span::default(), format!("the binding `{profile}` needs a `macro` or `select`"));
        }
        let (keywords, keyword_values) = self.keywords(written.keywords);
        Binding {
            macro_name,
            data_model,
            select,
            keywords,
            keyword_values,
            missing: written.missing.map(|missing| {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if missing.value.is_empty() || !missing.value.chars().all(plain) {
                    self.wrong(missing.span, "what stands for a missing value is one plain word");
                }
                missing.value
            }),
            fields: written
                .fields
                .into_iter()
                .filter_map(|(name, field)| Some((name.value.clone(), self.field_binding(&name, field)?)))
                .collect(),
            unmapped: written.unmapped,
        }
    }

    /// Lists what the binding says of all other fields at once: `each` for native ones; a common field that is the same
    /// as a native one is where that is.
    fn rest(&mut self, written: &mut Written, source: &Source) {
        if let Some(each) = &written.each {
            for name in source.natives().filter(|name| !written.unmapped.contains_key(*name)) {
                let place = instantiate(&each.value, name);
                if place.is_none() {
                    self.wrong(
                        each.span,
                        "`each` is a name with `{field}` in it, or a mapping with such a `field` or `eval`, where each name is safe",
                    );
                    break;
                }
                let field = || Some(Spanned::new(place?, each.span));
                if !written.fields.contains_key(name)
                    && let Some(field) = field()
                {
                    written.fields.insert(Spanned::new(name.to_owned(), each.span), field);
                }
            }
        }
        for (common, native) in source.same().filter(|(common, _)| !written.unmapped.contains_key(*common)) {
            if let Some(place) = written.fields.get(native).cloned()
                && !written.fields.contains_key(common)
            {
                let span = place.span;
                written.fields.insert(Spanned::new(common.to_owned(), span), place);
            }
        }
    }

    fn keywords(&mut self, written: Option<Spanned<WrittenField>>) -> (FieldName, Option<ValueMap>) {
        let name = Spanned::new("keywords".to_owned(), Span::default());
        match written.map(|written| (written.span, self.field_binding(&name, written))) {
            None => (FieldName::raw_event(), None),
            Some((_, Some(FieldBinding { place: Place::Raw(field), values, loss: None }))) => (field, values),
            Some((span, _)) => {
                self.wrong(span, "`keywords` is the name of a field, or `field` with `values`");
                (FieldName::raw_event(), None)
            }
        }
    }

    fn field_binding(
        &mut self,
        name: &Spanned<String>,
        field: Spanned<WrittenField>,
    ) -> Option<FieldBinding> {
        match field.value {
            WrittenField::Name(there) => {
                let there = Spanned::new(there, field.span);
                Some(FieldBinding { place: Place::Raw(self.field(&there)?), values: None, loss: None })
            }
            WrittenField::Mapped(mapped) => self.mapped(name, *mapped),
        }
    }

    fn mapped(&mut self, name: &Spanned<String>, mapped: WrittenMapped) -> Option<FieldBinding> {
        let WrittenMapped { field, eval, constant, names, values, aligned, loss } = mapped;
        let (map, pair_values) = match values {
            None => (None, None),
            Some(Spanned { value: WrittenValues::Map(map), .. }) => (Some(map), None),
            Some(Spanned { value: WrittenValues::Field(name), span }) => {
                (None, Some(Spanned::new(name, span)))
            }
        };
        let place = match (field, eval, constant, names, pair_values) {
            (Some(field), None, None, None, None) => Place::Raw(self.field(&field)?),
            (None, Some(eval), None, None, None) => self.expression(&eval)?,
            (None, None, Some(constant), None, None) => {
                Place::Constant(self.token(&constant, EvalText::new, "a constant is text of one line")?)
            }
            (None, None, None, Some(names), Some(values)) if map.is_none() => {
                Place::Pairs { names: self.field(&names)?, values: self.field(&values)?, aligned }
            }
            _ => {
                self.wrong(
                    name.span,
                    "a field is one of: a name, `field`, `eval`, `constant`, `names` with `values`",
                );
                return None;
            }
        };
        Some(FieldBinding { place, values: map, loss })
    }

    fn expression(&mut self, eval: &Spanned<String>) -> Option<Place> {
        let text = eval.value.trim();
        match lexer::check_expression(text) {
            Ok(reads) => Some(Place::Eval { text: text.to_owned(), reads }),
            Err(problem) => {
                self.wrong(eval.span, problem.to_string());
                None
            }
        }
    }

    fn field(&mut self, name: &Spanned<String>) -> Option<FieldName> {
        self.token(name, FieldName::new, "this name of a field cannot be written in a search")
    }

    fn token<T>(&mut self, text: &Spanned<String>, token: fn(&str) -> Option<T>, problem: &str) -> Option<T> {
        let token = token(&text.value);
        if token.is_none() {
            self.wrong(text.span, problem);
        }
        token
    }

    fn wrong(&mut self, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::new(Code::E0701, message).at(self.file, span, ""));
    }
}

/// The place of one field by `each`; `None` when the field's name has no place in it.
fn instantiate(each: &WrittenField, name: &str) -> Option<WrittenField> {
    let named = |text: &str| text.contains("{field}").then(|| text.replace("{field}", name));
    match each {
        WrittenField::Name(text) => named(text).map(WrittenField::Name),
        WrittenField::Mapped(mapped) => {
            let part = |part: &Option<Spanned<String>>| match part {
                Some(text) => named(&text.value).map(|named| Some(Spanned::new(named, text.span))),
                None => Some(None),
            };
            let (field, eval) = (part(&mapped.field)?, part(&mapped.eval)?);
            // In an expression, the name stands in a text: only plain characters are safe there.
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if (field.is_none() && eval.is_none()) || (eval.is_some() && !name.chars().all(is_plain)) {
                return None;
            }
            Some(WrittenField::Mapped(Box::new(WrittenMapped { field, eval, ..mapped.as_ref().clone() })))
        }
    }
}
