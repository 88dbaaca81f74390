//! Events that are not followed by another.
//!
//! In: two stages. Out: the events of the first without one of the second. Must not know how a window is looked through.

use super::window::{column, filter};
use super::{Build, Main};
use crate::ir::Duration;
use crate::targets::kusto::ast::{Assignment, JoinKind, Operator, Source};
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::{Done, Reported};

impl Build<'_> {
    /// The moments of the first stage that are answered are joined away.
    pub(super) fn absent(&mut self, window: Duration) -> Done<Main> {
        let keys = self.keys(|names, field| names.helper(&format!("{field}_key")), |stage| stage == 0);
        let time = self.time.clone();
        let [asking, answering] = self.stages.as_mut_slice() else { return Err(Reported) };
        asking.write(&time);
        answering.write(&time);
        let mut output = Vec::new();
        let columns = asking.lowering.output(&mut output);
        let (asked, answers) = (asking.name.clone(), answering.name.clone());
        let tables = [asking.table(self.options), answering.table(self.options)];
        self.tables.extend(tables);
        let keys = keys?;
        let buckets = self.buckets(Source::Table { name: answers }, keys.clone(), window);
        let moment: Vec<_> = keys.iter().chain([&time]).cloned().collect();
        let kept = moment.iter().map(|name| Assignment::new(name.clone(), column(name)));
        let mut operators = vec![Operator::Project { columns: kept.collect::<Vec<_>>().into() }];
        self.followed(&buckets, &keys, window, &mut operators);
        let answered = self.define("answered", Source::Table { name: asked.clone() }, operators);
        // Not before the window after them is over.
        let over = Expr::compare(column(&time), Relation::LessOrEqual, self.end(Some(window)));
        let mut operators =
            vec![filter([over]), Operator::Join { kind: JoinKind::LeftAnti, with: answered, on: moment }];
        self.results(output, keys, &mut operators);
        Ok(Main { source: Source::Table { name: asked }, operators, columns })
    }

    /// Results that are events: what the output says of them, without the columns that only led to them.
    pub(super) fn results(
        &self,
        output: Vec<Operator>,
        helpers: Vec<crate::targets::kusto::tokens::Ident>,
        operators: &mut Vec<Operator>,
    ) {
        operators.extend(output);
        let summarized = operators.iter().any(|operator| matches!(operator, Operator::Summarize { .. }));
        if !summarized && !helpers.is_empty() {
            operators.push(Operator::Remove { columns: helpers });
        }
    }
}
