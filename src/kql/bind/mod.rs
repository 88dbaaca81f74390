//! From the syntax tree to a plan: names become columns, tables and functions, and types are checked.
//!
//! In: a [`Query`] and the schemas. Out: a [`Plan`], or everything that is wrong. Must not know rows.
//!
//! Functions of `let` are bound anew at each call; tabular values of `let` are bound once and run once.

mod aggregate;
mod call;
mod compare;
mod expression;
mod join;
mod list;
mod names;
mod operator;
mod pattern;
mod scope;
mod source;
mod window;

use std::rc::Rc;

use super::ast::{self, LetValue, Pipe, Query};
use super::plan::{Node, Plan, Window};
use super::problem::Problem;
use super::table::{Column, Schemas};
use super::types::Type;
use super::value::Value;
use crate::source::Span;
use scope::{Entry, Scope};

/// How many expressions are bound at most, functions counted at each call.
const MAX_NODES: usize = 300_000;
/// How deep calls of functions may be nested.
const MAX_CALLS: usize = 24;
/// How deep an expression may become when what it names is put in.
const MAX_DEPTH: usize = 150;
/// How many queries may be bound to names, each of which may build on the one before.
const MAX_SHARED: usize = 200;

/// Binding stopped here; the problem is noted.
pub(super) struct Failed;

pub(super) type Bound<T> = Result<T, Failed>;

/// A scalar with its type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Type,
}

impl Typed {
    pub(super) fn new(node: Node, kind: Type) -> Self {
        Self { node, kind }
    }
}

/// The null of a type; of `string`, the empty text.
pub(super) fn null_of(kind: Type) -> Value {
    if kind == Type::String { Value::text("") } else { Value::Null }
}

/// What a scalar expression may name, beside what `let` has bound.
pub(super) struct Frame<'a> {
    /// The columns of the rows.
    pub(super) columns: &'a [Column],
    /// The parameters of the scalar function around.
    pub(super) locals: Vec<(String, Type)>,
    /// Whether the order of the rows means something; `None` where functions over rows make no sense at all.
    pub(super) ordered: Option<bool>,
    /// Functions over all rows that the expressions use.
    pub(super) windows: Vec<Window>,
    /// The aggregates of a `summarize`, outside of which columns may not be named.
    summary: Option<aggregate::Gathered<'a>>,
}

impl<'a> Frame<'a> {
    /// Rows of these columns.
    pub(super) fn over(columns: &'a [Column], ordered: bool) -> Self {
        Self { columns, locals: Vec::new(), ordered: Some(ordered), windows: Vec::new(), summary: None }
    }

    /// No rows.
    pub(super) fn constant() -> Self {
        Self { columns: &[], locals: Vec::new(), ordered: None, windows: Vec::new(), summary: None }
    }
}

/// What a query was bound to.
pub(super) struct Output {
    /// The result.
    pub(super) plan: Plan,
    /// Queries that run once and are named by their index.
    pub(super) shared: Vec<Plan>,
}

/// Binds a query.
pub(super) fn bind(query: &Query, schemas: &Schemas) -> Result<Output, Vec<Problem>> {
    let mut binder =
        Binder { schemas, shared: Vec::new(), problems: Vec::new(), nodes: 0, calls: 0, unions: 0 };
    let mut scope = Scope::default();
    for binding in &query.lets {
        scope = binder.binding(&scope, binding);
    }
    let plan = binder.result(&scope, &query.result);
    match plan {
        Ok(plan) if binder.problems.is_empty() => Ok(Output { plan, shared: binder.shared }),
        _ => Err(binder.problems),
    }
}

/// The state of binding.
pub(super) struct Binder<'a> {
    pub(super) schemas: &'a Schemas,
    pub(super) shared: Vec<Plan>,
    problems: Vec<Problem>,
    nodes: usize,
    calls: usize,
    unions: usize,
}

impl Binder<'_> {
    /// Notes a problem.
    pub(super) fn fail<T>(&mut self, problem: Problem) -> Bound<T> {
        self.problems.push(problem);
        Err(Failed)
    }

    /// Notes a construct that is not interpreted.
    pub(super) fn outside<T>(&mut self, what: impl std::fmt::Display, span: Span) -> Bound<T> {
        self.fail(Problem::outside(what, span))
    }

    /// Notes a name or type that does not fit.
    pub(super) fn wrong<T>(&mut self, message: impl Into<String>, span: Span) -> Bound<T> {
        self.fail(Problem::wrong(message, span))
    }

    /// Counts work, so that functions that call functions end.
    pub(super) fn count(&mut self, nodes: usize, span: Span) -> Bound<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return self.outside(format!("a query of more than {MAX_NODES} expressions"), span);
        }
        Ok(())
    }

    /// The scope after a `let`. One that is wrong stays unbound, and is not reported again where it is used.
    fn binding(&mut self, scope: &Scope, binding: &ast::Let) -> Scope {
        let entry = match &binding.value {
            LetValue::Function(function) => Entry::Function(Rc::new(function.clone()), scope.clone()),
            LetValue::Pipe(pipe) => match self.value(scope, pipe) {
                Ok(entry) => entry,
                Err(Failed) => Entry::Broken,
            },
        };
        scope.with(binding.name.value.clone(), entry)
    }

    /// A value of `let`: rows if it reads like rows, else a scalar.
    fn value(&mut self, scope: &Scope, pipe: &Pipe) -> Bound<Entry> {
        if self.is_rows(scope, pipe) {
            let plan = self.pipe(scope, pipe)?;
            return self.share(plan, pipe.span);
        }
        let ast::Source::Expr(expr) = &pipe.source else {
            return self.outside("such a value", pipe.span);
        };
        let typed = self.scalar(scope, &mut Frame::constant(), expr)?;
        self.entry(typed, pipe.span)
    }

    /// A scalar that is put in wherever it is named.
    fn entry(&mut self, typed: Typed, span: Span) -> Bound<Entry> {
        let (size, depth) = typed.node.measure();
        if depth > MAX_DEPTH {
            return self.outside(format!("an expression deeper than {MAX_DEPTH} levels"), span);
        }
        Ok(Entry::Scalar(typed, size))
    }

    /// A plan that is run once.
    fn share(&mut self, plan: Plan, span: Span) -> Bound<Entry> {
        if self.shared.len() == MAX_SHARED {
            return self.outside(format!("more than {MAX_SHARED} queries that are named"), span);
        }
        let (columns, ordered) = (plan.columns.clone(), plan.ordered);
        self.shared.push(plan);
        Ok(Entry::Rows { index: self.shared.len() - 1, columns, ordered })
    }

    /// The statement that gives the result: rows, or a scalar as `print` would show it.
    fn result(&mut self, scope: &Scope, pipe: &Pipe) -> Bound<Plan> {
        if !self.is_rows(scope, pipe)
            && let ast::Source::Expr(expr) = &pipe.source
            && !matches!(expr.kind, ast::ExprKind::Name(_))
        {
            return self.outside("a scalar as the result", pipe.span);
        }
        self.pipe(scope, pipe)
    }
}
