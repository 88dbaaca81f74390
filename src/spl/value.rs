//! Values and rows as Splunk holds them.
//!
//! In: JSON or plain texts. Out: rows of named values. A field that is not there is null; there is no other null.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use serde_json::Value as Json;

/// The value of a field. Null is the absence of the field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text. One that looks like a number acts as a number beside a number (E10).
    Text(Arc<str>),
    /// A number that a command computed.
    Number(f64),
    /// Several values. At least two.
    Many(Arc<[Arc<str>]>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Several values as one: none is null, and one is a single value.
    pub fn many(values: Vec<Arc<str>>) -> Option<Self> {
        match values.len() {
            0 => None,
            1 => values.into_iter().next().map(Self::Text),
            _ => Some(Self::Many(values.into())),
        }
    }

    /// Each single value as text.
    pub fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let (one, many) = match self {
            Value::Text(text) => (Some(Cow::Borrowed(&**text)), &[][..]),
            Value::Number(number) => (Some(Cow::Owned(number_text(*number))), &[][..]),
            Value::Many(values) => (None, &**values),
        };
        one.into_iter().chain(many.iter().map(|text| Cow::Borrowed(&**text)))
    }

    /// Each single value as text of its own.
    pub(super) fn shared_texts(&self) -> Vec<Arc<str>> {
        match self {
            Value::Text(text) => vec![Arc::clone(text)],
            Value::Number(number) => vec![number_text(*number).into()],
            Value::Many(values) => values.to_vec(),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len() + 16,
            Value::Number(_) => 16,
            Value::Many(values) => values.iter().map(|text| text.len() + 16).sum(),
        }
    }
}

/// A number as Splunk shows it: whole ones without a point.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        "nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// How a text reads as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Look {
    /// It is one, in plain spelling.
    Number(f64),
    /// It is none.
    Text,
    /// Readers may differ: signs, exponents, hexadecimal, white space, more than 15 digits (E60).
    Doubtful,
}

/// Reads a text as a number.
pub(super) fn look(text: &str) -> Look {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits(whole) && all_digits(fraction) {
        let significant = digits.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
        return match text.parse() {
            Ok(number) if significant <= 17 && whole.len() <= 15 => Look::Number(number),
            _ => Look::Doubtful,
        };
    }
    let trimmed = text.trim();
    let hexadecimal = trimmed.trim_start_matches(['-', '+']);
    let is_hexadecimal = (hexadecimal.starts_with("0x") || hexadecimal.starts_with("0X"))
        && hexadecimal.len() > 2
        && hexadecimal[2..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if trimmed.parse::<f64>().is_ok() || is_hexadecimal { Look::Doubtful } else { Look::Text }
}

/// An event or a result: fields in the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    fields: Vec<(Arc<str>, Value)>,
}

impl Row {
    /// A row without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields that Splunk extracts from a JSON object: nested names joined by `.`, the elements of an array under
    /// the name followed by `{}` (K32). A null member gives no value. The row has no `_raw`.
    pub fn from_json(object: &serde_json::Map<String, Json>) -> Self {
        let mut row = Self::new();
        let mut found: Vec<(String, Vec<Arc<str>>)> = Vec::new();
        let mut name = String::new();
        for (key, value) in object {
            name.clear();
            name.push_str(key);
            extract(&mut name, value, &mut found);
        }
        for (name, values) in found {
            row.set_optional(&name.into(), Value::many(values));
        }
        row
    }

    /// The value of a field; names are case-sensitive (S08).
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// The only value of a field as text; none when it is missing or has several.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut texts = self.get(name)?.texts();
        let first = texts.next();
        if texts.next().is_some() { None } else { first }
    }

    /// Sets a field.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name, value)),
        }
    }

    /// Sets a field, or removes it when there is no value (E57, E59).
    pub(super) fn set_optional(&mut self, name: &Arc<str>, value: Option<Value>) {
        match value {
            Some(value) => self.set(Arc::clone(name), value),
            None => drop(self.remove(name)),
        }
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.fields.iter().position(|(known, _)| **known == *name)?;
        Some(self.fields.remove(index).1)
    }

    /// The fields in order.
    pub fn fields(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.fields.iter().map(|(name, value)| (name, value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Keeps the fields that satisfy the test.
    pub(super) fn retain(&mut self, mut test: impl FnMut(&str) -> bool) {
        self.fields.retain(|(name, _)| test(name));
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.fields.iter().map(|(name, value)| name.len() + 32 + value.size()).sum::<usize>() + 32
    }

    /// Whether both have the same fields with the same values, whatever their order.
    pub fn same_as(&self, other: &Row) -> bool {
        let shows_alike = |left: &Value, right: &Value| left.texts().eq(right.texts());
        self.len() == other.len()
            && self.fields().all(|(name, value)| other.get(name).is_some_and(|it| shows_alike(value, it)))
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Row {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(fields: I) -> Self {
        let mut row = Row::new();
        fields.into_iter().for_each(|(name, value)| row.set(name, value));
        row
    }
}

/// Walks through a JSON value; serde_json bounds how deep it can be.
fn extract(name: &mut String, value: &Json, found: &mut Vec<(String, Vec<Arc<str>>)>) {
    let length = name.len();
    match value {
        Json::Null => {}
        Json::Object(members) => {
            for (key, member) in members {
                name.push('.');
                name.push_str(key);
                extract(name, member, found);
                name.truncate(length);
            }
        }
        Json::Array(elements) => {
            name.push_str("{}");
            elements.iter().for_each(|element| extract(name, element, found));
            name.truncate(length);
        }
        plain => {
            if let Some(text) = plain_text(plain) {
                match found.iter_mut().find(|(known, _)| known == name) {
                    Some((_, values)) => values.push(text),
                    None => found.push((name.clone(), vec![text])),
                }
            }
        }
    }
}

/// A plain JSON value as text; none for null, arrays and objects.
pub(super) fn plain_text(value: &Json) -> Option<Arc<str>> {
    let mut text = String::new();
    match value {
        Json::String(value) => text.push_str(value),
        Json::Number(number) => write!(text, "{number}").ok()?,
        Json::Bool(value) => write!(text, "{value}").ok()?,
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    }
    Some(text.into())
}
