//! Bindings read backwards: what a record must hold so that an expression has a given value.
//!
//! In: a [`Formula`] and the value that is wanted. Out: records that may have it, the likeliest first. They are proposals:
//! the caller runs the expression itself over each, and only what gives the value back is used. Must not know targets.

mod fill;
mod formula;
mod sample;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub(super) use fill::{Aim, Filled, Fits, fill};
pub(super) use formula::Formula;
pub(super) use sample::sample;
pub(super) use tree::{Cells, Step, Tree, plain};

use std::sync::Arc;

use serde_json::Value as Json;

/// The most proposals that are kept at any point.
const MOST: usize = 24;

/// What an expression must come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Want {
    /// This value.
    Value(Json),
    /// True, or false.
    Holds(bool),
    /// No value.
    Missing,
}

impl Want {
    fn text(&self) -> Option<String> {
        match self {
            Want::Value(value) => plain(value),
            Want::Holds(value) => Some(value.to_string()),
            Want::Missing => None,
        }
    }
}

/// The records in which the formula may have the value, made from this one.
pub(super) fn solve(formula: &Formula, want: &Want, cells: &Cells) -> Vec<Cells> {
    let mut found = proposals(formula, want, cells);
    let mut kept: Vec<Cells> = Vec::new();
    for one in found.drain(..) {
        if kept.len() < MOST && !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn proposals(formula: &Formula, want: &Want, cells: &Cells) -> Vec<Cells> {
    let same = || vec![cells.clone()];
    match formula {
        Formula::Place(path) => place(path, want, cells),
        Formula::Literal(value) => {
            let fits = match want {
                Want::Value(wanted) => value == wanted || plain(value) == plain(wanted),
                Want::Holds(wanted) => value.as_bool() == Some(*wanted),
                Want::Missing => value.as_str() == Some(""),
            };
            if fits { same() } else { Vec::new() }
        }
        Formula::Null => {
            if *want == Want::Missing {
                same()
            } else {
                Vec::new()
            }
        }
        Formula::Same(part) => solve(part, want, cells),
        Formula::Trimmed(part, trimmed) => {
            let mut found = solve(part, want, cells);
            if let Some(text) = want.text() {
                found.extend(solve(part, &Want::Value(format!("{trimmed}{text}").into()), cells));
            }
            found
        }
        Formula::Replaced { part, from, to } => {
            let mut found = Vec::new();
            if let Some(text) = want.text().filter(|text| !to.is_empty() && text.contains(to.as_str())) {
                found = solve(part, &Want::Value(text.replace(to.as_str(), from).into()), cells);
            }
            found.extend(solve(part, want, cells));
            found
        }
        Formula::Concat(parts) => match want.text() {
            Some(text) => text::concat(parts, &text, cells),
            None => all(parts.iter().map(|part| (part, Want::Missing)), cells),
        },
        Formula::First(parts) => match want {
            Want::Missing => all(parts.iter().map(|part| (part, Want::Missing)), cells),
            Want::Value(_) | Want::Holds(_) => (0..parts.len())
                .flat_map(|place| {
                    let before = parts[..place].iter().map(|part| (part, Want::Missing));
                    all(before.chain([(&parts[place], want.clone())]), cells)
                })
                .collect(),
        },
        Formula::Choice(branches, otherwise) => {
            let holds = |condition, value| [(value, want.clone()), (condition, Want::Holds(true))];
            let mut found: Vec<Cells> = branches
                .iter()
                .flat_map(|(condition, value)| all(holds(condition, value).into_iter(), cells))
                .collect();
            found.extend(solve(otherwise, want, cells));
            found
        }
        Formula::Extract(pattern, part) => match want.text() {
            Some(text) => text::extract(pattern, part, &text, cells),
            None => same(),
        },
        Formula::ExtractAll(pattern, part) => text::extract_all(pattern, part, want, cells),
        Formula::Piece(part, separator) => match want.text() {
            Some(text) => text::piece(part, separator, &text, want, cells),
            None => solve(part, want, cells),
        },
        Formula::Hexadecimal(part) => {
            match want.text().and_then(|text| i64::from_str_radix(&text, 16).ok()) {
                Some(number) => solve(part, &Want::Value(number.into()), cells),
                None => solve(part, want, cells),
            }
        }
        Formula::Beside { names, values, name } => match want {
            Want::Value(value) => beside((names, values), name, value, cells).into_iter().collect(),
            Want::Holds(_) | Want::Missing => same(),
        },
        Formula::List(parts) => list(parts, want, cells),
        Formula::Equal(left, right) => equal(left, right, want, cells),
        Formula::In(part, list) => match want {
            Want::Holds(true) => list.iter().flat_map(|item| equal(part, item, want, cells)).collect(),
            Want::Holds(false) | Want::Value(_) | Want::Missing => same(),
        },
        Formula::Holds(part, text) => match (want, &**text) {
            (Want::Holds(true), Formula::Literal(value)) => {
                let piece = plain(value).unwrap_or_default();
                same().into_iter().chain(text::appended(part, &piece, cells)).collect()
            }
            _ => same(),
        },
        Formula::Matches(part, pattern) => match want {
            Want::Holds(true) => same().into_iter().chain(text::matching(pattern, part, cells)).collect(),
            Want::Holds(false) | Want::Value(_) | Want::Missing => same(),
        },
        Formula::Empty(part) => match want {
            Want::Holds(true) => solve(part, &Want::Missing, cells),
            Want::Holds(false) => something(part, cells),
            Want::Value(_) | Want::Missing => same(),
        },
        Formula::Not(part) => match want {
            Want::Holds(holds) => solve(part, &Want::Holds(!holds), cells),
            Want::Value(Json::Bool(holds)) => solve(part, &Want::Holds(!holds), cells),
            Want::Value(_) | Want::Missing => same(),
        },
        Formula::All(parts) => together(parts, want, true, cells),
        Formula::Any(parts) => together(parts, want, false, cells),
        Formula::Opaque => same(),
    }
}

/// Every formula comes to what is wanted of it, one after the other.
fn all<'f>(wanted: impl Iterator<Item = (&'f Formula, Want)>, cells: &Cells) -> Vec<Cells> {
    let mut found = vec![cells.clone()];
    for (formula, want) in wanted {
        found = found.iter().flat_map(|cells| solve(formula, &want, cells)).take(MOST).collect();
    }
    found
}

