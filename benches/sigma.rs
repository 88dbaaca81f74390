//! How long Sigma rules take: converted to queries, and asked about events.
//!
//! `cargo bench --bench sigma` runs it. The rules are those below the folder `$SIGMAHQ`, the events those of the file
//! `$SIGMA_EVENTS`, one JSON object a line, with the fields under `event`. Without them both are made from the generated
//! detections of `compile`. All files are read before anything is timed.

#[path = "../tests/common/corpora.rs"]
mod corpora;
#[path = "../tests/common/events.rs"]
mod events;
mod generate;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::Evaluator;
use detc::import::sigma::{self, Document};
use detc::ir::{Detection, Event};
use detc::resolve::{self, resolve_file};
use detc::source::SourceFile;
use detc::targets::{Options, profiles, target};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mimalloc::MiMalloc;
use rayon::prelude::*;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many rules are made where none are given.
const COUNT: usize = 1_000;

fn main() {
    divan::main();
}

struct Corpus {
    texts: Vec<String>,
    events: Vec<Event>,
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let given = |variable: &str| env::var_os(variable).map(PathBuf::from);
    let (made, made_events) = generated();
    let texts = given("SIGMAHQ").map_or(made, |folder| rules(&folder));
    let events = given("SIGMA_EVENTS")
        .map_or(made_events, |file| events::lines(&file).iter().map(events::event).collect());
    Corpus { texts, events }
});

fn known() -> Vec<&'static str> {
    profiles().map(|profile| profile.id).collect()
}

/// The generated detections as Sigma rules, and some of their test events.
fn generated() -> (Vec<String>, Vec<Event>) {
    let catalogue = Arc::new(Catalogue::embedded());
    let targets: Vec<_> =
        ["splunk", "kusto:sentinel", "sigma"].iter().filter_map(|id| target(id, &catalogue)).collect();
    let known = known();
    let context = resolve::Context { catalogue: &catalogue, profiles: &known };
    let texts = generate::detections(&catalogue, &targets, COUNT);
    let detections: Vec<Detection> = texts
        .iter()
        .map(|text| {
            let file = SourceFile::new("generated.yml", text.as_str());
            resolve_file(&file, &context, &mut Vec::new()).expect("the generated detection resolves")
        })
        .collect();
    let sigma = target("sigma", &catalogue).expect("a known profile");
    let rules = detections
        .iter()
        .map(|detection| sigma.compile(detection, Options::default()).expect("compiles").text)
        .collect();
    let tests = detections.iter().flat_map(|detection| &detection.tests);
    let events = tests.flat_map(|test| &test.events).map(|seen| seen.event.clone()).take(143).collect();
    (rules, events)
}

/// The texts of the rules below a folder, in the order of their paths.
fn rules(folder: &Path) -> Vec<String> {
    corpora::yaml_files(folder).iter().map(|path| std::fs::read_to_string(path).expect("text")).collect()
}

/// The detections that a rule's file holds and the catalogue can serve.
fn resolved(text: &str, context: &sigma::Context) -> Vec<Detection> {
    let mut findings = Vec::new();
    let documents = sigma::read(&SourceFile::new("rule.yml", text), &mut findings);
    let rules = documents.iter().filter_map(Document::as_rule);
    rules.filter_map(|rule| rule.resolve(context, &mut findings)).collect()
}

/// Everything that `detc convert` does, but for reading and writing files: a catalogue that was never read, and every
/// rule from its text to its query. Returns the number of bytes rendered.
#[divan::bench(args = ["splunk", "kusto:sentinel"], sample_count = 20)]
fn convert(bencher: Bencher, profile: &str) {
    let corpus = &*CORPUS;
    let bytes: usize = corpus.texts.iter().map(String::len).sum();
    let known = known();
    bencher
        .counter(ItemsCount::new(corpus.texts.len()))
        .counter(BytesCount::new(bytes))
        .with_inputs(|| Arc::new(Catalogue::embedded()))
        .bench_values(|catalogue| {
            catalogue.read_all();
            let target = target(profile, &catalogue).expect("a known profile");
            let context = sigma::Context {
                resolve: resolve::Context { catalogue: &catalogue, profiles: &known },
                data_source: None,
            };
            let converted = |text: &String| {
                let queries = resolved(text, &context).into_iter();
                queries
                    .filter_map(|rule| target.compile(&rule, Options::default()).ok())
                    .map(|c| c.text.len())
                    .sum::<usize>()
            };
            corpus.texts.par_iter().map(converted).sum::<usize>()
        });
}

/// Preparing every rule and asking it about every event, on all cores. Returns the number of matches.
#[divan::bench(sample_count = 10)]
fn evaluate(bencher: Bencher) {
    let corpus = &*CORPUS;
    let catalogue = Arc::new(Catalogue::embedded());
    catalogue.read_all();
    let known = known();
    let context = sigma::Context {
        resolve: resolve::Context { catalogue: &catalogue, profiles: &known },
        data_source: None,
    };
    let detections: Vec<Detection> = corpus.texts.iter().flat_map(|text| resolved(text, &context)).collect();
    bencher.counter(ItemsCount::new(detections.len() * corpus.events.len())).bench(|| {
        let matches = |detection: &Detection| {
            let sources = catalogue.sources_of(&detection.logic).expect("known and valid");
            let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
            let Ok(evaluator) = Evaluator::over(detection, &sources) else { return 0 };
            corpus.events.iter().filter(|event| evaluator.matches(event)).count()
        };
        detections.par_iter().map(matches).sum::<usize>()
    });
}
