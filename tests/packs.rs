//! Packs for Microsoft's products of three shipped detections: one over events, one correlation, one that reads a list. Each file
//! is `snapshots/packs/<kind>/<file>.snap`.
//!
//! `INSTA_UPDATE=always cargo test --test packs` writes them. Read them as the product would before they are committed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::ir::Detection;
use detc::packs::{self, Content, Entry, Options, Pack};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets;

const DETECTIONS: [&str; 3] = [
    "entra/o365_cross_tenant_access_change.yml",
    "correlation/application_reads_many_mailboxes.yml",
    "exchange/exchange_mailbox_full_access_granted.yml",
];

fn detections(catalogue: &Catalogue) -> Vec<Detection> {
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &profiles };
    let read = |name: &&str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections").join(name);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = SourceFile::new(format!("detections/{name}"), text);
        resolve_file(&file, &context, &mut Vec::new()).expect("a sound detection")
    };
    DETECTIONS.iter().map(read).collect()
}

fn pack(id: &str, format: &str) -> Pack {
    let catalogue = Arc::new(Catalogue::embedded());
    let kind = packs::kind(id).expect("a kind");
    let target = targets::target(kind.profiles[0], &catalogue).expect("a profile");
    let detections = detections(&catalogue);
    let compile = |detection| target.compile(detection, targets::Options::default()).expect("a query");
    let entries =
        detections.iter().map(|detection| Entry { detection, compiled: compile(detection) }).collect();
    let content = Content::new(target.profile(), entries, Vec::new(), catalogue);
    let options = Options {
        id: "acme_detections".to_owned(),
        label: "ACME Rules".to_owned(),
        version: "1.2.3".to_owned(),
        author: "ACME".to_owned(),
        format: format.to_owned(),
    };
    packs::build(kind, &content, &options).expect("a pack")
}

fn snapshots(id: &str, format: &str) {
    let folder = format!("snapshots/packs/{}", format!("{id}-{format}").trim_end_matches('-'));
    let mut expected = BTreeSet::new();
    for (name, bytes) in pack(id, format).files() {
        if name == "detc.manifest" {
            continue;
        }
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let name = name.replace(['/', ' '], "-");
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(format!("../{folder}"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), text));
        expected.insert(format!("{name}.snap"));
    }
    let present = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).expect("the folder");
    let present = present.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let orphans: Vec<String> =
        present.filter(|name| name.ends_with(".snap") && !expected.contains(name)).collect();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[test]
fn sentinel() {
    snapshots("sentinel", "scheduled");
}

#[test]
fn sentinel_yaml() {
    snapshots("sentinel-yaml", "scheduled");
}

/// A correlation needs more than the minute that such a rule sees, and stays scheduled.
#[test]
fn sentinel_yaml_in_near_real_time() {
    snapshots("sentinel-yaml", "nrt");
}
