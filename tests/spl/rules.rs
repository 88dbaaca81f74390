//! Splunk's rules one by one: `rules/*.yml` says of each what goes in and what must come out.
//!
//! S.. are of `search`, E.. of expressions, A.. of aggregates, K.. of other commands, T.. of time, P.. of saved searches;
//! C.. are contested: what depends on them has no answer. `rules/not_covered.yml` says why a rule has no case.

use std::collections::{BTreeMap, BTreeSet};

use detc::spl::{Context, Dataset, LookupTable, Macros, MatchType, Program, Row, Stop, Value, expand, parse};
use serde::Deserialize;

/// How many rules there are, by their letter.
const RULES: &[(&str, usize)] = &[("S", 49), ("E", 61), ("A", 33), ("K", 51), ("T", 8), ("P", 4)];

const FILES: &[&str] = &[
    include_str!("rules/search.yml"),
    include_str!("rules/raw.yml"),
    include_str!("rules/expressions.yml"),
    include_str!("rules/functions.yml"),
    include_str!("rules/stats.yml"),
    include_str!("rules/streamstats.yml"),
    include_str!("rules/commands.yml"),
    include_str!("rules/time.yml"),
    include_str!("rules/contested.yml"),
];

const NOT_COVERED: &str = include_str!("rules/not_covered.yml");

/// When the searches run: Monday, 24 August 2026, 10:20:30 UTC.
const NOW: f64 = 1_787_566_830.0;

/// Values as they are written: text, a number, a list of texts; null is no value.
#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
enum Cell {
    Text(String),
    Whole(i64),
    Real(f64),
    Many(Vec<Cell>),
    Nothing,
}

type Cells = BTreeMap<String, Cell>;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The rules that it shows, with blanks between them.
    rule: String,
    /// What goes in.
    #[serde(default)]
    rows: Vec<Cells>,
    /// What goes in, when it is one row.
    #[serde(default)]
    row: Option<Cells>,
    /// A whole search. A leading `|` follows the rows; otherwise it is the base search.
    #[serde(default)]
    search: Option<String>,
    /// An expression, whose value is wanted.
    #[serde(default)]
    eval: Option<String>,
    /// Which of the rows come out, by their places.
    #[serde(default)]
    keeps: Option<Vec<usize>>,
    /// The rows that come out, in any order.
    #[serde(default)]
    out: Option<Vec<Cells>>,
    /// The rows that come out, in this order.
    #[serde(default)]
    out_in_order: Option<Vec<Cells>>,
    /// The value of the expression; not written: no value.
    #[serde(default)]
    is: Option<Cell>,
    /// The rule that leaves the answer open.
    #[serde(default)]
    undetermined: Option<String>,
    /// The code with which it is refused, before it runs or while it does.
    #[serde(default)]
    refused: Option<String>,
}

fn value_of(cell: &Cell) -> Option<Value> {
    match cell {
        Cell::Nothing => None,
        Cell::Text(text) => Some(Value::text(text.as_str())),
        Cell::Whole(number) => Some(Value::text(number.to_string())),
        Cell::Real(number) => Some(Value::text(number.to_string())),
        Cell::Many(cells) => {
            let texts = cells
                .iter()
                .filter_map(value_of)
                .flat_map(|it| it.texts().map(Into::into).collect::<Vec<_>>());
            Value::many(texts.collect())
        }
    }
}

fn row(cells: &Cells) -> Row {
    cells.iter().filter_map(|(name, cell)| Some((name.as_str(), value_of(cell)?))).collect()
}

/// Rows in the order in which they are written: the first is the newest.
fn rows(cells: &[Cells]) -> Vec<Row> {
    let numbered = cells.iter().enumerate().map(|(index, cells)| {
        let mut row = row(cells);
        if row.get("_time").is_none() {
            row.set("_time", Value::Number(1_000_000.0 - index as f64));
        }
        row
    });
    numbered.collect()
}

