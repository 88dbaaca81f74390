//! The emitted KQL, run by duckdb-kql.

use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::targets::{self, Options};
use serde_json::json;

use crate::cases::{self, Case, Dialect};
use crate::kqlrun;
use crate::say::say;

/// The columns of the table `T`.
pub(crate) const COLUMNS: [(&str, &str); 7] = [
    ("row", "long"),
    ("a", "string"),
    ("b", "string"),
    ("n", "long"),
    ("f", "bool"),
    ("m", "dynamic"),
    ("i", "string"),
];

/// Random cases with the query that each is compiled to.
pub(crate) fn compiled(catalogue: &Arc<Catalogue>, count: u64) -> Vec<(Case, String)> {
    let target = |profile| targets::target(profile, catalogue).expect("is there");
    let profiles = [target("kusto:sentinel"), target("kusto:xdr")];
    // A string column has no null: a missing field and an empty one are the same row.
    let dialect = Dialect {
        empty_is_not_missing: false,
        any_one_at_edges: true,
        null_is_missing: true,
        text_among_numbers: false,
        empty_lists: true,
        letters: &["a", "b", "c", "x", "A", "B", " ", "-", "'", "1"],
    };
    let cases = cases::cases(catalogue, &dialect, count).into_iter().enumerate();
    cases
        .filter_map(|(number, case)| {
            // Profiles differ in how they come by lists.
            let text = profiles[number % 2].compile(&case.detection, Options::default()).ok()?.text;
            Some((case, text))
        })
        .collect()
}

#[test]
fn the_emitted_kql_means_the_detection() {
    let Some(python) = kqlrun::python() else {
        say("SKIPPED: the emitted KQL was not run: oracles/.venv is missing (oracles/install makes it)");
        return;
    };
    let catalogue = cases::catalogue();
    let watchlists = watchlists(&catalogue);
    let columns: serde_json::Map<String, serde_json::Value> =
        COLUMNS.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).into())).collect();
    let compiled_cases = compiled(&catalogue, 500);
    let requests: Vec<serde_json::Value> = compiled_cases
        .iter()
        .enumerate()
        .map(|(id, (case, query))| {
            json!({
                "id": id,
                "query": format!("{query}| project row"),
                "tables": {"T": {"columns": columns, "rows": rows(case)}, "Watchlist": watchlists},
                "functions": ["function _GetWatchlist(alias:string) { Watchlist | where Alias == alias }"]
            })
        })
        .collect();
    let answers = kqlrun::run(&python, &requests);
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
    say(&format!("{compared} verdicts compared; {unsupported} queries use what the oracle does not run"));
    assert!(compared > 10_000, "only {compared} verdicts were compared");
}

/// The lists as Sentinel keeps them, by alias: the key column beside a bag of all.
pub(crate) fn watchlists_by_name(
    catalogue: &Catalogue,
) -> Vec<(String, Vec<serde_json::Map<String, serde_json::Value>>)> {
    let mut lists = Vec::new();
    for name in ["words", "networks", "nothing"] {
        let list = catalogue.list(name).expect("is there").expect("is sound");
        let mut rows = Vec::new();
        for cells in &list.rows {
            let item: serde_json::Map<String, serde_json::Value> = list
                .columns
                .iter()
                .zip(cells)
                .map(|(column, cell)| {
                    let text = cell.as_ref().map_or("", |cell| cell.text.as_str());
                    (column.name.clone(), text.into())
                })
                .collect();
            let key = item.get(&list.columns[list.key].name).cloned();
            let key = key.unwrap_or_default();
            rows.push(
                [("SearchKey".to_owned(), key), ("WatchlistItem".to_owned(), item.into())]
                    .into_iter()
                    .collect(),
            );
        }
        lists.push((name.to_owned(), rows));
    }
    lists
}

/// All lists in one table, as duckdb-kql is given them.
fn watchlists(catalogue: &Catalogue) -> serde_json::Value {
    let mut rows = Vec::new();
    for (name, items) in watchlists_by_name(catalogue) {
        for mut item in items {
            item.insert("Alias".to_owned(), name.as_str().into());
            rows.push(item);
        }
    }
    json!({"columns": {"Alias": "string", "SearchKey": "string", "WatchlistItem": "dynamic"}, "rows": rows})
}

pub(crate) fn rows(case: &Case) -> Vec<serde_json::Value> {
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
