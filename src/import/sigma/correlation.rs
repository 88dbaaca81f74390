//! Correlations: several rules together.
//!
//! In: a document with `correlation`. Out: what it says, as written. Must not know the rules that it names.

use std::sync::Arc;

use super::Metadata;
use super::entries::{Entries, first_line};
use super::rule::has_error;
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::IndexMap;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{Node, Value};

/// A correlation, as written.
#[derive(Debug)]
pub struct Correlation {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Who, what, when.
    pub metadata: Metadata,
    /// The document.
    pub root: Node,
    /// The rules that it is about, by id or name.
    pub rules: Vec<Spanned<String>>,
    /// Whether those rules are detections of their own as well.
    pub generate: bool,
    pub(super) kind: Spanned<String>,
    pub(super) group_by: Vec<Spanned<String>>,
    pub(super) timespan: Spanned<String>,
    pub(super) condition: Comparisons,
    pub(super) field: Option<Spanned<String>>,
    /// A name for fields that are called differently: rule to field.
    pub(super) aliases: Vec<Alias>,
}

/// Comparisons and their numbers.
pub(super) type Comparisons = IndexMap<Spanned<String>, Spanned<f64>>;

/// One name for the fields of several rules: rule and field.
#[derive(Debug)]
pub(super) struct Alias {
    pub(super) name: Spanned<String>,
    pub(super) fields: Vec<(Spanned<String>, Spanned<String>)>,
}

/// The comparisons of a condition.
const COMPARISONS: [&str; 5] = ["gt", "gte", "lt", "lte", "eq"];

impl Correlation {
    pub(super) fn read(file: &Arc<SourceFile>, root: Node, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let known = findings.len();
        let place = first_line(file, &root);
        let metadata = Metadata::read(&mut Entries { file, node: &root, findings }, place);
        let (key, node) = root.entry("correlation")?;
        let at = key.span;
        let mut entries = Entries { file, node, findings };
        let rules = entries.texts("rules");
        let kind = required(&mut entries, "type", at);
        let timespan = required(&mut entries, "timespan", at);
        let group_by = entries.texts("group-by");
        if rules.is_empty() {
            let finding = Diagnostic::new(Code::E0203, "the correlation names no rules").at(file, at, "");
            entries.report(finding.help("add `rules:` with their ids or names"));
        }
        let (condition, field) = condition(&mut entries);
        let aliases = aliases(node);
        let generate = [Some(node), Some(&root)]
            .into_iter()
            .flatten()
            .any(|node| node.get("generate").is_some_and(|value| value.value == Value::Boolean(true)));
        let fine = !has_error(&findings[known..]);
        let (kind, timespan) = (kind?, timespan?);
        let file = Arc::clone(file);
        fine.then_some(Self {
            file,
            metadata,
            rules,
            generate,
            kind,
            group_by,
            timespan,
            condition,
            field,
            aliases,
            root,
        })
    }

    /// The title, or the id where there is none.
    pub fn title(&self) -> &str {
        self.metadata.shown_title()
    }

    /// Whether other correlations mean this one: by its id, whatever the case of its letters, or by its name.
    pub fn is_called(&self, name: &str) -> bool {
        self.metadata.is_called(name)
    }
}

fn required(entries: &mut Entries, key: &str, place: Span) -> Option<Spanned<String>> {
    let found = entries.text(key);
    if found.is_none() && entries.node.get(key).is_none() {
        let finding = Diagnostic::new(Code::E0203, format!("the required key `{key}` is missing"));
        entries.report(finding.at(entries.file, place, "").help(format!("add `{key}:` to the correlation")));
    }
    found
}

/// The comparisons of `condition`, and the field that is aggregated.
fn condition(entries: &mut Entries) -> (Comparisons, Option<Spanned<String>>) {
    let mut range = IndexMap::default();
    let Some(node) = entries.node.get("condition") else { return (range, None) };
    if !matches!(node.value, Value::Map(_)) {
        let message = "the condition of a correlation is a mapping here";
        let finding =
            Diagnostic::new(Code::E0907, message).at(entries.file, first_line(entries.file, node), "");
        entries.report(finding.help("for instance `condition: {gte: 10}`"));
        return (range, None);
    }
    for (key, value) in node.entries().iter().filter(|(key, _)| key.value != "field") {
        let number = match value.value {
            Value::Integer(number) => Some(number as f64),
            Value::Real(number) => Some(number),
            Value::Null | Value::Boolean(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        };
        let known = COMPARISONS.contains(&key.value.as_str()) || key.value == "percentile";
        match number.filter(|_| known) {
            Some(number) => {
                range.insert(key.clone(), Spanned::new(number, value.span));
            }
            None => {
                let message = format!("`{}` is no comparison that is known", key.value);
                let finding = Diagnostic::new(Code::E0907, message).at(entries.file, key.span, "");
                entries.report(finding.help("gt, gte, lt, lte or eq, with a number"));
            }
        }
    }
    let fields = Entries { file: entries.file, node, findings: entries.findings }.texts("field");
    if let [_, second, ..] = fields.as_slice() {
        let finding = Diagnostic::new(Code::E0907, "values of several fields cannot be counted together");
        entries.report(finding.at(entries.file, second.span, "").help("name one field"));
    }
    (range, fields.into_iter().next())
}

/// `aliases: {name: {rule: field}}`.
fn aliases(node: &Node) -> Vec<Alias> {
    let written = node.get("aliases").map(Node::entries).unwrap_or_default();
    let fields = |fields: &Node| {
        let pairs = fields.entries().iter();
        pairs
            .filter_map(|(rule, field)| {
                Some((rule.clone(), Spanned::new(field.as_text()?.to_owned(), field.span)))
            })
            .collect()
    };
    written.iter().map(|(alias, of)| Alias { name: alias.clone(), fields: fields(of) }).collect()
}
