//! Chains: an event of each step, none earlier than that of the step before.
//!
//! In: steps. Out: the events of the last step that end a chain. Must not know how links are written.
//!
//! A table a step: its rows are the ways to have come so far, with the time that was reached, the columns that later
//! steps ask for, and the start. Of ways that are alike in all else the one that started last is enough: whatever
//! completes another completes it. So a table has no more rows than the stage has events, unless links tell ways apart.
//! Rows that are alike stay: each join asks only whether there is one.

use super::aggregate::sorted;
use super::links::Ties;
use super::window::{added, bucket, column, filter, later, look_ahead};
use super::{Build, Main};
use crate::ir::{Duration, Number, Step};
use crate::targets::kusto::ast::{Assignment, JoinKind, Operator, Source};
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::{Done, Reported};
use crate::targets::kusto::tokens::Ident;

/// The columns of a way.
struct Way {
    keys: Vec<Ident>,
    /// When its first event was.
    start: Ident,
    /// When its last event was.
    reached: Ident,
    /// The bucket of time.
    near: Ident,
}

impl Build<'_> {
    /// Step after step, each joined to the ways up to the one before.
    pub(super) fn ordered(&mut self, steps: &[Step], window: Duration) -> Done<Main> {
        let first = steps.first().map(|step| step.stage);
        let keys =
            self.keys(|names, field| names.helper(&format!("{field}_key")), |stage| Some(stage) == first);
        let mut ties = Ties::default();
        let links: Vec<Done<Option<Expr>>> = steps
            .iter()
            .enumerate()
            .map(|(place, step)| {
                step.link.as_ref().map(|link| self.tied(link, place, steps, &mut ties)).transpose()
            })
            .collect();
        let result = steps.last().ok_or(Reported)?.stage;
        let time = self.time.clone();
        for stage in &mut self.stages {
            stage.write(&time);
        }
        let mut output = Vec::new();
        let columns = self.stages[result].lowering.output(&mut output);
        let tables: Vec<_> = self.stages.iter_mut().map(|stage| stage.table(self.options)).collect();
        self.tables.extend(tables);
        let (keys, links) = (keys?, links.into_iter().collect::<Done<Vec<_>>>()?);
        let way = Way {
            keys,
            start: self.names.helper("start"),
            reached: self.names.helper("reached"),
            near: self.names.helper("near"),
        };
        let mut ways = self.first(&steps[0], &way, &ties);
        for (place, link) in links.iter().enumerate().skip(1) {
            ways = self.next(ways, (place, steps), link.as_ref(), (&way, window), &ties);
        }
        let moment = self.moment(steps.len() - 1, &way, &ties);
        let helpers: Vec<Ident> = moment.iter().filter(|name| **name != time).cloned().collect();
        let mut operators = vec![Operator::Join { kind: JoinKind::LeftSemi, with: ways, on: moment }];
        self.results(output, helpers, &mut operators);
        let source = Source::Table { name: self.stages[result].name.clone() };
        Ok(Main { source, operators, columns })
    }

    /// The columns that decide about an event of a step.
    fn moment(&self, step: usize, way: &Way, ties: &Ties) -> Vec<Ident> {
        way.keys.iter().cloned().chain(brought(step, ties)).chain([self.time.clone()]).collect()
    }

    /// The ways of one event, or of the first so many.
    fn first(&mut self, step: &Step, way: &Way, ties: &Ties) -> Ident {
        let events = self.stages[step.stage].name.clone();
        let source = || Source::Table { name: events.clone() };
        let name = self.correlation.stages[step.stage].name.value.clone();
        let linked: Vec<Ident> = brought(0, ties).collect();
        let (mut operators, start) = match step.at_least {
            ..=1 => (Vec::new(), column(&self.time)),
            _ if linked.is_empty() => (self.counted(step, way), column(&way.start)),
            _ => {
                // Events of one time count together, whatever later steps ask of each.
                let mut counted = self.counted(step, way);
                let on: Vec<Ident> = way.keys.iter().chain([&self.time]).cloned().collect();
                let start = Assignment::new(way.start.clone(), Expr::call("max", column(&way.start)));
                counted.push(Operator::Summarize { aggregates: vec![start].into(), by: on.clone() });
                let with = self.define(&format!("{name}_begun"), source(), counted);
                (vec![Operator::Join { kind: JoinKind::Inner, with, on }], column(&way.start))
            }
        };
        let kept = way.keys.iter().chain(&linked).map(|name| Assignment::new(name.clone(), column(name)));
        let reached = Assignment::new(way.reached.clone(), column(&self.time));
        let ends = [Assignment::new(way.start.clone(), start), reached];
        operators.push(Operator::Project { columns: kept.chain(ends).collect::<Vec<_>>().into() });
        self.define(&format!("to_{name}"), source(), operators)
    }

    /// The events by which there are so many, with the time at which these began.
    fn counted(&mut self, step: &Step, way: &Way) -> Vec<Operator> {
        let back = |name: &Ident| {
            let back = Expr::Number(Number::Integer(i64::from(step.at_least) - 1));
            Expr::Call("prev", vec![column(name), back])
        };
        let enough = self.names.helper("enough");
        let same = way.keys.iter().map(|key| Expr::compare(back(key), Relation::Equal, column(key)));
        // A key is not empty, so that an equal one is there.
        let there = way.keys.is_empty().then(|| Expr::call("isnotnull", back(&self.time)));
        vec![
            sorted(way.keys.iter().chain([&self.time])),
            added(vec![
                Assignment::new(way.start.clone(), back(&self.time)),
                Assignment::new(enough.clone(), Expr::all(same.chain(there))),
            ]),
            filter([column(&enough)]),
        ]
    }

    /// The ways that lead on to the next step.
    fn next(
        &mut self,
        ways: Ident,
        (place, steps): (usize, &[Step]),
        link: Option<&Expr>,
        (way, window): (&Way, Duration),
        ties: &Ties,
    ) -> Ident {
        let step = &steps[place];
        let name = self.correlation.stages[step.stage].name.value.clone();
        // No step lasts longer than all of them.
        let reach = step.within.map_or(window, |within| within.min(window));
        let mut operators = Vec::new();
        let mut columns: Vec<Ident> = brought(place, ties).collect();
        for lookup in ties.lookups.iter().filter(|lookup| lookup.step == place) {
            operators.extend(self.look_up(lookup, &way.keys));
            columns.push(lookup.seen.clone());
        }
        let kept = way.keys.iter().chain(&columns).chain([&self.time]);
        let kept = kept.map(|name| Assignment::new(name.clone(), column(name)));
        let near = Assignment::new(way.near.clone(), bucket(&self.time, reach));
        operators.push(Operator::Project { columns: kept.chain([near]).collect::<Vec<_>>().into() });
        let events = Source::Table { name: self.stages[step.stage].name.clone() };
        let candidates = self.define(&format!("{name}_times"), events, operators);
        let on = way.keys.iter().chain([&way.near]).cloned().collect();
        let time = || column(&self.time);
        let in_time = |relation, from| Expr::compare(time(), relation, from);
        let mut conditions = vec![in_time(Relation::GreaterOrEqual, column(&way.reached))];
        if reach < window {
            conditions.push(in_time(Relation::LessOrEqual, later(column(&way.reached), reach)));
        }
        // The last step knows how long the chain took. After one event it has just begun.
        let (last, long) = (place + 1 == steps.len(), place > 1 || steps[0].at_least > 1);
        if last && (reach == window || long) {
            conditions.push(in_time(Relation::LessOrEqual, later(column(&way.start), window)));
        }
        conditions.extend(link.cloned());
        let mut operators = vec![
            look_ahead(&way.near, &way.reached, reach),
            Operator::Join { kind: JoinKind::Inner, with: candidates, on },
            filter(conditions),
        ];
        if !last {
            let kept = ties.columns.iter().filter(|(of, _, reader)| *of <= place && *reader > place);
            let start = Assignment::new(way.start.clone(), Expr::call("max", column(&way.start)));
            operators.push(added(vec![Assignment::new(way.reached.clone(), time())]));
            operators.push(Operator::Summarize {
                aggregates: vec![start].into(),
                by: way
                    .keys
                    .iter()
                    .chain(kept.map(|(_, name, _)| name))
                    .chain([&way.reached])
                    .cloned()
                    .collect(),
            });
        }
        self.define(&format!("to_{name}"), Source::Table { name: ways }, operators)
    }
}

/// The columns that a step brings along.
fn brought(step: usize, ties: &Ties) -> impl Iterator<Item = Ident> {
    ties.columns.iter().filter(move |(of, _, _)| *of == step).map(|(_, name, _)| name.clone())
}
