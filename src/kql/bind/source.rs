//! Where rows come from, and queries as a whole.
//!
//! In: a [`Pipe`]. Out: a [`Plan`]. Must not know how rows are computed.

use std::sync::Arc;

use super::scope::{Entry, Scope};
use super::{Binder, Bound, Failed, Frame, null_of};
use crate::diagnostics::did_you_mean;
use crate::kql::ast::{self, Argument, Expr, ExprKind, LetValue, ParameterKind, Pipe};
use crate::kql::plan::{Node, Plan, Scalars, Side, Source, Step};
use crate::kql::problem::Problem;
use crate::kql::table::Column;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

/// The columns that every watchlist has beside its own:
/// <https://learn.microsoft.com/azure/sentinel/watchlists-queries>.
const WATCHLIST: [(&str, Type); 4] = [
    ("_DTItemId", Type::String),
    ("LastUpdatedTimeUTC", Type::DateTime),
    ("SearchKey", Type::String),
    ("WatchlistItem", Type::Dynamic),
];

/// A plan without steps.
fn plain(source: Source, columns: Vec<Column>, ordered: bool) -> Plan {
    Plan { source, steps: Vec::new(), columns, ordered }
}

impl Binder<'_> {
    /// Whether a pipe gives rows, rather than a scalar.
    pub(super) fn is_rows(&self, scope: &Scope, pipe: &Pipe) -> bool {
        match &pipe.source {
            _ if !pipe.operators.is_empty() => true,
            ast::Source::Expr(expr) => self.is_rows_expression(scope, expr),
            ast::Source::Datatable(..)
            | ast::Source::Print(_)
            | ast::Source::Range(..)
            | ast::Source::Union(_) => true,
        }
    }

    /// Whether an expression gives rows.
    pub(super) fn is_rows_expression(&self, scope: &Scope, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Pipe(pipe) => self.is_rows(scope, pipe),
            ExprKind::Name(name) => match scope.find(name) {
                Some(entry) => matches!(entry, Entry::Rows { .. }),
                None => self.schemas.tables.contains_key(name),
            },
            ExprKind::Call(name, _) => match scope.find(name) {
                Some(Entry::Function(function, home)) => {
                    // Its own `let`s may stand in its result.
                    let local = matches!(&function.result.source, ast::Source::Expr(Expr { kind: ExprKind::Name(name), .. })
                        if function.lets.iter().any(|binding| binding.name.value == *name
                            && matches!(&binding.value, LetValue::Pipe(pipe) if self.is_rows(home, pipe)))
                            || function.parameters.iter().any(|parameter| parameter.name.value == *name
                                && matches!(parameter.kind, ParameterKind::Rows(_))));
                    local || self.is_rows(home, &function.result)
                }
                Some(_) => false,
                None => {
                    matches!(name.as_str(), "materialize" | "_GetWatchlist" | "view")
                        || self.schemas.functions.contains_key(name)
                }
            },
            _ => false,
        }
    }

    /// A query.
    pub(super) fn pipe(&mut self, scope: &Scope, pipe: &Pipe) -> Bound<Plan> {
        let mut plan = self.source(scope, &pipe.source, pipe.span)?;
        for operator in &pipe.operators {
            self.count(1, operator.span)?;
            self.operator(scope, &mut plan, operator)?;
        }
        Ok(plan)
    }

    /// Rows that an expression names, run once.
    pub(super) fn shared_rows(&mut self, scope: &Scope, expr: &Expr) -> Bound<(usize, Vec<Column>)> {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(Entry::Rows { index, columns, .. }) = scope.find(name)
        {
            return Ok((*index, columns.clone()));
        }
        let plan = self.rows(scope, expr)?;
        match self.share(plan, expr.span)? {
            Entry::Rows { index, columns, .. } => Ok((index, columns)),
            _ => Err(Failed),
        }
    }

    fn source(&mut self, scope: &Scope, source: &ast::Source, span: Span) -> Bound<Plan> {
        match source {
            ast::Source::Expr(expr) => self.rows(scope, expr),
            ast::Source::Datatable(columns, values) => self.datatable(scope, columns, values, span),
            ast::Source::Print(items) => {
                let mut frame = Frame::constant();
                let bound: Vec<_> =
                    items.iter().map(|item| self.scalar(scope, &mut frame, &item.expr)).collect();
                let mut columns: Vec<Column> = Vec::new();
                let mut nodes = Vec::new();
                for (index, (typed, item)) in bound.into_iter().zip(items).enumerate() {
                    let typed = typed?;
                    let name = match item.names.as_slice() {
                        [] => format!("print_{index}"),
                        [name] => name.value.clone(),
                        _ => return self.outside("several names for one value", item.expr.span),
                    };
                    if columns.iter().any(|column| column.name == name) {
                        return self.wrong(format!("the column `{name}` stands twice"), item.expr.span);
                    }
                    columns.push(Column::new(name, typed.kind));
                    nodes.push(typed.node);
                }
                Ok(plain(Source::Print(nodes), columns, false))
            }
            ast::Source::Range(name, from, to, step) => {
                let mut frame = Frame::constant();
                let (from, to, step) = (
                    self.scalar(scope, &mut frame, from)?,
                    self.scalar(scope, &mut frame, to)?,
                    self.scalar(scope, &mut frame, step)?,
                );
                let kind = match (from.kind, to.kind, step.kind) {
                    (a, b, c) if a.is_whole() && b.is_whole() && c.is_whole() => Type::Long,
                    (Type::DateTime, Type::DateTime, Type::TimeSpan) => Type::DateTime,
                    _ => return self.outside("`range` over such values", span),
                };
                Ok(plain(Source::Range(from.node, to.node, step.node), vec![Column::new(name, kind)], true))
            }
            ast::Source::Union(union) => {
                let sides = self.sides(scope, union)?;
                let (sides, columns) = self.united(sides, union.inner, union.with_source.as_deref(), span)?;
                Ok(plain(Source::Union(sides), columns, false))
            }
        }
    }

    fn datatable(
        &mut self,
        scope: &Scope,
        columns: &[(String, Type)],
        values: &[Expr],
        span: Span,
    ) -> Bound<Plan> {
        if columns.is_empty() || !values.len().is_multiple_of(columns.len()) {
            return self.wrong("the values of the datatable do not fill its rows", span);
        }
        let mut cells = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let kind = columns[index % columns.len()].1;
            let typed = self.scalar(scope, &mut Frame::constant(), value)?;
            let Node::Const(cell) = typed.node else {
                return self.outside("a value of a datatable that is no constant", value.span);
            };
            let cell = match (kind, typed.kind, cell) {
                (a, b, cell) if a == b => cell,
                (a, b, cell) if a.is_whole() && b.is_whole() => cell,
                (Type::Real, Type::Int | Type::Long, Value::Long(number)) => Value::Real(number as f64),
                (Type::Dynamic, _, cell) => cell,
                (kind, _, Value::Null) => null_of(kind),
                (kind, given, _) => {
                    return self.wrong(format!("a {given} stands in a column of {kind}"), value.span);
                }
            };
            cells.push(cell);
        }
        let rows = cells.chunks(columns.len()).map(<[Value]>::to_vec).collect();
        let columns = columns.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
        Ok(plain(Source::Rows(Arc::new(rows)), columns, false))
    }

    /// Rows by name or call.
    pub(super) fn rows(&mut self, scope: &Scope, expr: &Expr) -> Bound<Plan> {
        match &expr.kind {
            ExprKind::Pipe(pipe) => self.pipe(scope, pipe),
            ExprKind::Name(name) => self.named_rows(scope, name, expr.span),
            ExprKind::Call(name, arguments) => self.called_rows(scope, name, arguments, expr.span),
            _ => self.wrong("rows are expected here", expr.span),
        }
    }

    fn named_rows(&mut self, scope: &Scope, name: &str, span: Span) -> Bound<Plan> {
        match scope.find(name) {
            Some(Entry::Rows { index, columns, ordered }) => {
                return Ok(plain(Source::Shared(*index), columns.clone(), *ordered));
            }
            Some(Entry::Broken) => return Err(Failed),
            Some(Entry::Scalar(..)) => return self.wrong(format!("`{name}` is a value, not rows"), span),
            Some(Entry::Function(..)) => return self.wrong(format!("`{name}` is a function: call it"), span),
            None => {}
        }
        match self.schemas.tables.get(name) {
            Some(columns) => {
                Ok(plain(Source::Table(name.to_owned(), columns.clone()), columns.clone(), false))
            }
            None => {
                let mut problem = Problem::wrong(format!("there is no table `{name}`"), span);
                if let Some(near) = did_you_mean(name, self.schemas.tables.keys().map(String::as_str)) {
                    problem = problem.help(format!("did you mean `{near}`?"));
                }
                self.fail(problem)
            }
        }
    }

    fn called_rows(&mut self, scope: &Scope, name: &str, arguments: &[Argument], span: Span) -> Bound<Plan> {
        if let Some(Entry::Function(function, home)) = scope.find(name) {
            let (function, home) = (function.clone(), home.clone());
            return self.tabular_function((scope, home), &function, arguments, span);
        }
        match (name, arguments) {
            ("materialize" | "view", [argument]) => {
                let plan = self.rows(scope, &argument.value)?;
                match self.share(plan, span)? {
                    Entry::Rows { index, columns, ordered } => {
                        Ok(plain(Source::Shared(index), columns, ordered))
                    }
                    _ => Err(Failed),
                }
            }
            ("_GetWatchlist", [argument]) => {
                let ExprKind::Literal(Value::Text(alias), _) = &argument.value.kind else {
                    return self.outside("a watchlist whose alias is no literal", argument.value.span);
                };
                let Some(own) = self.schemas.watchlists.get(alias.as_ref()) else {
                    return self.wrong(format!("there is no watchlist `{alias}`"), argument.value.span);
                };
                let fixed =
                    WATCHLIST.iter().filter(|(name, _)| !own.iter().any(|column| column.name == *name));
                let mut columns: Vec<Column> = fixed.map(|(name, kind)| Column::new(*name, *kind)).collect();
                columns.extend(own.iter().cloned());
                Ok(plain(Source::Watchlist(alias.to_string(), columns.clone()), columns, false))
            }
            _ => match self.schemas.functions.get(name) {
                Some(columns) if arguments.is_empty() => {
                    let columns = columns.clone();
                    Ok(plain(Source::Table(name.to_owned(), columns.clone()), columns, false))
                }
                Some(_) => self.outside(format!("`{name}` with arguments"), span),
                None => self.outside(format!("the function `{name}` as rows"), span),
            },
        }
    }

    /// A function of `let` that gives rows: its body is bound anew, with its arguments as if bound by `let`.
    fn tabular_function(
        &mut self,
        (scope, home): (&Scope, Scope),
        function: &ast::Function,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Plan> {
        if arguments.len() > function.parameters.len() {
            return self.wrong(format!("the function does not take {} arguments", arguments.len()), span);
        }
        let mut inner = home;
        for (index, parameter) in function.parameters.iter().enumerate() {
            let name = &parameter.name.value;
            let given = super::call::given(arguments, index, name).or(parameter.default.as_ref());
            let Some(expr) = given else {
                return self.wrong(format!("the argument `{name}` is missing"), span);
            };
            let entry = match &parameter.kind {
                ParameterKind::Scalar(kind) => {
                    let typed = self.scalar(scope, &mut Frame::constant(), expr)?;
                    if !(typed.kind == *kind || (typed.kind.is_whole() && kind.is_whole())) {
                        return self.wrong(format!("`{name}` is a {kind}, not a {}", typed.kind), expr.span);
                    }
                    self.entry(typed, expr.span)?
                }
                ParameterKind::Rows(wanted) => {
                    let plan = self.rows(scope, expr)?;
                    for (column, kind) in wanted {
                        if !plan.columns.iter().any(|given| given.name == *column && given.kind == *kind) {
                            return self
                                .wrong(format!("the rows have no column `{column}` of {kind}"), expr.span);
                        }
                    }
                    self.share(plan, expr.span)?
                }
            };
            inner = inner.with(name.clone(), entry);
        }
        self.called(span, |binder| {
            for binding in &function.lets {
                inner = binder.binding(&inner, binding);
            }
            binder.pipe(&inner, &function.result)
        })
    }

    /// The sides of a union. One that does not exist is left out where that is allowed.
    pub(super) fn sides(&mut self, scope: &Scope, union: &ast::Union) -> Bound<Vec<(String, Plan)>> {
        let mut sides = Vec::new();
        let mut failed = false;
        for (index, side) in union.sides.iter().enumerate() {
            let name = match (&side.source, side.operators.is_empty()) {
                (ast::Source::Expr(Expr { kind: ExprKind::Name(name), .. }), true) => Some(name.clone()),
                _ => None,
            };
            let missing = name
                .as_ref()
                .is_some_and(|name| scope.find(name).is_none() && !self.schemas.tables.contains_key(name));
            if union.fuzzy && missing {
                continue;
            }
            match self.pipe(scope, side) {
                // Only a table gives its name to `withsource`.
                Ok(plan) => {
                    let table = name.filter(|name| scope.find(name).is_none());
                    sides.push((table.unwrap_or_else(|| format!("union_arg{index}")), plan));
                }
                Err(Failed) => failed = true,
            }
        }
        if failed {
            return Err(Failed);
        }
        if sides.is_empty() {
            return self.wrong(
                "no side of the union exists",
                union.sides.first().map_or(Span::new(0, 0), |s| s.span),
            );
        }
        Ok(sides)
    }

    /// The columns of a union: by name, in the order of their first appearance; of `kind=inner`, those that all sides
    /// have. A name with several types becomes several columns, `name_type`.
    pub(super) fn united(
        &mut self,
        sides: Vec<(String, Plan)>,
        inner: bool,
        with_source: Option<&str>,
        span: Span,
    ) -> Bound<(Vec<Side>, Vec<Column>)> {
        let mut wanted: Vec<Column> = Vec::new();
        for (_, plan) in &sides {
            for column in &plan.columns {
                let everywhere = || sides.iter().all(|(_, plan)| plan.columns.contains(column));
                if !wanted.contains(column) && (!inner || everywhere()) {
                    wanted.push(column.clone());
                }
            }
        }
        let mut columns: Vec<Column> =
            with_source.map(|name| Column::new(name, Type::String)).into_iter().collect();
        let mut names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        for column in &wanted {
            let clashes = wanted.iter().filter(|other| other.name == column.name).count() > 1;
            let name = if clashes { format!("{}_{}", column.name, column.kind) } else { column.name.clone() };
            if names.contains(&name) {
                return self.outside(format!("a union whose column `{name}` would stand twice"), span);
            }
            names.push(name.clone());
            columns.push(Column::new(name, column.kind));
        }
        if with_source.is_some() && sides.iter().any(|(name, _)| name.starts_with("union_arg")) {
            return self.outside("`withsource` over a side that is no table", span);
        }
        let sides = sides
            .into_iter()
            .map(|(label, plan)| {
                let mut places: Vec<Result<usize, Value>> =
                    with_source.map(|_| Err(Value::text(label))).into_iter().collect();
                places.extend(wanted.iter().map(|column| {
                    plan.columns.iter().position(|own| own == column).ok_or_else(|| null_of(column.kind))
                }));
                Side { plan, columns: places }
            })
            .collect();
        Ok((sides, columns))
    }
}

impl Plan {
    /// Appends a step that changes no column.
    pub(super) fn then(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Appends a step that computes all cells anew.
    pub(super) fn project(&mut self, nodes: Vec<Node>, columns: Vec<Column>) {
        self.steps.push(Step::Project(Scalars { windows: Vec::new(), nodes }));
        self.columns = columns;
    }
}
