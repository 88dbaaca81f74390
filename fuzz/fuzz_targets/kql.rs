//! Any text as a KQL query: read, bound, and run over a few rows.
//!
//! In: text. Out: nothing; a panic, a hang or an overflow is a finding.
#![no_main]

use std::sync::LazyLock;

use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type};
use libfuzzer_sys::fuzz_target;

static WORLD: LazyLock<(Schemas, Tables)> = LazyLock::new(|| {
    let columns = vec![
        Column::new("s", Type::String),
        Column::new("n", Type::Long),
        Column::new("t", Type::DateTime),
        Column::new("d", Type::Dynamic),
    ];
    let rows = serde_json::json!([
        {"s": "Alpha beta", "n": 1, "t": "2026-03-10T11:00:00Z", "d": {"k": [1, "x"]}},
        {"s": "", "t": "2026-03-10T11:00:00Z", "d": [1, 2]},
        {"s": "10.0.0.1", "n": -5}
    ]);
    let rows: Vec<_> = rows.as_array().into_iter().flatten().filter_map(|row| row.as_object().cloned()).collect();
    let table = Table::from_json(columns.clone(), &rows).expect("the rows fit");
    let mut schemas = Schemas::default();
    schemas.tables.insert("T".to_owned(), columns.clone());
    schemas.watchlists.insert("w".to_owned(), vec![Column::new("s", Type::String)]);
    let mut tables = Tables::default();
    tables.tables.insert("T".to_owned(), table);
    (schemas, tables)
});

fuzz_target!(|text: &str| {
    let (schemas, tables) = &*WORLD;
    let context = Context { steps: 200_000, ..Context::at("2026-03-10T12:00:00Z").expect("is a time") };
    match kql::parse(text) {
        Ok(query) => match Program::compile(&query, schemas) {
            Ok(program) => drop(program.run(tables, &context)),
            Err(problems) => assert!(!problems.is_empty(), "a refusal has a reason"),
        },
        Err(problems) => {
            for problem in problems {
                assert!(text.get(problem.span.start..problem.span.end).is_some(), "a place lies in the text");
            }
        }
    }
});
