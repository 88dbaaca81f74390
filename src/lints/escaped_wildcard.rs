//! ## What it does
//! Finds paths that hold an escaped wildcard: `C:\Users\*`, `\*\cmd.exe`, `\Temp\*.bin`.
//!
//! ## Why it matters
//! A backslash before `*` or `?` makes it a plain character, so `C:\Users\*` is the text `C:\Users*` with a star in
//! it, which no event holds. The rule compiles everywhere and never fires. A value without any other backslash, such
//! as `\*.bak` in a command line, is taken to be meant.
//!
//! ## Example
//! ```yaml
//! Image: 'C:\Users\*'
//! ```
//!
//! ## Use instead
//! ```yaml
//! Image|startswith: 'C:\Users\'    # or 'C:\Users\\*'
//! ```
//! A backslash followed by a plain star is `\\\*`, and is not reported; nor is the `\??\` before paths of the kernel.

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Detection, Match, Pattern};
use crate::source::Span;

use super::visit_tests;

pub(super) fn check(detection: &Detection, findings: &mut Vec<Diagnostic>) {
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut keywords: Vec<(Span, String)> = Vec::new();
    visit_tests(
        detection,
        &mut |test| {
            for alternative in &test.any_of {
                if let Match::Text { pattern, .. } = alternative
                    && is_doubtful(pattern)
                {
                    found.push((test.span, pattern.to_sigma()));
                }
            }
        },
        &mut |keyword| {
            let doubtful = keyword.any_of.iter().filter(|pattern| is_doubtful(pattern));
            keywords.extend(doubtful.map(|pattern| (keyword.span, pattern.to_sigma())));
        },
    );
    for (span, value) in found.into_iter().chain(keywords) {
        findings.push(
            Diagnostic::new(Code::W0401, format!("`{value}` has a plain star or question mark in it"))
                .at(&detection.file, span, "a backslash before a wildcard makes it a plain character")
                .help(r"write `\\*` for a backslash and a wildcard, or leave the wildcard to `startswith` or `endswith`"),
        );
    }
}

/// A literal star can only have been written with one backslash before it. Where a backslash, or another wildcard in
/// its turn, stands before it all the same, it was written `\\\*` and is meant.
fn is_doubtful(pattern: &Pattern) -> bool {
    const WILDCARDS: [char; 2] = ['*', '?'];
    let is_meant = |before: &str| before.ends_with(['\\', '*', '?']);
    let doubtful = |text: &str| text.match_indices(WILDCARDS).any(|(at, _)| !is_meant(&text[..at]));
    let holds = |c: u8| pattern.literals().any(|text| text.as_bytes().contains(&c));
    holds(b'\\') && (holds(b'*') || holds(b'?')) && pattern.literals().any(doubtful)
}
