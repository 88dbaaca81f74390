//! Every shipped detection in every profile, as `snapshots/<profile>/<detection>.snap`: the verdict, the columns that
//! detc relies on, and the query; or the refusal as a user reads it.
//!
//! `INSTA_UPDATE=always cargo test --test snapshots` writes them. Read them as the SIEM would before they are committed.

#[path = "common/detections.rs"]
mod detections;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::diagnostics::{Diagnostic, Severity};
use detc::ir;
use detc::resolve::{Context, resolve_file};
use detc::targets::{self, Compiled, Options};

/// The detections by file name of their snapshot. Each must resolve without an error.
fn resolved(catalogue: &Catalogue) -> BTreeMap<String, ir::Detection> {
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &profiles };
    let mut all = BTreeMap::new();
    for file in detections::shipped() {
        let mut findings = Vec::new();
        let detection = resolve_file(&file, &context, &mut findings);
        let errors: Vec<_> = findings.iter().filter(|found| found.severity() == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let detection = detection.unwrap_or_else(|| panic!("{} gave nothing, and no error", file.name()));
        let slug = detection.metadata.slug.clone();
        assert!(all.insert(slug, detection).is_none(), "{} has the name of another detection", file.name());
    }
    all
}

fn snapshot_of(result: Result<Compiled, Vec<Diagnostic>>) -> String {
    match result {
        Ok(compiled) => {
            let mut text = format!("verdict: {}\n", compiled.verdict.name());
            for loss in &compiled.losses {
                let field = loss.field.as_deref().unwrap_or("the detection");
                text.push_str(&format!(
                    "loss: {} ({}) on {field}: {}\n",
                    loss.name,
                    loss.verdict.name(),
                    loss.loss
                ));
                text.push_str(&format!("accepted: {}\n", loss.reason));
            }
            let columns = compiled.columns.iter().map(|(field, column)| {
                if field == column { field.clone() } else { format!("{field} as {column}") }
            });
            text.push_str(&format!("columns: {}\n", columns.collect::<Vec<_>>().join(", ")));
            for needed in &compiled.needs.lists {
                let (list, how) = (&needed.list.name, needed.how.name());
                text.push_str(&format!("list: {list} ({how}, column {})\n", needed.column));
            }
            assert!(
                compiled.text.ends_with('\n') && !compiled.text.ends_with("\n\n"),
                "one line break at the end"
            );
            text + "\n" + &compiled.text
        }
        Err(mut findings) => {
            assert!(!findings.is_empty(), "a refusal has a reason");
            Diagnostic::sort(&mut findings);
            findings.iter().fold("verdict: refused\n".to_owned(), |text, found| text + "\n" + &plain(found))
        }
    }
}

/// A finding in words, without the excerpt: the detection stands beside the snapshot.
fn plain(found: &Diagnostic) -> String {
    let mut text = format!("{}: {}\n", found.code.id(), found.message);
    for label in &found.labels {
        let place = label.file.line_column(label.span.start);
        text.push_str(&format!(
            "  at {}:{}:{}: {}\n",
            label.file.name(),
            place.line,
            place.column,
            label.text
        ));
    }
    for note in &found.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    if let Some(help) = &found.help {
        text.push_str(&format!("  help: {help}\n"));
    }
    text
}

#[test]
fn every_detection_in_every_profile() {
    let catalogue = Arc::new(Catalogue::embedded());
    let detections = resolved(&catalogue);
    let mut failed = Vec::new();
    for profile in targets::profiles() {
        let target = targets::target(profile.id, &catalogue).expect("the profile exists");
        for (slug, detection) in &detections {
            let text = snapshot_of(target.compile(detection, Options::default()));
            let mut settings = insta::Settings::new();
            settings.set_snapshot_path(format!("../snapshots/{}", profile.folder()));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.set_input_file(detection.file.name());
            let check = || settings.bind(|| insta::assert_snapshot!(slug.as_str(), text));
            // Go on after a difference, so that one run shows them all.
            if catch_unwind(AssertUnwindSafe(check)).is_err() {
                failed.push(format!("{}/{slug}", profile.folder()));
            }
        }
    }
    assert!(failed.is_empty(), "{} snapshots differ:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn no_snapshot_without_its_detection() {
    let catalogue = Arc::new(Catalogue::embedded());
    let slugs: BTreeSet<String> = resolved(&catalogue).into_keys().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut expected = BTreeSet::new();
    for profile in targets::profiles() {
        expected.extend(slugs.iter().map(|slug| folder.join(profile.folder()).join(format!("{slug}.snap"))));
    }
    let mut present = BTreeSet::new();
    for profile in list(&folder).into_iter().filter(|path| !path.ends_with("diagnostics")) {
        present
            .extend(list(&profile).into_iter().filter(|file| file.extension().is_some_and(|e| e == "snap")));
    }
    let orphans: Vec<&PathBuf> = present.difference(&expected).collect();
    assert!(orphans.is_empty(), "snapshots of detections that are gone: {orphans:#?}");
}

/// What a folder holds.
fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    entries.map(|entry| entry.expect("the folder can be listed").path()).collect()
}
