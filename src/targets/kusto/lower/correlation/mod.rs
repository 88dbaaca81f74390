//! Several sets of events, and how they hang together.
//!
//! In: a correlation and the bindings of its stages. Out: a query. Each stage is lowered as a detection of its own is
//! and becomes a table with neutral columns; the pattern is written over those. Must not know how a condition is written.
//!
//! # Which form, and why
//! - Counts and other aggregates: the rows in order, `prev` and running sums (`aggregate`, `distinct`). Linear, and exact
//!   where buckets of time would miss what lies across their edge.
//! - `temporal`, `absent` and chains: joins within a window of time, as Microsoft's page "Time window join" describes:
//!   each row looks into the bucket of its own time and into the next one, so that partners are found by equality and
//!   only then tested. For the first two a bucket is one row with its first and last time, which is enough to know
//!   whether anything lies in a window: linear. Chains look at the pairs within the window.
//! - `new_value`: one summary.
//!
//! Kusto has no number of a row. Events of a result are therefore found by what decides about them: their time, group and
//! linked fields. Events that have these in common are results together, or none is.

mod absent;
mod aggregate;
mod distinct;
mod groups;
mod links;
mod names;
mod new_value;
mod ordered;
mod stage;
mod temporal;
mod window;

use std::sync::Arc;

use super::{Done, Lowered, Lowering, note};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{self, Correlation, CorrelationPattern, Duration};
use crate::targets::kusto::ast::{Let, Operator, Query, Source, Tabular};
use crate::targets::kusto::prepared::Prepared;
use crate::targets::kusto::tokens::Ident;
use crate::targets::{Options, Polarity, Profile, Verdict};

use names::Names;
use stage::{StageTable, alike};

/// One compilation.
struct Build<'a> {
    correlation: &'a Correlation,
    profile: &'static Profile,
    options: Options,
    /// How long a run waits for late events.
    delay: Option<Duration>,
    stages: Vec<StageTable<'a>>,
    names: Names<'a>,
    tables: Vec<Tabular>,
    /// The column with the time of an event.
    time: Ident,
}

/// What comes after the tables.
struct Main {
    source: Source,
    operators: Vec<Operator>,
    /// Neutral field and output column.
    columns: Vec<(String, String)>,
}

/// Lowers a correlation; `bindings` are those of its stages, in order. All errors at once.
pub(in crate::targets::kusto) fn lower_correlation(
    detection: &ir::Detection,
    correlation: &Correlation,
    bindings: &[Arc<Prepared>],
    profile: &'static Profile,
    options: Options,
) -> Result<Lowered, Vec<Diagnostic>> {
    // Results that are events keep their columns.
    let result = match &correlation.pattern {
        CorrelationPattern::Ordered { steps, .. } => steps.last().map(|step| step.stage),
        CorrelationPattern::Absent { .. } => Some(0),
        CorrelationPattern::Aggregate { .. }
        | CorrelationPattern::Temporal { .. }
        | CorrelationPattern::NewValue { .. } => None,
    };
    let mut names = Names::new(bindings, correlation);
    let mut stages: Vec<StageTable> = Vec::new();
    for (place, (stage, binding)) in correlation.stages.iter().zip(bindings).enumerate() {
        // What answers an event takes results away.
        let answers = place > 0 && matches!(correlation.pattern, CorrelationPattern::Absent { .. });
        let polarity = if answers { Polarity::Negative } else { Polarity::Positive };
        let mut lowering = Lowering::new(detection, &stage.events, binding, profile, polarity);
        // What one stage has looked up, the next need not.
        lowering.lists = stages.last().map_or(Vec::new(), |before| before.lowering.lists.clone());
        stages.push(StageTable::new(lowering, result == Some(place)));
    }
    let lists = stages.last().map_or(Vec::new(), |last| last.lowering.lists.clone());
    names.reserve(lists.iter().map(|list| &list.name));
    for (table, stage) in stages.iter_mut().zip(&correlation.stages) {
        table.name = names.helper(&format!("{}_events", stage.name.value));
    }
    let mut build = Build {
        correlation,
        profile,
        options,
        delay: detection.schedule.and_then(|schedule| schedule.delay),
        stages,
        names,
        tables: Vec::new(),
        time: bindings[result.unwrap_or(0)].time.clone(),
    };
    let main = match &correlation.pattern {
        CorrelationPattern::Aggregate { aggregate, range, window } => {
            build.aggregate(aggregate, range, *window)
        }
        CorrelationPattern::Temporal { window } => build.temporal(*window),
        CorrelationPattern::Ordered { steps, window } => build.ordered(steps, *window),
        CorrelationPattern::NewValue { fields, window, baseline } => {
            build.new_value(fields, *window, *baseline)
        }
        CorrelationPattern::Absent { window } => build.absent(*window),
    };
    build.close(main, detection, bindings, lists)
}

