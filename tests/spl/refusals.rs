//! What is no SPL, what Splunk refuses, and what is not evaluated: each with its code, place and message.

use detc::source::{SourceFile, Span};
use detc::spl::{Context, Dataset, Macros, Problem, Program, Row, Stop, Value, expand, parse};

/// All problems of a text, as the reader and the checker give them.
fn problems(text: &str) -> Vec<Problem> {
    match parse(text) {
        Ok(search) => Program::compile(&search).err().unwrap_or_default(),
        Err(problems) => problems,
    }
}

/// A code, the place, the message.
type Expected = (&'static str, &'static str, &'static str);

/// The text, and all its problems.
const REFUSED: &[(&str, &[Expected])] = &[
    ("", &[("E0801", "", "the search is empty")]),
    ("   ", &[("E0801", "", "the search is empty")]),
    ("a=1 |", &[("E0801", "|", "a pipe without a command")]),
    ("a=1 | | stats count", &[("E0801", "|", "a pipe without a command")]),
    ("a=\"x", &[("E0801", "\"x", "a double quote is not closed")]),
    ("a=", &[("E0801", "", "expected a value, found the end")]),
    ("a=1 OR", &[("E0801", "", "expected a term, found the end")]),
    ("AND a=1", &[("E0801", "AND", "expected a term, found `AND`")]),
    ("(a=1", &[("E0801", "", "expected `)`, found the end")]),
    ("a=1)", &[("E0801", ")", "expected a pipe or the end, found `)`")]),
    ("a IN (1,2", &[("E0801", "", "expected `,` or `)`, found the end")]),
    ("`m", &[("E0801", "`m", "a backtick is not closed")]),
    ("`m(a` x", &[("E0801", "`m(a`", "the arguments of the macro `m` are not closed")]),
    ("a=1 ``` note", &[("E0801", "``` note", "a comment is not closed")]),
    ("a=1 | stat count", &[("E0801", "stat", "there is no command `stat`")]),
    ("a=1 | where", &[("E0801", "", "expected a value, a field or a function, found the end")]),
    ("a=1 | where a=b=c", &[("E0801", "=", "expected AND, OR or the end of the comparison, found `=`")]),
    ("a=1 | where AND b", &[("E0801", "AND", "the operator AND has nothing on one side")]),
    (
        "a=1 | eval x=Actor{}.ID",
        &[("E0801", "Actor{}.ID", "`Actor{}.ID` is no field name outside of quotes")],
    ),
    ("a=1 | eval x", &[("E0801", "", "expected `=`, found the end")]),
    ("a=1 | stats", &[("E0801", "", "expected an aggregate, found the end")]),
    ("a=1 | stats count by", &[("E0801", "", "expected a field, found the end")]),
    ("a=1 | append [search b=1", &[("E0801", "[", "a bracket is not closed")]),
    ("a=1 | append b", &[("E0802", "append b", "the command `append` is not evaluated")]),
    ("a=1 | rename a b", &[("E0801", "b", "expected `as`, found `b`")]),
    ("a=1 | bin _time span=5x", &[("E0801", "5x", "`5x` is no length of time")]),
    ("a=1 | head many", &[("E0801", "many", "expected a pipe or the end, found `many`")]),
    ("| where a=1", &[("E0804", "where a=1", "the first command brings no rows")]),
    ("a=1 | eval x=lenght(a)", &[("E0804", "lenght", "there is no function `lenght`")]),
    ("a=1 | eval x=substr(a)", &[("E0804", "substr", "`substr` takes 2 to 3 arguments, not 1")]),
    ("a=1 | where \"a\"", &[("E0804", "\"a\"", "this is no condition")]),
    ("a=1 | stats summ(a)", &[("E0804", "summ", "`stats` has no function `summ`")]),
    ("a=1 | stats count as n sum(a) as n", &[("E0804", "sum(a)", "two results are named `n`")]),
    ("a=1 | sort 0 a* ", &[("E0804", "a*", "a wildcard cannot stand here")]),
    ("a=1 | head foo=1", &[("E0804", "foo", "the command has no option `foo`")]),
    ("`unknown` a=1", &[("E0802", "`unknown`", "the macro `unknown` is not known")]),
    ("a=1 | `unknown(x)`", &[("E0802", "`unknown(x)`", "the macro `unknown` is not known")]),
    ("a=1 | iplocation ip", &[("E0802", "iplocation ip", "the command `iplocation` is not evaluated")]),
    ("a=1 | eval x=md5(a)", &[("E0802", "md5(a)", "the function `md5` is not evaluated")]),
    (
        "a=1 | where match(a,\"(?=b)\")",
        &[("E0802", "\"(?=b)\"", "look-around in a regular expression is not evaluated")],
    ),
    ("starttime=x", &[("E0802", "starttime", "`starttime` is not evaluated")]),
    ("fo*=x", &[("E0802", "fo*", "a wildcard in the name of a field is not evaluated here")]),
    (
        "a=1 | eval x=a.\"b\"+1",
        &[("E0802", "a.\"b\"+1", "which of `.` and the other operators comes first is not documented")],
    ),
    // All at once.
    (
        "a= | stat count | where b=nosuch(1) | eval x=(",
        &[
            ("E0801", "", "expected a value, found the end"),
            ("E0801", "stat", "there is no command `stat`"),
            ("E0804", "nosuch", "there is no function `nosuch`"),
            ("E0801", "", "expected a value, a field or a function, found the end"),
        ],
    ),
    (
        "a=1 | iplocation x | eval y=md5(a), z=\"1\"+1 | `m`",
        &[
            ("E0802", "iplocation x", "the command `iplocation` is not evaluated"),
            ("E0802", "md5(a)", "the function `md5` is not evaluated"),
            ("E0804", "1", "`+` takes two texts or two numbers (E13)"),
            ("E0802", "`m`", "the macro `m` is not known"),
        ],
    ),
];

#[test]
fn every_refusal_has_its_code_place_and_reason() {
    let mut wrong = Vec::new();
    for (text, expected) in REFUSED {
        let file = SourceFile::new("search", *text);
        let found = problems(text);
        let found: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|problem| (problem.code.id(), file.slice(problem.span), problem.message.as_str()))
            .collect();
        if found != *expected {
            wrong.push(format!("{text}\n    expected {expected:?}\n    found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn places_in_an_expanded_text_are_those_of_the_original() {
    let mut macros = Macros::default();
    macros.define("m", &["x"], "eval y=$x$ | stat count").expect("a macro");
    let text = "a=1 ```note``` | `m(b)` | wher c=1";
    let expanded = expand(text, &macros).expect("expands");
    assert_eq!(expanded.text, "a=1   | eval y=b | stat count | wher c=1");
    let found = parse(&expanded.text).expect_err("is wrong");
    let file = SourceFile::new("search", text);
    let places: Vec<&str> = found.iter().map(|problem| file.slice(expanded.origin(problem.span))).collect();
    assert_eq!(places, ["`m(b)`", "wher"]);
    let diagnostic = found[1].clone().into_diagnostic(&file);
    assert_eq!((diagnostic.code.id(), diagnostic.help.as_deref()), ("E0801", Some("did you mean `where`?")));
}

#[test]
fn names_of_arguments_are_checked() {
    let mut macros = Macros::default();
    assert_eq!(macros.define("m", &["a", "a"], ""), Err("the argument `a` stands twice".to_owned()));
    assert_eq!(macros.define("m", &["a b"], ""), Err("`a b` cannot be the name of an argument".to_owned()));
    macros.define("m", &["a-b_1"], "$a-b_1$ $c$ $").expect("S46");
    assert!(macros.contains("m", 1) && !macros.contains("m", 0));
    assert_eq!(expand("`m(x)`", &macros).expect("expands").text, "x $c$ $");
}

#[test]
fn what_is_met_only_when_it_runs_is_named() {
    let run = |text: &str, row: &[(&str, &str)]| {
        let program = Program::compile(&parse(text).expect("reads")).expect("compiles");
        let row: Row = row.iter().map(|(name, value)| (*name, Value::text(*value))).collect();
        program.run(&Dataset { events: vec![row], ..Dataset::default() }, &Context::default())
    };
    let what = "the lookup `t` is not given".to_owned();
    assert_eq!(run("a=1 | lookup t x", &[("a", "1")]), Err(Stop::Outside { what, span: Span::new(13, 14) }));
    let what = "a back-reference in a regular expression is not evaluated".to_owned();
    assert_eq!(
        run("a=* | where match(a,b)", &[("a", "1"), ("b", r"(x)\1")]),
        Err(Stop::Outside { what, span: Span::new(20, 21) })
    );
    let stop = run("earliest=soon", &[("_time", "1")]).expect_err("fails");
    assert_eq!(stop.to_string(), "Splunk fails this search: the time `soon` cannot be read");
}

/// K30, K31: how much is extracted of a JSON text.
#[test]
fn extraction_has_limits() {
    let run = |json: String| {
        let program = Program::compile(&parse("x=* | spath input=x").expect("reads")).expect("compiles");
        let row: Row = [("x", Value::text(json))].into_iter().collect();
        program.run(&Dataset { events: vec![row], ..Dataset::default() }, &Context::default())
    };
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(5_000));
    assert_eq!(run(long), Err(Stop::Undetermined { rule: "K30" }));
    let members: Vec<String> = (0..101).map(|number| format!("\"f{number}\":1")).collect();
    assert_eq!(run(format!("{{{}}}", members.join(","))), Err(Stop::Undetermined { rule: "K31" }));
    assert_eq!(run(format!("{{{}}}", members[1..].join(","))).expect("runs")[0].len(), 101);
}
