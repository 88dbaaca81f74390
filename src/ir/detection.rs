//! The detection as a whole.

use std::sync::Arc;

use super::{
    Correlation, Derived, Duration, Exclusion, Field, Message, Observation, Predicate, Time, Tuning, Value,
};
pub use crate::schema::{DetectionType, EntityType, RiskObjectType, SecurityDomain, Severity, Status};
use crate::source::{SourceFile, Span, Spanned};

/// A checked detection.
#[derive(Debug, Clone)]
pub struct Detection {
    /// Who, what, when.
    pub metadata: Metadata,
    /// What it finds.
    pub logic: Logic,
    /// One result per combination of fields; without it, one per event. Always there when a correlation has one result a
    /// group: then by the fields of the group.
    pub summary: Option<Summary>,
    /// When it runs.
    pub schedule: Option<Schedule>,
    /// How long a repeated alert stays quiet.
    pub suppression: Option<Suppression>,
    /// Risk-based alerting.
    pub risk: Option<Risk>,
    /// Entities beyond the risk objects.
    pub entities: Vec<Entity>,
    /// Searches that start from an alert.
    pub drilldowns: Option<Drilldowns>,
    /// Embedded tests.
    pub tests: Vec<TestCase>,
    /// Embedded tests over events as products have them.
    pub recorded: Vec<RecordedTest>,
    /// Losses that the author consents to.
    pub accepts: Vec<Accept>,
    /// Mutants that no test can notice.
    pub mutants: Vec<ExplainedMutant>,
    /// Target text in place of what detc would render.
    pub raw: Vec<RawQuery>,
    /// What one environment leaves out of it; the logic is without these events already.
    pub tuning: Option<Box<Tuning>>,
    /// The file it was read from, for messages.
    pub file: Arc<SourceFile>,
}

impl Detection {
    /// The detection without the exclusions of an environment; whatever else that changes stays.
    #[must_use]
    pub fn untuned(&self) -> Self {
        self.retuned(|_| false)
    }

    /// The same with some of the exclusions, by index.
    #[must_use]
    pub fn retuned(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut other = self.clone();
        if let Some(tuning) = other.tuning.take() {
            other.logic = tuning.logic;
            for (index, exclusion) in tuning.exclusions.iter().enumerate() {
                if keep(index) {
                    other.logic.exclude(exclusion);
                }
            }
        }
        other
    }
}

/// Who, what, when.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The id, a UUID in lower case.
    pub id: String,
    /// The name, one line.
    pub name: Spanned<String>,
    /// The name as a file and macro name: lower-case ASCII letters, digits and single underscores.
    pub slug: String,
    /// From 1.
    pub version: u32,
    /// How far it has come.
    pub status: Status,
    /// What it is for.
    pub detection_type: DetectionType,
    /// How bad a true hit is.
    pub severity: Severity,
    /// Who wrote it.
    pub author: String,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What it finds.
    pub description: String,
    /// What must be collected.
    pub how_to_implement: Option<String>,
    /// What else triggers it.
    pub false_positives: Vec<String>,
    /// Web addresses.
    pub references: Vec<String>,
    /// ATT&CK techniques, in the order written.
    pub techniques: Vec<Technique>,
    /// Analytic stories.
    pub analytic_stories: Vec<String>,
    /// What is attacked.
    pub asset_type: Option<String>,
    /// The security domain.
    pub security_domain: Option<SecurityDomain>,
}

/// An ATT&CK technique with what the embedded table says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T1234` or `T1234.001`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The short names of its tactics, for instance `initial-access`.
    pub tactics: Vec<String>,
}

/// What a detection finds.
#[derive(Debug, Clone)]
pub enum Logic {
    /// Single events of one data source.
    Events(EventSet),
    /// Several events together.
    Correlation(Box<Correlation>),
    /// What the author's own queries find, and nothing else is said of it: the detection exists only in the profiles
    /// of [`Detection::raw`], no event can be held against it, and its fields are columns of those queries. The place is
    /// that of `raw`.
    Raw(Span),
}

