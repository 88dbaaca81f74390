//! Drift: how a pack that is there differs from what the sources would give.
//!
//! In: the files of a pack, and the pack that the sources give now. Out: one finding for each thing that is stale,
//! edited, orphaned or missing.

use std::collections::BTreeMap;

use super::Pack;
use super::manifest::{FILE_NAME, Item, Manifest, sha256};
use crate::diagnostics::{Code, Diagnostic};

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

/// The manifest among the files of a pack, and its name.
pub fn manifest(files: &Files) -> Result<(String, Manifest), Box<Diagnostic>> {
    let is_manifest =
        |name: &&String| name.rsplit('/').next() == Some(FILE_NAME) && name.matches('/').count() < 2;
    let refuse = |message: &str| {
        let help = "only a pack that this version of detc made can be checked: make it anew";
        Box::new(Diagnostic::new(Code::E1014, message).help(help))
    };
    let mut found = files.keys().filter(is_manifest);
    match (found.next(), found.next()) {
        (Some(name), None) => match files.get(name).and_then(|bytes| Manifest::read(bytes)) {
            Some(manifest) => Ok((name.clone(), manifest)),
            None => Err(refuse(&format!("`{name}` is not a manifest that this version of detc writes"))),
        },
        (None, _) => Err(refuse(&format!("the pack has no `{FILE_NAME}`"))),
        (Some(_), Some(_)) => Err(refuse(&format!("the pack has several files `{FILE_NAME}`"))),
    }
}

/// Holds the files of a pack against its own manifest, and the manifest against what the sources give now. `now` is
/// `None` when the sources cannot be packed: then only the files are looked at.
pub fn compare(files: &Files, name: &str, manifest: &Manifest, now: Option<&Pack>) -> Vec<Diagnostic> {
    let mut findings = own_files(files, name, manifest);
    let Some(now) = now else { return findings };
    let Some(fresh) = now.files().get(&now.manifest_name()).and_then(|bytes| Manifest::read(bytes)) else {
        return findings;
    };
    let before = findings.len();
    for (id, item) in &manifest.detections {
        match fresh.detections.get(id) {
            None => findings.push(
                Diagnostic::new(
                    Code::E1012,
                    format!("orphaned: `{}` ({id}) has no source any more", item.name),
                )
                .help("make the pack anew, or bring the detection back"),
            ),
            Some(new) => findings.extend(stale(id, item, new)),
        }
    }
    for (id, item) in fresh.detections.iter().filter(|(id, _)| !manifest.detections.contains_key(*id)) {
        findings.push(
            Diagnostic::new(Code::E1013, format!("missing: `{}` ({id}) is not in the pack", item.name))
                .help("make the pack anew"),
        );
    }
    if findings.len() == before
        && let (Some(old), Some(new)) = (&manifest.environment, &fresh.environment)
        && old != new
    {
        let message = format!("stale: the environment `{}` has changed", old.name);
        findings.push(Diagnostic::new(Code::E1010, message).help("make the pack anew"));
    }
    // Whatever else would be written in another way now: another version of detc, another data source or list.
    if findings.len() == before {
        for (name, hash) in &fresh.files {
            if manifest.files.get(name) != Some(hash) {
                findings.push(
                    Diagnostic::new(
                        Code::E1010,
                        format!("stale: `{name}` would be written in another way now"),
                    )
                    .note(versions(manifest, &fresh))
                    .help("make the pack anew"),
                );
            }
        }
        for name in manifest.files.keys().filter(|name| !fresh.files.contains_key(*name)) {
            findings.push(
                Diagnostic::new(Code::E1012, format!("orphaned: `{name}` would not be written any more"))
                    .help("make the pack anew"),
            );
        }
    }
    findings
}

fn versions(old: &Manifest, new: &Manifest) -> String {
    if old.generator_version == new.generator_version {
        "the detections are the same: a data source, a list, a macro or an option has changed".to_owned()
    } else {
        format!("the pack was made by detc {}, this is {}", old.generator_version, new.generator_version)
    }
}

/// The files against the hashes of the manifest.
fn own_files(files: &Files, name: &str, manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (file, hash) in &manifest.files {
        match files.get(file) {
            None => findings.push(
                Diagnostic::new(Code::E1013, format!("missing: `{file}` is listed, but is not in the pack"))
                    .help("make the pack anew"),
            ),
            Some(bytes) if sha256(bytes) != *hash => findings.push(
                Diagnostic::new(Code::E1011, format!("edited: `{file}` is not as detc wrote it"))
                    .help("carry the change over into the detection, then make the pack anew"),
            ),
            Some(_) => {}
        }
    }
    for file in files.keys().filter(|file| *file != name && !manifest.files.contains_key(*file)) {
        findings.push(
            Diagnostic::new(Code::E1012, format!("orphaned: `{file}` is not in the manifest"))
                .help("detc did not write it: take it out of the pack"),
        );
    }
    findings
}

fn stale(id: &str, old: &Item, new: &Item) -> Option<Diagnostic> {
    if old == new {
        return None;
    }
    let mut reasons = Vec::new();
    if old.version != new.version {
        reasons.push(format!("version {} is now {}", old.version, new.version));
    }
    if old.verdict != new.verdict {
        reasons.push(format!("the verdict {} is now {}", old.verdict, new.verdict));
    }
    if old.queries != new.queries {
        reasons.push("the query has changed".to_owned());
    }
    if reasons.is_empty() {
        reasons.push("its file has changed, though not the query".to_owned());
    }
    Some(
        Diagnostic::new(Code::E1010, format!("stale: `{}` ({id}): {}", new.name, reasons.join(", ")))
            .help("make the pack anew"),
    )
}
