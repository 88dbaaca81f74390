//! Kusto: rows of tables, and the run of a query over them.
//!
//! In: events and the text of a query. Out: rows of Microsoft's tables in which the catalogue's expressions find the
//! values again; and what the query finds, by `kql`. Must not know how queries are made.

mod binding;
mod fields;
mod plan;
mod read;
mod recorded;
mod row;
mod schema;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value as Json, json};

use self::plan::{Made, Plan};
use super::result::{Found, Stop};
use super::rows::{Asked, Fidelity, Taken, Uncarried};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::Diagnostic;
use crate::ir::{Event, List, Time};
use crate::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type};
use crate::maps::HashMap;

/// What a plan depends on: the source, which of its tables, and the fields.
type Key = (String, usize, Vec<String>);

/// The profile's tables, and the plans that were made.
pub(super) struct Bench {
    profile: &'static str,
    catalogue: Arc<Catalogue>,
    plans: Mutex<HashMap<Key, Arc<Plan>>>,
    /// How many tables each source has.
    places: Mutex<HashMap<String, usize>>,
    /// The lists as watchlists, by name.
    watchlists: OnceLock<Vec<(String, Table)>>,
}

/// The columns of a table, and rows for it.
type OfTable = (Vec<Column>, Vec<Map<String, Json>>);

/// A query, read once.
pub(super) struct Query {
    program: Program,
    columns: Vec<(String, String)>,
}

/// The rows of some events.
pub(super) struct Rows {
    tables: Tables,
    json: Json,
}

impl Bench {
    pub(super) fn new(profile: &'static str, catalogue: Arc<Catalogue>) -> Self {
        Self {
            profile,
            catalogue,
            plans: Mutex::default(),
            places: Mutex::default(),
            watchlists: OnceLock::new(),
        }
    }

    /// How many tables of the source can hold an event, or nothing when it does not exist there.
    pub(super) fn places(&self, source: &Source) -> Result<usize, Vec<Diagnostic>> {
        // A panic elsewhere leaves whole entries only.
        if let Some(known) = self.places.lock().unwrap_or_else(PoisonError::into_inner).get(&source.id) {
            return Ok(*known);
        }
        let binding = source.binding::<binding::Binding>(self.profile)?;
        let places = binding.map_or(0, |binding| binding.legs().len());
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(source.id.clone(), places);
        Ok(places)
    }

    fn plan(
        &self,
        source: &Arc<Source>,
        place: usize,
        fields: &[&str],
    ) -> Result<Option<Arc<Plan>>, Vec<Diagnostic>> {
        let owned = fields.iter().map(|field| (*field).to_owned()).collect();
        let key = (source.id.clone(), place, owned);
        // A panic elsewhere leaves whole entries only.
        if let Some(plan) = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(Arc::clone(plan)));
        }
        let Some(plan) = Plan::new(source, self.profile, place, fields)?.map(Arc::new) else {
            return Ok(None);
        };
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&plan));
        Ok(Some(plan))
    }

    /// The rows of these events, each in the table with this number of those that its source has.
    pub(super) fn rows(
        &self,
        asked: &Asked,
        place: usize,
        fidelity: &mut Fidelity,
    ) -> Result<Taken<Rows>, Vec<Diagnostic>> {
        let mut rows: BTreeMap<String, OfTable> = BTreeMap::new();
        let mut tables = Vec::new();
        for of_source in &asked.sources {
            let fields: Vec<&str> = of_source.fields.iter().map(String::as_str).collect();
            let Some(plan) = self.plan(&of_source.source, place, &fields)? else { continue };
            tables.push(plan.table.clone());
            let entry = rows.entry(plan.table.clone()).or_insert_with(|| (plan.columns.clone(), Vec::new()));
            let mut before: Option<(&Event, Made)> = None;
            for (number, seen) in of_source.events.iter().copied() {
                let time = moment(seen.time);
                let like = before.as_ref().filter(|(event, _)| **event == seen.event);
                let again = like.and_then(|(_, made)| plan.make_again(made, number, &time));
                let made = again.unwrap_or_else(|| plan.make(&seen.event, of_source, number, &time));
                fidelity.uncarried.extend(made.wrong.iter().cloned().map(|(field, reason)| {
                    let decides = field.is_empty() || of_source.reads.contains(&field);
                    Uncarried { event: number, field, reason, decides }
                }));
                fidelity.respelled.extend(made.respelled.iter().cloned());
                entry.1.push(made.row.clone());
                before = Some((&seen.event, made));
            }
        }
        let mut made = Rows { tables: Tables::default(), json: Json::Null };
        let mut json = Map::new();
        for (name, (columns, rows)) in rows {
            match Table::from_json(columns, &rows) {
                Ok(table) => drop(made.tables.tables.insert(name.clone(), table)),
                Err(reason) => {
                    let field = String::new();
                    fidelity.uncarried.push(Uncarried { event: 0, field, reason, decides: true });
                }
            }
            json.insert(name, rows.into_iter().map(Json::Object).collect());
        }
        made.json = Json::Object(json);
        self.add_watchlists(&mut made.tables);
        Ok(Taken { label: tables.join(", "), rows: made })
    }

    /// Reads a query, whose columns are called so.
    pub(super) fn query(
        &self,
        text: &str,
        columns: &[(String, String)],
        sources: &[Arc<Source>],
    ) -> Result<Query, Stop> {
        let known = schema::of_profile(self.profile);
        // A query names few of the many tables.
        let named = |tables: &BTreeMap<String, Vec<Column>>| -> BTreeMap<String, Vec<Column>> {
            let named = tables.iter().filter(|(name, _)| text.contains(name.as_str()));
            named.map(|(name, columns)| (name.clone(), columns.clone())).collect()
        };
        let mut schemas = Schemas {
            tables: named(&known.tables),
            functions: named(&known.functions),
            ..Schemas::default()
        };
        for source in sources {
            self.add_unknown(source, &mut schemas);
        }
        schemas.watchlists = self.catalogue.lists().map(|name| (name.to_owned(), Vec::new())).collect();
        let program = kql::parse(text).and_then(|query| Program::compile(&query, &schemas));
        let program = program.map_err(|problems| {
            Stop::Unreadable(
                problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "),
            )
        })?;
        Ok(Query { program, columns: columns.to_vec() })
    }
}

