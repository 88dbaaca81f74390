//! Functions over texts.
//!
//! In: texts. Out: texts and positions, which count characters. Must not know expressions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Function, Kind, Work, array, convert::to_text, text};
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::Value;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    gives: Type,
    run: fn(&Work, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, optional: 0, rest: None, gives, spreads_null: true, run }
}

pub(super) const ALL: &[Function] = &[
    function("strlen", &[Kind::Text], Type::Long, |_, a| Ok(Value::Long(a[0].str().chars().count() as i64))),
    function("tolower", &[Kind::Text], Type::String, |work, a| {
        text(work, folded(a[0].str(), char::to_lowercase))
    }),
    function("toupper", &[Kind::Text], Type::String, |work, a| {
        text(work, folded(a[0].str(), char::to_uppercase))
    }),
    Function {
        optional: 1,
        spreads_null: false,
        ..function("substring", &[Kind::Text, Kind::Whole, Kind::Whole], Type::String, substring)
    },
    Function {
        optional: 1,
        ..function("split", &[Kind::Text, Kind::Text, Kind::Whole], Type::Dynamic, split)
    },
    Function {
        optional: 3,
        ..function(
            "indexof",
            &[Kind::Text, Kind::Text, Kind::Whole, Kind::Whole, Kind::Whole],
            Type::Long,
            indexof,
        )
    },
    Function {
        rest: Some(Kind::Any),
        spreads_null: false,
        ..function("strcat", &[Kind::Any], Type::String, |work, a| joined(work, a, ""))
    },
    Function {
        rest: Some(Kind::Any),
        spreads_null: false,
        ..function("strcat_delim", &[Kind::StrictText, Kind::Any], Type::String, |work, a| {
            joined(work, &a[1..], a[0].str())
        })
    },
    Function {
        spreads_null: false,
        ..function("strcat_array", &[Kind::Dynamic, Kind::StrictText], Type::String, strcat_array)
    },
    function(
        "replace_string",
        &[Kind::StrictText, Kind::StrictText, Kind::StrictText],
        Type::String,
        replace_string,
    ),
    function("reverse", &[Kind::StrictText], Type::String, |work, a| {
        text(work, a[0].str().chars().rev().collect::<String>())
    }),
    function("strrep", &[Kind::StrictText, Kind::Whole], Type::String, strrep),
    function("strcmp", &[Kind::StrictText, Kind::StrictText], Type::Long, |_, a| {
        Ok(Value::Long(a[0].str().cmp(a[1].str()) as i64))
    }),
    Function {
        optional: 1,
        ..function("countof", &[Kind::StrictText, Kind::StrictText, Kind::StrictText], Type::Long, countof)
    },
    function("url_decode", &[Kind::StrictText], Type::String, url_decode),
    function("base64_encode_tostring", &[Kind::StrictText], Type::String, |work, a| {
        text(work, STANDARD.encode(a[0].str()))
    }),
    function("base64_decode_tostring", &[Kind::StrictText], Type::String, base64_decode),
];

/// Letters one by one: what becomes several stays, as in .NET's invariant culture.
fn folded<I: ExactSizeIterator<Item = char>>(text: &str, fold: fn(char) -> I) -> String {
    text.chars()
        .map(|letter| {
            let mut folded = fold(letter);
            if folded.len() == 1 { folded.next().unwrap_or(letter) } else { letter }
        })
        .collect()
}

/// The texts of values, one after the other.
fn joined(work: &Work, values: &[Value], between: &str) -> Answer {
    let mut all = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            all.push_str(between);
        }
        all.push_str(&to_text(work, value)?);
    }
    text(work, all)
}

/// Counts from 0; a negative start counts from the end, and one before the beginning gives nothing, as does a
/// negative length.
fn substring(work: &Work, a: &[Value]) -> Answer {
    let (Some(start), length) = (a[1].long(), a.get(2)) else {
        return Err(Stop::undetermined("substring with a null position"));
    };
    let most = match length {
        None => usize::MAX,
        Some(length) => {
            let Some(length) = length.long() else {
                return Err(Stop::undetermined("substring with a null length"));
            };
            usize::try_from(length).unwrap_or(0)
        }
    };
    let source = a[0].str();
    let start = if start < 0 { source.chars().count() as i64 + start } else { start };
    let Ok(start) = usize::try_from(start) else { return Ok(Value::text("")) };
    text(work, source.chars().skip(start).take(most).collect::<String>())
}

