//! Lists as watchlists, and as functions that analysts call in queries of their own.
//!
//! In: a list. Out: resources, or what is wrong where Sentinel has a limit. Source: "Service limits for Microsoft Sentinel" and
//! the schema of `Microsoft.SecurityInsights/watchlists`.

use serde_json::{Value, json};

use super::arm::{ResourceKind, resource};
use crate::ir::{Cell, List};
use crate::packs::Options;

/// The most bytes of all rows.
const MAX_BYTES: usize = 3_800_000;

/// The most bytes of a row.
const MAX_ROW: usize = 10 * 1024;

/// The most characters of a line.
const MAX_LINE: usize = 10_240;

/// The lengths that the alias of a watchlist has.
const ALIAS: std::ops::RangeInclusive<usize> = 3..=64;

/// What stands against the list, each with the way out.
pub(super) fn problems(list: &List) -> Vec<(String, &'static str)> {
    let mut problems = Vec::new();
    if !ALIAS.contains(&list.name.len()) {
        problems.push(("its name has 3 to 64 characters".to_owned(), "rename the list"));
    }
    let csv = list.to_csv();
    if csv.len() > MAX_BYTES {
        problems.push((
            format!("it has at most 3.8 MB, not {} bytes", csv.len()),
            "make it smaller, or write its rows into the query: `inline: true`",
        ));
    }
    // A quoted cell can hold line breaks: rows are measured by themselves, lines as they stand.
    let longest = list.rows.iter().map(|row| row_length(row)).max().unwrap_or_default();
    if longest > MAX_ROW {
        problems.push((format!("a row has at most 10 KB, not {longest} bytes"), "shorten the row"));
    }
    if csv.lines().any(|line| line.chars().count() > MAX_LINE) {
        problems.push((format!("a line has at most {MAX_LINE} characters"), "shorten the row"));
    }
    problems
}

fn row_length(row: &[Option<Cell>]) -> usize {
    row.iter().flatten().map(|cell| cell.text.len() + 1).sum()
}

/// The watchlist.
pub(super) fn resource_of(list: &List, options: &Options) -> Value {
    let key = list.columns.get(list.key).map(|column| column.name.as_str()).unwrap_or_default();
    let properties = json!({
        "displayName": list.name,
        "watchlistAlias": list.name,
        "description": list.description,
        "provider": options.author,
        "source": format!("{}.csv", list.name),
        "sourceType": "Local",
        "contentType": "text/csv",
        "numberOfLinesToSkip": 0,
        "itemsSearchKey": key,
        "rawContent": list.to_csv()
    });
    resource(ResourceKind::Watchlist, &list.name, Value::Null, properties)
}

/// A function of the list's name that gives its rows, for queries by hand. Detections read the watchlist itself.
pub(super) fn function(list: &List) -> Value {
    // Names of lists and columns are letters, digits and underscores; quoted, a keyword is a name as well. A column that
    // somebody took out of the watchlist is empty, and no error.
    let column = |name: &str| format!("    ['{name}'] = tostring(column_ifexists('{name}', ''))");
    let columns: Vec<String> = list.columns.iter().map(|one| column(&one.name)).collect();
    let query = format!("_GetWatchlist('{}')\n| project\n{}", list.name, columns.join(",\n"));
    let properties = json!({
        "displayName": list.name,
        "category": "Functions",
        "functionAlias": list.name,
        "query": query,
        "version": 2
    });
    resource(ResourceKind::SavedSearch, &list.name, json!({"etag": "*"}), properties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{ColumnType, ListColumn, Match};

    fn list(name: &str, cells: &[&str]) -> List {
        let cell = |text: &&str| Some(Cell { text: (*text).to_owned(), test: Match::Missing });
        List {
            name: name.to_owned(),
            description: "A list".to_owned(),
            owner: "somebody".to_owned(),
            columns: vec![ListColumn { name: "by".to_owned(), column_type: ColumnType::Text }],
            key: 0,
            rows: cells.iter().map(|text| vec![cell(text)]).collect(),
            inline: false,
            placeholder: false,
        }
    }

    #[test]
    fn lists_beyond_a_limit_are_refused() {
        let long = "x".repeat(10_239);
        let too_long = "x".repeat(10_240);
        let (wide, many) = ("ä".repeat(5_121), vec![long.as_str(); 372]);
        for (list, said) in [
            (list("ok_", &["a", long.as_str()]), None),
            (list("ab", &["a"]), Some("its name has 3 to 64 characters")),
            (list("wide", &[too_long.as_str()]), Some("a row has at most 10 KB, not 10241 bytes")),
            (list("wide", &[wide.as_str()]), Some("a row has at most 10 KB, not 10243 bytes")),
            (list("many", &many), Some("it has at most 3.8 MB, not 3809283 bytes")),
        ] {
            let problems = problems(&list);
            assert_eq!(problems.first().map(|(said, _)| said.as_str()), said);
            assert!(problems.len() <= 1, "{problems:?}");
        }
    }

    /// `by` is a keyword of KQL.
    #[test]
    fn functions_quote_their_columns() {
        let query = &function(&list("ab_c", &[]))["properties"]["query"];
        assert_eq!(
            query,
            "_GetWatchlist('ab_c')\n| project\n    ['by'] = tostring(column_ifexists('by', ''))"
        );
    }
}
