//! The functions of eval that detc emits.

use std::cell::RefCell;
use std::collections::HashMap;

use super::eval::{Expr, is_true, value};
use super::value::Value;
use super::{Answer, Problem, Row};

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Expr], row: &Row) -> Answer<Value> {
    match (name, arguments) {
        ("true", []) => Ok(Value::Boolean(true)),
        ("false", []) => Ok(Value::Boolean(false)),
        ("null", []) => Ok(Value::Null),
        // E23, E24: what is not true takes the other branch.
        ("if", [condition, then, otherwise]) => {
            if is_true(condition, row)? {
                value(then, row)
            } else {
                value(otherwise, row)
            }
        }
        ("case", pairs) if pairs.len() % 2 == 0 => {
            for pair in pairs.chunks(2) {
                if is_true(&pair[0], row)? {
                    return value(&pair[1], row);
                }
            }
            Ok(Value::Null)
        }
        // E22.
        ("coalesce", arguments) => {
            for argument in arguments {
                let found = value(argument, row)?;
                if found != Value::Null {
                    return Ok(found);
                }
            }
            Ok(Value::Null)
        }
        // E21: the empty text is not null.
        ("isnull", [argument]) => Ok(Value::Boolean(value(argument, row)? == Value::Null)),
        ("isnotnull", [argument]) => Ok(Value::Boolean(value(argument, row)? != Value::Null)),
        ("mvfilter", [condition]) => filter(condition, row),
        ("lower", [argument]) => match value(argument, row)? {
            // E33.
            Value::Many(values) => Ok(Value::Many(values.iter().map(|text| text.to_lowercase()).collect())),
            other => on_text(&other, |text| Ok(Value::Text(text.to_lowercase()))),
        },
        ("mvcount", [argument]) => {
            Ok(value(argument, row)?.many()?.map_or(Value::Null, |values| Value::Number(values.len() as f64)))
        }
        ("mvindex", [argument, index]) => {
            let (Some(values), Value::Number(index)) = (value(argument, row)?.many()?, value(index, row)?)
            else {
                return Ok(Value::Null);
            };
            let place = if index < 0.0 { values.len() as f64 + index } else { index };
            let found = if place < 0.0 { None } else { values.get(place as usize) };
            Ok(found.map_or(Value::Null, |text| Value::Field(text.clone())))
        }
        ("mvfind", [argument, pattern]) => {
            let Some(values) = value(argument, row)?.many()? else { return Ok(Value::Null) };
            let regex = pcre(pattern, row)?;
            let found = values.iter().position(|text| regex.is_match(text));
            Ok(found.map_or(Value::Null, |index| Value::Number(index as f64)))
        }
        ("match", [argument, pattern]) => {
            let regex = pcre(pattern, row)?;
            on_text(&value(argument, row)?, |text| Ok(Value::Boolean(regex.is_match(text))))
        }
        ("like", [argument, pattern]) => like(argument, pattern, row),
        ("len", [argument]) => {
            on_text(&value(argument, row)?, |text| Ok(Value::Number(text.chars().count() as f64)))
        }
        ("tonumber", [argument]) => match value(argument, row)? {
            Value::Number(number) => Ok(Value::Number(number)),
            other => on_text(&other, |text| Ok(text.parse::<f64>().map_or(Value::Null, Value::Number))),
        },
        ("isnum", [argument]) => Ok(Value::Boolean(match value(argument, row)? {
            Value::Number(_) => true,
            Value::Field(text) => text.parse::<f64>().is_ok(),
            _ => false,
        })),
        ("substr", [argument, start]) => substring(argument, start, None, row),
        ("substr", [argument, start, length]) => substring(argument, start, Some(length), row),
        ("replace", [argument, pattern, with]) => {
            let regex = pcre(pattern, row)?;
            let Some(with) = value(with, row)?.text()? else { return Ok(Value::Null) };
            if with.contains('$') {
                return Err(Problem::Undetermined("C13: `$` in a saved search"));
            }
            // E35: `\1` is a group.
            let with = groups(&with)?;
            on_text(&value(argument, row)?, |text| {
                Ok(Value::Text(regex.replace_all(text, with.as_str()).into_owned()))
            })
        }
        ("split", [argument, delimiter]) => {
            let Some(parts) = parts(argument, delimiter, row)? else { return Ok(Value::Null) };
            if parts.iter().any(String::is_empty) {
                return Err(Problem::Undetermined("C8: empty parts of split()"));
            }
            Ok(match <[String; 1]>::try_from(parts) {
                Ok([one]) => Value::Text(one),
                Err(many) => Value::Many(many),
            })
        }
        // Whether split() keeps empty parts is contested (C8), but does not show when they are joined by nothing.
        ("mvjoin", [Expr::Call(inner, split), delimiter]) if inner == "split" && split.len() == 2 => {
            let Some(delimiter) = value(delimiter, row)?.text()? else { return Ok(Value::Null) };
            let Some(parts) = parts(&split[0], &split[1], row)? else { return Ok(Value::Null) };
            let kept = parts.join(&delimiter);
            let dropped: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            match dropped.join(&delimiter) {
                joined if joined == kept => Ok(Value::Text(kept)),
                _ => Err(Problem::Undetermined("C8: empty parts of split()")),
            }
        }
        ("mvjoin", [argument, delimiter]) => {
            let Some(delimiter) = value(delimiter, row)?.text()? else { return Ok(Value::Null) };
            Ok(value(argument, row)?
                .many()?
                .map_or(Value::Null, |values| Value::Text(values.join(&delimiter))))
        }
        // E31.
        ("cidrmatch", [network, argument]) => {
            let network = value(network, row)?.text()?.and_then(|text| text.parse::<ipnet::IpNet>().ok());
            let Some(network) = network else { return Err(Problem::Syntax("a bad network".to_owned())) };
            on_text(&value(argument, row)?, |text| {
                Ok(Value::Boolean(
                    text.parse::<std::net::IpAddr>().is_ok_and(|address| network.contains(&address)),
                ))
            })
        }
        ("in", [argument, list @ ..]) => {
            let Some(text) = value(argument, row)?.text()? else { return Ok(Value::Null) };
            for member in list {
                if value(member, row)?.text()? == Some(text.clone()) {
                    return Ok(Value::Boolean(true));
                }
            }
            Ok(Value::Boolean(false))
        }
        _ => Err(Problem::Syntax(format!("function {name}/{}", arguments.len()))),
    }
}

