//! Changes of a Sigma rule.
//!
//! Places come from the reader of YAML. Only `detection` and `correlation` are changed: the log source is the catalogue's.

use super::clause::{Condition, Grammar};
use super::scan::tokens;
use super::{Edits, Kind, literal};
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{Node, Value, parse_all};

pub(super) fn reads(text: &str) -> bool {
    let mut findings = Vec::new();
    !documents(text, &mut findings).is_empty() && findings.is_empty()
}

fn documents(text: &str, findings: &mut Vec<crate::diagnostics::Diagnostic>) -> Vec<Node> {
    parse_all(&SourceFile::new("mutant", text), findings)
}

pub(super) fn collect(edits: &mut Edits) {
    for document in documents(edits.text, &mut Vec::new()) {
        if let Some(detection) = document.get("detection") {
            for (name, block) in detection.entries() {
                if name.value == "condition" {
                    condition(edits, block);
                } else {
                    selection(edits, block);
                }
            }
        }
        if let Some(correlation) = document.get("correlation") {
            self::correlation(edits, correlation);
        }
    }
}

fn condition(edits: &mut Edits, node: &Node) {
    if !matches!(node.value, Value::Text(_)) {
        return;
    }
    let tokens = tokens(edits.text, inner(edits, node.span), false);
    Condition { tokens: &tokens, grammar: Grammar::Sigma, operators: quantifiers }.collect(edits, None);
}

fn quantifiers(word: &str) -> &'static [(Kind, &'static str)] {
    match word {
        "all" => &[(Kind::Operator, "1")],
        _ => &[],
    }
}

fn selection(edits: &mut Edits, node: &Node) {
    match &node.value {
        Value::List(members) => members.iter().for_each(|member| selection(edits, member)),
        Value::Map(items) => {
            for (index, (key, value)) in items.iter().enumerate() {
                if !edits.meet(key.span.to(value.span)) {
                    continue;
                }
                let next = items.get(index + 1).map(|(key, _)| key.span.start);
                let before = index
                    .checked_sub(1)
                    .and_then(|before| items.get(before))
                    .map(|(_, value)| value.span.end);
                match (next, before) {
                    (Some(next), _) => {
                        edits.change(Kind::DroppedFromAll, Span::new(key.span.start, next), "")
                    }
                    (None, Some(before)) => {
                        edits.change(Kind::DroppedFromAll, Span::new(before, value.span.end), "");
                    }
                    (None, None) => {}
                }
                item(edits, key, value);
            }
        }
        // Keywords.
        Value::Text(_) | Value::Integer(_) | Value::Real(_) | Value::Boolean(_) => plain(edits, node),
        Value::Null => {}
    }
}

fn item(edits: &mut Edits, key: &Spanned<String>, value: &Node) {
    let mut parts = key.value.split('|');
    let field = parts.next().unwrap_or_default();
    let modifiers: Vec<&str> = parts.collect();
    for (kind, changed) in other_modifiers(&modifiers, value) {
        let written = std::iter::once(field).chain(changed).collect::<Vec<_>>().join("|");
        let quoted = edits.slice(key.span).starts_with(['\'', '"']);
        edits.change(kind, key.span, if quoted { format!("'{written}'") } else { written });
    }
    match &value.value {
        Value::List(members) => members.iter().for_each(|member| plain(edits, member)),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Real(_)
        | Value::Boolean(_)
        | Value::Null
        | Value::Map(_) => {
            plain(edits, value);
        }
    }
}

