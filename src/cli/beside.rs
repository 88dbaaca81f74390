//! What is written beside its place, and renamed when it is whole.
//!
//! In: a folder. Out: a temporary file or folder in it. It goes with the run, whether that ends well, with an error, or by
//! an interrupt; what a run leaves that was killed outright, the next one that writes there removes when it is an hour
//! old. Must not know what is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::{Builder, TempDir};

/// Nobody else names files so.
const PREFIX: &str = ".detc-writing-";

/// Writing takes seconds: what is older belongs to a run that is no more.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// As shells say it of a program that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// The temporaries of this run.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A temporary folder.
pub(super) struct Folder {
    // Removed first, then forgotten.
    folder: TempDir,
    _open: Open,
}

impl Folder {
    /// A new one in `within`, for this user alone.
    pub(super) fn new(within: &Path) -> io::Result<Self> {
        prepare(within);
        let folder = Builder::new().prefix(PREFIX).tempdir_in(within)?;
        let open = Open::of(folder.path());
        Ok(Self { folder, _open: open })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Writes bytes to a new file beside `path`, and puts that in its place.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let within = parent(path);
    prepare(&within);
    let mut file = builder().tempfile_in(&within)?;
    let open = Open::of(file.path());
    io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    let placed = commit(|| file.persist(path));
    drop(open);
    placed.map(drop).map_err(|error| error.error)
}

/// The folder that a file stands in.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Puts what is whole into its place. An interrupt waits for the end of it: it is all there, or nothing is.
pub(super) fn commit<T>(rename: impl FnOnce() -> T) -> T {
    let _held = open();
    rename()
}

/// A temporary that an interrupt must remove.
struct Open(PathBuf);

impl Open {
    fn of(path: &Path) -> Self {
        open().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        open().retain(|path| *path != self.0);
    }
}

fn open() -> MutexGuard<'static, Vec<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prepare(within: &Path) {
    static ONCE: Once = Once::new();
    // Where interrupts cannot be caught, they leave something to the next run.
    ONCE.call_once(|| drop(ctrlc::set_handler(interrupted)));
    sweep(within, SystemTime::now());
}

/// Removes what this run has not finished, and ends it.
fn interrupted() {
    // Never given back: nothing more is put into its place.
    let open = open();
    for path in open.iter() {
        // The other threads may still be writing into it.
        for _ in 0..100 {
            remove(path);
            if path.symlink_metadata().is_err() {
                break;
            }
        }
    }
    std::process::exit(INTERRUPTED);
}

/// Removes what runs have left in a folder that were killed. What cannot be removed stays: it is in nobody's way.
fn sweep(folder: &Path, now: SystemTime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let changed = entry.path().symlink_metadata().and_then(|data| data.modified());
        let age = changed.ok().and_then(|changed| now.duration_since(changed).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            remove(&entry.path());
        }
    }
}

fn remove(path: &Path) {
    // A link is removed as such: what it leads to is somebody else's.
    let is_folder = path.symlink_metadata().is_ok_and(|data| data.is_dir());
    let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// As other programs create files: for everybody whom the umask does not exclude.
#[cfg(unix)]
fn builder<'a, 'b>() -> Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;

    let mut builder = Builder::new();
    builder.prefix(PREFIX).permissions(fs::Permissions::from_mode(0o666));
    builder
}

/// As other programs create files.
#[cfg(not(unix))]
fn builder<'a, 'b>() -> Builder<'a, 'b> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_when_it_is_old() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at(".detc-writing-a1b2c3/tree/deep")).expect("created");
        for name in [".detc-writing-d4e5f6", ".detc-config", "detc-writing-x", "mine"] {
            fs::write(at(name), "x").expect("written");
        }
        let now = SystemTime::now();
        sweep(root.path(), now);
        assert_eq!(fs::read_dir(root.path()).expect("read").count(), 5, "another run may still be writing");
        sweep(root.path(), now + ABANDONED + Duration::from_secs(60));
        let left: std::collections::BTreeSet<String> = fs::read_dir(root.path())
            .expect("read")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [".detc-config", "detc-writing-x", "mine"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_with_such_a_name_leads_nowhere() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("precious")).expect("created");
        fs::write(root.path().join("precious/file"), "x").expect("written");
        std::os::unix::fs::symlink("precious", root.path().join(".detc-writing-000000")).expect("linked");
        sweep(root.path(), SystemTime::now() + ABANDONED * 2);
        assert!(!root.path().join(".detc-writing-000000").is_symlink());
        assert!(root.path().join("precious/file").exists());
    }
}
