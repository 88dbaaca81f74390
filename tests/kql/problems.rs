//! Bad queries: each is refused with its kind, its place and its words.

use detc::diagnostics::Code;
use detc::kql::{self, Context, Kind, Program, Schemas, Tables};
use detc::source::SourceFile;

/// The problems of a query, as `kind@place: message`.
fn problems(query: &str) -> Vec<String> {
    match kql::parse(query).and_then(|query| Program::compile(&query, &Schemas::default()).map(|_| ())) {
        Ok(()) => Vec::new(),
        Err(problems) => problems
            .iter()
            .map(|problem| {
                let kind = match problem.kind {
                    Kind::Syntax => "syntax",
                    Kind::Outside => "outside",
                    Kind::Wrong => "wrong",
                };
                format!("{kind}@{}: {}", &query[problem.span.start..problem.span.end], problem.message)
            })
            .collect(),
    }
}

#[test]
fn bad_queries_are_refused_with_their_place() {
    for (query, expected) in [
        ("", "syntax@: an expression is expected, not the end"),
        ("print a = ", "syntax@: an expression is expected, not the end"),
        ("print a = 1 | where", "syntax@: an expression is expected, not the end"),
        ("print a = 1 | where a ==", "syntax@: an expression is expected, not the end"),
        ("print a = (1", "syntax@: `)` is expected, not the end"),
        ("print a = 1 | ", "syntax@: an operator is expected, not the end"),
        ("print a = 1 extend b = 2", "syntax@extend: the end of the query is expected, not `extend`"),
        ("print a = 'x", "syntax@'x: the string is not closed"),
        ("print a = 1; print b = 2", "syntax@print: the end of the query is expected, not `print`"),
        ("let a = 1 print a", "syntax@print: `;` after a `let` is expected, not `print`"),
        ("print a = int(x)", "syntax@int(x): `x` is no int"),
        ("print a = dynamic({1})", "syntax@dynamic({1}): this is no dynamic literal"),
        ("print a = 1 == 2 == 3", "syntax@==: `and` or `or` is expected, not `==`"),
        ("print a = decimal(1)", "outside@decimal(1): a literal of the type `decimal` is not interpreted"),
        ("datatable(a:decimal)[]", "outside@decimal: the type `decimal` is not interpreted"),
        (
            "print a = 1 | evaluate bag_unpack(a)",
            "outside@evaluate: the operator `evaluate` is not interpreted",
        ),
        (
            "print a = 1 | project-smart a",
            "outside@project-smart: the operator `project-smart` is not interpreted",
        ),
        ("search 'x'", "outside@search: `search` is not interpreted"),
        ("set a = b; print 1", "outside@set: the statement `set` is not interpreted"),
        ("union T*", "outside@T: a pattern of tables in `union` is not interpreted"),
        ("print a = frobnicate(1)", "outside@frobnicate(1): the function `frobnicate` is not interpreted"),
        ("print a = strlen()", "wrong@strlen(): `strlen` does not take 0 arguments"),
        ("print a = strlen(1)", "wrong@1: `strlen` takes a string here, not a long"),
        ("print a = 1 + 'x'", "wrong@1 + 'x': a long and a string cannot be reckoned with so"),
        ("print a = 1, a = 2", "wrong@2: the column `a` stands twice"),
        (
            "datatable(a:int, b:int)[1, 2, 3]",
            "wrong@datatable(a:int, b:int)[1, 2, 3]: the values of the datatable do not fill its rows",
        ),
        ("datatable(a:int)['x']", "wrong@'x': a string stands in a column of int"),
        (
            "print a = 1 | join kind=sideways (print a = 1) on a",
            "wrong@join kind=sideways (print a = 1) on a: there is no join of the kind `sideways`",
        ),
        ("print a = 1 | mv-expand a", "wrong@a: a long cannot be expanded"),
        (
            "print a = '[' | where a matches regex a",
            "outside@a matches regex a: a regular expression that is no constant is not interpreted",
        ),
        (
            "print a = extract('x', 1, 'x')",
            "wrong@extract('x', 1, 'x'): the regular expression has no group 1",
        ),
        ("_GetWatchlist('none')", "wrong@'none': there is no watchlist `none`"),
    ] {
        assert_eq!(problems(query), [expected], "{query}");
    }
}

#[test]
fn all_problems_of_a_list_are_reported_at_once() {
    let found = problems("print a = 1 | extend b = nope, c = strlen(1), d = a + 1, e = 'x' > 1");
    assert_eq!(
        found,
        [
            "wrong@nope: there is no column or variable `nope`",
            "wrong@1: `strlen` takes a string here, not a long",
            "wrong@'x' > 1: a string cannot be compared with a long",
        ]
    );
}

#[test]
fn what_is_wrong_once_is_said_once() {
    assert_eq!(
        problems("let T = nope | where x; T | union T | where y == 1"),
        ["wrong@nope: there is no table `nope`"]
    );
}

#[test]
fn slips_are_answered_with_what_is_near() {
    let query = kql::parse("print User = 1 | project Usr").expect("is KQL");
    let problems = Program::compile(&query, &Schemas::default()).expect_err("there is no Usr");
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `User`?"));
}

#[test]
fn problems_and_stops_are_diagnostics() {
    let code = |query: &str| {
        let file = SourceFile::new("query.kql", query);
        match kql::parse(query).and_then(|query| Program::compile(&query, &Schemas::default())) {
            Err(problems) => problems[0].diagnostic(&file),
            Ok(program) => program
                .run(&Tables::default(), &Context { now: None, steps: 10_000 })
                .expect_err(query)
                .diagnostic(&file),
        }
    };
    for (query, expected) in [
        ("print (", Code::E0801),
        ("print a = series_fft(1)", Code::E0802),
        ("nope", Code::E0804),
        ("datatable(a:int)[1, 2] | take 1", Code::E0803),
        ("range x from 1 to 1000000 step 1", Code::E0805),
        ("print a = now()", Code::E0802),
    ] {
        let diagnostic = code(query);
        assert_eq!(diagnostic.code, expected, "{query}");
        assert_eq!(diagnostic.labels[0].file.name(), "query.kql");
    }
}
