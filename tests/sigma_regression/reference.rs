//! The reference evaluator. Log sources play no part here: every rule is asked about every event, with the fields that the
//! rule names, whose types follow from how it tests them.

use std::collections::{BTreeMap, BTreeSet};

use detc::catalogue::{Catalogue, CommonFields};
use detc::diagnostics::{Code, Diagnostic};
use detc::evaluate::Evaluator;
use detc::import::sigma::{self, Rule};
use detc::ir::Event;
use detc::resolve;
use detc::yaml::Node;
use rayon::prelude::*;

use super::listed::Listed;
use super::say::say;

/// The fields that selections name, with their types.
fn fields(node: &Node, found: &mut BTreeMap<String, &'static str>) {
    for (key, value) in node.entries() {
        let (name, modifiers) = key.value.split_once('|').unwrap_or((&key.value, ""));
        let of_type = if modifiers.contains("cidr") { "ip" } else { "text" };
        if !name.is_empty() && found.get(name).is_none_or(|known| *known == "text") {
            found.insert(name.to_owned(), of_type);
        }
        if let (true, Some(other)) = (modifiers.contains("fieldref"), value.as_text()) {
            found.entry(other.to_owned()).or_insert("text");
        }
    }
    if let detc::yaml::Value::List(items) = &node.value {
        items.iter().for_each(|item| fields(item, found));
    }
}

/// A data source that has the fields of the rule.
fn source(id: &str, rule: &Rule, common: &CommonFields) -> String {
    let mut found = BTreeMap::new();
    for (name, selection) in rule.root.get("detection").map(Node::entries).unwrap_or_default() {
        if name.value != "condition" {
            fields(selection, &mut found);
        }
    }
    let (shared, own): (Vec<_>, Vec<_>) = found.into_iter().partition(|(name, _)| common.get(name).is_some());
    let quoted = |name: &str| serde_json::to_string(name).expect("JSON");
    let own: Vec<String> =
        own.iter().map(|(name, of)| format!("{}: {{type: {of}, meaning: x}}", quoted(name))).collect();
    let shared: Vec<String> = shared.iter().map(|(name, _)| format!("{}: {{}}", quoted(name))).collect();
    format!(
        "id: {id}\nname: A\ndescription: A\nfields: {{{}}}\ncommon: {{{}}}\nbindings: {{}}\n",
        own.join(", "),
        shared.join(", ")
    )
}

/// The places of the events that a rule finds, or why it cannot be asked.
type Answer = Result<Vec<usize>, Vec<Diagnostic>>;

/// The places (by index) of the events that the rule finds, or why it cannot be asked.
fn found(rule: &Rule, id: &str, catalogue: &Catalogue, events: &[Event]) -> Answer {
    let context =
        sigma::Context { resolve: resolve::Context { catalogue, profiles: &[] }, data_source: Some(id) };
    let mut findings = Vec::new();
    let Some(detection) = rule.resolve(&context, &mut findings) else { return Err(findings) };
    let source = catalogue.source(id).expect("known").expect("valid");
    let evaluator = Evaluator::new(&detection, &source).map_err(|finding| vec![finding])?;
    Ok((0..events.len()).filter(|index| evaluator.matches(&events[*index])).collect())
}

#[test]
fn the_reference_finds_what_other_evaluators_find() {
    let Some(Listed { files, ids, events, rules, matches: listed, .. }) = Listed::read() else { return };
    let common = CommonFields::parse(include_str!("../../data_sources/_common_fields.yml")).expect("sound");
    let id = |index: usize| format!("test.rule_{index}");
    let mut catalogue = Catalogue::embedded();
    for (index, (_, rule)) in rules.iter().enumerate() {
        catalogue = catalogue.with_text(&id(index), source(&id(index), rule, &common));
    }
    let results: Vec<(&String, Answer)> = rules
        .par_iter()
        .enumerate()
        .map(|(index, (name, rule))| (name, found(rule, &id(index), &catalogue, &events)))
        .collect();
    assert_eq!(results.len(), files, "one rule a file");

    let mut pairs = BTreeSet::new();
    let mut refused = Vec::new();
    for (name, result) in &results {
        match result {
            Ok(indices) => pairs.extend(indices.iter().map(|index| (ids[*index], (*name).clone()))),
            Err(findings) => refused.push((*name, findings)),
        }
    }
    // A placeholder without its list cannot be asked about; others take it for its own name.
    for (name, findings) in &refused {
        let (_, rule) = rules.iter().find(|(known, _)| known == *name).expect("a rule");
        // Undefined (`E0310`), or to be a part of a value, which no list is (`E0306`).
        let of_list = |finding: &Diagnostic| matches!(finding.code, Code::E0306 | Code::E0310);
        let excused = rule.file.text().contains("|expand") && findings.iter().all(of_list);
        assert!(excused, "{name}: {:?}", findings.iter().map(|finding| &finding.message).collect::<Vec<_>>());
    }
    let is_refused = |name: &String| refused.iter().any(|(refused, _)| *refused == name);
    let (unasked, wanted): (BTreeSet<_>, BTreeSet<_>) =
        listed.into_iter().partition(|(_, name)| is_refused(name));
    let missed: Vec<_> = wanted.difference(&pairs).collect();
    let extra: Vec<_> = pairs.difference(&wanted).collect();
    assert!(missed.is_empty() && extra.is_empty(), "missed {missed:#?}\nextra {extra:#?}");
    say(&format!(
        "{} rules over {} events: {} matches as listed; {} rules refused for their placeholders, with {} matches listed",
        results.len(),
        events.len(),
        pairs.len(),
        refused.len(),
        unasked.len()
    ));
}
