//! Values of a search as neutral values.
//!
//! In: a value with the wildcards of `search`. Out: modifiers and a value of the neutral format, whose `*`, `?` and `\` are
//! those of Sigma.

use super::logic::Reason;
use super::places::Place;
use crate::catalogue::ValueMap;
use crate::ir::FieldType;
use crate::schema::Scalar;

/// The entities of XML; the ampersand last, so that nothing is read twice.
const ENTITIES: [(&str, &str); 5] =
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];

/// A value with `*` as a wildcard.
pub(super) fn value(place: &Place, text: &str) -> Result<(&'static str, Scalar), Reason> {
    let text = there_to_here(place, text)?;
    if !text.contains('*') {
        return plain(place, &text);
    }
    if !matches!(place.field_type, FieldType::Text | FieldType::Ip) {
        return Err(format!("a wildcard for `{}`, which is no text in the catalogue", place.field));
    }
    let inner = text.trim_matches('*');
    let (start, end) = (text.starts_with('*'), text.ends_with('*'));
    if inner.is_empty() || inner.contains('*') {
        return Ok(("", Scalar::Text(pattern(&text))));
    }
    let modifiers = match (start, end) {
        (true, true) => "|contains",
        (true, false) => "|endswith",
        _ => "|startswith",
    };
    Ok((modifiers, Scalar::Text(escaped(inner))))
}

/// A value whose case counts, without wildcards.
pub(super) fn exact(place: &Place, text: &str) -> Result<(&'static str, Scalar), Reason> {
    if text.contains('*') && place.values.is_some() {
        return Err(format!("a star in a value of `{}`", place.field));
    }
    let found = there_to_here(place, text)?;
    match place.field_type {
        FieldType::Text => Ok(("|cased", Scalar::Text(escaped(&found)))),
        _ => plain(place, &found),
    }
}

fn plain(place: &Place, text: &str) -> Result<(&'static str, Scalar), Reason> {
    Ok(match place.field_type {
        FieldType::Ip if text.contains('/') => ("|cidr", Scalar::Text(text.to_owned())),
        FieldType::Text | FieldType::Ip => ("", Scalar::Text(escaped(text))),
        FieldType::Integer => match text.parse() {
            Ok(number) => ("", Scalar::Integer(number)),
            Err(_) => {
                return Err(format!("`{text}` for `{}`, which is a number in the catalogue", place.field));
            }
        },
        FieldType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => ("", Scalar::Boolean(true)),
            "false" => ("", Scalar::Boolean(false)),
            _ => {
                return Err(format!(
                    "`{text}` for `{}`, which is true or false in the catalogue",
                    place.field
                ));
            }
        },
        FieldType::Real | FieldType::Timestamp | FieldType::Pairs => {
            return Err(format!("a value of `{}`, which is no text in the catalogue", place.field));
        }
    })
}

/// The neutral value of one that is written differently in Splunk.
fn there_to_here(place: &Place, text: &str) -> Result<String, Reason> {
    let unclear =
        || format!("the value `{text}` of `{}` is written in another way in the catalogue", place.field);
    match &place.values {
        None => Ok(text.to_owned()),
        // Both spellings of a value stand in events; the neutral one is without entities.
        Some(ValueMap::Xml) => Ok(ENTITIES
            .iter()
            .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))),
        Some(ValueMap::Append(suffix)) => match text.strip_suffix(suffix.as_str()) {
            Some(rest) if !rest.is_empty() && !rest.ends_with('*') => Ok(rest.to_owned()),
            // Every value ends so: what is open at its end, or within, asks for the same of the neutral value.
            _ if text.ends_with('*') && !text.trim_end_matches('*').ends_with(suffix.as_str()) => {
                Ok(text.to_owned())
            }
            _ => Err(unclear()),
        },
        Some(ValueMap::Map(values) | ValueMap::Partial(values)) => {
            let mut found = values.iter().filter(|(_, there)| there.eq_ignore_ascii_case(text));
            match (found.next(), found.next()) {
                (Some((here, _)), None) => Ok(here.clone()),
                _ => Err(unclear()),
            }
        }
        Some(ValueMap::Prefix(prefixes)) => {
            // Only what is open at its beginning, or begins with one of the prefixes, has a neutral form.
            if text.starts_with('*') {
                return Ok(text.to_owned());
            }
            let mut found = prefixes.iter().filter_map(|(here, there)| {
                let head = text.get(..there.len())?;
                head.eq_ignore_ascii_case(there).then(|| format!("{here}{}", &text[there.len()..]))
            });
            match (found.next(), found.next()) {
                (Some(text), None) => Ok(text),
                _ => Err(unclear()),
            }
        }
        Some(
            ValueMap::Prepend(_)
            | ValueMap::Hexadecimal
            | ValueMap::FileName
            | ValueMap::Parentheses
            | ValueMap::Then(_),
        ) => Err(unclear()),
    }
}

/// A text without wildcards, as Sigma writes it. A backslash stays single where nothing could take it for an escape.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '*' | '?' => {
                out.push('\\');
                out.push(c);
            }
            '\\' if matches!(characters.peek(), None | Some('\\' | '*' | '?')) => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out
}

/// A text whose stars are wildcards.
fn pattern(text: &str) -> String {
    let parts: Vec<String> = text.split('*').map(escaped).collect();
    parts.join("*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_and_wildcards_are_written_as_sigma_does() {
        assert_eq!(escaped(r"C:\Temp\x"), r"C:\Temp\x");
        assert_eq!(escaped(r"\\host\share\"), r"\\\host\share\\");
        assert_eq!(escaped("what?*"), r"what\?\*");
        assert_eq!(pattern(r"*\a\*b"), r"*\a\\*b");
    }
}
