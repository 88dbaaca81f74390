//! Queries that want too much time, memory or stack: each ends soon, with an answer or a limit, and none panics.

use std::time::{Duration, Instant};

use detc::kql::{self, Context, Program, Schemas, Tables};
use proptest::prelude::*;

/// Reads, binds and runs a query, within a time that even a slow machine keeps.
fn ends(query: &str) -> String {
    let start = Instant::now();
    let context = Context { steps: 400_000, ..Context::at("2026-03-10").expect("is a time") };
    let answer = match kql::parse(query).and_then(|query| Program::compile(&query, &Schemas::default())) {
        Err(problems) => format!("refused: {}", problems[0].message),
        Ok(program) => match program.run(&Tables::default(), &context) {
            Ok(table) => format!("{} rows", table.rows.len()),
            Err(stop) => stop.to_string(),
        },
    };
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{}…: {:?}",
        &query[..query.len().min(80)],
        start.elapsed()
    );
    answer
}

fn repeated(head: &str, part: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).fold(head.to_owned(), |text, index| text + &part(index))
}

#[test]
fn nesting_is_limited() {
    for (open, close) in
        [("(", ")"), ("not(", ")"), ("-", ""), ("pack_array(", ")"), ("strcat(", ")"), ("toscalar(", ")")]
    {
        for count in [10, 50, 1_000, 50_000] {
            let query = format!("print a = {}1{}", open.repeat(count), close.repeat(count));
            let answer = ends(&query);
            assert!(count < 1_000 || answer.starts_with("refused"), "{open} {count}: {answer}");
        }
    }
    assert!(
        ends(&format!("print a = dynamic({}{})", "[".repeat(5_000), "]".repeat(5_000)))
            .starts_with("refused")
    );
    assert!(ends(&format!("print a = parse_json('{}')", "[".repeat(100_000))).contains("rows"));
    assert!(
        ends(&repeated("print a = 1", |_| " | union (print a = 1".to_owned(), 5_000)).starts_with("refused")
    );
    assert!(
        ends(&repeated("print a = 1", |_| " | union (print a = 1)".to_owned(), 5_000)).starts_with("refused")
    );
    assert!(
        ends(&repeated("print d = dynamic([1])", |_| " | mv-apply d on (extend x = 1".to_owned(), 5_000))
            .starts_with("refused")
    );
}

#[test]
fn long_chains_are_read_or_refused() {
    assert_eq!(ends(&repeated("print a = true", |_| " and true".to_owned(), 10_000)), "1 rows");
    assert!(ends(&repeated("print a = 1", |_| " + 1".to_owned(), 10_000)).contains("a chain of more than"));
    assert!(
        ends(&repeated("print a = dynamic({}) | extend b = a", |_| ".b".to_owned(), 10_000))
            .contains("a path of more")
    );
    assert_eq!(ends(&repeated("print a = 1", |_| " | where a == 1".to_owned(), 10_000)), "1 rows");
    assert!(ends(&repeated("print a = 1", |_| " | where a == 1".to_owned(), 30_000)).starts_with("refused"));
}

#[test]
fn doubling_ends() {
    let strings = repeated("print a = 'xxxxxxxxxxxxxxxx'", |_| " | extend a = strcat(a, a)".to_owned(), 60);
    assert!(ends(&strings).contains("length of a string"));
    let arrays = repeated("print a = dynamic([1])", |_| " | extend a = pack_array(a, a)".to_owned(), 60);
    assert!(ends(&arrays).contains("exceeds a limit"));
    let concatenated =
        repeated("print a = dynamic([1])", |_| " | extend a = array_concat(a, a)".to_owned(), 60);
    assert!(ends(&concatenated).contains("exceeds a limit"));
    let rows =
        repeated("let T0 = print a = 1;", |i| format!("let T{} = union T{i}, T{i};", i + 1), 60) + "T60";
    assert!(ends(&rows).contains("exceeds a limit"), "{}", ends(&rows));
    let scalars = repeated("let a0 = ago(1d) - ago(2d);", |i| format!("let a{} = a{i} + a{i};", i + 1), 60)
        + "print a60";
    assert!(ends(&scalars).starts_with("refused"), "{}", ends(&scalars));
    let functions = repeated(
        "let f0 = (x: long) { x + x };",
        |i| format!("let f{} = (x: long) {{ f{i}(x) + f{i}(x) }};", i + 1),
        60,
    ) + "print f60(1)";
    assert!(ends(&functions).starts_with("refused"), "{}", ends(&functions));
    let called = repeated(
        "let f0 = (x: long) { x + x };",
        |i| format!("let f{} = (x: long) {{ f{i}(x) + f{i}(x) }};", i + 1),
        15,
    ) + "range x from 1 to 1000 step 1 | extend y = f15(x)";
    assert!(ends(&called).contains("steps of a run"), "{}", ends(&called));
    let chained =
        repeated("let T0 = print a = 1;", |i| format!("let T{} = T{i} | extend a = a + 1;", i + 1), 5_000)
            + "T5000";
    assert!(ends(&chained).starts_with("refused"));
    let negated =
        repeated("let a0 = now();", |i| format!("let a{} = a{i} + 1s;", i + 1), 5_000) + "print a5000";
    assert!(ends(&negated).starts_with("refused"));
}

