//! Results that are one a group: of all its events.
//!
//! In: the fields of the group and those whose values each result has. Out: their columns in every stage, and the summary.
//! Must not know which groups are results.

use super::super::fields::{Held, Scalar};
use super::super::output::{aggregates, carried, distinct};
use super::Build;
use crate::ir::SharedField;
use crate::targets::kusto::ast::{Assignment, Operator};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Condition, Expr, Relation};
use crate::targets::kusto::lower::{Done, Reported};
use crate::targets::kusto::tokens::Ident;

/// The columns of the results.
pub(super) struct Groups {
    /// Those of the group.
    pub(super) by: Vec<Ident>,
    /// Those that a result has of its last event.
    carried: Option<Vec<Ident>>,
    /// What is collected.
    collected: Vec<Assignment>,
    /// Neutral field and output column.
    pub(super) columns: Vec<(String, String)>,
}

impl Build<'_> {
    /// Brings the columns of the results into every stage.
    pub(super) fn groups(&mut self) -> Done<Groups> {
        let by = self.keys(|names, field| names.column(field), |_| true);
        let carried = self.carry();
        let correlation = self.correlation;
        let values: Vec<Done<Assignment>> =
            correlation.values.iter().map(|shared| self.collect(shared)).collect();
        let collected = values.into_iter().collect::<Done<Vec<Assignment>>>();
        let (by, collected) = (by?, collected?);
        let named = correlation.group_by.iter().zip(&by).chain(correlation.values.iter().zip(
            // One name an assignment.
            collected.iter().flat_map(|assignment| &assignment.names),
        ));
        let columns = named.map(|(shared, column)| (shared.name.to_string(), column.0.clone())).collect();
        Ok(Groups { by, carried, collected, columns })
    }

    /// What Defender XDR wants of the last event: its report, and the columns that name its device or account. Stages
    /// over other tables have other ones of those; they are empty in the rows of the rest.
    fn carry(&mut self) -> Option<Vec<Ident>> {
        let mut identity: Vec<Ident> = Vec::new();
        for name in self.stages.iter().flat_map(|stage| &stage.lowering.prepared.identity) {
            if !identity.contains(name) && !self.names.has(name) {
                identity.push(name.clone());
            }
        }
        let carried = carried(self.profile, identity.iter())?;
        let sources: Vec<&str> =
            self.stages.iter().map(|stage| stage.lowering.prepared.source.id.as_str()).collect();
        let mixed = sources.iter().any(|source| *source != sources[0]);
        for name in &identity {
            self.names.column(&name.0);
        }
        for stage in &mut self.stages {
            for name in &carried {
                let own = Expr::Name(name.clone());
                if name.0 == "ReportId" {
                    // A number in some tables and text in others, which a union would keep apart.
                    stage.bring(name.clone(), if mixed { Expr::call("tostring", own) } else { own });
                } else if stage.lowering.prepared.identity.contains(name) {
                    stage.bring(name.clone(), own);
                }
            }
        }
        Some(carried)
    }

    /// The distinct values of a field.
    fn collect(&mut self, shared: &SharedField) -> Done<Assignment> {
        let held: Vec<Done<Held>> = self
            .stages
            .iter_mut()
            .zip(&shared.in_stages)
            .map(|(stage, field)| stage.held(field, shared.span))
            .collect();
        let held = held.into_iter().collect::<Done<Vec<Held>>>()?;
        let column = self.names.column(&shared.name);
        let types: Vec<Option<Type>> = held
            .iter()
            .map(|held| match held {
                Held::One(scalar) => Some(scalar.column_type),
                Held::Many { .. } | Held::Pairs { .. } => None,
            })
            .collect();
        let as_text = types.iter().any(|column_type| *column_type != types[0]);
        if as_text && types.contains(&None) {
            let context = self.stages[0].context(&shared.name, shared.span);
            let reason = "it is one value in some of the stages and a list in others";
            let Reported = self.stages[0].lowering.refuse(context, "a list of values", reason);
            return Err(Reported);
        }
        let name = Expr::Name(column.clone());
        let together = match &held[0] {
            Held::One(scalar) => {
                let column_type = if as_text { Type::String } else { scalar.column_type };
                Held::One(Scalar { expr: name, column_type })
            }
            Held::Many { element, .. } => Held::Many { array: name, element: *element },
            Held::Pairs { name: key, value, .. } => {
                Held::Pairs { list: name, name: key.clone(), value: value.clone() }
            }
        };
        for (stage, held) in self.stages.iter_mut().zip(held) {
            let value = match held {
                Held::One(scalar) if as_text => scalar.into_text(),
                Held::One(scalar) => scalar.expr,
                Held::Many { array, .. } => array,
                Held::Pairs { list, .. } => list,
            };
            stage.bring(column.clone(), value);
        }
        let collected = self.names.column(&format!("values_{}", shared.name));
        Ok(Assignment::new(collected, distinct(together)))
    }

    /// Summarizes the groups. `holds` counts what makes a group a result; without it, every group is one.
    pub(super) fn summarize(
        &mut self,
        groups: Groups,
        count: Expr,
        holds: Option<Expr>,
        operators: &mut Vec<Operator>,
    ) -> Vec<(String, String)> {
        let Groups { by, carried, collected, columns } = groups;
        let mut all = aggregates(count, &self.time, carried);
        all.extend(collected);
        let some = |column: Ident| {
            let condition = Condition(Expr::compare(Expr::Name(column), Relation::Greater, Expr::integer(0)));
            Operator::Where { condition }
        };
        let alone = by.is_empty();
        match holds {
            Some(holds) => {
                let column = self.names.column("hits");
                all.push(Assignment::new(column.clone(), Expr::call("countif", holds)));
                operators.push(Operator::Summarize { aggregates: all.into(), by });
                operators.push(some(column.clone()));
                operators.push(Operator::Remove { columns: vec![column] });
            }
            None => {
                operators.push(Operator::Summarize { aggregates: all.into(), by });
                if alone {
                    // Without groups there is always one row, also over nothing.
                    operators.push(some(Ident::new("count_")));
                }
            }
        }
        columns
    }
}
