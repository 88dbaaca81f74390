//! Other values in place of literals.

use super::scan::{Sort, Token};
use super::{Edits, Kind};
use crate::source::Span;

/// Changes the text of a literal.
pub(super) fn text(edits: &mut Edits, token: Token) {
    value(edits, token.span);
}

/// Puts something into a text that is there by no chance: after its last letter or digit, so that wildcards, anchors and
/// quotes stay what they are.
pub(super) fn value(edits: &mut Edits, span: Span) {
    let written = edits.slice(span);
    let Some(end) = last_letter(written) else { return };
    let (head, tail) = written.split_at(end);
    edits.change(Kind::Value, span, format!("{head}0q{tail}"));
}

/// The end of the last letter or digit that stands for itself. One after a backslash may belong to an escape; one in
/// brackets or braces may be a class or a count of a regular expression, and is taken only if there is no other.
fn last_letter(written: &str) -> Option<usize> {
    let (mut outside, mut anywhere) = (None, None);
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, c) in written.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ if c.is_alphanumeric() => {
                let end = Some(at + c.len_utf8());
                anywhere = end;
                if depth == 0 {
                    outside = end;
                }
            }
            _ => {}
        }
    }
    outside.or(anywhere)
}

/// Whether a letter stands for itself. One after a backslash may belong to an escape.
fn has_letters(written: &str) -> bool {
    let mut escaped = false;
    written.chars().any(|c| {
        let plain = !std::mem::take(&mut escaped);
        escaped = plain && c == '\\';
        plain && c.is_alphabetic()
    })
}

/// Opens or closes the ends of a text with wildcards, or of a regular expression with anchors. `any` is the wildcard.
pub(super) fn ends(edits: &mut Edits, token: Token, any: char) {
    let written = edits.slice(token.span);
    let Some(inner) = written.strip_suffix('"').and_then(|rest| rest.strip_prefix(['"'])) else { return };
    let (first, last) = (token.span.start + 1, token.span.end - 1);
    let (opens, closes) = (inner.starts_with(any), inner.ends_with(any) && inner.len() > 1);
    let mut with = |inner: String| edits.change(Kind::Operator, Span::new(first, last), inner);
    match (opens, closes) {
        (true, true) => {
            with(inner[1..].to_owned());
            with(inner[..inner.len() - 1].to_owned());
        }
        (true, false) => with(format!("{inner}{any}")),
        (false, true) => with(format!("{any}{inner}")),
        (false, false) => {}
    }
}

/// Takes the anchors of a regular expression away.
pub(super) fn anchors(edits: &mut Edits, token: Token) {
    let written = edits.slice(token.span);
    let body = written.trim_start_matches('@').trim_start_matches('"');
    let body = body.strip_prefix("(?i)").unwrap_or(body);
    let start = token.span.start + (written.len() - body.len());
    if body.starts_with('^') && !body.contains('|') {
        edits.change(Kind::Operator, Span::new(start, start + 1), "");
    }
    for end in ["\\z\"", "$\""] {
        let escaped = written.strip_suffix(end).is_some_and(|rest| rest.ends_with('\\'));
        if written.ends_with(end) && !escaped && !body.contains("|") {
            edits.change(Kind::Operator, Span::new(token.span.end - end.len(), token.span.end - 1), "");
        }
    }
}

/// A number next to it. `both` also takes the one on the other side.
pub(super) fn number(edits: &mut Edits, token: Token, both: bool) {
    let written = edits.slice(token.span);
    let Ok(number) = written.parse::<u64>() else {
        window(edits, token.span);
        return;
    };
    edits.change(Kind::Number, token.span, number.saturating_add(1).to_string());
    if both && number > 0 {
        edits.change(Kind::Number, token.span, (number - 1).to_string());
    }
}

/// Half and twice a length of time such as `5m` or, in seconds, `300`.
pub(super) fn window(edits: &mut Edits, span: Span) {
    let written = edits.slice(span);
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let Ok(number) = number.parse::<u64>() else { return };
    let unit_known = ["", "s", "m", "h", "d", "w"].contains(&unit);
    if !unit_known || number == 0 {
        return;
    }
    edits.change(Kind::Window, span, format!("{}{unit}", number.saturating_mul(2)));
    // Half a minute is thirty seconds: every unit but the second has a smaller one that halves it.
    let half = match (number % 2, unit) {
        (0, _) => Some(format!("{}{unit}", number / 2)),
        (_, "m") => Some(format!("{}s", number * 30)),
        (_, "h") => Some(format!("{}m", number * 30)),
        (_, "d") => Some(format!("{}h", number * 12)),
        _ => None,
    };
    if let Some(half) = half {
        edits.change(Kind::Window, span, half);
    }
}

/// Whether a token is a literal.
pub(super) fn is_literal(token: Token) -> bool {
    matches!(token.sort, Sort::Text | Sort::Number)
}

/// Takes the flag away that makes a regular expression ignore case, if it has letters that stand for themselves.
pub(super) fn ignore_case(edits: &mut Edits, token: Token) {
    const FLAG: &str = "\"(?i)";
    if edits.slice(token.span).strip_prefix(FLAG).is_some_and(has_letters) {
        edits.change(Kind::Case, Span::new(token.span.start + 1, token.span.start + FLAG.len()), "");
    }
}
