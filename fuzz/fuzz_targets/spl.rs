//! Any text as a search over a few events.
//!
//! In: text. Out: nothing; a panic, a hang or unbounded memory is a finding.
#![no_main]

use std::sync::LazyLock;

use detc::spl::{Context, Dataset, LookupTable, Macros, Program, Row, Value, expand, parse};
use libfuzzer_sys::fuzz_target;

static MACROS: LazyLock<Macros> = LazyLock::new(|| {
    let mut macros = Macros::default();
    macros.define("m", &["a"], "x=$a$ `m($a$)`").expect("a macro");
    macros.define("n", &[], "eval y=1").expect("a macro");
    macros
});

static DATASET: LazyLock<Dataset> = LazyLock::new(|| {
    let texts = ["", "a", "1", "-1.5", "1e3", "10.0.0.1", "a;;b", "{\"a\":[1,{\"b\":null}]}"];
    let rows: Vec<Row> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let mut row: Row = [("x", *text), ("_raw", "a b c=1 *")].map(|(name, text)| (name, Value::text(text))).into_iter().collect();
            row.set("_time", Value::Number(1_787_566_830.0 + index as f64));
            row.set("m", Value::Many([(*text).into(), "z".into()].into()));
            row
        })
        .collect();
    Dataset { models: [("M.D".to_owned(), rows.clone())].into(), events: rows }
});

fuzz_target!(|text: &str| {
    let Ok(expanded) = expand(text, &MACROS) else { return };
    let search = match parse(&expanded.text) {
        Ok(search) => search,
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal has a reason");
            for problem in problems {
                let _ = expanded.origin(problem.span);
            }
            return;
        }
    };
    let Ok(program) = Program::compile(&search) else { return };
    let table = LookupTable {
        columns: vec!["x".to_owned(), "y".to_owned()],
        rows: vec![vec!["a".into(), "b".into()]],
        ..LookupTable::default()
    };
    let context = Context { now: 1_787_566_830.0, lookups: [("t".to_owned(), table)].into() };
    let _ = program.run(&DATASET, &context);
});
