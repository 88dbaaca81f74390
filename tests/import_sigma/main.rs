//! `detc import sigma`: what a correlation or a rule with its filters becomes is what `detc convert` makes of it.
//!
//! `rules/` holds examples of this project's own, several for each kind of correlation; each file is a run of its own.
//! `detections/` holds the detections that they become; `UPDATE=1 cargo test --test import_sigma` writes them.

#[path = "../common/corpora.rs"]
mod corpora;
mod files;
#[path = "../common/golden.rs"]
mod golden;
mod joined;
mod queries;
#[path = "../common/say.rs"]
mod say;
