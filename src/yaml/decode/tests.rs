//! Decoding: every problem at its place, and what could be built beside it.

use serde::Deserialize;

use crate::diagnostics::Diagnostic;
use crate::maps::IndexMap;
use crate::source::{SourceFile, Spanned};
use crate::yaml;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    #[serde(default)]
    name: Option<Spanned<String>>,
    #[serde(default)]
    inner: Vec<Inner>,
    #[serde(default)]
    word: Option<Word>,
    #[serde(default)]
    table: IndexMap<Spanned<String>, u32>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Inner {
    number: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Word {
    Small,
    Sized { width: u32 },
}

fn decoded(text: &str) -> (Option<Outer>, Vec<String>) {
    let file = SourceFile::new("a.yml", text);
    let mut findings = Vec::new();
    let built = yaml::parse(&file, &mut findings).and_then(|root| yaml::decode(&file, &root, &mut findings));
    Diagnostic::sort(&mut findings);
    let shown = findings.iter().map(|finding| {
        let place = finding.labels.first().map(|label| label.file.slice(label.span)).unwrap_or_default();
        format!("{} {} @ {place}", finding.code.id(), finding.message)
    });
    (built, shown.collect())
}

#[test]
fn every_problem_is_reported_and_the_rest_is_built() {
    let (built, findings) = decoded(
        "nam: x\nname: [1]\ninner:\n  - {number: 1}\n  - {number: -2}\n  - {numbr: 3}\n  - {number: 4}\nword: smal\n",
    );
    assert_eq!(
        findings,
        [
            "E0201 unknown key `nam` @ nam",
            "E0202 expected text, found a list @ [1]",
            "E0408 expected a whole number, not negative, found the number `-2` @ -2",
            "E0201 unknown key `numbr` @ numbr",
            "E0204 `smal` is not known here @ smal",
        ]
    );
    let built = built.expect("the rest is built");
    assert_eq!(built.inner, [Inner { number: 1 }, Inner { number: 4 }]);
    assert!(built.name.is_none() && built.word.is_none());
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "name: \"é x\"\ntable: {a: 1, 'b c': 2}\nword: {sized: {width: 3}}\n";
    let (built, findings) = decoded(text);
    assert!(findings.is_empty(), "{findings:?}");
    let built = built.expect("builds");
    let name = built.name.expect("given");
    assert_eq!(&text[name.span.start..name.span.end], "\"é x\"");
    let keys: Vec<&str> = built.table.keys().map(|key| &text[key.span.start..key.span.end]).collect();
    assert_eq!(keys, ["a", "'b c'"]);
    assert_eq!(built.word, Some(Word::Sized { width: 3 }));
}

#[test]
fn hostile_and_doubtful_files_are_refused() {
    let codes = |text: &str| {
        let (_, findings) = decoded(text);
        findings.iter().map(|finding| finding[..5].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("name: a\nname: b\nname: c\n"), ["E0105", "E0105"]);
    assert_eq!(codes("table: {1: 1, 1: 2}\n"), ["E0105"]);
    assert_eq!(codes("name: a\n\tword: small\n"), ["E0101"]);
    assert_eq!(codes("name: [a\n"), ["E0101"]);
    assert_eq!(codes("name: !foo a\n"), ["E0101"]);
    assert_eq!(codes(""), ["E0102"]);
    assert_eq!(codes("# only a comment\n"), ["E0102"]);
    assert_eq!(codes("name: a\n---\nname: b\n"), ["E0107"]);
    assert_eq!(codes("table: {a: 012}\n"), ["E0108", "E0202"]);
    assert_eq!(codes(&format!("name: {}x{}\n", "[".repeat(500), "]".repeat(500))), ["E0106"]);
    let bomb: String = (0..9)
        .map(|i| {
            format!(
                "a{i}: &a{i} [{}]\n",
                vec![if i == 0 { "x".to_owned() } else { format!("*a{}", i - 1) }; 9].join(", ")
            )
        })
        .collect();
    assert_eq!(codes(&bomb), ["E0106"]);
    assert_eq!(codes(&format!("name: {}\n", "x".repeat(yaml::MAX_BYTES))), ["E0104"]);
}

#[test]
fn words_that_old_readers_take_for_booleans_stay_text() {
    let (built, findings) = decoded("name: yes\n");
    assert!(findings.is_empty());
    assert_eq!(built.and_then(|built| built.name).map(|name| name.value), Some("yes".to_owned()));
}
