//! Rules of others with a filter that is made to collide with them. They are no part of this project: they are read from
//! `$DETC_SIGMA_CORPUS` (default `../shared/corpora/sigmahq`); without them nothing is tested, and the output says so.

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

#[test]
fn any_rule_takes_a_filter() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let targets: Vec<_> = PROFILES.iter().map(|id| target(id, &bench.catalogue).expect("is there")).collect();
    let mut findings = Vec::new();
    let filter = sigma::read(&SourceFile::new("filter.yml", FILTER), &mut findings);
    assert!(findings.is_empty() && filter.len() == 1, "{findings:#?}");
    let of_file = |path: &PathBuf| -> Vec<(usize, usize)> {
        let text = std::fs::read_to_string(path).expect("text");
        let mut findings = Vec::new();
        let rules = sigma::read(&SourceFile::new(path.display().to_string(), text), &mut findings);
        let together: Together = rules.iter().chain(&filter).collect();
        let of_rule = |rule: &Document| match bench.both(rule, &together)? {
            Err(_) => Some((0, 0)),
            Ok(Both { imported, own, converted }) => {
                let same = |target: &dyn Target| {
                    let found = compiled(target, &own);
                    assert_eq!(found, compiled(target, &converted), "{}", imported.text);
                    usize::from(found.is_ok())
                };
                Some((1, targets.iter().map(|target| same(target.as_ref())).sum()))
            }
        };
        rules.iter().filter_map(of_rule).collect()
    };
    let paths: Vec<PathBuf> = yaml_files(&corpus).into_iter().step_by(EVERY).collect();
    let counts: Vec<(usize, usize)> = paths.par_iter().flat_map_iter(of_file).collect();
    let imported: usize = counts.iter().map(|(imported, _)| imported).sum();
    let queries: usize = counts.iter().map(|(_, queries)| queries).sum();
    say(&format!(
        "{} rules with a filter: {imported} imported, {queries} queries as convert makes them",
        counts.len()
    ));
    assert!(imported * 10 > counts.len() * 8, "only {imported} of {} rules", counts.len());
}
