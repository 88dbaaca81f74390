//! Correlations as searches: the profiles `splunk` and `splunk:escu`.
//!
//! In: a correlation and the bindings of its stages. Out: a search. Must not know how a stage finds its events.
//!
//! Which form, and why:
//! - Nothing here has a limit at which rows are lost in silence: no `join` and no subsearch with its row limits (K39), no
//!   `transaction` (K41), no `time_window`, whose far edge is contested (C10). Several stages, and entries and exits of a
//!   window, come from one `multisearch` (K40).
//! - Counts of at least N: the N-th last row of the group lies within the window (`counts`). Everything else that slides
//!   is a running sum over entries and exits (`edges`), which is exact for every number of events.
//! - Chains carry the latest possible event of each step forward (`chain`). Where steps are tied by more than their
//!   group, the latest is not enough: then all candidates are tried (`candidates`).
//! - Times are compared in milliseconds, since Splunk's are fractions of seconds in floating point.

mod candidates;
mod chain;
mod counts;
mod edges;
mod groups;
mod parts;
mod stage;

use super::events::{filter_macro, is_escu, summarize};
use super::scope::Scope;
use super::{Lowered, note, outputs};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Aggregate, Correlation, CorrelationPattern, Detection};
use crate::targets::splunk::ast::{Command, Head, Search, StageSearch};
use crate::targets::splunk::binding::Binding;
use crate::targets::{AcceptedLoss, Needs, Options, Polarity, Profile, Verdict};
use stage::Stages;

/// What a pattern becomes: how many copies of the stages are read, and what follows.
pub(super) struct Pattern {
    /// The searches that are read.
    searches: Vec<StageSearch>,
    /// What is done with their rows.
    commands: Vec<Command>,
}

/// Lowers a correlation; `bindings` are those of its stages, in order.
pub(in crate::targets::splunk) fn lower(
    detection: &Detection,
    correlation: &Correlation,
    profile: &'static Profile,
    bindings: &[&Binding],
    options: Options,
) -> Result<Lowered, Vec<Diagnostic>> {
    if bindings.iter().any(|binding| binding.data_model.is_some()) {
        let message = format!("{}: a correlation needs single events", profile.id);
        return Err(vec![
            Diagnostic::new(Code::E0501, message)
                .at(
                    &detection.file,
                    correlation.span,
                    "`tstats` gives groups of events, with one time a group",
                )
                .help(format!(
                    "compile for splunk, or write `raw: {{{}: {{query: …, reason: …}}}}`",
                    profile.id
                )),
        ]);
    }
    let mut scopes: Vec<Scope> = correlation
        .stages
        .iter()
        .zip(bindings)
        .map(|(stage, binding)| {
            Scope::new(detection, profile, binding, &stage.events.data_source.value, &stage.events.derived)
        })
        .collect();
    let pattern = pattern(detection, correlation, &mut scopes, options);
    let columns = outputs::outputs(detection)
        .into_iter()
        .map(|output| (output.field.name.to_string(), output.field.name.to_string()))
        .collect();
    let mut lists = Vec::new();
    for needed in scopes.iter_mut().flat_map(Scope::needed_lists) {
        needed.add_to(&mut lists);
    }
    let (verdict, losses) = close(scopes)?;
    let Some(Pattern { mut searches, commands }) = pattern else { return Err(Vec::new()) };
    let mut search = match (searches.len(), searches.pop()) {
        (1, Some(StageSearch { terms, commands: own })) => {
            let commands = own.into_iter().chain(commands).collect();
            Search { notes: Vec::new(), head: Head::Events { terms }, commands }
        }
        (_, last) => {
            searches.extend(last);
            Search { notes: Vec::new(), head: Head::Stages { searches }, commands }
        }
    };
    search.commands = outputs::join_copies(search.commands);
    search.notes = losses.iter().map(note).collect();
    let needs = Needs { lists, macros: search.macros() };
    Ok(Lowered { search, verdict, losses, columns, needs })
}

fn pattern<'a>(
    detection: &'a Detection,
    correlation: &'a Correlation,
    scopes: &mut [Scope<'a>],
    options: Options,
) -> Option<Pattern> {
    let mut stages = Stages { detection, correlation, scopes, options };
    let delay = detection.schedule.as_ref().and_then(|schedule| schedule.delay);
    let mut pattern = match &correlation.pattern {
        CorrelationPattern::Aggregate { aggregate, range, window } => {
            let number = range.reached_at().filter(|number| *number <= counts::MOST);
            match (aggregate, number) {
                (Aggregate::EventCount, Some(number)) => counts::lower(&mut stages, number, *window),
                _ => edges::lower(&mut stages, aggregate, range, *window),
            }
        }
        CorrelationPattern::Temporal { window } => groups::temporal(&mut stages, *window),
        CorrelationPattern::NewValue { fields, window, baseline } => {
            groups::new_value(&mut stages, fields, *window, *baseline, delay)
        }
        CorrelationPattern::Ordered { steps, window } => {
            let tied = steps.iter().any(|step| step.link.is_some());
            if tied {
                candidates::lower(&mut stages, steps, *window)
            } else {
                chain::lower(&mut stages, steps, *window)
            }
        }
        CorrelationPattern::Absent { window } => chain::absent(&mut stages, *window, delay),
    }?;
    let result = stages.result();
    let scope = &mut stages.scopes[result];
    let escu = is_escu(scope);
    if !stage::one_a_group(correlation)
        && let Some(summary) = &detection.summary
    {
        pattern.commands.extend(summarize(scope, summary, escu));
    }
    if stage::one_a_group(correlation) && escu {
        pattern.commands.extend(["firstTime", "lastTime"].map(|field| Command::ReadableTime { field }));
    }
    if escu {
        pattern.commands.push(filter_macro(scope)?);
    }
    Some(pattern)
}

/// The findings of all stages, or their losses together.
fn close(scopes: Vec<Scope>) -> Result<(Verdict, Vec<AcceptedLoss>), Vec<Diagnostic>> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    let mut verdict = Verdict::Exact;
    let mut losses: Vec<AcceptedLoss> = Vec::new();
    for scope in scopes {
        match scope.close() {
            Ok(consent) => {
                let (own, lost) = consent.close();
                verdict = verdict.and(own);
                losses.extend(lost.into_iter().filter(|loss| !losses.contains(loss)).collect::<Vec<_>>());
            }
            Err(found) => findings
                .extend(found.into_iter().filter(|finding| !findings.contains(finding)).collect::<Vec<_>>()),
        }
    }
    if findings.is_empty() {
        return Ok((verdict, losses));
    }
    Diagnostic::sort(&mut findings);
    Err(findings)
}

/// What a hit of a stage does to the whole: the answer that an absence waits for hinders it.
fn polarity(correlation: &Correlation, stage: usize) -> Polarity {
    match (&correlation.pattern, stage) {
        (CorrelationPattern::Absent { .. }, 1) => Polarity::Negative,
        (
            CorrelationPattern::Absent { .. }
            | CorrelationPattern::Aggregate { .. }
            | CorrelationPattern::Temporal { .. }
            | CorrelationPattern::Ordered { .. }
            | CorrelationPattern::NewValue { .. },
            _,
        ) => Polarity::Positive,
    }
}
