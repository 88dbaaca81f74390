//! What ties the event of a step to those of earlier steps.
//!
//! In: links. Out: the columns that stages bring for them, tables to look things up in, and a condition on a row of a
//! chain. Must not know how a chain is put together.
//!
//! Texts that are compared are in lower case, and a missing one is empty: so one of the two has to be there.

use super::stage::{Comparable, alike};
use super::window::{added, column};
use super::{Build, StageTable};
use crate::ir::{Case, Field, FieldTest, Link, Match, Pattern, Predicate, Step};
use crate::source::Span;
use crate::targets::kusto::ast::{Assignment, JoinKind, Operator, Source};
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::Done;
use crate::targets::kusto::tokens::Ident;

/// What chains need of each step.
#[derive(Default)]
pub(super) struct Ties {
    /// The columns of each step, with the last step that reads each.
    pub(super) columns: Vec<(usize, Ident, usize)>,
    /// The texts that are columns already: step, field, column.
    texts: Vec<(usize, String, Ident)>,
    /// What is looked up.
    pub(super) lookups: Vec<Lookup>,
}

/// A stage in which a step looks something up.
pub(super) struct Lookup {
    /// The step.
    pub(super) step: usize,
    /// The stage.
    stage: usize,
    /// The column of the step and the one of the stage.
    equal: Vec<(Ident, Ident)>,
    /// The column that says whether it was seen.
    pub(super) seen: Ident,
}

impl Build<'_> {
    /// The condition of a link of a step, on a row with the columns of this step and of earlier ones.
    pub(super) fn tied(&mut self, link: &Link, step: usize, steps: &[Step], ties: &mut Ties) -> Done<Expr> {
        match link {
            Link::All(members) | Link::Any(members) => {
                let lowered: Vec<Done<Expr>> =
                    members.iter().map(|member| self.tied(member, step, steps, ties)).collect();
                let lowered = lowered.into_iter().collect::<Done<Vec<Expr>>>()?;
                Ok(if matches!(link, Link::All(_)) { Expr::all(lowered) } else { Expr::any(lowered) })
            }
            Link::Equal { field, step: earlier, other, span } => {
                let own = self.text_column((step, steps[step].stage), field, *span, step, ties);
                let theirs = self.text_column((*earlier, steps[*earlier].stage), other, *span, step, ties);
                let ((own, left), (theirs, right)) = (own?, theirs?);
                alike(&mut self.stages[steps[step].stage], (&field.name, *span), &left, &right)?;
                let present = Expr::call("isnotempty", column(&own));
                Ok(Expr::all([present, Expr::compare(column(&own), Relation::Equal, column(&theirs))]))
            }
            Link::Constant { text, .. } if text.is_empty() => Ok(Expr::Boolean(false)),
            Link::Constant { step: earlier, field, text, span } => {
                let pattern = Pattern::literal(text.as_str());
                let test = FieldTest {
                    field: field.clone(),
                    any_of: vec![Match::Text { pattern, case: Case::Insensitive }],
                    span: *span,
                };
                let stage = &mut self.stages[steps[*earlier].stage];
                let value = stage.condition(&Predicate::Field(test))?;
                let name = named(stage, &field.name);
                let name = self.names.helper(&format!("{name}_fits"));
                self.stages[steps[*earlier].stage].bring(name.clone(), value);
                ties.columns.push((*earlier, name.clone(), step));
                Ok(column(&name))
            }
            Link::Seen { stage, equal, span } => {
                let mut pairs = Vec::new();
                for (field, theirs) in equal {
                    let own = self.text_column((step, steps[step].stage), field, *span, step, ties);
                    let looked_up = &mut self.stages[*stage];
                    let found = looked_up.comparable(theirs, *span);
                    let ((own, left), found) = (own?, found?);
                    let name = self.names.helper(&named(looked_up, &theirs.name));
                    looked_up.bring(name.clone(), found.text.clone());
                    alike(looked_up, (&theirs.name, *span), &left, &found)?;
                    pairs.push((own, name));
                }
                let seen = self.names.helper(&format!("{}_seen", self.correlation.stages[*stage].name.value));
                ties.lookups.push(Lookup { step, stage: *stage, equal: pairs, seen: seen.clone() });
                Ok(column(&seen))
            }
        }
    }

    /// The column with the text of a field of a step, brought once. `reader` is the step that reads it.
    fn text_column(
        &mut self,
        (step, stage): (usize, usize),
        field: &Field,
        span: Span,
        reader: usize,
        ties: &mut Ties,
    ) -> Done<(Ident, Comparable)> {
        let stage = &mut self.stages[stage];
        let found = stage.comparable(field, span)?;
        let known = ties.texts.iter().find(|(of, name, _)| *of == step && **name == *field.name);
        let name = match known {
            Some((_, _, name)) => name.clone(),
            None => {
                let name = self.names.helper(&named(stage, &field.name));
                stage.bring(name.clone(), found.text.clone());
                ties.texts.push((step, field.name.to_string(), name.clone()));
                ties.columns.push((step, name.clone(), reader));
                name
            }
        };
        for (_, column, last) in &mut ties.columns {
            if *column == name {
                *last = reader.max(*last);
            }
        }
        Ok((name, found))
    }

    /// Adds to rows of a step whether something was seen by their time.
    pub(super) fn look_up(&mut self, lookup: &Lookup, keys: &[Ident]) -> [Operator; 2] {
        let first = self.names.helper("first_seen");
        let source = Source::Table { name: self.stages[lookup.stage].name.clone() };
        let (own, theirs): (Vec<Ident>, Vec<Ident>) = lookup.equal.iter().cloned().unzip();
        let renamed = lookup.equal.iter().map(|(own, theirs)| Assignment::new(own.clone(), column(theirs)));
        let kept = keys.iter().chain([&self.time]).map(|name| Assignment::new(name.clone(), column(name)));
        let earliest = Assignment::new(first.clone(), Expr::call("min", column(&self.time)));
        let by: Vec<Ident> = keys.iter().chain(&own).cloned().collect();
        let present = theirs.iter().map(|name| Expr::call("isnotempty", column(name)));
        let known = vec![
            super::window::filter(present),
            Operator::Project { columns: kept.chain(renamed).collect::<Vec<_>>().into() },
            Operator::Summarize { aggregates: vec![earliest].into(), by: by.clone() },
        ];
        let with = self.define("known", source, known);
        let by_then = Expr::compare(column(&first), Relation::LessOrEqual, column(&self.time));
        let seen = Expr::all([Expr::call("isnotnull", column(&first)), by_then]);
        let seen = Assignment::new(lookup.seen.clone(), seen);
        [Operator::Join { kind: JoinKind::LeftOuter, with, on: by }, added(vec![seen])]
    }
}

/// What the column of a field is called in a chain.
fn named(stage: &StageTable, field: &str) -> String {
    format!("{}_{field}", stage.name.0.trim_end_matches("_events"))
}
