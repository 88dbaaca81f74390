//! The terms of `search`, of `tstats where` and of `inputlookup where`.
//!
//! In: the cursor behind the command's name. Out: `ast::Term`. Parentheses, NOT, OR, AND, in this order (S02).

use super::{Answer, Cursor, macro_call, subsearch};
use crate::source::{Span, Spanned};
use crate::spl::ast::{CompareOp, Name, SearchValue, Term, ValueMode};
use crate::spl::problem::Problem;

/// Reads terms up to the end of the part, a closing parenthesis, or the word `by`.
pub(super) fn terms(cursor: &mut Cursor) -> Answer<Term> {
    if ends(cursor) {
        // `search` alone, and the `search *` of a filter macro that is gone.
        return Err(cursor.unexpected("a term"));
    }
    all(cursor)
}

/// S01: neighbours are AND-ed.
fn all(cursor: &mut Cursor) -> Answer<Term> {
    let mut members = vec![any(cursor)?];
    while !ends(cursor) {
        if cursor.sees_word("XOR") && cursor.rest().starts_with("XOR") {
            return Err(Problem::refused("`search` has no XOR", cursor.here()).help("use `where`"));
        }
        if cursor.eat_upper("AND") && ends(cursor) {
            return Err(cursor.unexpected("a term after AND"));
        }
        members.push(any(cursor)?);
    }
    Ok(one_or(members, Term::All))
}

fn any(cursor: &mut Cursor) -> Answer<Term> {
    let mut members = vec![not(cursor)?];
    loop {
        cursor.space();
        if !cursor.eat_upper("OR") {
            return Ok(one_or(members, Term::Any));
        }
        members.push(not(cursor)?);
    }
}

fn one_or(mut members: Vec<Term>, several: fn(Vec<Term>) -> Term) -> Term {
    if members.len() == 1 { members.remove(0) } else { several(members) }
}

/// S03: NOT takes the term right after it.
fn not(cursor: &mut Cursor) -> Answer<Term> {
    cursor.space();
    if cursor.eat_upper("NOT") {
        return cursor.deeper(not).map(|inner| Term::Not(Box::new(inner)));
    }
    match cursor.peek() {
        Some('(') => {
            cursor.eat("(");
            let inner = cursor.deeper(terms)?;
            cursor.space();
            if cursor.eat(")") { Ok(inner) } else { Err(cursor.unexpected("`)`")) }
        }
        Some('[') => subsearch(cursor).map(Term::Subsearch),
        Some('`') => macro_call(cursor).map(Term::Macro),
        _ => leaf(cursor),
    }
}

fn leaf(cursor: &mut Cursor) -> Answer<Term> {
    for word in ["AND", "OR", "IN"] {
        if cursor.rest().starts_with(word) && cursor.sees_word(word) {
            return Err(cursor
                .unexpected("a term")
                .help(format!("a value or term that is the word {word} stands in double quotes")));
        }
    }
    if let Some((mode, value)) = wrapped(cursor)? {
        return Ok(Term::Keyword(value.map(|text| SearchValue { text, quoted: false, mode })));
    }
    let start = cursor.at();
    let (left, quoted) = match cursor.quoted()? {
        Some(name) => (name, true),
        None => (name(cursor), false),
    };
    if left.value.is_empty() && !quoted {
        return Err(cursor.unexpected("a term"));
    }
    let behind = cursor.at();
    cursor.space();
    if let Some(op) = comparison(cursor) {
        cursor.space();
        let value = value(cursor, false)?;
        return Ok(Term::Compare { field: left, op, value });
    }
    if cursor.sees_word("IN") && cursor.rest()[2..].trim_start().starts_with('(') {
        if !cursor.eat_upper("IN") {
            return Err(Problem::syntax("the operator IN is written in upper case", cursor.here())
                .help("in lower case it is a word to search for (S04)"));
        }
        return Ok(Term::In { field: left, values: list(cursor)? });
    }
    cursor.jump(behind);
    if matches!(cursor.peek(), Some('"')) {
        return Err(Problem::syntax("a quote in the middle of a word", Span::new(start, cursor.at() + 1)));
    }
    Ok(Term::Keyword(left.map(|text| SearchValue { text, quoted, mode: ValueMode::Plain })))
}

/// The run of characters of an unquoted field name or keyword.
fn name(cursor: &mut Cursor) -> Name {
    let rest = cursor.rest();
    let mut length = rest.len();
    for (index, c) in rest.char_indices() {
        let stops = c.is_whitespace()
            || matches!(c, '(' | ')' | '[' | ']' | '"' | '`' | '=' | '<' | '>' | '|')
            || (c == '!' && rest[index + 1..].starts_with('='));
        if stops {
            length = index;
            break;
        }
    }
    let text = rest[..length].to_owned();
    let span = Span::new(cursor.at(), cursor.at() + length);
    cursor.jump(span.end);
    Spanned::new(text, span)
}

