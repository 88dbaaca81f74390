//! How tightly KQL's operators bind.
//!
//! In: nothing. Out: an order, so that the printer writes the parentheses that are needed. Must not know expressions.

/// From the loosest to the tightest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Precedence {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`, `<`, `in~`, `contains`, `between` …: none of them may follow another without parentheses.
    Comparison,
    /// `+` and `-`
    Sum,
    /// `*`, `/` and `%`
    Product,
    /// A sign.
    Sign,
    /// Names, literals, calls and paths.
    Primary,
}
