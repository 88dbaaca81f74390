//! Changes of a search in SPL.
//!
//! Commands come from the parser; what stands in them is taken apart by [`super::clause`].
//!
//! A `search` may say beforehand what a `where` after it decides, so that the index is used. Such terms are not loosened,
//! and a change of the `where` leaves them out: otherwise each of the two would hide what is wrong with the other.

use super::clause::{Condition, Grammar};
use super::scan::{Sort, Token, tokens};
use super::{Change, Edits, Kind, literal};
use crate::maps::HashSet;
use crate::source::{Span, Spanned};
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
    let mut said_before: Vec<Span> = Vec::new();
    for (index, command) in search.commands.iter().enumerate() {
        let removal = (index > 0).then(|| removal(edits, command.span));
        match &command.value {
            Command::Search(_) => {
                let tokens = tokens_of_terms(edits, command.span);
                said_before = beforehand(edits, &tokens, removal, &search.commands[index + 1..]);
            }
            Command::Where(_) => {
                let first = edits.changes.len();
                let tokens = arguments(edits, command.span, false);
                eval(&tokens).collect(edits, removal);
                for change in edits.changes.iter_mut().skip(first) {
                    change.without.clone_from(&said_before);
                }
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
                    said_before = beforehand(edits, &tokens, None, &search.commands[index + 1..]);
                    without_where(&mut said_before, &tokens, start);
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

/// Changes the terms of a `search` or of the `where` of `tstats`; says which of them a `where` later decides.
fn beforehand(
    edits: &mut Edits,
    tokens: &[Token],
    removal: Option<Span>,
    later: &[Spanned<Command>],
) -> Vec<Span> {
    let first = edits.changes.len();
    let condition = Condition { tokens, grammar: Grammar::Terms, operators };
    condition.collect(edits, removal);
    let said_again = said_again(edits, &condition, later);
    let mut at = 0;
    edits.changes.retain(|change| {
        at += 1;
        at <= first || !loosens(change, &said_again)
    });
    said_again
}

/// `tstats` has no `where` without terms: the word goes with the last of them.
fn without_where(said_again: &mut [Span], tokens: &[Token], after_word: usize) {
    let covered = |token: &Token| {
        said_again.iter().any(|span| span.start <= token.span.start && token.span.end <= span.end)
    };
    if tokens.iter().all(covered)
        && let Some(first) = said_again.first_mut()
    {
        first.start = after_word - "where".len();
    }
}

fn tokens_of_terms(edits: &Edits, command: Span) -> Vec<Token> {
    let explicit = edits.slice(command).starts_with("search")
        && edits.slice(command)["search".len()..].starts_with(char::is_whitespace);
    let start = if explicit { command.start + "search".len() } else { command.start };
    tokens(edits.text, Span::new(start, command.end), true)
}

/// The terms whose fields a later `where` of the same pipeline asks again, each with the space after it.
fn said_again(edits: &Edits, condition: &Condition, later: &[Spanned<Command>]) -> Vec<Span> {
    let asked: HashSet<&str> = later
        .iter()
        .filter(|command| matches!(command.value, Command::Where(_)))
        .flat_map(|command| tokens(edits.text, command.span, false))
        .map(|token| edits.slice(token.span).trim_matches('\''))
        .collect();
    let asked_of = |field: &str| asked.contains(field) || field.split('.').all(|part| asked.contains(part));
    let again = |term: &Span| {
        let fields = fields_of_term(edits, *term);
        !edits.facts.holds(edits.slice(*term))
            && !fields.is_empty()
            && fields.iter().all(|field| asked_of(field))
    };
    let terms = condition.terms(edits);
    let mut spans = Vec::new();
    for (index, term) in terms.iter().enumerate().filter(|(_, term)| again(term)) {
        let end = terms.get(index + 1).map_or(term.end, |next| next.start);
        spans.push(Span::new(term.start, end));
    }
    spans
}

/// The fields that a term of `search` asks, be it one comparison or several in brackets.
fn fields_of_term<'a>(edits: &Edits<'a>, term: Span) -> Vec<&'a str> {
    let tokens = tokens(edits.text, term, true);
    let mut fields = Vec::new();
    for pair in tokens.windows(2) {
        let [name, next] = pair else { continue };
        let compares = next.sort == Sort::Sign || (next.sort == Sort::Word && edits.slice(next.span) == "IN");
        if compares && matches!(name.sort, Sort::Word | Sort::Text) {
            fields.push(edits.slice(name.span).trim_matches('"'));
        }
    }
    fields
}

/// Whether a change lets more through a term that is said again later.
fn loosens(change: &Change, said_again: &[Span]) -> bool {
    let touches =
        said_again.iter().any(|span| change.span.start <= span.end && span.start <= change.span.end);
    touches
        && match change.kind {
            Kind::DroppedFromAll | Kind::OrForAnd | Kind::Operator | Kind::Case => true,
            Kind::AndForOr
            | Kind::DroppedFromAny
            | Kind::Negated
            | Kind::Value
            | Kind::Number
            | Kind::Window
            | Kind::Key
            | Kind::Stage => false,
        }
}

/// Comparisons of an expression that is no condition itself, as within `if(…)`.
fn comparisons(edits: &mut Edits, tokens: &[Token]) {
    for (at, token) in tokens.iter().enumerate() {
        let sign = edits.slice(token.span);
        for (kind, other) in operators(sign) {
            edits.change(*kind, token.span, *other);
        }
        let ordered = ["<", "<=", ">", ">="].contains(&sign);
        let number = tokens.get(at + 1).filter(|next| next.sort == Sort::Number);
        if let Some(number) = number.filter(|_| ordered || sign == "==") {
            literal::number(edits, *number, ordered);
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
