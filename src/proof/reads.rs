//! The fields of a data source that decide whether, and with what, a detection finds an event.
//!
//! In: `ir::Detection`. Out: names of fields, by data source. What is only shown is not among them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Correlation, CorrelationPattern, Detection, Field, FieldKind, Link, Logic, Predicate};

/// Names of fields by data source.
pub(super) type Reads = BTreeMap<String, BTreeSet<String>>;

/// The fields that conditions, derivations, groups and patterns read.
pub(super) fn reads(detection: &Detection) -> Reads {
    let mut reads = Reads::new();
    for events in detection.logic.event_sets() {
        let of_source = reads.entry(events.data_source.value.clone()).or_default();
        let mut add = |field: &Field| add(of_source, field);
        events.condition.visit_fields(&mut add);
        events.derived.iter().for_each(|derived| derived.how.visit_fields(&mut add));
    }
    if let Logic::Correlation(correlation) = &detection.logic {
        of_correlation(correlation, &mut reads);
    }
    reads
}

/// The data sources of which keywords look at the whole record, and so at every field that an event gives.
pub(super) fn reads_whole(detection: &Detection) -> BTreeSet<String> {
    let sets = detection.logic.event_sets().filter(|set| has_keywords(&set.condition));
    sets.map(|set| set.data_source.value.clone()).collect()
}

fn has_keywords(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => members.iter().any(has_keywords),
        Predicate::Not(inner) => has_keywords(inner),
        Predicate::Field(_) => false,
        Predicate::Keyword(_) => true,
    }
}

/// The fields that name the results of a summary.
pub(super) fn names_results(detection: &Detection) -> Reads {
    let mut by = Reads::new();
    if let (Some(summary), Some(events)) = (&detection.summary, detection.logic.result_events()) {
        let names = by.entry(events.data_source.value.clone()).or_default();
        summary.by.iter().for_each(|field| add(names, field));
    }
    by
}

fn add(names: &mut BTreeSet<String>, field: &Field) {
    match field.kind {
        FieldKind::Native | FieldKind::Common => drop(names.insert(field.name.to_string())),
        FieldKind::Derived => {}
    }
}

fn of_correlation(correlation: &Correlation, reads: &mut Reads) {
    let mut of_stage = |stage: usize, field: &Field| {
        if let Some(stage) = correlation.stages.get(stage) {
            add(reads.entry(stage.events.data_source.value.clone()).or_default(), field);
        }
    };
    for shared in &correlation.group_by {
        shared.in_stages.iter().enumerate().for_each(|(stage, field)| of_stage(stage, field));
    }
    match &correlation.pattern {
        CorrelationPattern::Aggregate { aggregate, .. } => {
            if let Some(field) = aggregate.field() {
                of_stage(0, field);
            }
        }
        CorrelationPattern::NewValue { fields, .. } => fields.iter().for_each(|field| of_stage(0, field)),
        CorrelationPattern::Temporal { .. } | CorrelationPattern::Absent { .. } => {}
        CorrelationPattern::Ordered { steps, .. } => {
            let stages: Vec<usize> = steps.iter().map(|step| step.stage).collect();
            for step in steps {
                if let Some(link) = &step.link {
                    of_link(link, step.stage, &stages, &mut of_stage);
                }
            }
        }
    }
}

fn of_link(link: &Link, own: usize, stages: &[usize], of_stage: &mut impl FnMut(usize, &Field)) {
    let stage_of = |step: usize| stages.get(step).copied().unwrap_or(usize::MAX);
    match link {
        Link::All(links) | Link::Any(links) => {
            links.iter().for_each(|link| of_link(link, own, stages, of_stage));
        }
        Link::Equal { field, step, other, .. } => {
            of_stage(own, field);
            of_stage(stage_of(*step), other);
        }
        Link::Constant { step, field, .. } => of_stage(stage_of(*step), field),
        Link::Seen { stage, equal, .. } => {
            for (field, other) in equal {
                of_stage(own, field);
                of_stage(*stage, other);
            }
        }
    }
}