impl Bench {
    /// Adds every list as the watchlist that it becomes.
    fn add_watchlists(&self, tables: &mut Tables) {
        let made = self.watchlists.get_or_init(|| {
            let made = self.catalogue.lists().filter_map(|name| {
                let list = self.catalogue.list(name)?.ok()?;
                Some((name.to_owned(), watchlist(&list)?))
            });
            made.collect()
        });
        tables.watchlists.extend(made.iter().cloned());
    }

    /// Adds the tables of a source that Microsoft's schemas do not have. What is wrong with a binding is reported where
    /// the detection is compiled.
    fn add_unknown(&self, source: &Arc<Source>, schemas: &mut Schemas) {
        for place in 0..self.places(source).unwrap_or_default() {
            let Ok(Some(plan)) = self.plan(source, place, &[]) else { continue };
            let tables = if plan.is_function { &mut schemas.functions } else { &mut schemas.tables };
            tables.entry(plan.table.clone()).or_insert_with(|| plan.columns.clone());
        }
    }
}

impl Query {
    /// Runs the query over the rows. `now` is the time of the run.
    pub(super) fn run(&self, rows: &Rows, now: Option<Time>) -> Result<Vec<Found>, Stop> {
        let context = now.and_then(|now| Context::at(&moment(now))).unwrap_or_default();
        let table = self.program.run(&rows.tables, &context).map_err(|stop| match stop {
            kql::Stop::Undetermined { reason } => Stop::Undetermined(reason),
            kql::Stop::Outside { what } => Stop::Outside(what),
            kql::Stop::Limit { what } => Stop::Limit(what.to_owned()),
            kql::Stop::Mismatch { what } => Stop::Fails(what),
        })?;
        let event = table.column(schema::EVENT);
        let count = table.column("count_");
        let columns: Vec<(&String, usize)> =
            self.columns.iter().filter_map(|(name, there)| Some((name, table.column(there)?))).collect();
        let found = table.rows.iter().map(|row| Found {
            event: event
                .and_then(|column| kql::json(&row[column]).as_u64())
                .and_then(|number| usize::try_from(number).ok()),
            count: count.and_then(|column| kql::json(&row[column]).as_u64()),
            fields: columns
                .iter()
                .map(|(name, column)| ((*name).clone(), texts(&kql::json(&row[*column]))))
                .collect(),
        });
        Ok(found.collect())
    }
}

impl Rows {
    /// The tables that a query is run over.
    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The rows by table.
    pub(super) fn json(&self) -> &Json {
        &self.json
    }
}

/// The values of a cell as texts; none when it is empty.
fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Null => Vec::new(),
        Json::String(text) if text.is_empty() => Vec::new(),
        Json::Object(_) => vec![value.to_string()],
        Json::String(_) | Json::Number(_) | Json::Bool(_) => super::solve::plain(value).into_iter().collect(),
    }
}

/// A list as Sentinel keeps it: the key beside a bag of all columns.
fn watchlist(list: &List) -> Option<Table> {
    let mut rows = Vec::new();
    for cells in &list.rows {
        let text = |place: usize| cells[place].as_ref().map_or("", |cell| cell.text.as_str());
        let item: Map<String, Json> = list
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.name.clone(), text(place).into()))
            .collect();
        let row = json!({"SearchKey": text(list.key), "WatchlistItem": item});
        rows.extend(row.as_object().cloned());
    }
    let columns = vec![Column::new("SearchKey", Type::String), Column::new("WatchlistItem", Type::Dynamic)];
    Table::from_json(columns, &rows).ok()
}

fn moment(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.milliseconds)
        .map_or_else(|_| String::new(), |time| time.to_string())
}
