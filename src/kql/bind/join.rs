//! `join` and `lookup`.
//!
//! In: both sides and the conditions. Out: a step, and the columns of the result. Must not know rows.
//!
//! <https://learn.microsoft.com/kusto/query/join-operator>, `lookup-operator`. The default of `join` is `innerunique`,
//! which keeps one left row a key; that of `lookup` is `leftouter`. A column of the right side whose name is taken
//! gets a number. A null key matches a null key.

use super::names::Namer;
use super::scope::Scope;
use super::{Binder, Bound, Frame, Typed, null_of};
use crate::kql::ast::{self, Binary, Expr, ExprKind};
use crate::kql::plan::{Join, JoinKind, Plan, Step};
use crate::kql::problem::Problem;
use crate::kql::table::Column;
use crate::kql::types::Type;
use crate::source::Span;

impl Binder<'_> {
    pub(super) fn join(
        &mut self,
        scope: &Scope,
        plan: &mut Plan,
        join: &ast::Join,
        is_lookup: bool,
        span: Span,
    ) -> Bound<()> {
        let kind = match (join.kind.as_ref().map(|kind| kind.value.as_str()), is_lookup) {
            (None | Some("leftouter"), true) | (Some("leftouter"), false) => JoinKind::LeftOuter,
            (Some("inner"), _) => JoinKind::Inner,
            (None | Some("innerunique"), false) => JoinKind::InnerUnique,
            (Some("rightouter"), false) => JoinKind::RightOuter,
            (Some("fullouter"), false) => JoinKind::FullOuter,
            (Some("leftanti" | "anti" | "leftantisemi"), false) => JoinKind::LeftAnti,
            (Some("leftsemi"), false) => JoinKind::LeftSemi,
            (Some("rightanti" | "rightantisemi"), false) => JoinKind::RightAnti,
            (Some("rightsemi"), false) => JoinKind::RightSemi,
            (Some(other), _) => return self.wrong(format!("there is no join of the kind `{other}`"), span),
        };
        let right = self.pipe(scope, &join.right)?;
        let (mut left_keys, mut right_keys, mut key_names) = (Vec::new(), Vec::new(), Vec::new());
        for condition in &join.on {
            let (left, other) = self.sides_of(condition)?;
            let bound = (
                self.key(scope, &plan.columns, &left, condition.span),
                self.key(scope, &right.columns, &other, condition.span),
            );
            let (left, typed) = (bound.0?, bound.1?);
            let fits = left.kind == typed.kind || (left.kind.is_whole() && typed.kind.is_whole());
            if !fits {
                let message = format!("a {} is joined with a {}", left.kind, typed.kind);
                return self.wrong(message, condition.span);
            }
            key_names.push(other);
            left_keys.push(left.node);
            right_keys.push(typed.node);
        }
        let semi_right = matches!(kind, JoinKind::RightAnti | JoinKind::RightSemi);
        let semi_left = matches!(kind, JoinKind::LeftAnti | JoinKind::LeftSemi);
        let mut columns: Vec<Column> = if semi_right { Vec::new() } else { plan.columns.clone() };
        let mut namer = Namer::default();
        for column in &columns {
            namer.take(column.name.clone());
        }
        let mut right_columns = Vec::new();
        for (index, column) in right.columns.iter().enumerate() {
            if semi_left || (is_lookup && key_names.contains(&column.name)) {
                continue;
            }
            right_columns.push(index);
            columns.push(Column::new(namer.take(column.name.clone()), column.kind));
        }
        let nulls = |columns: &[Column]| columns.iter().map(|column| null_of(column.kind)).collect();
        plan.steps.push(Step::Join(Box::new(Join {
            kind,
            left_nulls: nulls(&plan.columns),
            right_nulls: nulls(&right.columns),
            right,
            left_keys,
            right_keys,
            right_columns,
        })));
        plan.columns = columns;
        plan.ordered = false;
        Ok(())
    }

    /// The two columns of a condition: `name`, or `$left.a == $right.b` in either order.
    fn sides_of(&mut self, condition: &Expr) -> Bound<(String, String)> {
        if let ExprKind::Name(name) = &condition.kind {
            return Ok((name.clone(), name.clone()));
        }
        if let ExprKind::Binary(a, Binary::Equal, b) = &condition.kind {
            let side = |expr: &Expr| match &expr.kind {
                ExprKind::Member(base, column) => match &base.kind {
                    ExprKind::Name(side) => Some((side.clone(), column.clone())),
                    _ => None,
                },
                _ => None,
            };
            match (side(a), side(b)) {
                (Some((first, left)), Some((second, right))) if first == "$left" && second == "$right" => {
                    return Ok((left, right));
                }
                (Some((first, right)), Some((second, left))) if first == "$right" && second == "$left" => {
                    return Ok((left, right));
                }
                _ => {}
            }
        }
        self.fail(
            Problem::wrong("a condition of a join is a column or `$left.a == $right.b`", condition.span)
                .help("filter by other conditions in a `where` after the join"),
        )
    }

    fn key(&mut self, scope: &Scope, columns: &[Column], name: &str, span: Span) -> Bound<Typed> {
        if !columns.iter().any(|column| column.name == name) {
            return self.wrong(format!("there is no column `{name}` on this side of the join"), span);
        }
        let expr = Expr { kind: ExprKind::Name(name.to_owned()), span };
        let typed = self.scalar(scope, &mut Frame::over(columns, false), &expr)?;
        if typed.kind == Type::Dynamic {
            return self.fail(
                Problem::wrong("a join by a dynamic", span)
                    .help("extend a column with `tostring(…)` and join by that"),
            );
        }
        Ok(typed)
    }
}
