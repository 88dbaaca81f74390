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
