//! Aggregates over a window that slides with the events of a group.
//!
//! In: one stage, what is computed and where it must lie. Out: one summary a group. Must not know other patterns.
//!
//! A number of events that has only to be reached: the rows in order, and of each the one so many rows before it. All
//! else by *edges*: each event becomes two rows, one when it enters the window and one when it leaves it, a window later.
//! Running sums over the rows in order then are the aggregate of the window. What enters at a moment comes before what
//! leaves then, since both ends of a window count; and of the rows that enter at one moment only the last is looked at,
//! since all of them count together.

use super::groups::Groups;
use super::stage::StageTable;
use super::window::{added, column, later};
use super::{Build, Main};
use crate::ir::{Aggregate, Bound, Duration, Field, FieldType, Number, Range};
use crate::targets::Verdict;
use crate::targets::kusto::ast::{Assignment, Operator, SortKey};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Operation, Relation};
use crate::targets::kusto::lower::{Done, Reported};
use crate::targets::kusto::tokens::Ident;

/// What is asked of the rows at the edges.
pub(super) struct Asked {
    /// Running sums.
    pub(super) sums: Vec<Assignment>,
    /// What they must show.
    pub(super) holds: Expr,
    /// The number of events, from the edges.
    pub(super) count: Expr,
}

/// The columns of the edges.
pub(super) struct Edges {
    /// 1 where an event enters, -1 where it leaves.
    pub(super) edge: Ident,
    /// When.
    at: Ident,
    /// Whether the rows before belong to another group; nothing when there are no groups.
    restart: Option<Expr>,
}

impl Edges {
    /// The sum of the rows up to this one, in the group.
    pub(super) fn running(&self, term: Expr) -> Expr {
        Expr::Call("row_cumsum", std::iter::once(term).chain(self.restart.clone()).collect())
    }

    /// An event enters the window.
    pub(super) fn enters(&self) -> Expr {
        Expr::compare(column(&self.edge), Relation::Equal, Expr::integer(1))
    }

    /// An event leaves it.
    pub(super) fn leaves(&self) -> Expr {
        Expr::compare(column(&self.edge), Relation::Equal, Expr::integer(-1))
    }
}

