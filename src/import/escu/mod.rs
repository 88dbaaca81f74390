//! Splunk's security content in: the YAML of contentctl 4 and 5 and of ESCU 6.
//!
//! In: files of detections and macros, and the catalogue. Out: detections in the neutral format where the search says
//! something that the format can say, the search itself under `raw` with the reason where it does not. The search is read
//! by `spl`; fields are found in the catalogue's Splunk bindings, read backwards. Must not know any target.

mod backwards;
mod document;
mod expression;
mod import;
mod layout;
mod logic;
mod metadata;
mod pipeline;
mod places;
mod results;
mod risk;
#[cfg(test)]
mod tests;

pub use document::{Document, Entry, read};
pub use import::{Imported, Importer};
