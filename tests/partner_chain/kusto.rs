//! The emitted KQL for Microsoft Sentinel over rows of its tables: the same ends of chains.
//!
//! Run by `detc::kql`: the query takes Exchange's parameters out of a list with `mv-apply`, which duckdb-kql lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type};
use detc::targets::{self, Options};
use serde_json::{Map, Value as Json, json};

use crate::{detection, fixtures, labels, lines, root, text};

#[test]
fn the_query_for_sentinel_finds_the_labelled_ends() {
    let catalogue = Arc::new(Catalogue::embedded());
    let detection = detection(&catalogue);
    let target = targets::target("kusto:sentinel", &catalogue).expect("a profile");
    let query = target.compile(&detection, Options::default()).expect("compiles").text;

    let mut schemas = Schemas::default();
    let mut tables = Tables::default();
    let sources = [
        ("AuditLogs", Some("syn_sentinel_auditlogs")),
        ("OfficeActivity", Some("syn_sentinel_officeactivity")),
        ("SigninLogs", Some("syn_sentinel_signinlogs")),
        ("AADNonInteractiveUserSignInLogs", None),
    ];
    for (name, file) in sources {
        let columns = columns(name);
        let rows = file.map_or(Vec::new(), |file| rows(file, &columns));
        schemas.tables.insert(name.to_owned(), columns.clone());
        tables.tables.insert(name.to_owned(), Table::from_json(columns, &rows).expect("the rows fit"));
    }
    let approved = "approved_partner_tenants".to_owned();
    let row = json!({"SearchKey": "33333333-3333-4333-8333-333333333333"});
    let listed =
        Table::from_json(vec![Column::new("SearchKey", Type::String)], &[object(&row)]).expect("it fits");
    schemas.watchlists.insert(approved.clone(), Vec::new());
    tables.watchlists.insert(approved, listed);

    let program = kql::parse(&query).and_then(|query| Program::compile(&query, &schemas));
    let program = program.unwrap_or_else(|problems| panic!("{problems:#?}\n{query}"));
    let table = program.run(&tables, &Context::default()).unwrap_or_else(|stop| panic!("{stop}\n{query}"));
    let cell = |row: &[kql::Value], name: &str| {
        let value = kql::json(&row[table.column(name).expect("a column")]);
        value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
    };
    let found: BTreeMap<_, _> = table
        .rows
        .iter()
        .map(|row| ((cell(row, "user"), cell(row, "src"), cell(row, "object")), cell(row, "count_")))
        .collect();
    assert_eq!(found, expected());
}

/// User, address and mailbox of the labelled rows that open a mailbox, and how many of each.
fn expected() -> BTreeMap<(String, String, String), String> {
    let file = "syn_sentinel_officeactivity.ndjson";
    let labels = labels();
    let mut counts: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for (row, line) in lines(&fixtures().join(file)).iter().zip(1..) {
        if labels.contains(&(file.to_owned(), line)) && !text(row, "Logon_Type").is_empty() {
            let of = |name: &str| text(row, name).to_lowercase();
            *counts.entry((of("UserId"), of("Client_IPAddress"), of("MailboxOwnerUPN"))).or_default() += 1;
        }
    }
    assert_eq!(counts.values().sum::<u64>(), 5, "the fixtures have five ends of chains");
    counts.into_iter().map(|(key, count)| (key, count.to_string())).collect()
}

/// The columns of a table with the types that Microsoft documents.
fn columns(table: &str) -> Vec<Column> {
    let path = root().join("oracles/schemas/kql-schemas.json");
    let schemas: Json =
        serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON");
    let columns = schemas["sentinel"][table].as_object().expect("a known table");
    let kind = |kind: &Json| Type::parse(kind.as_str().unwrap_or_default()).expect("a type");
    columns.iter().map(|(name, written)| Column::new(name.as_str(), kind(written))).collect()
}

/// Rows in their columns' types: a dynamic column of the export may be text that holds JSON. Columns that no query of
/// this project reads are left out.
fn rows(file: &str, columns: &[Column]) -> Vec<Map<String, Json>> {
    let dynamic = ["InitiatedBy", "TargetResources", "AdditionalDetails", "OperationProperties"];
    let read = |name: &str, value: &Json| match value.as_str() {
        Some(text) if dynamic.contains(&name) => serde_json::from_str(text).unwrap_or(Json::Null),
        _ => value.clone(),
    };
    let known = |row: &Json| {
        object(row)
            .iter()
            .filter(|(name, _)| columns.iter().any(|column| column.name == **name))
            .map(|(name, value)| (name.clone(), read(name, value)))
            .collect::<Map<_, _>>()
    };
    lines(&fixtures().join(format!("{file}.ndjson"))).iter().map(known).collect()
}

fn object(row: &Json) -> Map<String, Json> {
    row.as_object().cloned().unwrap_or_default()
}
