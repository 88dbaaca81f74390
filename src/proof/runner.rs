//! The runner: events and a query of one profile, run without the product.
//!
//! In: a compiled detection, or any text in its place; events in neutral fields. Out: what the query finds. Must not know
//! how a query is made.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::kusto;
use super::reads::{names_results, reads, reads_whole};
use super::result::{Found, Stop};
use super::rows::{Asked, Fidelity, Taken, Uncarried};
use super::{sigma, splunk};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::Diagnostic;
use crate::evaluate::Evaluator;
use crate::ir::{CorrelationPattern, Detection, Logic, Observation, Time};
use crate::targets::{Compiled, Profile};

/// Runs queries of one profile. Made once, used for any number of detections, also by several threads.
pub struct Runner {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
    bench: Bench,
}

enum Bench {
    Splunk(splunk::Bench),
    Kusto(kusto::Bench),
    Sigma(sigma::Bench),
}

/// A query, read once; run any number of times.
pub struct Query {
    read: Read,
}

enum Read {
    Splunk(splunk::Query),
    Kusto(kusto::Query),
    Sigma(Box<sigma::Query>),
}

/// Events as rows of the target. Where a source has several tables, or its values two spellings, once for each.
pub struct Rows {
    taken: Vec<Taken<Kind>>,
    now: Option<Time>,
    /// The last moment that is looked at, where the run has a time.
    end: Option<Time>,
    fidelity: Fidelity,
}

enum Kind {
    Splunk(splunk::Rows),
    Kusto(kusto::Rows),
    Sigma(sigma::Rows),
}

impl Runner {
    /// For a profile.
    pub fn new(profile: &'static Profile, catalogue: &Arc<Catalogue>) -> Self {
        let bench = match profile.target() {
            "splunk" => Bench::Splunk(splunk::Bench::new(profile.id, catalogue)),
            "kusto" => Bench::Kusto(kusto::Bench::new(profile.id, Arc::clone(catalogue))),
            _ => Bench::Sigma(sigma::Bench::new(catalogue)),
        };
        Self { profile, catalogue: Arc::clone(catalogue), bench }
    }

    /// The profile.
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// Reads what the detection was compiled to.
    pub fn query(&self, detection: &Detection, compiled: &Compiled) -> Result<Query, Stop> {
        self.query_of(detection, compiled, &compiled.text)
    }

    /// Reads another text in place of what the detection was compiled to, with the same output and the same lists.
    pub fn query_of(&self, detection: &Detection, compiled: &Compiled, text: &str) -> Result<Query, Stop> {
        let sources = self.catalogue.sources_of(&detection.logic).unwrap_or_default();
        let slug = &detection.metadata.slug;
        let read = match &self.bench {
            Bench::Splunk(bench) => Read::Splunk(bench.query(text, &compiled.columns, slug, &sources)?),
            Bench::Kusto(bench) => Read::Kusto(bench.query(text, &compiled.columns, &sources)?),
            Bench::Sigma(bench) => Read::Sigma(Box::new(bench.query(text, &compiled.columns, &sources)?)),
        };
        Ok(Query { read })
    }

    /// A query with everything put in that the rows stand for: macros, where the target has some.
    pub fn expanded(&self, detection: &Detection, text: &str) -> Result<String, Stop> {
        match &self.bench {
            Bench::Splunk(bench) => {
                let sources = self.catalogue.sources_of(&detection.logic).unwrap_or_default();
                bench.expanded(text, &detection.metadata.slug, &sources)
            }
            Bench::Kusto(_) | Bench::Sigma(_) => Ok(text.to_owned()),
        }
    }

