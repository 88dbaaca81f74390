//! `each` in a binding: where all native fields are that are not listed.
//!
//! In: a template as written, and the fields of a source. Out: the place of a field, made when it is first asked for: a
//! source has many fields and a detection reads few. Must not know detections.

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::binding::Type;
use super::fragment::Fragment;
use super::lexer::Problem;
use super::prepared::{Field, Place};
use super::tokens::{Ident, StringLiteral};
use crate::catalogue::Source;
use crate::ir::{FieldKind, FieldType};
use crate::maps::HashMap;
use crate::source::Spanned;

/// `each` as written: a template a type of field. Fields of a type without one are read as text.
#[derive(Debug)]
pub(super) struct Written {
    text: Template,
    typed: Vec<(FieldType, Template)>,
}

/// An expression in which `{field}` stands for the field's name, with its type.
#[derive(Debug, Clone)]
struct Template {
    text: Spanned<String>,
    column_type: Type,
}

/// The native fields that are not listed.
#[derive(Debug)]
pub(super) struct Each {
    fields: HashMap<String, (Template, OnceLock<Result<Field, String>>)>,
}

impl Each {
    /// For the native fields of the source.
    pub(super) fn new(written: &Written, source: &Source) -> Self {
        let natives = source.fields.values().map(|spec| &spec.field);
        let fields = natives.filter(|field| field.kind == FieldKind::Native).map(|field| {
            let typed = written.typed.iter().find(|(of, _)| *of == field.field_type);
            let template = typed.map_or(&written.text, |(_, template)| template);
            (field.name.to_string(), (template.clone(), OnceLock::new()))
        });
        Self { fields: fields.collect() }
    }

    /// Where the field is, or why its name cannot stand there; nothing when the source has no such native field.
    pub(super) fn get(&self, name: &str) -> Option<&Result<Field, String>> {
        let (template, made) = self.fields.get(name)?;
        Some(made.get_or_init(|| template.of(name).map_err(|problem| problem.message)))
    }
}

impl Written {
    fn templates(&self) -> impl Iterator<Item = &Template> {
        std::iter::once(&self.text).chain(self.typed.iter().map(|(_, template)| template))
    }

    /// Templates that give no expression, with the reason.
    pub(super) fn problems(&self) -> impl Iterator<Item = (&Spanned<String>, Problem)> {
        self.templates().filter_map(|template| {
            let text = &template.text;
            let problem = if text.value.contains("{field}") {
                template.of("Name").err()
            } else {
                Some(Problem::new("`each` must hold `{field}`", 0, text.value.len()))
            };
            Some((text, problem?))
        })
    }

    /// The columns that every field is read from.
    pub(super) fn columns(&self) -> Vec<String> {
        let fields = self.templates().filter_map(|template| template.of("_field").ok());
        let names =
            fields.flat_map(|field| field.place.names().into_iter().map(str::to_owned).collect::<Vec<_>>());
        names.filter(|name| name != "_field").collect()
    }
}

impl Template {
    fn of(&self, name: &str) -> Result<Field, Problem> {
        let place = match self.text.value.as_str() {
            "{field}" => Place::Column(Ident::new(name)),
            each => Place::Expr(instantiate(each, name)?),
        };
        Ok(Field { place, column_type: self.column_type, values: None, loss: None })
    }
}

/// The expression of one field by a template. Behind a dot, a name that needs quotes becomes a key in brackets;
/// elsewhere it stands in a literal, where only plain characters are safe.
fn instantiate(each: &str, field: &str) -> Result<Fragment, Problem> {
    let plain = field.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' '));
    let mut out = String::new();
    let mut rest = each;
    while let Some(at) = rest.find("{field}") {
        let (before, after) = rest.split_at(at);
        match before.strip_suffix('.') {
            Some(path) if !Ident::new(field).is_bare() => {
                out.push_str(path);
                out.push_str(&format!("[{}]", StringLiteral::new(field)));
            }
            Some(_) | None if plain => {
                out.push_str(before);
                out.push_str(field);
            }
            Some(_) | None => {
                return Err(Problem::new(format!("`{field}` cannot stand in a literal"), at, at + 7));
            }
        }
        rest = &after["{field}".len()..];
    }
    out.push_str(rest);
    Fragment::parse(&out)
}

/// A template a type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByType {
    text: Spanned<String>,
    #[serde(default)]
    integer: Option<Spanned<String>>,
    #[serde(default)]
    real: Option<Spanned<String>>,
    #[serde(default)]
    boolean: Option<Spanned<String>>,
    #[serde(default)]
    timestamp: Option<Spanned<String>>,
}

/// One template, or one a type.
enum Either {
    One(String),
    Types(Box<ByType>),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::<Either>::deserialize(deserializer)?;
        let template = |text, column_type| Template { text, column_type };
        Ok(match value {
            Either::One(text) => {
                Self { text: template(Spanned::new(text, span), Type::String), typed: Vec::new() }
            }
            Either::Types(types) => {
                let typed = [
                    (FieldType::Integer, types.integer, Type::Long),
                    (FieldType::Real, types.real, Type::Real),
                    (FieldType::Boolean, types.boolean, Type::Bool),
                    (FieldType::Timestamp, types.timestamp, Type::Datetime),
                ];
                let typed = typed.into_iter().filter_map(|(of, text, as_)| Some((of, template(text?, as_))));
                Self { text: template(types.text, Type::String), typed: typed.collect() }
            }
        })
    }
}

impl<'de> Deserialize<'de> for Either {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EachVisitor;

        impl<'de> Visitor<'de> for EachVisitor {
            type Value = Either;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an expression with `{field}` in it, or one for each type of field")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Either, E> {
                Ok(Either::One(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Either, A::Error> {
                ByType::deserialize(MapAccessDeserializer::new(access))
                    .map(|types| Either::Types(Box::new(types)))
            }
        }

        deserializer.deserialize_any(EachVisitor)
    }
}
