//! Writing a tree of files, all or nothing, and comparing one with what is there.
//!
//! In: relative paths with their bytes. Out: a folder that holds them, and a manifest of what detc wrote there. A file
//! that the manifest does not list was written by somebody else and is never replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path};

use rayon::prelude::*;
use serde_json::{Value, json};
use similar::TextDiff;

use super::beside;
use super::failure::Failure;

/// Name of the manifest of a tree whose files have none of their own.
pub(super) const MANIFEST: &str = "manifest.json";

/// Files to write: relative path with `/`, and bytes. Ordered, so that everything that follows is.
pub(super) type Files<B = Vec<u8>> = BTreeMap<String, B>;

/// One of them.
type File<'f> = (&'f str, &'f [u8]);

/// What writing did, or would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// How many files are new or changed.
    pub(super) changed: usize,
    /// Files of an earlier run that this run does not write.
    pub(super) left_over: Vec<String>,
}

/// Writes the files below `folder`. A new folder appears at once, complete; in one that exists, each file is replaced
/// at once, after all of them have been written beside it. `prune` deletes what earlier runs left over. `manifest` is
/// the name of the manifest, which is written unless it is among the files.
pub(super) fn write<B: AsRef<[u8]>>(
    folder: &Path,
    files: &Files<B>,
    manifest: &str,
    prune: bool,
) -> Result<Written, Failure> {
    let new = !folder.exists();
    let ours = if new { Manifest::default() } else { Manifest::read(folder, manifest)? };
    let left_over = ours.left_over(folder, files);
    let changed = if new { files.len() } else { changed(folder, files, &ours, manifest)? };

    let kept = left_over.iter().filter(|_| !prune).cloned();
    let listed = Manifest { files: files.keys().cloned().chain(kept).collect() }.text();
    let listed = (!files.contains_key(manifest)).then_some((manifest, listed.as_bytes()));
    let all: Vec<File> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_ref())).chain(listed).collect();
    let gone = if prune { left_over.as_slice() } else { &[] };
    refuse_links(folder, gone.iter().map(String::as_str))?;
    if new { create(folder, &all) } else { replace(folder, &all, manifest, gone) }
        .map_err(|error| Failure::io("write", folder, &error))?;
    Ok(Written { changed, left_over })
}

/// How many of the files are not in the folder as they are to be.
///
/// # Errors
///
/// One stands there that detc has not written, or is reached through a link.
fn changed<B: AsRef<[u8]>>(
    folder: &Path,
    files: &Files<B>,
    ours: &Manifest,
    manifest: &str,
) -> Result<usize, Failure> {
    refuse_links(folder, files.keys().map(String::as_str))?;
    let mut changed = 0;
    for (name, bytes) in files {
        let path = folder.join(name);
        match read(&path)? {
            Some(there) if there == bytes.as_ref() => {}
            Some(_) if !ours.files.contains(name) && name != manifest => {
                return Err(Failure::new(format!("`{}` was not written by detc", path.display()))
                    .help("move it away, or give another folder with -o; nothing was written"));
            }
            Some(_) | None => changed += 1,
        }
    }
    Ok(changed)
}

/// What is different from the files that would be written: a unified diff a file.
pub(super) fn compare<B: AsRef<[u8]>>(
    folder: &Path,
    files: &Files<B>,
) -> Result<(Vec<String>, Written), Failure> {
    let left_over = Manifest::read(folder, MANIFEST)?.left_over(folder, files);
    let mut diffs = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        let there = read(&path)?;
        let bytes = bytes.as_ref();
        if there.as_deref() != Some(bytes) {
            let shown = path.display().to_string();
            let old = if there.is_some() { shown.as_str() } else { "/dev/null" };
            let there = there.unwrap_or_default();
            let (there, text) = (String::from_utf8_lossy(&there), String::from_utf8_lossy(bytes));
            diffs.push(TextDiff::from_lines(&*there, &*text).unified_diff().header(old, &shown).to_string());
        }
    }
    let changed = diffs.len();
    Ok((diffs, Written { changed, left_over }))
}

/// The bytes of a file, if there is one.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

/// The files and folders below `folder` must be no links to somewhere else.
fn refuse_links<'n>(folder: &Path, names: impl Iterator<Item = &'n str>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for name in names {
        // From the file upwards, until a folder that was looked at.
        for part in Path::new(name).ancestors().take_while(|part| !part.as_os_str().is_empty()) {
            if !seen.insert(part) {
                break;
            }
            let path = folder.join(part);
            if path.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
                return Err(Failure::new(format!("`{}` is a link, and may lead elsewhere", path.display()))
                    .help("remove it, or give another folder with -o; nothing was written"));
            }
        }
    }
    Ok(())
}

/// Writes a folder that does not exist yet: beside its place, then renamed.
fn create(folder: &Path, files: &[File]) -> io::Result<()> {
    let parent = beside::parent(folder);
    fs::create_dir_all(&parent)?;
    let beside = beside::Folder::new(&parent)?;
    // A folder of its own inside: the temporary one is private to the user, the result must not be.
    let built = beside.path().join("tree");
    fs::create_dir(&built)?;
    write_plain(&built, files)?;
    beside::commit(|| fs::rename(&built, folder))
}