fn table(columns: &[&str], cells: &[&[&str]]) -> LookupTable {
    LookupTable {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: cells.iter().map(|row| row.iter().map(|cell| (*cell).into()).collect()).collect(),
        ..LookupTable::default()
    }
}

fn context() -> Context {
    let mut context = Context { now: NOW, ..Context::default() };
    let people = table(
        &["name", "team", "note"],
        &[&["ann", "red", ""], &["bob", "blue", "x"], &["ann", "green", ""]],
    );
    context.lookups.insert("people_cased".to_owned(), people.clone());
    context.lookups.insert("people".to_owned(), LookupTable { ignores_case: true, ..people });
    let paths = table(&["path", "kind"], &[&["*\\temp\\*", "temp"], &["c:\\*", "disk"]]);
    let match_types = vec![("path".to_owned(), MatchType::Wildcard)];
    let first = Some(1);
    context.lookups.insert(
        "paths".to_owned(),
        LookupTable { ignores_case: true, match_types, max_matches: first, ..paths },
    );
    let networks = table(&["network", "zone"], &[&["10.0.0.0/8", "inside"], &["2001:db8::/32", "lab"]]);
    let match_types = vec![("network".to_owned(), MatchType::Cidr)];
    let default_match = Some((1, "outside".to_owned()));
    context.lookups.insert("zones".to_owned(), LookupTable { match_types, default_match, ..networks });
    context
}

fn macros() -> Macros {
    let mut macros = Macros::default();
    for (name, arguments, text) in [
        ("quoted", &["a"][..], "x=\"$a$\""),
        ("both", &["a", "b"], "x=$a$ y=$b$"),
        ("both", &["a"], "x=$a$ y=$a$"),
        ("outer", &["v"], "(`quoted($v$)` OR z=1)"),
    ] {
        macros.define(name, arguments, text).expect("a macro");
    }
    macros
}

/// What a search gives, or the code or rule that it stops with.
fn run(text: &str, rows: Vec<Row>) -> Result<Vec<Row>, (String, String)> {
    let wrong =
        |problems: Vec<detc::spl::Problem>| (problems[0].code.id().to_owned(), format!("{problems:?}"));
    let expanded = expand(text, &macros()).map_err(wrong)?;
    let search = parse(&expanded.text).map_err(wrong)?;
    let program = Program::compile_saved(&search, &expanded.text).map_err(wrong)?;
    let dataset = Dataset { models: BTreeMap::from([("M.D".to_owned(), rows.clone())]), events: rows };
    program.run(&dataset, &context()).map_err(|stop| match &stop {
        Stop::Undetermined { rule } => ((*rule).to_owned(), stop.to_string()),
        other => (other.code().id().to_owned(), stop.to_string()),
    })
}

fn same(found: &[Row], expected: &[Row], in_order: bool) -> bool {
    if found.len() != expected.len() {
        return false;
    }
    if in_order {
        return found.iter().zip(expected).all(|(found, expected)| found.same_as(expected));
    }
    let mut left: Vec<&Row> = expected.iter().collect();
    found.iter().all(|row| match left.iter().position(|it| it.same_as(row)) {
        Some(place) => {
            left.remove(place);
            true
        }
        None => false,
    })
}

/// Without the time that `rows` gave them.
fn shown(rows: &[Row], expected: &[Cells]) -> Vec<Row> {
    let wants_time = expected.iter().any(|cells| cells.contains_key("_time"));
    let mut rows = rows.to_vec();
    if !wants_time {
        rows.iter_mut().for_each(|row| drop(row.remove("_time")));
    }
    rows
}

