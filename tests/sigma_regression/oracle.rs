//! The emitted KQL, run by an engine that this project did not write, over the rows that the interpreter runs it over.
//!
//! duckdb-kql runs in `oracles/kqlrun.py`, which needs Python: without `oracles/.venv` this is skipped, and the output says
//! so. What duckdb-kql does not run gives no verdict, and is counted.

use std::collections::{BTreeMap, BTreeSet};

use detc::proof::Rows;
use serde_json::{Value, json};

use super::kqlrun;
use super::say::say;

/// The column that says which event a row stands for.
const EVENT: &str = "detc_event";

/// A query with its rows, and what must come of it.
pub(super) struct Case {
    /// The rule.
    name: String,
    input: Value,
    /// The events that it must find, by their place.
    found: BTreeSet<usize>,
    /// The events of which the rows do not say enough.
    unknown: BTreeSet<usize>,
    /// All events.
    events: usize,
}

/// A case for each way in which the events can stand in the target.
pub(super) fn cases(
    name: &str,
    query: &str,
    rows: &Rows,
    found: &BTreeSet<usize>,
    unknown: &BTreeSet<usize>,
    events: usize,
) -> Vec<Case> {
    let one = |way: usize| {
        let own = rows.of_way(way);
        // A query may read several tables. Those that hold no event here are empty, or are missing, as a fuzzy union
        // allows: for of two columns of one name and different types Kusto makes two, duckdb-kql one.
        let fits = |other: &usize| *other == way || !disagree(rows, way, *other);
        let tables = (0..rows.ways()).filter(fits).filter_map(|way| rows.tables(way));
        let tables = tables.flat_map(|tables| &tables.tables);
        let tables: serde_json::Map<String, Value> = tables
            .map(|(name, table)| {
                let columns: serde_json::Map<String, Value> = table
                    .columns
                    .iter()
                    .map(|column| (column.name.clone(), column.kind.to_string().into()))
                    .collect();
                let rows = own.get(name).cloned().unwrap_or_else(|| json!([]));
                (name.clone(), json!({"columns": columns, "rows": rows}))
            })
            .collect();
        let name = format!("{name} ({})", rows.label(way));
        let input = json!({"id": name, "query": query, "tables": tables});
        Case { name, input, found: found.clone(), unknown: unknown.clone(), events }
    };
    (0..rows.ways()).map(one).collect()
}

/// Whether a column of the tables of one way has another type in those of the other.
fn disagree(rows: &Rows, one: usize, other: usize) -> bool {
    let columns = |way: usize| {
        rows.tables(way)
            .into_iter()
            .flat_map(|tables| tables.tables.values())
            .flat_map(|table| &table.columns)
    };
    columns(one).any(|column| columns(other).any(|it| it.name == column.name && it.kind != column.kind))
}

/// What came of all cases.
#[derive(Default)]
struct Account {
    matched: usize,
    silent: usize,
    unsupported: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

/// Runs them; gives what is wrong, and nothing where there is no engine.
pub(super) fn run(cases: &[Case]) -> Vec<String> {
    let Some(python) = kqlrun::python() else {
        say(
            "SKIPPED: the queries were not run by duckdb-kql: oracles/.venv is missing (oracles/install makes it)",
        );
        return Vec::new();
    };
    let requests: Vec<Value> = cases.iter().map(|case| case.input.clone()).collect();
    let mut account = Account::default();
    for (case, answer) in cases.iter().zip(kqlrun::run(&python, &requests)) {
        account.add(case, &answer);
    }
    let unsupported: usize = account.unsupported.values().sum();
    say(&format!(
        "duckdb-kql: {} pairs match, {} do not, as they must; {unsupported} of {} queries are not run by it; {} wrong",
        account.matched,
        account.silent,
        cases.len(),
        account.wrong.len()
    ));
    for (reason, number) in &account.unsupported {
        say(&format!("    {number} queries: {reason}"));
    }
    if account.matched == 0 || unsupported * 10 > cases.len() {
        account.wrong.push("duckdb-kql runs too little to say anything".to_owned());
    }
    account.wrong
}

impl Account {
    fn add(&mut self, case: &Case, answer: &Value) {
        if let Some(reason) = answer["unsupported"].as_str() {
            *self.unsupported.entry(reason.chars().take(100).collect()).or_default() += 1;
            return;
        }
        let place =
            answer["columns"].as_array().and_then(|names| names.iter().position(|name| name == EVENT));
        let (Some(place), Some(rows)) = (place, answer["rows"].as_array()) else {
            self.wrong.push(format!("{}: {}", case.name, answer["error"]));
            return;
        };
        let found: BTreeSet<usize> =
            rows.iter().filter_map(|row| usize::try_from(row[place].as_u64()?).ok()).collect();
        for event in (0..case.events).filter(|event| !case.unknown.contains(event)) {
            match (case.found.contains(&event), found.contains(&event)) {
                (true, true) => self.matched += 1,
                (false, false) => self.silent += 1,
                (true, false) => self.wrong.push(format!("{}: event {event} is missed", case.name)),
                (false, true) => self.wrong.push(format!("{}: event {event} is found", case.name)),
            }
        }
    }
}
