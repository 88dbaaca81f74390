//! The differences from duckdb-kql that are understood. `DIFFERENCES.md` explains each under its name.

/// The names of all reasons.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    REASONS.iter().map(|(name, _)| *name)
}

/// Whether a query, and how the answers differ, show a reason.
type Shows = fn(&str, &str) -> bool;

const REASONS: &[(&str, Shows)] = &[
    ("several-names", |query, how| {
        query.contains("(z0, z1) = ") && (how.contains("columns") || how.contains("failed there"))
    }),
    ("null-string", |query, how| {
        let tests_empty = query.contains(r#"has_cs """#) || query.contains(r#"has """#);
        query.contains("outer (") && tests_empty && how.trim_end().ends_with("only there:")
    }),
];

/// Why a query may give other rows there.
pub(crate) fn reason(query: &str, how: &str) -> Option<&'static str> {
    REASONS.iter().find(|(_, shows)| shows(query, how)).map(|(name, _)| *name)
}