#[test]
fn rows_are_limited() {
    for query in [
        "range x from 1 to 9000000000 step 1",
        "range x from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 100000 step 1 | extend k = 1) on k",
        "range x from 1 to 100000 step 1 | extend a = range_of | mv-expand a",
        "range x from 1 to 3000 step 1 | extend a = repeat(1, 1024) | mv-expand a",
        "range x from 1 to 100000 step 1 | where tostring(x) in (range y from 1 to 1000 step 1 | project s = tostring(y))",
        "range x from 1 to 100000 step 1 | summarize l = make_list(x) | mv-expand a = l, b = l | mv-expand c = l",
        "range x from 1 to 100000 step 1 | summarize s = make_list(strrep('xxxxxxxxxx', 1000))",
    ] {
        let answer = ends(query);
        assert!(answer.contains("limit") || answer.starts_with("refused"), "{query}: {answer}");
    }
}

#[test]
fn expressions_over_texts_are_limited() {
    assert!(ends(r"print a = 'x' matches regex '((a{1000}){1000}){1000}'").starts_with("refused"));
    assert_eq!(ends("print a = strrep('a', 1024) matches regex '(a*)*b'"), "1 rows");
    assert!(
        ends("print a = replace_string(strrep(strrep('a', 1024), 1000), 'a', strrep('b', 1024))")
            .contains("limit")
    );
    assert!(
        ends("print a = replace_regex(strrep(strrep('a', 1024), 900), 'a', strrep('b', 1024))")
            .contains("limit")
    );
    assert!(ends(&format!("print a = parse_xml('{}')", "<a>".repeat(30_000))).contains("rows"));
}

#[test]
fn oversized_texts_are_refused() {
    assert!(ends(&format!("print a = '{}'", "x".repeat(300_000))).starts_with("refused"));
}

/// Pieces that make queries which are often nearly right.
const PIECES: &[&str] = &[
    "print ",
    "a = ",
    "1",
    "'x'",
    "\"y\"",
    "@'z'",
    " | ",
    "where ",
    "extend ",
    "summarize ",
    "by ",
    "count()",
    "project ",
    "mv-expand ",
    "mv-apply ",
    "on (",
    ")",
    "(",
    "join kind=inner ",
    "on ",
    "union ",
    "let f = ",
    "T",
    ";",
    "dynamic([1,2])",
    "dynamic({\"k\":1})",
    ".k",
    "[0]",
    "[-1]",
    " == ",
    " =~ ",
    " has ",
    " in (",
    " between (1 .. 2)",
    " and ",
    " or ",
    "not(",
    "datatable(a:int, b:string)[1, 'x', 2, 'y']",
    "range x from 1 to 5 step 1",
    "prev(",
    "make_set(",
    "arg_max(",
    "*",
    ", ",
    "tostring(",
    "ago(1d)",
    "datetime(2020-01-01)",
    "1h",
    " .. ",
    "{ ",
    " }",
    "(x: long)",
    "sort by ",
    "top 2 by ",
    "take 1",
    "serialize ",
    "iff(",
    "case(",
    "'(?i)x'",
    " matches regex ",
    "extract(",
    "materialize(",
    "\\",
    "`",
    "é",
    "\n",
    "//",
    "- ",
    "row_number()",
    "0x",
    "1e999",
    "-9223372036854775808",
    "9223372036854775807",
    "a",
    "x",
    "bin(",
    "to typeof(long)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        ends(&text);
    }

    #[test]
    fn no_mixture_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        ends(&pieces.concat());
    }
}
