//! What an environment changes about a detection, checked against the detection.
//!
//! In: an overlay as written, and the detection. Out: the changes, or all findings. Must not know how they are applied.

use std::sync::Arc;

use super::resolver::Resolver;
use super::scope::Scope;
use super::{Context, Dialect};
use crate::catalogue::Source;
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::{
    Aggregate, CorrelationPattern, Detection, Duration, Exclusion, Logic, Range, Schedule, Severity,
};
use crate::schema;
use crate::source::{SourceFile, Spanned};
use crate::yaml::Node;

/// What is changed about one detection.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// How bad a true hit is.
    pub severity: Option<Severity>,
    /// When it runs.
    pub schedule: Option<Schedule>,
    /// Where the aggregate of its correlation must lie.
    pub range: Option<Range>,
    /// How far its correlation reaches.
    pub window: Option<Duration>,
    /// Events that do not count.
    pub exclusions: Vec<Exclusion>,
}

/// Checks an overlay of `file`, whose document is `root`. `None` when a finding was reported.
pub fn resolve_overlay(
    file: &Arc<SourceFile>,
    root: &Node,
    overlay: &Spanned<schema::Overlay>,
    detection: &Detection,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<Changes> {
    let before = findings.len();
    let sources = context.catalogue.sources_of(&detection.logic)?;
    let mut resolver = Resolver { file, root, dialect: Dialect::Neutral, context, findings };
    let written = &overlay.value;
    let schedule = written.schedule.as_ref().and_then(|schedule| resolver.schedule(schedule));
    let range = written.threshold.as_ref().and_then(|threshold| resolver.threshold(threshold, detection));
    let window = written.window.as_ref().and_then(|window| resolver.reach(window, detection));
    let exclusions: Vec<Exclusion> = written
        .exclusions
        .iter()
        .filter_map(|exclusion| resolver.exclusion(exclusion, detection, &sources))
        .collect();
    if let Some(raw) = detection.raw.first()
        && (!exclusions.is_empty() || range.is_some() || window.is_some())
    {
        let message = format!("the query for {} is written by hand", raw.profile.value);
        let finding = resolver.error(Code::E1102, overlay.span, message);
        resolver.report(finding.help("change the raw query itself"));
    }
    let changes = Changes { severity: written.severity, schedule, range, window, exclusions };
    (findings.len() == before).then_some(changes)
}

impl Resolver<'_> {
    fn threshold(
        &mut self,
        threshold: &Spanned<crate::maps::IndexMap<Spanned<String>, Spanned<f64>>>,
        detection: &Detection,
    ) -> Option<Range> {
        let aggregate = match &detection.logic {
            Logic::Correlation(correlation) => match &correlation.pattern {
                CorrelationPattern::Aggregate { aggregate, .. } => Some(aggregate),
                CorrelationPattern::Temporal { .. }
                | CorrelationPattern::Ordered { .. }
                | CorrelationPattern::NewValue { .. }
                | CorrelationPattern::Absent { .. } => None,
            },
            Logic::Events(_) | Logic::Raw(_) => None,
        };
        let Some(aggregate) = aggregate else {
            let message = format!("`{}` counts nothing", detection.metadata.name.value);
            let finding = self.error(Code::E1102, threshold.span, message);
            self.report(finding.help("a threshold is for correlations that count or sum; leave it out"));
            return None;
        };
        let kind = match aggregate {
            Aggregate::EventCount => "event_count",
            Aggregate::ValueCount(_) => "value_count",
            Aggregate::Sum(_) => "value_sum",
            Aggregate::Average(_) => "value_avg",
            Aggregate::Percentile { .. } => "value_percentile",
        };
        self.range(kind, &threshold.value, threshold.span)
    }

    /// The window of a correlation.
    fn reach(&mut self, window: &Spanned<String>, detection: &Detection) -> Option<Duration> {
        if let Logic::Events(_) = detection.logic {
            let message = format!("`{}` looks at single events", detection.metadata.name.value);
            let finding = self.error(Code::E1102, window.span, message);
            self.report(finding.help("a window is for correlations; leave it out"));
            return None;
        }
        self.duration(window)
    }

    fn exclusion(
        &mut self,
        exclusion: &Spanned<schema::Exclusion>,
        detection: &Detection,
        sources: &[Arc<Source>],
    ) -> Option<Exclusion> {
        let written = &exclusion.value;
        self.single_line("the owner of an exclusion", &written.owner);
        self.single_line("the reason of an exclusion", &written.reason);
        self.date(&written.expires);
        let set = self.excluded_set(exclusion, detection)?;
        let events = detection.logic.event_sets().nth(set)?;
        let mut scope = Scope::new(sources.get(set)?.as_ref());
        for derived in &events.derived {
            scope.add(derived.field.clone());
        }
        let when = self.selection(&written.when, &scope)?;
        Some(Exclusion {
            set,
            when,
            owner: written.owner.clone(),
            reason: written.reason.clone(),
            expires: written.expires.clone(),
            span: exclusion.span,
        })
    }

    /// The set of events that an exclusion is about.
    fn excluded_set(
        &mut self,
        exclusion: &Spanned<schema::Exclusion>,
        detection: &Detection,
    ) -> Option<usize> {
        let names: Vec<&str> = match &detection.logic {
            Logic::Events(_) => Vec::new(),
            Logic::Correlation(correlation) => {
                correlation.stages.iter().map(|stage| stage.name.as_str()).collect()
            }
            Logic::Raw(_) => {
                let message = format!("`{}` is only queries written by hand", detection.metadata.name.value);
                let finding = self.error(Code::E1102, exclusion.span, message);
                self.report(finding.help("exclude the events in the raw query itself"));
                return None;
            }
        };
        let Some(stage) = &exclusion.value.stage else {
            if names.len() < 2 {
                return Some(0);
            }
            let finding = self.error(Code::E1102, exclusion.span, "the detection has several stages");
            self.report(finding.help(format!("add `stage:`, one of {}", names.join(", "))));
            return None;
        };
        let found = names.iter().position(|name| **name == *stage.value);
        if found.is_none() {
            let help = match did_you_mean(&stage.value, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "leave out `stage`".to_owned(),
                None => format!("its stages are {}", names.join(", ")),
            };
            let message = format!("the detection has no stage `{}`", stage.value);
            self.report(self.error(Code::E1102, stage.span, message).help(help));
        }
        found
    }
}
