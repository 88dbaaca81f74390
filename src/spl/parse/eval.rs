//! Expressions of `eval` and `where`.
//!
//! In: the cursor at an expression. Out: `expr::Expr`. Parentheses, NOT, AND, OR, XOR, in this order (E01); operators and
//! functions in upper or lower case. Functions are checked against the list of those that exist.

use super::{Answer, Cursor, macro_call};
use crate::source::{Span, Spanned};
use crate::spl::ast::{Assignment, CompareOp, Name};
use crate::spl::expr::{Expr, Node, Operator};
use crate::spl::functions;
use crate::spl::problem::Problem;

/// `a=x, b=y`.
pub(super) fn assignments(cursor: &mut Cursor) -> Answer<Vec<Assignment>> {
    let mut found = Vec::new();
    loop {
        let target = target(cursor)?;
        cursor.expect("=")?;
        if cursor.peek() == Some('=') {
            return Err(cursor.unexpected("a value"));
        }
        found.push(Assignment { target, value: expression(cursor)? });
        cursor.space();
        if !cursor.eat(",") {
            return Ok(found);
        }
    }
}

/// E05: the left side is bare or in double quotes; `{x}` in it stands for a value. Single quotes are accepted too.
fn target(cursor: &mut Cursor) -> Answer<Name> {
    cursor.space();
    if let Some(name) = cursor.quoted()? {
        return Ok(name);
    }
    if let Some(name) = cursor.single_quoted()? {
        return Ok(name);
    }
    let name =
        cursor.run(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '{' | '}' | '<' | '>' | '-'));
    if name.value.is_empty() { Err(cursor.unexpected("a field")) } else { Ok(name) }
}

/// One expression.
pub(super) fn expression(cursor: &mut Cursor) -> Answer<Expr> {
    cursor.deeper(xor)
}

fn xor(cursor: &mut Cursor) -> Answer<Expr> {
    chain(cursor, "XOR", or, Node::Xor)
}

fn or(cursor: &mut Cursor) -> Answer<Expr> {
    chain(cursor, "OR", and, Node::Any)
}

fn and(cursor: &mut Cursor) -> Answer<Expr> {
    chain(cursor, "AND", not, Node::All)
}

fn chain(
    cursor: &mut Cursor,
    word: &str,
    next: fn(&mut Cursor) -> Answer<Expr>,
    node: fn(Vec<Expr>) -> Node,
) -> Answer<Expr> {
    let first = next(cursor)?;
    let mut members = vec![first];
    while {
        cursor.space();
        cursor.eat_word(word)
    } {
        members.push(next(cursor)?);
    }
    if members.len() == 1 {
        return Ok(members.remove(0));
    }
    let span = members.iter().map(|member| member.span).reduce(Span::to).unwrap_or_default();
    Ok(ungrouped(node(members), span))
}

fn not(cursor: &mut Cursor) -> Answer<Expr> {
    cursor.space();
    let start = cursor.at();
    if cursor.eat_word("NOT") || (!cursor.rest().starts_with("!=") && cursor.eat("!")) {
        let inner = cursor.deeper(not)?;
        let span = Span::new(start, inner.span.end);
        return Ok(ungrouped(Node::Not(Box::new(inner)), span));
    }
    comparison(cursor)
}

fn comparison(cursor: &mut Cursor) -> Answer<Expr> {
    const SIGNS: [(&str, CompareOp); 7] = [
        ("==", CompareOp::Equal),
        ("!=", CompareOp::NotEqual),
        ("<=", CompareOp::LessOrEqual),
        (">=", CompareOp::GreaterOrEqual),
        ("=", CompareOp::Equal),
        ("<", CompareOp::Less),
        (">", CompareOp::Greater),
    ];
    let left = sum(cursor)?;
    cursor.space();
    if cursor.eat_word("LIKE") {
        let right = sum(cursor)?;
        let span = left.span.to(right.span);
        return Ok(ungrouped(Node::Call("like".to_owned(), vec![left, right]), span));
    }
    if cursor.sees_word("IN") && cursor.rest()[2..].trim_start().starts_with('(') {
        cursor.eat_word("IN");
        cursor.space();
        cursor.eat("(");
        let mut arguments = vec![left];
        arguments.extend(self::arguments(cursor)?);
        let span = Span::new(arguments[0].span.start, cursor.at());
        return Ok(ungrouped(Node::Call("in".to_owned(), arguments), span));
    }
    for (sign, op) in SIGNS {
        if cursor.eat(sign) {
            let right = sum(cursor)?;
            let span = left.span.to(right.span);
            cursor.space();
            if cursor.rest().starts_with(['=', '<', '>']) || cursor.rest().starts_with("!=") {
                return Err(cursor.unexpected("AND, OR or the end of the comparison"));
            }
            return Ok(ungrouped(Node::Compare(op, Box::new(left), Box::new(right)), span));
        }
    }
    Ok(left)
}

fn sum(cursor: &mut Cursor) -> Answer<Expr> {
    const SIGNS: [(&str, Operator); 3] =
        [("+", Operator::Plus), ("-", Operator::Minus), (".", Operator::Join)];
    arithmetic(cursor, &SIGNS, product)
}

fn product(cursor: &mut Cursor) -> Answer<Expr> {
    const SIGNS: [(&str, Operator); 3] =
        [("*", Operator::Times), ("/", Operator::Divide), ("%", Operator::Remainder)];
    arithmetic(cursor, &SIGNS, negation)
}

