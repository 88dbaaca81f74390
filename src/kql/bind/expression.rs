//! Scalar expressions: names, paths, conditions and constants.
//!
//! In: an [`Expr`] and what it may name. Out: a node with its type. Must not know rows.

use super::scope::{Entry, Scope};
use super::{Binder, Bound, Frame, Typed};
use crate::diagnostics::did_you_mean;
use crate::kql::ast::{Binary, Expr, ExprKind};
use crate::kql::plan::{Node, TextForm};
use crate::kql::problem::Problem;
use crate::kql::run;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

impl Binder<'_> {
    /// A scalar.
    pub(super) fn scalar(&mut self, scope: &Scope, frame: &mut Frame, expr: &Expr) -> Bound<Typed> {
        self.count(1, expr.span)?;
        let typed = match &expr.kind {
            ExprKind::Name(name) => return self.name(scope, frame, name, expr.span),
            ExprKind::Literal(value, kind) => {
                let value =
                    if *kind == Type::String && value.is_null() { Value::text("") } else { value.clone() };
                Typed::new(Node::Const(value), *kind)
            }
            ExprKind::Call(name, arguments) => self.call(scope, frame, name, arguments, expr.span)?,
            ExprKind::Member(base, name) => {
                let base = self.scalar(scope, frame, base)?;
                self.step(base, Typed::new(Node::Const(Value::text(name)), Type::String), expr.span)?
            }
            ExprKind::Index(base, index) => {
                let base = self.scalar(scope, frame, base)?;
                let index = self.scalar(scope, frame, index)?;
                self.step(base, index, expr.span)?
            }
            ExprKind::Negative(inner) => {
                let inner_span = inner.span;
                let inner = self.scalar(scope, frame, inner)?;
                let kind = match inner.kind {
                    Type::Int | Type::Long => Type::Long,
                    Type::Real | Type::TimeSpan => inner.kind,
                    other => return self.wrong(format!("a {other} has no sign"), inner_span),
                };
                Typed::new(Node::Negative(Box::new(inner.node)), kind)
            }
            ExprKind::Binary(left, operator, right) => {
                let bound = (self.scalar(scope, frame, left), self.scalar(scope, frame, right));
                let (left, right) = (bound.0?, bound.1?);
                self.binary(left, *operator, right, expr.span)?
            }
            ExprKind::And(members) => {
                Typed::new(Node::And(self.conditions(scope, frame, members)?), Type::Bool)
            }
            ExprKind::Or(members) => {
                Typed::new(Node::Or(self.conditions(scope, frame, members)?), Type::Bool)
            }
            ExprKind::List { .. } => self.list(scope, frame, expr)?,
            ExprKind::Between { value, low, high, negated } => {
                let bound = (
                    self.scalar(scope, frame, value),
                    self.scalar(scope, frame, low),
                    self.scalar(scope, frame, high),
                );
                self.between(bound.0?, bound.1?, bound.2?, *negated, expr.span)?
            }
            ExprKind::Star => return self.wrong("`*` is no value", expr.span),
            ExprKind::Pipe(_) => {
                return self.fail(
                    Problem::wrong("rows stand where a value is wanted", expr.span).help("use `toscalar(…)`"),
                );
            }
        };
        Ok(fold(typed))
    }

    /// A condition: of the type `bool`.
    pub(super) fn condition(&mut self, scope: &Scope, frame: &mut Frame, expr: &Expr) -> Bound<Node> {
        let bound = self.scalar(scope, frame, expr)?;
        match bound.kind {
            Type::Bool => Ok(bound.node),
            Type::Dynamic => self.fail(
                Problem::wrong("a condition is a bool, not a dynamic", expr.span).help("use `tobool(…)`"),
            ),
            other => self.wrong(format!("a condition is a bool, not a {other}"), expr.span),
        }
    }

    fn conditions(&mut self, scope: &Scope, frame: &mut Frame, members: &[Expr]) -> Bound<Vec<Node>> {
        let bound: Vec<_> = members.iter().map(|member| self.condition(scope, frame, member)).collect();
        bound.into_iter().collect()
    }

    /// A name: a parameter of the function around, a column, or what `let` has bound, in this order.
    fn name(&mut self, scope: &Scope, frame: &mut Frame, name: &str, span: Span) -> Bound<Typed> {
        if let Some(index) = frame.locals.iter().rposition(|(local, _)| local == name) {
            return Ok(Typed::new(Node::Local(index), frame.locals[index].1));
        }
        if let Some(index) = frame.columns.iter().position(|column| column.name == name) {
            if let Some(gathered) = &frame.summary
                && !gathered.inside
            {
                return match gathered.key_of(name) {
                    Some(key) => Ok(key),
                    None => self.fail(
                        Problem::wrong(format!("`{name}` is neither aggregated nor a key"), span)
                            .help(format!("aggregate it, as in `max({name})`, or add it after `by`")),
                    ),
                };
            }
            return Ok(Typed::new(Node::Column(index), frame.columns[index].kind));
        }
        match scope.find(name) {
            Some(Entry::Scalar(typed, size)) => {
                let typed = typed.clone();
                self.count(*size, span)?;
                Ok(typed)
            }
            Some(Entry::Broken) => Err(super::Failed),
            Some(Entry::Rows { .. }) => self.fail(
                Problem::wrong(format!("`{name}` is rows, not a value"), span).help("use `toscalar(…)`"),
            ),
            Some(Entry::Function(..)) => self.wrong(format!("`{name}` is a function: call it"), span),
            None => {
                let known = frame.columns.iter().map(|column| column.name.as_str());
                let mut problem = Problem::wrong(format!("there is no column or variable `{name}`"), span);
                if let Some(near) = did_you_mean(name, known) {
                    problem = problem.help(format!("did you mean `{near}`?"));
                }
                self.fail(problem)
            }
        }
    }

    /// `bag.name`, `array[index]`: only a `dynamic` has parts.
    fn step(&mut self, base: Typed, index: Typed, span: Span) -> Bound<Typed> {
        if base.kind != Type::Dynamic {
            return self.fail(
                Problem::wrong(format!("a {} has no parts", base.kind), span)
                    .help("parse it first: `parse_json(…)`"),
            );
        }
        if !(index.kind.is_whole() || index.kind == Type::String) {
            return self
                .wrong(format!("a part is named by a number or a string, not by a {}", index.kind), span);
        }
        Ok(Typed::new(Node::Step(Box::new(base.node), Box::new(index.node)), Type::Dynamic))
    }

    fn binary(&mut self, left: Typed, operator: Binary, right: Typed, span: Span) -> Bound<Typed> {
        match operator {
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Modulo => {
                let Some(kind) = arithmetic(left.kind, operator, right.kind) else {
                    return self.wrong(
                        format!("a {} and a {} cannot be reckoned with so", left.kind, right.kind),
                        span,
                    );
                };
                Ok(Typed::new(Node::Arithmetic(operator, Box::new(left.node), Box::new(right.node)), kind))
            }
            Binary::Text(relation) => {
                let (left, right) = (self.text_side(left, span)?, self.text_side(right, span)?);
                Ok(Typed::new(Node::Text(relation, Box::new(left), Box::new(right)), Type::Bool))
            }
            Binary::Regex => {
                let left = self.text_side(left, span)?;
                let Node::Const(Value::Text(pattern)) = &right.node else {
                    return self.outside("a regular expression that is no constant", span);
                };
                let regex = self.regex(pattern, span)?;
                Ok(Typed::new(Node::Regex(Box::new(left), regex), Type::Bool))
            }
            Binary::Equal
            | Binary::NotEqual
            | Binary::Less
            | Binary::LessOrEqual
            | Binary::Greater
            | Binary::GreaterOrEqual => self.compare(left, operator, right, span),
        }
    }

    /// A side of an operator over texts: a `string`, or a `dynamic`, which stands for its text.
    fn text_side(&mut self, side: Typed, span: Span) -> Bound<Node> {
        match side.kind {
            Type::String => Ok(side.node),
            Type::Dynamic => Ok(Node::ToText(Box::new(side.node), TextForm::Plain)),
            other => self.fail(
                Problem::wrong(format!("an operator over strings does not take a {other}"), span)
                    .help("use `tostring(…)`"),
            ),
        }
    }
}