impl Build<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate, range: &Range, window: Duration) -> Done<Main> {
        let groups = self.groups();
        match (aggregate, range.reached_at()) {
            (Aggregate::EventCount, Some(number)) => self.reached(number, window, groups),
            (Aggregate::EventCount, None) => {
                let (groups, mut operators, main) = self.rows(groups, Ok(()))?;
                let edges = self.edges(&groups.0, window, &mut operators);
                let total = self.names.column("total");
                let sums = vec![Assignment::new(total.clone(), edges.running(column(&edges.edge)))];
                let asked = Asked { sums, holds: within(&column(&total), range), count: edges.enters() };
                Ok(self.judged(groups.0, edges, asked, operators, main))
            }
            (Aggregate::ValueCount(field), _) => self.distinct_values(field, range, window, groups),
            (Aggregate::Sum(field) | Aggregate::Average(field) | Aggregate::Percentile { field, .. }, _) => {
                let value = self.names.column("value");
                let measured = self.measured(field, &value, aggregate);
                let (groups, mut operators, main) = self.rows(groups, measured)?;
                let edges = self.edges(&groups.0, window, &mut operators);
                let asked = self.asked(aggregate, range, (&value, groups.1), &edges);
                Ok(self.judged(groups.0, edges, asked, operators, main))
            }
        }
    }

    /// The rows of the only stage with their columns.
    pub(super) fn rows<T>(
        &mut self,
        groups: Done<Groups>,
        more: Done<T>,
    ) -> Done<((Groups, T), Vec<Operator>, Main)> {
        let time = self.time.clone();
        let [stage] = self.stages.as_mut_slice() else { return Err(Reported) };
        stage.write(&time);
        let table = stage.table(self.options);
        let main = Main { source: table.source, operators: Vec::new(), columns: Vec::new() };
        Ok(((groups?, more?), table.operators, main))
    }

    /// So many events: the one that many rows before is of the same group and not too old. Which of several events of one
    /// moment stands first does not matter, since only groups and times are compared.
    fn reached(&mut self, number: u64, window: Duration, groups: Done<Groups>) -> Done<Main> {
        let ((groups, ()), mut operators, main) = self.rows(groups, Ok(()))?;
        let back = |name: &Ident| {
            Expr::Call("prev", vec![column(name), Expr::Number(Number::Integer(number as i64 - 1))])
        };
        let holds = (number > 1).then(|| {
            operators.push(sorted(groups.by.iter().chain([&self.time])));
            let same = groups.by.iter().map(|key| Expr::compare(back(key), Relation::Equal, column(key)));
            let recent =
                Expr::compare(column(&self.time), Relation::LessOrEqual, later(back(&self.time), window));
            let reached = self.names.column("reached");
            operators.push(added(vec![Assignment::new(reached.clone(), Expr::all(same.chain([recent])))]));
            column(&reached)
        });
        let count = Expr::Call("count", Vec::new());
        let columns = self.summarize(groups, count, holds, &mut operators);
        Ok(Main { operators, columns, ..main })
    }

    /// Two rows an event, in order.
    pub(super) fn edges(
        &mut self,
        groups: &Groups,
        window: Duration,
        operators: &mut Vec<Operator>,
    ) -> Edges {
        let (edge, at) = (self.names.column("edge"), self.names.column("at"));
        let others = groups
            .by
            .iter()
            .map(|key| Expr::compare(column(key), Relation::Equal, Expr::call("prev", column(key))).negate());
        let restart = (!groups.by.is_empty()).then(|| Expr::any(others));
        let edges = Edges { edge, at, restart };
        operators.push(Operator::Spread {
            name: edges.edge.clone(),
            list: Expr::Dynamic("[1, -1]"),
            to: Some("long"),
            place: None,
        });
        let left = later(column(&self.time), window);
        let moment = Expr::Call("iff", vec![edges.enters(), column(&self.time), left]);
        operators.push(added(vec![Assignment::new(edges.at.clone(), moment)]));
        edges
    }

    /// Sums up over the edges, and keeps the groups in which what is asked holds.
    pub(super) fn judged(
        &mut self,
        groups: Groups,
        edges: Edges,
        asked: Asked,
        mut operators: Vec<Operator>,
        main: Main,
    ) -> Main {
        let Operator::Sort { mut by } = sorted(groups.by.iter().chain([&edges.at])) else { return main };
        by.push(SortKey { column: edges.edge.clone(), descending: true });
        operators.push(Operator::Sort { by });
        // The last row that enters at its moment.
        let next = |name: &Ident| Expr::call("next", column(name));
        let leaves = Expr::compare(
            Expr::Call("next", vec![column(&edges.edge), Expr::integer(1), Expr::integer(-1)]),
            Relation::Equal,
            Expr::integer(-1),
        );
        let others = [&edges.at].into_iter().chain(&groups.by);
        let others = others.map(|name| Expr::compare(next(name), Relation::Equal, column(name)).negate());
        let decides = Expr::all([edges.enters(), Expr::any(std::iter::once(leaves).chain(others))]);
        let decides_name = self.names.column("decides");
        let mut columns = asked.sums;
        columns.push(Assignment::new(decides_name.clone(), decides));
        operators.push(added(columns));
        let count = Expr::call("countif", asked.count);
        let holds = Expr::all([column(&decides_name), asked.holds]);
        let columns = self.summarize(groups, count, Some(holds), &mut operators);
        Main { operators, columns, ..main }
    }

    /// The number that is aggregated, as a column; whether it is a real one.
    fn measured(&mut self, field: &Field, name: &Ident, aggregate: &Aggregate) -> Done<bool> {
        let span = self.correlation.span;
        let [stage] = self.stages.as_mut_slice() else { return Err(Reported) };
        let (scalar, values) = stage.scalar(field, span)?;
        let context = stage.context(&field.name, span);
        if values.is_some() {
            let reason = "its values are written in another way there";
            return Err(stage.lowering.refuse(context, "an aggregate", reason));
        }
        let real = match scalar.column_type {
            Type::Int | Type::Long => false,
            Type::Real => true,
            Type::String => field.field_type == FieldType::Real,
            Type::Bool | Type::Datetime | Type::Guid | Type::Dynamic => {
                let reason = format!("the value there is of type {}", scalar.column_type.name());
                return Err(stage.lowering.refuse(context, "an aggregate", &reason));
            }
        };
        let sums = matches!(aggregate, Aggregate::Sum(_) | Aggregate::Average(_));
        if real && sums {
            self::rounded(stage, field)?;
        }
        let read = if real { "todouble" } else { "tolong" };
        stage.bring(name.clone(), Expr::call(read, scalar.expr));
        Ok(real)
    }

    fn asked(
        &mut self,
        aggregate: &Aggregate,
        range: &Range,
        (value, real): (&Ident, bool),
        edges: &Edges,
    ) -> Asked {
        // Neither a missing number nor an infinite one counts.
        let counts = Expr::call(if real { "isfinite" } else { "isnotnull" }, column(value));
        let zero = || if real { Expr::Number(Number::Real(0.0)) } else { Expr::integer(0) };
        let signed = Expr::arithmetic(column(&edges.edge), Operation::Times, column(value));
        let sum = edges.running(Expr::Call("iff", vec![counts.clone(), signed, zero()]));
        let counted = |condition| {
            edges.running(Expr::Call("iff", vec![condition, column(&edges.edge), Expr::integer(0)]))
        };
        let count = edges.enters();
        let some = |number: &Ident| Expr::compare(column(number), Relation::Greater, Expr::integer(0));
        match aggregate {
            Aggregate::Average(_) => {
                let (total, number) = (self.names.column("total"), self.names.column("values"));
                let average = Expr::arithmetic(
                    Expr::call("todouble", column(&total)),
                    Operation::Over,
                    column(&number),
                );
                let sums =
                    vec![Assignment::new(total, sum), Assignment::new(number.clone(), counted(counts))];
                Asked { sums, holds: Expr::all([some(&number), within(&average, range)]), count }
            }
            Aggregate::Percentile { percent, .. } => {
                let number = self.names.column("values");
                let mut sums = vec![Assignment::new(number.clone(), counted(counts.clone()))];
                let real = |number| Expr::Number(Number::Real(number));
                let share = Expr::arithmetic(real(*percent), Operation::Times, column(&number));
                let share = Expr::arithmetic(share, Operation::Over, real(100.0));
                // As the reference does, so that a whole rank is not rounded up.
                let rank = Expr::call("ceiling", Expr::arithmetic(share, Operation::Minus, real(1e-9)));
                let mut holds = vec![some(&number)];
                // The value of that rank is above a bound if fewer values are not: so for each end of the range.
                let ends = [(range.lower, true), (range.upper, false)];
                for (bound, is_lower) in ends {
                    let Some(bound) = bound else { continue };
                    let below = self.names.column(if is_lower { "below" } else { "inside" });
                    let relation =
                        if bound.inclusive == is_lower { Relation::Less } else { Relation::LessOrEqual };
                    let test = Expr::compare(column(value), relation, Expr::Number(bound.value));
                    sums.push(Assignment::new(below.clone(), counted(Expr::all([counts.clone(), test]))));
                    let relation = if is_lower { Relation::Less } else { Relation::GreaterOrEqual };
                    holds.push(Expr::compare(column(&below), relation, rank.clone()));
                }
                Asked { sums, holds: Expr::all(holds), count }
            }
            Aggregate::Sum(_) | Aggregate::EventCount | Aggregate::ValueCount(_) => {
                let total = self.names.column("total");
                let holds = within(&column(&total), range);
                Asked { sums: vec![Assignment::new(total, sum)], holds, count }
            }
        }
    }
}

