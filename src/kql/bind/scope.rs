//! What `let` has bound.
//!
//! In: names and what they stand for. Out: look-up, the last binding first. Must not know how anything is bound.

use std::rc::Rc;

use super::Typed;
use crate::kql::ast::Function;
use crate::kql::plan::Node;
use crate::kql::table::Column;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A scalar, and how many nodes it has.
    Scalar(Typed, usize),
    /// Rows that are computed once.
    Rows {
        /// Which of the shared plans.
        index: usize,
        /// Its columns.
        columns: Vec<Column>,
        /// Whether their order means something.
        ordered: bool,
    },
    /// A function, and what its body may name.
    Function(Rc<Function>, Scope),
    /// Something that is wrong, which is already said.
    Broken,
}

/// A chain of bindings. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope(Option<Rc<Link>>);

#[derive(Debug)]
struct Link {
    name: String,
    entry: Entry,
    rest: Scope,
}

impl Scope {
    /// The scope with one more binding.
    pub(super) fn with(&self, name: String, entry: Entry) -> Scope {
        Scope(Some(Rc::new(Link { name, entry, rest: self.clone() })))
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        let mut link = self.0.as_deref();
        while let Some(found) = link {
            if found.name == name {
                return Some(&found.entry);
            }
            link = found.rest.0.as_deref();
        }
        None
    }
}

impl Drop for Link {
    /// A long chain is dropped link by link: by itself it would use a stack frame each.
    fn drop(&mut self) {
        let mut rest = self.rest.0.take();
        while let Some(link) = rest {
            match Rc::try_unwrap(link) {
                Ok(mut link) => rest = link.rest.0.take(),
                Err(_) => break,
            }
        }
    }
}

impl Node {
    /// How many nodes it has, and how deep they go.
    pub(super) fn measure(&self) -> (usize, usize) {
        let mut children: Vec<&Node> = Vec::new();
        match self {
            Node::Const(_)
            | Node::Column(_)
            | Node::Local(_)
            | Node::Scalar(_)
            | Node::Now
            | Node::Window(_)
            | Node::PackAll(_) => {}
            Node::Invoke(arguments, body) => {
                children.extend(arguments);
                children.push(body);
            }
            Node::Step(a, b)
            | Node::Arithmetic(_, a, b)
            | Node::Compare(_, a, b)
            | Node::Text(_, a, b)
            | Node::Bin(a, b)
            | Node::Offset(a, _, b) => children.extend([a.as_ref(), b.as_ref()]),
            Node::Negative(a)
            | Node::Regex(a, _)
            | Node::Not(a)
            | Node::InSet(a, ..)
            | Node::InRows(a, ..)
            | Node::ToText(a, _)
            | Node::Absolute(a) => children.push(a),
            Node::And(all) | Node::Or(all) | Node::Coalesce(all) | Node::Extreme(all, _) => {
                children.extend(all)
            }
            Node::Call(_, all) | Node::WithRegex(_, _, all) => children.extend(all),
            Node::In(value, all, _) | Node::Has(value, all, _) => {
                children.push(value);
                children.extend(all);
            }
            Node::Between(a, b, c, _) => children.extend([a.as_ref(), b.as_ref(), c.as_ref()]),
            Node::Case(pairs, otherwise) => {
                children.extend(pairs.iter().flat_map(|(condition, value)| [condition, value]));
                children.push(otherwise);
            }
        }
        let (mut size, mut depth) = (1, 0);
        for child in children {
            let (below, levels) = child.measure();
            size += below;
            depth = depth.max(levels);
        }
        (size, depth + 1)
    }
}
