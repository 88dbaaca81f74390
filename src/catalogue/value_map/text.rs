//! Translating patterns: how a text that is written differently in a target is looked for there.
//!
//! In: a pattern or regular expression over neutral values. Out: those over the target's values that fit exactly the
//! same events, or why there are none. Must not know how value maps are written.

use super::ValueProblem;
use crate::ir::{Match, Pattern, Piece};
use crate::maps::IndexMap;

/// What one pattern becomes: the alternatives of which one must fit.
type Translated = Result<Vec<Pattern>, ValueProblem>;

/// Translates the pattern of a test of text; other tests are a problem.
pub(super) fn each_text(
    test: &Match,
    translate: impl Fn(&Pattern) -> Translated,
) -> Result<Vec<Match>, ValueProblem> {
    match test {
        Match::Text { pattern, case } => {
            let text = |pattern| Match::Text { pattern, case: *case };
            Ok(translate(pattern)?.into_iter().map(text).collect())
        }
        Match::Regex(_) => Err(ValueProblem::Untranslatable("a regular expression")),
        _ => Err(ValueProblem::Untranslatable("a test that is not of text")),
    }
}

/// A pattern that ends in `*` needs no suffix, unless its last literal could reach into the suffix.
pub(super) fn append(pattern: &Pattern, suffix: &str) -> Pattern {
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

pub(super) fn prepend(prefix: &str, pattern: &Pattern) -> Pattern {
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

/// The first part of a value, up to a separator, is one of the known ones and spelt differently.
pub(super) fn replace_prefix(pattern: &Pattern, prefixes: &IndexMap<String, String>) -> Translated {
    match pattern.pieces() {
        [] | [Piece::AnyRun] => Ok(vec![pattern.clone()]),
        [Piece::Literal(first), rest @ ..] => {
            for (neutral, here) in prefixes {
                let head = first.get(..neutral.len());
                if head.is_some_and(|head| head.eq_ignore_ascii_case(neutral)) {
                    return Ok(vec![starting(here, &first[neutral.len()..], rest)]);
                }
            }
            Err(ValueProblem::Untranslatable("a value that starts with none of the known prefixes"))
        }
        [Piece::AnyRun, Piece::Literal(literal), rest @ ..] => {
            behind_a_wildcard(pattern, literal, rest, prefixes)
        }
        _ => Err(REACHES),
    }
}

const REACHES: ValueProblem =
    ValueProblem::Untranslatable("a wildcard that reaches into the first part of the value");

/// A literal after a leading `*` stands in a later part, or it begins in the first one and goes on behind it.
fn behind_a_wildcard(
    pattern: &Pattern,
    literal: &str,
    rest: &[Piece],
    prefixes: &IndexMap<String, String>,
) -> Translated {
    let Some(separator) = prefixes.keys().next().and_then(|key| key.chars().last()) else {
        return Err(REACHES);
    };
    let first_part = |text: &String| text.trim_end_matches(separator).to_ascii_lowercase();
    let Some((head, tail)) = literal.split_once(separator) else {
        // The literal lies within one part; that must not be the first, on either side.
        let literal = literal.to_ascii_lowercase();
        let mut parts = prefixes.iter().flat_map(|(neutral, here)| [first_part(neutral), first_part(here)]);
        return if parts.any(|part| part.contains(&literal)) {
            Err(REACHES)
        } else {
            Ok(vec![pattern.clone()])
        };
    };
    if head.is_empty() {
        return Ok(vec![pattern.clone()]);
    }
    let head = head.to_ascii_lowercase();
    if prefixes.values().any(|here| first_part(here).ends_with(&head)) {
        return Err(REACHES);
    }
    let anchored = prefixes
        .iter()
        .filter(|(neutral, _)| first_part(neutral).ends_with(&head))
        .map(|(_, here)| starting(here, tail, rest));
    Ok(anchored.chain([pattern.clone()]).collect())
}

fn starting(prefix: &str, literal: &str, rest: &[Piece]) -> Pattern {
    let first = Piece::Literal(format!("{prefix}{literal}"));
    Pattern::from_pieces([first].into_iter().chain(rest.iter().cloned()))
}

/// A test of a whole path as a test of the file name in it. A wildcard may stand for a backslash, so what follows the
/// last backslash must be a plain text up to the end of the path.
pub(super) fn file_name(pattern: &Pattern) -> Result<Pattern, ValueProblem> {
    let problem = Err(ValueProblem::Untranslatable("a test of more than the end of the path"));
    let [Piece::AnyRun, rest @ ..] = pattern.pieces() else {
        return if pattern.pieces().is_empty() { Ok(pattern.clone()) } else { problem };
    };
    match rest {
        [] => Ok(pattern.clone()),
        [Piece::Literal(end)] => match end.rsplit_once('\\') {
            None => Ok(pattern.clone()),
            Some(("", name)) if !name.is_empty() => Ok(Pattern::literal(name)),
            Some(_) => problem,
        },
        _ => problem,
    }
}

/// A whole value that is a word and parentheses becomes what is in them. A part of a value is looked for as it is, which
/// the `loss` of the field must speak of: it may stand outside of the parentheses.
pub(super) fn parentheses(test: &Match) -> Vec<Match> {
    let inner = match test {
        Match::Text { pattern, case } => {
            pattern.as_literal().and_then(behind_a_word).map(|inner| (inner, *case))
        }
        Match::Regex(_)
        | Match::Number { .. }
        | Match::Boolean(_)
        | Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => None,
    };
    vec![match inner {
        Some((inner, case)) => Match::Text { pattern: Pattern::literal(inner), case },
        None => test.clone(),
    }]
}

/// What is in the parentheses of a text that is one word, one space and parentheses up to the end.
fn behind_a_word(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let inner = behind.strip_prefix([' ', '\t'])?.strip_prefix('(')?.strip_suffix(')')?;
    (behind.len() < text.len() && !inner.is_empty()).then_some(inner)
}

/// The test, and the same test of a text whose `&`, `<` and `>` are written as XML writes them. A `?` and a class of
/// characters stand for characters, also there.
pub(super) fn escaped(test: &Match) -> Vec<Match> {
    let other = match test {
        Match::Text { pattern, .. } if !pattern.literals().any(|text| text.contains(['&', '<', '>'])) => {
            return vec![test.clone()];
        }
        Match::Text { pattern, case } => {
            let escape = |piece: &Piece| match piece {
                Piece::Literal(text) => Piece::Literal(entities(text)),
                Piece::AnyRun => Piece::AnyRun,
                Piece::AnyOne => Piece::AnyOne,
            };
            let pattern = Pattern::from_pieces(pattern.pieces().iter().map(escape));
            Match::Text { pattern, case: *case }
        }
        Match::Regex(regex) => {
            Match::Regex(regex.with_literals(&[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")]))
        }
        Match::Number { .. }
        | Match::Boolean(_)
        | Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => return vec![test.clone()],
    };
    if other == *test { vec![other] } else { vec![test.clone(), other] }
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
