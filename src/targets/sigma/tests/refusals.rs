//! What Sigma cannot say is refused, all at once and each with its place.

use super::{cased, compile, detection, field, is, spanned, test, text};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{
    Accept, Case, Comparison, EventSet, FieldComparison, Logic, Match, Predicate, Regex, TimePart,
};
use crate::source::Span;
use crate::targets::Verdict;

fn refused(predicate: Predicate) -> Vec<Diagnostic> {
    let findings = compile(&detection(predicate)).expect_err("refused");
    for finding in &findings {
        assert!(finding.message.starts_with("sigma: "), "{}", finding.message);
        assert!(finding.help.is_some(), "{}", finding.message);
        assert_eq!(finding.labels.first().map(|label| label.span), Some(Span::new(0, 4)));
    }
    findings
}

fn refusal(name: &str, alternative: Match) -> (Code, String) {
    let findings = refused(test(name, [alternative]));
    assert_eq!(findings.len(), 1, "{findings:?}");
    (findings[0].code, findings[0].message.clone())
}

#[test]
fn computed_and_missing_fields() {
    let (code, message) = refusal("computed", text("a"));
    assert_eq!((code, message.contains("derived")), (Code::E0501, true));
    let findings = refused(is("Gone", &["a"]));
    assert_eq!(findings[0].code, Code::E0503);
    assert_eq!(findings[0].labels[0].text, "the log never has it");
    // A common field goes where its native field goes, also when that is nowhere.
    assert_eq!(refused(is("src", &["a"]))[0].labels[0].text, "the log never has it");
    assert_eq!(refusal("process", text("a")).0, Code::E0503);
}

#[test]
fn all_at_once() {
    let findings = refused(Predicate::All(vec![
        is("Gone", &["a"]),
        Predicate::Any(vec![
            is("computed", &["a"]),
            Predicate::All(vec![is("Outcome", &["other"]), is("Image", &["x"])]),
            Predicate::not(is("process", &["a"])),
        ]),
    ]));
    let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::E0407, Code::E0501, Code::E0503, Code::E0503]);
}

#[test]
fn values_that_do_not_exist_there() {
    assert_eq!(refusal("Outcome", text("other")).0, Code::E0407);
    assert_eq!(refusal("Operation", Match::Regex(Regex::parse("a", "").expect("valid"))).0, Code::E0501);
}

#[test]
fn comparisons_that_sigma_lacks() {
    let other =
        |name: &str, case| Match::Field { comparison: FieldComparison::Equals, other: field(name), case };
    assert_eq!(refusal("Image", other("CommandLine", Case::Sensitive)).0, Code::E0501);
    assert_eq!(refusal("Image", other("computed", Case::Insensitive)).0, Code::E0501);
    assert_eq!(refusal("Image", other("Operation", Case::Insensitive)).0, Code::E0501);
    assert_eq!(refusal("Params", cased("a")).0, Code::E0501);
    let part = |part, comparison, number| refusal("Time", Match::TimePart { part, comparison, number }).0;
    assert_eq!(part(TimePart::Week, Comparison::Equal, 3), Code::E0501);
    assert_eq!(part(TimePart::Year, Comparison::Greater, 2025), Code::E0501);
    assert_eq!(part(TimePart::Hour, Comparison::Greater, 23), Code::E0407);
}

#[test]
fn regular_expressions_that_readers_take_differently() {
    for source in [r"a\z", r"\x{41}", "(?<n>a)", "[[:alpha:]]"] {
        let (code, _) = refusal("Image", Match::Regex(Regex::parse(source, "").expect("valid")));
        assert_eq!(code, Code::E0501, "{source}");
    }
    // An escaped backslash before a `z` is not the end of the text.
    let fine = Match::Regex(Regex::parse(r"a\\z", "").expect("valid"));
    assert!(compile(&detection(test("Image", [fine]))).is_ok());
}

#[test]
fn a_loss_needs_consent_and_is_said() {
    let findings = refused(is("Partly", &["a"]));
    assert_eq!(findings[0].code, Code::E0504);

    let accept = Accept {
        target: spanned("sigma".into()),
        loss: spanned("partly-filled".into()),
        field: None,
        reason: "better\nthan nothing".into(),
    };
    let mut accepted = detection(is("Partly", &["a"]));
    accepted.accepts = vec![accept.clone()];
    let compiled = compile(&accepted).expect("compiles");
    assert_eq!(compiled.verdict, Verdict::Narrowed);
    let note = "\n# detc: narrowed: partly-filled on Partly: the column is often empty; accepted: better than nothing\ndetection:";
    assert!(compiled.text.contains(note), "{}", compiled.text);

    let mut negated = detection(Predicate::not(is("Partly", &["a"])));
    negated.accepts = vec![accept];
    assert_eq!(compile(&negated).expect("compiles").verdict, Verdict::Widened);
}

#[test]
fn sources_that_are_not_there() {
    for (id, code) in [("test.elsewhere", Code::E0502), ("no.such", Code::E0502)] {
        let mut detection = detection(is("Operation", &["a"]));
        let Logic::Events(EventSet { data_source, .. }) = &mut detection.logic else {
            panic!("no correlation")
        };
        *data_source = spanned(id.into());
        let findings = compile(&detection).expect_err("refused");
        assert_eq!(findings[0].code, code, "{id}");
    }
}

#[test]
fn limits_of_the_schema() {
    let mut detection = detection(is("Image", &["a"]));
    detection.metadata.name = spanned("x".repeat(257));
    detection.metadata.false_positives = vec!["x".into()];
    let findings = compile(&detection).expect_err("refused");
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::E0501, Code::E0501]);
}
