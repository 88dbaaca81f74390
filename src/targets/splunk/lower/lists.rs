//! Tests of membership in a list: looked up, or written out.
//!
//! In: a test. Out: `lookup` commands before the `where` that asks whether a row was found; or the rows as values, where
//! a lookup would mean something else. Must not know how conditions are joined.
//!
//! A subsearch with `inputlookup` is never written: it returns 10,000 rows at most, and drops the others in silence.

use super::scope::Scope;
use super::values;
use crate::ir::{Case, ColumnType, FieldTest, Match, Membership, Piece};
use crate::source::Span;
use crate::targets::splunk::ast::Command;
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::FieldName;
use crate::targets::{Delivery, NeededList};

/// One field that is looked up in one column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LookUp {
    list: FieldName,
    column: FieldName,
    field: FieldName,
    found: FieldName,
}

/// Whether a row could fit this text.
pub(super) fn can_hold(membership: &Membership, text: &str) -> bool {
    membership.cells().any(|cell| match &cell.test {
        Match::Text { pattern, case } => pattern.matches(text, *case),
        Match::Number { .. } | Match::Network(_) => text.parse::<f64>().is_ok(),
        Match::Regex(_)
        | Match::Boolean(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => true,
    })
}

/// Whether a lookup compares these rows as a list does.
fn is_looked_up_alike(membership: &Membership) -> bool {
    let Some(column) = membership.column() else { return false };
    membership.cells().all(|cell| {
        // Splunk documents no rule for letters beyond ASCII.
        let folds = cell.text.is_ascii() || cell.text == Case::Insensitive.fold(&cell.text.to_uppercase());
        match (column.column_type, &cell.test) {
            // `WILDCARD` knows `*` alone, and no escape.
            (ColumnType::Pattern, Match::Text { pattern, .. }) => {
                let plain = !cell.text.contains(['?', '\\']);
                folds && plain && !pattern.pieces().contains(&Piece::AnyOne)
            }
            (
                ColumnType::Text
                | ColumnType::Pattern
                | ColumnType::Integer
                | ColumnType::Ip
                | ColumnType::Cidr,
                _,
            ) => folds,
        }
    })
}

impl<'a> Scope<'a> {
    /// The alternatives of a test, with the rows of a list in place of it where they must be written out: for fields
    /// with several values, whose look-up is not documented; for fields whose values are written in another way here;
    /// and where nothing can be looked up yet. `None` when a finding was reported.
    pub(super) fn with_rows(&mut self, test: &FieldTest, decides: bool) -> Option<Vec<Match>> {
        let mapped = self.value_map(&test.field).is_some();
        let mut alternatives = Vec::new();
        for alternative in &test.any_of {
            let Match::InList(membership) = alternative else {
                alternatives.push(alternative.clone());
                continue;
            };
            let rows = membership.alternatives();
            let looks_up =
                !membership.list.inline && !test.field.many && !mapped && is_looked_up_alike(membership);
            // What is empty fits nothing, in whatever way it is looked up.
            if decides && (looks_up || rows.is_empty()) {
                alternatives.push(alternative.clone());
            } else if rows.is_empty() {
                self.refuse(
                    &format!("a derivation over the list `{}`", membership.list.name),
                    "the list is empty, and what is derived cannot look it up",
                    test.span,
                    "add a row to the list",
                );
                return None;
            } else {
                NeededList::new(membership, Delivery::Inline).add_to(&mut self.needed);
                alternatives.extend(rows);
            }
        }
        Some(alternatives)
    }

    /// Whether the field's value is listed: never null.
    pub(super) fn listed(
        &mut self,
        membership: &Membership,
        value: &EvalExpr,
        span: Span,
    ) -> Option<EvalExpr> {
        let name = &membership.list.name;
        let column = membership.column().and_then(|column| FieldName::new(&column.name));
        let (Some(list), Some(column), EvalExpr::Field(field)) = (FieldName::new(name), column, value) else {
            self.refuse(
                &format!("a look-up in the list `{name}`"),
                "what is looked up is not a field there",
                span,
                "write `inline: true` into the list",
            );
            return None;
        };
        NeededList::new(membership, Delivery::Lookup).add_to(&mut self.needed);
        let known = self
            .look_ups
            .iter()
            .find(|known| known.list == list && known.column == column && known.field == *field)
            .map(|known| known.found.clone());
        let found = match known {
            Some(found) => found,
            None => {
                let found = self.free_name(name)?;
                let field = field.clone();
                self.look_ups.push(LookUp { list, column, field, found: found.clone() });
                found
            }
        };
        let found = EvalExpr::Field(found);
        // What an empty cell matches is not documented, and only the key column has none.
        Some(if membership.is_key() {
            EvalExpr::Call("isnotnull", vec![found])
        } else {
            let cell = EvalExpr::Call("coalesce", vec![found, values::empty_text()]);
            EvalExpr::binary(cell, "!=", values::empty_text())
        })
    }

    /// A name that nothing else in the search has.
    fn free_name(&self, list: &str) -> Option<FieldName> {
        let taken = |name: &str| {
            self.derivations().iter().any(|derived| *derived.field.name == *name)
                || self.binding.fields.contains_key(name)
                || self.binding.fields.values().any(|bound| bound.place.reads().contains(&name))
                || self.look_ups.iter().any(|known| known.found.as_str() == name)
        };
        let names = std::iter::once(format!("in_{list}")).chain((2..).map(|n| format!("in_{list}_{n}")));
        names.into_iter().find(|name| !taken(name)).and_then(|name| FieldName::new(&name))
    }

    /// The `where` with the look-ups that it asks about before it, and without what they leave behind. What an event
    /// calls by the name of a result is removed first: it must not pass for listed.
    pub(super) fn with_look_ups(&mut self, filter: Command) -> Vec<Command> {
        let look_ups = std::mem::take(&mut self.look_ups);
        if look_ups.is_empty() {
            return vec![filter];
        }
        let cleared =
            look_ups.iter().filter_map(|look_up| Some((look_up.found.as_target()?, EvalExpr::null())));
        let mut commands = vec![Command::Eval { assignments: cleared.collect() }];
        let fields = look_ups.iter().map(|look_up| look_up.found.clone()).collect();
        commands.extend(look_ups.into_iter().map(|LookUp { list, column, field, found }| Command::Lookup {
            list,
            column,
            field,
            found,
        }));
        commands.extend([filter, Command::Remove { fields }]);
        commands
    }

    /// The lists that the search needs.
    pub(super) fn needed_lists(&mut self) -> Vec<NeededList> {
        std::mem::take(&mut self.needed)
    }
}
