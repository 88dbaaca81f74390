//! Detection to search.
//!
//! In: `ir::Detection` and the [`Binding`] of its source. Out: a [`Search`] with the verdict, or all findings. Pure.

mod compare;
mod condition;
pub(super) mod correlation;
mod data_model;
mod derive;
mod events;
mod filter;
mod lists;
mod outputs;
pub(super) mod result_filter;
mod scope;
mod search;
mod values;

use super::ast::Search;
use super::binding::Binding;
use super::expr::Term;
use super::tokens::Comment;
use crate::diagnostics::Diagnostic;
use crate::ir::{Detection, EventSet};
use crate::targets::{AcceptedLoss, Needs, Options, Profile, Verdict};
use scope::Scope;

/// A lowered detection.
pub(super) struct Lowered {
    /// The search.
    pub(super) search: Search,
    /// How it relates to the detection.
    pub(super) verdict: Verdict,
    /// What the author consented to lose.
    pub(super) losses: Vec<AcceptedLoss>,
    /// Neutral field and output column.
    pub(super) columns: Vec<(String, String)>,
    /// What must be there for the search to run.
    pub(super) needs: Needs,
}

/// Lowers a detection over one data source.
pub(super) fn lower(
    detection: &Detection,
    events: &EventSet,
    profile: &'static Profile,
    binding: &Binding,
    options: Options,
) -> Result<Lowered, Vec<Diagnostic>> {
    let EventSet { data_source, derived, condition, selections: _ } = events;
    let mut scope = Scope::new(detection, profile, binding, &data_source.value, derived);
    for field in detection.summary.iter().flat_map(|summary| &summary.by) {
        scope.grouped_by(&field.value, field.span);
    }
    let search = match &binding.data_model {
        Some(model) => data_model::search(&mut scope, model, condition, options),
        None => events::search(&mut scope, condition, options),
    };
    let columns = outputs::outputs(detection)
        .into_iter()
        .map(|output| (output.field.name.to_string(), output.field.name.to_string()))
        .collect();
    let lists = scope.needed_lists();
    let (verdict, losses) = scope.close()?.close();
    let Some(mut search) = search else { return Err(Vec::new()) };
    search.commands = outputs::join_copies(search.commands);
    search.notes = losses.iter().map(note).collect();
    let needs = Needs { lists, macros: search.macros() };
    Ok(Lowered { search, verdict, losses, columns, needs })
}

fn note(loss: &AcceptedLoss) -> Comment {
    let about = loss.field.as_ref().map(|field| format!(" on {field}")).unwrap_or_default();
    Comment::new(&format!(
        "detc: {}: {}{about}: {} (accepted: {})",
        loss.verdict.name(),
        loss.name,
        loss.loss,
        loss.reason
    ))
}

/// What every search of this binding starts with.
fn base_terms(binding: &Binding, detection: &Detection, options: Options) -> Vec<Term> {
    let mut terms = Vec::new();
    terms.extend(binding.macro_name.clone().map(Term::Macro));
    terms.extend(binding.select.iter().map(|(field, values)| Term::Fact(field.clone(), values.clone())));
    if let (true, Some(schedule)) = (options.with_time, &detection.schedule) {
        terms.push(Term::Window { lookback: schedule.lookback, delay: schedule.delay });
    }
    terms
}
