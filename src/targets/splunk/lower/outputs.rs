//! Which fields the result must have, and the `eval` commands that compute fields.
//!
//! In: the scope. Out: `eval` commands in an order in which none overwrites what a later one reads. Must not know
//! where the commands stand in the search.

use super::scope::{Access, Scope};
use crate::ir::{Detection, Field};
use crate::source::Span;
use crate::targets::splunk::ast::Command;
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::{EvalTarget, FieldName};

/// A field of the result and the place in the detection that asks for it.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    /// The field.
    pub(super) field: &'a Field,
    /// The place.
    pub(super) span: Span,
}

/// The fields of `Detection::outputs`.
pub(super) fn outputs(detection: &Detection) -> Vec<Output<'_>> {
    detection.outputs().into_iter().map(|named| Output { field: &named.value, span: named.span }).collect()
}

/// One `eval`, not yet ordered.
struct Assignment {
    target: FieldName,
    value: EvalExpr,
    reads: Vec<String>,
}

impl<'a> Scope<'a> {
    /// Computes the fields that a condition needs, before it. A field whose neutral name is also the name of a raw
    /// field that is read later gets a name of its own, so that it hides nothing.
    pub(super) fn compute(
        &mut self,
        needed: &[&'a Field],
        read_later: &[&'a Field],
        span: Span,
    ) -> Vec<Command> {
        let mut commands = Vec::new();
        for field in needed.iter().copied() {
            if !self.is_computed(field) || self.assigned(field).is_some() {
                continue;
            }
            let hides = read_later.iter().any(|other| {
                *other != field && self.raw_reads(other).iter().any(|raw| *raw == field.name.as_ref())
            });
            let Some(neutral) = self.neutral_name(field, span) else { continue };
            let target = if hides { FieldName::new(&format!("detc_{}", field.name)) } else { Some(neutral) };
            let value = match self.peek(field) {
                Some(Access::Derived(derived)) => self.derivation(derived),
                Some(Access::Bound(_)) | None => self.value(field, span),
            };
            let Some(target) = target else { continue };
            commands.extend(value.and_then(|value| eval(&target, value)));
            // Also after a finding, so that what reads it does not bring a second one.
            self.assign(field, target);
        }
        commands
    }

    /// Gives the fields their neutral names, after the condition.
    pub(super) fn name_outputs(&mut self, outputs: &[Output<'a>]) -> Vec<Command> {
        // Derivations that are only shown come first: they read raw fields and one another.
        let roots: Vec<_> = outputs.iter().map(|output| output.field).collect();
        let needed = self.closure(roots.iter().copied());
        let derived: Vec<_> = needed
            .iter()
            .copied()
            .filter(|field| matches!(self.peek(field), Some(Access::Derived(_))))
            .collect();
        let span = outputs.first().map_or_else(Span::default, |output| output.span);
        let mut inputs = Vec::new();
        for field in &derived {
            inputs.extend(
                self.closure([*field]).into_iter().filter(|input| input != field && self.is_computed(input)),
            );
        }
        inputs.extend(derived);
        let mut commands = self.compute(&inputs, &needed, span);
        let mut waiting = self.assignments(outputs);
        // What no other one reads may be overwritten.
        while !waiting.is_empty() {
            let free = (0..waiting.len()).find(|at| {
                let target = waiting[*at].target.as_str();
                !waiting
                    .iter()
                    .enumerate()
                    .any(|(i, other)| i != *at && other.reads.iter().any(|read| read == target))
            });
            let Some(free) = free else {
                self.refuse(
                    "these output fields together",
                    "each would overwrite what another one is read from",
                    span,
                    "leave one of them out",
                );
                break;
            };
            let Assignment { target, value, .. } = waiting.remove(free);
            commands.extend(eval(&target, value));
        }
        commands
    }

    fn assignments(&mut self, outputs: &[Output<'a>]) -> Vec<Assignment> {
        let mut all = Vec::new();
        for output in outputs {
            let neutral = self.neutral_name(output.field, output.span);
            let value = self.value(output.field, output.span);
            let (Some(target), Some(value)) = (neutral, value) else { continue };
            let reads = match (self.assigned(output.field), &value) {
                (Some(name), _) => vec![name.as_str().to_owned()],
                (None, _) => self.raw_reads(output.field).into_iter().map(str::to_owned).collect(),
            };
            self.assign(output.field, target.clone());
            if value != EvalExpr::Field(target.clone()) {
                all.push(Assignment { target, value, reads });
            }
        }
        all
    }
}

/// The command that computes one field; `None` when the name cannot be assigned to.
pub(super) fn eval(target: &FieldName, value: EvalExpr) -> Option<Command> {
    Some(Command::Eval { assignments: vec![(target.as_target()?, value)] })
}

/// Plain copies that follow one another, in one `eval`: it works from left to right (E58), so nothing changes.
pub(super) fn join_copies(commands: Vec<Command>) -> Vec<Command> {
    let mut joined: Vec<Command> = Vec::with_capacity(commands.len());
    for command in commands {
        match (joined.last_mut(), command) {
            (Some(Command::Eval { assignments: before }), Command::Eval { assignments })
                if are_copies(before) && are_copies(&assignments) =>
            {
                before.extend(assignments);
            }
            (_, command) => joined.push(command),
        }
    }
    joined
}

fn are_copies(assignments: &[(EvalTarget, EvalExpr)]) -> bool {
    assignments.iter().all(|(_, value)| matches!(value, EvalExpr::Field(_) | EvalExpr::Text(_)))
}
