//! Whatever text goes in, the same text comes out of a YAML reader.

use proptest::prelude::*;

use crate::source::SourceFile;
use crate::yaml::{self, Comment, Value, YamlBlock, YamlProse, YamlScalar};

/// The value of `key: …`, and the findings of the reader.
fn read(yaml: &str) -> Value {
    let file = SourceFile::new("t.yml", format!("key: {yaml}\nother: 1\n"));
    let mut findings = Vec::new();
    let node = yaml::parse(&file, &mut findings).unwrap_or_else(|| panic!("{yaml:?}: {findings:?}"));
    assert!(findings.is_empty(), "{yaml:?}: {findings:?}");
    assert_eq!(node.get("other").map(|other| &other.value), Some(&Value::Integer(1)), "{yaml:?}");
    node.get("key").expect("the key").value.clone()
}

fn written(text: &str) -> String {
    YamlScalar::text(text).to_string()
}

#[test]
fn quotes_only_what_needs_it() {
    for (text, yaml) in [
        ("Update user", "Update user"),
        ("https://attack.mitre.org/techniques/T1484/002/", "https://attack.mitre.org/techniques/T1484/002/"),
        ("7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f", "7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f"),
        ("Image|endswith", "Image|endswith"),
        ("|all", "'|all'"),
        (r"\cmd.exe", r"'\cmd.exe'"),
        (r"C:\Users\*", r"'C:\Users\*'"),
        ("it's", "it's"),
        ("'quoted'", "'''quoted'''"),
        ("", "''"),
        (" x", "' x'"),
        ("x ", "'x '"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("a:", "'a:'"),
        ("a\tb", r#""a\tb""#),
        ("a\n\"b\"\\", r#""a\n\"b\"\\""#),
        ("\u{0}\u{85}\u{2028}\u{feff}\u{1f600}", "\"\\x00\\x85\\u2028\\uFEFF\u{1f600}\""),
        ("\u{202e}", r#""\u202E""#),
    ] {
        assert_eq!(written(text), yaml, "{text:?}");
    }
}

/// What a YAML 1.1 reader (<https://yaml.org/type/>) or a 1.2 one takes for another type, or for another structure.
#[test]
fn other_types_and_structures_are_quoted() {
    for text in [
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "FALSE",
        "null",
        "Null",
        "~",
        "nan",
        ".nan",
        ".inf",
        "-.inf",
        "1",
        "007",
        "0x1F",
        "0o17",
        "1_000",
        "1e3",
        "+1",
        "-1",
        "1.5",
        ".5",
        "190:20:30",
        "2026-03-10",
        "4688",
        "2001-12-14t21:59:43.10-05:00",
        "<<",
        "=",
        "---",
        "...",
        "- a",
        "? a",
        "! a",
        "&a",
        "*a",
        "%a",
        "@a",
        "`a",
        "[a]",
        "{a}",
        "#a",
        ">",
        "|",
    ] {
        assert_eq!(written(text), format!("'{text}'"));
    }
}

#[test]
fn numbers_booleans_and_null_keep_their_type() {
    for (scalar, yaml) in [
        (YamlScalar::Integer(-5), "-5"),
        (YamlScalar::Real(2.0), "2.0"),
        (YamlScalar::Real(1e21), "1000000000000000000000.0"),
        (YamlScalar::Real(0.25), "0.25"),
        (YamlScalar::Boolean(true), "true"),
        (YamlScalar::Null, "null"),
        (YamlScalar::Date("2026-03-10".into()), "2026-03-10"),
        (YamlScalar::Date("2026-03-10\nid: x".into()), r#""2026-03-10\nid: x""#),
        (YamlScalar::Duration("90m".into()), "90m"),
        (YamlScalar::Duration("m".into()), "m"),
        (YamlScalar::Duration("90".into()), "'90'"),
        (YamlScalar::Duration("1h #".into()), "'1h #'"),
    ] {
        assert_eq!(scalar.to_string(), yaml);
    }
}

#[test]
fn a_block_stands_only_where_it_reads_back() {
    let block = |text: &str| YamlBlock { text: text.into(), indent: 2 }.to_string();
    assert_eq!(block("a\n  b: c\n\n# d\n"), "|\n  a\n    b: c\n\n  # d");
    assert_eq!(block("a\n---\nb"), "|-\n  a\n  ---\n  b");
    for text in ["a\n \nb", " a\nb", "\na\nb", "a\nb\n\n", "a\r\nb", "a\n\tb", "a\u{85}\nb", "a\n\u{2028}"] {
        assert!(block(text).starts_with('"'), "{text:?}");
    }
    assert_eq!(block("one line"), "one line");
}

#[test]
fn nothing_leaves_a_comment() {
    let hostile = "x\nlevel: low\r# y\u{85}z\u{2028}\u{0}";
    assert_eq!(Comment(hostile.into()).to_string(), "x level: low # y z  ");
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(any::<char>(), 0..12).prop_map(|all| all.into_iter().collect()),
        r"[a-z0-9 :#'\x22\\|>*&!%@\[\]{},?~=<.\n\t\r-]{0,16}",
        "(yes|no|null|true|on|~|0x|1e|-|\\.|[0-9]){0,3}[ :#]{0,2}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_comes_back(text in hostile()) {
        prop_assert_eq!(read(&written(&text)), Value::Text(text));
    }

    #[test]
    fn any_text_comes_back_as_a_key(text in hostile()) {
        let key = format!("k{text}");
        let file = SourceFile::new("t.yml", format!("a: 1\n{}:\n  - 2\n", written(&key)));
        let mut findings = Vec::new();
        let node = yaml::parse(&file, &mut findings);
        prop_assert!(findings.is_empty());
        prop_assert!(node.is_some_and(|node| node.get(&key).is_some()));
    }

    #[test]
    fn any_text_comes_back_from_a_block(text in hostile(), lines in proptest::collection::vec(hostile(), 0..4)) {
        let text = std::iter::once(text).chain(lines).collect::<Vec<_>>().join("\n");
        let block = YamlBlock { text: text.clone(), indent: 4 };
        prop_assert_eq!(read(&block.to_string()), Value::Text(text));
    }

    #[test]
    fn a_comment_is_one_line(text in hostile()) {
        let file = SourceFile::new("t.yml", format!("a: 1\n# {}\nb: 2\n", Comment(text)));
        let mut findings = Vec::new();
        let node = yaml::parse(&file, &mut findings);
        let expected = Value::Integer(2);
        prop_assert_eq!(node.as_ref().and_then(|node| node.get("b")).map(|b| &b.value), Some(&expected));
    }
}

#[test]
fn long_prose_is_folded() {
    let text = "word ".repeat(40).trim().to_owned();
    let written = YamlProse { text: text.clone(), indent: 2 }.to_string();
    assert!(written.starts_with(">-\n  word word"), "{written}");
    assert!(written.lines().all(|line| line.len() <= 115), "{written}");
    assert_eq!(read(&written), Value::Text(text));
    assert_eq!(YamlProse { text: "short".to_owned(), indent: 2 }.to_string(), "short");
}

proptest! {
    #[test]
    fn prose_reads_back(text in "[a-z#:'\" -]{0,300}|\\PC{0,200}|[a-z \n]{0,200}") {
        let text = text.trim().to_owned();
        prop_assert_eq!(read(&YamlProse { text: text.clone(), indent: 2 }.to_string()), Value::Text(text));
    }
}