fn check(case: &Case) -> Result<(), String> {
    let given: Vec<Cells> = case.row.clone().into_iter().chain(case.rows.clone()).collect();
    let (text, given) = match (&case.search, &case.eval) {
        (Some(text), None) if text.trim_start().starts_with("||") => {
            (text.trim_start()[1..].to_owned(), rows(&given))
        }
        (Some(text), None) if text.trim_start().starts_with('|') => {
            (format!("search * {text}"), rows(&given))
        }
        (Some(text), None) => (text.clone(), rows(&given)),
        (None, Some(expression)) => {
            let given = if given.is_empty() { vec![Cells::new()] } else { given };
            (format!("search * | eval value_of_it={expression}"), rows(&given))
        }
        _ => return Err("`search` or `eval`".to_owned()),
    };
    let found = run(&text, given.clone());
    if let Some(wanted) = case.undetermined.as_ref().or(case.refused.as_ref()) {
        return match &found {
            Err((id, _)) if id == wanted => Ok(()),
            other => Err(format!("expected {wanted}, found {other:?}")),
        };
    }
    let found = found.map_err(|(id, what)| format!("{id}: {what}"))?;
    let (expected, in_order) = if case.eval.is_some() {
        let value = found.first().and_then(|row| row.get("value_of_it").cloned());
        let expected = case.is.as_ref().and_then(value_of);
        let same = match (&value, &expected) {
            (Some(value), Some(expected)) => value.texts().eq(expected.texts()),
            (None, None) => true,
            _ => false,
        };
        return if same { Ok(()) } else { Err(format!("expected {expected:?}, found {value:?}")) };
    } else if let Some(places) = &case.keeps {
        (places.iter().map(|place| given[*place].clone()).collect::<Vec<_>>(), true)
    } else {
        let (cells, in_order) = match (&case.out, &case.out_in_order) {
            (Some(cells), None) => (cells, false),
            (None, Some(cells)) => (cells, true),
            _ => return Err("`keeps`, `out` or `out_in_order`".to_owned()),
        };
        let expected: Vec<Row> = cells.iter().map(row).collect();
        let found = shown(&found, cells);
        return if same(&found, &expected, in_order) {
            Ok(())
        } else {
            Err(format!("expected {expected:#?}, found {found:#?}"))
        };
    };
    if same(&found, &expected, in_order) {
        Ok(())
    } else {
        Err(format!("expected {expected:#?}, found {found:#?}"))
    }
}

fn cases() -> Vec<Case> {
    // `y` and `n` are letters here, not booleans.
    let mut options = serde_yaml::Options::default();
    options.strict_booleans = true;
    let read =
        |text: &&str| serde_yaml::from_str_with_options::<Vec<Case>>(text, options.clone()).expect("cases");
    FILES.iter().flat_map(read).collect()
}

#[test]
fn every_rule_holds() {
    let mut wrong = Vec::new();
    for case in cases() {
        if let Err(what) = check(&case) {
            let text = case.search.as_ref().or(case.eval.as_ref());
            wrong.push(format!("{}: {}\n    {what}", case.rule, text.map_or("", String::as_str)));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_or_a_reason() {
    let not_covered: BTreeMap<String, String> = serde_yaml::from_str(NOT_COVERED).expect("reasons");
    let covered: BTreeSet<String> = cases()
        .iter()
        .flat_map(|case| case.rule.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let all: Vec<String> = RULES
        .iter()
        .flat_map(|(letter, count)| (1..=*count).map(move |number| format!("{letter}{number:02}")))
        .collect();
    let missing: Vec<&String> =
        all.iter().filter(|id| !covered.contains(*id) && !not_covered.contains_key(*id)).collect();
    assert!(missing.is_empty(), "rules without a case and without a reason: {missing:?}");
    let both: Vec<&String> = not_covered.keys().filter(|id| covered.contains(*id)).collect();
    assert!(both.is_empty(), "rules with a case and a reason for none: {both:?}");
    let unknown: Vec<&String> =
        covered.iter().filter(|id| !id.starts_with('C') && !all.contains(id)).collect();
    assert!(unknown.is_empty(), "no such rules: {unknown:?}");
    let text = format!(
        "{} rules have cases; {} have none, each with its reason\n",
        covered.len(),
        not_covered.len()
    );
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).expect("stderr can be written");
}
