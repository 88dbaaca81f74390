//! `regex`.

use std::sync::Arc;

use regex::Regex;

use super::fields::one_text;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::Name;
use crate::spl::pcre;
use crate::spl::problem::Problem;

/// `regex`.
#[derive(Debug)]
pub(super) struct RegexStep {
    field: Arc<str>,
    negated: bool,
    regex: Arc<Regex>,
}

impl RegexStep {
    pub(super) fn compile(
        field: &Name,
        negated: bool,
        pattern: &Name,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        match pcre::compile(&pattern.value) {
            Ok(regex) => Some(Self { field: Arc::from(field.value.as_str()), negated, regex }),
            Err(message) => {
                problems.push(Problem::outside(message, pattern.span));
                None
            }
        }
    }
}

impl Step for RegexStep {
    /// K12, K13.
    fn apply(&self, table: Table, run: &Run) -> Answer<Table> {
        let unordered = table.unordered;
        let mut kept = Vec::new();
        for row in table.rows {
            let keeps = match one_text(&row, &self.field)? {
                Some(text) => {
                    run.step(1 + text.len() / 64)?;
                    self.regex.is_match(&text) != self.negated
                }
                // C11: whether a row that lacks the field is kept.
                None => self.negated && run.side("C11"),
            };
            if keeps {
                kept.push(row);
            }
        }
        Ok(Table { rows: kept, unordered })
    }
}
