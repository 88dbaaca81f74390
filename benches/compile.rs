//! How long it takes to compile many detections.
//!
//! `cargo bench` runs it. The detections are generated (see `generate`), outside of what is timed; the figure to hold
//! is `cold`: 1,000 detections parsed, resolved, lowered and rendered to three targets in under 150 ms on two cores.

mod generate;

use std::sync::{Arc, LazyLock};

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::Evaluator;
use detc::ir::{Detection, Event};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{Options, Target, profiles, target};
use detc::{schema, yaml};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mimalloc::MiMalloc;
use rayon::prelude::*;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many detections there are.
const COUNT: usize = 1_000;

/// What they are compiled to.
const PROFILES: [&str; 3] = ["splunk", "kusto:sentinel", "sigma"];

fn main() {
    divan::main();
}

/// What every benchmark starts from, made before the first measurement.
struct Corpus {
    catalogue: Arc<Catalogue>,
    texts: Vec<String>,
    detections: Vec<Detection>,
    events: Vec<Vec<Event>>,
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let catalogue = Arc::new(Catalogue::embedded());
    let targets = targets(&catalogue);
    let texts = generate::detections(&catalogue, &targets, COUNT);
    let detections: Vec<Detection> = texts.iter().map(|text| resolved(text, &catalogue)).collect();
    let events = detections.iter().map(events).collect();
    Corpus { catalogue, texts, detections, events }
});

fn targets(catalogue: &Arc<Catalogue>) -> Vec<Box<dyn Target>> {
    PROFILES.iter().map(|profile| target(profile, catalogue).expect("a known profile")).collect()
}

fn resolved(text: &str, catalogue: &Catalogue) -> Detection {
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &known };
    let mut findings = Vec::new();
    let file = SourceFile::new("generated.yml", text);
    resolve_file(&file, &context, &mut findings).expect("the generated detection resolves")
}

fn events(detection: &Detection) -> Vec<Event> {
    detection.tests.iter().flat_map(|test| &test.events).map(|seen| seen.event.clone()).collect()
}

/// Everything that one run of the command line does for these detections, but for reading and writing files.
/// Returns the number of bytes rendered.
fn compile_all(texts: &[String], catalogue: &Arc<Catalogue>) -> usize {
    let targets = targets(catalogue);
    texts
        .par_iter()
        .map(|text| {
            let detection = resolved(text, catalogue);
            let rendered = targets.iter().map(|target| target.compile(&detection, Options::default()));
            rendered.map(|compiled| compiled.expect("compiles").text.len()).sum::<usize>()
        })
        .sum()
}

/// With a catalogue that was never read, as in a run of the command line.
#[divan::bench(sample_count = 20)]
fn cold(bencher: Bencher) {
    let corpus = &*CORPUS;
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| Arc::new(Catalogue::embedded()))
        .bench_values(|catalogue| compile_all(&corpus.texts, &catalogue));
}

/// With a catalogue that was read before, as in an editor.
#[divan::bench(sample_count = 20)]
fn warm(bencher: Bencher) {
    let corpus = &*CORPUS;
    bencher.counter(ItemsCount::new(COUNT)).bench(|| compile_all(&corpus.texts, &corpus.catalogue));
}

/// YAML to schema, on one core.
#[divan::bench(sample_count = 20)]
fn parse(bencher: Bencher) {
    let corpus = &*CORPUS;
    let bytes: usize = corpus.texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for text in &corpus.texts {
            let mut findings = Vec::new();
            let file = SourceFile::new("generated.yml", text.as_str());
            let root = yaml::parse(&file, &mut findings).expect("valid YAML");
            let detection: Option<schema::Detection> = yaml::decode(&file, &root, &mut findings);
            divan::black_box(detection);
        }
    });
}

/// YAML to IR, on one core.
#[divan::bench(sample_count = 20)]
fn resolve(bencher: Bencher) {
    let corpus = &*CORPUS;
    bencher.counter(ItemsCount::new(COUNT)).bench(|| {
        for text in &corpus.texts {
            divan::black_box(resolved(text, &corpus.catalogue));
        }
    });
}

/// IR to text in one target, on one core.
#[divan::bench(args = PROFILES, sample_count = 20)]
fn render(bencher: Bencher, profile: &str) {
    let corpus = &*CORPUS;
    let target = target(profile, &corpus.catalogue).expect("a known profile");
    bencher.counter(ItemsCount::new(COUNT)).bench(|| {
        for detection in &corpus.detections {
            divan::black_box(target.compile(detection, Options::default()).expect("compiles"));
        }
    });
}

/// Preparing every detection and running its test events, on one core.
#[divan::bench(sample_count = 20)]
fn evaluate(bencher: Bencher) {
    let corpus = &*CORPUS;
    let events: usize = corpus.events.iter().map(Vec::len).sum();
    bencher.counter(ItemsCount::new(events)).bench(|| {
        for (detection, events) in corpus.detections.iter().zip(&corpus.events) {
            let sources = corpus.catalogue.sources_of(&detection.logic).expect("known and valid");
            let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
            let evaluator = Evaluator::over(detection, &sources).expect("compiles");
            divan::black_box(evaluator.results(events));
        }
    });
}
