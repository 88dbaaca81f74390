//! The emitted KQL, run by duckdb-kql, and by detc's own interpreter.
//!
//! duckdb-kql is written by others, but does not run every construct, and needs Python. The interpreter runs all of what
//! is emitted, and must find every answer determined.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type, Value};
use detc::targets::{self, Options};
use serde_json::json;

use crate::cases::{self, Case, Dialect};

/// The columns of the table `T`.
const COLUMNS: [(&str, &str); 7] = [
    ("row", "long"),
    ("a", "string"),
    ("b", "string"),
    ("n", "long"),
    ("f", "bool"),
    ("m", "dynamic"),
    ("i", "string"),
];

/// Random cases with the query that each is compiled to.
fn compiled(catalogue: &Arc<Catalogue>, count: u64) -> Vec<(Case, String)> {
    let target = targets::target("kusto:sentinel", catalogue).expect("is there");
    // A string column has no null: a missing field and an empty one are the same row.
    let dialect = Dialect {
        empty_is_not_missing: false,
        any_one_at_edges: true,
        null_is_missing: true,
        text_among_numbers: false,
        letters: &["a", "b", "c", "x", "A", "B", " ", "-", "'", "1"],
    };
    let cases = cases::cases(catalogue, &dialect, count);
    cases
        .into_iter()
        .filter_map(|case| {
            let text = target.compile(&case.detection, Options::default()).ok()?.text;
            Some((case, format!("{text}| project row")))
        })
        .collect()
}

#[test]
fn the_emitted_kql_means_the_detection_to_the_interpreter() {
    let catalogue = cases::catalogue();
    let columns: Vec<Column> =
        COLUMNS.iter().map(|(name, kind)| Column::new(*name, Type::parse(kind).expect("a type"))).collect();
    let mut schemas = Schemas::default();
    schemas.tables.insert("T".to_owned(), columns.clone());
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (case, query) in compiled(&catalogue, 1_500) {
        let program = kql::parse(&query).and_then(|query| Program::compile(&query, &schemas));
        let program = program.unwrap_or_else(|problems| panic!("{problems:#?}\n{query}"));
        let rows: Vec<_> = rows(&case).iter().filter_map(|row| row.as_object().cloned()).collect();
        let table = Table::from_json(columns.clone(), &rows).expect("the rows fit");
        let tables = Tables { tables: [("T".to_owned(), table)].into(), ..Tables::default() };
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
    cases::say(&format!("{compared} verdicts compared by the interpreter, none undetermined"));
    assert!(compared > 50_000, "only {compared} verdicts were compared");
}

#[test]
fn the_emitted_kql_means_the_detection() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/.venv/bin/python");
    if !python.exists() {
        cases::say(
            "SKIPPED: the emitted KQL was not run: oracles/.venv is missing (oracles/install makes it)",
        );
        return;
    }
    let catalogue = cases::catalogue();
    let compiled_cases = compiled(&catalogue, 400);
    let columns: serde_json::Map<String, serde_json::Value> =
        COLUMNS.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).into())).collect();
    let requests: Vec<serde_json::Value> = compiled_cases
        .iter()
        .enumerate()
        .map(|(id, (case, query))| {
            json!({"id": id, "query": query, "tables": {"T": {"columns": columns, "rows": rows(case)}}})
        })
        .collect();
    let answers = run(&python, &requests);
    assert_eq!(answers.len(), compiled_cases.len());
    let (mut compared, mut unsupported) = (0, 0);
    let mut wrong = Vec::new();
    for ((case, query), answer) in compiled_cases.iter().zip(&answers) {
        if answer.get("unsupported").is_some() {
            unsupported += 1;
            continue;
        }
        let Some(rows) = answer["rows"].as_array() else { panic!("{answer}\n{query}") };
        let found: Vec<u64> = rows.iter().filter_map(|row| row[0].as_u64()).collect();
        for (index, (event, expected)) in case.events.iter().zip(&case.expected).enumerate() {
            compared += 1;
            if found.contains(&(index as u64)) != *expected {
                wrong.push(format!("expected {expected} for {event:?}\n{}\n{query}", case.text));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ; the first:\n{}", wrong.len(), wrong[0]);
    cases::say(&format!(
        "{compared} verdicts compared; {unsupported} queries use what the oracle does not run"
    ));
    assert!(compared > 10_000, "only {compared} verdicts were compared");
}

fn rows(case: &Case) -> Vec<serde_json::Value> {
    case.events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let mut row: serde_json::Map<String, serde_json::Value> =
                event.iter().map(|(name, value)| (name.clone(), cases::json(value))).collect();
            row.insert("row".to_owned(), index.into());
            row.into()
        })
        .collect()
}

fn run(python: &Path, requests: &[serde_json::Value]) -> Vec<serde_json::Value> {
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/kqlrun.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("is piped");
    let lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
    let writer = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("writes").expect("writes");
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
}
