//! The shipped detections, as files.
//!
//! In: the folder `detections/`. Out: every detection file in it, with its name as a user at the root of the repository
//! would write it, in alphabetical order.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::source::SourceFile;

/// Every file below `detections/`. A file that is no detection is a failure, so that a misnamed one is not missed.
pub(crate) fn shipped() -> Vec<Arc<SourceFile>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join("detections"), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "detections/ holds no detection");
    paths
        .iter()
        .map(|path| {
            assert!(path.extension().is_some_and(|e| e == "yml"), "{} is no detection", path.display());
            let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
            SourceFile::new(name, fs::read_to_string(path).expect("a detection can be read"))
        })
        .collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder detections/ can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path);
        }
    }
}
