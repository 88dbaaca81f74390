//! The bindings of one profile, read and checked once a source.
//!
//! In: the catalogue and a target's own way to read a binding. Out: the binding, or the finding that the source does
//! not exist there. Must not know what a binding holds.

use std::sync::{Arc, PoisonError, RwLock};

use super::Profile;
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::maps::HashMap;
use crate::source::Spanned;

/// Reads a source's binding for a profile. `None` when the source does not exist there.
type Read<T> = fn(&Arc<Source>, &str) -> Result<Option<T>, Vec<Diagnostic>>;

/// A source with its binding, or the findings about either.
type Bound<T> = Result<(Arc<Source>, Option<Arc<T>>), Vec<Diagnostic>>;

/// The bindings of one profile; `T` is what the target makes of one.
pub(super) struct Bindings<T> {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
    read: Read<T>,
    known: RwLock<HashMap<String, Bound<T>>>,
}

impl<T> Bindings<T> {
    /// Nothing is read yet.
    pub(super) fn new(profile: &'static Profile, catalogue: Arc<Catalogue>, read: Read<T>) -> Self {
        Self { profile, catalogue, read, known: RwLock::default() }
    }

    /// The source that a detection names and its binding, or `E0502` at the name.
    pub(super) fn find(
        &self,
        id: &Spanned<String>,
        detection: &ir::Detection,
    ) -> Result<(Arc<Source>, Arc<T>), Vec<Diagnostic>> {
        let profile = self.profile.id;
        let absent = |reason: &str, help: String| {
            let message = format!("{profile}: the data source `{}` does not exist there", id.value);
            vec![Diagnostic::new(Code::E0502, message).at(&detection.file, id.span, reason).help(help)]
        };
        match self.bound(&id.value) {
            None => Err(absent("not in the catalogue", "`detc sources` lists all of them".to_owned())),
            Some(Err(findings)) => Err(findings),
            Some(Ok((source, Some(binding)))) => Ok((source, binding)),
            Some(Ok((source, None))) => {
                let raw = format!("write the query under `raw: {{{profile}: {{query: …, reason: …}}}}`");
                let others: Vec<&str> = source.profiles().collect();
                let help = match others.as_slice() {
                    [] => raw,
                    others => format!("compile for {}, or {raw}", others.join(", ")),
                };
                Err(absent(source.absent(profile).unwrap_or("the catalogue has no binding for it"), help))
            }
        }
    }

    fn bound(&self, id: &str) -> Option<Bound<T>> {
        // A panic elsewhere leaves whole entries only, so the map stays usable.
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Some(known.clone());
        }
        let bound = self.catalogue.source(id)?.and_then(|source| {
            let binding = (self.read)(&source, self.profile.id)?;
            Ok((source, binding.map(Arc::new)))
        });
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), bound.clone());
        Some(bound)
    }
}
