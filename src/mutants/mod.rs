//! Mutants: what a query would be with one small mistake in it.
//!
//! In: the text of a query, as it was emitted. Out: the same text with one change each, every one of which still reads as
//! its language. Whoever runs the tests of a detection over them sees what the tests would not have noticed. Must not know
//! detections, targets, or how queries are printed: places come from the parsers of `spl`, `kql` and `yaml`.
//!
//! Changed is what decides: conditions, keys, windows and numbers, stages. What only shapes the output (`eval`, `extend`,
//! `rename`, `project`) is left alone, and so is what [`Facts`] holds.

mod change;
mod clause;
mod kql;
mod literal;
mod scan;
mod sigma;
mod spl;

#[cfg(test)]
mod tests;

use crate::maps::HashSet;
use crate::source::Span;

pub use change::{Change, Kind};

/// A query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Splunk's.
    Spl,
    /// Kusto's.
    Kql,
    /// A Sigma rule, or several in one file.
    Sigma,
}

/// Clauses that are not changed, as they are written: what is always true of a data source is said by the catalogue, and
/// no event of that source can show that it is left out.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    clauses: HashSet<String>,
}

impl Facts {
    /// The clauses of this query.
    pub fn of(language: Language, text: &str) -> Self {
        let mut facts = Self::default();
        facts.add(language, text);
        facts
    }

    /// Adds the clauses of another query.
    pub fn add(&mut self, language: Language, text: &str) {
        let none = Facts::default();
        let mut edits = Edits::new(text, &none);
        collect(language, &mut edits);
        self.clauses.extend(edits.clauses);
    }

    fn holds(&self, clause: &str) -> bool {
        self.clauses.contains(&normal(clause))
    }
}

/// All mutants of a query, in the order of their places. A query that cannot be read has none.
pub fn mutants(language: Language, text: &str, facts: &Facts) -> Vec<Change> {
    let mut edits = Edits::new(text, facts);
    collect(language, &mut edits);
    let mut changes = edits.changes;
    changes.sort_by_key(|change| (change.span.start, change.span.end, change.kind));
    let mut seen = HashSet::from_iter([text.to_owned()]);
    changes.retain(|change| {
        let mutant = change.apply(text);
        reads(language, &mutant) && seen.insert(mutant)
    });
    changes
}

fn collect(language: Language, edits: &mut Edits) {
    match language {
        Language::Spl => spl::collect(edits),
        Language::Kql => kql::collect(edits),
        Language::Sigma => sigma::collect(edits),
    }
}

fn reads(language: Language, text: &str) -> bool {
    match language {
        Language::Spl => crate::spl::parse(text).is_ok(),
        Language::Kql => crate::kql::parse(text).is_ok(),
        Language::Sigma => sigma::reads(text),
    }
}

/// The changes of a text, as they are found.
struct Edits<'a> {
    text: &'a str,
    facts: &'a Facts,
    changes: Vec<Change>,
    /// The clauses that were met, for [`Facts`].
    clauses: HashSet<String>,
}

impl<'a> Edits<'a> {
    fn new(text: &'a str, facts: &'a Facts) -> Self {
        Self { text, facts, changes: Vec::new(), clauses: HashSet::default() }
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn change(&mut self, kind: Kind, span: Span, replacement: impl Into<String>) {
        self.changes.push(Change { kind, span, replacement: replacement.into(), without: Vec::new() });
    }

    /// Notes a clause; says whether it may be changed.
    fn meet(&mut self, clause: Span) -> bool {
        let text = normal(self.slice(clause));
        let free = !self.facts.holds(&text);
        self.clauses.insert(text);
        free
    }
}

/// A clause without what means nothing: breaks of lines and repeated spaces.
fn normal(clause: &str) -> String {
    clause.split_whitespace().collect::<Vec<_>>().join(" ")
}
