//! The same event has other values elsewhere: how a test on neutral values becomes a test on a target's values.
//!
//! Works on tokens, so that a translated wildcard stays a wildcard. What cannot be translated exactly is a problem,
//! never an approximation.

#[cfg(test)]
mod tests;
mod text;

use serde::Deserialize;
use thiserror::Error;

use crate::ir::{Case, Comparison, Match, Number, Pattern};
use crate::maps::HashSet;
use crate::maps::IndexMap;
use text::{append, each_text, escaped, file_name, parentheses, prepend, replace_prefix};

/// How neutral values are written in one target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub enum ValueMap {
    /// The target's value is the neutral one followed by this text, always.
    Append(String),
    /// The target's value is this text followed by the neutral one, always.
    Prepend(String),
    /// Neutral value to target value. Every value that the field can have is listed, so patterns and comparisons are
    /// answered by trying them on the list. Keys are compared without regard to case.
    Map(IndexMap<String, String>),
    /// Neutral value to target value for some of the values; the others are not known, or not there. Only equality
    /// with a listed value can be translated. Keys are compared without regard to case.
    Partial(IndexMap<String, String>),
    /// The first part of the value, up to a separator, is spelt differently: `HKLM\` is `HKEY_LOCAL_MACHINE\`. Keys
    /// and values end in the same separator and hold no other; values of the field start with one of the keys.
    Prefix(IndexMap<String, String>),
    /// The neutral value is a hexadecimal text (`0x3e7`), the target's a whole number (`999`).
    Hexadecimal,
    /// The neutral value is a whole path, the target's the file name behind its last backslash.
    FileName,
    /// Of a neutral value that is one word and then parentheses up to its end, such as `DWORD (0x00000001)`, the target
    /// keeps what is in them. Whole values are translated; a part of one is looked for as it is, so the field needs a
    /// loss that says which parts mean the same.
    Parentheses,
    /// Some events hold the neutral value, others hold it with `&`, `<` and `>` written as in XML: both are looked for.
    Xml,
    /// One after the other: what the first gives is the neutral value of the second.
    Then(Vec<ValueMap>),
}

/// A value map as written.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Written {
    Append(String),
    Prepend(String),
    Map(IndexMap<String, String>),
    Partial(IndexMap<String, String>),
    Prefix(IndexMap<String, String>),
    Hexadecimal(bool),
    FileName(bool),
    Parentheses(bool),
    Xml(bool),
    Then(Vec<Written>),
}

impl TryFrom<Written> for ValueMap {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        Ok(match written {
            Written::Append(text) | Written::Prepend(text) if text.is_empty() => {
                return Err("the text that is added is empty".to_owned());
            }
            Written::Append(text) => ValueMap::Append(text),
            Written::Prepend(text) => ValueMap::Prepend(text),
            Written::Map(values) => ValueMap::Map(unambiguous(values)?),
            Written::Partial(values) => ValueMap::Partial(unambiguous(values)?),
            Written::Prefix(prefixes) => ValueMap::Prefix(separated(unambiguous(prefixes)?)?),
            Written::Hexadecimal(true) => ValueMap::Hexadecimal,
            Written::FileName(true) => ValueMap::FileName,
            Written::Parentheses(true) => ValueMap::Parentheses,
            Written::Xml(true) => ValueMap::Xml,
            Written::Then(maps) => {
                ValueMap::Then(maps.into_iter().map(ValueMap::try_from).collect::<Result<_, _>>()?)
            }
            Written::Hexadecimal(false)
            | Written::FileName(false)
            | Written::Parentheses(false)
            | Written::Xml(false) => {
                return Err("this is `true`, or left out".to_owned());
            }
        })
    }
}

/// Keys are compared without regard to case, so none may stand twice in that sense.
fn unambiguous(values: IndexMap<String, String>) -> Result<IndexMap<String, String>, String> {
    if values.is_empty() {
        return Err("the list of values is empty".to_owned());
    }
    let mut seen = HashSet::default();
    match values.keys().find(|key| !seen.insert(Case::Insensitive.fold(key))) {
        Some(twice) => Err(format!("`{twice}` stands twice: case does not count here")),
        None => Ok(values),
    }
}

/// Keys and values end in one separator and hold no other of it.
fn separated(prefixes: IndexMap<String, String>) -> Result<IndexMap<String, String>, String> {
    let separator = prefixes.keys().next().and_then(|key| key.chars().last());
    let fits = |text: &String| {
        let inner = separator.and_then(|separator| Some((separator, text.strip_suffix(separator)?)));
        inner.is_some_and(|(separator, inner)| !inner.contains(separator))
    };
    if let Some(wrong) = prefixes.iter().flat_map(|(key, value)| [key, value]).find(|text| !fits(text)) {
        return Err(format!("`{wrong}` does not end in the separator that the other prefixes end in"));
    }
    Ok(prefixes)
}

/// Why a test cannot be translated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValueProblem {
    /// No value of the list satisfies the test.
    #[error("none of the values that this field has here satisfies the test")]
    NoValue,
    /// The kind of test cannot be translated.
    #[error("{0} cannot be translated to the values that this field has here")]
    Untranslatable(&'static str),
}

