//! Which of the author's selections a part of the condition comes from.
//!
//! In: the names of the selections with their places. Out: the selection that a predicate lies in, and predicates
//! grouped by it. It decides how a rule is laid out, never what it means. Must not know how a selection is written.

use crate::ir::Predicate;
use crate::source::{Span, Spanned};

/// Words that have a meaning of their own in a `detection` block or its condition.
const RESERVED: [&str; 9] = ["all", "and", "any", "condition", "not", "of", "or", "them", "timeframe"];

/// Where a predicate was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// In no selection that is known.
    Unknown,
    /// In this selection, by index.
    Selection(usize),
    /// Here and there.
    Several,
}

impl Origin {
    fn and(self, other: Self) -> Self {
        if self == other { self } else { Origin::Several }
    }
}

/// The author's selections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origins<'a>(pub(super) &'a [Spanned<String>]);

impl Origins<'_> {
    /// Where a predicate was written.
    pub(super) fn of(self, predicate: &Predicate) -> Origin {
        match predicate {
            Predicate::Field(test) => self.at(test.span),
            Predicate::Keyword(keyword) => self.at(keyword.span),
            Predicate::Not(inner) => self.of(inner),
            Predicate::All(members) | Predicate::Any(members) => {
                members.iter().map(|member| self.of(member)).reduce(Origin::and).unwrap_or(Origin::Unknown)
            }
        }
    }

    fn at(self, span: Span) -> Origin {
        let holds = |outer: Span| outer.start <= span.start && span.end <= outer.end;
        let found = self.0.iter().position(|selection| holds(selection.span));
        found.map_or(Origin::Unknown, Origin::Selection)
    }

    /// Members by origin, in order of first appearance. A member that lies in several selections stands alone.
    pub(super) fn group<'p>(self, members: &[&'p Predicate]) -> Vec<(Origin, Vec<&'p Predicate>)> {
        let mut groups: Vec<(Origin, Vec<&Predicate>)> = Vec::new();
        for member in members {
            let origin = self.of(member);
            match groups.iter_mut().find(|(known, _)| *known == origin && origin != Origin::Several) {
                Some((_, group)) => group.push(member),
                None => groups.push((origin, vec![member])),
            }
        }
        groups
    }

    /// The name of a selection, with underscores for characters that not every reader takes. None where it starts with
    /// an underscore, which `them` leaves out, or is a word of the language.
    pub(super) fn name(self, origin: Origin) -> Option<String> {
        let Origin::Selection(index) = origin else { return None };
        let name = self.0.get(index)?.value.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !RESERVED.contains(&name.to_ascii_lowercase().as_str());
        plain.then_some(name)
    }
}
