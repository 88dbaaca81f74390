//! `stats`, `eventstats` and `streamstats`.

use super::{Answer, Cursor, aggregates, eval, fields, options};
use crate::spl::ast::{Name, Stats, StreamStats};
use crate::spl::problem::Problem;

/// `stats` and `eventstats`.
pub(super) fn stats(cursor: &mut Cursor) -> Answer<Stats> {
    let mut found = Stats { aggregates: Vec::new(), by: Vec::new(), dedup_splitvals: false };
    for (key, value) in options::options(cursor)? {
        stats_option(&mut found, &key, &value)?;
    }
    found.aggregates = aggregates::aggregates(cursor)?;
    by(cursor, &mut found)?;
    for (key, value) in options::options(cursor)? {
        stats_option(&mut found, &key, &value)?;
    }
    Ok(found)
}

fn stats_option(stats: &mut Stats, key: &Name, value: &Name) -> Answer<()> {
    match key.value.as_str() {
        "dedup_splitvals" => stats.dedup_splitvals = options::truth(value)?,
        // How the work is spread and what lists are joined with: neither changes a row here.
        "partitions" | "delim" => {}
        "allnum" if !options::truth(value)? => {}
        "allnum" => return Err(options::not_run(key)),
        _ => return Err(options::unknown(key)),
    }
    Ok(())
}

/// `by a, b` with the options that may follow.
fn by(cursor: &mut Cursor, stats: &mut Stats) -> Answer<()> {
    cursor.space();
    if !cursor.eat_word("by") {
        return Ok(());
    }
    loop {
        cursor.separators();
        if let Some((key, value)) = options::option(cursor)? {
            stats_option(stats, &key, &value)?;
            continue;
        }
        let Some(name) = fields::name_if_any(cursor)? else { break };
        if name.value.contains('*') {
            return Err(Problem::refused("`by` takes no wildcards", name.span));
        }
        stats.by.push(name);
    }
    if stats.by.is_empty() { Err(cursor.unexpected("a field")) } else { Ok(()) }
}

/// `streamstats`.
pub(super) fn streamstats(cursor: &mut Cursor) -> Answer<StreamStats> {
    let mut found = StreamStats {
        stats: Stats { aggregates: Vec::new(), by: Vec::new(), dedup_splitvals: false },
        current: true,
        window: 0,
        global: true,
        time_window: None,
        reset_on_change: false,
        reset_before: None,
        reset_after: None,
    };
    stream_options(cursor, &mut found)?;
    found.stats.aggregates = aggregates::aggregates(cursor)?;
    by(cursor, &mut found.stats)?;
    stream_options(cursor, &mut found)?;
    Ok(found)
}

fn stream_options(cursor: &mut Cursor, found: &mut StreamStats) -> Answer<()> {
    loop {
        cursor.space();
        let mut ahead = cursor.clone();
        let key = ahead.run(|c| c.is_ascii_alphanumeric() || c == '_');
        ahead.space();
        if key.value.is_empty() || !ahead.rest().starts_with('=') {
            return Ok(());
        }
        if matches!(key.value.to_ascii_lowercase().as_str(), "reset_before" | "reset_after") {
            let condition = reset_condition(cursor, &mut ahead)?;
            if key.value.eq_ignore_ascii_case("reset_before") {
                found.reset_before = Some(condition);
            } else {
                found.reset_after = Some(condition);
            }
            continue;
        }
        let Some((key, value)) = options::option(cursor)? else { return Ok(()) };
        match key.value.as_str() {
            "current" => found.current = options::truth(&value)?,
            "window" => found.window = options::whole(&value)?,
            "global" => found.global = options::truth(&value)?,
            "reset_on_change" => found.reset_on_change = options::truth(&value)?,
            "time_window" => {
                let span = options::time_span(&value)?;
                let seconds = span.seconds().ok_or_else(|| options::not_run(&key))?;
                found.time_window = Some(seconds);
            }
            "allnum" if !options::truth(&value)? => {}
            "allnum" => return Err(options::not_run(&key)),
            _ => return Err(options::unknown(&key)),
        }
    }
}

/// `reset_after="(expression)"`, where inner quotes are escaped (A31), or `reset_after=(expression)`.
fn reset_condition(cursor: &mut Cursor, ahead: &mut Cursor) -> Answer<crate::spl::expr::Expr> {
    ahead.expect("=")?;
    ahead.space();
    if ahead.peek() == Some('(') {
        let found = eval::expression(ahead)?;
        cursor.jump(ahead.at());
        return Ok(found);
    }
    let Some(text) = ahead.quoted()? else { return Err(ahead.unexpected("an expression in parentheses")) };
    cursor.jump(ahead.at());
    let problems = std::cell::RefCell::new(Vec::new());
    let mut inner = Cursor::new(&text.value, &problems);
    let found = eval::expression(&mut inner);
    let complete = found.and_then(|expr| {
        if inner.is_done() { Ok(expr) } else { Err(inner.unexpected("the end of the expression")) }
    });
    // Places inside a quoted expression are those of the whole text: escapes would shift them.
    let first = problems.into_inner().into_iter().next();
    complete
        .and_then(|expr| first.map_or(Ok(expr), Err))
        .map_err(|problem| Problem { span: text.span, ..problem })
}
