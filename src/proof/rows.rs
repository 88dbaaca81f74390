//! Events on their way to rows: which events of which source, and what could not be said.
//!
//! In: observations and a detection. Out: the events by source with the fields that matter. Must not know targets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::reads::Reads;
use crate::catalogue::{Catalogue, Source};
use crate::ir::Observation;

/// A field of an event that the row of a target does not say as the event does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncarried {
    /// Which event, counted from 0.
    pub event: usize,
    /// The neutral name of the field; empty when the whole event cannot stand there.
    pub field: String,
    /// Why.
    pub reason: String,
    /// Whether the detection reads the field, so that its results over the row say nothing.
    pub decides: bool,
}

/// How truly the rows of a target say what the events do.
#[derive(Debug, Default)]
pub(super) struct Fidelity {
    /// What they do not say.
    pub(super) uncarried: Vec<Uncarried>,
    /// Fields with a value that the target spells in another way, by the binding's word.
    pub(super) respelled: BTreeSet<String>,
}

/// Events, by source.
pub(super) struct Asked<'a> {
    /// One entry a source, in order of their ids.
    pub(super) sources: Vec<OfSource<'a>>,
}

/// The events of one source.
pub(super) struct OfSource<'a> {
    pub(super) source: Arc<Source>,
    /// Fields that an event has, or that the detection reads, in order.
    pub(super) fields: BTreeSet<String>,
    /// Fields that the detection reads.
    pub(super) reads: BTreeSet<String>,
    /// Fields that name its results.
    pub(super) by: BTreeSet<String>,
    /// The events with their numbers.
    pub(super) events: Vec<(usize, &'a Observation)>,
}

impl OfSource<'_> {
    /// In which order the fields of an event are given their place: those that decide, those that name a result, others.
    pub(super) fn rank(&self, field: &str) -> u8 {
        if self.reads.contains(field) {
            0
        } else if self.by.contains(field) {
            1
        } else {
            2
        }
    }
}

/// Rows with the place that they were made for.
pub(super) struct Taken<T> {
    /// The tables, for messages; empty when there is one way only.
    pub(super) label: String,
    /// The rows.
    pub(super) rows: T,
}

impl<'a> Asked<'a> {
    /// Sorts events by source. Of the sources in `whole`, every field that an event gives is read. Sources that the
    /// catalogue does not have, or whose file is wrong, are left out: those findings are reported where the catalogue is
    /// read.
    pub(super) fn new(
        catalogue: &Catalogue,
        reads: &Reads,
        whole: &BTreeSet<String>,
        by: &Reads,
        events: impl Iterator<Item = (usize, &'a Observation)>,
    ) -> Self {
        let mut by_source: BTreeMap<&str, Vec<(usize, &Observation)>> = BTreeMap::new();
        for id in reads.keys() {
            by_source.insert(id, Vec::new());
        }
        for (number, seen) in events {
            by_source.entry(&seen.data_source).or_default().push((number, seen));
        }
        let sources = by_source.into_iter().filter_map(|(id, events)| {
            let source = catalogue.source(id)?.ok()?;
            let mut reads = reads.get(id).cloned().unwrap_or_default();
            let by = by.get(id).cloned().unwrap_or_default();
            // Many events have the same fields.
            let given: BTreeSet<&String> = events.iter().flat_map(|(_, seen)| seen.event.keys()).collect();
            let given = given.into_iter().filter(|name| source.field(name).is_some());
            let given: BTreeSet<String> = given.cloned().collect();
            if whole.contains(id) {
                reads.extend(given.iter().cloned());
            }
            let mut fields: BTreeSet<String> = reads.union(&by).cloned().collect();
            fields.extend(given);
            let common = source.same().filter(|(_, native)| fields.contains(*native));
            let common: Vec<String> = common.map(|(common, _)| common.to_owned()).collect();
            fields.extend(common);
            Some(OfSource { source, fields, reads, by, events })
        });
        Self { sources: sources.collect() }
    }
}
