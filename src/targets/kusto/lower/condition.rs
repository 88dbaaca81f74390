//! Boolean structure.
//!
//! In: a predicate of the IR. Out: one expression that holds exactly for its events. Must not know how a single test is
//! written.

use super::refuse::Context;
use super::{Done, Lowering, Reported, decided_by, positive};
use crate::ir::{Case, Keyword, Predicate};
use crate::targets::Polarity;
use crate::targets::kusto::expr::Expr;
use crate::targets::kusto::fragment::Fragment;

impl Lowering<'_> {
    /// Lowers a predicate. `strict` asks for an expression that is never null, since it stands under a negation.
    pub(super) fn predicate(
        &mut self,
        predicate: &Predicate,
        polarity: Polarity,
        strict: bool,
    ) -> Done<Expr> {
        match predicate {
            Predicate::All(members) => {
                let decided = decided_by(&positive(members), true);
                self.members(members, decided, polarity, strict).map(Expr::all)
            }
            Predicate::Any(members) => {
                let decided = decided_by(&positive(members), false);
                self.members(members, decided, polarity, strict).map(Expr::any)
            }
            Predicate::Not(inner) => self.predicate(inner, polarity.flipped(), true).map(Expr::negate),
            Predicate::Field(test) => self.test(test, polarity, strict),
            Predicate::Keyword(keyword) => self.keyword(keyword),
        }
    }

    fn members(
        &mut self,
        members: &[Predicate],
        decided: Vec<std::sync::Arc<str>>,
        polarity: Polarity,
        strict: bool,
    ) -> Done<Vec<Expr>> {
        self.companions.push(decided);
        let lowered: Vec<Done<Expr>> =
            members.iter().map(|member| self.predicate(member, polarity, strict)).collect();
        self.companions.pop();
        lowered.into_iter().collect()
    }

    /// The event's text. Several tests of a text that must be put together share a column.
    fn whole_event(&mut self, fragment: &Fragment, context: Context) -> Done<Expr> {
        let is_column = fragment.names().any(|name| name == fragment.text());
        if is_column || keywords(self.condition) < 2 {
            return self.read_fragment(fragment, context.span);
        }
        let key = "text of the event".to_owned();
        self.computed_as(key, "EventText", |lowering| lowering.read_fragment(fragment, context.span))
            .map(Expr::Name)
    }

    fn keyword(&mut self, keyword: &Keyword) -> Done<Expr> {
        let prepared = self.prepared;
        let context =
            Context { field: "keywords", span: keyword.span, polarity: Polarity::Positive, strict: false };
        let Some(fragment) = &prepared.keywords else {
            let message = format!("{}: a keyword", self.profile.id);
            return Err(self.report(
                crate::diagnostics::Code::E0501,
                message,
                keyword.span,
                "the table has no column with the whole event's text",
                "test a field, for instance `FIELD|contains`".to_owned(),
            ));
        };
        let whole = self.whole_event(fragment, context)?;
        let tests = keyword
            .any_of
            .iter()
            .map(|pattern| {
                self.text(whole.clone(), pattern, Case::Insensitive, context).map(|test| test.into_expr())
            })
            .collect::<Result<Vec<Expr>, Reported>>()?;
        Ok(Expr::any(tests))
    }
}

/// How many texts are looked for anywhere in the event.
fn keywords(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => members.iter().map(keywords).sum(),
        Predicate::Not(inner) => keywords(inner),
        Predicate::Keyword(keyword) => keyword.any_of.len(),
        Predicate::Field(_) => 0,
    }
}
