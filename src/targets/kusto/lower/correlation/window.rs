//! Windows of time: sums of moments and durations, and buckets through which partners are found.
//!
//! In: columns and a length. Out: expressions and operators. Must not know what is looked for.
//!
//! A window that begins at a moment and is as long as a bucket reaches into that moment's bucket and into the next, and
//! into no other. Source: "Time window join" in Microsoft's reference.

use super::Build;
use crate::ir::Duration;
use crate::targets::kusto::ast::{Assignment, JoinKind, Operator, Source};
use crate::targets::kusto::expr::{Condition, Expr, Operation, Relation};
use crate::targets::kusto::tokens::Ident;

/// Buckets of a table: the first and last time in each.
pub(super) struct Buckets {
    /// The table, with a row a group and bucket.
    pub(super) table: Ident,
    /// Its columns, and that by which rows look into it.
    near: Ident,
    first: Ident,
    last: Ident,
}

/// A column.
pub(super) fn column(name: &Ident) -> Expr {
    Expr::Name(name.clone())
}

/// This much later.
pub(super) fn later(moment: Expr, by: Duration) -> Expr {
    Expr::arithmetic(moment, Operation::Plus, Expr::Timespan(by))
}

/// The start of the bucket.
pub(super) fn bucket(time: &Ident, length: Duration) -> Expr {
    Expr::Call("bin", vec![column(time), Expr::Timespan(length)])
}

/// One row for the bucket of this time and one for the next.
pub(super) fn look_ahead(near: &Ident, time: &Ident, length: Duration) -> Operator {
    let own = bucket(time, length);
    let list = Expr::Call("pack_array", vec![own.clone(), later(own, length)]);
    Operator::Spread { name: near.clone(), list, to: Some("datetime"), place: None }
}

/// A filter.
pub(super) fn filter(conditions: impl IntoIterator<Item = Expr>) -> Operator {
    Operator::Where { condition: Condition(Expr::all(conditions)) }
}

/// Added columns.
pub(super) fn added(columns: Vec<Assignment>) -> Operator {
    Operator::Extend { columns: columns.into() }
}

impl Build<'_> {
    /// The moment up to which a run looks, or this much before it.
    pub(super) fn end(&self, before: Option<Duration>) -> Expr {
        let back = match (before, self.delay) {
            (Some(before), Some(delay)) => Some(before.plus(delay)),
            (before, delay) => before.or(delay),
        };
        match back {
            Some(back) => Expr::call("ago", Expr::Timespan(back)),
            None => Expr::Call("now", Vec::new()),
        }
    }

    /// Gathers the times of a table in buckets.
    pub(super) fn buckets(&mut self, source: Source, by: Vec<Ident>, length: Duration) -> Buckets {
        let near = self.names.helper("near");
        let (first, last) = (self.names.helper("first_"), self.names.helper("last_"));
        let of_time = |function| Expr::call(function, column(&self.time));
        let aggregates = vec![
            Assignment::new(first.clone(), of_time("min")),
            Assignment::new(last.clone(), of_time("max")),
        ];
        let operators = vec![
            added(vec![Assignment::new(near.clone(), bucket(&self.time, length))]),
            Operator::Summarize {
                aggregates: aggregates.into(),
                by: by.into_iter().chain([near.clone()]).collect(),
            },
        ];
        let table = self.define("buckets", source, operators);
        Buckets { table, near, first, last }
    }

    /// Keeps the rows that have something in these buckets, of the same `keys`, from their time on for this long; once
    /// for each row of the buckets in which it is.
    pub(super) fn followed(
        &self,
        buckets: &Buckets,
        keys: &[Ident],
        length: Duration,
        operators: &mut Vec<Operator>,
    ) {
        operators.push(look_ahead(&buckets.near, &self.time, length));
        let on = keys.iter().chain([&buckets.near]).cloned().collect();
        operators.push(Operator::Join { kind: JoinKind::Inner, with: buckets.table.clone(), on });
        let time = || column(&self.time);
        operators.push(filter([
            Expr::compare(column(&buckets.last), Relation::GreaterOrEqual, time()),
            Expr::compare(column(&buckets.first), Relation::LessOrEqual, later(time(), length)),
        ]));
    }
}
