//! The examples: the files that they become, and their queries in every profile.

use std::collections::BTreeSet;
use std::path::Path;

use detc::diagnostics::{Code, Diagnostic};
use detc::import::sigma::{self, Document, Together};
use detc::ir::Detection;
use detc::schema::{Correlation, Detection as Written};
use detc::source::SourceFile;
use detc::targets::{Options, Target, profiles, target};

use crate::corpora::yaml_files;
use crate::files::{Bench, Both};
use crate::golden::assert_up_to_date;
use crate::say::say;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a target makes of a detection: the query, or the codes of the refusal. One place of a correlation, such as an alias,
/// stands in each stage of a detection, so they are a set.
pub(crate) fn compiled(target: &dyn Target, detection: &Detection) -> Result<String, BTreeSet<Code>> {
    let compiled = target.compile(detection, Options::default());
    let codes = |findings: Vec<Diagnostic>| findings.iter().map(|finding| finding.code).collect();
    compiled.map(|compiled| compiled.text).map_err(codes)
}

#[test]
fn imported_examples_give_the_queries_of_convert() {
    let bench = Bench::new();
    let targets: Vec<_> =
        profiles().map(|profile| target(profile.id, &bench.catalogue).expect("is there")).collect();
    let (mut files, mut queries, mut kinds) = (BTreeSet::new(), 0, Vec::new());
    for path in yaml_files(&Path::new(ROOT).join("tests/import_sigma/rules")) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("text");
        let mut findings = Vec::new();
        let documents = sigma::read(&SourceFile::new(name.as_str(), text), &mut findings);
        let together: Together = documents.iter().collect();
        for (number, document) in documents.iter().enumerate() {
            let Some(both) = bench.both(document, &together) else { continue };
            let Both { imported, own, converted } = both.unwrap_or_else(|findings| panic!("{findings:#?}"));
            let file = format!("tests/import_sigma/detections/{name}_{}.yml", number + 1);
            assert_up_to_date(&file, &imported.text);
            files.insert(file);
            kinds.extend(matches!(document, Document::Correlation(_)).then(|| kind(&imported.text)));
            for target in &targets {
                let found = compiled(target.as_ref(), &own);
                assert_eq!(found, compiled(target.as_ref(), &converted), "{}", imported.text);
                queries += usize::from(found.is_ok());
            }
        }
    }
    let there = yaml_files(&Path::new(ROOT).join("tests/import_sigma/detections"));
    let there = there.iter().map(|path| path.strip_prefix(ROOT).expect("below").display().to_string());
    assert_eq!(there.collect::<BTreeSet<_>>(), files, "one file a detection");
    for wanted in [
        "event_count",
        "value_count",
        "value_sum",
        "value_avg",
        "value_median",
        "value_percentile",
        "temporal",
        "temporal_ordered",
    ] {
        assert!(kinds.contains(&wanted), "no example of {wanted}");
    }
    say(&format!("{} detections, {queries} queries as convert makes them", files.len()));
    assert!(queries > 60, "only {queries} queries");
}

/// The way in which the sets of events of a detection hang together.
fn kind(text: &str) -> &'static str {
    let file = SourceFile::new("imported.yml", text);
    let mut findings = Vec::new();
    let root = detc::yaml::parse(&file, &mut findings).expect("YAML");
    let detection: Written = detc::yaml::decode(&file, &root, &mut findings).expect("a detection");
    match detection.correlation.expect("a correlation").value {
        Correlation::EventCount(_) => "event_count",
        Correlation::ValueCount(_) => "value_count",
        Correlation::ValueSum(_) => "value_sum",
        Correlation::ValueAvg(_) => "value_avg",
        Correlation::ValueMedian(_) => "value_median",
        Correlation::ValuePercentile(_) => "value_percentile",
        Correlation::Temporal(_) => "temporal",
        Correlation::TemporalOrdered(_) => "temporal_ordered",
        Correlation::NewValue(_) => "new_value",
        Correlation::Absent(_) => "absent",
    }
}
