//! Random queries: this interpreter and duckdb-kql must give the same rows.
//!
//! duckdb-kql runs in `oracles/kqlrun.py`, which needs Python: without `oracles/.venv` this test is skipped, and says so;
//! CI has it. Where the two differ for a reason that is understood, `known` names it, and `tests/kql/DIFFERENCES.md`
//! explains it; any other difference is a failure.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use detc::kql::{self, Column, Context, Program, Schemas, Stop, Tables, Type, Value};
use serde_json::json;

use crate::generate;
use crate::known;
use crate::kqlrun;
use crate::say::say;

/// How many queries are compared, unless `KQL_QUERIES` says otherwise: `.ci/run` compares 2,000.
const COUNT: u64 = 100;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn duckdb_kql_gives_the_same_rows() {
    let Some(python) = kqlrun::python() else {
        say(
            "SKIPPED: the KQL interpreter was not compared: oracles/.venv is missing (oracles/install makes it)",
        );
        return;
    };
    let count = count();
    let queries: Vec<String> = (0..count).map(generate::query).collect();
    let requests = queries.iter().enumerate().map(|(id, query)| json!({"id": id, "query": query}));
    let answers = kqlrun::run(&python, &requests.collect::<Vec<_>>());
    let (mut same, mut rows, mut unsupported, mut undetermined) = (0, 0, 0, 0);
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (query, answer) in queries.iter().zip(&answers) {
        if answer.get("unsupported").is_some() {
            unsupported += 1;
            continue;
        }
        match compare(query, answer) {
            Compared::Same(count) => {
                same += 1;
                rows += count;
            }
            Compared::Undetermined => undetermined += 1,
            Compared::Different(how) => match known::reason(query, &how) {
                Some(reason) => *explained.entry(reason).or_default() += 1,
                None => wrong.push(format!("{how}\n{query}\n")),
            },
        }
    }
    say(&format!(
        "{same} queries give the same {rows} rows; {undetermined} are undetermined here, {unsupported} are not run by \
         duckdb-kql, {explained:?} differ for reasons in tests/kql/DIFFERENCES.md"
    ));
    assert!(
        wrong.is_empty(),
        "{} queries differ; the first:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(same as u64 > count / 2, "only {same} queries were compared");
    let document =
        std::fs::read_to_string(Path::new(ROOT).join("tests/kql/DIFFERENCES.md")).expect("is there");
    for name in known::names() {
        assert!(document.contains(&format!("`{name}`")), "{name} is not explained in DIFFERENCES.md");
    }
}

fn count() -> u64 {
    std::env::var("KQL_QUERIES").ok().and_then(|count| count.parse().ok()).unwrap_or(COUNT)
}

enum Compared {
    Same(usize),
    Undetermined,
    Different(String),
}

fn compare(query: &str, answer: &serde_json::Value) -> Compared {
    let program = kql::parse(query).and_then(|query| Program::compile(&query, &Schemas::default()));
    let program = match program {
        Ok(program) => program,
        Err(problems) => return Compared::Different(format!("refused here: {}", problems[0].message)),
    };
    let table = match program.run(&Tables::default(), &Context::default()) {
        Ok(table) => table,
        Err(Stop::Undetermined { .. }) => return Compared::Undetermined,
        Err(stop) => return Compared::Different(format!("stopped here: {stop}")),
    };
    let Some(theirs) = answer["rows"].as_array() else {
        return Compared::Different(format!("failed there: {}", answer["error"]));
    };
    let names: Vec<&str> =
        answer["columns"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let own_names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    if names != own_names {
        return Compared::Different(format!("columns {own_names:?} here, {names:?} there"));
    }
    let mut ours: Vec<String> = table.rows.iter().map(|row| own(row, &table.columns)).collect();
    let mut theirs: Vec<String> = theirs.iter().map(|row| other(row, &table.columns)).collect();
    if !table.ordered {
        ours.sort();
        theirs.sort();
    }
    if ours == theirs {
        return Compared::Same(ours.len());
    }
    let only = |a: &[String], b: &[String]| {
        let only: Vec<String> = a.iter().filter(|row| !b.contains(row)).take(3).cloned().collect();
        only.join(" ; ")
    };
    Compared::Different(format!(
        "{} rows here, {} there; only here: {}; only there: {}",
        ours.len(),
        theirs.len(),
        only(&ours, &theirs),
        only(&theirs, &ours)
    ))
}

/// A row of ours as a text in which both sides agree.
fn own(row: &[Value], columns: &[Column]) -> String {
    let cells = row.iter().zip(columns).map(|(value, column)| match (column.kind, kql::json(value)) {
        (Type::Real, number) => real(&number),
        (Type::Dynamic, json) => json.to_string(),
        // As Python writes a datetime: no fraction when it is zero.
        (Type::DateTime, serde_json::Value::String(text)) => {
            let text = text.replace('T', " ").replace('Z', "");
            text.strip_suffix(".0000000").map(str::to_owned).unwrap_or(text)
        }
        (_, json) => json.to_string(),
    });
    cells.collect::<Vec<_>>().join(" | ")
}

/// A row of theirs. A string of Kusto is never null: in an outer join, duckdb-kql leaves one.
fn other(row: &serde_json::Value, columns: &[Column]) -> String {
    let cells =
        row.as_array().into_iter().flatten().zip(columns).map(|(json, column)| match (column.kind, json) {
            (Type::String, serde_json::Value::Null) => "\"\"".to_owned(),
            (Type::Real, number) => real(number),
            (Type::Dynamic, serde_json::Value::String(text)) => {
                serde_json::from_str::<serde_json::Value>(text)
                    .map_or_else(|_| json!(text).to_string(), |json| json.to_string())
            }
            (Type::DateTime, serde_json::Value::String(text)) => text.clone(),
            (_, json) => json.to_string(),
        });
    cells.collect::<Vec<_>>().join(" | ")
}

fn real(number: &serde_json::Value) -> String {
    match number.as_f64() {
        Some(number) if number.is_finite() => format!("{number:.6}"),
        Some(_) => "NaN".to_owned(),
        None => number.as_str().map_or_else(|| number.to_string(), str::to_owned),
    }
}

/// For `oracles/checks/kql_queries.py`, which hands the queries to Microsoft's parser.
#[test]
#[ignore = "prints the queries that other programs are given"]
fn print_queries() {
    let mut stdout = std::io::stdout();
    for number in 0..count() {
        writeln!(stdout, "{}", json!({"id": number, "query": generate::query(number)}))
            .expect("stdout can be written");
    }
}
