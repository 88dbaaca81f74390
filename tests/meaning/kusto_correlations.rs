//! The emitted KQL of correlations: random streams of events over two tables, run by duckdb-kql and by the project's own
//! interpreter, must give the results of the reference evaluator.
//!
//! Times are drawn so that ties, whole windows, and one second more or less are common. What duckdb-kql does not run
//! (`prev` and its like) is counted, form by form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::evaluate::Evaluator;
use detc::ir::{Detection, Duration, Event, Logic, Number, Observation, Time, Value};
use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type};
use detc::resolve::{self, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options};
use serde_json::json;

use crate::cases::{self, Random};
use crate::kqlrun;
use crate::say::say;

pub(crate) const ONE: &str = r"
id: meaning.one
name: A source for tests
description: Not real.
fields:
  kind: {meaning: what}
  who: {meaning: the account}
  host: {meaning: a text}
  n: {type: integer, meaning: a number}
  r: {type: real, meaning: a number with a fraction}
  m: {many: true, meaning: several texts}
  row: {type: integer, meaning: which event}
bindings:
  kusto:sentinel:
    table: One
    fields: {kind: kind, who: {expr: tostring(Raw.who)}, host: host, n: {column: n, type: long},
             r: {column: r, type: real}, m: {array: m}, row: {column: row, type: long}}
";

/// The same fields under other names, and a number that is text.
pub(crate) const TWO: &str = r"
id: meaning.two
name: Another source for tests
description: Not real.
fields:
  kind: {meaning: what}
  who: {meaning: the account}
  host: {meaning: a text}
  n: {type: integer, meaning: a number}
  row: {type: integer, meaning: which event}
bindings:
  kusto:sentinel:
    table: Two
    time: Created
    fields: {kind: Category, who: Account, host: {expr: 'coalesce(Computer, Device)'}, n: Number,
             row: {column: row, type: long}}
";

const STAGES: &str = "stages:
  a: {data_source: meaning.one, detection: {s: {kind: a}, condition: s}}
  b: {data_source: meaning.two, detection: {s: {kind: [b, x]}, condition: s}}
  c: {data_source: meaning.one, detection: {s: {kind: [c, x]}, condition: s}, derive: {low: {lower: host}}}
";

pub(crate) const SINGLE: &str = "data_source: meaning.one\ndetection: {s: {kind: [a, b, x]}, condition: s}\nderive: {low: {lower: host}}\n";

/// Correlations over one stage: minutes are the windows.
pub(crate) const OF_ONE: [&str; 20] = [
    "event_count: {group_by: [who], window: 1m, condition: {gte: 3}}",
    "event_count: {group_by: [who, host], window: 1m, condition: {gt: 1}}",
    "event_count: {window: 1m, condition: {gte: 9}}",
    "event_count: {group_by: [who], window: 1m, condition: {gte: 1}}",
    "event_count: {group_by: [who], window: 1m, condition: {eq: 3}}",
    "event_count: {window: 30s, condition: {gt: 5, lt: 7}}",
    "value_count: {field: host, group_by: [who], window: 1m, condition: {gte: 3}}",
    "value_count: {field: n, group_by: [who], window: 1m, condition: {eq: 2}}",
    "value_count: {field: m, group_by: [who], window: 1m, condition: {gte: 3}}",
    "value_count: {field: host, window: 1m, condition: {eq: 2}}",
    "value_sum: {field: n, group_by: [who], window: 1m, condition: {gte: 6}}",
    "value_sum: {field: n, window: 30s, condition: {gt: 13, lte: 14}}",
    "value_avg: {field: n, group_by: [who], window: 1m, condition: {gte: 2.5}}",
    "value_avg: {field: n, group_by: [who], window: 1m, condition: {lt: 1}}",
    "value_median: {field: n, group_by: [who], window: 1m, condition: {gte: 2}}",
    "value_percentile: {field: r, percentile: 90, group_by: [who], window: 1m, condition: {gt: 1.5}}",
    "value_percentile: {field: r, percentile: 25, group_by: [who], window: 1m, condition: {lt: 1.5, gt: 0}}",
    "new_value: {fields: [host], group_by: [who], window: 1m, baseline: 2m}",
    "new_value: {fields: [host, n], window: 2m, baseline: 1m}",
    "new_value: {fields: [low], group_by: [n], window: 2m, baseline: 1m}",
];