fn comparison(cursor: &mut Cursor) -> Option<CompareOp> {
    const SIGNS: [(&str, CompareOp); 6] = [
        ("!=", CompareOp::NotEqual),
        ("<=", CompareOp::LessOrEqual),
        (">=", CompareOp::GreaterOrEqual),
        ("=", CompareOp::Equal),
        ("<", CompareOp::Less),
        (">", CompareOp::Greater),
    ];
    SIGNS.iter().find(|(sign, _)| cursor.eat(sign)).map(|(_, op)| *op)
}

fn list(cursor: &mut Cursor) -> Answer<Vec<Spanned<SearchValue>>> {
    cursor.expect("(")?;
    let mut values = Vec::new();
    loop {
        cursor.space();
        values.push(value(cursor, true)?);
        cursor.space();
        let separated = cursor.eat(",");
        cursor.space();
        // Splunk reads over a comma before the closing parenthesis.
        if cursor.eat(")") {
            return Ok(values);
        }
        if !separated && matches!(cursor.peek(), None | Some('|' | '(' | ']')) {
            return Err(cursor.unexpected("`,` or `)`"));
        }
    }
}

fn value(cursor: &mut Cursor, in_list: bool) -> Answer<Spanned<SearchValue>> {
    if let Some((mode, value)) = wrapped(cursor)? {
        return Ok(value.map(|text| SearchValue { text, quoted: false, mode }));
    }
    if let Some(text) = cursor.quoted()? {
        return Ok(text.map(|text| SearchValue { text, quoted: true, mode: ValueMode::Plain }));
    }
    for word in ["AND", "OR", "NOT", "IN"] {
        if cursor.rest().starts_with(word) && cursor.sees_word(word) {
            return Err(Problem::syntax(
                format!("the word {word} as a value stands in quotes"),
                cursor.here(),
            )
            .help(format!("write \"{word}\" (S24)")));
        }
    }
    let text = bare_value(cursor, in_list);
    if text.value.is_empty() {
        return Err(cursor.unexpected("a value"));
    }
    Ok(text.map(|text| SearchValue { text: unescaped(&text), quoted: false, mode: ValueMode::Plain }))
}

/// The run of characters of a value without quotes; a backslash takes a double quote along.
fn bare_value(cursor: &mut Cursor, in_list: bool) -> Name {
    let mut escaped = false;
    let rest = cursor.rest();
    let mut length = rest.len();
    for (index, c) in rest.char_indices() {
        let stops = c.is_whitespace()
            || matches!(c, '(' | ')' | '[' | ']' | '|' | '`')
            || (c == '"' && !escaped)
            || (in_list && c == ',');
        if stops {
            length = index;
            break;
        }
        escaped = c == '\\' && !escaped;
    }
    let span = Span::new(cursor.at(), cursor.at() + length);
    cursor.jump(span.end);
    Spanned::new(rest[..length].to_owned(), span)
}

/// The escapes of quoted texts hold outside of quotes as well (S35, S36).
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let escaped =
            if c == '\\' { characters.next_if(|next| matches!(next, '\\' | '"' | '|')) } else { None };
        out.push(escaped.unwrap_or(c));
    }
    out
}

/// `CASE(…)` and `TERM(…)`.
fn wrapped(cursor: &mut Cursor) -> Answer<Option<(ValueMode, Name)>> {
    let mode = match () {
        () if cursor.rest().starts_with("CASE(") => ValueMode::Case,
        () if cursor.rest().starts_with("TERM(") => ValueMode::Term,
        () => return Ok(None),
    };
    let start = cursor.at();
    cursor.jump(start + "CASE(".len());
    let text = match cursor.quoted()? {
        Some(text) => text,
        None => cursor.run(|c| c != ')'),
    };
    if !cursor.eat(")") {
        return Err(cursor.unexpected("`)`"));
    }
    Ok(Some((mode, Spanned::new(text.value, Span::new(start, cursor.at())))))
}

fn ends(cursor: &mut Cursor) -> bool {
    cursor.is_done()
        || matches!(cursor.peek(), Some(')' | ']'))
        || ((cursor.sees_word("by") || cursor.sees_word("groupby")) && !is_compared(cursor))
}

/// Whether the word ahead is the left side of a comparison.
fn is_compared(cursor: &Cursor) -> bool {
    let mut ahead = cursor.clone();
    name(&mut ahead);
    ahead.space();
    ahead.rest().starts_with(['=', '<', '>', '!'])
}
