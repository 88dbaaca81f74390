//! The marks in a recording of a YAML file, which `build.rs` writes and `recorded` reads: of each part of a document, in
//! order, a mark, then how far it begins behind the beginning of the part before it, then its length in bytes. What
//! ends has its mark alone. Numbers are LEB128.

/// A mapping begins.
pub(super) const MAP: u8 = 0;

/// A sequence begins.
pub(super) const LIST: u8 = 1;

/// The innermost collection ends.
pub(super) const END: u8 = 2;

/// A scalar without quotes, whose value is what is written.
pub(super) const PLAIN: u8 = 3;

/// A scalar in quotes, whose value is what is written between them.
pub(super) const QUOTED: u8 = 4;

/// A scalar without quotes that is folded: the length of its value and that follow.
pub(super) const PLAIN_VALUE: u8 = 5;

/// A scalar in quotes, or a block, whose value is not what is written: the length of its value and that follow.
pub(super) const QUOTED_VALUE: u8 = 6;
