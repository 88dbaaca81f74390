//! The documented rules of KQL, each with a query that shows it: `tests/kql/rules/*.yml`.
//!
//! A rule is `rule`, `source` (the page below <https://learn.microsoft.com/kusto/query/>, or `emulator`: what Microsoft's
//! emulator answers, as published with duckdb-kql), `query`, and one of `rows`, `undetermined`, `refused`. Rows whose
//! order is free, and sets, are compared in any order. `columns` is compared where it is given.

use std::collections::BTreeSet;
use std::path::Path;

use detc::kql::{self, Context, Program, Schemas, Tables, Value};
use serde::Deserialize;

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    rule: String,
    source: String,
    query: String,
    columns: Option<Vec<String>>,
    rows: Option<Vec<Vec<serde_json::Value>>>,
    undetermined: Option<String>,
    refused: Option<String>,
}

const NOW: &str = "2026-03-10T12:00:00Z";

#[test]
fn the_documented_rules_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kql/rules");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the rules").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let (mut wrong, mut names, mut count) = (Vec::new(), BTreeSet::new(), 0);
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a file of rules");
        let rules: Vec<Rule> =
            serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for rule in rules {
            count += 1;
            assert!(!rule.source.is_empty(), "{} names no source", rule.rule);
            assert!(names.insert(rule.rule.clone()), "the rule stands twice: {}", rule.rule);
            if let Err(why) = check(&rule) {
                wrong.push(format!("{}: {}\n  {}\n  {why}", path.display(), rule.rule, rule.query));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} rules do not hold:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 200, "only {count} rules");
}

fn check(rule: &Rule) -> Result<(), String> {
    let program =
        match kql::parse(&rule.query).and_then(|query| Program::compile(&query, &Schemas::default())) {
            Ok(program) => program,
            Err(problems) => {
                let all: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
                return match &rule.refused {
                    Some(wanted) if all.iter().any(|message| message.contains(wanted.as_str())) => Ok(()),
                    _ => Err(format!("refused: {all:?}")),
                };
            }
        };
    if let Some(columns) = &rule.columns {
        let found: Vec<String> =
            program.columns().iter().map(|column| format!("{}:{}", column.name, column.kind)).collect();
        if found != *columns {
            return Err(format!("columns {found:?}"));
        }
    }
    match (
        program.run(&Tables::default(), &Context::at(NOW).expect("is a time")),
        &rule.rows,
        &rule.undetermined,
    ) {
        (Ok(table), Some(expected), None) => {
            let mut found: Vec<Vec<serde_json::Value>> =
                table.rows.iter().map(|row| row.iter().map(json).collect()).collect();
            let mut expected = expected.clone();
            if !table.ordered {
                found.sort_by_key(|row| format!("{row:?}"));
                expected.sort_by_key(|row| format!("{row:?}"));
            }
            if found == expected { Ok(()) } else { Err(format!("rows {}", serde_json::json!(found))) }
        }
        (Err(stop), None, Some(wanted)) if stop.to_string().contains(wanted.as_str()) => Ok(()),
        (Ok(table), ..) => Err(format!("answered {:?}", table.rows)),
        (Err(stop), ..) => Err(format!("stopped: {stop}")),
    }
}

/// A cell as JSON, sets in order.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Array(array) if !array.ordered => {
            let mut items: Vec<serde_json::Value> = array.items.iter().map(json).collect();
            items.sort_by_key(ToString::to_string);
            items.into()
        }
        other => kql::json(other),
    }
}
