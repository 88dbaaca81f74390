//! What a query needs beside the events: lists and macros.
//!
//! In: recorded while a target lowers a detection. Out: what packs and manifests must bring along. Must not know how a
//! target writes either.

use std::sync::Arc;

use crate::ir::{List, Membership};

/// What must be there for a query to run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Needs {
    /// The lists, each use of one once.
    pub lists: Vec<NeededList>,
    /// The names of macros, in order of first use.
    pub macros: Vec<String>,
}

/// A list, and how the query comes by its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct NeededList {
    /// The list.
    pub list: Arc<List>,
    /// The column that a field is held against.
    pub column: String,
    /// How.
    pub how: Delivery,
}

/// How a query comes by the rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It looks them up in a lookup of the list's name.
    Lookup,
    /// It reads a watchlist whose alias is the list's name.
    Watchlist,
    /// They are part of the query: a changed list needs a new query.
    Inline,
    /// Who converts the rule puts them in place of a placeholder.
    Placeholder,
}

impl Delivery {
    /// The word for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Delivery::Lookup => "lookup",
            Delivery::Watchlist => "watchlist",
            Delivery::Inline => "inline",
            Delivery::Placeholder => "placeholder",
        }
    }
}

impl NeededList {
    /// The need of one test.
    pub fn new(membership: &Membership, how: Delivery) -> Self {
        let column = membership.column().map(|column| column.name.clone()).unwrap_or_default();
        Self { list: Arc::clone(&membership.list), column, how }
    }

    /// Adds this to a list of needs, once.
    pub fn add_to(self, needed: &mut Vec<NeededList>) {
        let same = |other: &NeededList| {
            other.list.name == self.list.name && other.column == self.column && other.how == self.how
        };
        if !needed.iter().any(same) {
            needed.push(self);
        }
    }
}
