//! Value maps: each kind, and what it cannot translate.

use super::*;

fn text(written: &str) -> Match {
    Match::Text { pattern: Pattern::parse(written), case: Case::Insensitive }
}

fn written(result: Result<Vec<Match>, ValueProblem>) -> Vec<String> {
    result
        .expect("translatable")
        .iter()
        .map(|m| match m {
            Match::Text { pattern, .. } => pattern.to_sigma(),
            Match::Number { number, .. } => number.to_string(),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_suffix_follows_the_value_and_not_the_wildcard() {
    let map = ValueMap::Append(".".to_owned());
    assert_eq!(written(map.apply(&text("Update user"))), ["Update user."]);
    assert_eq!(written(map.apply(&text("Update*"))), ["Update*"]);
    assert_eq!(written(map.apply(&text("*user"))), ["*user."]);
    // "a." alone must not be found by what is written for a value that starts with "a.".
    assert_eq!(written(map.apply(&text("a.*"))), ["a.*."]);
}

#[test]
fn a_closed_list_answers_patterns_and_comparisons() {
    let map = ValueMap::Map(
        [("0", "Owner"), ("1", "Admin"), ("2", "Delegated")]
            .map(|(a, b)| (a.into(), b.into()))
            .into_iter()
            .collect(),
    );
    let over = Match::Number { comparison: Comparison::Greater, number: Number::Integer(0) };
    assert_eq!(written(map.apply(&over)), ["Admin", "Delegated"]);
    assert_eq!(map.apply(&text("7")), Err(ValueProblem::NoValue));
}

#[test]
fn a_list_that_is_not_complete_answers_equality_alone() {
    let map = ValueMap::Partial(
        [("2", "Interactive"), ("3", "Network"), ("Ok", "Success")]
            .map(|(a, b)| (a.into(), b.into()))
            .into_iter()
            .collect(),
    );
    let number = |comparison, number| Match::Number { comparison, number: Number::Integer(number) };
    assert_eq!(written(map.apply(&number(Comparison::Equal, 3))), ["Network"]);
    assert_eq!(written(map.apply(&text("OK"))), ["Success"]);
    assert_eq!(written(map.apply(&Match::Missing)), ["Missing"]);
    // 10 is greater than 2, and nobody says what it is there.
    for test in [
        number(Comparison::Greater, 2),
        number(Comparison::Equal, 10),
        text("O*"),
        text("*"),
        Match::Text { pattern: Pattern::parse("Ok"), case: Case::Sensitive },
    ] {
        assert!(matches!(map.apply(&test), Err(ValueProblem::Untranslatable(_))), "{test:?}");
    }
}

#[test]
fn a_prefix_is_replaced_only_where_it_must_be() {
    let map =
        ValueMap::Prefix([(r"HKLM\".to_owned(), r"HKEY_LOCAL_MACHINE\".to_owned())].into_iter().collect());
    assert_eq!(written(map.apply(&text(r"hklm\Software\a*"))), [r"HKEY_LOCAL_MACHINE\Software\a*"]);
    assert_eq!(written(map.apply(&text(r"*\CurrentVersion\Run\\*"))), [r"*\CurrentVersion\Run\\*"]);
    assert!(map.apply(&text("*LM*")).is_err());
    assert!(map.apply(&text(r"HKU\x")).is_err());
}

#[test]
fn a_wildcard_before_a_prefix_reaches_no_further_than_it_is_known_to() {
    let map = ValueMap::Prefix(
        [(r"HKLM\", r"HKEY_LOCAL_MACHINE\"), (r"HKU\", r"HKEY_USERS\")]
            .map(|(a, b)| (a.into(), b.into()))
            .into_iter()
            .collect(),
    );
    // The hive is the first part, or a later key is named so.
    assert_eq!(
        written(map.apply(&text(r"*HKLM\Software\\*"))),
        [r"HKEY_LOCAL_MACHINE\Software\\*", r"*HKLM\Software\\*"]
    );
    // A later part alone: neither spelling of a hive holds it.
    assert_eq!(written(map.apply(&text("*Office*"))), ["*Office*"]);
    assert_eq!(written(map.apply(&text(r"*Version\Run*"))), [r"*Version\Run*"]);
    for reaches in ["*ma*", r"*users\a*", "*hk*", "?KLM*", r"*?\a"] {
        assert!(map.apply(&text(reaches)).is_err(), "{reaches}");
    }
}

#[test]
fn the_end_of_a_path_is_a_test_of_its_file_name() {
    let apply = |pattern: &str| ValueMap::FileName.apply(&text(pattern));
    assert_eq!(written(apply(r"*\cmd.exe")), ["cmd.exe"]);
    assert_eq!(written(apply("*.scr")), ["*.scr"]);
    assert_eq!(written(apply("*")), ["*"]);
    assert_eq!(apply(""), Ok(vec![text("")]));
    assert_eq!(ValueMap::FileName.apply(&Match::Missing), Ok(vec![Match::Missing]));
    for more in [
        r"C:\Windows\cmd.exe",
        "cmd.exe",
        r"*\System32\cmd.exe",
        r"*\\*\cmd.exe",
        "*cmd*",
        "*c?d.exe",
        r"*\\",
    ] {
        assert!(apply(more).is_err(), "{more}");
    }
}

#[test]
fn of_a_value_in_parentheses_the_inner_text_is_kept() {
    let apply = |pattern: &str| ValueMap::Parentheses.apply(&text(pattern));
    assert_eq!(written(apply("DWORD (0x00000001)")), ["0x00000001"]);
    assert_eq!(written(apply("a (b) c)")), ["b) c"]);
    // No word before the parentheses, more than one, or text behind them: nothing is taken away.
    for whole in
        ["(Empty)", "Binary Data", r"C:\Program Files (x86)", "a b (c)", "a (b) c", "a(b)", "a ()", "*"]
    {
        assert_eq!(apply(whole), Ok(vec![text(whole)]), "{whole}");
    }
    for part in ["*(x86)*", "DWORD*", "*.exe"] {
        assert_eq!(apply(part), Ok(vec![text(part)]), "{part}");
    }
}

#[test]
fn one_map_follows_another() {
    let map = ValueMap::Then(vec![ValueMap::Parentheses, ValueMap::Xml]);
    assert_eq!(written(map.apply(&text("DWORD (a&b)"))), ["a&b", "a&amp;b"]);
    assert_eq!(written(map.apply(&text("*c*"))), ["*c*"]);
    assert!(!map.is_spelling());
    assert!(ValueMap::Then(vec![ValueMap::Xml]).is_spelling());
    let field = Match::Missing;
    assert_eq!(map.apply(&field), Ok(vec![field]));
}

#[test]
fn a_text_that_xml_escapes_is_looked_for_in_both_spellings() {
    let apply = |test: &Match| ValueMap::Xml.apply(test);
    assert_eq!(written(apply(&text("*a b*"))), ["*a b*"]);
    assert_eq!(written(apply(&text("*2>&1*"))), ["*2>&1*", "*2&gt;&amp;1*"]);
    assert_eq!(written(apply(&text("a<?*"))), ["a<?*", "a&lt;?*"]);
    let regex = |source| Match::Regex(crate::ir::Regex::parse(source, "").expect("valid"));
    assert_eq!(apply(&regex("a+")), Ok(vec![regex("a+")]));
    assert_eq!(apply(&regex("a>+")), Ok(vec![regex("a>+"), regex("a(?:&gt;)+")]));
    for same in [
        Match::Missing,
        Match::Present,
        Match::Boolean(true),
        Match::Network("10.0.0.0/8".parse().expect("valid")),
    ] {
        assert_eq!(apply(&same), Ok(vec![same]));
    }
}

#[test]
fn hexadecimal_text_becomes_a_number() {
    assert_eq!(written(ValueMap::Hexadecimal.apply(&text("0x3e7"))), ["999"]);
    assert!(ValueMap::Hexadecimal.apply(&text("*3e7")).is_err());
}
