//! The sets of events that a detection reads: its own, or its stages.
//!
//! In: the `data_source`, `detection`, `derive` and `stages` of a detection. Out: sources first, since scopes borrow them;
//! then the sets of events with their scopes. Must not know what a correlation asks of them.

use std::sync::Arc;

use super::Resolver;
use super::scope::Scope;
use crate::catalogue::Source;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::EventSet;
use crate::maps::IndexMap;
use crate::schema;
use crate::source::Spanned;
use crate::yaml::Node;

/// What the only stage of a detection without `stages` is called.
pub(super) const OWN: &str = "events";

/// One set of events as written, with its source.
pub(super) struct Written<'a> {
    /// The stage's name; that of the `data_source` key's value in a detection without stages.
    pub(super) name: Spanned<String>,
    pub(super) data_source: &'a Spanned<String>,
    pub(super) source: Arc<Source>,
    pub(super) derive: &'a IndexMap<Spanned<String>, Spanned<schema::Derivation>>,
    pub(super) block: Option<&'a Spanned<schema::Block>>,
    /// The `detection` block in the document.
    pub(super) node: Option<&'a Node>,
}

impl<'a> Resolver<'a> {
    /// What is written, with the sources looked up. `None` when one of them cannot be.
    pub(super) fn written(&mut self, detection: &'a schema::Detection) -> Option<Vec<Written<'a>>> {
        if detection.stages.is_empty() {
            return Some(vec![self.own(detection)?]);
        }
        let own = [
            ("data_source", detection.data_source.as_ref().map(|it| it.span)),
            ("detection", detection.detection.as_ref().map(|it| it.span)),
            ("derive", detection.derive.keys().next().map(|it| it.span)),
        ];
        for (key, span) in own {
            if let Some(span) = span {
                let finding = self.error(Code::E0208, span, format!("`{key}` cannot stand beside `stages`"));
                self.report(finding.help("each stage has its own"));
            }
        }
        let root: &'a Node = self.root;
        let mut all = Vec::new();
        for (name, stage) in &detection.stages {
            let valid = name.value.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !valid {
                let finding = self
                    .error(Code::E0409, name.span, format!("`{}` cannot name a stage", name.value))
                    .help("letters, digits and `_`, starting with a letter");
                self.report(finding);
            }
            let node = root.get("stages").and_then(|stages| stages.get(&name.value)?.get("detection"));
            let source = self.source(&stage.value.data_source);
            all.push(source.map(|source| Written {
                name: name.clone(),
                data_source: &stage.value.data_source,
                source,
                derive: &stage.value.derive,
                block: Some(&stage.value.detection),
                node,
            }));
        }
        all.into_iter().collect()
    }

    fn own(&mut self, detection: &'a schema::Detection) -> Option<Written<'a>> {
        let Some(data_source) = &detection.data_source else {
            self.missing("data_source", "add `data_source:`; `detc sources` lists them");
            return None;
        };
        let source = self.source(data_source)?;
        if detection.detection.is_none() {
            self.missing("detection", "add a `detection:` block with selections and a `condition`");
        }
        let root: &'a Node = self.root;
        Some(Written {
            name: Spanned::new(OWN.to_owned(), data_source.span),
            data_source,
            source,
            derive: &detection.derive,
            block: detection.detection.as_ref(),
            node: root.get("detection"),
        })
    }

    /// The sets of events with their scopes. A set whose condition is wrong is `None`; its scope is there all the same.
    pub(super) fn event_sets<'s>(
        &mut self,
        written: &'s [Written<'a>],
    ) -> Vec<(Scope<'s>, Option<EventSet>)> {
        written
            .iter()
            .map(|set| {
                let mut scope = Scope::new(&set.source);
                let derived = self.derivations(set.derive, &mut scope);
                let condition = set.block.and_then(|block| self.block(block, set.node, &scope));
                let selections = set.block.iter().flat_map(|block| selections(&block.value)).collect();
                let events = condition.map(|condition| EventSet {
                    data_source: set.data_source.clone(),
                    derived,
                    condition,
                    selections,
                });
                (scope, events)
            })
            .collect()
    }

    /// Looks a data source up.
    fn source(&mut self, id: &Spanned<String>) -> Option<Arc<Source>> {
        match self.context.catalogue.source(&id.value) {
            Some(Ok(source)) => Some(source),
            Some(Err(findings)) => {
                self.findings.extend(findings);
                None
            }
            None => {
                let near = did_you_mean(&id.value, self.context.catalogue.ids());
                let message = format!("the catalogue has no data source `{}`", id.value);
                self.report(self.error(Code::E0304, id.span, message).help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`detc sources` lists them".to_owned(),
                }));
                None
            }
        }
    }
}

/// The selections of a block: their names, and where their contents are.
fn selections(block: &schema::Block) -> impl Iterator<Item = Spanned<String>> {
    block.selections.iter().map(|(name, selection)| Spanned::new(name.value.clone(), selection.span))
}
