//! The common fields: the same names and types in every source.

use std::sync::Arc;

use serde::Deserialize;

use super::source::WrittenType;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::FieldType;
use crate::maps::IndexMap;
use crate::source::{SourceFile, Spanned};
use crate::yaml;

/// The vocabulary of `data_sources/_common_fields.yml`.
#[derive(Debug, Clone)]
pub struct CommonFields {
    fields: IndexMap<String, CommonField>,
}

/// One common field.
#[derive(Debug, Clone)]
pub struct CommonField {
    /// Its type, in every source.
    pub field_type: FieldType,
    /// What it means, in every source.
    pub meaning: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "type")]
    field_type: WrittenType,
    meaning: String,
}

impl CommonFields {
    /// Reads the vocabulary.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let file = SourceFile::new("data_sources/_common_fields.yml", text);
        Self { fields: IndexMap::default() }.with(&file)
    }

    /// The vocabulary with the fields of another file. A field that is known already is an error: what a common field
    /// means is the same in every source and for everybody.
    pub fn with(mut self, file: &Arc<SourceFile>) -> Result<Self, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let written: IndexMap<Spanned<String>, Written> = yaml::parse(file, &mut findings)
            .and_then(|root| yaml::decode(file, &root, &mut findings))
            .unwrap_or_default();
        for (name, field) in written {
            if self.fields.contains_key(&name.value) {
                findings.push(
                    Diagnostic::new(Code::E0701, format!("`{}` is a common field already", name.value))
                        .at(file, name.span, "")
                        .help("use it as it is, or choose another name"),
                );
                continue;
            }
            let known = CommonField { field_type: field.field_type.into(), meaning: field.meaning };
            self.fields.insert(name.value, known);
        }
        if findings.is_empty() { Ok(self) } else { Err(findings) }
    }

    /// The common field of this name.
    pub fn get(&self, name: &str) -> Option<&CommonField> {
        self.fields.get(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}
