//! `--watch`: the same run again after every change of what it reads.
//!
//! In: a run, and the files and folders that it reads. Out: the runs, until the program is interrupted. Must not know what
//! a run does.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::Outcome;
use super::failure::Failure;
use super::output::Output;

/// An editor saves in several steps: so long must it be quiet before the next run.
const QUIET: Duration = Duration::from_millis(50);

/// Runs `once` now and after every change below what it says that it reads. A run that could not be carried out is told,
/// and the next one may mend it; only the first must say what to watch. `Ok` when no change can come any more.
pub(super) fn run(
    output: &Output,
    mut reads: impl FnMut() -> Result<Vec<PathBuf>, Failure>,
    mut once: impl FnMut() -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut watched = reads()?;
    loop {
        // What changes during the run is seen after it.
        let (changes, watcher) = watch(&watched)?;
        let outcome = once().unwrap_or_else(|failure| {
            output.problem(&failure.to_string());
            Outcome::Findings
        });
        output.say("waiting for a change; Ctrl-C ends this");
        if !changed(&changes, &watched) {
            return Ok(outcome);
        }
        drop(watcher);
        output.say("");
        watched = reads().unwrap_or(watched);
    }
}

/// Watches each folder with all that it holds, and the folder of each file: editors put a new one in its place.
fn watch(paths: &[PathBuf]) -> Result<(Receiver<notify::Result<Event>>, impl Watcher), Failure> {
    let (sender, changes) = channel();
    let failed = |error: notify::Error| Failure::new(format!("cannot watch for changes: {error}"));
    let mut watcher = notify::recommended_watcher(sender).map_err(failed)?;
    for path in paths {
        let (folder, mode) = match path.parent() {
            Some(parent) if !path.is_dir() => (parent, RecursiveMode::NonRecursive),
            _ => (path.as_path(), RecursiveMode::Recursive),
        };
        watcher.watch(folder, mode).map_err(failed)?;
    }
    Ok((changes, watcher))
}

/// Waits for a change of one of these, and until it is over. `false` when none can come.
fn changed(changes: &Receiver<notify::Result<Event>>, watched: &[PathBuf]) -> bool {
    let concerns = |path: &Path| watched.iter().any(|one| path.starts_with(one));
    loop {
        match changes.recv() {
            Ok(Ok(event)) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(Ok(event)) if !event.paths.iter().any(|path| concerns(path)) => {}
            // Of an error nothing is known but that something happened.
            Ok(_) => break,
            Err(_) => return false,
        }
    }
    while changes.recv_timeout(QUIET).is_ok() {}
    true
}