/// Correlations over several.
pub(crate) const OF_SEVERAL: [&str; 20] = [
    "temporal: {stages: [a, b], group_by: [who], window: 1m}",
    "temporal: {stages: [a, b, c], group_by: [who], window: 1m}",
    "temporal: {stages: [a, c, b], window: 1m}",
    "temporal: {stages: [a, b], group_by: [host, n], window: 2m}",
    "absent: {stage: a, followed_by: b, group_by: [who], window: 1m}",
    "absent: {stage: b, followed_by: c, group_by: [who, host], window: 1m}",
    "absent: {stage: a, followed_by: c, window: 1m}",
    "temporal_ordered: {group_by: [who], window: 1m, steps: [{stage: a}, {stage: b}]}",
    "temporal_ordered: {window: 1m, steps: [{stage: a}, {stage: b, within: 30s}]}",
    "temporal_ordered: {group_by: [who], window: 2m, steps: [{stage: a}, {stage: b, within: 1m}, {stage: c}]}",
    "temporal_ordered: {group_by: [who], window: 2m, steps: [{stage: a}, {stage: c, within: 1m}, {stage: b, within: 1m}]}",
    "temporal_ordered: {group_by: [who], window: 1m, steps: [{stage: a, count: 2}, {stage: b}]}",
    "temporal_ordered: {window: 1m, steps: [{stage: a, count: 3}, {stage: b, where: [{host: a.host}]}]}",
    "temporal_ordered: {group_by: [who], window: 1m, steps: [{stage: a}, {stage: b, where: [{host: a.host}]}]}",
    "temporal_ordered: {window: 2m, steps: [{stage: a}, {stage: b, where: [{n: a.n}]}, {stage: c, where: [{who: a.who, host: b.host}]}]}",
    "temporal_ordered: {group_by: [who], window: 2m, steps: [{stage: a}, {stage: c}, {stage: b, where: [{any: [{host: a.host}, {host: c.host}, {a.host: h1}]}]}]}",
    "temporal_ordered: {group_by: [who], window: 1m, steps: [{stage: a}, {stage: b, where: [{seen: {c: {host: host}}}]}]}",
    "temporal_ordered: {window: 1m, steps: [{stage: a}, {stage: b, where: [{seen: {c: {host: low, who: who}}, n: a.n}]}]}",
    "temporal_ordered: {group_by: [who], window: 1m, steps: [{stage: b}, {stage: c, where: [{any: [{low: b.host}, {seen: {a: {n: n}}}]}]}]}",
    "temporal_ordered: {window: 2m, steps: [{stage: c}, {stage: a, where: [{c.low: h2}]}, {stage: b, where: [{who: c.who, n: a.n}]}]}",
];

/// What is done with a query and the streams.
struct Run {
    text: String,
    query: String,
    /// Whether results are rows of groups.
    groups: Option<Vec<String>>,
    expected: Vec<String>,
    request: serde_json::Value,
}

fn catalogue() -> Arc<Catalogue> {
    Arc::new(Catalogue::embedded().with_text("meaning.one", ONE).with_text("meaning.two", TWO))
}

fn detection(catalogue: &Catalogue, body: &str) -> (String, Detection) {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A case\nversion: 1\nstatus: test\ntype: ttp\n\
         severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A case.\n{body}\n"
    );
    let context = resolve::Context { catalogue, profiles: &["kusto:sentinel"] };
    let mut findings = Vec::new();
    let file = SourceFile::new("case.yml", text.as_str());
    let detection = resolve_file(&file, &context, &mut findings);
    (text.clone(), detection.unwrap_or_else(|| panic!("{findings:#?}\n{text}")))
}

