//! Other formats in: what others wrote becomes a detection.
//!
//! In: files of another format and the catalogue. Out: what `resolve` makes of them, so that every word means what it
//! means in the neutral format, with findings that point into the file as it was written. One folder a format;
//! `neutral` writes detections that people can own. Must not know any target.

pub mod escu;
pub mod neutral;
pub mod sigma;
