//! Macros: the table, and the expansion of a search before it is parsed.
//!
//! In: a text with calls in backticks. Out: the text with each known call replaced, comments blanked, and a map back to
//! the places of the original. A call that the table does not have is left as it is. Knows quotes, not commands.

use std::collections::BTreeMap;

use super::limits;
use super::problem::Problem;
use crate::source::Span;

/// Macros by name and number of arguments: overloads are different macros (S45).
#[derive(Debug, Clone, Default)]
pub struct Macros {
    table: BTreeMap<(String, usize), Definition>,
}

#[derive(Debug, Clone)]
struct Definition {
    arguments: Vec<String>,
    text: String,
}

impl Macros {
    /// Adds a macro. Argument names are letters, digits, `_` and `-`, none twice (S46); the error says what is wrong.
    pub fn define(&mut self, name: &str, arguments: &[&str], text: &str) -> Result<(), String> {
        for (index, argument) in arguments.iter().enumerate() {
            let is_name = !argument.is_empty()
                && argument.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            if !is_name {
                return Err(format!("`{argument}` cannot be the name of an argument"));
            }
            if arguments[..index].contains(argument) {
                return Err(format!("the argument `{argument}` stands twice"));
            }
        }
        let definition = Definition {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            text: text.trim().to_owned(),
        };
        self.table.insert((name.to_owned(), arguments.len()), definition);
        Ok(())
    }

    /// Whether there is a macro of this name and number of arguments.
    pub fn contains(&self, name: &str, arguments: usize) -> bool {
        self.table.contains_key(&(name.to_owned(), arguments))
    }
}

/// A text whose macros are expanded.
#[derive(Debug, Clone)]
pub struct Expanded {
    /// The text.
    pub text: String,
    segments: Vec<Segment>,
}

/// A run of the expanded text, and where it comes from.
#[derive(Debug, Clone)]
struct Segment {
    start: usize,
    source: Span,
    verbatim: bool,
}

impl Expanded {
    /// The place in the original that a place in the expanded text comes from: itself, or the whole call.
    pub fn origin(&self, span: Span) -> Span {
        let place = |offset: usize| {
            let index = self.segments.partition_point(|segment| segment.start <= offset).saturating_sub(1);
            let Some(segment) = self.segments.get(index) else { return Span::new(offset, offset) };
            if segment.verbatim {
                let at = segment.source.start + (offset - segment.start);
                Span::new(at, at)
            } else {
                segment.source
            }
        };
        let last = place(span.end.max(span.start + 1) - 1);
        let is_point = last.start == last.end;
        let end = if is_point && span.end > span.start { last.end + 1 } else { last.end };
        Span::new(place(span.start).start, end.max(place(span.start).start))
    }
}

/// Expands the macros that the table has, to any depth up to a limit. Each comment becomes one space (S43).
pub fn expand(text: &str, macros: &Macros) -> Result<Expanded, Vec<Problem>> {
    let whole = Span::new(0, text.len());
    if text.len() > limits::TEXT {
        return Err(vec![Problem::syntax("the search is too long", whole)]);
    }
    let mut out = Expanded { text: String::with_capacity(text.len()), segments: Vec::new() };
    let mut problems = Vec::new();
    let mut calls = limits::CALLS;
    for piece in pieces(text) {
        match piece {
            Ok(Piece::Text(span)) => out.push(span, true, &text[span.start..span.end]),
            Ok(Piece::Comment(span)) => out.push(span, false, " "),
            Ok(Piece::Call(span)) => match expanded_call(text, span, macros, 0, &mut calls) {
                Ok(Some(expansion)) => out.push(span, false, &expansion),
                Ok(None) => out.push(span, true, &text[span.start..span.end]),
                Err(message) => problems.push(Problem::syntax(message, span)),
            },
            Err(problem) => {
                problems.push(problem);
                break;
            }
        }
        if out.text.len() > limits::TEXT {
            problems.push(Problem::syntax("the search is too long once its macros are expanded", whole));
            break;
        }
    }
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

impl Expanded {
    fn push(&mut self, source: Span, verbatim: bool, text: &str) {
        self.segments.push(Segment { start: self.text.len(), source, verbatim });
        self.text.push_str(text);
    }
}

/// The text that a call stands for; none when the table does not have it.
fn expanded_call(
    text: &str,
    span: Span,
    macros: &Macros,
    depth: usize,
    calls: &mut usize,
) -> Result<Option<String>, String> {
    let (name, arguments) = parse_call(&text[span.start + 1..span.end - 1])?;
    let Some(definition) = macros.table.get(&(name.clone(), arguments.len())) else {
        let other = macros.table.range((name.clone(), 0)..).next().filter(|((known, _), _)| *known == name);
        return match other {
            Some(((_, arity), _)) => {
                Err(format!("the macro `{name}` takes {arity} arguments, not {}", arguments.len()))
            }
            None => Ok(None),
        };
    };
    *calls = calls.checked_sub(1).ok_or_else(|| "too many macros are called".to_owned())?;
    if depth >= limits::DEPTH {
        return Err(format!("the macro `{name}` is nested too deeply, or calls itself"));
    }
    let mut body = substituted(definition, &arguments);
    if body.len() > limits::TEXT {
        return Err(format!("the macro `{name}` becomes too long"));
    }
    // What an argument brought may hold calls as well: the whole is expanded again.
    if body.contains('`') {
        let mut expanded = String::with_capacity(body.len());
        for piece in pieces(&body) {
            match piece.map_err(|problem| format!("in the macro `{name}`: {}", problem.message))? {
                Piece::Text(span) => expanded.push_str(&body[span.start..span.end]),
                Piece::Comment(_) => expanded.push(' '),
                Piece::Call(span) => match expanded_call(&body, span, macros, depth + 1, calls)? {
                    Some(inner) => expanded.push_str(&inner),
                    None => expanded.push_str(&body[span.start..span.end]),
                },
            }
            if expanded.len() > limits::TEXT {
                return Err(format!("the macro `{name}` becomes too long"));
            }
        }
        body = expanded;
    }
    Ok(Some(body))
}

/// `$argument$` is replaced everywhere, also in quotes (S45), in one pass: what is put in is not looked at again.
fn substituted(definition: &Definition, arguments: &[String]) -> String {
    let mut out = String::with_capacity(definition.text.len());
    let mut rest = definition.text.as_str();
    while let Some(start) = rest.find('$') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let found = after[1..].find('$').and_then(|length| {
            let name = &after[1..=length];
            let place = definition.arguments.iter().position(|argument| argument == name)?;
            Some((length, place))
        });
        match found {
            Some((length, place)) => {
                out.push_str(&arguments[place]);
                rest = &after[length + 2..];
            }
            None => {
                out.push('$');
                rest = &after[1..];
            }
        }
        if out.len() > limits::TEXT {
            return out;
        }
    }
    out.push_str(rest);
    out
}

