//! Rules of others with a filter that is made to collide with them, and as stages of correlations. They are no part of this
//! project: they are read from `$DETC_SIGMA_CORPUS` (default `../shared/corpora/sigmahq`); without them nothing is tested, and
//! the output says so.

use std::path::{Path, PathBuf};

use detc::import::sigma::{self, Document, Together};
use detc::source::SourceFile;
use detc::targets::{Target, target};
use rayon::prelude::*;

use crate::corpora::yaml_files;
use crate::files::{Bench, Both};
use crate::queries::compiled;
use crate::say::say;

/// For every rule of every log source. Its selections have names that rules like, its title too, and its condition says
/// `them`.
const FILTER: &str = r"
title: Selection
logsource: {}
filter:
  rules: any
  selection: ['one word', 'another word']
  selection_img: ['a third']
  filter_main_x:
    - 'a fourth'
  condition: not 1 of them and not (all of sel* or filter_main_x)
";

/// Every rule so and so often; the profiles that are asked, which say most.
const EVERY: usize = 5;
const PROFILES: [&str; 3] = ["splunk", "kusto:sentinel", "sigma"];

fn targets(bench: &Bench) -> Vec<Box<dyn Target>> {
    PROFILES.iter().map(|id| target(id, &bench.catalogue).expect("is there")).collect()
}

fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("DETC_SIGMA_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/sigmahq"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    say(&format!("SKIPPED: {} is not there; set DETC_SIGMA_CORPUS to test over it", path.display()));
    None
}

/// How many detections there were, how many of them were imported, and how many queries they gave.
type Counts = (usize, usize, usize);

/// The documents of some files that are detections of their own, in both ways.
fn counts(
    bench: &Bench,
    targets: &[Box<dyn Target>],
    documents: &[&Document],
    others: &[Document],
) -> Counts {
    let together: Together = documents.iter().copied().chain(others).collect();
    let mut counts = (0, 0, 0);
    for both in documents.iter().copied().chain(others).filter_map(|document| bench.both(document, &together))
    {
        counts.0 += 1;
        let Ok(Both { imported, own, converted }) = both else { continue };
        counts.1 += 1;
        for target in targets {
            let found = compiled(target.as_ref(), &own);
            assert_eq!(found, compiled(target.as_ref(), &converted), "{}", imported.text);
            counts.2 += usize::from(found.is_ok());
        }
    }
    counts
}

fn said(what: &str, counts: Vec<Counts>) {
    let (mut all, mut imported, mut queries) = (0, 0, 0);
    counts
        .into_iter()
        .for_each(|one| (all, imported, queries) = (all + one.0, imported + one.1, queries + one.2));
    say(&format!("{all} {what}: {imported} imported, {queries} queries as convert makes them"));
    assert!(imported * 10 > all * 8 && queries > imported, "only {imported} of {all}");
}

fn documents(name: &str, text: &str) -> Vec<Document> {
    let mut findings = Vec::new();
    let documents = sigma::read(&SourceFile::new(name, text), &mut findings);
    assert!(findings.iter().all(|finding| finding.code.id().starts_with('W')), "{findings:#?}");
    documents
}

/// Rules of the corpus, the same on every run.
fn rules(corpus: &Path) -> Vec<Vec<Document>> {
    let paths: Vec<PathBuf> = yaml_files(corpus).into_iter().step_by(EVERY).collect();
    let read = |path: &PathBuf| {
        documents(&path.display().to_string(), &std::fs::read_to_string(path).expect("text"))
    };
    paths.par_iter().map(read).collect()
}

#[test]
fn any_rule_takes_a_filter() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let targets = targets(&bench);
    let filter = documents("filter.yml", FILTER);
    let of_file =
        |rules: &Vec<Document>| counts(&bench, &targets, &rules.iter().collect::<Vec<_>>(), &filter);
    said("rules with a filter", rules(&corpus).par_iter().map(of_file).collect());
}

#[test]
fn any_two_rules_become_stages() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let targets = targets(&bench);
    let of_pair = |pair: &[Vec<Document>]| {
        let both: Vec<&Document> = pair.iter().flatten().collect();
        let rules: Vec<_> = both.iter().filter_map(|document| document.as_rule()).collect();
        let names: Vec<&str> =
            rules.iter().filter_map(|rule| Some(rule.metadata.id.as_ref()?.value.as_str())).collect();
        let correlation = format!(
            "title: Two\nid: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nstatus: test\nlevel: high\nauthor: A\ndate: 2026-01-02\n\
             description: Both.\ncorrelation:\n  type: temporal_ordered\n  rules: [{}]\n  timespan: 1h\n",
            names.join(", ")
        );
        counts(&bench, &targets, &both, &documents("correlation.yml", &correlation))
    };
    said(
        "correlations of two rules",
        rules(&corpus).par_chunks(2).filter(|pair| pair.len() == 2).map(of_pair).collect(),
    );
}
