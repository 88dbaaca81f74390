//! Lints: what is probably not meant, though it compiles.
//!
//! In: a resolved detection. Out: warnings. One file a lint, and the file's opening comment is its documentation. The
//! level is fixed by the code. Must not know how any target writes a query; [`unused_consents`] alone is told what
//! the targets needed.
//!
//! A new lint is a file beside these, a line in [`ALL`], and a code.

mod escaped_wildcard;
mod missing_tests;
mod plain_regex;
mod schedule_gap;
mod short_lookback;
#[cfg(test)]
mod tests;
mod unused_consent;

pub use unused_consent::{Tried, unused_consents};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Derivation, Detection, FieldTest, Keyword, Predicate};

/// One lint.
pub struct Lint {
    /// Its code, which fixes the level.
    pub code: Code,
    /// What it is called: the bad pattern in a few words joined by underscores, which is also its file's name.
    pub name: &'static str,
    source: &'static str,
    check: Check,
}

/// What a lint needs to see.
enum Check {
    /// The detection alone.
    Detection(fn(&Detection, &mut Vec<Diagnostic>)),
    /// What came of compiling it: [`unused_consents`].
    Compiled,
}

impl Lint {
    /// What it does, why it matters, an example, and what to write instead, in Markdown.
    pub fn documentation(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
    }
}

/// Every lint, by code.
pub const ALL: &[Lint] = &[
    Lint {
        code: Code::W0302,
        name: "unused_consent",
        source: include_str!("unused_consent.rs"),
        check: Check::Compiled,
    },
    Lint {
        code: Code::W0401,
        name: "escaped_wildcard",
        source: include_str!("escaped_wildcard.rs"),
        check: Check::Detection(escaped_wildcard::check),
    },
    Lint {
        code: Code::W0402,
        name: "plain_regex",
        source: include_str!("plain_regex.rs"),
        check: Check::Detection(plain_regex::check),
    },
    Lint {
        code: Code::W0403,
        name: "schedule_gap",
        source: include_str!("schedule_gap.rs"),
        check: Check::Detection(schedule_gap::check),
    },
    Lint {
        code: Code::W0404,
        name: "short_lookback",
        source: include_str!("short_lookback.rs"),
        check: Check::Detection(short_lookback::check),
    },
    Lint {
        code: Code::W0601,
        name: "missing_tests",
        source: include_str!("missing_tests.rs"),
        check: Check::Detection(missing_tests::check),
    },
];

/// Every finding about a detection as such, in the order of the file. [`unused_consents`] has the rest.
pub fn lint(detection: &Detection) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for lint in ALL {
        match lint.check {
            Check::Detection(check) => check(detection, &mut findings),
            Check::Compiled => {}
        }
    }
    Diagnostic::sort(&mut findings);
    findings
}

/// Visits every test of the condition and of the cases of derived fields.
fn visit_tests<'a>(
    detection: &'a Detection,
    on_field: &mut impl FnMut(&'a FieldTest),
    on_keyword: &mut impl FnMut(&'a Keyword),
) {
    let sets = detection.logic.event_sets();
    let derived = sets.flat_map(|events| {
        visit_predicate(&events.condition, on_field, on_keyword);
        &events.derived
    });
    for derived in derived.collect::<Vec<_>>() {
        match &derived.how {
            Derivation::Case { branches, .. } => {
                branches.iter().for_each(|(when, _)| visit_predicate(when, on_field, on_keyword));
            }
            Derivation::FirstOf(_)
            | Derivation::Pair { .. }
            | Derivation::Element { .. }
            | Derivation::Lower(_)
            | Derivation::Split { .. }
            | Derivation::Capture { .. }
            | Derivation::Network { .. }
            | Derivation::Replace { .. } => {}
        }
    }
}

fn visit_predicate<'a>(
    predicate: &'a Predicate,
    on_field: &mut impl FnMut(&'a FieldTest),
    on_keyword: &mut impl FnMut(&'a Keyword),
) {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => {
            members.iter().for_each(|member| visit_predicate(member, on_field, on_keyword));
        }
        Predicate::Not(inner) => visit_predicate(inner, on_field, on_keyword),
        Predicate::Field(test) => on_field(test),
        Predicate::Keyword(keyword) => on_keyword(keyword),
    }
}