    /// Makes the rows of these events. A run at `now` sees the events up to then, less the delay of the schedule, unless
    /// the query leaves later ones out itself; without
    /// `now` the run is at a time when nothing is left open.
    ///
    /// # Errors
    /// What is wrong with the binding of a data source.
    pub fn rows(
        &self,
        detection: &Detection,
        events: &[Observation],
        now: Option<Time>,
    ) -> Result<Rows, Vec<Diagnostic>> {
        let delay = detection.schedule.as_ref().and_then(|schedule| schedule.delay);
        let end = now.map(|now| delay.map_or(now, |delay| now.before(delay)));
        let last = if ends_by_itself(detection) { now } else { end };
        let seen = events.iter().enumerate().filter(|(_, seen)| last.is_none_or(|last| seen.time <= last));
        let (reads, whole) = (reads(detection), reads_whole(detection));
        let asked = Asked::new(&self.catalogue, &reads, &whole, &names_results(detection), seen);
        let mut fidelity = Fidelity::default();
        let mut taken = Vec::new();
        match &self.bench {
            Bench::Splunk(bench) => {
                let rows = bench.rows(&asked, &mut fidelity)?.into_iter();
                taken.extend(rows.map(|Taken { label, rows }| Taken { label, rows: Kind::Splunk(rows) }));
            }
            Bench::Kusto(bench) => {
                let places = asked.sources.iter().map(|of| bench.places(&of.source));
                let places = places.collect::<Result<Vec<_>, _>>()?.into_iter().max().unwrap_or_default();
                for place in 0..places {
                    let Taken { label, rows } = bench.rows(&asked, place, &mut fidelity)?;
                    taken.push(Taken { label, rows: Kind::Kusto(rows) });
                }
            }
            Bench::Sigma(bench) => {
                let rows = bench.rows(&asked, &mut fidelity)?;
                taken.push(Taken { label: String::new(), rows: Kind::Sigma(rows) });
            }
        }
        let Fidelity { uncarried, .. } = &mut fidelity;
        uncarried.sort_by(|one, other| (one.event, &one.field).cmp(&(other.event, &other.field)));
        uncarried.dedup();
        let now = now.or_else(|| self.nothing_left_open(detection, events));
        Ok(Rows { taken, now, end, fidelity })
    }

    /// The rows of events that are given as the target has them, for a run at `now`; nothing where no such event can be
    /// given.
    ///
    /// # Errors
    /// What is wrong with the events.
    pub(super) fn recorded(
        &self,
        detection: &Detection,
        records: &Json,
        now: Option<Time>,
    ) -> Result<Option<Rows>, String> {
        let sources = self.catalogue.sources_of(&detection.logic).unwrap_or_default();
        let made = match &self.bench {
            Bench::Splunk(bench) => bench
                .recorded(&sources, records, Time::TEST_START)?
                .map(|(rows, last)| (Kind::Splunk(rows), last)),
            Bench::Kusto(bench) => {
                let (rows, last) = bench.recorded(&sources, records, Time::TEST_START)?;
                Some((Kind::Kusto(rows), last))
            }
            Bench::Sigma(_) => None,
        };
        Ok(made.map(|(rows, last)| Rows {
            taken: vec![Taken { label: String::new(), rows }],
            now: Some(now.unwrap_or_else(|| left_open_after(detection, last))),
            end: None,
            fidelity: Fidelity::default(),
        }))
    }

    /// Runs a query over rows.
    ///
    /// # Errors
    /// Why the results are not known; also when they differ between the tables of a source.
    pub fn run(&self, query: &Query, rows: &Rows) -> Result<Vec<Found>, Stop> {
        Ok(self.run_each(query, rows)?.into_iter().next().unwrap_or_default())
    }

    /// As [`Runner::run`], with the results over each way in which the events can stand in the target: the same events, or
    /// as many, which may show other values.
    pub(super) fn run_each(&self, query: &Query, rows: &Rows) -> Result<Vec<Vec<Found>>, Stop> {
        let mut all: Vec<(&str, Vec<Found>)> = Vec::new();
        for taken in &rows.taken {
            let found = match (&self.bench, &query.read, &taken.rows) {
                (Bench::Splunk(bench), Read::Splunk(query), Kind::Splunk(made)) => {
                    bench.run(query, made, rows.now)?
                }
                (Bench::Kusto(_), Read::Kusto(query), Kind::Kusto(made)) => query.run(made, rows.now)?,
                // The rule has no delay of its own: the events are those up to the end.
                (Bench::Sigma(_), Read::Sigma(query), Kind::Sigma(made)) => query.run(made, rows.end)?,
                _ => {
                    return Err(Stop::Fails("the query or the rows are those of another profile".to_owned()));
                }
            };
            match all.first() {
                Some((label, known)) if !alike(known, &found) => {
                    let (one, other) = (known.len(), found.len());
                    return Err(Stop::Differs(format!(
                        "in {label} the query finds {}, in {} {}",
                        results(one),
                        taken.label,
                        results(other)
                    )));
                }
                None | Some(_) => all.push((&taken.label, found)),
            }
        }
        // Where the events cannot stand at all, nothing is found.
        if all.is_empty() {
            all.push(("", Vec::new()));
        }
        Ok(all.into_iter().map(|(_, found)| found).collect())
    }

