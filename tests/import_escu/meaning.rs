//! An imported detection finds the events that its search finds.
//!
//! Each search of the content is run as it was, macros expanded, and so is what the imported detection compiles to; both by
//! the interpreter of SPL, over single events made from the values that both name. Events that a search cannot be decided
//! on (`undetermined`) are left out and counted.

use std::collections::BTreeMap;
use std::fmt::Write;

use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::spl::ast::{Command, Search};
use detc::spl::{self, Dataset, Macros, Program, Row, Stop};
use detc::targets::{self, Options};
use regex::Regex;

use super::corpus::Corpus;
use super::events::{Outline, ROOTS, data_set};
use super::say::say;
use super::values::Random;

/// What a search makes of one event.
#[derive(Debug, PartialEq, Clone, Copy)]
enum Answer {
    Found,
    NotFound,
}

/// A search that can be run.
struct Runnable {
    search: Search,
    program: Program,
    /// The data set of `tstats`.
    model: Option<String>,
}

impl Runnable {
    fn new(text: &str, macros: &Macros) -> Result<Self, String> {
        let first = |problems: Vec<spl::Problem>| problems[0].message.clone();
        let expanded = spl::expand(text, macros).map_err(first)?;
        let text = filled(&expanded.text);
        let search = spl::parse(&text).map_err(first)?;
        let program = Program::compile(&search).map_err(first)?;
        let model = match search.commands.first().map(|command| &command.value) {
            Some(Command::TStats(tstats)) => tstats.model.as_ref().map(|model| data_set(&model.value)),
            _ => None,
        };
        Ok(Self { search, program, model })
    }

    fn run(&self, event: &Row) -> Result<Answer, Stop> {
        let mut dataset = Dataset::default();
        match &self.model {
            Some(model) => {
                // A model stands for its root data set.
                dataset.models.insert(model.clone(), vec![event.clone()]);
                if let Some((model, set)) = model.split_once('.')
                    && ROOTS.contains(&(model, set))
                {
                    dataset.models.insert(model.to_owned(), vec![event.clone()]);
                }
            }
            None => dataset.events.push(event.clone()),
        }
        let rows =
            self.program.run(&dataset, &spl::Context { now: 1_700_003_600.0, ..Default::default() })?;
        Ok(if rows.is_empty() { Answer::NotFound } else { Answer::Found })
    }
}

/// Bare `fillnull` fills what some other event has. Over one event that is nothing: here it fills what is grouped by.
fn filled(text: &str) -> String {
    let bare = Regex::new(r"\|\s*fillnull\s*\|").expect("a pattern");
    let summary = Regex::new(r"\|\s*stats\b[^|]*?\s(?i:by)\s([^|]+)").expect("a pattern");
    let Some(by) = summary.captures(text).map(|found| found[1].trim().replace(',', " ")) else {
        return text.to_owned();
    };
    bare.replace(text, format!("| fillnull value=unknown {by} |").as_str()).into_owned()
}

/// What the content's macros stand for; those that are not in it as Splunk's apps have them.
fn macros(corpus: &Corpus) -> Macros {
    let mut table = Macros::default();
    let mut define = |name: &str, arguments: &[&str], text: &str| {
        // A macro that is not valid is not called by what is imported.
        drop(table.define(name, arguments, text));
    };
    define("drop_dm_object_name", &["object"], "rename $object$.* as *");
    for (name, text) in targets::splunk::source_macros(&corpus.catalogue).expect("the catalogue is valid") {
        // What the user defines is not known.
        text.iter().for_each(|text| define(&name, &[], text));
    }
    for (name, arguments, text) in &corpus.macros {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        define(name, &arguments, text);
    }
    for entry in &corpus.entries {
        define(&format!("{}_filter", entry.stem()), &[], "search *");
    }
    let filter = Regex::new(r"`(\w+_filter)`").expect("a pattern");
    for entry in &corpus.entries {
        let search = entry.root.get("search").and_then(|node| node.as_text()).unwrap_or_default();
        for found in filter.captures_iter(search) {
            define(&found[1], &[], "search *");
        }
        let slug =
            detc::resolve::slug_of(entry.root.get("name").and_then(|node| node.as_text()).unwrap_or(""));
        define(&format!("{slug}_filter"), &[], "search *");
    }
    table
}

