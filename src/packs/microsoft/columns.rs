//! Which column of the result holds a field.
//!
//! In: a detection with its query. Out: a column for each field that the rule shows, or a finding (`E1021`) where the
//! query returns none: Sentinel takes such a rule and then leaves the entity out of every alert.

use std::collections::BTreeMap;

use super::Product;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Field, FieldType, SummaryColumn};
use crate::packs::Entry;
use crate::source::Spanned;
use crate::targets::Verdict;

/// The longest name of a column, in characters. Source: the models of Azure-Sentinel's own checks.
const MAX_NAME: usize = 500;

/// A column of the result.
pub(in crate::packs) struct Column {
    /// Its name, in its own case: KQL tells cases apart.
    pub(in crate::packs) name: String,
    /// Whether it holds a list of values.
    pub(in crate::packs) is_list: bool,
}

/// The columns of a result, by neutral field.
pub(in crate::packs) struct Columns<'e> {
    entry: &'e Entry<'e>,
    product: Product,
    known: BTreeMap<String, Column>,
}

impl<'e> Columns<'e> {
    /// The columns of every field that the rule shows.
    pub(in crate::packs) fn new(
        entry: &'e Entry<'e>,
        product: Product,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut columns = Self { entry, product, known: BTreeMap::new() };
        for field in shown(entry.detection) {
            let name = field.value.name.to_string();
            if columns.known.contains_key(&name) {
                continue;
            }
            match columns.find(field) {
                Ok(column) => {
                    columns.known.insert(name, column);
                }
                Err(finding) => findings.push(finding),
            }
        }
        columns
    }

    /// The column of a field; `None` where a finding says why there is none.
    pub(in crate::packs) fn get(&self, field: &Field) -> Option<&Column> {
        self.known.get(&*field.name)
    }

    /// The column of a summary; `None` where a raw query returns none.
    pub(in crate::packs) fn summary(&self, column: SummaryColumn) -> Option<&'static str> {
        let name = match column {
            SummaryColumn::Count => "count_",
            SummaryColumn::FirstTime => "firstTime",
            SummaryColumn::LastTime => "lastTime",
        };
        (self.entry.detection.summary.is_some() && self.may_return(name)).then_some(name)
    }

    /// Whether a raw query can return a column of this name. What detc has written itself does.
    pub(in crate::packs) fn may_return(&self, name: &str) -> bool {
        !self.is_raw() || has_word(&self.entry.compiled.text, name)
    }

    fn is_raw(&self) -> bool {
        self.entry.compiled.verdict == Verdict::Raw
    }

    fn find(&self, field: &Spanned<Field>) -> Result<Column, Diagnostic> {
        let (entry, name) = (self.entry, &*field.value.name);
        let refuse = |message: String, help: &str| {
            Diagnostic::new(Code::E1021, format!("{}: {message}", self.product.name()))
                .at(&entry.detection.file, field.span, "")
                .help(help)
        };
        let compiled = entry.compiled.columns.iter().find(|(neutral, _)| neutral == name);
        let column = match compiled {
            Some((_, column)) => column.as_str(),
            None if self.is_raw() && has_word(&entry.compiled.text, name) => name,
            None => {
                return Err(refuse(
                    format!("the query does not return a column for `{name}`"),
                    "let the query return a column of this name, in this case",
                ));
            }
        };
        if !is_name(column) {
            return Err(refuse(
                format!("the column `{column}` has a name that alerts cannot show"),
                "such names are ASCII letters, digits and underscores, and do not start with a digit",
            ));
        }
        let is_list = match &entry.detection.summary {
            _ if self.is_raw() => false,
            // A group has one value of each field that it is made by.
            Some(summary) => !summary.by.iter().any(|one| one.value == field.value),
            None => field.value.many || field.value.field_type == FieldType::Pairs,
        };
        Ok(Column { name: column.to_owned(), is_list })
    }
}

/// The fields that a rule shows. Drilldowns have no place in it.
pub(super) fn shown(detection: &Detection) -> Vec<&Spanned<Field>> {
    let mut named: Vec<&Spanned<Field>> = Vec::new();
    if let Some(suppression) = &detection.suppression {
        named.extend(&suppression.by);
    }
    named.extend(detection.entities.iter().map(|entity| &entity.field));
    if let Some(risk) = &detection.risk {
        named.extend(risk.objects.iter().map(|object| &object.field));
        named.extend(risk.threat_objects.iter().map(|object| &object.field));
        named.extend(risk.message.fields());
    }
    if let Some(summary) = &detection.summary {
        named.extend(summary.by.iter().chain(&summary.values));
    }
    let mut once: Vec<&Spanned<Field>> = Vec::new();
    for field in named {
        if !once.iter().any(|known| known.value == field.value) {
            once.push(field);
        }
    }
    once
}

/// Azure-Sentinel's checks: `^[a-zA-Z_]+\w*$`.
fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a raw query names the column anywhere but in what could be a comment. What follows `//` in a text is passed
/// over as well: such a query is refused rather than believed.
fn has_word(query: &str, name: &str) -> bool {
    let code = query.lines().filter_map(|line| line.split("//").next());
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).any(|word| word == name)
}