fn place(path: &[Step], want: &Want, cells: &Cells) -> Vec<Cells> {
    let Some((Step::Key(column), rest)) = path.split_first() else { return Vec::new() };
    let value = match want {
        Want::Missing => {
            let known = cells.get(column).and_then(|tree| tree.get(rest));
            return if known.is_none() { vec![cells.clone()] } else { Vec::new() };
        }
        Want::Value(value) => value.clone(),
        Want::Holds(value) => Json::Bool(*value),
    };
    let mut cells = cells.clone();
    let fits = Arc::make_mut(cells.entry(Arc::clone(column)).or_default()).set(rest, &value);
    if fits { vec![cells] } else { Vec::new() }
}

/// In two lists that stay in step, the value beside a name.
fn beside((names, values): (&str, &str), name: &str, value: &Json, cells: &Cells) -> Option<Cells> {
    let mut cells = cells.clone();
    let known = match cells.get(names).map(Arc::as_ref) {
        Some(Tree::List(items, None)) => items.iter().map(Tree::text).collect(),
        Some(tree) => vec![tree.text()],
        None => Vec::new(),
    };
    let place = known.iter().position(|known| known.as_deref() == Some(name)).unwrap_or(known.len());
    let step = [Step::Item(place)];
    let mut put =
        |list: &str, value: &Json| Arc::make_mut(cells.entry(list.into()).or_default()).set(&step, value);
    (put(names, &name.into()) && put(values, value)).then_some(cells)
}

/// What stands at a place already.
fn known<'c>(formula: &Formula, cells: &'c Cells) -> Option<&'c Tree> {
    match formula {
        Formula::Place(path) => {
            let (Step::Key(column), rest) = path.split_first()? else { return None };
            cells.get(column)?.get(rest)
        }
        Formula::Same(part) => known(part, cells),
        _ => None,
    }
}

/// The part has some value: the one that it has, or any.
fn something(part: &Formula, cells: &Cells) -> Vec<Cells> {
    let mut found = vec![cells.clone()];
    if known(part, cells).is_none() {
        found.extend(solve(part, &Want::Value("-".into()), cells));
        found.reverse();
    }
    found
}

fn equal(left: &Formula, right: &Formula, want: &Want, cells: &Cells) -> Vec<Cells> {
    let holds = match want {
        Want::Holds(holds) => *holds,
        Want::Value(Json::Bool(holds)) => *holds,
        Want::Value(_) | Want::Missing => return vec![cells.clone()],
    };
    let (part, value) = match (left, right) {
        (Formula::Literal(value), part) | (part, Formula::Literal(value)) => (part, value),
        _ => return vec![cells.clone()],
    };
    match (holds, value.as_str() == Some("")) {
        (true, true) => solve(part, &Want::Missing, cells),
        (true, false) => solve(part, &Want::Value(value.clone()), cells),
        (false, true) => something(part, cells),
        (false, false) => {
            let other = if value.as_str() == Some("true") { "false" } else { "-" };
            let mut found = vec![cells.clone()];
            if known(part, cells).is_none() {
                found.extend(solve(part, &Want::Value(other.into()), cells));
            }
            found
        }
    }
}

/// Several conditions: every one must come out so, or one of them.
fn together(parts: &[Formula], want: &Want, is_all: bool, cells: &Cells) -> Vec<Cells> {
    let holds = match want {
        Want::Holds(holds) => *holds,
        Want::Value(Json::Bool(holds)) => *holds,
        Want::Value(_) | Want::Missing => return vec![cells.clone()],
    };
    if holds == is_all {
        return all(parts.iter().map(|part| (part, Want::Holds(holds))), cells);
    }
    let each = parts.iter().flat_map(|part| solve(part, &Want::Holds(holds), cells));
    std::iter::once(cells.clone()).chain(each).collect()
}

/// Each value in a part of its own, in order; parts may stay empty.
fn list(parts: &[Formula], want: &Want, cells: &Cells) -> Vec<Cells> {
    let wanted = match want {
        Want::Value(Json::Array(items)) => items.clone(),
        Want::Value(value) => vec![value.clone()],
        Want::Holds(value) => vec![Json::Bool(*value)],
        Want::Missing => return all(parts.iter().map(|part| (part, Want::Missing)), cells),
    };
    assign(parts, &wanted, cells)
}

fn assign(parts: &[Formula], wanted: &[Json], cells: &Cells) -> Vec<Cells> {
    if wanted.is_empty() {
        return vec![cells.clone()];
    }
    let Some((part, rest)) = parts.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    for (place, value) in wanted.iter().enumerate() {
        let left: Vec<Json> = wanted
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
            .map(|(_, value)| value.clone())
            .collect();
        for cells in solve(part, &Want::Value(value.clone()), cells) {
            found.extend(assign(rest, &left, &cells));
        }
        if found.len() >= MOST {
            return found;
        }
    }
    found.extend(assign(rest, wanted, cells));
    found
}