#[test]
fn imported_detections_find_what_their_searches_find() {
    let Some(corpus) = Corpus::read() else { return };
    let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &corpus.catalogue, profiles: &profiles };
    let macros = macros(&corpus);
    let own_macros: Vec<String> = targets::splunk::source_macros(&corpus.catalogue)
        .expect("the catalogue is valid")
        .into_keys()
        .collect();
    let mut tally = BTreeMap::<String, usize>::new();
    let mut differences = Vec::new();
    for (index, (entry, imported)) in corpus.imported().into_iter().enumerate() {
        let Ok(imported) = imported else { continue };
        if imported.raw.is_some() {
            continue;
        }
        let name = entry.file.name();
        let mut count = |what: String| *tally.entry(what).or_default() += 1;
        let search = entry.root.get("search").and_then(|node| node.as_text()).expect("a search");
        let original = match Runnable::new(search, &macros) {
            Ok(original) => original,
            Err(problem) => {
                count(format!("the search is not run: {}", kind(&problem)));
                continue;
            }
        };
        let profile = match &original.model {
            Some(_) => "splunk:cim",
            None if own_macros.contains(&first_macro(search)) => "splunk:escu",
            None => "splunk",
        };
        let file = SourceFile::new(name, imported.text.as_str());
        let detection = resolve_file(&file, &context, &mut Vec::new()).expect("resolves");
        let target = targets::target(profile, &corpus.catalogue).expect("a target");
        let compiled = match target.compile(&detection, Options::default()) {
            Ok(compiled) => compiled,
            Err(reasons) => {
                count(format!("{profile} refuses it: {}", kind(&reasons[0].message)));
                continue;
            }
        };
        let own = match Runnable::new(&compiled.text, &macros) {
            Ok(own) => own,
            // Where the events are, the plain profile leaves to a macro of the user.
            Err(problem) if problem.contains("the macro `detc_") => {
                count("a macro of the user is needed".to_owned());
                continue;
            }
            Err(problem) => panic!("{name}: {problem}\n{}", compiled.text),
        };
        let (outline, own_outline) = (Outline::of(&original.search), Outline::of(&own.search));
        let mut random = Random::new(index as u64 + 1);
        let pair = (&own_outline, &outline);
        let mut events = outline.events(&original.search, &own_outline, pair, &mut random);
        events.extend(own_outline.events(&own.search, &outline, pair, &mut random));
        let kept = kept_without(&imported.notes);
        let notes_presence = imported.notes.iter().any(|(key, _)| key == "presence");
        let (mut found, mut not_found, mut open, mut explained) = (0, 0, 0, 0);
        for event in &events {
            match (original.run(event), own.run(event)) {
                (Ok(expected), Ok(answer)) if expected == answer => match answer {
                    Answer::Found => found += 1,
                    Answer::NotFound => not_found += 1,
                },
                (Ok(Answer::NotFound), Ok(Answer::Found))
                    if kept.iter().any(|(name, is_computed)| *is_computed || lacks(event, name)) =>
                {
                    explained += 1;
                }
                // What the model writes for a missing value is none here: the notes say so.
                (Ok(_), Ok(_)) if notes_presence && holds_text(event, "unknown") => explained += 1,
                // C6: what an empty text is, is contested; `fillnull` of ESCU's layout meets it.
                (Ok(_), Err(Stop::Undetermined { rule: "C6" })) if holds_text(event, "") => open += 1,
                // C3: the plain profile asks for an empty text only where the catalogue says that there is one value.
                (Ok(_), Err(Stop::Undetermined { rule: "C3" })) if has_several(event) => open += 1,
                (Ok(expected), answer) => {
                    let mut text = format!("{name}: {expected:?}, imported {answer:?}\n  {event:?}\n");
                    let _ = write!(text, "  {}\n  {}", search.replace('\n', " "), compiled.text);
                    differences.push(text);
                    break;
                }
                (Err(_), _) => open += 1,
            }
        }
        count(match (found, not_found, open, explained) {
            (0, _, open, _) if open > events.len() / 2 => "compared, mostly undetermined".to_owned(),
            (0, ..) => "compared, but nothing was found by either".to_owned(),
            (_, 0, ..) => "compared, but everything was found by both".to_owned(),
            (.., 0) => "compared, found and not found".to_owned(),
            _ => "compared, but for events that the notes speak of".to_owned(),
        });
        if found == 0 && std::env::var_os("SHOW_DULL").is_some() {
            say(&format!("{name}: {}\n   {}", search.replace('\n', " "), compiled.text));
        }
    }
    for (what, count) in &tally {
        say(&format!("{count:>6}  {what}"));
    }
    for difference in differences.iter().take(25) {
        say(difference);
    }
    assert!(differences.is_empty(), "{} detections differ from their searches", differences.len());
    let compared =
        tally.iter().filter(|(what, _)| what.starts_with("compared, found") || what.contains("notes"));
    assert!(compared.map(|(_, count)| count).sum::<usize>() >= 500, "{tally:?}");
}

/// The fields of which the notes say that events without them are kept. Of what is computed every event may lack it.
fn kept_without(notes: &[(String, String)]) -> Vec<(String, bool)> {
    let summary = notes.iter().filter(|(key, text)| key == "summary" && text.contains("this keeps them"));
    let names = summary.flat_map(|(_, text)| {
        let pieces: Vec<&str> = text.split('`').collect();
        pieces
            .chunks(2)
            .skip(1)
            .zip(pieces.chunks(2))
            .map(|(after, it)| (it, after))
            .map(|(it, after)| {
                (it.get(1).copied().unwrap_or_default().to_owned(), after[0].starts_with(" (computed)"))
            })
            .collect::<Vec<_>>()
    });
    names.collect()
}

fn has_several(event: &Row) -> bool {
    event.fields().any(|(_, value)| value.texts().count() > 1)
}

fn lacks(event: &Row, name: &str) -> bool {
    event.get(name).is_none_or(|value| value.texts().all(|text| text.is_empty()))
}

fn holds_text(event: &Row, wanted: &str) -> bool {
    event.fields().any(|(_, value)| value.texts().any(|text| text.eq_ignore_ascii_case(wanted)))
}

/// The macro that a search starts with; empty without one.
fn first_macro(search: &str) -> String {
    search
        .trim_start()
        .strip_prefix('`')
        .and_then(|rest| rest.split('`').next())
        .unwrap_or_default()
        .to_owned()
}

fn kind(message: &str) -> String {
    message.split('`').step_by(2).collect::<Vec<_>>().join("…")
}
