//! Where the events of a rule come from: `logsource`, and what to say when no data source serves it.
//!
//! In: `logsource` of a rule. Out: a log source as the catalogue knows it. Must not know bindings.

use std::collections::BTreeMap;

use super::entries::Entries;
use crate::catalogue::{Catalogue, Logsource};
use crate::diagnostics::did_you_mean;

/// A log source that names nothing: none was written.
pub(super) const NOTHING: Logsource = Logsource { category: None, product: None, service: None };

/// Reads `logsource`. Nothing when it names none of the three, which would be every log. Case does not matter, and the
/// catalogue writes lower case.
pub(super) fn read(entries: &mut Entries) -> Option<Logsource> {
    let mut part = |key| entries.text(key).map(|text| text.value.trim().to_lowercase());
    let logsource =
        Logsource { category: part("category"), product: part("product"), service: part("service") };
    (!logsource.is_empty()).then_some(logsource)
}

/// As a person would say it: `product windows, category process_creation`.
pub(super) fn words(logsource: &Logsource) -> String {
    let parts =
        [("product", &logsource.product), ("category", &logsource.category), ("service", &logsource.service)];
    let written = parts.iter().filter_map(|(key, value)| Some(format!("{key} {}", value.as_ref()?)));
    written.collect::<Vec<_>>().join(", ")
}

/// The log source of the catalogue that is nearest to one that nothing serves: by its letters, or by the parts that
/// both have.
pub(super) fn nearest(catalogue: &Catalogue, logsource: &Logsource) -> Option<String> {
    let known: BTreeMap<String, &Logsource> =
        catalogue.logsources().map(|known| (words(known), known)).collect();
    if let Some(near) = did_you_mean(&words(logsource), known.keys().map(String::as_str)) {
        return Some(near.to_owned());
    }
    let most = known.values().map(|known| shared(known, logsource)).max().filter(|most| *most > 0)?;
    known.into_iter().find(|(_, known)| shared(known, logsource) == most).map(|(words, _)| words)
}

/// How many of their parts two log sources have in common.
fn shared(one: &Logsource, two: &Logsource) -> usize {
    let same = |one: &Option<String>, two: &Option<String>| usize::from(one.is_some() && one == two);
    same(&one.category, &two.category) + same(&one.product, &two.product) + same(&one.service, &two.service)
}
