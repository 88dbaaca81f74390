//! Changes of a search in SPL.
//!
//! Commands come from the parser; what stands in them is taken apart by [`super::clause`].

use super::clause::{Condition, Grammar};
use super::scan::{Sort, Token, tokens};
use super::{Edits, Kind, literal};
use crate::source::Span;
use crate::spl::ast::{Command, Name, Search};
use crate::spl::parse;

pub(super) fn collect(edits: &mut Edits) {
    let Ok(search) = parse(edits.text) else { return };
    // Without rows that are compared with those before them, `eval` only computes what is shown.
    let correlates = has_streams(&search);
    pipeline(edits, &search, correlates);
}

fn has_streams(search: &Search) -> bool {
    search.commands.iter().any(|command| match &command.value {
        Command::StreamStats(_) => true,
        Command::MultiSearch(inner) | Command::Union(inner) => {
            inner.iter().any(|one| has_streams(&one.value))
        }
        Command::Append(inner) | Command::AppendPipe(inner) => has_streams(inner),
        _ => false,
    })
}

fn pipeline(edits: &mut Edits, search: &Search, correlates: bool) {
    for (index, command) in search.commands.iter().enumerate() {
        let removal = (index > 0).then(|| removal(edits, command.span));
        match &command.value {
            Command::Search(_) => terms(edits, command.span, removal),
            Command::Where(_) => {
                let tokens = arguments(edits, command.span, false);
                eval(&tokens).collect(edits, removal);
            }
            Command::Eval(assignments) if correlates => {
                for assignment in assignments {
                    let tokens = tokens(edits.text, assignment.value.span, false);
                    comparisons(edits, &tokens);
                }
            }
            Command::TStats(stats) => {
                if let Some(start) = word_after(edits, command.span, "where") {
                    let end =
                        word_after(edits, command.span, "by").map_or(command.span.end, |by| by - "by".len());
                    let tokens = tokens(edits.text, Span::new(start, end), true);
                    let condition = Condition { tokens: &tokens, grammar: Grammar::Terms, operators };
                    condition.collect(edits, None);
                }
                keys(edits, &stats.by);
            }
            Command::Stats(stats) | Command::EventStats(stats) => keys(edits, &stats.by),
            Command::StreamStats(stream) => {
                options(edits, command.span);
                keys(edits, &stream.stats.by);
            }
            Command::Bin(_) => options(edits, command.span),
            Command::Dedup(_)
            | Command::Head(_)
            | Command::Tail(_)
            | Command::Fillnull { .. }
            | Command::MvExpand { .. } => {
                if let Some(removal) = removal {
                    edits.change(Kind::Stage, removal, "");
                }
            }
            Command::MultiSearch(inner) | Command::Union(inner) => {
                inner.iter().for_each(|one| pipeline(edits, &one.value, correlates));
            }
            Command::Append(inner) | Command::AppendPipe(inner) => pipeline(edits, inner, correlates),
            _ => {}
        }
    }
}

/// The terms of a `search`.
fn terms(edits: &mut Edits, command: Span, removal: Option<Span>) {
    let explicit = edits.slice(command).starts_with("search")
        && edits.slice(command)["search".len()..].starts_with(char::is_whitespace);
    let start = if explicit { command.start + "search".len() } else { command.start };
    let tokens = tokens(edits.text, Span::new(start, command.end), true);
    let condition = Condition { tokens: &tokens, grammar: Grammar::Terms, operators };
    condition.collect(edits, removal);
}

/// Comparisons of an expression that is no condition itself, as within `if(…)`.
fn comparisons(edits: &mut Edits, tokens: &[Token]) {
    for (at, token) in tokens.iter().enumerate() {
        let sign = edits.slice(token.span);
        for (kind, other) in operators(sign) {
            edits.change(*kind, token.span, *other);
        }
        let ordered = ["<", "<=", ">", ">="].contains(&sign);
        if ordered || sign == "==" {
            if let Some(next) = tokens.get(at + 1).filter(|next| next.sort == Sort::Number) {
                literal::number(edits, *next, ordered);
            }
        }
        if sign.eq_ignore_ascii_case("and") {
            edits.change(Kind::OrForAnd, token.span, "OR");
        }
    }
}

/// `window=5`, `time_window=300s`, `span=1h`.
fn options(edits: &mut Edits, command: Span) {
    let tokens = tokens(edits.text, command, false);
    for triple in tokens.windows(3) {
        let [name, sign, value] = triple else { continue };
        if edits.slice(sign.span) != "=" || value.sort != Sort::Number {
            continue;
        }
        match edits.slice(name.span) {
            // Of all rows there is neither one more nor one less.
            "window" if edits.slice(value.span) != "0" => literal::number(edits, *value, true),
            "time_window" | "span" => literal::window(edits, value.span),
            _ => {}
        }
    }
}

/// Leaves each key out; never the only one.
fn keys(edits: &mut Edits, keys: &[Name]) {
    for (index, own) in keys.iter().enumerate() {
        let span = match (keys.get(index + 1), index.checked_sub(1).and_then(|before| keys.get(before))) {
            (Some(next), _) => Span::new(own.span.start, next.span.start),
            (None, Some(before)) => Span::new(before.span.end, own.span.end),
            (None, None) => continue,
        };
        edits.change(Kind::Key, span, "");
    }
}

/// A command with the pipe before it.
fn removal(edits: &Edits, command: Span) -> Span {
    let before = edits.text.get(..command.start).unwrap_or_default().trim_end();
    match before.strip_suffix('|') {
        Some(rest) => Span::new(rest.trim_end().len(), command.end),
        None => command,
    }
}

/// The tokens of a command without its name.
fn arguments(edits: &Edits, command: Span, values: bool) -> Vec<Token> {
    tokens(edits.text, command, values).into_iter().skip(1).collect()
}

/// The place after this word of a command, outside of quotes.
fn word_after(edits: &Edits, command: Span, word: &str) -> Option<usize> {
    let tokens = tokens(edits.text, command, true);
    let found = tokens
        .iter()
        .rev()
        .find(|token| token.sort == Sort::Word && edits.slice(token.span).eq_ignore_ascii_case(word));
    found.map(|token| token.span.end)
}

fn eval(tokens: &[Token]) -> Condition<'_> {
    Condition { tokens, grammar: Grammar::Eval, operators }
}

/// The opposite of a comparison is made by `NOT`.
fn operators(sign: &str) -> &'static [(Kind, &'static str)] {
    use Kind::Operator;
    match sign {
        "<" => &[(Operator, "<=")],
        "<=" => &[(Operator, "<")],
        ">" => &[(Operator, ">=")],
        ">=" => &[(Operator, ">")],
        _ => &[],
    }
}
