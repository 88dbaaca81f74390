//! The common fields: the same names and types in every source.

use indexmap::IndexMap;
use serde::Deserialize;

use super::source::WrittenType;
use crate::diagnostics::Diagnostic;
use crate::ir::FieldType;
use crate::source::SourceFile;
use crate::yaml;

/// The vocabulary of `data_sources/_common_fields.yml`.
#[derive(Debug)]
pub struct CommonFields {
    fields: IndexMap<String, CommonField>,
}

/// One common field.
#[derive(Debug)]
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
        let mut findings = Vec::new();
        let written: Option<IndexMap<String, Written>> =
            yaml::parse(&file, &mut findings).and_then(|root| yaml::decode(&file, &root, &mut findings));
        match written {
            Some(written) if findings.is_empty() => Ok(Self {
                fields: written
                    .into_iter()
                    .map(|(name, field)| {
                        (name, CommonField { field_type: field.field_type.into(), meaning: field.meaning })
                    })
                    .collect(),
            }),
            _ => Err(findings),
        }
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
