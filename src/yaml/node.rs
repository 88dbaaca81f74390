//! The tree.

use crate::source::{Span, Spanned};

/// One YAML node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Scalars: the scalar. Collections: from the first child to the last.
    pub span: Span,
}

/// What a node is. Aliases and merge keys are expanded.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`; `yes` and `no` are text.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction. Never infinite, never NaN.
    Real(f64),
    /// Text, quoted or not.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file; keys are unique.
    Map(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// The keys and values of this mapping; none if it is something else.
    pub fn entries(&self) -> &[(Spanned<String>, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A key with its value, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&(Spanned<String>, Node)> {
        self.entries().iter().find(|(k, _)| k.value == key)
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Takes the value under a key out of this mapping.
    pub fn take(&mut self, key: &str) -> Option<Node> {
        match &mut self.value {
            Value::Map(entries) => {
                let place = entries.iter().position(|(k, _)| k.value == key)?;
                Some(entries.remove(place).1)
            }
            _ => None,
        }
    }

    /// The same tree, with every place moved: for a file whose text has become a part of a longer one.
    #[must_use]
    pub fn moved(mut self, by: usize) -> Node {
        self.move_places(by);
        self
    }

    fn move_places(&mut self, by: usize) {
        self.span = self.span.moved(by);
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.move_places(by)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    key.span = key.span.moved(by);
                    value.move_places(by);
                }
            }
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Text(_) => {}
        }
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What this node is called in a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "a whole number",
            Value::Real(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}
