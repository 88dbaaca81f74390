//! Selections as predicates: mappings, lists of mappings, keywords.

use super::Resolver;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::Predicate;
use crate::schema::Selection;
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// Resolves one selection. `None` when something in it is wrong.
    pub(super) fn selection(&mut self, selection: &Spanned<Selection>, scope: &Scope) -> Option<Predicate> {
        match &selection.value {
            Selection::All(items) if items.is_empty() => self.empty(selection.span),
            Selection::All(items) => {
                // Every item is resolved, so that all their findings are reported.
                let resolved: Vec<_> = items.iter().map(|item| self.item(item, scope)).collect();
                Some(Predicate::all(resolved.into_iter().collect::<Option<Vec<_>>>()?))
            }
            Selection::Any(members) if members.is_empty() => self.empty(selection.span),
            Selection::Any(members) => {
                let resolved: Vec<_> = members.iter().map(|member| self.selection(member, scope)).collect();
                Some(any(resolved.into_iter().collect::<Option<Vec<_>>>()?))
            }
            Selection::Keyword(value) => self.keyword(value, selection.span),
        }
    }

    fn empty(&mut self, span: Span) -> Option<Predicate> {
        if !self.is_spoilt(span) {
            self.report(
                self.error(Code::E0207, span, "the selection is empty").help("name at least one field"),
            );
        }
        None
    }
}

/// `Predicate::any`, with neighbouring keywords joined into one list.
pub(super) fn any(members: Vec<Predicate>) -> Predicate {
    let mut joined: Vec<Predicate> = Vec::new();
    for member in members {
        match (joined.last_mut(), member) {
            (Some(Predicate::Keyword(last)), Predicate::Keyword(next)) => {
                last.span = last.span.to(next.span);
                last.any_of.extend(next.any_of);
            }
            (_, member) => joined.push(member),
        }
    }
    Predicate::any(joined)
}