/// Running sums of numbers with a fraction keep what rounding left of values that are gone.
fn rounded(stage: &mut StageTable, field: &Field) -> Done<()> {
    let context = stage.context(&field.name, stage.lowering.detection.metadata.name.span);
    let reason =
        "a running sum of numbers with a fraction is rounded, so that a sum near the bound may miss it";
    stage.lowering.lose(context, "rounded-sum", Verdict::Narrowed, reason)
}

/// Whether a number lies in a range.
pub(super) fn within(number: &Expr, range: &Range) -> Expr {
    let Range { lower, upper } = range;
    if let (Some(lower), Some(upper)) = (lower, upper)
        && lower == upper
    {
        return Expr::compare(number.clone(), Relation::Equal, Expr::Number(lower.value));
    }
    let end = |bound: &Option<Bound>, inclusive, exclusive| {
        bound.map(|bound| {
            let relation = if bound.inclusive { inclusive } else { exclusive };
            Expr::compare(number.clone(), relation, Expr::Number(bound.value))
        })
    };
    let lower = end(lower, Relation::GreaterOrEqual, Relation::Greater);
    let upper = end(upper, Relation::LessOrEqual, Relation::Less);
    Expr::all(lower.into_iter().chain(upper))
}

/// Rows in the order of these columns.
pub(super) fn sorted<'n>(columns: impl Iterator<Item = &'n Ident>) -> Operator {
    Operator::Sort { by: columns.map(|name| SortKey { column: name.clone(), descending: false }).collect() }
}