fn arithmetic(
    cursor: &mut Cursor,
    signs: &[(&str, Operator)],
    next: fn(&mut Cursor) -> Answer<Expr>,
) -> Answer<Expr> {
    let first = next(cursor)?;
    let mut others = Vec::new();
    let mut span = first.span;
    loop {
        cursor.space();
        let Some((_, operator)) = signs.iter().find(|(sign, _)| cursor.eat(sign)) else { break };
        let operand = next(cursor)?;
        span = span.to(operand.span);
        others.push((*operator, operand));
    }
    if others.is_empty() { Ok(first) } else { Ok(ungrouped(Node::Chain(Box::new(first), others), span)) }
}

fn negation(cursor: &mut Cursor) -> Answer<Expr> {
    cursor.space();
    let start = cursor.at();
    if !cursor.eat("-") {
        return primary(cursor);
    }
    let inner = cursor.deeper(negation)?;
    let span = Span::new(start, inner.span.end);
    Ok(match inner.node {
        Node::Number(number) if !inner.grouped => ungrouped(Node::Number(-number), span),
        _ => ungrouped(Node::Negate(Box::new(inner)), span),
    })
}

fn primary(cursor: &mut Cursor) -> Answer<Expr> {
    cursor.space();
    let start = cursor.at();
    if cursor.eat("(") {
        let inner = expression(cursor)?;
        cursor.expect(")")?;
        return Ok(Expr { node: inner.node, span: Span::new(start, cursor.at()), grouped: true });
    }
    if let Some(Spanned { value, span }) = cursor.quoted()? {
        return Ok(ungrouped(Node::Text(value), span));
    }
    if let Some(Spanned { value, span }) = cursor.single_quoted()? {
        return Ok(ungrouped(Node::Field(value), span));
    }
    match cursor.peek() {
        Some('`') => {
            let call = macro_call(cursor)?;
            let span = call.span;
            Ok(ungrouped(Node::Macro(call), span))
        }
        Some(c) if c.is_ascii_digit() => number(cursor),
        Some('.') if cursor.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => number(cursor),
        Some(c) if c.is_alphabetic() || c == '_' => word(cursor),
        _ => Err(cursor.unexpected("a value, a field or a function")),
    }
}

fn number(cursor: &mut Cursor) -> Answer<Expr> {
    let start = cursor.at();
    let mut text = cursor.run(|c| c.is_ascii_digit()).value;
    if cursor.rest().starts_with('.') && cursor.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
        cursor.eat(".");
        text.push('.');
        text.push_str(&cursor.run(|c| c.is_ascii_digit()).value);
    }
    if cursor.rest().starts_with(['e', 'E']) {
        let exponent = cursor.rest()[1..].trim_start_matches(['+', '-']);
        if exponent.starts_with(|c: char| c.is_ascii_digit()) {
            text.push_str(&cursor.run(|c| c.is_ascii_alphanumeric() || c == '-' || c == '+').value);
        }
    }
    let span = Span::new(start, cursor.at());
    if cursor.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
        let word = cursor.run(|c| c.is_alphanumeric() || c == '_');
        let name = cursor.slice(span.to(word.span));
        return Err(Problem::syntax(format!("`{name}` is no number"), span.to(word.span))
            .help(format!("a field whose name starts with a digit stands in single quotes: '{name}'")));
    }
    let number = text.parse().map_err(|_| Problem::syntax(format!("`{text}` is no number"), span))?;
    Ok(ungrouped(Node::Number(number), span))
}

fn word(cursor: &mut Cursor) -> Answer<Expr> {
    let name = cursor.run(|c| c.is_alphanumeric() || c == '_');
    for operator in ["AND", "OR", "NOT", "XOR"] {
        if name.value.eq_ignore_ascii_case(operator) {
            return Err(Problem::syntax(
                format!("the operator {operator} has nothing on one side"),
                name.span,
            ));
        }
    }
    let behind = cursor.at();
    cursor.space();
    if cursor.eat("(") {
        let arguments = arguments(cursor)?;
        let span = Span::new(name.span.start, cursor.at());
        let lower = name.value.to_ascii_lowercase();
        if let Err(problem) = functions::check(&lower, arguments.len(), name.span) {
            cursor.report(problem);
        }
        return Ok(ungrouped(Node::Call(lower, arguments), span));
    }
    cursor.jump(behind);
    if cursor.rest().starts_with(['{', ':', '@', '\\']) {
        let all = cursor.run(|c| c.is_alphanumeric() || matches!(c, '_' | '{' | '}' | '.' | ':' | '@'));
        let span = name.span.to(all.span);
        let text = cursor.slice(span);
        return Err(Problem::syntax(format!("`{text}` is no field name outside of quotes"), span)
            .help(format!("write '{text}' in single quotes (E04)")));
    }
    Ok(ungrouped(Node::Field(name.value), name.span))
}

/// Arguments behind the opening parenthesis.
fn arguments(cursor: &mut Cursor) -> Answer<Vec<Expr>> {
    let mut found = Vec::new();
    cursor.space();
    if cursor.eat(")") {
        return Ok(found);
    }
    loop {
        found.push(expression(cursor)?);
        cursor.space();
        if cursor.eat(")") {
            return Ok(found);
        }
        if !cursor.eat(",") {
            return Err(cursor.unexpected("`,` or `)`"));
        }
    }
}

fn ungrouped(node: Node, span: Span) -> Expr {
    Expr { node, span, grouped: false }
}
