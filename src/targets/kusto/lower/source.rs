//! Where the rows come from.
//!
//! In: the binding's origin, and the fields that tests and outputs need. Out: a table, a function, or a union whose
//! legs bring those fields to their neutral names. Must not know the condition.

use super::Lowering;
use crate::ir::Schedule;
use crate::targets::Options;
use crate::targets::kusto::ast::{Assignment, Assignments, Leg, Operator, Source};
use crate::targets::kusto::expr::{Condition, Expr, Relation};
use crate::targets::kusto::prepared::{self, Origin, Place, Rows};
use crate::targets::kusto::tokens::Ident;

impl Lowering<'_> {
    /// The source. A filter of time stands right after the table: `operators` are those of the whole query.
    pub(super) fn source(&mut self, options: Options, operators: &mut Vec<Operator>) -> Source {
        let schedule = self.detection.schedule.filter(|_| options.with_time);
        let time = schedule.map(|schedule| self.time_filter(schedule));
        let prepared = self.prepared;
        match &prepared.origin {
            Origin::One(rows) => {
                if let Some(condition) = time {
                    operators.insert(0, Operator::Where { condition });
                }
                rows_source(rows)
            }
            Origin::Union(legs) => match legs.as_slice() {
                [only] => {
                    let Leg { source, operators: first } = self.leg(only, time);
                    operators.splice(0..0, first);
                    source
                }
                _ => Source::Union { legs: legs.iter().map(|leg| self.leg(leg, time.clone())).collect() },
            },
        }
    }

    fn time_filter(&self, schedule: Schedule) -> Condition {
        let time = Expr::Name(self.prepared.time.clone());
        let ago = |duration| Expr::call("ago", Expr::Timespan(duration));
        Condition(match schedule.delay {
            None => Expr::compare(time, Relation::Greater, ago(schedule.lookback)),
            Some(delay) => {
                let from = schedule.lookback.plus(delay);
                Expr::Between(Box::new(time), Box::new(ago(from)), Box::new(ago(delay)))
            }
        })
    }

    fn leg(&self, leg: &prepared::Leg, time: Option<Condition>) -> Leg {
        let mut operators: Vec<Operator> =
            time.into_iter().map(|condition| Operator::Where { condition }).collect();
        operators.extend(leg.condition.clone().map(|condition| Operator::Facts { condition }));
        let columns: Vec<Assignment> =
            self.leg_fields.iter().filter_map(|field| brought(leg, field)).collect();
        if !columns.is_empty() {
            operators.push(Operator::Extend { columns: Assignments::from(columns) });
        }
        Leg { source: rows_source(&leg.rows), operators }
    }
}

/// How a leg brings a field to its neutral name; `None` when its column already has that name.
fn brought(leg: &prepared::Leg, field: &str) -> Option<Assignment> {
    let name = Ident::new(field);
    let value = match &leg.field(field)?.ok()?.place {
        Place::Column(column) if *column == name => return None,
        Place::Column(column) => Expr::Name(column.clone()),
        Place::Expr(fragment) | Place::Array(fragment) | Place::Pairs { list: fragment, .. } => {
            Expr::Fragment(Box::new(fragment.clone()))
        }
        Place::Constant(text) => Expr::text(text.as_str()),
    };
    Some(Assignment::new(name, value))
}

fn rows_source(rows: &Rows) -> Source {
    match rows {
        Rows::Table(name) => Source::Table { name: name.clone() },
        Rows::Function(name) => Source::Function { name: name.clone() },
    }
}
