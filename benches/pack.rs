//! How long it takes to pack many detections.
//!
//! `cargo bench --bench pack` runs it. The detections are the generated ones of `compile`, checked before anything is
//! timed; the figure to hold: 1,000 detections compiled, packed and archived in under 1.5 s, whatever the kind.

mod generate;

use std::sync::{Arc, LazyLock};

use detc::catalogue::Catalogue;
use detc::ir::Detection;
use detc::packs::{self, Content, Entry, Kind, MacroDefinition, Options, archive};
use detc::resolve::{Context, resolve_file};
use detc::source::{SourceFile, Span, Spanned};
use detc::targets::splunk::source_macros;
use detc::targets::{self, Profile, profiles, target};
use divan::Bencher;
use divan::counter::ItemsCount;
use mimalloc::MiMalloc;
use rayon::prelude::*;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many detections there are.
const COUNT: usize = 1_000;

/// What every generated detection compiles to.
const PROFILES: [&str; 4] = ["splunk", "splunk:escu", "kusto:sentinel", "sigma"];

fn main() {
    divan::main();
}

struct Corpus {
    catalogue: Arc<Catalogue>,
    detections: Vec<Detection>,
    macros: Vec<MacroDefinition>,
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let catalogue = Arc::new(Catalogue::embedded());
    let targets: Vec<_> =
        PROFILES.iter().map(|profile| target(profile, &catalogue).expect("a known profile")).collect();
    let texts = generate::detections(&catalogue, &targets, COUNT);
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &known };
    let resolved = |text: &String| {
        let file = SourceFile::new("generated.yml", text.as_str());
        resolve_file(&file, &context, &mut Vec::new()).expect("the generated detection resolves")
    };
    let detections = texts.iter().map(resolved).collect();
    let macros = macros(&catalogue);
    Corpus { catalogue, detections, macros }
});

/// What a user says of the macros that only the user can define: where the events are.
fn macros(catalogue: &Catalogue) -> Vec<MacroDefinition> {
    let file = SourceFile::new("generated.toml", "");
    let written = |text: &str| Spanned::new(text.to_owned(), Span::default());
    let all = source_macros(catalogue).expect("the bindings of the catalogue are valid");
    let unsaid = all.iter().filter(|(_, places)| places.is_none());
    unsaid
        .map(|(name, _)| MacroDefinition {
            name: written(name),
            text: written("index=main"),
            file: Arc::clone(&file),
        })
        .collect()
}

fn options(kind: &Kind) -> Options {
    Options {
        id: "generated".to_owned(),
        label: "Generated detections".to_owned(),
        version: "1.0.0".to_owned(),
        author: "generator".to_owned(),
        format: kind.formats.first().copied().unwrap_or_default().to_owned(),
    }
}

/// Everything that `detc pack` does after reading the detections, but for writing the file.
fn packed(kind: &Kind, profile: &'static Profile, format: archive::Format) -> Vec<u8> {
    let Corpus { catalogue, detections, macros } = &*CORPUS;
    let target = target(profile.id, catalogue).expect("a known profile");
    let compile = |detection| Entry {
        detection,
        compiled: target.compile(detection, targets::Options::default()).expect("compiles"),
    };
    let entries = detections.par_iter().map(compile).collect();
    let content =
        Content::new(profile, entries, Vec::new(), Arc::clone(catalogue)).with_macros(macros.clone());
    let pack = match packs::build(kind, &content, &options(kind)) {
        Ok(pack) => pack,
        Err(findings) => panic!("{}: {:#?}", kind.id, findings.first()),
    };
    archive::write(pack.files(), format).expect("an archive")
}

#[divan::bench(args = ["splunk-app", "contentctl", "sentinel", "sentinel-yaml", "sigma"], sample_count = 10)]
fn pack(bencher: Bencher, kind: &str) {
    let corpus = &*CORPUS;
    let kind = packs::kind(kind).expect("a known kind");
    let profile = profiles().find(|profile| profile.id == kind.profiles[0]).expect("a known profile");
    let format = if kind.id == "splunk-app" { archive::Format::TarGz } else { archive::Format::Zip };
    bencher.counter(ItemsCount::new(corpus.detections.len())).bench(|| packed(kind, profile, format));
}
