//! Commands that bring rows or columns from elsewhere: `makeresults`, `inputlookup`, `lookup`.

use super::{Answer, Cursor, fields, options, search};
use crate::spl::ast::{Command, InputLookup, Lookup, MakeResults, ResultFormat};
use crate::spl::problem::Problem;

/// K46 to K48.
pub(super) fn makeresults(cursor: &mut Cursor) -> Answer<Command> {
    let mut count = None;
    let mut format = None;
    let mut data = None;
    for (key, value) in options::options(cursor)? {
        match key.value.as_str() {
            "count" => count = Some((options::whole(&value)?, key.span)),
            "format" => {
                format = Some(match value.value.to_ascii_lowercase().as_str() {
                    "csv" => ResultFormat::Csv,
                    "json" => ResultFormat::Json,
                    _ => return Err(Problem::refused("the format is csv or json", value.span)),
                });
            }
            "data" => data = Some(value),
            "annotate" if !options::truth(&value)? => {}
            "annotate" => return Err(options::not_run(&key)),
            "splunk_server" | "splunk_server_group" => return Err(options::not_run(&key)),
            _ => return Err(options::unknown(&key)),
        }
    }
    match (format, data, count) {
        (Some(format), Some(data), None) => {
            Ok(Command::MakeResults(MakeResults { count: 0, data: Some((format, data)) }))
        }
        (None, None, count) => {
            Ok(Command::MakeResults(MakeResults { count: count.map_or(1, |(count, _)| count), data: None }))
        }
        (Some(_), Some(_), Some((_, span))) => {
            Err(Problem::refused("`format` and `data` go with no other option (K48)", span))
        }
        _ => Err(Problem::refused("`format` and `data` go together (K48)", cursor.here())),
    }
}

/// K38.
pub(super) fn inputlookup(cursor: &mut Cursor) -> Answer<InputLookup> {
    let mut append = false;
    let mut max = None;
    let mut options = options::options(cursor)?;
    let table = fields::name(cursor)?;
    options.extend(options::options(cursor)?);
    for (key, value) in options {
        match key.value.as_str() {
            "append" => append = options::truth(&value)?,
            "max" => max = Some(options::whole(&value)?),
            "start" if options::whole(&value)? == 0 => {}
            "start" | "strict" => return Err(options::not_run(&key)),
            _ => return Err(options::unknown(&key)),
        }
    }
    cursor.space();
    let condition = if cursor.eat_word("where") { Some(search::terms(cursor)?) } else { None };
    Ok(InputLookup { table, append, condition, max })
}

/// `lookup [options] table key [AS field] … [OUTPUT|OUTPUTNEW column [AS field] …]`.
pub(super) fn lookup(cursor: &mut Cursor) -> Answer<Lookup> {
    const WORDS: [&str; 2] = ["output", "outputnew"];
    let options = options::options(cursor)?;
    for (key, _) in &options {
        if !matches!(key.value.as_str(), "local" | "update" | "event_time_field") {
            return Err(options::unknown(key));
        }
    }
    let table = fields::name(cursor)?;
    let keys = fields::pairs(cursor, &WORDS)?;
    if keys.is_empty() {
        return Err(cursor.unexpected("a column to match"));
    }
    let new_only = cursor.eat_word("outputnew");
    let outputs = if new_only || cursor.eat_word("output") {
        let outputs = fields::pairs(cursor, &WORDS)?;
        if outputs.is_empty() {
            return Err(cursor.unexpected("a column"));
        }
        Some(outputs)
    } else {
        None
    };
    Ok(Lookup { table, keys, outputs, new_only, options })
}
