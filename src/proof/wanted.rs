//! What a record must say: the fields of an event, as the data source knows them, and how a target writes their values.
//!
//! In: an event, its data source, a value map. Out: fields with values. Must not know where a field is.

use serde_json::Value as Json;

use crate::catalogue::{Source, ValueMap};
use crate::ir::{Event, FieldType, Number, Value};

/// A field of an event with its values; never without one.
pub(super) struct Wanted<'a> {
    /// The neutral name.
    pub(super) name: &'a str,
    /// Its values, in order.
    pub(super) values: Values,
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// Single values.
    Single(Vec<Json>),
    /// Names with values.
    Pairs(Vec<(String, Json)>),
}

/// Every field that the event has: those that it gives, then common ones that are the same as one of those.
pub(super) fn wanted<'a>(event: &'a Event, source: &'a Source) -> Vec<Wanted<'a>> {
    let mut all = Vec::new();
    for (name, value) in event {
        let Some(spec) = source.field(name) else { continue };
        if let Some(values) = values(value, spec.field.field_type) {
            all.push(Wanted { name, values });
        }
    }
    for (common, native) in source.same() {
        let Some(value) = event.get(native).filter(|_| !event.contains_key(common)) else { continue };
        let Some(native) = source.field(native) else { continue };
        if let Some(values) = values(value, native.field.field_type) {
            all.push(Wanted { name: common, values });
        }
    }
    all
}

/// The values as their field's type reads them; nothing when the field is missing.
fn values(value: &Value, field_type: FieldType) -> Option<Values> {
    let mut single = Vec::new();
    match value {
        Value::Pairs(pairs) if pairs.is_empty() => return None,
        Value::Pairs(pairs) => {
            let pair = |(name, value): &(String, Value)| (name.clone(), one(value, FieldType::Text));
            return Some(Values::Pairs(pairs.iter().map(pair).collect()));
        }
        other => flatten(other, field_type, &mut single),
    }
    (!single.is_empty()).then_some(Values::Single(single))
}

fn flatten(value: &Value, field_type: FieldType, out: &mut Vec<Json>) {
    match value {
        Value::Null | Value::Pairs(_) => {}
        Value::Many(values) => values.iter().for_each(|value| flatten(value, field_type, out)),
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => out.push(one(value, field_type)),
    }
}

fn one(value: &Value, field_type: FieldType) -> Json {
    let json = match value {
        Value::Text(text) => Json::String(text.clone()),
        Value::Number(Number::Integer(number)) => (*number).into(),
        Value::Number(Number::Real(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
            (*number as i64).into()
        }
        Value::Number(Number::Real(number)) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::Null | Value::Many(_) | Value::Pairs(_) => Json::Null,
    };
    match (field_type, &json) {
        (FieldType::Text | FieldType::Ip | FieldType::Timestamp, Json::Number(number)) => {
            number.to_string().into()
        }
        (FieldType::Text | FieldType::Ip | FieldType::Timestamp, Json::Bool(value)) => {
            value.to_string().into()
        }
        (FieldType::Integer | FieldType::Real, Json::String(text)) => number(text).unwrap_or(json),
        (FieldType::Boolean, Json::String(text)) if text.eq_ignore_ascii_case("true") => true.into(),
        (FieldType::Boolean, Json::String(text)) if text.eq_ignore_ascii_case("false") => false.into(),
        _ => json,
    }
}

/// A text of digits, with an optional sign and fraction, as a number.
pub(super) fn number(text: &str) -> Option<Json> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if !plain {
        return None;
    }
    text.parse::<i64>().map(Json::from).ok().or_else(|| text.parse::<f64>().ok().map(Json::from))
}

/// Whether the target writes one of these values in another way.
pub(super) fn is_respelled(map: Option<&ValueMap>, values: &Values, escaped: bool) -> bool {
    let other = |value: &Json| there(map, value, escaped).is_ok_and(|there| there != *value);
    match values {
        Values::Single(values) => values.iter().any(other),
        Values::Pairs(pairs) => pairs.iter().any(|(_, value)| other(value)),
    }
}

