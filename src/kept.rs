//! What is worked out once and kept: compiled regular expressions, above all.
//!
//! In: a key, and a way to make the value. Out: the value, made now or before. Must not know what is kept. To compile an
//! expression takes longer than to read the rest of its query, and the same ones stand in every query over a data source.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::maps::HashMap;

/// How many values are kept.
const MOST: usize = 256;

/// Values by key, shared by all threads. When there are too many, it begins anew.
pub struct Kept<K, V> {
    known: LazyLock<Mutex<HashMap<K, V>>>,
}

impl<K: Hash + Eq, V: Clone> Kept<K, V> {
    /// Nothing yet.
    pub const fn empty() -> Self {
        Self { known: LazyLock::new(Mutex::default) }
    }

    /// The value of a key. Two threads that ask for a new one at the same time both make it; one is kept.
    pub fn get<Q>(&self, key: &Q, make: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        // A panic elsewhere leaves whole entries only.
        if let Some(value) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return value.clone();
        }
        let value = make();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key.to_owned(), value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_no_more_are_kept_than_fit() {
        static KEPT: Kept<String, usize> = Kept::empty();
        assert_eq!(KEPT.get("a", || 1), 1);
        assert_eq!(KEPT.get("a", || 2), 1);
        for number in 0..MOST {
            KEPT.get(&format!("b{number}"), || number);
        }
        assert_eq!(KEPT.get("a", || 3), 3);
    }
}