/// Writes into a folder that exists: all files to a temporary folder inside, then each renamed. The manifest goes
/// first: should the run be cut short, the files are still known as detc's own. Last, the files go that are `gone`.
fn replace(folder: &Path, files: &[File], manifest: &str, gone: &[String]) -> io::Result<()> {
    let beside = beside::Folder::new(folder)?;
    write_plain(beside.path(), files)?;
    let names = || files.iter().map(|(name, _)| *name);
    let mut manifest_first =
        names().filter(|name| *name == manifest).chain(names().filter(|name| *name != manifest));
    beside::commit(|| {
        create_folders(folder, files)?;
        manifest_first.try_for_each(|name| fs::rename(beside.path().join(name), folder.join(name)))?;
        gone.iter().try_for_each(|name| fs::remove_file(folder.join(name)))
    })
}

/// Writes files where none of them is.
fn write_plain(folder: &Path, files: &[File]) -> io::Result<()> {
    create_folders(folder, files)?;
    files.par_iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}

/// The folders in which the files stand.
fn create_folders(folder: &Path, files: &[File]) -> io::Result<()> {
    let parents: BTreeSet<_> = files.iter().filter_map(|(name, _)| Path::new(name).parent()).collect();
    parents.into_iter().try_for_each(|parent| fs::create_dir_all(folder.join(parent)))
}

/// The list of what detc wrote into a folder.
#[derive(Default)]
struct Manifest {
    files: BTreeSet<String>,
}

impl Manifest {
    /// The list in a manifest: of names, or of names with more about each.
    fn read(folder: &Path, manifest: &str) -> Result<Self, Failure> {
        let path = folder.join(manifest);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::io("read", &path, &error)),
        };
        let foreign = || {
            Failure::new(format!("`{}` was not written by detc", path.display()))
                .help("give another folder with -o; nothing was written")
        };
        let value: Value = serde_json::from_str(&text).map_err(|_| foreign())?;
        let files = match value.get("files").filter(|_| value["generator"] == "detc") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::Object(names)) => names.keys().cloned().collect(),
            _ => return Err(foreign()),
        };
        Ok(Self { files })
    }

    /// Files listed here that are still there, though not among `files`. Only names that stay inside the folder count:
    /// the manifest is a file like any other, and may have been edited.
    fn left_over<B>(&self, folder: &Path, files: &Files<B>) -> Vec<String> {
        let inside =
            |name: &&String| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        let listed = self.files.iter().filter(inside).filter(|name| !files.contains_key(*name));
        listed.filter(|name| folder.join(name).is_file()).cloned().collect()
    }

    fn text(&self) -> String {
        format!("{:#}\n", json!({"generator": "detc", "files": self.files}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_tree_is_written_compared_and_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        let out = root.path().join("deep/out");
        let first = files(&[("splunk/a.spl", "a\n"), ("splunk/b.spl", "b\n")]);
        assert_eq!(write(&out, &first, MANIFEST, false).expect("written").changed, 2);
        assert!(compare(&out, &first).expect("compared").0.is_empty());

        let second = files(&[("splunk/a.spl", "A\n")]);
        let (diffs, found) = compare(&out, &second).expect("compared");
        assert!(diffs[0].contains("-a\n+A\n"), "{diffs:?}");
        assert_eq!(found.left_over, ["splunk/b.spl"]);
        assert_eq!(write(&out, &second, MANIFEST, false).expect("written").changed, 1);
        assert_eq!(fs::read_to_string(out.join("splunk/b.spl")).expect("kept"), "b\n");

        write(&out, &second, MANIFEST, true).expect("written");
        assert!(!out.join("splunk/b.spl").exists());
        assert_eq!(fs::read_dir(&out).expect("read").count(), 2, "only splunk/ and the manifest");
        assert_eq!(
            fs::read_dir(root.path().join("deep")).expect("read").count(),
            1,
            "no temporary folder is left"
        );
    }

    #[test]
    fn foreign_files_are_never_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("splunk")).expect("created");
        fs::write(root.path().join("splunk/a.spl"), "mine").expect("written");
        let error =
            write(root.path(), &files(&[("splunk/a.spl", "a\n"), ("splunk/b.spl", "b\n")]), MANIFEST, false);
        assert!(error.expect_err("refused").to_string().contains("not written by detc"));
        assert!(!root.path().join("splunk/b.spl").exists());

        fs::write(root.path().join(MANIFEST), "{}").expect("written");
        assert!(write(root.path(), &files(&[("splunk/b.spl", "b\n")]), MANIFEST, false).is_err());
    }

    #[test]
    fn an_edited_manifest_cannot_delete_elsewhere() {
        let root = tempfile::tempdir().expect("a folder");
        let out = root.path().join("out");
        fs::create_dir(&out).expect("created");
        fs::write(root.path().join("precious"), "x").expect("written");
        fs::write(out.join(MANIFEST), r#"{"generator":"detc","files":["../precious"]}"#).expect("written");
        write(&out, &files(&[("a", "a")]), MANIFEST, true).expect("written");
        assert!(root.path().join("precious").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().expect("a folder");
        let out = root.path().join("out");
        fs::create_dir_all(root.path().join("elsewhere")).expect("created");
        fs::create_dir(&out).expect("created");
        std::os::unix::fs::symlink("../elsewhere", out.join("splunk")).expect("linked");
        assert!(write(&out, &files(&[("splunk/a.spl", "a")]), MANIFEST, false).is_err());
    }
}
