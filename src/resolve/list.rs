//! Tests of membership in a list.
//!
//! In: the name of a list, or of one of its columns. Out: the match, or a finding: an unknown list never becomes a
//! wildcard. Must not know how a list is read or looked up.

use std::sync::Arc;

use super::Resolver;
use super::value::{Target, text_of};
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{ColumnType, FieldType, List, Match, Membership};
use crate::schema::Scalar;
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// `NAME` or `NAME.column`.
    pub(super) fn in_list(&mut self, value: &Spanned<Scalar>, target: &Target) -> Option<Vec<Match>> {
        let Scalar::Text(written) = &value.value else {
            let finding = self.error(Code::E0401, value.span, "`in_list` takes the name of a list");
            self.report(finding.help("NAME, or NAME.column"));
            return None;
        };
        self.membership(written, value.span, target)
    }

    /// Sigma's `%NAME%`. A placeholder inside a longer text is none: what it would stand for is a pattern.
    pub(super) fn placeholder(&mut self, value: &Spanned<Scalar>, target: &Target) -> Option<Vec<Match>> {
        let text = text_of(&value.value).unwrap_or_default();
        let name = text.strip_prefix('%').and_then(|text| text.strip_suffix('%'));
        match name.filter(|name| !name.is_empty() && !name.contains('%')) {
            Some(name) => self.membership(name, value.span, target),
            None => {
                let message = format!("`{text}` is not one placeholder");
                let help =
                    "write `%NAME%` for the list NAME, with a column of type `pattern` for parts of values";
                self.report(self.error(Code::E0310, value.span, message).help(help));
                None
            }
        }
    }

    fn membership(&mut self, written: &str, span: Span, target: &Target) -> Option<Vec<Match>> {
        let (name, column) = match written.split_once('.') {
            Some((name, column)) => (name, Some(column)),
            None => (written, None),
        };
        let list = self.list(name, span)?;
        let column = match column {
            None => list.key,
            Some(column) => match list.column(column) {
                Some(column) => column,
                None => {
                    self.no_column(&list, column, span);
                    return None;
                }
            },
        };
        let held = list.columns.get(column)?;
        if !fits(held.column_type, target.field.field_type) {
            let field = target.field;
            let message = format!(
                "the column `{}` of `{name}` is of type {}, `{}` of type {}",
                held.name,
                held.column_type.name(),
                field.name,
                field.field_type.name()
            );
            let finding = self.error(Code::E0314, span, message).help(match columns_for(field.field_type) {
                Some(types) => {
                    format!("give the column the type {types}, or name another column: {name}.COLUMN")
                }
                None => "test the values themselves".to_owned(),
            });
            self.report(finding);
            return None;
        }
        Some(vec![Match::InList(Membership { list, column })])
    }

    fn list(&mut self, name: &str, span: Span) -> Option<Arc<List>> {
        match self.context.catalogue.list(name) {
            Some(Ok(list)) => Some(list),
            Some(Err(findings)) => {
                self.findings.extend(findings);
                None
            }
            None => {
                let near = did_you_mean(name, self.context.catalogue.lists());
                let finding = self
                    .error(Code::E0310, span, format!("the list `{name}` is not defined"))
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("define it in lists/{name}.yml or lists/{name}.csv"),
                    });
                self.report(finding);
                None
            }
        }
    }

    fn no_column(&mut self, list: &List, column: &str, span: Span) {
        let names = || list.columns.iter().map(|column| column.name.as_str());
        let help = match did_you_mean(column, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its columns are {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("the list `{}` has no column `{column}`", list.name);
        self.report(self.error(Code::E0314, span, message).help(help));
    }
}

/// Whether values of a field can be held against a column.
fn fits(column: ColumnType, field: FieldType) -> bool {
    match column {
        ColumnType::Text | ColumnType::Pattern => field == FieldType::Text,
        ColumnType::Integer => field == FieldType::Integer,
        ColumnType::Ip | ColumnType::Cidr => field == FieldType::Ip,
    }
}

fn columns_for(field: FieldType) -> Option<&'static str> {
    match field {
        FieldType::Text => Some("`text` or `pattern`"),
        FieldType::Integer => Some("`integer`"),
        FieldType::Ip => Some("`ip` or `cidr`"),
        FieldType::Real | FieldType::Boolean | FieldType::Timestamp | FieldType::Pairs => None,
    }
}
