//! `rex`.

use std::sync::Arc;

use regex::Regex;

use super::fields::one_text;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::Rex;
use crate::spl::pcre;
use crate::spl::problem::Problem;
use crate::spl::value::Value;

/// `rex`: named groups become fields.
#[derive(Debug)]
pub(super) struct RexStep {
    field: Arc<str>,
    regex: Arc<Regex>,
    groups: Vec<Arc<str>>,
    max_match: usize,
}

impl RexStep {
    pub(super) fn compile(rex: &Rex, problems: &mut Vec<Problem>) -> Option<Self> {
        if rex.sed {
            problems.push(Problem::outside("`rex mode=sed` is not evaluated", rex.pattern.span));
            return None;
        }
        let regex = match pcre::compile(&rex.pattern.value) {
            Ok(regex) => regex,
            Err(message) => {
                problems.push(Problem::outside(message, rex.pattern.span));
                return None;
            }
        };
        let groups: Vec<Arc<str>> = regex.capture_names().flatten().map(Arc::from).collect();
        if groups.is_empty() {
            problems.push(Problem::refused("`rex` needs a named group", rex.pattern.span));
            return None;
        }
        // K11.
        for group in &groups {
            if group.len() > 32 || group.contains(['.', '[', ']']) {
                problems.push(Problem::refused(
                    format!("`{group}` cannot be the name of a group (K11)"),
                    rex.pattern.span,
                ));
                return None;
            }
        }
        let max_match = if rex.max_match == 0 {
            usize::MAX
        } else {
            usize::try_from(rex.max_match).unwrap_or(usize::MAX)
        };
        Some(Self { field: Arc::from(rex.field.value.as_str()), regex, groups, max_match })
    }
}

impl Step for RexStep {
    /// K09, K10: without a match all stays as it is.
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for row in &mut table.rows {
            let Some(text) = one_text(row, &self.field)? else { continue };
            run.step(1 + text.len() / 16)?;
            let mut found: Vec<Vec<Arc<str>>> = vec![Vec::new(); self.groups.len()];
            for captures in self.regex.captures_iter(&text).take(self.max_match) {
                for (values, group) in found.iter_mut().zip(&self.groups) {
                    if let Some(value) = captures.name(group) {
                        run.step(1)?;
                        run.take(value.len() + 16)?;
                        values.push(value.as_str().into());
                    }
                }
            }
            for (values, group) in found.into_iter().zip(&self.groups) {
                if let Some(value) = Value::many(values) {
                    row.set(Arc::clone(group), value);
                }
            }
        }
        Ok(table)
    }
}
