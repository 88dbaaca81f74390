//! Maps and sets of the standard library and of `indexmap`, with a quick hash.
//!
//! In and out: nothing of its own. The standard hash resists whoever picks the keys on purpose at a cost of 5 to 7 % of a
//! whole run; this one is seeded anew for each run and is enough for files that a team writes. Where an order can be seen,
//! `IndexMap` keeps that of insertion. Must not know what is kept.

use foldhash::fast::RandomState;

/// A map in the order of insertion.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;

/// A set in the order of insertion.
pub type IndexSet<T> = indexmap::IndexSet<T, RandomState>;

/// A map whose order is never looked at.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A set whose order is never looked at.
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// How many values are compared with each other sooner than put into a set.
const FEW: usize = 8;

/// Whether values are few and all different: then each is there once, and no set need be made to see it.
pub fn are_few_and_differ<T: PartialEq>(values: &[T]) -> bool {
    values.len() <= FEW && values.iter().enumerate().all(|(place, value)| !values[..place].contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_compared_and_many_are_not() {
        assert!(are_few_and_differ::<u8>(&[]));
        assert!(are_few_and_differ(&[1, 2, 3]));
        assert!(!are_few_and_differ(&[1, 2, 1]));
        assert!(!are_few_and_differ(&(0..=FEW).collect::<Vec<_>>()));
    }
}
