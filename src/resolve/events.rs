//! Events that stand outside of a detection, checked against the sources that it reads.
//!
//! In: events as written, in a file of their own, and the detection. Out: the events, as those of a test are, or all
//! findings. Must not know how the file was read.

use std::sync::Arc;

use super::observation::Common;
use super::resolver::Resolver;
use super::scope::Scope;
use super::{Context, Dialect};
use crate::diagnostics::Diagnostic;
use crate::ir::{Detection, Observation, Time};
use crate::schema::Event;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{Node, Value};

/// Checks the events of `file`. Those with findings are left out.
pub fn resolve_events(
    file: &Arc<SourceFile>,
    events: &[Spanned<Event>],
    detection: &Detection,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Observation> {
    // Without a source there is no detection either, and that has been reported. What is only raw queries reads none:
    // nobody evaluates it.
    let Some(sources) = context.catalogue.sources_of(&detection.logic) else { return Vec::new() };
    if sources.is_empty() {
        return Vec::new();
    }
    let scopes: Vec<Scope> = detection
        .logic
        .event_sets()
        .zip(&sources)
        .map(|(set, source)| {
            let mut scope = Scope::new(source);
            set.derived.iter().for_each(|derived| {
                scope.add(derived.field.clone());
            });
            scope
        })
        .collect();
    let scopes: Vec<&Scope> = scopes.iter().collect();
    let root = Node { value: Value::Null, span: Span::default() };
    let mut resolver = Resolver { file, root: &root, dialect: Dialect::Neutral, context, findings };
    let mut observed = Vec::with_capacity(events.len());
    for event in events {
        let before = resolver.findings.len();
        let observation = resolver.observation(event, &mut Common::default(), &scopes);
        if resolver.findings.len() == before {
            observed.extend(observation);
        }
    }
    observed
}

/// Leaves out of an event what no data source of the detection knows.
pub fn keep_known(event: &mut Event, detection: &Detection, context: &Context) {
    let sources = context.catalogue.sources_of(&detection.logic).unwrap_or_default();
    event.retain(|name, _| {
        Observation::is_key(&name.value) || sources.iter().any(|source| source.field(&name.value).is_some())
    });
}

/// A moment as the events of a test have it: an offset from the start of the test, or an RFC 3339 text.
pub fn resolve_moment(
    file: &Arc<SourceFile>,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Option<Time> {
    let root = Node { value: Value::Null, span: Span::default() };
    let mut resolver = Resolver { file, root: &root, dialect: Dialect::Neutral, context, findings };
    resolver.time(file.text(), Span::new(0, file.text().len()))
}
