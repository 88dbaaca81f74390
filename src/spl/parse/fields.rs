//! Names of fields, alone and in lists.

use super::{Answer, Cursor};
use crate::source::Spanned;
use crate::spl::ast::{Command, Name};
use crate::spl::problem::Problem;

/// Whether the character can stand in a name without quotes.
fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, ',' | '|' | '(' | ')' | '[' | ']' | '"' | '\'' | '`' | '=')
}

/// One name: bare, or in double quotes. Commands other than `eval` and `where` take single quotes as quotes, too.
pub(super) fn name(cursor: &mut Cursor) -> Answer<Name> {
    match name_if_any(cursor)? {
        Some(name) => Ok(name),
        None => Err(cursor.unexpected("a field")),
    }
}

/// One name if one comes next.
pub(super) fn name_if_any(cursor: &mut Cursor) -> Answer<Option<Name>> {
    cursor.space();
    if let Some(name) = cursor.quoted()? {
        return Ok(Some(name));
    }
    if let Some(name) = cursor.single_quoted()? {
        return Ok(Some(name));
    }
    let name = cursor.run(is_bare);
    Ok(if name.value.is_empty() { None } else { Some(name) })
}

/// All names that come next, with white space or commas between them.
pub(super) fn names(cursor: &mut Cursor) -> Answer<Vec<Name>> {
    let mut found = Vec::new();
    cursor.separators();
    while let Some(name) = name_if_any(cursor)? {
        found.push(name);
        cursor.separators();
    }
    Ok(found)
}

/// At least one name.
pub(super) fn some_names(cursor: &mut Cursor) -> Answer<Vec<Name>> {
    let found = names(cursor)?;
    if found.is_empty() { Err(cursor.unexpected("a field")) } else { Ok(found) }
}

/// `fields - a b`, `fields + a`, `fields a, b`.
pub(super) fn fields(cursor: &mut Cursor) -> Answer<Command> {
    let remove = cursor.eat("-");
    if !remove {
        cursor.eat("+");
    }
    Ok(Command::Fields { remove, fields: some_names(cursor)? })
}

/// `rename a AS b, c AS "d e"`.
pub(super) fn rename(cursor: &mut Cursor) -> Answer<Command> {
    let mut pairs = Vec::new();
    loop {
        cursor.separators();
        let Some(old) = name_if_any(cursor)? else { break };
        pairs.push((old, renamed(cursor)?.ok_or_else(|| cursor.unexpected("`as`"))?));
    }
    if pairs.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    Ok(Command::Rename(pairs))
}

/// `AS name` if it comes next.
pub(super) fn renamed(cursor: &mut Cursor) -> Answer<Option<Name>> {
    cursor.space();
    if !cursor.eat_word("as") {
        return Ok(None);
    }
    name(cursor).map(Some)
}

/// `a AS b` pairs, as `lookup` has them; a name alone stands for both. Ends before one of these words.
pub(super) fn pairs(cursor: &mut Cursor, ends: &[&str]) -> Answer<Vec<(Name, Name)>> {
    let mut found = Vec::new();
    loop {
        cursor.separators();
        if ends.iter().any(|end| cursor.sees_word(end)) {
            return Ok(found);
        }
        let Some(left) = name_if_any(cursor)? else { return Ok(found) };
        let right = renamed(cursor)?.unwrap_or_else(|| left.clone());
        found.push((left, right));
    }
}

/// Refuses wildcards in a name.
pub(super) fn plain(name: Name) -> Answer<Name> {
    if name.value.contains('*') {
        return Err(Problem::refused("a wildcard cannot stand here", name.span));
    }
    Ok(name)
}

/// The field that is meant when none is written.
pub(super) fn raw(cursor: &Cursor) -> Name {
    let mut span = cursor.here();
    span.end = span.start;
    Spanned::new("_raw".to_owned(), span)
}
