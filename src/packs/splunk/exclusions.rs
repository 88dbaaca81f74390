//! What an environment leaves out, in the filter macros of the searches where that means the same: there the SIEM team
//! looks for it, and the search is that of every other environment.
//!
//! In: the content of a pack. Out: the content with searches without those exclusions, and what the macros stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::packs::Content;
use crate::targets::splunk::Splunk;
use crate::targets::{Options, Target};

/// What filter macros stand for that leave something out, by the slug of the detection.
pub(in crate::packs) type Filters = BTreeMap<String, String>;

/// Moves exclusions into the filter macros as far as that means the same.
pub(in crate::packs) fn into_macros<'a>(
    content: &Content<'a>,
) -> Result<(Content<'a>, Filters), Vec<Diagnostic>> {
    let target = Splunk::new(content.profile, Arc::clone(&content.catalogue));
    let (mut content, mut filters, mut findings) = (content.clone(), Filters::new(), Vec::new());
    for entry in &mut content.entries {
        let Some(moved) = target.filter_macro(entry.detection) else { continue };
        let rest = entry.detection.retuned(|index| !moved.exclusions.contains(&index));
        match target.compile(&rest, Options::default()) {
            Ok(compiled) => {
                entry.compiled = compiled;
                filters.insert(entry.detection.metadata.slug.clone(), moved.definition);
            }
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok((content, filters)) } else { Err(findings) }
}
