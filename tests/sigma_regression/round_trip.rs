//! From Sigma to the neutral format and back: the rule that detc emits for what it imported finds the events that the rule of
//! its author finds, by rsigma-eval, which shares nothing with this project.
//!
//! Log sources are not regarded, as in the lists: every rule is asked about every event, and about events that are made from
//! what it asks for. Rules for which the two differ stand in `differences.toml`, each with its reason; one that is not there
//! fails the test, and so does one that is there in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::diagnostics::{Code, Diagnostic};
use detc::import::sigma::{self, Rule};
use detc::resolve::{self, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, Target};
use rayon::prelude::*;
use rsigma_eval::event::JsonEvent;
use rsigma_eval::{CompiledRule, compile_rule, evaluate_rule};
use serde::Deserialize;
use serde_json::Value;

use super::listed::Listed;
use super::made;
use super::say::say;

/// So many events are made for each rule.
const MADE: usize = 40;

/// The differences that are known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    difference: Vec<Difference>,
}

/// A rule for which the two differ, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    rule: String,
    whose: Whose,
    reason: String,
}

/// Who is to blame.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whose {
    /// The engine reads Sigma in another way than the specification says.
    Rsigma,
    /// The specification does not say it.
    Specification,
}

/// What came of one rule.
enum Fate {
    /// There is no emitted rule.
    Refused(String),
    /// Both have been asked.
    Compared(Compared),
}

/// What the rule of the author and the emitted one find.
#[derive(Default)]
struct Compared {
    /// The listed events that the author's rule finds.
    found: Vec<usize>,
    /// How many of the events that were made for it the author's rule finds.
    made: usize,
    /// The first event in which the two differ, and the emitted rule.
    difference: Option<String>,
}

/// A rule as the engine reads it.
fn compiled(text: &str) -> CompiledRule {
    let collection = rsigma_parser::parse_sigma_yaml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    compile_rule(&collection.rules[0]).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What is emitted for the rule, once imported; or why nothing is.
fn emitted(rule: &Rule, catalogue: &Catalogue, target: &dyn Target) -> Result<String, String> {
    let resolve = resolve::Context { catalogue, profiles: &["sigma"] };
    let context = sigma::Context { resolve, data_source: None };
    let refused = |what: &str, findings: &[Diagnostic]| {
        let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.code).collect();
        let codes: Vec<&str> = codes.iter().map(|code| code.id()).collect();
        format!("{what}: {}", codes.join(", "))
    };
    let mut findings = Vec::new();
    let Some(imported) = rule.import(&[], &context, &mut findings) else {
        return Err(refused("not imported", &findings));
    };
    let file = SourceFile::new("imported.yml", imported.text);
    let mut findings = Vec::new();
    let detection = resolve_file(&file, &context.resolve, &mut findings);
    let detection = detection.unwrap_or_else(|| panic!("{findings:#?}"));
    let compiled = target.compile(&detection, Options::default());
    compiled.map(|compiled| compiled.text).map_err(|findings| refused("not emitted", &findings))
}

fn fate(rule: &Rule, seed: usize, events: &[Value], catalogue: &Catalogue, target: &dyn Target) -> Fate {
    let text = match emitted(rule, catalogue, target) {
        Ok(text) => text,
        Err(reason) => return Fate::Refused(reason),
    };
    let both = [compiled(rule.file.text()), compiled(&text)];
    let mut compared = Compared::default();
    let mut ask = |event: &Value| {
        let [before, after] =
            both.each_ref().map(|rule| evaluate_rule(rule, &JsonEvent::borrow(event)).is_some());
        if before != after && compared.difference.is_none() {
            compared.difference = Some(format!("found before: {before}, after: {after}\n{event}\n{text}"));
        }
        before
    };
    let found: Vec<usize> = (0..events.len()).filter(|index| ask(&events[*index])).collect();
    let made = made::events(rule, seed, MADE).iter().filter(|event| ask(event)).count();
    Fate::Compared(Compared { found, made, ..compared })
}

#[test]
fn what_is_imported_and_emitted_again_finds_the_same() {
    let Some(listed) = Listed::read() else { return };
    let catalogue = Arc::new(Catalogue::embedded());
    catalogue.read_all();
    let target = targets::target("sigma", &catalogue).expect("is there");
    let asked = |(seed, (path, rule)): (usize, &(String, Rule))| {
        (path.clone(), fate(rule, seed, &listed.raw, &catalogue, target.as_ref()))
    };
    let fates: Vec<(String, Fate)> = listed.rules.par_iter().enumerate().map(asked).collect();

    let known: Known = toml::from_str(include_str!("differences.toml")).expect("differences");
    let (mut refused, mut compared, mut made) = (BTreeMap::new(), BTreeSet::new(), 0);
    let (mut found, mut different, mut unknown) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (path, fate) in fates {
        match fate {
            Fate::Refused(reason) => *refused.entry(reason).or_insert(0_usize) += 1,
            Fate::Compared(of_rule) => {
                found.extend(of_rule.found.iter().map(|index| (listed.ids[*index], path.clone())));
                made += of_rule.made;
                if let Some(difference) = of_rule.difference {
                    match known.difference.iter().find(|known| known.rule == path) {
                        Some(known) => say(&format!("{path} differs: {:?}: {}", known.whose, known.reason)),
                        None => unknown.push(format!("{path}: {difference}")),
                    }
                    different.insert(path.clone());
                }
                compared.insert(path);
            }
        }
    }
    say(&format!(
        "{} rules emitted anew: {} of {} listed matches and {made} of {} made events found, {} rules differ",
        compared.len(),
        found.len(),
        listed.matches.len(),
        compared.len() * MADE,
        different.len()
    ));
    refused.iter().for_each(|(reason, number)| say(&format!("    {number} {reason}")));
    assert!(unknown.is_empty(), "{} rules:\n{}", unknown.len(), unknown.join("\n"));
    let vain: Vec<&str> = known.difference.iter().map(|known| known.rule.as_str()).collect();
    assert!(vain.iter().all(|rule| different.contains(*rule)), "not all of these differ: {vain:?}");
    // The engine was asked well: it finds what is listed.
    let wanted = listed.matches.iter().filter(|(_, path)| compared.contains(path)).cloned();
    assert_eq!(found, wanted.collect::<BTreeSet<_>>());
    assert!(compared.len() * 100 > listed.rules.len() * 99, "only {} rules", compared.len());
    assert!(made * 4 > compared.len() * MADE, "too few of the events that are made match: {made}");
}