/// How a target writes a value, or why it cannot be written there. Where texts may stand in two spellings, `escaped`
/// says which.
pub(super) fn there(map: Option<&ValueMap>, value: &Json, escaped: bool) -> Result<Json, String> {
    let Some(map) = map else { return Ok(value.clone()) };
    let Some(text) = super::solve::plain(value) else { return Ok(value.clone()) };
    let same = |known: &str| known.to_lowercase() == text.to_lowercase();
    let unknown = || format!("the value `{text}` is not known there");
    Ok(match map {
        ValueMap::Append(suffix) => format!("{text}{suffix}").into(),
        ValueMap::Prepend(prefix) => format!("{prefix}{text}").into(),
        ValueMap::Map(values) | ValueMap::Partial(values) => {
            let (_, there) = values.iter().find(|(neutral, _)| same(neutral)).ok_or_else(unknown)?;
            there.as_str().into()
        }
        ValueMap::Prefix(prefixes) => {
            let begins = |neutral: &str| {
                text.get(..neutral.len()).is_some_and(|head| head.eq_ignore_ascii_case(neutral))
            };
            let (neutral, there) =
                prefixes.iter().find(|(neutral, _)| begins(neutral)).ok_or_else(unknown)?;
            format!("{there}{}", &text[neutral.len()..]).into()
        }
        ValueMap::Hexadecimal => {
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
            digits.and_then(|digits| i64::from_str_radix(digits, 16).ok()).ok_or_else(unknown)?.into()
        }
        ValueMap::FileName => text.rsplit('\\').next().unwrap_or_default().into(),
        ValueMap::Parentheses => {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let behind = text.trim_start_matches(word);
            let inner = behind.trim_start_matches([' ', '\t']).strip_prefix('(');
            let inner = inner.and_then(|inner| inner.strip_suffix(')')).filter(|inner| !inner.is_empty());
            // One word and one space stand before the parentheses.
            let fits = behind.len() < text.len()
                && behind.starts_with([' ', '\t'])
                && !behind[1..].starts_with([' ', '\t']);
            inner.filter(|_| fits).map_or_else(|| text.as_str().into(), Json::from)
        }
        ValueMap::Then(maps) => {
            return maps.iter().try_fold(value.clone(), |value, map| there(Some(map), &value, escaped));
        }
        ValueMap::Xml if escaped => {
            text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
        }
        ValueMap::Xml => text.into(),
    })
}

/// Whether the other spelling of a value differs.
pub(super) fn has_two_spellings(map: Option<&ValueMap>, value: &Json) -> bool {
    map.is_some_and(ValueMap::has_two_spellings) && there(map, value, false) != there(map, value, true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::maps::IndexMap;

    #[test]
    fn values_are_written_as_the_target_has_them() {
        let map = |pairs: &[(&str, &str)]| -> IndexMap<String, String> {
            pairs.iter().map(|(neutral, there)| ((*neutral).to_owned(), (*there).to_owned())).collect()
        };
        for (values, neutral, expected) in [
            (ValueMap::Append(".".into()), json!("Add user"), Ok(json!("Add user."))),
            (ValueMap::Map(map(&[("true", "blocked")])), json!(true), Ok(json!("blocked"))),
            (ValueMap::Partial(map(&[("a", "b")])), json!("A"), Ok(json!("b"))),
            (
                ValueMap::Partial(map(&[("a", "b")])),
                json!("c"),
                Err("the value `c` is not known there".into()),
            ),
            (
                ValueMap::Prefix(map(&[("HKLM\\", "HKEY_LOCAL_MACHINE\\")])),
                json!(r"HKLM\x"),
                Ok(json!(r"HKEY_LOCAL_MACHINE\x")),
            ),
            (ValueMap::Hexadecimal, json!("0x3e7"), Ok(json!(999))),
            (ValueMap::FileName, json!(r"C:\x\y.exe"), Ok(json!("y.exe"))),
            (ValueMap::Parentheses, json!("DWORD (0x00000001)"), Ok(json!("0x00000001"))),
            (ValueMap::Parentheses, json!("a b (c)"), Ok(json!("a b (c)"))),
        ] {
            assert_eq!(there(Some(&values), &neutral, false), expected);
        }
        assert_eq!(there(Some(&ValueMap::Xml), &json!("a & b"), true), Ok(json!("a &amp; b")));
        let both = ValueMap::Then(vec![ValueMap::Parentheses, ValueMap::Xml]);
        assert_eq!(there(Some(&both), &json!("A (x&y)"), true), Ok(json!("x&amp;y")));
        assert!(has_two_spellings(Some(&both), &json!("A (x&y)")));
        assert!(!has_two_spellings(Some(&both), &json!("a & b\\c".replace('&', "+"))));
        assert_eq!(there(None, &json!("x"), true), Ok(json!("x")));
    }
}
