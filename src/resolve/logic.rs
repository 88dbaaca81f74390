//! What a detection finds: one set of events, or several and how they hang together.
//!
//! In: the parts of a detection that say what it finds. Out: `ir::Logic`, and what reads its results. Must not know how a
//! condition or a correlation is checked.

use super::Resolver;
use super::correlation::{Checked, Known};
use super::outcome::Outcome;
use super::scope::Scope;
use super::stages::OWN;
use crate::diagnostics::Code;
use crate::ir::{Correlation, EventSet, Logic, Stage};
use crate::schema;
use crate::source::Spanned;

/// The logic, when it is without findings, and what reads its results.
pub(super) struct Resolved {
    pub(super) logic: Option<Logic>,
    pub(super) outcome: Outcome,
}

impl<'a> Resolver<'a> {
    /// Resolves what the detection finds, and everything whose meaning depends on it. `None` when a data source is not to
    /// be had: then nothing can be checked.
    pub(super) fn logic(&mut self, detection: &'a schema::Detection) -> Option<Resolved> {
        if let Some(place) = self.only_raw() {
            return Some(self.raw_results(detection, place));
        }
        let written = self.written(detection)?;
        let sets = self.event_sets(&written);
        let names: Vec<Spanned<String>> = written.iter().map(|set| set.name.clone()).collect();
        let scopes: Vec<&Scope> = sets.iter().map(|(scope, _)| scope).collect();
        let known: Vec<Known> = names
            .iter()
            .zip(&scopes)
            .map(|(name, scope)| Known { name: &name.value, span: name.span, scope })
            .collect();
        self.shape(detection);
        let correlation = detection.correlation.as_ref();
        let checked = correlation.and_then(|correlation| self.correlation(correlation, &known));
        if let Some(checked) = &checked {
            self.unused_stages(checked, &known);
        }
        let summary = match &checked {
            Some(Checked { summary: Some(summary), .. }) => Some(summary.clone()),
            _ => {
                let scope = scopes[checked.as_ref().map_or(0, Checked::result_stage)];
                detection.summarize.as_ref().and_then(|summary| self.summary(summary, scope))
            }
        };
        let result = checked.as_ref().map_or(0, Checked::result_stage);
        // What a correlation with findings gives is not known: its results are not checked.
        let outcome = if correlation.is_some() && checked.is_none() {
            Outcome::default()
        } else {
            self.outcome(detection, summary, scopes[result], &scopes)
        };
        let sets: Vec<Option<EventSet>> = sets.into_iter().map(|(_, events)| events).collect();
        let logic = match (correlation, checked) {
            (None, _) => sets.into_iter().next().flatten().map(Logic::Events),
            (Some(_), None) => None,
            (Some(correlation), Some(checked)) => correlated(checked, &names, &sets, correlation),
        };
        Some(Resolved { logic, outcome })
    }

    /// Parts that need or exclude each other.
    fn shape(&mut self, detection: &schema::Detection) {
        use schema::Correlation as Written;
        if let (Some((name, _)), None) = (detection.stages.first(), &detection.correlation)
            && self.root.get("correlation").is_none()
        {
            let finding = self.error(Code::E0208, name.span, "stages need a `correlation` that uses them");
            self.report(
                finding
                    .help("add `correlation:`, or use `data_source` and `detection` for one set of events"),
            );
        }
        let (Some(correlation), Some(summary)) = (&detection.correlation, &detection.summarize) else {
            return;
        };
        match correlation.value {
            Written::TemporalOrdered(_) | Written::Absent(_) => {}
            Written::EventCount(_)
            | Written::ValueCount(_)
            | Written::ValueSum(_)
            | Written::ValueAvg(_)
            | Written::ValueMedian(_)
            | Written::ValuePercentile(_)
            | Written::Temporal(_)
            | Written::NewValue(_) => {
                let message =
                    "the results of this correlation are one a group: there is nothing to summarize";
                let finding = self.error(Code::E0208, summary.span, message);
                self.report(finding.help("name further fields under `values` of the correlation"));
            }
        }
    }

    fn unused_stages(&mut self, checked: &Checked, known: &[Known]) {
        for (index, stage) in known.iter().enumerate() {
            if stage.name != OWN && !checked.stages.contains(&index) {
                let message = format!("the correlation does not use the stage `{}`", stage.name);
                let finding = self.error(Code::E0316, stage.span, message);
                self.report(finding.help("use it, or leave it out"));
            }
        }
    }
}

fn correlated(
    checked: Checked,
    names: &[Spanned<String>],
    sets: &[Option<EventSet>],
    correlation: &Spanned<schema::Correlation>,
) -> Option<Logic> {
    let stages = checked
        .stages
        .iter()
        .map(|index| Some(Stage { name: names[*index].clone(), events: sets[*index].clone()? }));
    Some(Logic::Correlation(Box::new(Correlation {
        stages: stages.collect::<Option<_>>()?,
        group_by: checked.group_by,
        values: checked.values,
        pattern: checked.pattern,
        span: correlation.span,
    })))
}