/// Events of one data source.
#[derive(Debug, Clone)]
pub struct EventSet {
    /// The data source's id in the catalogue.
    pub data_source: Spanned<String>,
    /// Computed fields, in order of dependence.
    pub derived: Vec<Derived>,
    /// Which events.
    pub condition: Predicate,
    /// The names of the author's selections, each with the place of what it holds. They are for readers: what the
    /// condition means does not depend on them.
    pub selections: Vec<Spanned<String>>,
}

impl Logic {
    /// Every set of events that is read, in order. None where nothing is said of events.
    pub fn event_sets(&self) -> impl Iterator<Item = &EventSet> {
        let (single, several) = match self {
            Logic::Events(events) => (Some(events), None),
            Logic::Correlation(correlation) => (None, Some(&correlation.stages)),
            Logic::Raw(_) => (None, None),
        };
        single.into_iter().chain(several.into_iter().flatten().map(|stage| &stage.events))
    }

    /// Leaves events out: they do not count, neither for a match nor in a correlation.
    pub fn exclude(&mut self, exclusion: &Exclusion) {
        let events = match self {
            Logic::Events(events) => (exclusion.set == 0).then_some(events),
            Logic::Correlation(correlation) => {
                correlation.stages.get_mut(exclusion.set).map(|stage| &mut stage.events)
            }
            Logic::Raw(_) => None,
        };
        if let Some(events) = events {
            let rest = Predicate::not(exclusion.when.clone());
            events.condition = Predicate::all([events.condition.clone(), rest]);
        }
    }

    /// The events that results are made of, or whose fields name the groups. `None` where nothing is said of events.
    pub fn result_events(&self) -> Option<&EventSet> {
        match self {
            Logic::Events(events) => Some(events),
            Logic::Correlation(correlation) => Some(&correlation.result_stage().events),
            Logic::Raw(_) => None,
        }
    }
}

/// One result per combination of fields: also the number of events and the first and last time.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The fields, with their places. Empty only in a correlation without groups.
    pub by: Vec<Spanned<Field>>,
    /// Fields whose distinct values are collected.
    pub values: Vec<Spanned<Field>>,
    /// The block in the detection, for messages.
    pub span: Span,
}

/// When a detection runs.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How often.
    pub every: Duration,
    /// How far back each run looks.
    pub lookback: Duration,
    /// Where the lookback is written, for messages.
    pub lookback_span: Span,
    /// How long it waits for late events.
    pub delay: Option<Duration>,
}

/// How long a repeated alert stays quiet.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// The fields that make two alerts the same.
    pub by: Vec<Spanned<Field>>,
    /// How long.
    pub duration: Duration,
}

/// Risk-based alerting.
#[derive(Debug, Clone)]
pub struct Risk {
    /// The message.
    pub message: Message,
    /// Who gains risk.
    pub objects: Vec<RiskObject>,
    /// What the attacker used.
    pub threat_objects: Vec<ThreatObject>,
}

/// Who gains how much risk.
#[derive(Debug, Clone)]
pub struct RiskObject {
    /// The field.
    pub field: Spanned<Field>,
    /// What kind of thing.
    pub object_type: RiskObjectType,
    /// 1 to 100.
    pub score: u32,
}

/// Something that the attacker used.
#[derive(Debug, Clone)]
pub struct ThreatObject {
    /// The field.
    pub field: Spanned<Field>,
    /// What kind of thing.
    pub object_type: String,
}

/// An entity of an alert.
#[derive(Debug, Clone)]
pub struct Entity {
    /// The field.
    pub field: Spanned<Field>,
    /// What the field's value identifies.
    pub entity_type: EntityType,
}

/// Searches that start from an alert.
#[derive(Debug, Clone)]
pub enum Drilldowns {
    /// The usual two.
    Default,
    /// These.
    List(Vec<Drilldown>),
}

/// A search that starts from an alert.
#[derive(Debug, Clone)]
pub struct Drilldown {
    /// Its name.
    pub name: Message,
    /// The fields that are the alert's.
    pub same: Vec<Spanned<Field>>,
    /// How far back.
    pub lookback: Option<Duration>,
}