/// A replacement in the notation of the engine used here.
fn groups(with: &str) -> Answer<String> {
    let mut out = String::new();
    let mut characters = with.chars();
    while let Some(c) = characters.next() {
        match (c, characters.clone().next()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                characters.next();
                out.push_str(&format!("${{{digit}}}"));
            }
            ('\\', _) => return Err(Problem::Syntax("a backslash in a replacement".to_owned())),
            (c, _) => out.push(c),
        }
    }
    Ok(out)
}

fn on_text(argument: &Value, function: impl FnOnce(&str) -> Answer<Value>) -> Answer<Value> {
    match argument.text()? {
        Some(text) => function(&text),
        None => Ok(Value::Null),
    }
}

/// The engine is PCRE; what detc emits reads the same for the engine used here.
fn pcre(pattern: &Expr, row: &Row) -> Answer<regex::Regex> {
    let Some(text) = value(pattern, row)?.text()? else {
        return Err(Problem::Syntax("a null pattern".to_owned()));
    };
    if text.contains('$') {
        return Err(Problem::Undetermined("C13: `$` in a saved search"));
    }
    compiled(&text)
}

thread_local! {
    static COMPILED: RefCell<HashMap<String, regex::Regex>> = RefCell::default();
}

/// One query runs over many events.
fn compiled(text: &str) -> Answer<regex::Regex> {
    if let Some(regex) = COMPILED.with_borrow(|known| known.get(text).cloned()) {
        return Ok(regex);
    }
    let regex = regex::Regex::new(text).map_err(|error| Problem::Syntax(error.to_string()))?;
    COMPILED.with_borrow_mut(|known| known.insert(text.to_owned(), regex.clone()));
    Ok(regex)
}

