//! From a log source to a data source of the catalogue.
//!
//! In: `logsource` of a rule, and the `sigma` bindings of the catalogue. Out: the id of a data source. A log source
//! belongs to the data source whose binding names the very same category, product and service, and says nothing more
//! of its events: a binding with facts (`select`) is a part of a log source, which only its author can choose.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::entries::Entries;
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::did_you_mean;
use crate::yaml::{Node, Value};

/// The profile whose bindings name log sources.
const PROFILE: &str = "sigma";

/// What a rule says of where its events come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Logsource {
    /// A kind of event that several products have.
    pub category: Option<String>,
    /// The product.
    pub product: Option<String>,
    /// One of its logs.
    pub service: Option<String>,
}

impl Logsource {
    /// Reads `logsource`. Nothing when it names none of the three, which would be every log.
    pub(super) fn read(entries: &mut Entries) -> Option<Self> {
        let mut part = |key| entries.text(key).map(|text| text.value.trim().to_lowercase());
        let logsource =
            Self { category: part("category"), product: part("product"), service: part("service") };
        (logsource != Self::default()).then_some(logsource)
    }

    /// As a person would say it: `product windows, category process_creation`.
    pub fn words(&self) -> String {
        [("product", &self.product), ("category", &self.category), ("service", &self.service)]
            .into_iter()
            .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} {value}")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// How many of its parts another has as well.
    fn shared(&self, other: &Self) -> usize {
        let same = |one: &Option<String>, two: &Option<String>| usize::from(one.is_some() && one == two);
        same(&self.category, &other.category)
            + same(&self.product, &other.product)
            + same(&self.service, &other.service)
    }
}

/// Which data source serves which log source.
#[derive(Debug)]
pub struct Logsources {
    sources: HashMap<Logsource, String>,
}

impl Logsources {
    /// Reads the bindings of the whole catalogue. Sources that cannot be read serve no log source: whoever names one
    /// is told what is wrong with it. Of two that serve the same, the first by id wins.
    pub fn of(catalogue: &Catalogue) -> Self {
        let ids: Vec<&str> = catalogue.ids().collect();
        let served: Vec<Option<(Logsource, String)>> = ids
            .par_iter()
            .map(|id| {
                let source = catalogue.source(id)?.ok()?;
                served(&source).map(|logsource| (logsource, source.id.clone()))
            })
            .collect();
        let mut sources = HashMap::new();
        for (logsource, id) in served.into_iter().flatten() {
            sources.entry(logsource).or_insert(id);
        }
        Self { sources }
    }

    /// The data source that serves a log source.
    pub fn find(&self, logsource: &Logsource) -> Option<&str> {
        self.sources.get(logsource).map(String::as_str)
    }

    /// The log source of the catalogue that is nearest to one that nothing serves: by its letters, or by the parts that
    /// both have.
    pub fn nearest(&self, logsource: &Logsource) -> Option<&Logsource> {
        let words: BTreeMap<String, &Logsource> =
            self.sources.keys().map(|known| (known.words(), known)).collect();
        if let Some(near) = did_you_mean(&logsource.words(), words.keys().map(String::as_str)) {
            return words.get(near).copied();
        }
        let most = self.sources.keys().map(|known| known.shared(logsource)).max().filter(|most| *most > 0)?;
        self.sources.keys().filter(|known| known.shared(logsource) == most).min_by_key(|known| known.words())
    }
}

/// The log source that a data source serves as a whole.
fn served(source: &Source) -> Option<Logsource> {
    let binding = source.tree(PROFILE)?;
    let selects = binding.get("select").is_some_and(|select| !select.entries().is_empty());
    let logsource = binding.get("logsource").filter(|_| !selects)?;
    let part = |key| logsource.get(key).and_then(Node::as_text).map(str::to_lowercase);
    let logsource =
        Logsource { category: part("category"), product: part("product"), service: part("service") };
    (matches!(binding.value, Value::Map(_)) && logsource != Logsource::default()).then_some(logsource)
}