/// Events with what the detection must say of them.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// What is tested.
    pub name: Spanned<String>,
    /// The events.
    pub events: Vec<Observation>,
    /// Where the events are, when they are in a file of their own: relative to the detection. Whoever has the files reads
    /// it, and puts them among `events`.
    pub file: Option<Spanned<String>>,
    /// When the detection runs; without it, at a time when nothing is left open.
    pub now: Option<Time>,
    /// How many results.
    pub matches: Spanned<u32>,
    /// Which events match, counted from 0, where the test says it.
    pub which: Option<Spanned<Vec<usize>>>,
    /// Values that every result must have.
    pub with: Vec<(Spanned<Field>, Spanned<Value>)>,
}

/// Events as a product has them, with what the query of one target must say of them.
#[derive(Debug, Clone)]
pub struct RecordedTest {
    /// What is tested.
    pub name: Spanned<String>,
    /// A profile, or a target for those of its profiles that can have such events.
    pub target: Spanned<String>,
    /// The events, in the form of the target.
    pub records: Spanned<serde_json::Value>,
    /// When the detection runs; without it, at a time when nothing is left open.
    pub now: Option<Time>,
    /// How many results.
    pub matches: Spanned<u32>,
    /// Which events match, counted from 0, where the test says it.
    pub which: Option<Spanned<Vec<usize>>>,
}

/// Consent to a loss.
#[derive(Debug, Clone)]
pub struct Accept {
    /// A profile, or a target for all its profiles.
    pub target: Spanned<String>,
    /// The name of the loss.
    pub loss: Spanned<String>,
    /// The field it is about.
    pub field: Option<Spanned<String>>,
    /// Why.
    pub reason: String,
}

/// Mutants of the queries, small mistakes put into them, that no test can notice. What is not said holds for all.
#[derive(Debug, Clone)]
pub struct ExplainedMutant {
    /// A profile, or a target for all its profiles.
    pub target: Option<String>,
    /// The kind of mistake.
    pub change: Option<Spanned<String>>,
    /// What is changed, without commas and white space around it.
    pub of: Option<String>,
    /// A text of the query, at the mistake or near it.
    pub near: Option<String>,
    /// Why.
    pub reason: String,
    /// The entry in the detection, for messages.
    pub span: Span,
}

/// Target text in place of what detc would render.
#[derive(Debug, Clone)]
pub struct RawQuery {
    /// The profile.
    pub profile: Spanned<String>,
    /// The query.
    pub query: Spanned<String>,
    /// Why.
    pub reason: String,
}

impl Detection {
    /// The fields that a result must have beyond the event's own, with the place that first names each: those of the
    /// summary, and those that risk, entities, suppression, drilldowns and their messages read. Each once, in order of
    /// first use.
    pub fn outputs(&self) -> Vec<&Spanned<Field>> {
        let mut named: Vec<&Spanned<Field>> = Vec::new();
        if let Some(summary) = &self.summary {
            named.extend(summary.by.iter().chain(&summary.values));
        }
        if let Some(risk) = &self.risk {
            named.extend(risk.objects.iter().map(|object| &object.field));
            named.extend(risk.threat_objects.iter().map(|object| &object.field));
            named.extend(risk.message.fields());
        }
        named.extend(self.entities.iter().map(|entity| &entity.field));
        if let Some(suppression) = &self.suppression {
            named.extend(&suppression.by);
        }
        if let Some(Drilldowns::List(list)) = &self.drilldowns {
            named.extend(
                list.iter().flat_map(|drilldown| drilldown.same.iter().chain(drilldown.name.fields())),
            );
        }
        let mut outputs: Vec<&Spanned<Field>> = Vec::new();
        for field in named {
            if !outputs.contains(&field) {
                outputs.push(field);
            }
        }
        outputs
    }

    /// The fields of [`Self::outputs`], without their places.
    pub fn output_fields(&self) -> Vec<&Field> {
        self.outputs().into_iter().map(|field| &field.value).collect()
    }
}