/// Other modifiers for those of an item.
fn other_modifiers<'m>(modifiers: &[&'m str], value: &Node) -> Vec<(Kind, Vec<&'m str>)> {
    let mut all: Vec<(Kind, Vec<&'m str>)> = Vec::new();
    let with = |old: &str, new: &'static str| -> Vec<&'m str> {
        modifiers.iter().map(|one| if *one == old { new } else { *one }).collect()
    };
    let without =
        |old: &str| -> Vec<&'m str> { modifiers.iter().copied().filter(|one| *one != old).collect() };
    for modifier in modifiers {
        match *modifier {
            "contains" => {
                all.push((Kind::Operator, with("contains", "startswith")));
                all.push((Kind::Operator, with("contains", "endswith")));
            }
            "startswith" => all.push((Kind::Operator, with("startswith", "contains"))),
            "endswith" => all.push((Kind::Operator, with("endswith", "contains"))),
            "gt" => all.push((Kind::Operator, with("gt", "gte"))),
            "gte" => all.push((Kind::Operator, with("gte", "gt"))),
            "lt" => all.push((Kind::Operator, with("lt", "lte"))),
            "lte" => all.push((Kind::Operator, with("lte", "lt"))),
            "all" => all.push((Kind::OrForAnd, without("all"))),
            "cased" => all.push((Kind::Case, without("cased"))),
            "i" => all.push((Kind::Case, without("i"))),
            _ => {}
        }
    }
    let texts = ["contains", "startswith", "endswith", "all"];
    let takes_case = modifiers.iter().all(|one| texts.contains(one)) && has_letters(value);
    if takes_case {
        all.push((Kind::Case, modifiers.iter().copied().chain(["cased"]).collect()));
    }
    all
}

fn has_letters(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => text.chars().any(char::is_alphabetic),
        Value::List(members) => members.iter().any(has_letters),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Map(_) => false,
    }
}

fn plain(edits: &mut Edits, node: &Node) {
    match &node.value {
        Value::Text(_) => literal::value(edits, inner(edits, node.span)),
        Value::Integer(number) => {
            edits.change(Kind::Value, node.span, number.saturating_add(1).to_string());
        }
        Value::Boolean(written) => edits.change(Kind::Value, node.span, (!written).to_string()),
        Value::Real(_) | Value::Null | Value::List(_) | Value::Map(_) => {}
    }
}

fn correlation(edits: &mut Edits, node: &Node) {
    if let Some(timespan) = node.get("timespan") {
        let span = inner(edits, timespan.span);
        literal::window(edits, span);
    }
    if let Some(kind) = node.get("type")
        && kind.as_text() == Some("temporal_ordered")
    {
        edits.change(Kind::Operator, kind.span, "temporal");
    }
    for (key, value) in node.get("condition").map(Node::entries).unwrap_or_default() {
        let other = match key.value.as_str() {
            "gt" => "gte",
            "gte" => "gt",
            "lt" => "lte",
            "lte" => "lt",
            _ => continue,
        };
        edits.change(Kind::Operator, key.span, other);
        if let Value::Integer(number) = value.value {
            edits.change(Kind::Number, value.span, number.saturating_add(1).to_string());
            edits.change(Kind::Number, value.span, number.saturating_sub(1).to_string());
        }
    }
    if let Some(Node { value: Value::List(keys), .. }) = node.get("group-by")
        && keys.len() > 1
    {
        for key in keys {
            if let Some(line) = list_line(edits, key.span) {
                edits.change(Kind::Key, line, "");
            }
        }
    }
}

/// The line of a member of a block list; nothing when something else stands on it.
fn list_line(edits: &Edits, member: Span) -> Option<Span> {
    let start = edits.text.get(..member.start)?.rfind('\n')? + 1;
    let length = edits.text.get(member.end..)?.find('\n')? + 1;
    let alone = edits.text.get(start..member.start)?.trim() == "-"
        && edits.text.get(member.end..member.end + length)?.trim().is_empty();
    alone.then(|| Span::new(start, member.end + length))
}

/// A scalar without its quotes.
fn inner(edits: &Edits, span: Span) -> Span {
    let written = edits.slice(span);
    let quoted = written.len() >= 2 && written.starts_with(['\'', '"']) && written.ends_with(&written[..1]);
    if quoted { Span::new(span.start + 1, span.end - 1) } else { span }
}
