//! Every shipped detection, every test that it carries, every target: the emitted text finds, and shows, what the detection means.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::ir::Detection;
use detc::proof::{Proven, Reference, Runner, prove};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, profiles};

#[test]
fn every_target_finds_what_the_detection_means() {
    let catalogue = Arc::new(Catalogue::embedded());
    let detections: Vec<Detection> = files().iter().map(|path| detection(path, &catalogue)).collect();
    let mut wrong = Vec::new();
    let mut runs = 0;
    for profile in profiles() {
        let target = targets::target(profile.id, &catalogue).expect("is there");
        let runner = Runner::new(profile, &catalogue);
        for detection in &detections {
            // What a target refuses is shown by its snapshot.
            let Ok(compiled) = target.compile(detection, Options::default()) else { continue };
            let name = format!("{}, {}", detection.metadata.slug, profile.id);
            let reference = Reference::of(&catalogue, detection);
            match prove(&runner, target.as_ref(), &catalogue, detection, &reference, &compiled) {
                Proven::Run(tests) => {
                    runs += tests.len();
                    let findings = tests.into_iter().filter_map(|(_, finding)| finding);
                    wrong.extend(findings.map(|finding| format!("{name}: {}", finding.message)));
                }
                Proven::NotRun(reason) => wrong.push(format!("{name}: {reason}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {runs} runs:\n{}", wrong.len(), wrong.join("\n"));
    assert!(runs > 900, "only {runs} runs");
}

fn detection(path: &Path, catalogue: &Catalogue) -> Detection {
    let ids: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &ids };
    let file = SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).expect("readable"));
    let mut findings = Vec::new();
    resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}"))
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ignore::Walk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("detections"))
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    files.sort();
    files
}
