//! Aggregates: `count`, `dc(x) as y`, `count(eval(…))`.

use super::{Answer, Cursor, eval, fields};
use crate::source::Span;
use crate::spl::ast::{Aggregate, AggregateOf};
use crate::spl::functions;

/// At least one aggregate, up to `by` or the end.
pub(super) fn aggregates(cursor: &mut Cursor) -> Answer<Vec<Aggregate>> {
    let found = any_aggregates(cursor, &["by"])?;
    if found.is_empty() { Err(cursor.unexpected("an aggregate")) } else { Ok(found) }
}

/// Aggregates up to one of these words, or to something that is none.
pub(super) fn any_aggregates(cursor: &mut Cursor, ends: &[&str]) -> Answer<Vec<Aggregate>> {
    let mut found = Vec::new();
    loop {
        cursor.separators();
        let is_word = cursor.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !is_word || ends.iter().any(|end| cursor.sees_word(end)) || is_option(cursor) {
            return Ok(found);
        }
        found.push(aggregate(cursor)?);
    }
}

fn is_option(cursor: &Cursor) -> bool {
    let mut ahead = cursor.clone();
    ahead.run(|c| c.is_ascii_alphanumeric() || c == '_');
    ahead.space();
    ahead.rest().starts_with('=')
}

fn aggregate(cursor: &mut Cursor) -> Answer<Aggregate> {
    let word = cursor.run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let start = word.span.start;
    let function = match functions::aggregate(&word.value, word.span) {
        Ok(function) => function,
        Err(problem) if cursor.peek() == Some('(') => {
            cursor.report(problem);
            word.value.clone()
        }
        Err(problem) => return Err(problem),
    };
    let behind = cursor.at();
    cursor.space();
    let (of, inner) = if cursor.eat("(") {
        argument(cursor)?
    } else {
        cursor.jump(behind);
        (AggregateOf::Rows, String::new())
    };
    if !matches!(function.as_str(), "count" | "sparkline") && of == AggregateOf::Rows {
        return Err(cursor.unexpected(&format!("`(` behind `{}`", word.value)));
    }
    let end = cursor.at();
    let behind = cursor.at();
    let renamed = fields::renamed(cursor)?;
    if renamed.is_none() {
        cursor.jump(behind);
    }
    let default = if inner.is_empty() { word.value.clone() } else { format!("{}({inner})", word.value) };
    Ok(Aggregate {
        function,
        of,
        named: renamed.is_some(),
        name: renamed.map_or(default, |name| name.value),
        span: Span::new(start, end),
    })
}

/// What stands in the parentheses, and its text.
fn argument(cursor: &mut Cursor) -> Answer<(AggregateOf, String)> {
    cursor.space();
    let start = cursor.at();
    if cursor.sees_word("eval") && cursor.rest()[4..].trim_start().starts_with('(') {
        cursor.eat_word("eval");
        cursor.expect("(")?;
        let expr = eval::expression(cursor)?;
        cursor.expect(")")?;
        let inner = cursor.slice(Span::new(start, cursor.at())).to_owned();
        cursor.expect(")")?;
        return Ok((AggregateOf::Expr(expr), inner));
    }
    let name = match cursor.quoted()? {
        Some(name) => Some(name),
        None => cursor.single_quoted()?,
    };
    let name = match name {
        Some(name) => name.value,
        None => cursor.run(|c| !matches!(c, '(' | ')' | '|' | '"' | ',' | '[' | ']')).value.trim().to_owned(),
    };
    cursor.expect(")")?;
    if name.is_empty() {
        return Ok((AggregateOf::Rows, String::new()));
    }
    Ok((AggregateOf::Field(name.clone()), name))
}
