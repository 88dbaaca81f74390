//! How much a search may take. A hostile search must not take the machine.

/// Levels of parentheses, brackets, function calls and macros.
pub(super) const DEPTH: usize = 64;

/// Bytes of a search, before and after its macros are expanded.
pub(super) const TEXT: usize = 256 * 1024;

/// Macros that one text calls, with those that they call.
pub(super) const CALLS: usize = 10_000;

/// Rows at any point of a search.
pub(super) const ROWS: usize = 200_000;

/// Bytes of one value, and values of one field.
pub(super) const VALUE: usize = 1024 * 1024;

/// Steps of one run: about one per row and command, per expression, and per 64 bytes of text that a regex reads.
pub(super) const STEPS: u64 = 10_000_000;

/// Bytes that one run makes anew.
pub(super) const BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of one compiled regular expression.
pub(super) const REGEX: usize = 1024 * 1024;
