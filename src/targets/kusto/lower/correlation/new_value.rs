//! Combinations of values that a baseline does not have.
//!
//! In: one stage and fields. Out: one summary over window and baseline: what was first seen in the window. Must not know
//! other patterns.

use super::window::{column, filter};
use super::{Build, Main};
use crate::ir::{Duration, Field};
use crate::source::Spanned;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::lower::{Done, Reported};

impl Build<'_> {
    /// A combination whose first event lies in the window has all of them there.
    pub(super) fn new_value(
        &mut self,
        fields: &[Spanned<Field>],
        window: Duration,
        baseline: Duration,
    ) -> Done<Main> {
        let groups = self.groups();
        let time = self.time.clone();
        let mut added = Vec::new();
        for Spanned { value: field, span } in fields {
            let [stage] = self.stages.as_mut_slice() else { return Err(Reported) };
            let name = self.names.column(&field.name);
            added.push(stage.comparable(field, *span).map(|found| {
                stage.bring(name.clone(), found.text);
                stage.require(&name);
                (field.name.to_string(), name)
            }));
        }
        let [stage] = self.stages.as_mut_slice() else { return Err(Reported) };
        stage.write(&time);
        let table = stage.table(self.options);
        let (mut groups, added) = (groups?, added.into_iter().collect::<Done<Vec<_>>>()?);
        for (place, (field, name)) in added.into_iter().enumerate() {
            let place = groups.by.len().min(self.correlation.group_by.len() + place);
            groups.columns.insert(place, (field, name.0.clone()));
            groups.by.push(name);
        }
        let mut operators = table.operators;
        let looked_at = Expr::Between(
            Box::new(column(&time)),
            Box::new(self.end(Some(window.plus(baseline)))),
            Box::new(self.end(None)),
        );
        operators.push(filter([looked_at]));
        let columns = self.summarize(groups, Expr::Call("count", Vec::new()), None, &mut operators);
        let first = Expr::name("firstTime");
        operators.push(filter([Expr::compare(first, Relation::Greater, self.end(Some(window)))]));
        Ok(Main { source: table.source, operators, columns })
    }
}
