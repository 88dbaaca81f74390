//! The number of different values in a window that slides.
//!
//! In: one stage and a field. Out: one summary a group. Must not know other aggregates.
//!
//! Of one group and value the events in order: a value enters with an event when none of its own lies in the window
//! before, and leaves a window after an event when none of its own follows in that window. In between it counts once.
//! `dcount` would estimate, and a set of all values in a window would be made anew for each event.

use super::aggregate::{Asked, sorted, within};
use super::groups::Groups;
use super::window::{added, column, later};
use super::{Build, Main};
use crate::ir::{Duration, Field, Match, Range};
use crate::targets::kusto::ast::{Assignment, Operator};
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::fields::Held;
use crate::targets::kusto::lower::{Done, Reported};
use crate::targets::kusto::tokens::Ident;

impl Build<'_> {
    /// Counts the different values of a field.
    pub(super) fn distinct_values(
        &mut self,
        field: &Field,
        range: &Range,
        window: Duration,
        groups: Done<Groups>,
    ) -> Done<Main> {
        let value = self.names.column("value");
        let listed = self.values_of(field, &value);
        let ((groups, listed), mut operators, main) = self.rows(groups, listed)?;
        let place = listed.then(|| self.names.column("place"));
        if let Some(place) = &place {
            // The event itself comes first, and then its values: it must be counted, and once.
            let several = Expr::compare(
                Expr::call("array_length", column(&value)),
                Relation::Greater,
                Expr::integer(0),
            );
            let nothing = || Expr::Dynamic("[\"\"]");
            let with_event = Expr::Call("array_concat", vec![nothing(), column(&value)]);
            let list = Expr::Call("iff", vec![several, with_event, nothing()]);
            let (name, place) = (value.clone(), Some(place.clone()));
            operators.push(Operator::Spread { name, list, to: None, place });
            let folded = Expr::call("tolower", Expr::call("tostring", column(&value)));
            operators.push(added(vec![Assignment::new(value.clone(), folded)]));
        }
        operators.push(sorted(groups.by.iter().chain([&value, &self.time])));
        let (enters, leaves) = (self.names.column("enters"), self.names.column("leaves"));
        let is_value = Expr::call("isnotempty", column(&value));
        let edge_of_value = |function: &'static str| {
            let beside = |name: &Ident| Expr::call(function, column(name));
            let others = groups.by.iter().chain([&value]);
            let mut cases: Vec<Expr> = others
                .map(|name| Expr::compare(beside(name), Relation::Equal, column(name)).negate())
                .collect();
            let (earlier, moment) = match function {
                "prev" => (beside(&self.time), column(&self.time)),
                _ => (column(&self.time), beside(&self.time)),
            };
            cases.push(Expr::compare(later(earlier, window), Relation::Less, moment));
            Expr::all([is_value.clone(), Expr::any(cases)])
        };
        operators.push(added(vec![
            Assignment::new(enters.clone(), edge_of_value("prev")),
            Assignment::new(leaves.clone(), edge_of_value("next")),
        ]));
        let edges = self.edges(&groups, window, &mut operators);
        let change = Expr::Call(
            "case",
            vec![
                Expr::all([edges.enters(), column(&enters)]),
                Expr::integer(1),
                Expr::all([edges.leaves(), column(&leaves)]),
                Expr::integer(-1),
                Expr::integer(0),
            ],
        );
        let total = self.names.column("total");
        let of_events = place.map(|place| Expr::compare(column(&place), Relation::Equal, Expr::integer(0)));
        let asked = Asked {
            sums: vec![Assignment::new(total.clone(), edges.running(change))],
            holds: within(&column(&total), range),
            count: Expr::all(std::iter::once(edges.enters()).chain(of_events)),
        };
        Ok(self.judged(groups, edges, asked, operators, main))
    }

    /// The field as a column; whether it is a list.
    fn values_of(&mut self, field: &Field, name: &Ident) -> Done<bool> {
        let span = self.correlation.span;
        let [stage] = self.stages.as_mut_slice() else { return Err(Reported) };
        match stage.held(field, span)? {
            Held::One(_) => {
                let found = stage.comparable(field, span)?;
                stage.bring(name.clone(), found.text);
                Ok(false)
            }
            Held::Many { array, .. } => {
                let context = stage.context(&field.name, span);
                stage.lowering.consent_to_field(field, &[&Match::Present], context, false)?;
                stage.bring(name.clone(), array);
                Ok(true)
            }
            Held::Pairs { .. } => {
                let context = stage.context(&field.name, span);
                let reason = "it has no single text: `derive` a `pair` first";
                Err(stage.lowering.refuse(context, "a count of a list of names and values", reason))
            }
        }
    }
}
