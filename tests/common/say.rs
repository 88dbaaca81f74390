//! What a test says although it passes: what it skipped, and how much it compared.

use std::io::Write;

/// One line on stderr, past the harness, which would keep it to itself.
pub(crate) fn say(text: &str) {
    // Nobody may be there to read it: that is no failure.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
