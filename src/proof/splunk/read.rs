//! Expressions of `eval` as formulas.
//!
//! In: the text of an expression. Out: a formula, with `Opaque` for what cannot be read backwards.

use crate::proof::solve::{Formula, Step};
use crate::spl::ast::{Command, CompareOp};
use crate::spl::expr::{Expr, Node, Operator};
use crate::spl::parse;

/// Reads an expression.
pub(super) fn formula(text: &str) -> Formula {
    let Ok(search) = parse(&format!("| makeresults | eval detc = {text}")) else { return Formula::Opaque };
    match search.commands.last().map(|command| &command.value) {
        Some(Command::Eval(assignments)) => {
            assignments.first().map_or(Formula::Opaque, |assignment| read(&assignment.value))
        }
        _ => Formula::Opaque,
    }
}

fn read(expr: &Expr) -> Formula {
    match &expr.node {
        Node::Text(text) => Formula::text(text),
        Node::Number(number) => match serde_json::Number::from_f64(*number) {
            Some(_) if number.fract() == 0.0 => Formula::Literal((*number as i64).into()),
            Some(number) => Formula::Literal(number.into()),
            None => Formula::Opaque,
        },
        Node::Field(name) => Formula::column(name),
        Node::Any(parts) => Formula::Any(parts.iter().map(read).collect()),
        Node::All(parts) => Formula::All(parts.iter().map(read).collect()),
        Node::Not(inner) => Formula::Not(Box::new(read(inner))),
        Node::Compare(CompareOp::Equal, left, right) => {
            Formula::Equal(Box::new(read(left)), Box::new(read(right)))
        }
        Node::Compare(CompareOp::NotEqual, left, right) => {
            Formula::Not(Box::new(Formula::Equal(Box::new(read(left)), Box::new(read(right)))))
        }
        Node::Chain(first, others) if others.iter().all(|(operator, _)| *operator == Operator::Join) => {
            let others = others.iter().map(|(_, part)| read(part));
            Formula::Concat(std::iter::once(read(first)).chain(others).collect())
        }
        Node::Call(name, arguments) => call(name, arguments),
        Node::Compare(..) | Node::Xor(_) | Node::Chain(..) | Node::Negate(_) | Node::Macro(_) => {
            Formula::Opaque
        }
    }
}

fn call(name: &str, arguments: &[Expr]) -> Formula {
    let argument = |place: usize| arguments.get(place).map_or(Formula::Opaque, read);
    let boxed = |place: usize| Box::new(argument(place));
    let text = |place: usize| argument(place).as_text().map(str::to_owned);
    match name {
        "true" => Formula::Literal(true.into()),
        "false" => Formula::Literal(false.into()),
        "null" => Formula::Null,
        "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "tonumber" | "tostring" | "urldecode" => {
            Formula::Same(boxed(0))
        }
        "coalesce" => Formula::First(arguments.iter().map(read).collect()),
        "if" => Formula::Choice(vec![(argument(0), argument(1))], boxed(2)),
        "case" => {
            let (branches, _) = arguments.as_chunks::<2>();
            let branches = branches.iter().map(|[condition, value]| (read(condition), read(value)));
            Formula::Choice(branches.collect(), Box::new(Formula::Null))
        }
        "isnull" => Formula::Empty(boxed(0)),
        "isnotnull" => Formula::Not(Box::new(Formula::Empty(boxed(0)))),
        "in" => Formula::In(boxed(0), arguments.iter().skip(1).map(read).collect()),
        "match" => match text(1) {
            Some(pattern) => Formula::Matches(boxed(0), pattern),
            None => Formula::Opaque,
        },
        "replace" => match (text(1), text(2)) {
            (Some(pattern), Some(with)) if with == r"\1" => Formula::Extract(pattern, boxed(0)),
            _ => Formula::Same(boxed(0)),
        },
        "split" => match text(1) {
            Some(separator) => Formula::Piece(boxed(0), separator),
            None => Formula::Opaque,
        },
        "mvappend" => Formula::List(arguments.iter().map(read).collect()),
        "mvindex" => element(arguments),
        "json_extract" => match (argument(0), text(1)) {
            (Formula::Place(path), Some(keys)) => {
                let keys = keys.split('.').map(|key| Step::Key(key.into())).collect::<Vec<_>>();
                Formula::Place(path.into_iter().chain(keys).collect())
            }
            _ => Formula::Opaque,
        },
        _ => Formula::Opaque,
    }
}

/// `mvindex(x, 0)`, or the value beside a name: `mvindex(values, mvfind(names, "^name$"))`.
fn element(arguments: &[Expr]) -> Formula {
    let [list, index] = arguments else { return Formula::Opaque };
    if let Node::Call(name, inner) = &index.node
        && let ("mvfind", [names, pattern]) = (name.as_str(), inner.as_slice())
        && let (Node::Field(names), Node::Field(values), Node::Text(pattern)) =
            (&names.node, &list.node, &pattern.node)
    {
        let name = pattern.trim_start_matches('^').trim_end_matches('$').replace('\\', "");
        return Formula::Beside { names: names.clone(), values: values.clone(), name };
    }
    match &index.node {
        Node::Number(number) if *number == -1.0 => read(list).step(Step::Last),
        Node::Number(number) if *number >= 0.0 => read(list).step(Step::Item(*number as usize)),
        _ => Formula::Opaque,
    }
}