impl ValueMap {
    /// Translates one match into the alternatives that mean the same on the target's values.
    pub fn apply(&self, test: &Match) -> Result<Vec<Match>, ValueProblem> {
        match test {
            Match::Missing | Match::Present => return Ok(vec![test.clone()]),
            Match::Field { .. } | Match::Network(_) | Match::TimePart { .. } if self.is_spelling() => {
                return Ok(vec![test.clone()]);
            }
            Match::Field { .. } => {
                return Err(ValueProblem::Untranslatable("a comparison with another field"));
            }
            Match::Network(_) => return Err(ValueProblem::Untranslatable("a network")),
            Match::InList(_) => return Err(ValueProblem::Untranslatable("a list")),
            Match::TimePart { .. } => return Err(ValueProblem::Untranslatable("a part of a moment")),
            Match::Text { .. } | Match::Regex(_) | Match::Number { .. } | Match::Boolean(_) => {}
        }
        match self {
            ValueMap::Append(suffix) => each_text(test, |pattern| Ok(vec![append(pattern, suffix)])),
            ValueMap::Prepend(prefix) => each_text(test, |pattern| Ok(vec![prepend(prefix, pattern)])),
            ValueMap::Map(values) => enumerate(test, values),
            ValueMap::Partial(values) => look_up(test, values),
            ValueMap::Prefix(prefixes) => each_text(test, |pattern| replace_prefix(pattern, prefixes)),
            ValueMap::Hexadecimal => hexadecimal(test),
            ValueMap::FileName => each_text(test, |pattern| file_name(pattern).map(|name| vec![name])),
            ValueMap::Parentheses => Ok(parentheses(test)),
            ValueMap::Xml => Ok(escaped(test)),
            ValueMap::Then(maps) => maps.iter().try_fold(vec![test.clone()], |tests, map| {
                let applied: Vec<Vec<Match>> =
                    tests.iter().map(|test| map.apply(test)).collect::<Result<_, _>>()?;
                Ok(applied.into_iter().flatten().collect())
            }),
        }
    }

    /// Whether values are the same there but for how some characters are written: then two fields that are written
    /// alike compare as their neutral values do.
    pub fn is_spelling(&self) -> bool {
        self.steps().into_iter().all(ValueMap::has_entities)
    }

    /// Whether a value may stand there in two spellings: with characters written as entities, or as they are.
    pub fn has_two_spellings(&self) -> bool {
        self.steps().into_iter().any(ValueMap::has_entities)
    }

    /// The maps that are applied one after the other.
    fn steps(&self) -> Vec<&ValueMap> {
        match self {
            ValueMap::Then(maps) => maps.iter().flat_map(ValueMap::steps).collect(),
            single => vec![single],
        }
    }

    fn has_entities(&self) -> bool {
        match self {
            ValueMap::Xml => true,
            ValueMap::Then(_)
            | ValueMap::Append(_)
            | ValueMap::Prepend(_)
            | ValueMap::Map(_)
            | ValueMap::Partial(_)
            | ValueMap::Prefix(_)
            | ValueMap::Hexadecimal
            | ValueMap::FileName
            | ValueMap::Parentheses => false,
        }
    }
}

fn enumerate(test: &Match, values: &IndexMap<String, String>) -> Result<Vec<Match>, ValueProblem> {
    let mut found: Vec<Match> = Vec::new();
    for (neutral, here) in values {
        if holds(test, neutral) {
            let translated =
                Match::Text { pattern: Pattern::literal(here.as_str()), case: Case::Insensitive };
            if !found.contains(&translated) {
                found.push(translated);
            }
        }
    }
    if found.is_empty() { Err(ValueProblem::NoValue) } else { Ok(found) }
}

fn look_up(test: &Match, values: &IndexMap<String, String>) -> Result<Vec<Match>, ValueProblem> {
    let wanted = match test {
        // An equality that regards case would need the case of the values that are not listed.
        Match::Text { pattern, case: Case::Insensitive } => pattern.as_literal().map(str::to_owned),
        Match::Number { comparison: Comparison::Equal, number } => Some(number.to_string()),
        Match::Boolean(value) => Some(value.to_string()),
        Match::Text { .. }
        | Match::Number { .. }
        | Match::Regex(_)
        | Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => None,
    };
    let Some(wanted) = wanted else {
        return Err(ValueProblem::Untranslatable("a test other than equality"));
    };
    let fold = |text: &str| Case::Insensitive.fold(text);
    match values.iter().find(|(neutral, _)| fold(neutral) == fold(&wanted)) {
        Some((_, here)) => {
            Ok(vec![Match::Text { pattern: Pattern::literal(here.as_str()), case: Case::Insensitive }])
        }
        None => Err(ValueProblem::Untranslatable("a value that is not known there")),
    }
}

/// Whether a listed neutral value satisfies the test.
fn holds(test: &Match, neutral: &str) -> bool {
    match test {
        Match::Text { pattern, case } => pattern.matches(neutral, *case),
        Match::Regex(regex) => regex.compile().is_ok_and(|regex| regex.is_match(neutral)),
        Match::Number { comparison, number } => {
            neutral.parse::<f64>().is_ok_and(|value| comparison.holds(value, number.as_f64()))
        }
        Match::Boolean(expected) => neutral.eq_ignore_ascii_case(if *expected { "true" } else { "false" }),
        Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => false,
    }
}

fn hexadecimal(test: &Match) -> Result<Vec<Match>, ValueProblem> {
    let number = match test {
        Match::Text { pattern, .. } => pattern
            .as_literal()
            .and_then(|text| text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")))
            .and_then(|digits| i64::from_str_radix(digits, 16).ok())
            .ok_or(ValueProblem::Untranslatable("a value that is not a whole hexadecimal number"))?,
        _ => return Err(ValueProblem::Untranslatable("a test that is not of text")),
    };
    Ok(vec![Match::Number { comparison: Comparison::Equal, number: Number::Integer(number) }])
}