impl Build<'_> {
    fn close(
        self,
        main: Done<Main>,
        detection: &ir::Detection,
        bindings: &[Arc<Prepared>],
        lists: Vec<Let>,
    ) -> Result<Lowered, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let lets = lets(bindings, lists, &mut |name| {
            let message = format!("{}: `{name}` has two meanings in one query", self.profile.id);
            problems.push(
                Diagnostic::new(Code::E0501, message)
                    .at(&detection.file, self.correlation.span, "in the bindings of its stages, or in a list")
                    .help("rename the function of one of the data sources, or the list"),
            );
        });
        let mut verdict = Verdict::Exact;
        let (mut losses, mut needed) = (Vec::new(), Vec::new());
        for stage in self.stages {
            for problem in stage.lowering.problems {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            for list in stage.lowering.needed {
                list.add_to(&mut needed);
            }
            let (of_stage, accepted) = stage.lowering.consent.close();
            verdict = verdict.and(of_stage);
            for loss in accepted {
                if !losses.contains(&loss) {
                    losses.push(loss);
                }
            }
        }
        match main {
            Ok(Main { source, operators, columns }) if problems.is_empty() => {
                let comments = losses.iter().map(note).collect();
                let query = Query { comments, lets, tables: self.tables, source, operators };
                Ok(Lowered { query, verdict, losses, columns, lists: needed })
            }
            Ok(_) | Err(_) => {
                Diagnostic::sort(&mut problems);
                Err(problems)
            }
        }
    }

    /// The columns of the group, the same in every stage. `called` says what the column of a field is called, `required`
    /// whether events of a stage are left out that lack one: what is joined by its keys needs that of one side only.
    fn keys(
        &mut self,
        mut called: impl FnMut(&mut Names, &str) -> Ident,
        required: impl Fn(usize) -> bool,
    ) -> Done<Vec<Ident>> {
        let mut keys = Vec::new();
        for shared in &self.correlation.group_by {
            let column = called(&mut self.names, &shared.name);
            let mut first = None;
            for (place, (stage, field)) in self.stages.iter_mut().zip(&shared.in_stages).enumerate() {
                let found = stage.comparable(field, shared.span);
                keys.push(found.and_then(|found| {
                    let first = first.get_or_insert((found.column_type, found.values.clone()));
                    let first = stage::Comparable {
                        text: found.text.clone(),
                        column_type: first.0,
                        values: first.1.clone(),
                    };
                    alike(stage, (&shared.name, shared.span), &first, &found)?;
                    stage.bring(column.clone(), found.text);
                    if required(place) {
                        stage.require(&column);
                    }
                    Ok(column.clone())
                }));
            }
        }
        let mut keys = keys.into_iter().collect::<Done<Vec<Ident>>>()?;
        keys.dedup();
        Ok(keys)
    }

    /// Makes a table.
    fn define(&mut self, name: &str, source: Source, operators: Vec<Operator>) -> Ident {
        let name = self.names.helper(name);
        self.tables.push(Tabular { name: name.clone(), source, operators });
        name
    }
}

/// The functions of all bindings and the lists, each once.
fn lets(bindings: &[Arc<Prepared>], lists: Vec<Let>, conflict: &mut impl FnMut(&Ident)) -> Vec<Let> {
    let mut lets: Vec<Let> = Vec::new();
    for function in bindings.iter().flat_map(|binding| &binding.lets) {
        match lets.iter().find(|known| known.name == function.name) {
            None => lets.push(function.clone()),
            Some(known) if known.body == function.body => {}
            Some(_) => conflict(&function.name),
        }
    }
    // Each is called as nothing in the first stage with it is; others may have a column of that name.
    let hidden = |list: &&Let| bindings.iter().any(|binding| binding.knows(&list.name.0));
    lists.iter().filter(hidden).for_each(|list| conflict(&list.name));
    lets.extend(lists);
    lets
}
