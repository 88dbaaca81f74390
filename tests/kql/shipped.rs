//! Every KQL query of the shipped detections is read and bound, over the schemas that Microsoft documents.

use std::path::Path;

use detc::kql::{self, Column, Context, Program, Schemas, Tables, Type};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(Path::new(ROOT).join(path)).expect("the schemas are there");
    serde_json::from_str(&text).expect("is JSON")
}

fn columns(json: &serde_json::Value) -> Vec<Column> {
    let columns = json.as_object().expect("columns by name");
    columns
        .iter()
        .map(|(name, kind)| {
            Column::new(name, Type::parse(kind.as_str().expect("a type")).expect("a known type"))
        })
        .collect()
}

/// The tables and functions of an environment.
pub(crate) fn schemas(environment: &str) -> Schemas {
    let all = read("oracles/schemas/kql-schemas.json");
    let functions = read("oracles/schemas/kql-functions.json");
    let tables = all[environment].as_object().expect("tables by name");
    let mut schemas = Schemas {
        tables: tables.iter().map(|(name, table)| (name.clone(), columns(table))).collect(),
        ..Schemas::default()
    };
    for (name, function) in functions.as_object().expect("functions by name") {
        let known = match function["asim"].as_str() {
            Some(schema) => &all["asim"][schema],
            None => &function["columns"],
        };
        if known.is_object() {
            schemas.functions.insert(name.clone(), columns(known));
        }
    }
    // Each list of the repository is a watchlist of that alias; queries read its fixed columns.
    for entry in std::fs::read_dir(Path::new(ROOT).join("lists")).expect("the lists") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yml" || extension == "csv") {
            let alias = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8");
            schemas.watchlists.insert(alias.to_owned(), Vec::new());
        }
    }
    schemas
}

#[test]
fn every_shipped_query_is_read_and_bound() {
    let mut wrong = Vec::new();
    let mut read = 0;
    for (profile, environment) in
        [("kusto-sentinel", "sentinel"), ("kusto-asim", "sentinel"), ("kusto-xdr", "xdr")]
    {
        let schemas = schemas(environment);
        let folder = Path::new(ROOT).join("snapshots").join(profile);
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .expect("snapshots")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).expect("a snapshot");
            // The head of the snapshot, the verdict and its columns, an empty line, the query.
            let Some((head, query)) = text.split_once("\n\n") else { continue };
            if head.contains("verdict: refused") {
                continue;
            }
            read += 1;
            let program = kql::parse(query).and_then(|query| Program::compile(&query, &schemas));
            match program {
                Ok(program) => {
                    let result = program.run(&Tables::default(), &Context::default());
                    if let Err(stop) = result {
                        wrong.push(format!("{}: over no rows: {stop}", path.display()));
                    }
                }
                Err(problems) => wrong.push(format!("{}: {problems:#?}\n{query}", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {read} queries; the first:\n{}", wrong.len(), wrong[0]);
    assert!(read > 50, "only {read} queries were read");
}