/// Takes `name` or `name(a, "b, c")` apart. Quotes around an argument are no part of it.
pub(super) fn parse_call(call: &str) -> Result<(String, Vec<String>), String> {
    let call = call.trim();
    let (name, rest) = call.split_once('(').map_or((call, None), |(name, rest)| (name.trim(), Some(rest)));
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || "\"'`,)|[]=".contains(c)) {
        return Err(format!("`{name}` cannot be the name of a macro"));
    }
    let Some(rest) = rest else { return Ok((name.to_owned(), Vec::new())) };
    let Some(list) = rest.trim_end().strip_suffix(')') else {
        return Err(format!("the arguments of the macro `{name}` are not closed"));
    };
    let mut arguments = Vec::new();
    let mut current = String::new();
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut characters = list.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if quoted => {
                current.push(c);
                current.extend(characters.next());
                continue;
            }
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                arguments.push(unquoted(&current));
                current.clear();
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    if quoted {
        return Err(format!("a quote in the arguments of the macro `{name}` is not closed"));
    }
    if !(arguments.is_empty() && current.trim().is_empty()) {
        arguments.push(unquoted(&current));
    }
    Ok((name.to_owned(), arguments))
}

fn unquoted(argument: &str) -> String {
    let argument = argument.trim();
    let inner = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(argument).to_owned()
}

enum Piece {
    Text(Span),
    Comment(Span),
    /// With its backticks.
    Call(Span),
}

/// The text in runs: calls and comments stand outside of double quotes (S44).
fn pieces(text: &str) -> impl Iterator<Item = Result<Piece, Problem>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        if let Some(body) = rest.strip_prefix("```") {
            let Some(length) = body.find("```") else {
                at = text.len();
                let span = Span::new(start, text.len());
                return Some(Err(Problem::syntax("a comment is not closed", span)));
            };
            at = start + length + 6;
            return Some(Ok(Piece::Comment(Span::new(start, at))));
        }
        if let Some(body) = rest.strip_prefix('`') {
            let Some(length) = body.find('`') else {
                at = text.len();
                let span = Span::new(start, text.len());
                return Some(Err(Problem::syntax("a backtick is not closed", span)));
            };
            at = start + length + 2;
            return Some(Ok(Piece::Call(Span::new(start, at))));
        }
        let mut quoted = false;
        let mut escaped = false;
        let mut length = rest.len();
        for (index, c) in rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '`' if !quoted => {
                    length = index;
                    break;
                }
                _ => {}
            }
        }
        at = start + length;
        Some(Ok(Piece::Text(Span::new(start, at))))
    })
}

/// The text with each comment as white space of the same length, so that places stay.
pub(super) fn without_comments(text: &str) -> Result<String, Problem> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece? {
            Piece::Text(span) | Piece::Call(span) => out.push_str(&text[span.start..span.end]),
            Piece::Comment(span) => out.extend(std::iter::repeat_n(' ', span.end - span.start)),
        }
    }
    Ok(out)
}
