//! Sigma in: rules, correlations and filters of the Sigma specification 2.1.0.
//!
//! In: YAML files, several documents a file, and the catalogue. Out: checked detections. Selections, modifiers and
//! conditions are read by `resolve`, so they mean one thing in the whole project; what is here is the shape of the
//! documents, their metadata, and the way from a log source to a data source. Must not know any target.
//!
//! <https://github.com/SigmaHQ/sigma-specification/tree/v2.1.0/specification>

mod assembly;
mod chain;
mod correlation;
mod document;
mod entries;
mod filter;
mod joining;
mod logsource;
mod metadata;
mod neutral;
mod rule;
mod tags;
#[cfg(test)]
mod tests;
mod together;

pub use correlation::Correlation;
pub use document::{Document, read};
pub use filter::{Filter, unmet};
pub use metadata::Metadata;
pub use neutral::{Imported, Note};
pub use rule::{Context, Rule};
pub use together::Together;
