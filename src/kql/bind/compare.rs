//! Comparisons: which types go together, and what a literal is taken for.
//!
//! In: two sides with their types. Out: a node of the type `bool`. Must not know names.
//!
//! <https://learn.microsoft.com/kusto/query/datatypes-string-operators>, `numerical-operators`, `between-operator`.
//! A text literal beside a `datetime` is read as one; two columns of different types are refused by Kusto.

use super::{Binder, Bound, Typed};
use crate::kql::ast::Binary;
use crate::kql::clock::{self, Read};
use crate::kql::plan::{Node, TextForm};
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

impl Binder<'_> {
    pub(super) fn compare(
        &mut self,
        left: Typed,
        operator: Binary,
        right: Typed,
        span: Span,
    ) -> Bound<Typed> {
        let (left, right) = self.alike(left, right, span)?;
        let equality = matches!(operator, Binary::Equal | Binary::NotEqual);
        let fits = match (left.kind, right.kind) {
            (a, b) if a.is_number() && b.is_number() => true,
            (Type::Dynamic, Type::Dynamic) => {
                return self.fail(
                    Problem::wrong("two dynamics cannot be compared", span)
                        .help("cast both, as with `tostring(…)`"),
                );
            }
            (Type::Dynamic, other) | (other, Type::Dynamic) => {
                equality || (other != Type::String && other != Type::Bool)
            }
            (Type::String, Type::String) if !equality => return self.outside("the order of strings", span),
            (Type::Bool | Type::Guid, _) if !equality => {
                return self.outside("the order of such values", span);
            }
            (a, b) => a == b,
        };
        if !fits {
            let message = format!("a {} cannot be compared with a {}", left.kind, right.kind);
            return self.fail(Problem::wrong(message, span).help("cast one side to the type of the other"));
        }
        Ok(Typed::new(Node::Compare(operator, Box::new(left.node), Box::new(right.node)), Type::Bool))
    }

    /// Takes a `dynamic` beside a string as its text, and reads a text literal as what it is compared with.
    fn alike(&mut self, left: Typed, right: Typed, span: Span) -> Bound<(Typed, Typed)> {
        let (left_kind, right_kind) = (left.kind, right.kind);
        let text_beside = |side: Typed, other: Type| match (side.kind, other) {
            (Type::Dynamic, Type::String) => {
                Typed::new(Node::ToText(Box::new(side.node), TextForm::OrNull), Type::String)
            }
            _ => side,
        };
        let (left, right) = (text_beside(left, right_kind), text_beside(right, left_kind));
        Ok((self.literal_as(left, right_kind, span)?, self.literal_as(right, left_kind, span)?))
    }

    fn literal_as(&mut self, side: Typed, wanted: Type, span: Span) -> Bound<Typed> {
        let Node::Const(Value::Text(text)) = &side.node else { return Ok(side) };
        match wanted {
            Type::DateTime => match clock::read(text) {
                Read::Ticks(ticks) => Ok(Typed::new(Node::Const(Value::DateTime(ticks)), wanted)),
                Read::Nothing | Read::Unknown => self.outside(format!("the date {text:?}"), span),
            },
            _ => Ok(side),
        }
    }

    /// `between`: over numbers, points in time and spans. A span as the upper end is counted from the lower one.
    pub(super) fn between(
        &mut self,
        value: Typed,
        low: Typed,
        high: Typed,
        negated: bool,
        span: Span,
    ) -> Bound<Typed> {
        let low = self.literal_as(low, value.kind, span)?;
        let high = self.literal_as(high, value.kind, span)?;
        let high = match (low.kind, high.kind) {
            (Type::DateTime, Type::TimeSpan) => super::expression::fold(Typed::new(
                Node::Arithmetic(Binary::Add, Box::new(low.node.clone()), Box::new(high.node)),
                Type::DateTime,
            )),
            _ => high,
        };
        let all = [value.kind, low.kind, high.kind];
        let fits = all.iter().all(|kind| kind.is_number())
            || all.iter().all(|kind| *kind == Type::DateTime)
            || all.iter().all(|kind| *kind == Type::TimeSpan);
        if !fits {
            return self
                .wrong(format!("`between` does not take a {}, a {} and a {}", all[0], all[1], all[2]), span);
        }
        Ok(Typed::new(
            Node::Between(Box::new(value.node), Box::new(low.node), Box::new(high.node), negated),
            Type::Bool,
        ))
    }
}
