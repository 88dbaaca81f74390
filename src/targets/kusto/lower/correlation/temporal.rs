//! Some event of every stage within a window, in any order.
//!
//! In: the stages. Out: one summary a group in which that happens. Must not know how a window is looked through.

use super::window::{column, filter};
use super::{Build, Main};
use crate::ir::Duration;
use crate::targets::kusto::ast::{Assignment, JoinKind, Operator, Source};
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::Done;

impl Build<'_> {
    /// One of the events is the first: each stage has one from its time on, up to the window after it.
    pub(super) fn temporal(&mut self, window: Duration) -> Done<Main> {
        let groups = self.groups();
        let stage_column = self.names.column("stage");
        let everything = self.correlation.group_by.is_empty().then(|| self.names.column("group"));
        let time = self.time.clone();
        for (place, stage) in self.stages.iter_mut().enumerate() {
            stage.bring(stage_column.clone(), Expr::integer(place as i64));
            if let Some(everything) = &everything {
                // A join needs a column.
                stage.bring(everything.clone(), Expr::integer(0));
            }
            stage.write(&time);
        }
        let tables: Vec<_> = self.stages.iter_mut().map(|stage| stage.table(self.options)).collect();
        let names: Vec<_> = tables.iter().map(|table| table.name.clone()).collect();
        self.tables.extend(tables);
        let groups = groups?;
        let all = || Source::Together { names: names.clone() };
        let keys: Vec<_> = groups.by.iter().chain(&everything).cloned().collect();
        let with = |columns: &[_]| keys.iter().chain(columns).cloned().collect::<Vec<_>>();
        let buckets = self.buckets(all(), with(std::slice::from_ref(&stage_column)), window);
        let moment = with(std::slice::from_ref(&time));
        let mut operators = vec![Operator::Distinct { columns: moment.clone() }];
        self.followed(&buckets, &keys, window, &mut operators);
        let number = self.names.helper("stages");
        let count = Assignment::new(number.clone(), Expr::Call("count", Vec::new()));
        let wanted = Expr::integer(self.stages.len() as i64);
        operators.extend([
            Operator::Distinct { columns: with(&[time.clone(), stage_column]) },
            Operator::Summarize { aggregates: vec![count].into(), by: moment },
            filter([Expr::compare(column(&number), Relation::Equal, wanted)]),
            Operator::Distinct { columns: keys.clone() },
        ]);
        let found = self.define("found", all(), operators);
        let mut operators = vec![Operator::Join { kind: JoinKind::LeftSemi, with: found, on: keys }];
        let columns = self.summarize(groups, Expr::Call("count", Vec::new()), None, &mut operators);
        Ok(Main { source: all(), operators, columns })
    }
}
