//! Where text comes from: files, byte spans, and values that remember their span.
//!
//! In: the text of a file. Out: lines, columns and excerpts for diagnostics.
//! Must not know what the text means.

mod file;
mod joined;
mod spanned;

pub use file::{LineColumn, SourceFile};
pub use spanned::{Span, Spanned};
