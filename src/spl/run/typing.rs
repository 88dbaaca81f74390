//! Expressions, from what is written to what runs: types are checked as Splunk checks them, before the first row.
//!
//! In: `expr::Expr`. Out: `Code`, or what is wrong. E13, E20, E25, E32, E42, E56.

use std::sync::Arc;

use super::expr::{Code, Pattern};
use super::functions;
use super::search::Matcher;
use super::val::Val;
use crate::source::Span;
use crate::spl::ast::CompareOp;
use crate::spl::expr::{Expr, Node, Operator};
use crate::spl::parse;
use crate::spl::pcre;
use crate::spl::problem::Problem;

/// What is known of a value before any row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
    /// The literal `null()`.
    Null,
    Any,
}

/// Compiles expressions, and gathers what is wrong with them.
pub(super) struct Typing<'p> {
    pub(super) problems: &'p mut Vec<Problem>,
}

impl Typing<'_> {
    /// An expression whose value is put into a field. E25: a condition cannot be.
    pub(super) fn value(&mut self, expr: &Expr) -> Option<Code> {
        let (code, kind) = self.any(expr)?;
        if kind == Kind::Truth {
            let problem = Problem::refused("a condition cannot be the value of a field (E25)", expr.span);
            self.problems.push(problem.help("wrap it: if(…,1,0) or tostring(…)"));
            return None;
        }
        Some(code)
    }

    /// An expression that is true or not.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Code> {
        let (code, kind) = self.any(expr)?;
        match kind {
            Kind::Truth => Some(code),
            Kind::Null => Some(code),
            Kind::Any if matches!(code, Code::Case(..) | Code::Coalesce(_)) => Some(code),
            Kind::Text | Kind::Number | Kind::Any => {
                self.problems.push(Problem::refused("this is no condition", expr.span));
                None
            }
        }
    }

    fn any(&mut self, expr: &Expr) -> Option<(Code, Kind)> {
        match &expr.node {
            Node::Text(text) => Some((Code::Constant(Val::text(text.as_str())), Kind::Text)),
            Node::Number(number) => Some((Code::Constant(Val::Number(*number)), Kind::Number)),
            Node::Field(name) => Some((Code::Field(Arc::from(name.as_str())), Kind::Any)),
            Node::Any(members) => Some((Code::Any(self.conditions(members)?), Kind::Truth)),
            Node::All(members) => Some((Code::All(self.conditions(members)?), Kind::Truth)),
            Node::Xor(members) => Some((Code::Xor(self.conditions(members)?), Kind::Truth)),
            Node::Not(inner) => Some((Code::Not(Box::new(self.condition(inner)?)), Kind::Truth)),
            Node::Compare(op, left, right) => self.compare(*op, left, right, expr.span),
            Node::Chain(first, others) => self.chain(first, others),
            Node::Negate(inner) => {
                let (code, kind) = self.any(inner)?;
                self.only_numbers(kind, inner.span)?;
                Some((Code::Negate(Box::new(code)), Kind::Number))
            }
            Node::Call(name, arguments) => self.call(name, arguments, expr.span),
            Node::Macro(call) => {
                self.refuse(Problem::outside(format!("the macro `{}` is not known", call.name), call.span))
            }
        }
    }

    fn refuse<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    /// All members are looked at, so that all problems are found.
    fn conditions(&mut self, members: &[Expr]) -> Option<Vec<Code>> {
        let found: Vec<Option<Code>> = members.iter().map(|member| self.condition(member)).collect();
        found.into_iter().collect()
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Option<(Code, Kind)> {
        let (left, right) = (self.any(left), self.any(right));
        let ((left, one), (right, two)) = (left?, right?);
        let is_literal = |code: &Code| matches!(code, Code::Constant(_));
        let differ = matches!((one, two), (Kind::Text, Kind::Number) | (Kind::Number, Kind::Text));
        if one == Kind::Null || two == Kind::Null || (differ && is_literal(&left) && is_literal(&right)) {
            return self.refuse(
                Problem::refused("both sides of a comparison are of one type (E20)", span)
                    .help("use isnull(…)"),
            );
        }
        if one == Kind::Truth || two == Kind::Truth {
            return self.refuse(Problem::outside("the comparison of conditions is not evaluated", span));
        }
        Some((Code::Compare(op, Box::new(left), Box::new(right)), Kind::Truth))
    }

    fn chain(&mut self, first: &Expr, others: &[(Operator, Expr)]) -> Option<(Code, Kind)> {
        let joins = others.iter().any(|(operator, _)| *operator == Operator::Join);
        let calculates = others.iter().any(|(operator, _)| *operator != Operator::Join);
        let is_chain = |expr: &Expr| matches!(expr.node, Node::Chain(..)) && !expr.grouped;
        if joins && (calculates || is_chain(first) || others.iter().any(|(_, expr)| is_chain(expr))) {
            let span = others.iter().map(|(_, expr)| expr.span).fold(first.span, Span::to);
            let problem =
                Problem::outside("which of `.` and the other operators comes first is not documented", span);
            return self.refuse(problem.help("set parentheses"));
        }
        let start = self.any(first);
        let rest: Vec<_> =
            others.iter().map(|(operator, expr)| (*operator, self.any(expr), expr.span)).collect();
        let (code, mut kind) = start?;
        let mut codes = Vec::with_capacity(rest.len());
        for (operator, operand, span) in rest {
            let (operand, other) = operand?;
            for kind in [kind, other] {
                if matches!(kind, Kind::Truth) {
                    return self
                        .refuse(Problem::refused("a condition cannot be calculated with (E25)", span));
                }
            }
            kind = match operator {
                Operator::Join => Kind::Text,
                Operator::Plus if kind == Kind::Text || other == Kind::Text => {
                    if kind == Kind::Number || other == Kind::Number {
                        return self
                            .refuse(Problem::refused("`+` takes two texts or two numbers (E13)", span));
                    }
                    Kind::Text
                }
                Operator::Plus if kind == Kind::Any && other == Kind::Any => Kind::Any,
                Operator::Plus => Kind::Number,
                Operator::Minus | Operator::Times | Operator::Divide | Operator::Remainder => {
                    self.only_numbers(kind, first.span)?;
                    self.only_numbers(other, span)?;
                    Kind::Number
                }
            };
            codes.push((operator, operand));
        }
        Some((Code::Chain(Box::new(code), codes), kind))
    }

    fn only_numbers(&mut self, kind: Kind, span: Span) -> Option<()> {
        match kind {
            Kind::Number | Kind::Any | Kind::Null => Some(()),
            Kind::Text | Kind::Truth => self.refuse(Problem::refused("numbers are needed here (E13)", span)),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr], span: Span) -> Option<(Code, Kind)> {
        match (name, arguments) {
            ("true", _) => Some((Code::Constant(Val::truth(true)), Kind::Truth)),
            ("false", _) => Some((Code::Constant(Val::truth(false)), Kind::Truth)),
            ("null", _) => Some((Code::Constant(Val::Null), Kind::Null)),
            ("if", [condition, then, otherwise]) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.any(then), self.any(otherwise));
                let ((then, one), (otherwise, two)) = (then?, otherwise?);
                Some((Code::Case(vec![(condition?, then)], Box::new(otherwise)), common(&[one, two])))
            }
            ("case", arguments) => {
                let (pairs, kind) = self.pairs(arguments, span)?;
                Some((Code::Case(pairs, Box::new(Code::Constant(Val::Null))), kind))
            }
            ("validate", arguments) => {
                let (pairs, kind) = self.pairs(arguments, span)?;
                Some((Code::Validate(pairs), kind))
            }
            ("coalesce", arguments) => {
                let found: Vec<_> = arguments.iter().map(|argument| self.any(argument)).collect();
                let found: Vec<(Code, Kind)> = found.into_iter().collect::<Option<_>>()?;
                let kinds: Vec<Kind> = found.iter().map(|(_, kind)| *kind).collect();
                Some((Code::Coalesce(found.into_iter().map(|(code, _)| code).collect()), common(&kinds)))
            }
            ("match", [subject, pattern]) => {
                let subject = self.value(subject);
                let pattern = self.pattern(pattern);
                Some((Code::Match(Box::new(subject?), pattern?), Kind::Truth))
            }
            ("mvfind", [subject, pattern]) => {
                let subject = self.value(subject);
                let pattern = self.pattern(pattern);
                Some((Code::MvFind(Box::new(subject?), pattern?), Kind::Number))
            }
            ("replace", [subject, pattern, with]) => {
                let subject = self.value(subject);
                let pattern = self.pattern(pattern);
                let with = self.value(with);
                Some((Code::Replace(Box::new(subject?), pattern?, Box::new(with?)), Kind::Text))
            }
            // E42.
            ("mvfilter", [predicate]) => {
                let condition = self.condition(predicate)?;
                let field = self.only_field(predicate, "mvfilter")?;
                Some((Code::MvFilter(field, Box::new(condition)), Kind::Any))
            }
            ("mvmap", [field, body]) => {
                let Node::Field(name) = &field.node else {
                    return self
                        .refuse(Problem::outside("`mvmap` over something else than a field", field.span));
                };
                let body = self.value(body)?;
                Some((Code::MvMap(Arc::from(name.as_str()), Box::new(body)), Kind::Any))
            }
            ("searchmatch", [text]) => {
                let Node::Text(text) = &text.node else {
                    return self.refuse(Problem::refused("`searchmatch` takes a text in quotes", text.span));
                };
                let matcher = match parse::parse_terms(text) {
                    Ok(term) => Matcher::compile(&term, &mut Vec::new()),
                    Err(_) => None,
                };
                match matcher {
                    Some(matcher) => Some((Code::SearchMatch(Box::new(matcher)), Kind::Truth)),
                    None => self.refuse(Problem::outside("this `searchmatch` is not evaluated", span)),
                }
            }
            (name, arguments) => self.function(name, arguments, span),
        }
    }

    fn function(&mut self, name: &str, arguments: &[Expr], span: Span) -> Option<(Code, Kind)> {
        let Some((function, kind)) = functions::function(name) else {
            return self.refuse(Problem::outside(format!("the function `{name}` is not evaluated"), span));
        };
        // Only these take conditions.
        let takes_truth = matches!(
            name,
            "tostring" | "isnull" | "isnotnull" | "isbool" | "typeof" | "json_object" | "json_array"
        );
        let takes_null =
            matches!(name, "isnull" | "isnotnull" | "typeof" | "mvappend" | "max" | "min" | "tostring");
        let mut codes = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let Some((code, kind)) = self.any(argument) else { continue };
            if kind == Kind::Truth && !takes_truth {
                self.problems
                    .push(Problem::refused(format!("`{name}` takes no condition (E25)"), argument.span));
            }
            if kind == Kind::Null && !takes_null {
                self.problems
                    .push(Problem::refused(format!("`{name}` takes no null() (E20)"), argument.span));
            }
            if name == "len" && matches!(argument.node, Node::Number(_)) {
                self.problems.push(Problem::refused("`len` takes a text (E32)", argument.span));
            }
            codes.push(code);
        }
        let strict = matches!(name, "len" | "lower" | "upper" | "trim" | "ltrim" | "rtrim");
        (codes.len() == arguments.len()).then_some((Code::Call(function, codes, strict), kind))
    }

    fn pairs(&mut self, arguments: &[Expr], span: Span) -> Option<(Vec<(Code, Code)>, Kind)> {
        if !arguments.len().is_multiple_of(2) {
            return self.refuse(Problem::refused("conditions and values come in pairs", span));
        }
        let mut kinds = Vec::new();
        let mut found = Vec::new();
        for pair in arguments.chunks(2) {
            let condition = self.condition(&pair[0]);
            let value = self.any(&pair[1]);
            if let (Some(condition), Some((value, kind))) = (condition, value) {
                kinds.push(kind);
                found.push((condition, value));
            }
        }
        (found.len() * 2 == arguments.len()).then_some((found, common(&kinds)))
    }

    fn pattern(&mut self, expr: &Expr) -> Option<Pattern> {
        if let Node::Text(text) = &expr.node {
            return match pcre::compile(text) {
                Ok(regex) => Some(Pattern::Fixed(regex)),
                Err(message) => self.refuse(Problem::outside(message, expr.span)),
            };
        }
        Some(Pattern::Made(Box::new(self.value(expr)?), expr.span))
    }

    /// The one field that an expression names.
    fn only_field(&mut self, expr: &Expr, function: &str) -> Option<Arc<str>> {
        let mut names = Vec::new();
        fields(expr, &mut names);
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [name] => Some(Arc::from(*name)),
            _ => self.refuse(Problem::refused(
                format!("`{function}` names exactly one field, not {} (E42)", names.len()),
                expr.span,
            )),
        }
    }
}

fn common(kinds: &[Kind]) -> Kind {
    let mut known = kinds.iter().filter(|kind| **kind != Kind::Null);
    match known.next() {
        None => Kind::Null,
        Some(first) if known.all(|kind| kind == first) => *first,
        Some(_) => Kind::Any,
    }
}

fn fields<'e>(expr: &'e Expr, names: &mut Vec<&'e str>) {
    match &expr.node {
        Node::Field(name) => names.push(name),
        Node::Text(_) | Node::Number(_) | Node::Macro(_) => {}
        Node::Not(inner) | Node::Negate(inner) => fields(inner, names),
        Node::Any(members) | Node::All(members) | Node::Xor(members) | Node::Call(_, members) => {
            members.iter().for_each(|member| fields(member, names));
        }
        Node::Compare(_, left, right) => {
            fields(left, names);
            fields(right, names);
        }
        Node::Chain(first, others) => {
            fields(first, names);
            others.iter().for_each(|(_, operand)| fields(operand, names));
        }
    }
}
