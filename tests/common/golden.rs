//! Files that are generated, and must be as they would be generated now.
//!
//! In: a path and what it must hold. Out: nothing, or a failure with the difference. `UPDATE=1` writes the file instead.

use std::fs;
use std::path::Path;

use similar::TextDiff;

/// Compares a file of the repository with what it must hold; with `UPDATE=1`, writes it.
pub(crate) fn assert_up_to_date(path: &str, expected: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&full, expected).expect("the file can be written");
        return;
    }
    let present = fs::read_to_string(&full).unwrap_or_default();
    let difference = TextDiff::from_lines(present.as_str(), expected);
    assert!(
        present == expected,
        "{path} is out of date; UPDATE=1 cargo test writes it\n{}",
        difference.unified_diff().header("present", "expected")
    );
}
