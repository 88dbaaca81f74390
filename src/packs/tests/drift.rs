//! Drift: each way in which a pack and its sources can differ.

use super::fixture::{Draft, codes, pack_of};
use crate::packs::Pack;
use crate::packs::drift::{compare, manifest};

fn app(drafts: &[Draft]) -> Pack {
    pack_of("splunk-app", None, "", drafts).expect("a pack")
}

/// The codes and messages about `pack` when the sources give `now`.
fn drift(
    pack: &Pack,
    edit: impl FnOnce(&mut std::collections::BTreeMap<String, Vec<u8>>),
    now: &Pack,
) -> Vec<String> {
    let mut files = pack.files().clone();
    edit(&mut files);
    let (name, manifest) = manifest(&files).expect("a manifest");
    let findings = compare(&files, &name, &manifest, Some(now));
    findings.iter().map(|finding| format!("{} {}", finding.code.id(), finding.message)).collect()
}

#[test]
fn a_pack_of_the_same_sources_has_not_drifted() {
    let pack = app(&[Draft::default()]);
    assert_eq!(drift(&pack, |_| {}, &pack), [""; 0]);
}

#[test]
fn each_kind_of_drift_has_its_code() {
    let [one, two] = [Draft::default(), Draft::named(2, "Another One")];
    let pack = app(&[one.clone(), two.clone()]);
    let said = |found: Vec<String>, expected: &str| {
        assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}: {found:?}");
    };
    said(
        drift(
            &pack,
            |_| {},
            &app(&[Draft { value: "\\other.exe".to_owned(), version: 2, ..one.clone() }, two.clone()]),
        ),
        "E1010 stale: `Suspicious Program` (00000000-0000-4000-8000-000000000001): version 1 is now 2, the query has changed",
    );
    said(
        drift(&pack, |_| {}, &app(&[Draft { description: "Else.".to_owned(), ..one.clone() }, two.clone()])),
        "E1010 stale: `Suspicious Program` (00000000-0000-4000-8000-000000000001): its file has changed, though not",
    );
    said(drift(&pack, |_| {}, &app(std::slice::from_ref(&one))), "E1012 orphaned: `Another One`");
    said(drift(&app(&[one]), |_| {}, &pack), "E1013 missing: `Another One`");
    let conf = "acme_detections/default/savedsearches.conf";
    said(
        drift(&pack, |files| files.get_mut(conf).expect("there").extend(b"disabled = 0\n"), &pack),
        "E1011 edited: `acme_detections/default/savedsearches.conf`",
    );
    said(
        drift(&pack, |files| drop(files.remove(conf)), &pack),
        "E1013 missing: `acme_detections/default/savedsearches.conf` is listed",
    );
    said(
        drift(
            &pack,
            |files| drop(files.insert("acme_detections/local/app.conf".to_owned(), Vec::new())),
            &pack,
        ),
        "E1012 orphaned: `acme_detections/local/app.conf`",
    );
}

#[test]
fn a_pack_without_a_manifest_is_a_finding() {
    let mut files = app(&[Draft::default()]).files().clone();
    files.insert("acme_detections/detc.manifest".to_owned(), b"{\"generator\":\"detc\"}".to_vec());
    assert_eq!(codes(&[*manifest(&files).expect_err("malformed")]), ["E1014"]);
    files.remove("acme_detections/detc.manifest");
    assert_eq!(codes(&[*manifest(&files).expect_err("none")]), ["E1014"]);
}
