//! Conditions of `where` in neutral fields.
//!
//! In: an expression. Out: `Logic`, or why it cannot be said. Texts are compared with upper and lower case told apart
//! (E07); what is null is not true, and its negation is not relied on.

use super::logic::{Logic, Reason, Translator};
use crate::spl::ast::CompareOp;
use crate::spl::expr::{Expr, Node};

type Named<'n> = &'n dyn Fn(&str) -> Result<String, Reason>;

/// Translates a condition.
pub(super) fn condition(translator: &Translator, expr: &Expr, name: Named) -> Result<Logic, Reason> {
    let several = |members: &[Expr]| -> Result<Vec<Logic>, Reason> {
        members.iter().map(|it| condition(translator, it, name)).collect()
    };
    match &expr.node {
        Node::All(members) => several(members).map(Logic::All),
        Node::Any(members) => several(members).map(Logic::Any),
        Node::Not(inner) => Ok(Logic::Not(Box::new(condition(translator, inner, name)?))),
        Node::Compare(op, left, right) => compare(translator, *op, left, right, name),
        Node::Call(function, arguments) => call(translator, function, arguments, name),
        Node::Xor(_) => Err("XOR".to_owned()),
        Node::Text(_)
        | Node::Number(_)
        | Node::Field(_)
        | Node::Chain(..)
        | Node::Negate(_)
        | Node::Macro(_) => Err("a `where` that computes".to_owned()),
    }
}

fn compare(
    translator: &Translator,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
    name: Named,
) -> Result<Logic, Reason> {
    let Node::Field(field) = &left.node else { return Err("a `where` that computes".to_owned()) };
    let field = name(field)?;
    match (&right.node, op) {
        (Node::Text(text), CompareOp::Equal) => translator.exactly(&field, &[text]),
        (Node::Text(text), CompareOp::NotEqual) => {
            translator.other_than(&field, translator.exactly(&field, &[text])?)
        }
        (Node::Number(number), _) if number.fract() == 0.0 => {
            let text = number.to_string();
            match op {
                CompareOp::Equal => translator.exactly(&field, &[&text]),
                CompareOp::Less => translator.ordered(&field, "lt", &text),
                CompareOp::LessOrEqual => translator.ordered(&field, "lte", &text),
                CompareOp::Greater => translator.ordered(&field, "gt", &text),
                CompareOp::GreaterOrEqual => translator.ordered(&field, "gte", &text),
                CompareOp::NotEqual => translator.other_than(&field, translator.exactly(&field, &[&text])?),
            }
        }
        _ => Err("a `where` that computes".to_owned()),
    }
}

fn call(translator: &Translator, function: &str, arguments: &[Expr], name: Named) -> Result<Logic, Reason> {
    let field = |expr: &Expr| match &expr.node {
        Node::Field(field) => name(field),
        _ => Err(format!("`{function}` of something computed")),
    };
    let text = |expr: &Expr| match &expr.node {
        Node::Text(text) => Ok(text.clone()),
        _ => Err(format!("`{function}` with something computed")),
    };
    match (function, arguments) {
        ("isnotnull", [subject]) => translator.exists(&field(subject)?).map(Logic::Item),
        ("isnull", [subject]) => Ok(Logic::Not(Box::new(Logic::Item(translator.exists(&field(subject)?)?)))),
        ("match", [subject, pattern]) => {
            let pattern = text(pattern)?;
            // The flags that stand before everything have a modifier.
            match pattern.strip_prefix("(?i)") {
                Some(rest) => translator.item(&field(subject)?, "|re|i", rest),
                None => translator.item(&field(subject)?, "|re", &pattern),
            }
        }
        ("cidrmatch", [network, subject]) => translator.item(&field(subject)?, "|cidr", &text(network)?),
        ("like", [subject, pattern]) => {
            // C7: whether case counts in like() is contested; a pattern of `%` alone at its edges says the same.
            Err(format!("`like({}, {})`, whose case is contested", field(subject)?, text(pattern)?))
        }
        ("in", [subject, list @ ..]) => {
            let texts: Vec<String> = list.iter().map(text).collect::<Result<_, _>>()?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            translator.exactly(&field(subject)?, &texts)
        }
        _ => Err(format!("the function `{function}` in a condition")),
    }
}
