//! `sort`, `dedup` and `head`: which rows, in which order.

use super::{Answer, Cursor, fields, options};
use crate::spl::ast::{Command, Dedup, Sort, SortKey, SortKind};
use crate::spl::problem::Problem;

/// K17, K20.
pub(super) fn sort(cursor: &mut Cursor) -> Answer<Sort> {
    let mut ahead = cursor.clone();
    let limit = options::count(&mut ahead);
    let mut limit = match limit {
        Ok(Some(limit)) if ahead.peek().is_none_or(|c| c.is_whitespace() || c == ',' || c == '-') => {
            cursor.jump(ahead.at());
            Some(limit)
        }
        _ => None,
    };
    cursor.separators();
    // `sort limit 0 -x` is written, too.
    if cursor.eat_word("limit") {
        limit = options::count(cursor)?;
    }
    let mut keys = keys(cursor, &["desc", "d"])?;
    if keys.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    if cursor.eat_word("desc") || cursor.eat_word("d") {
        keys.iter_mut().for_each(|key| key.descending = !key.descending);
    }
    Ok(Sort { limit: limit.unwrap_or(10_000), keys })
}

/// `-a +b num(c)`; a sign that stands alone holds for all that follow.
fn keys(cursor: &mut Cursor, ends: &[&str]) -> Answer<Vec<SortKey>> {
    let mut found: Vec<SortKey> = Vec::new();
    let mut all_descending = false;
    loop {
        cursor.separators();
        let sign = match cursor.peek() {
            Some('-') => Some(true),
            Some('+') => Some(false),
            _ => None,
        };
        if sign.is_some() {
            cursor.jump(cursor.at() + 1);
            if cursor.space() {
                all_descending = sign == Some(true);
            }
        } else if !found.is_empty() && ends.iter().any(|end| cursor.sees_word(end)) {
            return Ok(found);
        }
        let behind = cursor.at();
        let Some(name) = fields::name_if_any(cursor)? else { return Ok(found) };
        let (kind, field) = if cursor.eat("(") {
            let kind = match name.value.to_ascii_lowercase().as_str() {
                "auto" => SortKind::Auto,
                "str" => SortKind::Text,
                "num" => SortKind::Number,
                "ip" => SortKind::Address,
                _ => {
                    cursor.jump(behind);
                    return Err(cursor.unexpected("auto, str, num or ip"));
                }
            };
            let field = fields::name(cursor)?;
            cursor.expect(")")?;
            (kind, field)
        } else {
            (SortKind::Auto, name)
        };
        let descending = sign.unwrap_or(all_descending);
        found.push(SortKey { field: fields::plain(field)?, descending, kind });
    }
}

/// K22, K23.
pub(super) fn dedup(cursor: &mut Cursor) -> Answer<Command> {
    let mut count = 1;
    let digits = cursor.run(|c| c.is_ascii_digit());
    if cursor.peek().is_some_and(|c| c.is_whitespace()) && !digits.value.is_empty() {
        count = options::whole(&digits)?;
    } else {
        cursor.jump(digits.span.start);
    }
    let mut found =
        Dedup { count, fields: Vec::new(), keepempty: false, consecutive: false, sortby: Vec::new() };
    loop {
        cursor.separators();
        if let Some((key, value)) = options::option(cursor)? {
            match key.value.as_str() {
                "keepempty" => found.keepempty = options::truth(&value)?,
                "consecutive" => found.consecutive = options::truth(&value)?,
                "keepevents" if !options::truth(&value)? => {}
                "keepevents" => return Err(options::not_run(&key)),
                _ => return Err(options::unknown(&key)),
            }
            continue;
        }
        if cursor.eat_word("sortby") {
            found.sortby = keys(cursor, &[])?;
            if found.sortby.is_empty() {
                return Err(cursor.unexpected("a field"));
            }
            continue;
        }
        let Some(name) = fields::name_if_any(cursor)? else { break };
        found.fields.push(fields::plain(name)?);
    }
    if found.fields.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    if found.count == 0 {
        return Err(Problem::refused("`dedup` keeps at least one row", digits.span));
    }
    Ok(Command::Dedup(found))
}

/// K24: 10 rows when no number is written.
pub(super) fn head(cursor: &mut Cursor) -> Answer<Command> {
    if cursor.peek() == Some('(') {
        return Err(Problem::outside("`head` with a condition is not evaluated", cursor.here()));
    }
    let mut count = options::count(cursor)?;
    for (key, value) in options::options(cursor)? {
        match key.value.as_str() {
            "limit" => count = Some(options::whole(&value)?),
            "null" | "keeplast" => return Err(options::not_run(&key)),
            _ => return Err(options::unknown(&key)),
        }
    }
    Ok(Command::Head(count.unwrap_or(10)))
}
