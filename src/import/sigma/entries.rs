//! The keys of a Sigma document, read leniently where the specification is, with a finding for each that is wrong.
//!
//! In: a mapping. Out: texts with their places. Must not know what the keys mean.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic};
use crate::source::{SourceFile, Spanned};
use crate::yaml::{Node, Value};

/// A mapping of a file, and where its findings go.
pub(super) struct Entries<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    pub(super) node: &'a Node,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl Entries<'_> {
    /// The text under a key. Numbers and booleans are the text that is written; nothing and the empty text are none.
    pub(super) fn text(&mut self, key: &str) -> Option<Spanned<String>> {
        let node = self.node.get(key)?;
        match &node.value {
            Value::Null => None,
            Value::List(_) | Value::Map(_) => {
                self.wrong(node, "text");
                None
            }
            Value::Text(_) | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => self.scalar(node),
        }
    }

    /// The texts under a key: a list of them, or a single one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Spanned<String>> {
        let Some(node) = self.node.get(key) else { return Vec::new() };
        match &node.value {
            Value::Null => Vec::new(),
            Value::List(items) => items.iter().filter_map(|item| self.member(item)).collect(),
            Value::Map(_) => {
                self.wrong(node, "a list of texts");
                Vec::new()
            }
            Value::Text(_) | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => {
                self.scalar(node).into_iter().collect()
            }
        }
    }

    fn member(&mut self, node: &Node) -> Option<Spanned<String>> {
        match &node.value {
            Value::List(_) | Value::Map(_) => {
                self.wrong(node, "text");
                None
            }
            Value::Null | Value::Text(_) | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => {
                self.scalar(node)
            }
        }
    }

    fn scalar(&self, node: &Node) -> Option<Spanned<String>> {
        let text = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => self.file.slice(node.span).to_owned(),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        };
        (!text.trim().is_empty()).then(|| Spanned::new(text, node.span))
    }

    /// Reports a value of the wrong kind.
    pub(super) fn wrong(&mut self, node: &Node, wanted: &str) {
        let message = format!("expected {wanted}, found {}", node.kind());
        self.report(Diagnostic::new(Code::E0202, message).at(self.file, first_line(self.file, node), ""));
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }
}

/// Where a document or a mapping begins, as far as its first line goes.
pub(super) fn first_line(file: &SourceFile, node: &Node) -> crate::source::Span {
    let text = file.slice(node.span);
    let length = text.find('\n').map_or(text.len(), |end| text[..end].trim_end().len());
    crate::source::Span::new(node.span.start, node.span.start + length)
}
