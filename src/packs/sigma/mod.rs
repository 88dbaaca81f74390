//! `sigma`: a bundle of rules in the layout of SigmaHQ's repository.
//!
//! In: compiled Sigma documents. Out: one file a document, since SigmaHQ's own release script passes over files that
//! hold several: rules by log source, correlations in a folder of their own. What an environment leaves out becomes
//! filters, in a folder of their own, too; the rules then stay as they are.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Content, Entry, Kind, Options, Pack, names};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::SourceFile;
use crate::targets::sigma::Sigma;
use crate::targets::{self, Delivery, Target};
use crate::yaml::{self, Node};

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "sigma",
    about: "a bundle of Sigma rules in SigmaHQ's layout, one rule a file",
    profiles: &["sigma"],
    formats: &[],
    build,
};

/// Products whose rules stand under `rules/cloud` in SigmaHQ's repository.
const CLOUD: [&str; 7] = ["aws", "azure", "bitbucket", "gcp", "github", "m365", "okta"];

fn build(content: &Content, _: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut pack = Pack::new("");
    let target = Sigma::new(content.profile, Arc::clone(&content.catalogue));
    for entry in &content.entries {
        let text = match filtered(entry, &target) {
            Ok((text, filters)) => {
                for (index, filter) in filters.iter().enumerate() {
                    let stem = format!("{}_{}", entry.detection.metadata.slug, index + 1);
                    pack.add(&format!("filters/{}", names::file_name(&stem, "yml")), filter.as_bytes());
                }
                text
            }
            Err(found) => {
                findings.extend(found);
                continue;
            }
        };
        let parts = documents(&text);
        for (index, text) in parts.iter().enumerate() {
            let file = SourceFile::new(entry.detection.metadata.slug.as_str(), text.as_str());
            let Some(root) = yaml::parse(&file, &mut findings) else { continue };
            // The last document is the detection itself; those before it are the events that it counts.
            let stem = if index + 1 == parts.len() {
                entry.detection.metadata.slug.clone()
            } else {
                part_name(&root, entry, index)
            };
            pack.add(&format!("{}/{}", folder(&root), names::file_name(&stem, "yml")), text.as_bytes());
        }
        for needed in entry.compiled.needs.lists.iter().filter(|needed| needed.how == Delivery::Placeholder) {
            let name = &needed.list.name;
            let message = format!("sigma: the rows of the list `{name}` are not part of the bundle");
            pack.warn(
                entry
                    .finding(Code::W1001, message)
                    .help(format!("give the converter the values of the placeholder `%{name}%`")),
            );
        }
    }
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}

/// The rule, and what an environment leaves out of it: filters, so that the rule is the same in every environment.
fn filtered<'e>(entry: &'e Entry, target: &Sigma) -> Result<(Cow<'e, str>, Vec<String>), Vec<Diagnostic>> {
    if entry.detection.tuning.is_none() {
        return Ok((entry.compiled.text.as_str().into(), Vec::new()));
    }
    let plain = target.compile(&entry.detection.untuned(), targets::Options::default())?;
    Ok((plain.text.into(), target.filters(entry.detection)?))
}

/// The documents of a text, each with one line break at its end. A line that starts with `---` and a blank ends a
/// document wherever it stands (YAML 1.2.2, section 9.1.2): no scalar may hold one.
fn documents(text: &str) -> Vec<String> {
    let is_marker = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim_start() != rest || rest.is_empty())
    };
    let is_empty = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let mut parts = vec![Vec::new()];
    for line in text.lines() {
        match parts.last_mut() {
            Some(part) if !is_marker(line) => part.push(line),
            Some(_) | None => parts.push(Vec::new()),
        }
    }
    parts.retain(|part| !part.iter().all(is_empty));
    parts.iter().map(|part| part.join("\n").trim_end().to_owned() + "\n").collect()
}

/// What a rule is called that only a correlation uses.
fn part_name(root: &Node, entry: &Entry, index: usize) -> String {
    let name = root.get("name").and_then(Node::as_text).map(str::to_lowercase);
    name.filter(|name| names::check(name) == Ok(()) && !name.contains('/'))
        .unwrap_or_else(|| format!("{}_{}", entry.detection.metadata.slug, index + 1))
}

/// The folder by what the document is and, of a rule, by its log source: the product, then the category or service.
fn folder(root: &Node) -> String {
    if root.get("correlation").is_some() {
        return "rules/correlations".to_owned();
    }
    let word = |key: &str| {
        let text = root.get("logsource").and_then(|logsource| logsource.get(key)).and_then(Node::as_text);
        text.map(|text| text.to_lowercase().replace(' ', "_"))
    };
    let product = word("product");
    let log = word("category").or_else(|| word("service"));
    let top = match product.as_deref() {
        Some(product) if CLOUD.contains(&product) => format!("rules/cloud/{product}"),
        Some(product) => format!("rules/{product}"),
        None => "rules/category".to_owned(),
    };
    match log {
        Some(log) => format!("{top}/{log}"),
        None => top,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_set_apart_at_markers_only() {
        let text = "---\n# a note\ntitle: a\ntext: |\n    ---\n    x\n---\ntitle: b ---\n--- # two\ntitle: c\n----: d\n";
        assert_eq!(
            documents(text),
            ["# a note\ntitle: a\ntext: |\n    ---\n    x\n", "title: b ---\n", "title: c\n----: d\n"]
        );
    }
}
