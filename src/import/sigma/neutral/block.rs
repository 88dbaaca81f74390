//! The block of a rule, with those of the filters for it.
//!
//! In: a rule, its filters, and which selections nothing uses. Out: the lines below `detection:`, as their authors laid them
//! out wherever that can be kept, and what is left out. Must not know metadata.

use super::notes::{self, Note};
use super::{Filter, Rule, Unused};
use crate::import::neutral::{block_text, laid_out, verbatim};
use crate::import::sigma::joining::{self, Guest};
use crate::schema::Block;
use crate::source::{Span, Spanned};
use crate::yaml::Comment;

/// Everything that stands in one block.
pub(super) struct Whole<'a> {
    /// The lines.
    pub(super) text: String,
    /// The selections of the rule that are left out.
    unused: Vec<String>,
    filters: Vec<Part<'a>>,
}

/// A filter in the block of a rule.
struct Part<'a> {
    filter: &'a Filter,
    /// What its selections are called together.
    name: String,
    unused: Vec<String>,
}

impl<'a> Whole<'a> {
    /// `None` when the rule has no block, which has been reported.
    pub(super) fn of(rule: &Rule, filters: &[&'a Filter], unused: &Unused) -> Option<Self> {
        let node = rule.root.get("detection")?;
        let mut host = rule.block.clone()?.value;
        let unused_of_rule = drain(&mut host, |place| unused.has(&rule.file, place));
        if filters.is_empty() {
            let text = block_text(&host, verbatim(&rule.file, node, &host, &str::to_owned));
            return Some(Self { text, unused: unused_of_rule, filters: Vec::new() });
        }
        let mut blocks = Vec::new();
        let mut parts = Vec::new();
        for filter in filters {
            let mut block = filter.block.clone();
            let unused = drain(&mut block, |place| unused.has(&filter.file, place));
            blocks.push(block);
            parts.push(Part { filter, name: String::new(), unused });
        }
        let titled: Vec<(&str, &Block)> =
            filters.iter().map(|filter| filter.metadata.shown_title()).zip(&blocks).collect();
        let guests = Guest::all(&host, &titled);
        let condition = joining::condition(&host, &guests);
        host.condition.clear();
        let mut texts = vec![block_text(&host, verbatim(&rule.file, node, &host, &str::to_owned))];
        for (part, guest) in parts.iter_mut().zip(&guests) {
            let filter = part.filter;
            texts.push(format!("  # Filter: {}", Comment(filter.metadata.shown_title().to_owned())));
            texts.push(renamed(filter, guest)?);
            part.name.clone_from(&guest.name);
        }
        let place = Span::default();
        texts.push(laid_out(&Block {
            selections: Vec::new(),
            condition: vec![Spanned::new(condition, place)],
        }));
        Some(Self { text: texts.join("\n"), unused: unused_of_rule, filters: parts })
    }

    /// What is left out of the rule's block, and the keys of the filters that have no place. `stage` is the rule's, where
    /// it is one.
    pub(super) fn notes(&self, stage: Option<&str>) -> Vec<Note> {
        let mut notes: Vec<Note> = notes::of_unused("detection", stage, &self.unused).into_iter().collect();
        for part in &self.filters {
            let Part { filter, name, unused } = part;
            notes.extend(notes::of_part(&filter.document, name, &["title", "logsource"]));
            notes.extend(notes::of_unused("filter", Some(name), unused));
        }
        notes
    }
}

/// The selections of a filter under the names that they have beside the rule's.
fn renamed(filter: &Filter, guest: &Guest) -> Option<String> {
    let called = |name: &str| guest.called(name);
    let mut block = guest.block.clone();
    block.condition.clear();
    block.selections.iter_mut().for_each(|(name, _)| name.value = called(&name.value));
    let node = filter.root.get("detection")?;
    Some(block_text(&block, verbatim(&filter.file, node, &block, &called)))
}

/// Takes the selections of some places out of a block; says how they are called.
fn drain(block: &mut Block, is_out: impl Fn(Span) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    block.selections.retain(|(name, _)| {
        let out = is_out(name.span);
        if out {
            names.push(name.value.clone());
        }
        !out
    });
    names
}