/// An array of the parts; with an index, an array of that part alone.
fn split(work: &Work, a: &[Value]) -> Answer {
    let delimiter = a[1].str();
    if delimiter.is_empty() {
        return Err(Stop::undetermined("split by the empty text"));
    }
    let parts: Vec<Value> = a[0].str().split(delimiter).map(Value::text).collect();
    let Some(index) = a.get(2).and_then(Value::long) else { return array(work, parts, true) };
    let Some(part) = usize::try_from(index).ok().and_then(|index| parts.get(index)) else {
        return Err(Stop::undetermined("split with an index that no part has"));
    };
    array(work, vec![part.clone()], true)
}

/// The first position at or after the start, or -1.
fn indexof(_: &Work, a: &[Value]) -> Answer {
    if a.len() > 3 {
        return Err(Stop::Outside { what: "`indexof` with a length or an occurrence".to_owned() });
    }
    let start = a.get(2).and_then(Value::long).unwrap_or(0);
    let (source, wanted) = (a[0].str(), a[1].str());
    let Some(start) = usize::try_from(start).ok().filter(|start| *start == 0 || !wanted.is_empty()) else {
        return Err(Stop::undetermined("indexof with such a start"));
    };
    let Some((from, _)) = source.char_indices().nth(start).or((start == 0).then_some((0, ' '))) else {
        return Ok(Value::Long(-1));
    };
    let found = source[from..].find(wanted);
    Ok(Value::Long(found.map_or(-1, |at| source[..from + at].chars().count() as i64)))
}

/// A text, a number as its text, a null as nothing, what is nested as JSON.
fn strcat_array(work: &Work, a: &[Value]) -> Answer {
    let Value::Array(items) = &a[0] else {
        return Err(Stop::undetermined("strcat_array of what is no array"));
    };
    joined(work, &work.items(items), a[1].str())
}

fn replace_string(work: &Work, a: &[Value]) -> Answer {
    if a[1].str().is_empty() {
        return Err(Stop::undetermined("replace_string of the empty text"));
    }
    let (source, wanted, by) = (a[0].str(), a[1].str(), a[2].str());
    let grows = by.len().saturating_sub(wanted.len()) * source.matches(wanted).count();
    if source.len() + grows > crate::kql::json::MAX_TEXT {
        return Err(Stop::Limit { what: "length of a string" });
    }
    text(work, source.replace(wanted, by))
}

/// At most 1024 times, as the page says.
fn strrep(work: &Work, a: &[Value]) -> Answer {
    let count = a[1].long().unwrap_or(0).clamp(0, 1024) as usize;
    if a[0].str().len() * count > crate::kql::json::MAX_TEXT {
        return Err(Stop::Limit { what: "length of a string" });
    }
    text(work, a[0].str().repeat(count))
}

/// Plain occurrences may overlap: `countof('aaaa', 'aa')` is 3.
fn countof(work: &Work, a: &[Value]) -> Answer {
    let (source, wanted) = (a[0].str(), a[1].str());
    if wanted.is_empty() {
        return Ok(Value::Long(0));
    }
    work.spend(source.len() / 16)?;
    let count = source.char_indices().filter(|(at, _)| source[*at..].starts_with(wanted)).count();
    Ok(Value::Long(count as i64))
}

/// What does not decode to UTF-8 is not documented.
fn url_decode(work: &Work, a: &[Value]) -> Answer {
    let source = a[0].str();
    if source.contains('+') {
        return Err(Stop::undetermined("url_decode of a plus sign"));
    }
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(byte) = code else { return Err(Stop::undetermined("url_decode of a broken escape")) };
        bytes.push(byte);
        rest = &rest[at + 3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    let decoded =
        String::from_utf8(bytes).map_err(|_| Stop::undetermined("url_decode to what is no UTF-8"))?;
    text(work, decoded)
}

/// Empty when the bytes are no UTF-8.
fn base64_decode(work: &Work, a: &[Value]) -> Answer {
    let Ok(bytes) = STANDARD.decode(a[0].str()) else {
        return Err(Stop::undetermined("base64_decode_tostring of what is no Base64"));
    };
    text(work, String::from_utf8(bytes).unwrap_or_default())
}
