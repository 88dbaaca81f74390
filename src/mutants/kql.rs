//! Changes of a query in KQL.
//!
//! Stages come from the parser; what stands in them is taken apart by [`super::clause`].

use super::clause::{Condition, Grammar};
use super::scan::{Token, tokens};
use super::{Edits, Kind};
use crate::kql::ast::{Expr, ExprKind, LetValue, Operator, Pipe, Source, Union};
use crate::kql::parse;
use crate::source::{Span, Spanned};

pub(super) fn collect(edits: &mut Edits) {
    let Ok(query) = parse(edits.text) else { return };
    for one in &query.lets {
        match &one.value {
            LetValue::Pipe(inner) => pipe(edits, inner),
            // A function that reads a value is how a field is read, not what is asked of it.
            LetValue::Function(_) => {}
        }
    }
    pipe(edits, &query.result);
}

fn pipe(edits: &mut Edits, pipe: &Pipe) {
    match &pipe.source {
        Source::Expr(expr) => nested(edits, expr),
        Source::Union(union) => sides(edits, union),
        Source::Datatable(..) | Source::Print(_) | Source::Range(..) => {}
    }
    for operator in &pipe.operators {
        stage(edits, operator);
    }
}

fn nested(edits: &mut Edits, expr: &Expr) {
    if let ExprKind::Pipe(inner) = &expr.kind {
        pipe(edits, inner);
    }
}

fn sides(edits: &mut Edits, union: &Union) {
    union.sides.iter().for_each(|side| pipe(edits, side));
}

fn stage(edits: &mut Edits, operator: &Spanned<Operator>) {
    let removal = removal(edits, operator.span);
    match &operator.value {
        Operator::Where(_) => {
            let tokens = arguments(edits, operator.span, 1);
            condition(&tokens).collect(edits, Some(removal));
        }
        Operator::Extend(named) => {
            // Rows that came before, compared with this one, are part of a correlation.
            for named in named {
                let tokens = tokens(edits.text, named.expr.span, false);
                if tokens.iter().any(|token| edits.slice(token.span) == "prev") {
                    condition(&tokens).collect(edits, None);
                }
            }
        }
        Operator::Summarize(_, by) => {
            edits.change(Kind::Stage, removal, "");
            list(edits, by.iter().map(|named| named_span(edits, named)).collect());
        }
        Operator::Distinct(by) => {
            edits.change(Kind::Stage, removal, "");
            list(edits, by.iter().map(|named| named_span(edits, named)).collect());
        }
        Operator::Join(join) => {
            edits.change(Kind::Stage, removal, "");
            if let Some(kind) = &join.kind {
                let other = match kind.value.as_str() {
                    "leftsemi" | "inner" => Some("leftanti"),
                    "leftanti" => Some("leftsemi"),
                    _ => None,
                };
                if let Some(other) = other {
                    edits.change(Kind::Operator, kind.span, other);
                }
            }
            list(edits, join.on.iter().map(|key| key.span).collect());
            pipe(edits, &join.right);
        }
        Operator::Lookup(join) => pipe(edits, &join.right),
        Operator::Union(union) => sides(edits, union),
        Operator::MvApply(_, inner) => {
            edits.change(Kind::Stage, removal, "");
            pipe(edits, inner);
        }
        Operator::Top(..) | Operator::Take(_) | Operator::Count => edits.change(Kind::Stage, removal, ""),
        Operator::Project(_)
        | Operator::ProjectAway(_)
        | Operator::ProjectKeep(_)
        | Operator::ProjectRename(_)
        | Operator::ProjectReorder(_)
        | Operator::Sort(_)
        | Operator::Serialize(_)
        | Operator::MvExpand(_)
        | Operator::Nothing => {}
    }
}

fn named_span(edits: &Edits, named: &crate::kql::ast::Named) -> Span {
    let start = named.names.first().map_or(named.expr.span, |name| name.span);
    let span = start.to(named.expr.span);
    // The name and the sign before the expression are part of it.
    if edits.slice(span).is_empty() { named.expr.span } else { span }
}

/// Leaves each member of a list with commas out; never the only one.
fn list(edits: &mut Edits, members: Vec<Span>) {
    for (index, own) in members.iter().enumerate() {
        let span = match (members.get(index + 1), index.checked_sub(1).and_then(|before| members.get(before)))
        {
            (Some(next), _) => Span::new(own.start, next.start),
            (None, Some(before)) => Span::new(before.end, own.end),
            (None, None) => continue,
        };
        edits.change(Kind::Key, span, "");
    }
}

/// A stage with the pipe before it.
fn removal(edits: &Edits, stage: Span) -> Span {
    let before = edits.text.get(..stage.start).unwrap_or_default().trim_end();
    match before.strip_suffix('|') {
        Some(rest) => Span::new(rest.trim_end().len(), stage.end),
        None => stage,
    }
}

/// The tokens of a stage without the words of its name.
fn arguments(edits: &Edits, stage: Span, words: usize) -> Vec<Token> {
    let start = if edits.slice(stage).starts_with('|') { words + 1 } else { words };
    tokens(edits.text, stage, false).into_iter().skip(start).collect()
}

fn condition(tokens: &[Token]) -> Condition<'_> {
    Condition { tokens, grammar: Grammar::Kql, operators }
}

/// The opposite of a comparison is made by `not(…)`.
fn operators(sign: &str) -> &'static [(Kind, &'static str)] {
    use Kind::{Case, Operator};
    match sign {
        "=~" => &[(Case, "==")],
        "!~" => &[(Case, "!=")],
        "<" => &[(Operator, "<=")],
        "<=" => &[(Operator, "<")],
        ">" => &[(Operator, ">=")],
        ">=" => &[(Operator, ">")],
        "in~" => &[(Case, "in")],
        "!in~" => &[(Case, "!in")],
        "contains" => &[(Operator, "startswith"), (Operator, "endswith"), (Case, "contains_cs")],
        "!contains" => &[(Operator, "!startswith"), (Operator, "!endswith"), (Case, "!contains_cs")],
        "startswith" => &[(Operator, "contains"), (Case, "startswith_cs")],
        "!startswith" => &[(Operator, "!contains"), (Case, "!startswith_cs")],
        "endswith" => &[(Operator, "contains"), (Case, "endswith_cs")],
        "!endswith" => &[(Operator, "!contains"), (Case, "!endswith_cs")],
        "contains_cs" => &[(Operator, "startswith_cs"), (Operator, "endswith_cs"), (Case, "contains")],
        "!contains_cs" => &[(Case, "!contains")],
        "startswith_cs" => &[(Operator, "contains_cs"), (Case, "startswith")],
        "endswith_cs" => &[(Operator, "contains_cs"), (Case, "endswith")],
        "has" => &[(Operator, "contains")],
        "has_cs" => &[(Case, "has")],
        "has_any" => &[(Operator, "has_all")],
        "has_all" => &[(Operator, "has_any")],
        _ => &[],
    }
}
