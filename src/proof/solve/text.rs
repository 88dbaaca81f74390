//! Texts that are put together or taken apart, read backwards.
//!
//! In: an expression's parts and the text that is wanted. Out: proposals, as in `solve`.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value as Json;

use super::{Cells, Formula, MOST, Step, Tree, Want, known, sample, solve};
use crate::kept::Kept;

/// The parts, one after the other, are this text.
pub(super) fn concat(parts: &[Formula], text: &str, cells: &Cells) -> Vec<Cells> {
    let Some((first, rest)) = parts.split_first() else {
        return if text.is_empty() { vec![cells.clone()] } else { Vec::new() };
    };
    if let Some(literal) = first.as_text() {
        return text.strip_prefix(literal).map_or(Vec::new(), |after| concat(rest, after, cells));
    }
    let mut found = Vec::new();
    for end in ends(rest, text) {
        let (head, tail) = text.split_at(end);
        let want = if head.is_empty() { Want::Missing } else { Want::Value(head.into()) };
        for cells in solve(first, &want, cells) {
            found.extend(concat(rest, tail, &cells));
            if found.len() >= MOST {
                return found;
            }
        }
    }
    found
}

/// Where the first part may end: before the text that follows it, the last such place first; or, when what follows is
/// not known, at a sign that parts texts.
fn ends(rest: &[Formula], text: &str) -> Vec<usize> {
    let mut ends: Vec<usize> = match rest.first() {
        None => vec![text.len()],
        Some(next) => match next.as_text() {
            Some(literal) => text.rmatch_indices(literal).map(|(place, _)| place).collect(),
            None => {
                let signs = text.match_indices([',', ' ', '\\', '?']).map(|(place, _)| place);
                std::iter::once(text.len()).chain(signs).chain([0]).collect()
            }
        },
    };
    ends.dedup();
    ends.truncate(MOST);
    ends
}

/// Group 1 of the expression over the part is this text.
pub(super) fn extract(pattern: &str, part: &Formula, text: &str, cells: &Cells) -> Vec<Cells> {
    let mut found = Vec::new();
    let old = known(part, cells).and_then(Tree::text);
    if let Some(old) = &old
        && let Some(regex) = compiled(pattern)
        && let Some(groups) = regex.captures(old)
        && groups.get(1).or(groups.get(0)).is_some_and(|group| group.as_str() == text)
    {
        found.push(cells.clone());
    }
    // Without a group the whole match is meant.
    let group = if pattern.contains('(') { sample(pattern, Some(text)) } else { None };
    for piece in group.into_iter().chain([text.to_owned()]) {
        found.extend(appended(part, &piece, cells));
        // Of several texts one is enough.
        if let Formula::Concat(parts) = part {
            let open = parts.iter().filter(|part| part.as_text().is_none());
            found.extend(open.flat_map(|part| solve(part, &Want::Value(piece.as_str().into()), cells)));
        }
    }
    found
}

/// The expression, or nothing where it is none that is known here. It is shared: a clone would begin without what the
/// others have worked out.
fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    static KEPT: Kept<String, Option<Arc<Regex>>> = Kept::empty();
    KEPT.get(pattern, || Regex::new(pattern).ok().map(Arc::new))
}

/// The expression fits somewhere in the part.
pub(super) fn matching(pattern: &str, part: &Formula, cells: &Cells) -> Vec<Cells> {
    sample(pattern, None).map_or(Vec::new(), |piece| appended(part, &piece, cells))
}

/// The part's text with a piece more; where it is no place of text, the part is the piece.
pub(super) fn appended(part: &Formula, piece: &str, cells: &Cells) -> Vec<Cells> {
    if let (Formula::Place(path), Some(old)) = (part, known(part, cells).and_then(Tree::text)) {
        let longer = format!("{old} {piece}");
        return overwritten(path, &longer, cells).into_iter().collect();
    }
    solve(part, &Want::Value(piece.into()), cells)
}

fn overwritten(path: &[Step], text: &str, cells: &Cells) -> Option<Cells> {
    // Only whole columns grow: members of a bag have one meaning each.
    let [Step::Key(column)] = path else { return None };
    let mut cells = cells.clone();
    *cells.get_mut(column)? = Arc::new(Tree::Leaf(text.into()));
    Some(cells)
}

/// The groups of all matches are these texts: as JSON objects, or as text.
pub(super) fn extract_all(pattern: &str, part: &Formula, want: &Want, cells: &Cells) -> Vec<Cells> {
    let texts: Vec<String> = match want {
        Want::Value(Json::Array(items)) => items.iter().filter_map(super::plain).collect(),
        Want::Value(value) => super::plain(value).into_iter().collect(),
        Want::Holds(value) => vec![value.to_string()],
        Want::Missing => return vec![cells.clone()],
    };
    let pieces: Option<Vec<String>> = texts.iter().map(|text| sample(pattern, Some(text))).collect();
    let Some(pieces) = pieces else { return Vec::new() };
    let objects: Option<Vec<Json>> =
        pieces.iter().map(|piece| serde_json::from_str(&format!("{{{piece}}}")).ok()).collect();
    let mut found = Vec::new();
    if let Some(objects) = objects {
        found.extend(solve(part, &Want::Value(Json::Array(objects)), cells));
    }
    found.extend(appended(part, &pieces.concat(), cells));
    found
}

/// One of the pieces of the part is this text.
pub(super) fn piece(part: &Formula, separator: &str, text: &str, want: &Want, cells: &Cells) -> Vec<Cells> {
    let old = known(part, cells).and_then(Tree::text);
    if old.is_some_and(|old| old.split(separator).any(|piece| piece == text)) {
        return vec![cells.clone()];
    }
    solve(part, want, cells)
}
