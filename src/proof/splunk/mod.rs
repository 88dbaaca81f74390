//! Splunk: events as they are extracted, rows of data models, and the run of a search over them.
//!
//! In: events and the text of a search. Out: events in which the catalogue's expressions find the values again; and what
//! the search finds, by `spl`. Must not know how searches are made.
//!
//! ESCU's searches fill the fields of a summary by a bare `fillnull`, which leaves out fields that no event has; Splunk then
//! drops every result. They suppose that add-ons fill those fields. So do the rows for `splunk:escu`: what the event of a
//! test lacks there is `unknown`, unless the detection reads it.
//!
//! A macro of a data source stands for its events, whatever an environment writes into it: here for the events of the
//! sources that name it. The filter of a detection keeps everything, as it does until somebody writes one.

mod binding;
mod plan;
mod read;
mod record;
mod recorded;
mod slot;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json, json};

use self::plan::{EVENT, MACRO, Made, Plan};
use super::result::{Found, Stop};
use super::rows::{Asked, Fidelity, Taken, Uncarried};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::Diagnostic;
use crate::ir::{Event, List, Time};
use crate::maps::HashMap;
use crate::spl::{self, Context, Dataset, LookupTable, Macros, MatchType, Program, Row, expand, parse};
use crate::targets::splunk::LookupDefinition;

/// What a plan depends on: the source and the fields.
type Key = (String, Vec<String>);

/// The profile's bindings, and the plans that were made.
pub(super) struct Bench {
    profile: &'static str,
    lookups: BTreeMap<String, LookupTable>,
    plans: Mutex<HashMap<Key, Arc<Plan>>>,
}

/// A search, read once.
pub(super) struct Query {
    program: Program,
    columns: Vec<(String, String)>,
}

/// The rows of some events.
pub(super) struct Rows {
    dataset: Dataset,
}

impl Bench {
    pub(super) fn new(profile: &'static str, catalogue: &Catalogue) -> Self {
        let lists = catalogue.lists().filter_map(|name| catalogue.list(name)?.ok());
        let lookups = lists.map(|list| (list.name.clone(), lookup(&list))).collect();
        Self { profile, lookups, plans: Mutex::default() }
    }

    fn plan(
        &self,
        source: &Arc<Source>,
        fields: &BTreeSet<String>,
    ) -> Result<Option<Arc<Plan>>, Vec<Diagnostic>> {
        let key = (source.id.clone(), fields.iter().cloned().collect());
        // A panic elsewhere leaves whole entries only.
        if let Some(plan) = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(Arc::clone(plan)));
        }
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        let Some(plan) = Plan::new(source, self.profile, &names)?.map(Arc::new) else { return Ok(None) };
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&plan));
        Ok(Some(plan))
    }

    /// The rows of these events: once as they are, and once more where texts may be written as in XML.
    pub(super) fn rows(
        &self,
        asked: &Asked,
        fidelity: &mut Fidelity,
    ) -> Result<Vec<Taken<Rows>>, Vec<Diagnostic>> {
        let mut all = Vec::new();
        for (escaped, label) in [(false, "plain text"), (true, "text with XML's entities")] {
            let mut dataset = Dataset::default();
            let mut differs = false;
            for of_source in &asked.sources {
                let Some(plan) = self.plan(&of_source.source, &of_source.fields)? else { continue };
                differs |= plan.has_two_spellings(of_source.events.iter().map(|(_, seen)| &seen.event));
                // A bare `fillnull` drops every result that lacks a field that no event has.
                let fills = self.profile == "splunk:escu";
                let rows = match plan.data_model() {
                    Some(name) => dataset.models.entry(name.to_owned()).or_default(),
                    None => &mut dataset.events,
                };
                let mut before: Option<(&Event, Made)> = None;
                for (number, seen) in of_source.events.iter().copied() {
                    let like = before.as_ref().filter(|(event, _)| **event == seen.event);
                    let again = like.and_then(|(_, made)| plan.make_again(made, number, seen.time));
                    let made = again.unwrap_or_else(|| {
                        plan.make(&seen.event, of_source, fills, (number, seen.time), escaped)
                    });
                    rows.push(made.row.clone());
                    fidelity.uncarried.extend(made.wrong.iter().cloned().map(|(field, reason)| {
                        let decides = field.is_empty() || of_source.reads.contains(&field);
                        Uncarried { event: number, field, reason, decides }
                    }));
                    fidelity.respelled.extend(made.respelled.iter().cloned());
                    before = Some((&seen.event, made));
                }
            }
            if !escaped || differs {
                all.push(Taken { label: label.to_owned(), rows: Rows { dataset } });
            }
            if !differs {
                break;
            }
        }
        Ok(all)
    }

    /// The rows of events that are given as Splunk has them, and the time of the last; nothing when a source stands in data models, of which no
    /// record can be shown.
    pub(super) fn recorded(
        &self,
        sources: &[Arc<Source>],
        records: &Json,
        start: Time,
    ) -> Result<Option<(Rows, Time)>, String> {
        let mut plans = Vec::new();
        for source in sources {
            // What is wrong with a binding is reported where the detection is compiled.
            plans.extend(self.plan(source, &BTreeSet::new()).ok().flatten());
        }
        if plans.iter().any(|plan| plan.data_model().is_some()) {
            return Ok(None);
        }
        let macros: Vec<&str> = plans.iter().filter_map(|plan| plan.macro_name()).collect();
        let (events, last) = recorded::rows(records, &macros, start)?;
        Ok(Some((Rows { dataset: Dataset { events, ..Dataset::default() } }, last)))
    }

    /// Reads a search, whose columns are called so. `slug` is the name of the detection, as its filter has it.
    pub(super) fn query(
        &self,
        text: &str,
        columns: &[(String, String)],
        slug: &str,
        sources: &[Arc<Source>],
    ) -> Result<Query, Stop> {
        let text = self.expanded(text, slug, sources)?;
        let search = parse(&text).map_err(problems)?;
        let program = Program::compile_saved(&search, &text).map_err(problems)?;
        Ok(Query { program, columns: columns.to_vec() })
    }

    /// The search with its macros put in: what stands for the events of a source is a field of the rows.
    pub(super) fn expanded(&self, text: &str, slug: &str, sources: &[Arc<Source>]) -> Result<String, Stop> {
        let macros = self.macros(slug, sources).map_err(Stop::Unreadable)?;
        Ok(expand(text, &macros).map_err(problems)?.text)
    }

    fn macros(&self, slug: &str, sources: &[Arc<Source>]) -> Result<Macros, String> {
        let mut macros = Macros::default();
        macros.define(
            "security_content_ctime",
            &["field"],
            "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)",
        )?;
        macros.define(&format!("{slug}_filter"), &[], "search *")?;
        for source in sources {
            // What is wrong with a binding is reported where the detection is compiled.
            let Ok(Some(plan)) = self.plan(source, &BTreeSet::new()) else { continue };
            if let Some(name) = plan.macro_name() {
                macros.define(name, &[], &format!("{MACRO}=\"{name}\""))?;
            }
        }
        Ok(macros)
    }

    /// Runs a search over rows. `now` is the time of the run.
    pub(super) fn run(&self, query: &Query, rows: &Rows, now: Option<Time>) -> Result<Vec<Found>, Stop> {
        let now = now.map_or(0.0, |now| now.milliseconds as f64 / 1000.0);
        let context = Context { now, lookups: self.lookups.clone() };
        let found = query.program.run(&rows.dataset, &context).map_err(|stop| match stop {
            spl::Stop::Undetermined { rule } => Stop::Undetermined(format!("Splunk's rule {rule}")),
            spl::Stop::Outside { what, .. } => Stop::Outside(what),
            spl::Stop::Fails { what, .. } => Stop::Fails(what),
            spl::Stop::Limit { what } => Stop::Limit(what.to_owned()),
        })?;
        Ok(found.iter().map(|row| query.found(row)).collect())
    }
}

