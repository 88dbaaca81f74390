//! `foreach` over fields.
//!
//! The template is a text in which `<<FIELD>>` and `<<MATCHSTR>>` are replaced, so it is read anew for each field, at most
//! once a run.

use std::sync::Arc;

use super::fill::all_fields;
use super::state::{Run, Table};
use super::{Answer, Pipeline, Step, compile};
use crate::source::Span;
use crate::spl::ast::Foreach;
use crate::spl::parse;
use crate::spl::problem::{Problem, Stop};
use crate::spl::wildcard::Wildcard;

/// `foreach`.
#[derive(Debug)]
pub(super) struct ForeachStep {
    targets: Vec<Target>,
    template: String,
    span: Span,
}

#[derive(Debug)]
enum Target {
    /// A name, with its commands.
    Name(Arc<str>, Pipeline),
    Pattern(Wildcard),
}

impl ForeachStep {
    pub(super) fn compile(it: &Foreach, problems: &mut Vec<Problem>) -> Option<Self> {
        let (template, span) = (&it.template.value, it.template.span);
        let mut targets = Vec::new();
        for field in &it.fields {
            if field.value.contains('*') {
                targets.push(Target::Pattern(Wildcard::new(&field.value, false)));
                // The commands are looked at now, so that what is wrong is found before any row is.
                instance(template, "field_at_hand", "field_at_hand", span, problems)?;
            } else {
                let pipeline = instance(template, &field.value, "", span, problems)?;
                targets.push(Target::Name(Arc::from(field.value.as_str()), pipeline));
            }
        }
        Some(Self { targets, template: template.clone(), span })
    }
}

/// The commands for one field.
fn instance(
    template: &str,
    field: &str,
    matched: &str,
    span: Span,
    problems: &mut Vec<Problem>,
) -> Option<Pipeline> {
    if template.contains("<<MATCHSEG") || field.contains(['\'', '"', '\\', '[', ']', '|', '`']) {
        problems.push(Problem::outside("this `foreach` is not evaluated", span));
        return None;
    }
    let text = template.replace("<<FIELD>>", field).replace("<<MATCHSTR>>", matched);
    let mut found = Vec::new();
    let pipeline = match parse::parse_template(&text) {
        Ok(search) => compile::continuation(&search, &mut found),
        Err(wrong) => {
            found = wrong;
            None
        }
    };
    // Places within the instance are not those of the text.
    problems.extend(found.into_iter().map(|problem| Problem { span, ..problem }));
    pipeline
}

impl Step for ForeachStep {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for target in &self.targets {
            match target {
                Target::Name(name, pipeline) => {
                    let exists = table.rows.iter().any(|row| row.get(name).is_some());
                    let after = pipeline.run(Some(table.clone()), run)?;
                    // Whether the commands run for a field that no row has is not documented.
                    if !exists && !after.same_as(&table) {
                        return Err(Stop::open("foreach"));
                    }
                    table = after;
                }
                Target::Pattern(pattern) => {
                    for name in all_fields(&table.rows, run)? {
                        let Some(matched) = pattern.captures(&name) else { continue };
                        run.step(self.template.len())?;
                        let matched = matched.join("");
                        let mut problems = Vec::new();
                        let Some(pipeline) =
                            instance(&self.template, &name, &matched, self.span, &mut problems)
                        else {
                            let what = problems.first().map_or("this `foreach`", |problem| &problem.message);
                            return Err(Stop::Outside { what: what.to_owned(), span: self.span });
                        };
                        table = pipeline.run(Some(table), run)?;
                    }
                }
            }
        }
        Ok(table)
    }
}