/// The type of a sum, a product and their like. `int` counts as `long`.
fn arithmetic(left: Type, operator: Binary, right: Type) -> Option<Type> {
    use Binary::{Add, Divide, Modulo, Multiply, Subtract};
    use Type::{DateTime, Long, Real, TimeSpan};
    if left.is_whole() && right.is_whole() {
        return Some(Long);
    }
    if left.is_number() && right.is_number() {
        return Some(Real);
    }
    match (left, operator, right) {
        (DateTime, Subtract, DateTime) | (TimeSpan, Add | Subtract | Modulo, TimeSpan) => Some(TimeSpan),
        (DateTime, Add | Subtract, TimeSpan) | (TimeSpan, Add, DateTime) => Some(DateTime),
        (TimeSpan, Divide, TimeSpan) => Some(Real),
        (TimeSpan, Multiply | Divide, number) if number.is_number() => Some(TimeSpan),
        (number, Multiply, TimeSpan) if number.is_number() => Some(TimeSpan),
        _ => None,
    }
}

/// Computes what depends on nothing. What has no answer stays, and says so when it is asked.
pub(super) fn fold(typed: Typed) -> Typed {
    let constant = |node: &Node| matches!(node, Node::Const(_));
    let ready = match &typed.node {
        Node::Step(a, b)
        | Node::Arithmetic(_, a, b)
        | Node::Compare(_, a, b)
        | Node::Text(_, a, b)
        | Node::Bin(a, b) => constant(a) && constant(b),
        Node::Negative(a)
        | Node::Regex(a, _)
        | Node::Not(a)
        | Node::InSet(a, ..)
        | Node::ToText(a, _)
        | Node::Absolute(a) => constant(a),
        Node::And(all)
        | Node::Or(all)
        | Node::Coalesce(all)
        | Node::Call(_, all)
        | Node::WithRegex(_, _, all)
        | Node::Extreme(all, _) => all.iter().all(constant),
        Node::In(value, all, _) | Node::Has(value, all, _) => constant(value) && all.iter().all(constant),
        Node::Between(a, b, c, _) => constant(a) && constant(b) && constant(c),
        Node::Case(pairs, otherwise) => {
            pairs.iter().all(|(condition, value)| constant(condition) && constant(value))
                && constant(otherwise)
        }
        Node::Const(_)
        | Node::Column(_)
        | Node::Local(_)
        | Node::Invoke(..)
        | Node::Scalar(_)
        | Node::InRows(..)
        | Node::Now
        | Node::PackAll(_)
        | Node::Window(_)
        | Node::Offset(..) => false,
    };
    match ready.then(|| run::constant(&typed.node)).flatten() {
        Some(value) => Typed::new(Node::Const(value), typed.kind),
        None => typed,
    }
}