/// E28, E29, C7: the whole text; whether case counts is contested.
fn like(argument: &Expr, pattern: &Expr, row: &Row) -> Answer<Value> {
    let Some(pattern) = value(pattern, row)?.text()? else { return Ok(Value::Null) };
    let parts: String = pattern
        .chars()
        .map(|c| match c {
            '%' => ".*".to_owned(),
            '_' => ".".to_owned(),
            c => regex::escape(&c.to_string()),
        })
        .collect();
    let cased =
        regex::Regex::new(&format!("(?s)^{parts}$")).map_err(|error| Problem::Syntax(error.to_string()))?;
    let folded =
        regex::Regex::new(&format!("(?is)^{parts}$")).map_err(|error| Problem::Syntax(error.to_string()))?;
    on_text(&value(argument, row)?, |text| match (cased.is_match(text), folded.is_match(text)) {
        (one, two) if one == two => Ok(Value::Boolean(one)),
        _ => Err(Problem::Undetermined("C7: case in like()")),
    })
}

/// E37: the parts between literal delimiters; the text itself when there is none.
fn parts(argument: &Expr, delimiter: &Expr, row: &Row) -> Answer<Option<Vec<String>>> {
    match (value(argument, row)?.text()?, value(delimiter, row)?.text()?) {
        (Some(_), Some(delimiter)) if delimiter.is_empty() => {
            Err(Problem::Undetermined("split() at nothing"))
        }
        (Some(text), Some(delimiter)) => Ok(Some(text.split(&delimiter).map(str::to_owned).collect())),
        _ => Ok(None),
    }
}

/// E34: from 1, or from the end.
fn substring(argument: &Expr, start: &Expr, length: Option<&Expr>, row: &Row) -> Answer<Value> {
    let start = value(start, row)?;
    let length = length.map(|length| value(length, row)).transpose()?;
    on_text(&value(argument, row)?, |text| {
        let characters: Vec<char> = text.chars().collect();
        let Value::Number(start) = start else { return Ok(Value::Null) };
        let from = match start {
            start if start > 0.0 => start - 1.0,
            start if start < 0.0 => characters.len() as f64 + start,
            _ => return Err(Problem::Undetermined("substr() from 0")),
        };
        if from < 0.0 {
            return Err(Problem::Undetermined("substr() from before the start"));
        }
        let take = match length {
            None => usize::MAX,
            Some(Value::Number(length)) if length >= 0.0 => length as usize,
            Some(Value::Null) => return Ok(Value::Null),
            Some(_) => return Err(Problem::Undetermined("substr() of a negative length")),
        };
        Ok(Value::Text(characters.into_iter().skip(from as usize).take(take).collect()))
    })
}

/// E42: the predicate names exactly one field, and sees its values one by one.
fn filter(condition: &Expr, row: &Row) -> Answer<Value> {
    let mut names = Vec::new();
    fields(condition, &mut names);
    names.sort();
    names.dedup();
    let [name] = names.as_slice() else {
        return Err(Problem::Syntax(format!("mvfilter over {} fields", names.len())));
    };
    let Some(values) = row.get(name) else { return Ok(Value::Null) };
    let mut kept = Vec::new();
    for one in values {
        let single = Row::from([(name.clone(), vec![one.clone()])]);
        if is_true(condition, &single)? {
            kept.push(one.clone());
        }
    }
    Ok(match kept.len() {
        0 => Value::Null,
        1 => Value::Field(kept.remove(0)),
        _ => Value::Many(kept),
    })
}

fn fields(expr: &Expr, names: &mut Vec<String>) {
    match expr {
        Expr::Name(name) => names.push(name.clone()),
        Expr::Text(_) | Expr::Number(_) => {}
        Expr::Not(inner) => fields(inner, names),
        Expr::And(left, right)
        | Expr::Or(left, right)
        | Expr::Compare(_, left, right)
        | Expr::Arithmetic(_, left, right) => {
            fields(left, names);
            fields(right, names);
        }
        Expr::Call(_, arguments) => arguments.iter().for_each(|argument| fields(argument, names)),
    }
}
