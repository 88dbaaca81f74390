//! Versions: whether a query has changed, and whether its detection's version says so.
//!
//! In: detections and the targets. Out: what each means in each profile, findings about versions that were not raised,
//! and what changed between two sets of detections. Must not read or write files.

mod changes;
mod lock;
mod meaning;
#[cfg(test)]
mod tests;

pub use changes::{Change, Side, Snapshot, changelog, changes, report};
pub use lock::{FILE_NAME, Lock};
pub use meaning::{Meaning, meaning};
