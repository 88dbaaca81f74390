//! SigmaHQ's rules over the real events that SigmaHQ keeps for them: the reference evaluator finds exactly what two other
//! evaluators agree on.
//!
//! Neither the rules nor the events are part of this project. They are read from `$DETC_SIGMA_CORPUS` (default
//! `../shared/corpora/sigmahq`) and `$DETC_SIGMA_REGRESSION` (default `../shared/data/sigma-regression`); without them
//! nothing is tested, and the output says so. Log sources play no part here: every rule is asked about every event, with
//! the fields that the rule names, whose types follow from how it tests them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use detc::catalogue::{Catalogue, CommonFields};
use detc::diagnostics::{Code, Diagnostic};
use detc::evaluate::Evaluator;
use detc::import::sigma::{self, Document, Rule};
use detc::ir::{Event, Number, Value};
use detc::resolve;
use detc::source::SourceFile;
use detc::yaml::Node;
use rayon::prelude::*;

/// What stands where the files of others should be, or nothing, said loudly.
fn shared(variable: &str, default: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(default), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    say(&format!("SKIPPED: {} is not there; set {variable} to test over it", path.display()));
    None
}

/// Past the harness, which would keep it to itself.
fn say(text: &str) {
    // Nobody may be there to read it: that is no failure.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn lines(file: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(file).expect("the file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(*value),
        serde_json::Value::Number(number) => Value::Number(match number.as_i64() {
            Some(number) => Number::Integer(number),
            None => Number::Real(number.as_f64().expect("a number")),
        }),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::Many(items.iter().map(value).collect()),
        serde_json::Value::Object(pairs) => {
            Value::Pairs(pairs.iter().map(|(name, inner)| (name.clone(), value(inner))).collect())
        }
    }
}

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
    let Some(corpus) = shared("DETC_SIGMA_CORPUS", "corpora/sigmahq") else { return };
    let Some(regression) = shared("DETC_SIGMA_REGRESSION", "data/sigma-regression") else { return };
    let read = lines(&regression.join("events.ndjson"));
    let ids: Vec<i64> = read.iter().map(|line| line["event_id"].as_i64().expect("an id")).collect();
    let events: Vec<Event> = read
        .iter()
        .map(|line| {
            let fields = line["event"].as_object().expect("fields");
            fields.iter().map(|(name, field)| (name.clone(), value(field))).collect()
        })
        .collect();
    let common = CommonFields::parse(include_str!("../data_sources/_common_fields.yml")).expect("sound");
    let files = rule_files(&corpus);
    let rules: Vec<(String, Rule)> = files
        .par_iter()
        .flat_map_iter(|path| {
            let text = std::fs::read_to_string(path).expect("text");
            let mut findings = Vec::new();
            let documents = sigma::read(&SourceFile::new(path.display().to_string(), text), &mut findings);
            assert!(findings.iter().all(|finding| finding.code.id().starts_with('W')), "{findings:#?}");
            let name = path.strip_prefix(&corpus).expect("below").display().to_string();
            documents.into_iter().filter_map(move |document| match document {
                Document::Rule(rule) => Some((name.clone(), *rule)),
                Document::Correlation(_) | Document::Filter(_) => None,
            })
        })
        .collect();
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
    assert_eq!(results.len(), files.len(), "one rule a file");

    let mut pairs = BTreeSet::new();
    let mut refused = Vec::new();
    for (name, result) in &results {
        match result {
            Ok(indices) => pairs.extend(indices.iter().map(|index| (ids[*index], (*name).clone()))),
            Err(findings) => refused.push((*name, findings)),
        }
    }
    // A placeholder without its list cannot be asked about; others take it for its own name.
    let listed: BTreeSet<(i64, String)> = lines(&regression.join("matches.ndjson"))
        .iter()
        .map(|line| {
            (line["event_id"].as_i64().expect("an id"), line["path"].as_str().expect("a path").to_owned())
        })
        .collect();
    for (name, findings) in &refused {
        assert!(findings.iter().any(|finding| finding.code == Code::E0310), "{name}: {findings:#?}");
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