/// Events around multiples of half a window, many at one time: of a few accounts close together, or of many far apart.
pub(crate) fn events(random: &mut Random) -> Vec<Observation> {
    let number = 20 + random.below(30);
    let dense = random.below(2) == 0;
    let moments = if dense { 5 } else { 12 };
    let accounts: &[&str] =
        if dense { &["u", "U", "u", "v", ""] } else { &["u", "U", "v", "w", "x", "x", "y", "z", ""] };
    (0..number)
        .map(|row| {
            let of_one = random.below(5) < 3;
            let shift = [0, 0, 0, 1, 59, 29][random.below(6) as usize];
            let seconds = 1 + 30 * random.below(moments) + shift;
            let time = Time::TEST_START.after(duration(seconds));
            let mut event = Event::default();
            let mut put = |name: &str, value| event.insert(name.to_owned(), value);
            put("row", Value::Number(Number::Integer(row as i64)));
            put("kind", Value::Text(random.pick(&["a", "b", "c", "x"]).to_owned()));
            if random.below(8) > 0 {
                put("who", Value::Text(random.pick(accounts).to_owned()));
            }
            if random.below(8) > 0 {
                put("host", Value::Text(random.pick(&["h1", "H1", "h2", "h2", "h3", ""]).to_owned()));
            }
            if random.below(6) > 0 {
                put("n", Value::Number(Number::Integer(random.below(4) as i64)));
            }
            if of_one {
                if random.below(6) > 0 {
                    put("r", Value::Number(Number::Real([0.25, 1.5, 1.75, 3.5][random.below(4) as usize])));
                }
                if random.below(6) > 0 {
                    let texts = (0..1 + random.below(3))
                        .map(|_| Value::Text(random.pick(&["p", "P", "q", "r", ""]).to_owned()));
                    put("m", Value::Many(texts.collect()));
                }
            }
            let source = if of_one { "meaning.one" } else { "meaning.two" };
            Observation { time, data_source: source.into(), event }
        })
        .collect()
}

pub(crate) fn duration(seconds: u64) -> Duration {
    Duration::parse(&format!("{seconds}s")).expect("is one")
}

fn moment(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.milliseconds).expect("is one").to_string()
}

/// The tables that hold these events.
fn tables(events: &[Observation]) -> serde_json::Value {
    let of = |source: &str, names: &[(&str, &str)], time: &str| -> Vec<serde_json::Value> {
        let events = events.iter().filter(|seen| &*seen.data_source == source);
        events
            .map(|seen| {
                let mut row = serde_json::Map::new();
                row.insert(time.to_owned(), moment(seen.time).into());
                for (field, value) in &seen.event {
                    let column =
                        names.iter().find(|(name, _)| name == field).map_or(field.as_str(), |it| it.1);
                    let value = cases::json(value);
                    if column == "Raw" {
                        row.insert(column.to_owned(), json!({"who": value}));
                    } else if column == "Number" {
                        row.insert(column.to_owned(), value.to_string().into());
                    } else {
                        row.insert(column.to_owned(), value);
                    }
                }
                row.into()
            })
            .collect()
    };
    json!({
        "One": {
            "columns": {"TimeGenerated": "datetime", "kind": "string", "Raw": "dynamic", "host": "string",
                        "n": "long", "r": "real", "m": "dynamic", "row": "long"},
            "rows": of("meaning.one", &[("who", "Raw")], "TimeGenerated")
        },
        "Two": {
            "columns": {"Created": "datetime", "Category": "string", "Account": "string", "Computer": "string",
                        "Device": "string", "Number": "string", "row": "long"},
            "rows": of("meaning.two",
                       &[("kind", "Category"), ("who", "Account"), ("host", "Device"), ("n", "Number")], "Created")
        }
    })
}

