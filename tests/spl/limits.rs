//! Hostile searches: they are refused or stopped, quickly, whatever they ask for.

use std::time::{Duration, Instant};

use detc::spl::{Context, Dataset, Macros, Program, Row, Stop, Value, expand, parse};
use proptest::prelude::*;

fn dataset() -> Dataset {
    let rows = (0..3).map(|number| {
        let mut row: Row = [("x", Value::text("a".repeat(50))), ("n", Value::text(number.to_string()))]
            .into_iter()
            .collect();
        row.set("_raw", Value::text("a b=1"));
        row.set("_time", Value::Number(f64::from(number)));
        row
    });
    Dataset { events: rows.collect(), ..Dataset::default() }
}

/// Reads and runs a text; the time that it may take is generous, for slow machines without optimisation.
fn run(text: &str) -> Option<Result<Vec<Row>, Stop>> {
    let start = Instant::now();
    let program = parse(text).ok().and_then(|search| Program::compile(&search).ok());
    let found = program.map(|program| program.run(&dataset(), &Context::default()));
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(60), "{taken:?} for {}", &text[..text.len().min(200)]);
    found
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("(", ")"), ("NOT (", ")"), ("[search ", "]")] {
        let text = format!("{}a=1{}", open.repeat(10_000), close.repeat(10_000));
        let problems = parse(&text).expect_err("is too deep");
        assert!(problems[0].message.contains("too deeply"), "{problems:?}");
    }
    for (open, close) in [("(", ")"), ("NOT ", ""), ("-", ""), ("len(", ")"), ("if(1==1,", ",2)")] {
        let text = format!("a=1 | where {}a{}", open.repeat(10_000), close.repeat(10_000));
        assert!(parse(&text).is_err(), "{open}");
    }
}

#[test]
fn long_chains_are_not_deep() {
    for (start, link) in
        [("a=1", " OR a=1"), ("a=1", " a=1"), ("a=1 | where a=1", " AND a=1"), ("a=1 | eval x=1", "+1")]
    {
        let text = format!("{start}{}", link.repeat(10_000));
        assert!(run(&text).is_some(), "{link}");
    }
    assert!(run(&format!("a=1{}", " | where a=1".repeat(10_000))).is_some());
}

#[test]
fn texts_that_grow_are_stopped() {
    let doubled = format!("x=*{}", " | eval x=x.x".repeat(40));
    assert_eq!(run(&doubled), Some(Err(Stop::Limit { what: "memory for one value" })));
    let replaced = format!("x=*{}", " | eval x=replace(x,\"a\",\"aaaaaaaaaa\")".repeat(20));
    assert_eq!(run(&replaced), Some(Err(Stop::Limit { what: "memory for one value" })));
    let appended = format!("x=*{}", " | eval x=mvappend(x,x)".repeat(40));
    assert_eq!(run(&appended), Some(Err(Stop::Limit { what: "memory for one value" })));
    let ranged = "x=* | eval y=mvrange(0,1000000000)";
    assert_eq!(run(ranged), Some(Err(Stop::Limit { what: "values of one field" })));
}

#[test]
fn rows_that_multiply_are_stopped() {
    let expanded = format!("x=*{}", " | eval m=mvrange(0,1000) | mvexpand m".repeat(10));
    assert!(matches!(run(&expanded), Some(Err(Stop::Limit { .. }))));
    let appended = format!("x=*{}", " | appendpipe [eval y=1]".repeat(60));
    assert!(matches!(run(&appended), Some(Err(Stop::Limit { .. }))));
    assert!(matches!(run("| makeresults count=100000000000"), Some(Err(Stop::Limit { what: "rows" }))));
    let crossed = "x=* | eval a=mvrange(0,2000) | eval b=a, c=a, d=a | stats count by a b c d";
    assert!(matches!(run(crossed), Some(Err(Stop::Limit { .. }))));
}

#[test]
fn slow_searches_are_stopped() {
    let windows =
        "| makeresults count=100000 | streamstats count as n | streamstats window=10000 sum(n) as s";
    assert_eq!(run(windows), Some(Err(Stop::Limit { what: "time" })));
}

#[test]
fn macros_that_grow_or_call_themselves_are_refused() {
    let mut macros = Macros::default();
    macros.define("again", &[], "`again`").expect("a macro");
    macros.define("more", &["a"], "$a$ $a$ $a$ $a$ $a$ $a$ $a$ $a$ $a$ $a$").expect("a macro");
    macros.define("twice", &[], "`again` `again`").expect("a macro");
    for text in ["`again`".to_owned(), "`twice`".to_owned(), format!("`more({})`", "x".repeat(50_000))] {
        assert!(expand(&text, &macros).is_err(), "{text:.50}");
    }
    let mut macros = Macros::default();
    for level in 1..40 {
        macros
            .define(&format!("m{level}"), &[], &format!("`m{}` `m{}`", level - 1, level - 1))
            .expect("a macro");
    }
    macros.define("m0", &[], "x").expect("a macro");
    let start = Instant::now();
    assert!(expand("`m39`", &macros).is_err());
    for level in 1..40 {
        macros
            .define(&format!("e{level}"), &[], &format!("`e{}``e{}`", level - 1, level - 1))
            .expect("a macro");
    }
    macros.define("e0", &[], "").expect("a macro");
    assert!(expand("`e39`", &macros).is_err());
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// Pieces of which random searches are made: more of them get past the reader than of random letters.
const PIECES: &[&str] = &[
    "search ",
    "where ",
    "eval ",
    "stats ",
    "streamstats ",
    "eventstats ",
    "x",
    "n",
    "m",
    "_time",
    "_raw",
    "=",
    "==",
    "!=",
    "<",
    "\"a\"",
    "\"\"",
    "'x'",
    "1",
    "-1.5",
    "(",
    ")",
    "[",
    "]",
    "|",
    "| ",
    ",",
    " ",
    "*",
    "count",
    "sum(n)",
    " by ",
    " as ",
    "if(",
    "mvappend(",
    "split(",
    "match(",
    "null()",
    "AND ",
    "OR ",
    "NOT ",
    "IN (",
    "`m`",
    "```",
    "\\",
    ".",
    "+",
    "/",
    "window=2 ",
    "sort 0 ",
    "head 1",
    "dedup ",
    "fillnull ",
    "rename ",
    "table ",
    "fields - ",
    "rex \"(?<g>.)\"",
    "mvexpand ",
    "bin _time span=1h",
    "append [",
    "spath ",
    "foreach ",
    "<<FIELD>>",
    "lookup t ",
    "OUTPUT ",
    "tstats ",
    "from datamodel=M.D",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_text_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..25), tail in ".{0,8}") {
        let text = pieces.concat() + &tail;
        let program = parse(&text).ok().and_then(|search| Program::compile(&search).ok());
        let _ = program.map(|program| program.run(&dataset(), &Context::default()));
        let _ = expand(&text, &Macros::default());
    }

    #[test]
    fn a_quoted_text_is_read_as_it_was_meant(text in any::<String>()) {
        let text: String = text.chars().filter(|c| *c != '*').collect();
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        let search = parse(&format!("| makeresults | eval v=\"{quoted}\" | where v=\"{quoted}\"")).expect("reads");
        let rows = Program::compile(&search).expect("compiles").run(&Dataset::default(), &Context::default());
        let rows = rows.expect("runs");
        prop_assert_eq!(rows.len(), 1);
        prop_assert_eq!(rows[0].text("v").unwrap_or_default(), text);
    }
}