    /// The time of a run that has seen everything. What is new is new up to the last event that is looked at.
    fn nothing_left_open(&self, detection: &Detection, events: &[Observation]) -> Option<Time> {
        let last = events.iter().map(|seen| seen.time).max()?;
        if !ends_by_itself(detection) {
            return Some(left_open_after(detection, last));
        }
        let sources = self.catalogue.sources_of(&detection.logic)?;
        let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
        let evaluator = Evaluator::over(detection, &sources).ok()?;
        let found = events.iter().filter(|seen| evaluator.matches(&seen.event));
        Some(left_open_after(detection, found.map(|seen| seen.time).max().unwrap_or(last)))
    }
}

/// When a run sees everything that the last event that counts can be part of.
fn left_open_after(detection: &Detection, last: Time) -> Time {
    let last = match &detection.logic {
        Logic::Correlation(correlation) => match &correlation.pattern {
            CorrelationPattern::NewValue { .. } => last,
            pattern => last.after(pattern.reach()),
        },
        Logic::Events(_) | Logic::Raw(_) => last,
    };
    let delay = detection.schedule.as_ref().and_then(|schedule| schedule.delay);
    delay.map_or(last, |delay| last.after(delay))
}

/// Whether the queries say up to when they look, so that it need not be said for them.
fn ends_by_itself(detection: &Detection) -> bool {
    match &detection.logic {
        Logic::Correlation(correlation) => matches!(correlation.pattern, CorrelationPattern::NewValue { .. }),
        Logic::Events(_) | Logic::Raw(_) => false,
    }
}

impl Rows {
    /// What the rows do not say as the events do. Where such a field decides, the results over the rows say nothing.
    pub fn uncarried(&self) -> &[Uncarried] {
        &self.fidelity.uncarried
    }

    /// Whether a value of this field stands there in another spelling than in the events.
    pub fn is_respelled(&self, field: &str) -> bool {
        self.fidelity.respelled.contains(field)
    }

    /// The time of the run.
    pub fn now(&self) -> Option<Time> {
        self.now
    }

    /// In how many ways the events can stand in the target.
    pub fn ways(&self) -> usize {
        self.taken.len()
    }

    /// What one of the ways is called.
    pub fn label(&self, way: usize) -> &str {
        self.taken.get(way).map_or("", |taken| &taken.label)
    }

    /// The rows as they stand in one of the ways.
    pub fn of_way(&self, way: usize) -> Json {
        self.taken.get(way).map_or(Json::Null, |taken| taken.rows.json())
    }

    /// The tables of one of the ways, where the target is Kusto.
    pub fn tables(&self, way: usize) -> Option<&crate::kql::Tables> {
        match &self.taken.get(way)?.rows {
            Kind::Kusto(rows) => Some(rows.tables()),
            Kind::Splunk(_) | Kind::Sigma(_) => None,
        }
    }

    /// The rows as JSON: one entry for each way in which the events can stand in the target, with its `label`.
    pub fn json(&self) -> Json {
        let each = self.taken.iter().map(|taken| json!({"label": taken.label, "rows": taken.rows.json()}));
        each.collect()
    }
}

impl Kind {
    fn json(&self) -> Json {
        match self {
            Kind::Splunk(rows) => rows.json(),
            Kind::Kusto(rows) => rows.json().clone(),
            Kind::Sigma(rows) => rows.json(),
        }
    }
}

/// Whether two ways to hold the events give the same results, in any order. Fields may be written differently.
fn alike(one: &[Found], other: &[Found]) -> bool {
    let keys = |found: &[Found]| {
        let mut keys: Vec<(Option<usize>, Option<u64>)> =
            found.iter().map(|found| (found.event, found.count)).collect();
        keys.sort_unstable();
        keys
    };
    keys(one) == keys(other)
}

fn results(count: usize) -> String {
    if count == 1 { "1 result".to_owned() } else { format!("{count} results") }
}
