//! Every test of the shipped detections as a query that brings its events along: the interpreters, given nothing else,
//! find in it what they find in the query over the events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::ir::Detection;
use detc::portable::portable;
use detc::proof::{Runner, Stop};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, profiles};
use detc::{kql, spl};

#[test]
fn a_query_with_its_events_finds_what_the_query_finds_in_them() {
    let catalogue = Arc::new(Catalogue::embedded());
    let detections: Vec<Detection> = files().iter().map(|path| detection(path, &catalogue)).collect();
    let lookups = lookups(&catalogue);
    let (mut wrong, mut queries, mut refused) = (Vec::new(), 0, Vec::new());
    for profile in profiles().filter(|profile| profile.target() != "sigma") {
        let target = targets::target(profile.id, &catalogue).expect("is there");
        let runner = Runner::new(profile, &catalogue);
        for detection in &detections {
            let Ok(compiled) = target.compile(detection, Options::default()) else { continue };
            let Ok(query) = runner.query(detection, &compiled) else { continue };
            for test in &detection.tests {
                let name = format!("{}, {}, `{}`", detection.metadata.slug, profile.id, test.name.value);
                let rows = runner.rows(detection, &test.events, test.now).expect("the bindings read");
                let written = match portable(detection, &compiled, &runner, test) {
                    Ok(written) => written,
                    Err(Stop::Outside(reason)) if reason.starts_with("`tstats`") => {
                        refused.push(profile.id);
                        continue;
                    }
                    Err(stop) => {
                        wrong.push(format!("{name}: {stop}"));
                        continue;
                    }
                };
                let expected = runner.run(&query, &rows).expect("the query can be run").len();
                for one in written {
                    queries += 1;
                    let found = match profile.target() {
                        "splunk" => run_spl(&one.text, &lookups),
                        _ => run_kql(&one.text),
                    };
                    if found != Ok(expected) {
                        wrong.push(format!("{name}: {expected} expected, {found:?}\n{}", one.text));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {queries}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    assert!(queries > 300, "only {queries}");
    assert!(refused.iter().all(|profile| *profile == "splunk:cim"), "{refused:?}");
}

/// How many rows a search finds in nothing but itself.
fn run_spl(text: &str, lookups: &BTreeMap<String, spl::LookupTable>) -> Result<usize, String> {
    let search = spl::parse(text).map_err(|problems| format!("{problems:?}"))?;
    let program = spl::Program::compile_saved(&search, text).map_err(|problems| format!("{problems:?}"))?;
    let context = spl::Context { lookups: lookups.clone(), ..spl::Context::default() };
    let found = program.run(&spl::Dataset::default(), &context).map_err(|stop| format!("{stop:?}"))?;
    Ok(found.len())
}

/// The lists of the catalogue, which a search with its events looks up as any other does.
fn lookups(catalogue: &Catalogue) -> BTreeMap<String, spl::LookupTable> {
    let mut lookups = BTreeMap::new();
    for name in catalogue.lists() {
        let Some(Ok(list)) = catalogue.list(name) else { continue };
        let cells = list.rows.iter().map(|row| {
            row.iter().map(|cell| cell.as_ref().map_or("", |cell| cell.text.as_str()).into()).collect()
        });
        let table = spl::LookupTable {
            columns: list.columns.iter().map(|column| column.name.clone()).collect(),
            rows: cells.collect(),
            ignores_case: true,
            match_types: Vec::new(),
            max_matches: Some(1),
            default_match: None,
        };
        lookups.insert(name.to_owned(), table);
    }
    lookups
}

fn run_kql(text: &str) -> Result<usize, String> {
    let query = kql::parse(text).map_err(|problems| format!("{problems:?}"))?;
    let program = kql::Program::compile(&query, &kql::Schemas::default())
        .map_err(|problems| format!("{problems:?}"))?;
    let found =
        program.run(&kql::Tables::default(), &kql::Context::default()).map_err(|stop| format!("{stop:?}"))?;
    Ok(found.rows.len())
}

fn detection(path: &Path, catalogue: &Catalogue) -> Detection {
    let ids: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &ids };
    let file = SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).expect("readable"));
    let mut findings = Vec::new();
    resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}"))
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ignore::Walk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("detections"))
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    files.sort();
    files
}