fn problems(problems: Vec<spl::Problem>) -> Stop {
    let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
    Stop::Unreadable(messages.join("; "))
}

impl Query {
    fn found(&self, row: &Row) -> Found {
        let texts = |name: &str| {
            row.get(name)
                .map_or(Vec::new(), |value| value.texts().map(std::borrow::Cow::into_owned).collect())
        };
        let number = |name: &str| row.text(name).and_then(|text| text.parse().ok());
        let columns = self.columns.iter().map(|(name, there)| (name.clone(), texts(there)));
        Found {
            event: number(EVENT).and_then(|number: u64| usize::try_from(number).ok()),
            count: number("count"),
            fields: columns.filter(|(_, texts)| !texts.is_empty()).collect(),
        }
    }
}

impl Rows {
    /// The events, and the rows of each data set.
    pub(super) fn json(&self) -> Json {
        let row = |row: &Row| -> Json {
            let fields = row.fields().map(|(name, value)| {
                let mut texts: Vec<Json> = value.texts().map(|text| text.as_ref().into()).collect();
                let value = if texts.len() == 1 { texts.remove(0) } else { Json::Array(texts) };
                (name.to_string(), value)
            });
            fields.collect()
        };
        let models: Map<String, Json> = self
            .dataset
            .models
            .iter()
            .map(|(name, rows)| (name.clone(), rows.iter().map(row).collect()))
            .collect();
        let events: Json = self.dataset.events.iter().map(row).collect();
        json!({"events": events, "models": models})
    }
}

/// A list as its lookup definition has it.
fn lookup(list: &List) -> LookupTable {
    let definition = LookupDefinition::of(list);
    let match_type = |written: &String| {
        let (kind, column) = written.strip_suffix(')')?.split_once('(')?;
        Some((column.to_owned(), if kind == "CIDR" { MatchType::Cidr } else { MatchType::Wildcard }))
    };
    let cells = |row: &Vec<Option<crate::ir::Cell>>| {
        row.iter().map(|cell| cell.as_ref().map_or("", |cell| cell.text.as_str()).into()).collect()
    };
    LookupTable {
        columns: list.columns.iter().map(|column| column.name.clone()).collect(),
        rows: list.rows.iter().map(cells).collect(),
        ignores_case: !definition.case_sensitive_match,
        match_types: definition.match_type.iter().filter_map(match_type).collect(),
        max_matches: Some(definition.max_matches as usize),
        default_match: None,
    }
}
