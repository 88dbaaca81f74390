//! `tstats`: aggregates over data models.

use super::{Answer, Cursor, aggregates, fields, macro_call, options, search};
use crate::spl::ast::{Name, TStats};
use crate::spl::problem::Problem;

/// `tstats [options] aggregates [from datamodel=M.D] [where terms] [by fields [span=…]]`.
pub(super) fn tstats(cursor: &mut Cursor) -> Answer<TStats> {
    let mut found = TStats {
        aggregates: Vec::new(),
        model: None,
        options: Vec::new(),
        condition: None,
        by: Vec::new(),
        span: None,
        macros: Vec::new(),
    };
    loop {
        cursor.separators();
        if cursor.peek() == Some('`') {
            found.macros.push(macro_call(cursor)?);
        } else if let Some(option) = options::option(cursor)? {
            found.options.push(option);
        } else {
            let more = aggregates::any_aggregates(cursor, &["by", "groupby", "from", "where"])?;
            if more.is_empty() {
                break;
            }
            found.aggregates.extend(more);
        }
    }
    if found.aggregates.is_empty() {
        return Err(cursor.unexpected("an aggregate"));
    }
    if cursor.eat_word("from") {
        found.model = Some(model(cursor)?);
        for option in options::options(cursor)? {
            found.options.push(option);
        }
    }
    cursor.space();
    if cursor.eat_word("where") {
        found.condition = Some(search::terms(cursor)?);
        cursor.space();
    }
    if cursor.eat_word("by") || cursor.eat_word("groupby") {
        by(cursor, &mut found)?;
    }
    Ok(found)
}

/// `datamodel=Model.Dataset` or `datamodel=Model`.
fn model(cursor: &mut Cursor) -> Answer<Name> {
    match options::option(cursor)? {
        Some((key, value)) if key.value == "datamodel" => Ok(value),
        Some((key, _)) => Err(options::unknown(&key)),
        None => {
            // `from datamodel Model.Dataset`, and `from datamodel "Model"."Dataset"`.
            cursor.space();
            if cursor.eat_word("datamodel") {
                return fields::name(cursor);
            }
            Err(cursor.unexpected("`datamodel=`"))
        }
    }
}

fn by(cursor: &mut Cursor, found: &mut TStats) -> Answer<()> {
    loop {
        cursor.separators();
        if let Some((key, value)) = options::option(cursor)? {
            match key.value.as_str() {
                "span" => found.span = Some(options::time_span(&value)?),
                _ => return Err(options::unknown(&key)),
            }
            continue;
        }
        let Some(name) = fields::name_if_any(cursor)? else { break };
        found.by.push(name);
    }
    if found.by.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    if found.span.is_some() && !found.by.iter().any(|name| name.value == "_time") {
        return Err(Problem::refused("`span` needs `_time` among the fields", found.by[0].span));
    }
    Ok(())
}