fn runs(body: &str, streams: u64, seed: u64) -> Vec<Run> {
    let catalogue = catalogue();
    let target = targets::target("kusto:sentinel", &catalogue).expect("is there");
    let (text, detection) = detection(&catalogue, body);
    let compiled = target.compile(&detection, Options::default());
    let compiled = compiled.unwrap_or_else(|findings| panic!("{findings:#?}\n{text}"));
    let sources: Vec<_> = detection
        .logic
        .event_sets()
        .map(|set| catalogue.source(&set.data_source.value).expect("is there").expect("reads"))
        .collect();
    let sources: Vec<_> = sources.iter().map(|source| &**source).collect();
    let evaluator = Evaluator::over(&detection, &sources).expect("prepares");
    let summary = detection.summary.as_ref();
    let groups = summary.map(|summary| summary.by.iter().map(|by| by.value.name.to_string()).collect());
    assert!(matches!(detection.logic, Logic::Correlation(_)));
    (0..streams)
        .map(|stream| {
            let mut random = Random((seed * 1_000 + stream).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let events = events(&mut random);
            // Somewhere among the events, so that some windows are still open.
            let now = Time::TEST_START.after(duration(180 + 30 * random.below(8)));
            // A query has no filter of time of its own: what comes later is not there yet.
            let events: Vec<_> = events.into_iter().filter(|seen| seen.time <= now).collect();
            let rows = evaluator.results_at(&events, Some(now));
            let shown = |row: &detc::evaluate::Row| -> String {
                match &groups {
                    None => cases::json(&row.fields["row"]).to_string(),
                    Some(groups) => {
                        let groups: &Vec<String> = groups;
                        let mut cells: Vec<String> =
                            groups.iter().map(|name| cell(&cases::json(&row.fields[name]))).collect();
                        cells.push(row.count.to_string());
                        cells.join(" ")
                    }
                }
            };
            let mut expected: Vec<String> = rows.iter().map(shown).collect();
            expected.sort();
            let projected = match &groups {
                None => "row".to_owned(),
                Some(groups) => {
                    let groups: Vec<_> = groups.iter().chain([&"count_".to_owned()]).cloned().collect();
                    groups.join(", ")
                }
            };
            let query = format!("{}| project {projected}", compiled.text);
            let request =
                json!({"id": stream, "query": query, "now": moment(now), "tables": tables(&events)});
            Run { text: text.clone(), query, groups: groups.clone(), expected, request }
        })
        .collect()
}

fn cell(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The rows that an engine gives, or why it gives none: known to be beyond it, or wrong.
enum Answer {
    Rows(Vec<Vec<serde_json::Value>>),
    Beyond(String),
    Failed(String),
}

#[test]
fn the_emitted_kql_of_correlations_means_them() {
    let Some(python) = kqlrun::python() else {
        say(
            "SKIPPED: the KQL of correlations was not run: oracles/.venv is missing (oracles/install makes it)",
        );
        return;
    };
    let runs = all_runs(4);
    let requests: Vec<_> = runs.iter().map(|run| run.request.clone()).collect();
    let answers = kqlrun::run(&python, &requests);
    assert_eq!(answers.len(), runs.len());
    let answers = answers.iter().map(|answer| match (answer.get("unsupported"), answer["rows"].as_array()) {
        (Some(reason), _) => Answer::Beyond(reason.to_string()),
        (None, Some(rows)) => {
            Answer::Rows(rows.iter().map(|row| row.as_array().cloned().unwrap_or_default()).collect())
        }
        (None, None) => Answer::Failed(answer.to_string()),
    });
    let (compared, _) = compare("duckdb-kql", &runs, answers);
    assert!(compared > 80, "only {compared} runs were compared");
}

/// The same in the project's own interpreter, which knows `prev` and running sums, and says when an answer depends on the
/// order of equal rows.
#[test]
fn the_emitted_kql_of_correlations_means_them_to_the_interpreter() {
    let runs = all_runs(30);
    let (compared, silent) = compare("the interpreter", &runs, runs.iter().map(interpreted));
    assert_eq!(compared, runs.len(), "all of them are within the interpreter's subset");
    assert!(silent.is_empty(), "nothing is shown by what never has a result: {silent:#?}");
}

fn all_runs(streams: u64) -> Vec<Run> {
    let bodies = OF_ONE
        .iter()
        .map(|it| format!("{SINGLE}correlation: {{{it}}}"))
        .chain(OF_SEVERAL.iter().map(|it| format!("{}correlation: {{{it}}}", used_stages(it))));
    bodies.enumerate().flat_map(|(seed, body)| runs(&body, streams, seed as u64)).collect()
}

fn interpreted(run: &Run) -> Answer {
    let mut schemas = Schemas::default();
    let mut tables = Tables::default();
    for (name, table) in run.request["tables"].as_object().into_iter().flatten() {
        let columns = table["columns"].as_object().into_iter().flatten();
        let columns: Vec<Column> = columns
            .map(|(name, kind)| {
                Column::new(name, Type::parse(kind.as_str().expect("a text")).expect("a type"))
            })
            .collect();
        let rows = table["rows"].as_array().into_iter().flatten();
        let rows: Vec<_> = rows.filter_map(|row| row.as_object().cloned()).collect();
        schemas.tables.insert(name.clone(), columns.clone());
        tables.tables.insert(name.clone(), Table::from_json(columns, &rows).expect("fits"));
    }
    let program = match kql::parse(&run.query).and_then(|query| Program::compile(&query, &schemas)) {
        Ok(program) => program,
        Err(problems) => return Answer::Failed(format!("{problems:#?}")),
    };
    let context = Context::at(run.request["now"].as_str().expect("a text")).expect("a moment");
    match program.run(&tables, &context) {
        Ok(table) => Answer::Rows(table.rows.iter().map(|row| row.iter().map(kql::json).collect()).collect()),
        Err(stop) => Answer::Failed(stop.to_string()),
    }
}

/// Holds answers against what is expected. How many there are, and the detections that never had a result.
fn compare<'r>(
    engine: &str,
    runs: &'r [Run],
    answers: impl Iterator<Item = Answer>,
) -> (usize, Vec<&'r str>) {
    let (mut compared, mut found) = (0, 0);
    let mut silent: BTreeSet<&str> = runs.iter().map(|run| run.text.as_str()).collect();
    let mut beyond: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (run, answer) in runs.iter().zip(answers) {
        let rows = match answer {
            Answer::Rows(rows) => rows,
            Answer::Beyond(reason) => {
                silent.remove(run.text.as_str());
                *beyond.entry(reason).or_default() += 1;
                continue;
            }
            Answer::Failed(reason) => {
                wrong.push(format!("{reason}\n{}\n{}", run.text, run.query));
                continue;
            }
        };
        let shown = |row: &Vec<serde_json::Value>| row.iter().map(cell).collect::<Vec<_>>().join(" ");
        let mut rows: Vec<String> = rows.iter().map(shown).collect();
        rows.sort();
        compared += 1;
        if !rows.is_empty() {
            found += 1;
            silent.remove(run.text.as_str());
        }
        if rows != run.expected {
            wrong.push(format!(
                "expected {:?}, found {rows:?} ({:?})\n{}\n{}\n{}",
                run.expected, run.groups, run.text, run.query, run.request["tables"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{engine}: {} of {compared} runs differ; the first:\n{}",
        wrong.len(),
        wrong[0]
    );
    say(&format!(
        "{engine}: {compared} runs of correlations compared, {found} with results; not run: {beyond:#?}"
    ));
    (compared, silent.into_iter().collect())
}

/// The stages that a correlation names: one that it does not is an error.
pub(crate) fn used_stages(correlation: &str) -> String {
    let named = |line: &str| {
        let Some((name, _)) = line.trim().split_once(':') else { return true };
        name == "stages"
            || [
                "stage: NAME}",
                "stage: NAME,",
                "followed_by: NAME,",
                "[NAME,",
                ", NAME,",
                ", NAME]",
                "{NAME:",
            ]
            .iter()
            .any(|form| correlation.contains(&form.replace("NAME", name)))
    };
    STAGES.lines().filter(|line| named(line)).map(|line| format!("{line}\n")).collect()
}
