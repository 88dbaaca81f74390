//! Folders of others that tests read where they are at hand.
//!
//! In: a folder. Out: its files, in an order that is the same everywhere.

use std::fs;
use std::path::{Path, PathBuf};

/// Every `.yml` file below a folder, in alphabetical order.
pub(crate) fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
