//! Calls of scalar functions: Kusto's own, and those of `let`.
//!
//! In: a name and arguments. Out: a node with its type. Must not know what functions do.

use std::sync::Arc;

use super::aggregate::is_aggregate;
use super::scope::{Entry, Scope};
use super::{Binder, Bound, Frame, Typed, null_of};
use crate::diagnostics::did_you_mean;
use crate::kql::ast::{self, Argument, Binary, Expr, ExprKind, ParameterKind};
use crate::kql::functions::{self, Function, Kind};
use crate::kql::plan::{Node, Pattern, TextForm};
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

impl Binder<'_> {
    /// A call.
    pub(super) fn call(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        if let Some(Entry::Function(function, home)) = scope.find(name) {
            let (function, home) = (function.clone(), home.clone());
            return self.invoke((scope, &home), frame, &function, arguments, span);
        }
        if let Some(named) = arguments.iter().find(|argument| argument.name.is_some()) {
            return self.outside("a named argument of a scalar function", named.value.span);
        }
        if is_aggregate(name) && frame.summary.is_some() {
            return self.aggregate(scope, frame, name, arguments, span);
        }
        match name {
            "toscalar" => return self.first_scalar(scope, arguments, span),
            "column_ifexists" | "columnifexists" => {
                return self.column_if_exists(scope, frame, arguments, span);
            }
            "pack_all" if arguments.is_empty() && frame.summary.is_none() => {
                let names = frame.columns.iter().map(|column| Arc::from(column.name.as_str())).collect();
                return Ok(Typed::new(Node::PackAll(names), Type::Dynamic));
            }
            "prev" | "next" | "row_number" | "row_cumsum" | "row_window_session" => {
                return self.window(scope, frame, name, arguments, span);
            }
            _ => {}
        }
        let bound: Vec<_> =
            arguments.iter().map(|argument| self.scalar(scope, frame, &argument.value)).collect();
        let bound: Vec<Typed> = bound.into_iter().collect::<Bound<_>>()?;
        if let Some(typed) = self.special(name, &bound, arguments, span)? {
            return Ok(typed);
        }
        match functions::function(name) {
            Some(function) => self.plain(function, bound, arguments, span),
            None if is_aggregate(name) => {
                self.wrong(format!("`{name}` is an aggregate: it stands in `summarize`"), span)
            }
            None => {
                let mut problem = Problem::outside(format!("the function `{name}`"), span);
                if let Some(near) = did_you_mean(name, functions::names()) {
                    problem = problem.help(format!("did you mean `{near}`?"));
                }
                self.fail(problem)
            }
        }
    }

    /// A function whose arguments have fixed types.
    fn plain(
        &mut self,
        function: &'static Function,
        bound: Vec<Typed>,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        let least = function.takes.len() - function.optional;
        if bound.len() < least || (bound.len() > function.takes.len() && function.rest.is_none()) {
            let message = format!("`{}` does not take {} arguments", function.name, bound.len());
            return self.wrong(message, span);
        }
        let mut nodes = Vec::with_capacity(bound.len());
        for (index, typed) in bound.into_iter().enumerate() {
            let kind = function.takes.get(index).copied().or(function.rest).unwrap_or(Kind::Any);
            if !kind.takes(typed.kind) {
                let message =
                    format!("`{}` takes a {} here, not a {}", function.name, kind.name(), typed.kind);
                return self.wrong(message, arguments[index].value.span);
            }
            nodes.push(match kind {
                Kind::Text if typed.kind == Type::Dynamic && function.gives != Type::Dynamic => {
                    Node::ToText(Box::new(typed.node), TextForm::Plain)
                }
                Kind::Any if typed.kind == Type::Bool && function.gives == Type::String => {
                    Node::ToText(Box::new(typed.node), TextForm::Bool)
                }
                _ => typed.node,
            });
        }
        Ok(Typed::new(Node::Call(function, nodes), function.gives))
    }

    /// A function of `let` in a scalar expression: its arguments are computed once.
    fn invoke(
        &mut self,
        (scope, home): (&Scope, &Scope),
        frame: &mut Frame,
        function: &ast::Function,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        let mut locals = Vec::new();
        let mut values = Vec::new();
        for (index, parameter) in function.parameters.iter().enumerate() {
            let ParameterKind::Scalar(kind) = &parameter.kind else {
                return self.outside("rows as the argument of a scalar function", span);
            };
            let given = given(arguments, index, &parameter.name.value);
            let Some(expr) = given.or(parameter.default.as_ref()) else {
                return self.wrong(format!("the argument `{}` is missing", parameter.name.value), span);
            };
            let bound = self.scalar(scope, frame, expr)?;
            if !(bound.kind == *kind || (bound.kind.is_whole() && kind.is_whole())) {
                let message = format!("`{}` is a {kind}, not a {}", parameter.name.value, bound.kind);
                return self.wrong(message, expr.span);
            }
            locals.push((parameter.name.value.clone(), *kind));
            values.push(bound.node);
        }
        if arguments.len() > values.len() {
            return self.wrong(format!("the function does not take {} arguments", arguments.len()), span);
        }
        let body = self.called(span, |binder| {
            let mut inner = Frame { locals, ..Frame::constant() };
            let mut scope = home.clone();
            for binding in &function.lets {
                let ast::LetValue::Pipe(ast::Pipe { source: ast::Source::Expr(expr), operators, .. }) =
                    &binding.value
                else {
                    return binder.outside("such a `let` in a scalar function", span);
                };
                if !operators.is_empty() {
                    return binder.outside("rows in a scalar function", span);
                }
                let typed = binder.scalar(&scope, &mut inner, expr)?;
                let entry = binder.entry(typed, expr.span)?;
                scope = scope.with(binding.name.value.clone(), entry);
            }
            match (&function.result.source, function.result.operators.is_empty()) {
                (ast::Source::Expr(expr), true) => binder.scalar(&scope, &mut inner, expr),
                _ => binder.wrong("rows stand where a value is wanted", span),
            }
        })?;
        // The limits of `let` hold for the body, too.
        self.entry(body.clone(), span)?;
        Ok(Typed::new(Node::Invoke(values, Arc::new(body.node)), body.kind))
    }

    /// Binds the body of a function, within the limit on calls.
    pub(super) fn called<T>(&mut self, span: Span, bind: impl FnOnce(&mut Self) -> Bound<T>) -> Bound<T> {
        if self.calls == super::MAX_CALLS {
            return self.outside(format!("calls nested deeper than {} levels", super::MAX_CALLS), span);
        }
        self.calls += 1;
        let bound = bind(self);
        self.calls -= 1;
        bound
    }

    /// `toscalar(rows)`: the first cell. Of a scalar, the scalar.
    fn first_scalar(&mut self, scope: &Scope, arguments: &[Argument], span: Span) -> Bound<Typed> {
        let [argument] = arguments else { return self.wrong("`toscalar` takes one argument", span) };
        if !self.is_rows_expression(scope, &argument.value) {
            return self.scalar(scope, &mut Frame::constant(), &argument.value);
        }
        let (index, columns) = self.shared_rows(scope, &argument.value)?;
        match columns.first() {
            Some(first) => Ok(Typed::new(Node::Scalar(index), first.kind)),
            None => self.wrong("rows without a column", span),
        }
    }

    /// A column if there is one of that name, else another value.
    fn column_if_exists(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        let [name, otherwise] = arguments else {
            return self.wrong("`column_ifexists` takes two arguments", span);
        };
        let ExprKind::Literal(Value::Text(name), _) = &name.value.kind else {
            return self.wrong("`column_ifexists` takes a literal name", name.value.span);
        };
        let found = frame.columns.iter().any(|column| *column.name == **name);
        if !found {
            return self.scalar(scope, frame, &otherwise.value);
        }
        let expr = Expr { kind: ExprKind::Name(name.to_string()), span };
        self.scalar(scope, frame, &expr)
    }

    /// Functions whose types or arguments follow rules of their own.
    fn special(
        &mut self,
        name: &str,
        bound: &[Typed],
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Option<Typed>> {
        let node = |index: usize| Box::new(bound[index].node.clone());
        let kinds: Vec<Type> = bound.iter().map(|typed| typed.kind).collect();
        let typed = match (name, kinds.as_slice()) {
            ("not", [Type::Bool]) => Typed::new(Node::Not(node(0)), Type::Bool),
            ("iff" | "iif", [_, _, _]) => self.case(bound, arguments, span)?,
            ("case", _) if bound.len() >= 3 && bound.len() % 2 == 1 => self.case(bound, arguments, span)?,
            ("coalesce", [_, _, ..]) => {
                let kind = self.common(bound, span)?;
                Typed::new(Node::Coalesce(bound.iter().map(|typed| typed.node.clone()).collect()), kind)
            }
            ("max_of" | "min_of", [_, ..]) => {
                let kind = self.common(bound, span)?;
                if !(kind.is_number() || matches!(kind, Type::DateTime | Type::TimeSpan)) {
                    return self.outside(format!("`{name}` over a {kind}"), span);
                }
                let nodes = bound.iter().map(|typed| typed.node.clone()).collect();
                Typed::new(Node::Extreme(nodes, name == "max_of"), kind)
            }
            ("tostring", [kind]) => {
                let form = if *kind == Type::Bool { TextForm::Bool } else { TextForm::Plain };
                Typed::new(Node::ToText(node(0), form), Type::String)
            }
            ("abs", [kind]) if kind.is_number() || *kind == Type::TimeSpan => {
                let gives = if kind.is_whole() { Type::Long } else { *kind };
                Typed::new(Node::Absolute(node(0)), gives)
            }
            ("bin" | "floor", [value, size]) => {
                let gives = match (value, size) {
                    (Type::DateTime, Type::TimeSpan) => Type::DateTime,
                    (Type::TimeSpan, Type::TimeSpan) => Type::TimeSpan,
                    (a, b) if a.is_whole() && b.is_whole() => Type::Long,
                    (a, b) if a.is_number() && b.is_number() => Type::Real,
                    (a, b) => return self.wrong(format!("a {a} has no multiples of a {b}"), span),
                };
                Typed::new(Node::Bin(node(0), node(1)), gives)
            }
            ("now", []) => Typed::new(Node::Now, Type::DateTime),
            ("now", [Type::TimeSpan]) => {
                Typed::new(Node::Arithmetic(Binary::Add, Box::new(Node::Now), node(0)), Type::DateTime)
            }
            ("ago", [Type::TimeSpan]) => {
                Typed::new(Node::Arithmetic(Binary::Subtract, Box::new(Node::Now), node(0)), Type::DateTime)
            }
            ("gettype", [kind]) if *kind != Type::Dynamic => {
                Typed::new(Node::Const(Value::text(kind.name())), Type::String)
            }
            (
                "extract" | "extract_all" | "replace_regex" | "trim" | "trim_start" | "trim_end" | "countof",
                _,
            ) => {
                return self.with_regex(name, bound, arguments, span);
            }
            ("array_sort_asc" | "array_sort_desc", [_, Type::Dynamic, ..]) => {
                return self.outside("sorting several arrays at once", span);
            }
            _ => return Ok(None),
        };
        Ok(Some(typed))
    }

    /// `iff` and `case`: a condition that is null counts as false.
    fn case(&mut self, bound: &[Typed], arguments: &[Argument], span: Span) -> Bound<Typed> {
        let (pairs, otherwise) = bound.split_at(bound.len() - 1);
        let mut values: Vec<Typed> = pairs.iter().skip(1).step_by(2).cloned().collect();
        values.extend_from_slice(otherwise);
        let kind = self.common(&values, span)?;
        for (pair, argument) in pairs.chunks(2).zip(arguments.chunks(2)) {
            if pair[0].kind != Type::Bool {
                let message = format!("a condition is a bool, not a {}", pair[0].kind);
                return self.wrong(message, argument[0].value.span);
            }
        }
        let nodes = pairs.chunks(2).map(|pair| (pair[0].node.clone(), pair[1].node.clone())).collect();
        Ok(Typed::new(Node::Case(nodes, Box::new(otherwise[0].node.clone())), kind))
    }

    /// The one type of several values. `int` and `long` go together; a `dynamic` takes in anything.
    fn common(&mut self, values: &[Typed], span: Span) -> Bound<Type> {
        let first = values.first().map_or(Type::Dynamic, |typed| typed.kind);
        let mut kind = first;
        for typed in values {
            kind = match (kind, typed.kind) {
                (a, b) if a == b => a,
                (a, b) if a.is_whole() && b.is_whole() => Type::Long,
                (Type::Dynamic, Type::Bool) | (Type::Bool, Type::Dynamic) => {
                    return self.outside("values of the types bool and dynamic side by side", span);
                }
                (Type::Dynamic, _) | (_, Type::Dynamic) => Type::Dynamic,
                (a, b) => {
                    return self.fail(
                        Problem::wrong(format!("the values are a {a} and a {b}"), span)
                            .help("cast one of them"),
                    );
                }
            };
        }
        Ok(kind)
    }

    /// Functions with a regular expression, which is a constant.
    fn with_regex(
        &mut self,
        name: &str,
        bound: &[Typed],
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Option<Typed>> {
        let constant = |index: usize| match bound.get(index).map(|typed| &typed.node) {
            Some(Node::Const(Value::Text(text))) => Some(text.to_string()),
            _ => None,
        };
        if name == "countof" && constant(2).as_deref() != Some("regex") {
            return Ok(None);
        }
        let places: &[usize] = match name {
            "replace_regex" | "countof" => &[1],
            _ => &[0],
        };
        let Some(pattern) = constant(places[0]) else {
            return self.outside("a regular expression that is no constant", span);
        };
        let kinds: Vec<Type> = bound.iter().map(|typed| typed.kind).collect();
        let node = |index: usize| bound[index].node.clone();
        let (wrapped, what, nodes, gives) = match (name, kinds.as_slice()) {
            ("extract", [_, group, Type::String]) if group.is_whole() => {
                let Node::Const(Value::Long(group)) = node(1) else {
                    return self.outside("a group that is no constant", arguments[1].value.span);
                };
                let Ok(group) = usize::try_from(group) else {
                    return self.wrong("a group is 0 or more", arguments[1].value.span);
                };
                (pattern, Pattern::Extract(group), vec![node(2)], Type::String)
            }
            ("extract_all", [_, Type::String]) => {
                (pattern, Pattern::ExtractAll, vec![node(1)], Type::Dynamic)
            }
            ("replace_regex", [Type::String, _, Type::String]) => {
                (pattern, Pattern::Replace, vec![node(0), node(2)], Type::String)
            }
            ("countof", [Type::String, ..]) => (pattern, Pattern::Count, vec![node(0)], Type::Long),
            // What is anchored is the pattern as a group, and every match of the whole goes.
            ("trim_start", [_, Type::String]) => {
                (format!("^({pattern})"), Pattern::Trim, vec![node(1)], Type::String)
            }
            ("trim_end", [_, Type::String]) => {
                (format!("({pattern})$"), Pattern::Trim, vec![node(1)], Type::String)
            }
            ("trim", [_, Type::String]) => {
                (format!("^({pattern})|({pattern})$"), Pattern::Trim, vec![node(1)], Type::String)
            }
            _ => return self.wrong(format!("`{name}` does not take such arguments"), span),
        };
        let regex = self.regex(&wrapped, span)?;
        match what {
            Pattern::Extract(group) if group >= regex.captures_len() => {
                return self.wrong(format!("the regular expression has no group {group}"), span);
            }
            Pattern::ExtractAll if regex.captures_len() < 2 => {
                return self.wrong("the regular expression of `extract_all` needs a group", span);
            }
            _ => {}
        }
        Ok(Some(Typed::new(Node::WithRegex(what, regex, nodes), gives)))
    }
}

/// The argument of a parameter: by name, else by place.
pub(super) fn given<'a>(arguments: &'a [Argument], index: usize, name: &str) -> Option<&'a Expr> {
    let named = arguments.iter().find(|argument| argument.name.as_deref() == Some(name));
    let placed = arguments.get(index).filter(|argument| argument.name.is_none());
    named.or(placed).map(|argument| &argument.value)
}

/// A value where none is given.
pub(super) fn nothing(kind: Type) -> Node {
    Node::Const(null_of(kind))
}
