//! Words and phrases of the raw event.
//!
//! In: a word as it stands in a search; `_raw`. Out: whether the event has it. Words are whole tokens (S25 to S31): major
//! breakers end them, minor breakers end parts of them. From segmenters.conf.

use super::Answer;
use super::state::Run;
use crate::spl::ast::{SearchValue, ValueMode};
use crate::spl::problem::Stop;
use crate::spl::value::Row;
use crate::spl::wildcard::{Wildcard, fold};

/// Single characters (S28). `--` and coded characters such as `%20` break as well.
const MAJOR: &str = "[]<>(){}|!;,'\"*\n\r \t&?+";

/// S29.
const MINOR: &str = "/:=@.-$#%\\_";

/// A word or phrase.
#[derive(Debug)]
pub(super) struct Keyword {
    text: Box<str>,
    pattern: Wildcard,
    mode: ValueMode,
    quoted: bool,
}

impl Keyword {
    pub(super) fn new(value: &SearchValue) -> Self {
        let cased = value.mode == ValueMode::Case;
        let text = if cased { value.text.clone() } else { fold(&value.text) };
        Self {
            pattern: Wildcard::new(&value.text, !cased),
            text: text.into(),
            mode: value.mode,
            quoted: value.quoted,
        }
    }

    /// Whether the event has it. S26: without `_raw` there is nothing to find, but `*` is anything.
    pub(super) fn holds(&self, row: &Row, run: &Run) -> Answer<bool> {
        if self.pattern.is_anything() {
            return Ok(true);
        }
        let Some(raw) = row.text("_raw") else { return Ok(false) };
        run.step(1 + raw.len() / 16)?;
        let raw = if self.mode == ValueMode::Case { raw.into_owned() } else { fold(&raw) };
        // Breakers of several characters make other tokens than those that are looked at here.
        if self.text.is_empty() || has_coded_breaker(&raw) || has_coded_breaker(&self.text) {
            return Err(Stop::open("S28"));
        }
        if self.mode == ValueMode::Term {
            if self.text.chars().any(|c| MAJOR.contains(c) && c != '*') {
                return Ok(false);
            }
            return Ok(raw.split(is_major).any(|token| self.pattern.fits(token)));
        }
        if self.pattern.stars() == 0 {
            return Ok(has_phrase(&raw, &self.text));
        }
        // A wildcard across tokens, and within a phrase, is not documented.
        if self.quoted || self.text.chars().any(|c| is_major(c) && c != '*') {
            return Err(Stop::open("S27"));
        }
        let found = raw.split(is_major).any(|token| parts(token).any(|part| self.pattern.fits(part)));
        // S30 takes a term with minor breakers apart first, which wildcards make unclear.
        if !found && self.text.chars().any(is_minor) && raw.contains(self.text.trim_matches('*')) {
            return Err(Stop::open("S30"));
        }
        Ok(found)
    }
}

fn is_major(c: char) -> bool {
    MAJOR.contains(c)
}

fn is_minor(c: char) -> bool {
    MINOR.contains(c)
}

fn has_coded_breaker(text: &str) -> bool {
    const CODED: [&str; 15] = [
        "%21", "%26", "%2526", "%3b", "%7c", "%20", "%2b", "%3d", "%2520", "%5d", "%5b", "%3a", "%0a", "%2c",
        "%28",
    ];
    text.contains("--") || (text.contains('%') && CODED.iter().any(|coded| fold(text).contains(coded)))
}

/// The whole token, and every run between minor breakers, also from its beginning (S29).
fn parts(token: &str) -> impl Iterator<Item = &str> {
    let ends = token.char_indices().filter(|(_, c)| is_minor(*c)).map(|(index, _)| index);
    std::iter::once(token).chain(ends.map(|end| &token[..end])).chain(token.split(is_minor))
}

/// S25, S30: the words next to each other, as whole tokens.
fn has_phrase(raw: &str, phrase: &str) -> bool {
    let breaks = |c: Option<char>| c.is_none_or(|c| is_major(c) || is_minor(c));
    let edge = |c: Option<char>| c.is_some_and(|c| is_major(c) || is_minor(c));
    let starts_open = edge(phrase.chars().next());
    let ends_open = edge(phrase.chars().next_back());
    raw.match_indices(phrase).any(|(start, _)| {
        let before = raw[..start].chars().next_back();
        let after = raw[start + phrase.len()..].chars().next();
        (starts_open || breaks(before)) && (ends_open || breaks(after))
    })
}
