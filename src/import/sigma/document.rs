//! The documents of a file: which of them are rules.
//!
//! In: a file. Out: its documents, each of its kind. Must not know what the parts of a rule mean.

use std::sync::Arc;

use super::entries::first_line;
use super::{Correlation, Filter, Rule};
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::source::SourceFile;
use crate::yaml::{self, Node, Value};

/// One document of a Sigma file.
#[derive(Debug)]
pub enum Document {
    /// A detection rule.
    Rule(Box<Rule>),
    /// Several rules together.
    Correlation(Box<Correlation>),
    /// A condition that is added to rules.
    Filter(Box<Filter>),
}

impl Document {
    /// The rule, if it is one.
    pub fn as_rule(&self) -> Option<&Rule> {
        match self {
            Document::Rule(rule) => Some(rule),
            Document::Correlation(_) | Document::Filter(_) => None,
        }
    }
}

/// The keys of the specification. Others are allowed, and are for the rule's owners.
const KEYS: &[&str] = &[
    "title",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "generate",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
];

/// Reads every document of a file, and says what is wrong with those that cannot be read.
pub fn read(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Vec<Document> {
    let nodes = yaml::parse_all(file, findings);
    nodes.into_iter().filter_map(|node| document(file, node, findings)).collect()
}

fn document(file: &Arc<SourceFile>, node: Node, findings: &mut Vec<Diagnostic>) -> Option<Document> {
    let refuse = |code: Code, message: &str, help: &str| {
        Diagnostic::new(code, message).at(file, first_line(file, &node), "").help(help)
    };
    if !matches!(node.value, Value::Map(_)) {
        let message = format!("this document is {}, not a mapping", node.kind());
        findings.push(refuse(Code::E0906, &message, "a rule starts with `title:`"));
        return None;
    }
    if let Some((key, _)) = node.entry("action") {
        findings.push(
            Diagnostic::new(Code::E0901, "collections by `action` are no longer part of Sigma")
                .at(file, key.span, "")
                .help("write each rule out in full, in a document or a file of its own"),
        );
        return None;
    }
    unknown_keys(file, &node, findings);
    if node.get("correlation").is_some() {
        return Correlation::read(file, node, findings).map(|read| Document::Correlation(Box::new(read)));
    }
    if node.get("filter").is_some() {
        return Filter::read(file, node, findings).map(|read| Document::Filter(Box::new(read)));
    }
    if node.get("detection").is_some() {
        return Some(Document::Rule(Box::new(Rule::read(file, node, findings))));
    }
    let help = "a rule has `detection`, a correlation `correlation`, a filter `filter`";
    findings.push(refuse(Code::E0906, "this document is no Sigma rule, correlation or filter", help));
    None
}

fn unknown_keys(file: &Arc<SourceFile>, node: &Node, findings: &mut Vec<Diagnostic>) {
    for (key, _) in node.entries().iter().filter(|(key, _)| !KEYS.contains(&key.value.as_str())) {
        if let Some(near) = did_you_mean(&key.value, KEYS.iter().copied()) {
            findings.push(
                Diagnostic::new(Code::W0413, format!("`{}` is no key of Sigma, and is left out", key.value))
                    .at(file, key.span, "")
                    .help(format!("did you mean `{near}`?")),
            );
        }
    }
}
