//! The same event has other values elsewhere: how a test on neutral values becomes a test on a target's values.
//!
//! Works on tokens, so that a translated wildcard stays a wildcard. What cannot be translated exactly is a problem,
//! never an approximation.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Deserialize;
use thiserror::Error;

use crate::ir::{Case, Comparison, Match, Number, Pattern, Piece};

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
            Written::Hexadecimal(false) => return Err("`hexadecimal` is `true`, or left out".to_owned()),
        })
    }
}

/// Keys are compared without regard to case, so none may stand twice in that sense.
fn unambiguous(values: IndexMap<String, String>) -> Result<IndexMap<String, String>, String> {
    if values.is_empty() {
        return Err("the list of values is empty".to_owned());
    }
    let mut seen = HashSet::new();
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
            Match::Field { .. } => {
                return Err(ValueProblem::Untranslatable("a comparison with another field"));
            }
            Match::Network(_) => return Err(ValueProblem::Untranslatable("a network")),
            Match::InList(_) => return Err(ValueProblem::Untranslatable("a list")),
            Match::TimePart { .. } => return Err(ValueProblem::Untranslatable("a part of a moment")),
            Match::Text { .. } | Match::Regex(_) | Match::Number { .. } | Match::Boolean(_) => {}
        }
        match self {
            ValueMap::Append(suffix) => on_text(test, |pattern| Ok(append(pattern, suffix))),
            ValueMap::Prepend(prefix) => on_text(test, |pattern| Ok(prepend(prefix, pattern))),
            ValueMap::Map(values) => enumerate(test, values),
            ValueMap::Partial(values) => look_up(test, values),
            ValueMap::Prefix(prefixes) => on_text(test, |pattern| replace_prefix(pattern, prefixes)),
            ValueMap::Hexadecimal => hexadecimal(test),
        }
    }
}

fn on_text(
    test: &Match,
    translate: impl Fn(&Pattern) -> Result<Pattern, ValueProblem>,
) -> Result<Vec<Match>, ValueProblem> {
    match test {
        Match::Text { pattern, case } => Ok(vec![Match::Text { pattern: translate(pattern)?, case: *case }]),
        Match::Regex(_) => Err(ValueProblem::Untranslatable("a regular expression")),
        _ => Err(ValueProblem::Untranslatable("a test that is not of text")),
    }
}

/// A pattern that ends in `*` needs no suffix, unless its last literal could reach into the suffix.
fn append(pattern: &Pattern, suffix: &str) -> Pattern {
    let pieces = pattern.pieces();
    let open = match pieces {
        [Piece::AnyRun] => true,
        [.., Piece::Literal(last), Piece::AnyRun] => {
            !suffix.chars().any(|c| last.ends_with(c)) && !last.is_empty()
        }
        _ => false,
    };
    if open {
        return pattern.clone();
    }
    Pattern::from_pieces(pieces.iter().cloned().chain([Piece::Literal(suffix.to_owned())]))
}

fn prepend(prefix: &str, pattern: &Pattern) -> Pattern {
    let pieces = pattern.pieces();
    let open = match pieces {
        [Piece::AnyRun] => true,
        [Piece::AnyRun, Piece::Literal(first), ..] => !prefix.chars().any(|c| first.starts_with(c)),
        _ => false,
    };
    if open {
        return pattern.clone();
    }
    Pattern::from_pieces([Piece::Literal(prefix.to_owned())].into_iter().chain(pieces.iter().cloned()))
}

