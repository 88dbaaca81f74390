//! `in`, `has_any`, `has_all`: a value and a list.
//!
//! In: the list as it is written. Out: a node of the type `bool`. Must not know rows.
//!
//! <https://learn.microsoft.com/kusto/query/in-operator>, `in-cs-operator`, `has-any-operator`, `has-all-operator`.

use std::sync::Arc;

use super::scope::Scope;
use super::{Binder, Bound, Frame, Typed};
use crate::kql::ast::{Expr, ExprKind, ListRelation};
use crate::kql::plan::{Membership, Node, Set, TextForm};
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

impl Binder<'_> {
    /// A [`List`](ExprKind::List).
    pub(super) fn list(&mut self, scope: &Scope, frame: &mut Frame, expr: &Expr) -> Bound<Typed> {
        let span = expr.span;
        let ExprKind::List { value, relation, negated, items } = &expr.kind else {
            return self.wrong("a list is expected", span);
        };
        let (relation, negated) = (*relation, *negated);
        let value_span = value.span;
        let value = self.scalar(scope, frame, value)?;
        let cased = relation == ListRelation::In;
        if let [only] = items.as_slice()
            && self.is_rows_expression(scope, only)
        {
            if !matches!(relation, ListRelation::In | ListRelation::InIgnoringCase) {
                return self.outside("`has_any` over rows", span);
            }
            return self.in_rows(scope, value, only, Membership { negated, cased, texts: false }, span);
        }
        let bound: Vec<_> = items.iter().map(|item| self.scalar(scope, frame, item)).collect();
        let bound: Vec<Typed> = bound.into_iter().collect::<Bound<_>>()?;
        match relation {
            ListRelation::HasAny | ListRelation::HasAll => {
                let value = match value.kind {
                    Type::String => value.node,
                    Type::Dynamic => Node::ToText(Box::new(value.node), TextForm::Plain),
                    other => {
                        return self.wrong(
                            format!("`has_any` and `has_all` do not look into a {other}"),
                            value_span,
                        );
                    }
                };
                if let Some(wrong) =
                    bound.iter().find(|item| !matches!(item.kind, Type::String | Type::Dynamic))
                {
                    return self
                        .wrong(format!("`has_any` and `has_all` do not look for a {}", wrong.kind), span);
                }
                let nodes = bound.into_iter().map(|item| item.node).collect();
                Ok(Typed::new(
                    Node::Has(Box::new(value), nodes, relation == ListRelation::HasAll),
                    Type::Bool,
                ))
            }
            ListRelation::In | ListRelation::InIgnoringCase => {
                self.in_items(value, bound, cased, negated, span)
            }
        }
    }

    fn in_items(
        &mut self,
        value: Typed,
        items: Vec<Typed>,
        cased: bool,
        negated: bool,
        span: Span,
    ) -> Bound<Typed> {
        let text_items = items.iter().any(|item| item.kind == Type::String)
            || items.iter().any(|item| {
                matches!(&item.node, Node::Const(Value::Array(array)) if array.items.iter().any(|i| matches!(i, Value::Text(_))))
            });
        let texts = value.kind == Type::String || (value.kind == Type::Dynamic && text_items);
        if !cased && !texts {
            return self.wrong(format!("`in~` compares strings, not a {}", value.kind), span);
        }
        for item in &items {
            let fits = item.kind == Type::Dynamic
                || item.kind == value.kind
                || (item.kind.is_number() && value.kind.is_number())
                || value.kind == Type::Dynamic;
            if !fits {
                return self.fail(
                    Problem::wrong(format!("a {} is not looked for among a {}", value.kind, item.kind), span)
                        .help("cast one side to the type of the other"),
                );
            }
        }
        let membership = Membership { negated, cased, texts };
        let value_node = Box::new(value.node);
        let constants: Option<Vec<Value>> = items
            .iter()
            .map(|item| match &item.node {
                Node::Const(Value::Array(array)) if item.kind == Type::Dynamic => Some(array.items.clone()),
                Node::Const(value) if item.kind != Type::Dynamic => Some(vec![value.clone()]),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(|values| values.concat());
        let Some(constants) = constants else {
            let nodes = items.into_iter().map(|item| item.node).collect();
            return Ok(Typed::new(Node::In(value_node, nodes, membership), Type::Bool));
        };
        let all_texts = constants.iter().all(|constant| matches!(constant, Value::Text(_)));
        let all_whole =
            value.kind.is_whole() && constants.iter().all(|constant| matches!(constant, Value::Long(_)));
        if !(texts && all_texts || all_whole) {
            let nodes = constants.into_iter().map(Node::Const).collect();
            return Ok(Typed::new(Node::In(value_node, nodes, membership), Type::Bool));
        }
        let mut set = Set::default();
        for constant in &constants {
            match constant {
                Value::Text(text) if cased => set.keys.insert(text.to_string()),
                Value::Text(text) => {
                    set.folded.insert(text.to_lowercase());
                    set.keys.insert(text.to_ascii_lowercase())
                }
                other => set.keys.insert(other.to_key()),
            };
        }
        Ok(Typed::new(Node::InSet(value_node, Arc::new(set), membership), Type::Bool))
    }

    /// `in (T | project x)`: the first column counts.
    fn in_rows(
        &mut self,
        scope: &Scope,
        value: Typed,
        rows: &Expr,
        membership: Membership,
        span: Span,
    ) -> Bound<Typed> {
        let (index, columns) = self.shared_rows(scope, rows)?;
        let Some(first) = columns.first() else { return self.wrong("rows without a column", span) };
        let texts = first.kind == Type::String;
        let fits = first.kind == value.kind || (first.kind.is_whole() && value.kind.is_whole());
        if !fits {
            return self.wrong(format!("a {} is not looked for among a {}", value.kind, first.kind), span);
        }
        if !membership.cased && !texts {
            return self.wrong(format!("`in~` compares strings, not a {}", value.kind), span);
        }
        let membership = Membership { texts, ..membership };
        Ok(Typed::new(Node::InRows(Box::new(value.node), index, membership), Type::Bool))
    }
}
