//! The whole of Splunk's security content of October 2024, imported: how much becomes neutral, that each of those compiles
//! or is refused with a reason and finds what its search finds, and that the rest stands as raw queries.

#[path = "../common/corpora.rs"]
mod corpora;
mod corpus;
mod events;
mod meaning;
#[path = "../common/say.rs"]
mod say;
mod values;

use std::collections::BTreeMap;

use detc::diagnostics::{Code, Severity};
use detc::ir::Logic;
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, Verdict};

use corpus::Corpus;
use say::say;

#[test]
fn a_third_of_the_security_content_becomes_neutral_and_compiles_or_is_refused_with_a_reason() {
    let Some(corpus) = Corpus::read() else { return };
    let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &corpus.catalogue, profiles: &profiles };
    let targets: Vec<_> =
        profiles.iter().map(|id| targets::target(id, &corpus.catalogue).expect("a target")).collect();
    let (mut neutral, mut raw, mut wrong_raw) = (0, 0, 0);
    let mut compiled = BTreeMap::<&str, usize>::new();
    let mut reasons = BTreeMap::<String, usize>::new();
    for (entry, imported) in corpus.imported() {
        let imported = match imported {
            Ok(imported) => imported,
            Err(message) => {
                *reasons.entry(format!("not read: {message}")).or_default() += 1;
                continue;
            }
        };
        let file = SourceFile::new(entry.file.name(), imported.text.as_str());
        let mut findings = Vec::new();
        let detection = resolve_file(&file, &context, &mut findings)
            .unwrap_or_else(|| panic!("{}: {findings:?}\n{}", entry.file.name(), imported.text));
        let Some(reason) = imported.raw else {
            neutral += 1;
            for target in &targets {
                match target.compile(&detection, Options::default()) {
                    Ok(_) => *compiled.entry(target.profile().id).or_default() += 1,
                    Err(reasons) => {
                        assert!(!reasons.is_empty(), "{}: refused without a reason", entry.file.name());
                    }
                }
            }
            continue;
        };
        raw += 1;
        // Names of things differ; the kind of reason is what is counted.
        let kind = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
        *reasons.entry(kind).or_default() += 1;
        assert!(matches!(detection.logic, Logic::Raw(_)), "{}", entry.file.name());
        for target in &targets {
            let findings = target.check_raw(&detection);
            let result = target.compile(&detection, Options::default());
            match (target.profile().id, result) {
                ("splunk:escu", Ok(compiled)) => {
                    assert_eq!(compiled.verdict, Verdict::Raw, "{}", entry.file.name());
                    assert!(findings.iter().all(|it| it.severity() != Severity::Error), "{findings:?}");
                }
                ("splunk:escu", Err(errors)) => {
                    wrong_raw += 1;
                    assert!(errors.iter().all(|it| it.code == Code::E0505), "{errors:?}");
                    say(&format!("{}: {}", entry.file.name(), errors[0].message));
                }
                (_, Ok(_)) => panic!("{}: nothing is translated", entry.file.name()),
                (_, Err(errors)) => assert_eq!(errors[0].code, Code::E0950, "{errors:?}"),
            }
        }
    }
    let mut reasons: Vec<(usize, String)> =
        reasons.into_iter().map(|(reason, count)| (count, reason)).collect();
    reasons.sort_by(|left, right| right.cmp(left));
    for (count, reason) in &reasons {
        say(&format!("{count:>6}  {reason}"));
    }
    let share = f64::from(neutral) * 100.0 / corpus.entries.len() as f64;
    say(&format!(
        "{neutral} of {} become neutral: {share:.1} %; of them compile: {compiled:?}; {raw} are raw, {wrong_raw} of them no SPL",
        corpus.entries.len()
    ));
    assert!(share >= 30.0);
    assert!(wrong_raw * 50 <= raw, "at most 2 % of what is in use somewhere can be no SPL: {wrong_raw}");
}