fn replace_prefix(pattern: &Pattern, prefixes: &IndexMap<String, String>) -> Result<Pattern, ValueProblem> {
    match pattern.pieces() {
        [] | [Piece::AnyRun] => Ok(pattern.clone()),
        [Piece::Literal(first), rest @ ..] => {
            for (neutral, here) in prefixes {
                let head = first.get(..neutral.len());
                if head.is_some_and(|head| head.eq_ignore_ascii_case(neutral)) {
                    let replaced = Piece::Literal(format!("{here}{}", &first[neutral.len()..]));
                    return Ok(Pattern::from_pieces([replaced].into_iter().chain(rest.iter().cloned())));
                }
            }
            Err(ValueProblem::Untranslatable("a value that starts with none of the known prefixes"))
        }
        // After a leading `*`, a literal that begins with the separator can only stand behind the first part.
        [Piece::AnyRun, Piece::Literal(literal), ..]
            if prefixes
                .keys()
                .all(|key| key.chars().last().is_some_and(|separator| literal.starts_with(separator))) =>
        {
            Ok(pattern.clone())
        }
        _ => Err(ValueProblem::Untranslatable("a wildcard that reaches into the first part of the value")),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(written: &str) -> Match {
        Match::Text { pattern: Pattern::parse(written), case: Case::Insensitive }
    }

    fn written(result: Result<Vec<Match>, ValueProblem>) -> Vec<String> {
        result
            .expect("translatable")
            .iter()
            .map(|m| match m {
                Match::Text { pattern, .. } => pattern.to_sigma(),
                Match::Number { number, .. } => number.to_string(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_suffix_follows_the_value_and_not_the_wildcard() {
        let map = ValueMap::Append(".".to_owned());
        assert_eq!(written(map.apply(&text("Update user"))), ["Update user."]);
        assert_eq!(written(map.apply(&text("Update*"))), ["Update*"]);
        assert_eq!(written(map.apply(&text("*user"))), ["*user."]);
        // "a." alone must not be found by what is written for a value that starts with "a.".
        assert_eq!(written(map.apply(&text("a.*"))), ["a.*."]);
    }

    #[test]
    fn a_closed_list_answers_patterns_and_comparisons() {
        let map = ValueMap::Map(
            [("0", "Owner"), ("1", "Admin"), ("2", "Delegated")].map(|(a, b)| (a.into(), b.into())).into(),
        );
        let over = Match::Number { comparison: Comparison::Greater, number: Number::Integer(0) };
        assert_eq!(written(map.apply(&over)), ["Admin", "Delegated"]);
        assert_eq!(map.apply(&text("7")), Err(ValueProblem::NoValue));
    }

    #[test]
    fn a_list_that_is_not_complete_answers_equality_alone() {
        let map = ValueMap::Partial(
            [("2", "Interactive"), ("3", "Network"), ("Ok", "Success")]
                .map(|(a, b)| (a.into(), b.into()))
                .into(),
        );
        let number = |comparison, number| Match::Number { comparison, number: Number::Integer(number) };
        assert_eq!(written(map.apply(&number(Comparison::Equal, 3))), ["Network"]);
        assert_eq!(written(map.apply(&text("OK"))), ["Success"]);
        assert_eq!(written(map.apply(&Match::Missing)), ["Missing"]);
        // 10 is greater than 2, and nobody says what it is there.
        for test in [
            number(Comparison::Greater, 2),
            number(Comparison::Equal, 10),
            text("O*"),
            text("*"),
            Match::Text { pattern: Pattern::parse("Ok"), case: Case::Sensitive },
        ] {
            assert!(matches!(map.apply(&test), Err(ValueProblem::Untranslatable(_))), "{test:?}");
        }
    }

    #[test]
    fn a_prefix_is_replaced_only_where_it_must_be() {
        let map = ValueMap::Prefix([(r"HKLM\".to_owned(), r"HKEY_LOCAL_MACHINE\".to_owned())].into());
        assert_eq!(written(map.apply(&text(r"hklm\Software\a*"))), [r"HKEY_LOCAL_MACHINE\Software\a*"]);
        assert_eq!(written(map.apply(&text(r"*\CurrentVersion\Run\\*"))), [r"*\CurrentVersion\Run\\*"]);
        assert!(map.apply(&text("*LM*")).is_err());
        assert!(map.apply(&text(r"HKU\x")).is_err());
    }

    #[test]
    fn hexadecimal_text_becomes_a_number() {
        assert_eq!(written(ValueMap::Hexadecimal.apply(&text("0x3e7"))), ["999"]);
        assert!(ValueMap::Hexadecimal.apply(&text("*3e7")).is_err());
    }
}
