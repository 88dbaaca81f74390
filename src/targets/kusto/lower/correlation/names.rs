//! Names for what a query adds: tables and columns that hide nothing.
//!
//! In: a wanted name. Out: one that nothing else in the query has. Must not know what it is for.

use std::sync::Arc;

use crate::ir::Correlation;
use crate::targets::kusto::lower::output::plain;
use crate::targets::kusto::prepared::Prepared;
use crate::targets::kusto::tokens::Ident;

/// Columns that every summary has.
const OF_SUMMARIES: [&str; 4] = ["count_", "firstTime", "lastTime", "ReportId"];

/// The names of one query.
pub(super) struct Names<'a> {
    bindings: &'a [Arc<Prepared>],
    derived: Vec<&'a str>,
    taken: Vec<String>,
}

impl<'a> Names<'a> {
    /// Only what the bindings and the detection name is there.
    pub(super) fn new(bindings: &'a [Arc<Prepared>], correlation: &'a Correlation) -> Self {
        let derived = correlation.stages.iter().flat_map(|stage| &stage.events.derived);
        let times = bindings.iter().map(|binding| binding.time.0.clone());
        Self {
            bindings,
            derived: derived.map(|derived| &*derived.field.name).collect(),
            taken: OF_SUMMARIES.iter().map(|name| (*name).to_owned()).chain(times).collect(),
        }
    }

    /// Nothing else is called so.
    pub(super) fn reserve<'n>(&mut self, names: impl Iterator<Item = &'n Ident>) {
        self.taken.extend(names.map(|name| name.0.clone()));
    }

    /// A column after a `project`: only other new columns count.
    pub(super) fn column(&mut self, wanted: &str) -> Ident {
        self.unless(wanted, |_| false)
    }

    /// A table, or a column that stands beside those of a table.
    pub(super) fn helper(&mut self, wanted: &str) -> Ident {
        let (bindings, derived) = (self.bindings, self.derived.clone());
        self.unless(wanted, |name| {
            derived.contains(&name) || bindings.iter().any(|binding| binding.knows(name))
        })
    }

    /// Whether a column of this name is new.
    pub(super) fn has(&self, name: &Ident) -> bool {
        self.taken.contains(&name.0)
    }

    fn unless(&mut self, wanted: &str, known: impl Fn(&str) -> bool) -> Ident {
        let mut name = plain(wanted);
        while self.taken.contains(&name) || known(&name) {
            name.push('_');
        }
        self.taken.push(name.clone());
        Ident::new(name)
    }
}
