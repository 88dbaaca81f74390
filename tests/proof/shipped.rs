//! Every shipped detection, every test that it carries, every target: the emitted text finds what the detection means.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::Evaluator;
use detc::ir::Detection;
use detc::proof::{Expected, Runner, Slack};
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
            let query = match runner.query(detection, &compiled) {
                Ok(query) => query,
                Err(stop) => {
                    wrong.push(format!("{name}: {stop}"));
                    continue;
                }
            };
            let sources = catalogue.sources_of(&detection.logic).expect("known");
            let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
            let evaluator = Evaluator::over(detection, &sources).expect("compiles");
            for test in &detection.tests {
                runs += 1;
                let name = format!("{name}, `{}`", test.name.value);
                let rows = runner.rows(detection, &test.events, test.now).expect("the bindings read");
                let lost = rows.uncarried().iter().filter(|lost| lost.decides);
                wrong.extend(
                    lost.map(|lost| format!("{name}: event {}: {}: {}", lost.event, lost.field, lost.reason)),
                );
                let expected = Expected::of(&evaluator, &catalogue, detection, test);
                match runner.run(&query, &rows) {
                    Ok(found) => {
                        let slack = Slack::of(&compiled.losses);
                        let difference = expected.difference(&found, &[], slack);
                        wrong.extend(difference.map(|difference| format!("{name}: {difference:?}")));
                    }
                    Err(stop) => wrong.push(format!("{name}: {stop}")),
                }
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
