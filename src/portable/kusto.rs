//! A test as a query: `let` binds the names of its tables to tables that are written out.
//!
//! Source: <https://learn.microsoft.com/kusto/query/let-statement>: a name bound by `let` hides a table or function of the
//! same name; <https://learn.microsoft.com/kusto/query/datatable-operator>.

use serde_json::Value as Json;

use super::quoting::{Text, calls};
use super::replaced;
use crate::kql::{self, Table, Type};
use crate::proof::{Rows, Stop};

pub(super) fn write(query: &str, rows: &Rows, way: usize) -> Result<String, Stop> {
    let query = query.trim_end();
    let Some(tables) = rows.tables(way) else {
        return Err(Stop::Fails("the rows are those of another target".to_owned()));
    };
    let mut lets = Vec::new();
    for (name, table) in &tables.tables {
        let written = datatable(table, &|column| mentions(query, column))?;
        let is_function = query.contains(&format!("{name}("));
        lets.push(if is_function {
            format!("let {name} = () {{ {written} }};\n")
        } else {
            format!("let {name} = {written};\n")
        });
    }
    if query.contains("_GetWatchlist(") {
        lets.push(watchlists(tables)?);
    }
    let mut edits = Vec::new();
    if let Some(now) = rows.now() {
        let moment = jiff::Timestamp::from_millisecond(now.milliseconds)
            .map_err(|_| Stop::Fails("the time of the run cannot be written".to_owned()))?;
        let moment = format!("datetime({moment})");
        edits.extend(calls(query, "now").into_iter().map(|call| (call, moment.clone())));
    }
    if query.contains("ago(") {
        return Err(Stop::Outside("`ago` counts from the time at which the query is run".to_owned()));
    }
    Ok(format!("{}{}", lets.concat(), replaced(query, edits)))
}

/// A table as a literal: the columns that some row has a value in, and those that the query speaks of.
fn datatable(table: &Table, wanted: &dyn Fn(&str) -> bool) -> Result<String, Stop> {
    let cells: Vec<Vec<Json>> =
        table.rows.iter().map(|row| row.iter().map(kql::json).collect::<Vec<Json>>()).collect();
    let filled = |place: usize| cells.iter().any(|row| !is_empty(&row[place]));
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|place| wanted(&table.columns[*place].name) || filled(*place))
        .collect();
    let columns: Vec<String> = kept
        .iter()
        .map(|place| {
            let column = &table.columns[*place];
            format!("{}: {}", name(&column.name), column.kind.name())
        })
        .collect();
    let mut rows = Vec::new();
    for row in &cells {
        let values = kept.iter().map(|place| literal(&row[*place], table.columns[*place].kind));
        rows.push(format!("    {}", values.collect::<Result<Vec<_>, _>>()?.join(", ")));
    }
    Ok(format!("datatable({})\n[\n{}\n]", columns.join(", "), rows.join(",\n")))
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => false,
    }
}

/// A name of a column; in brackets where it is not a plain one.
fn name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("[{}]", Text(name)) }
}

fn literal(value: &Json, kind: Type) -> Result<String, Stop> {
    let cannot = || Stop::Outside(format!("the value {value} of the type {} cannot be written", kind.name()));
    Ok(match (kind, value) {
        (Type::String, Json::Null) => "\"\"".to_owned(),
        (Type::String, Json::String(text)) => Text(text).to_string(),
        (Type::Dynamic, value) => format!("dynamic({value})"),
        (kind, Json::Null) => format!("{}(null)", kind.name()),
        (Type::Bool, Json::Bool(value)) => value.to_string(),
        (Type::Int | Type::Long | Type::Real, Json::Number(number)) => {
            format!("{}({number})", kind.name())
        }
        (Type::DateTime | Type::TimeSpan | Type::Guid, Json::String(text)) => {
            format!("{}({text})", kind.name())
        }
        _ => return Err(cannot()),
    })
}

/// `_GetWatchlist(alias)` over the lists.
fn watchlists(tables: &kql::Tables) -> Result<String, Stop> {
    let mut rows = Vec::new();
    for (alias, table) in &tables.watchlists {
        for row in &table.rows {
            let cells: Vec<Json> = row.iter().map(kql::json).collect();
            let mut line = vec![Text(alias).to_string()];
            for (cell, column) in cells.iter().zip(&table.columns) {
                line.push(literal(cell, column.kind)?);
            }
            rows.push(format!("    {}", line.join(", ")));
        }
    }
    Ok(format!(
        "let _GetWatchlist = (alias: string) {{\n\
         datatable(detc_alias: string, SearchKey: string, WatchlistItem: dynamic)\n[\n{}\n]\n\
         | where detc_alias == alias | project-away detc_alias }};\n",
        rows.join(",\n")
    ))
}

/// Whether a word stands in the query.
fn mentions(query: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    query.match_indices(word).any(|(at, _)| {
        let before = query[..at].chars().next_back().is_some_and(is_part);
        let after = query[at + word.len()..].chars().next().is_some_and(is_part);
        !before && !after
    })
}
