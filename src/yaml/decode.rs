//! Tree to typed value, with all problems at once.
//!
//! serde stops at the first problem. So a value that cannot be built is reported, left out of the tree, and the
//! attempt is repeated without it, until the rest can be built or nothing is left to leave out.

use std::cell::RefCell;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::deserializer::{Attempt, NodeDeserializer};
use super::problem::{Place, Problem};
use super::{Node, Value};
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::{HashMap, HashSet};
use crate::source::SourceFile;

/// Problems of one file that are worth reading; the attempts are bounded by it.
const MAX_PROBLEMS: usize = 100;

/// Builds a `T` from the tree. `None` when the root itself cannot be built. What could be built is returned beside
/// the findings, so that later stages can report their own.
pub fn decode<T: DeserializeOwned>(
    file: &Arc<SourceFile>,
    root: &Node,
    findings: &mut Vec<Diagnostic>,
) -> Option<T> {
    let mut parents = None;
    let mut left_out = HashSet::default();
    let mut built = None;
    let mut unknown_keys: Vec<Problem> = Vec::new();
    for round in 0..MAX_PROBLEMS {
        let attempt = Attempt { left_out: &left_out, unknown_keys: RefCell::default() };
        let result = T::deserialize(NodeDeserializer { node: root, attempt: &attempt });
        // A value that is left out later takes its unknown keys with it, so they are kept from every attempt.
        for problem in attempt.unknown_keys.into_inner() {
            if !unknown_keys.iter().any(|known| known.place == problem.place) {
                unknown_keys.push(problem);
            }
        }
        let failed = match result {
            Ok(value) => {
                built = Some(value);
                break;
            }
            Err(problem) => problem,
        };
        let place = failed.place.unwrap_or(Place { node: address(root), span: root.span });
        // A key that is missing because its bad value was left out, or because it is misspelt, has been reported.
        let consequence = failed.code == Code::E0203 && {
            let parents = parents.get_or_insert_with(|| parents_of(root));
            left_out.iter().any(|node| parents.get(node) == Some(&place.node))
                || unknown_keys.iter().any(|unknown| {
                    unknown.about == failed.about && unknown.place.is_some_and(|at| at.node == place.node)
                })
        };
        let give_up =
            place.node == address(root) || !left_out.insert(place.node) || round + 1 == MAX_PROBLEMS;
        if !consequence {
            findings.push(diagnostic(file, Problem { place: Some(place), ..failed }));
        }
        if give_up {
            break;
        }
    }
    findings.extend(unknown_keys.into_iter().map(|problem| diagnostic(file, problem)));
    built
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Each node's parent, by address.
fn parents_of(root: &Node) -> HashMap<usize, usize> {
    let mut all = HashMap::default();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let children: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        };
        for child in children {
            all.insert(address(child), address(node));
            open.push(child);
        }
    }
    all
}

fn diagnostic(file: &Arc<SourceFile>, problem: Problem) -> Diagnostic {
    let span = problem.place.map(|place| place.span).unwrap_or_default();
    Diagnostic::new(problem.code, problem.message)
        .at(file, first_line(file, span), "")
        .maybe_help(problem.help)
}

/// A mapping of many lines is shown by its first line.
fn first_line(file: &SourceFile, span: crate::source::Span) -> crate::source::Span {
    let text = file.slice(span);
    let length = text.find('\n').unwrap_or(text.len());
    crate::source::Span::new(span.start, span.start + text[..length].trim_end().len())
}

#[cfg(test)]
mod tests;
