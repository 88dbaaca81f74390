//! The emitted KQL, run by detc's own interpreter: also what duckdb-kql does not run, and without Python.

use std::collections::BTreeMap;

use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type, Value};

use crate::say::say;
use crate::{cases, kusto};

#[test]
fn the_emitted_kql_means_the_detection_to_the_interpreter() {
    let catalogue = cases::catalogue();
    let columns: Vec<Column> = kusto::COLUMNS
        .iter()
        .map(|(name, kind)| Column::new(*name, Type::parse(kind).expect("a type")))
        .collect();
    let mut schemas = Schemas::default();
    schemas.tables.insert("T".to_owned(), columns.clone());
    let mut watchlists = BTreeMap::new();
    for (name, table) in kusto::watchlists_by_name(&catalogue) {
        schemas.watchlists.insert(name.clone(), Vec::new());
        let columns =
            vec![Column::new("SearchKey", Type::String), Column::new("WatchlistItem", Type::Dynamic)];
        watchlists.insert(name, Table::from_json(columns, &table).expect("the list fits"));
    }
    let (mut compared, mut with_lists) = (0, 0);
    let mut wrong = Vec::new();
    for (case, query) in kusto::compiled(&catalogue, 1_500) {
        with_lists += usize::from(query.contains("_GetWatchlist") || query.contains("in~ (dynamic"));
        let query = format!("{query}| project row");
        let program = kql::parse(&query).and_then(|query| Program::compile(&query, &schemas));
        let program = program.unwrap_or_else(|problems| panic!("{problems:#?}\n{query}"));
        let rows: Vec<_> = kusto::rows(&case).iter().filter_map(|row| row.as_object().cloned()).collect();
        let table = Table::from_json(columns.clone(), &rows).expect("the rows fit");
        let tables = Tables { tables: [("T".to_owned(), table)].into(), watchlists: watchlists.clone() };
        let found = match program.run(&tables, &Context::default()) {
            Ok(table) => table.rows,
            Err(stop) => {
                wrong.push(format!("{stop}\n{}\n{query}", case.text));
                continue;
            }
        };
        for (index, (event, expected)) in case.events.iter().zip(&case.expected).enumerate() {
            compared += 1;
            if found.iter().any(|row| row[0] == Value::Long(index as i64)) != *expected {
                wrong.push(format!("expected {expected} for {event:?}\n{}\n{query}", case.text));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ; the first:\n{}", wrong.len(), wrong[0]);
    say(&format!(
        "{compared} verdicts compared by the KQL interpreter, none undetermined; {with_lists} queries with watchlists"
    ));
    assert!(compared > 50_000, "only {compared} verdicts were compared");
}
