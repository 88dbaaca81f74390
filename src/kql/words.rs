//! The operators over texts: `=~`, `contains`, `has` and their like.
//!
//! In: two texts. Out: whether the relation holds. Must not know expressions.
//!
//! <https://learn.microsoft.com/kusto/query/datatypes-string-operators>: a term is a maximal run of letters and digits;
//! everything else sets terms apart, the underscore too. An edge of the needle that is no letter or digit needs no
//! border there: `has " "` holds wherever there is a space. Whether letters beyond ASCII are folded where case does
//! not count is not documented.

use std::borrow::Cow;

use super::ast::{TextRelation, TextShape};
use super::problem::Stop;

/// Whether the relation holds, its negation not yet applied.
fn holds(shape: TextShape, text: &str, needle: &str) -> bool {
    match shape {
        TextShape::Whole => text == needle,
        TextShape::Part => text.contains(needle),
        TextShape::Start => text.starts_with(needle),
        TextShape::End => text.ends_with(needle),
        TextShape::Term => has(text, needle, true, true),
        TextShape::TermStart => has(text, needle, true, false),
        TextShape::TermEnd => has(text, needle, false, true),
    }
}

/// Whether the needle stands somewhere with a border before it, after it, or both.
fn has(text: &str, needle: &str, before: bool, after: bool) -> bool {
    if needle.is_empty() {
        return true;
    }
    let before = before && needle.chars().next().is_some_and(char::is_alphanumeric);
    let after = after && needle.chars().next_back().is_some_and(char::is_alphanumeric);
    let mut from = 0;
    while let Some(at) = text[from..].find(needle) {
        let (start, end) = (from + at, from + at + needle.len());
        let free_before = !before || !text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let free_after = !after || !text[end..].chars().next().is_some_and(char::is_alphanumeric);
        if free_before && free_after {
            return true;
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// Evaluates an operator over texts.
pub(super) fn relation(relation: TextRelation, text: &str, needle: &str) -> Result<bool, Stop> {
    let found = if relation.cased {
        holds(relation.shape, text, needle)
    } else {
        insensitive(text, needle, |text, needle| holds(relation.shape, text, needle))?
    };
    Ok(found != relation.negated)
}

/// `has`, ignoring case, as `has_any` and `has_all` ask it.
pub(super) fn has_term(text: &str, needle: &str) -> Result<bool, Stop> {
    insensitive(text, needle, |text, needle| has(text, needle, true, true))
}

/// Asks with ASCII letters folded, and, where that differs, with all letters folded: the two must agree.
fn insensitive(text: &str, needle: &str, ask: impl Fn(&str, &str) -> bool) -> Result<bool, Stop> {
    let ascii = ask(&folded(text), &folded(needle));
    if needle.is_ascii() {
        // Letters beyond ASCII that fold to ASCII ones, such as the sign for Kelvin, are left out of the question.
        return Ok(ascii);
    }
    if ask(&text.to_lowercase(), &needle.to_lowercase()) == ascii {
        Ok(ascii)
    } else {
        Err(Stop::undetermined("whether Kusto folds letters beyond ASCII"))
    }
}

/// With ASCII letters in lower case.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_runs_of_letters_and_digits() {
        for (text, needle, expected) in [
            ("North America", "america", true),
            ("NorthAmerica", "america", false),
            ("a_b", "a", true),
            ("errors", "error", false),
            (r"C:\x\powershell.exe -enc", "powershell.exe", true),
            ("xpowershell.exe", "powershell.exe", false),
            ("xa b", "a ", false),
            ("a b", "a ", true),
            ("b .b-", " ", true),
            ("anything", "", true),
            ("éa", "a", false),
            ("aab ab", "ab", true),
        ] {
            assert_eq!(has_term(text, needle), Ok(expected), "{text:?} has {needle:?}");
        }
    }

    #[test]
    fn letters_beyond_ascii_are_only_compared_where_folding_them_does_not_matter() {
        let whole = TextRelation { shape: TextShape::Whole, cased: false, negated: false };
        assert_eq!(relation(whole, "Ünal", "Ünal"), Ok(true));
        assert_eq!(relation(whole, "ÜNAL", "Ünal"), Ok(true));
        assert!(relation(whole, "ünal", "Ünal").is_err());
    }
}
