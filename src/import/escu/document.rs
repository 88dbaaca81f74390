//! Files of the content: what each of them is.

use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::source::{SourceFile, Spanned};
use crate::yaml::{self, Node, Value};

/// A file of the content.
#[derive(Debug)]
pub enum Document {
    /// A macro.
    Macro {
        /// Its name.
        name: String,
        /// The names of its arguments.
        arguments: Vec<String>,
        /// What it stands for.
        text: String,
    },
    /// A detection.
    Detection(Box<Entry>),
    /// Stories, lookups, data sources and the like.
    Other,
}

/// A detection as it was written.
#[derive(Debug)]
pub struct Entry {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The document.
    pub root: Node,
}

/// Reads a file. `None` when it is no YAML, which is then among the findings.
pub fn read(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Option<Document> {
    let root = yaml::parse(file, findings)?;
    let text = |key: &str| root.get(key).and_then(Node::as_text).map(str::to_owned);
    if let (Some(name), Some(definition)) = (text("name"), text("definition")) {
        return Some(Document::Macro { name, arguments: texts(root.get("arguments")), text: definition });
    }
    if root.get("search").is_some() && root.get("type").is_some() && root.get("id").is_some() {
        return Some(Document::Detection(Box::new(Entry { file: Arc::clone(file), root })));
    }
    Some(Document::Other)
}

impl Entry {
    /// A text at the top.
    pub(super) fn text(&self, key: &str) -> Option<Spanned<String>> {
        let node = self.root.get(key)?;
        Some(Spanned::new(plain(node)?, node.span))
    }

    /// A value at the top, or below `tags`, where older content has it.
    pub(super) fn tag(&self, key: &str) -> Option<&Node> {
        self.root.get(key).or_else(|| self.root.get("tags")?.get(key))
    }

    /// The name of the file without its extension: filter macros are named after it.
    pub fn stem(&self) -> &str {
        let name = self.file.name().rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or(name)
    }
}

/// A plain value as text; none for null, lists and mappings.
pub(super) fn plain(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// The members of a list.
pub(super) fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// The texts of a list, or of a single value.
pub(super) fn texts(node: Option<&Node>) -> Vec<String> {
    match node {
        Some(Node { value: Value::List(items), .. }) => items.iter().filter_map(plain).collect(),
        Some(node) => plain(node).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A value on one line.
pub(super) fn flat(node: &Node) -> String {
    match &node.value {
        Value::List(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{} {}", key.value, flat(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        _ => plain(node).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
