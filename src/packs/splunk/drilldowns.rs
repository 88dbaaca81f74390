//! Drilldowns: searches that an analyst starts from an alert.
//!
//! In: a detection and the search that stands for its own. Out: names, searches and times with tokens. Must not know
//! how a pack writes them.

use crate::ir::{Drilldown, Drilldowns, Field};
use crate::packs::Entry;
use crate::source::Spanned;

use super::texts::{message, token};

/// One drilldown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct DrilldownSearch {
    /// Its name, with tokens.
    pub(in crate::packs) name: String,
    /// The search, with tokens.
    pub(in crate::packs) search: String,
    /// Where it begins.
    pub(in crate::packs) earliest: String,
    /// Where it ends.
    pub(in crate::packs) latest: String,
}

const START: &str = "$info_min_time$";
const END: &str = "$info_max_time$";

/// The drilldowns of a detection. `original` is its own search, or what the product replaces by that.
pub(in crate::packs) fn drilldowns(entry: &Entry, original: &str) -> Vec<DrilldownSearch> {
    match &entry.detection.drilldowns {
        None => Vec::new(),
        Some(Drilldowns::Default) => {
            let objects: Vec<&str> = objects(entry).map(|field| super::column(entry, &field.name)).collect();
            std::iter::once(results(&objects, original)).chain(risk(entry)).collect()
        }
        Some(Drilldowns::List(list)) => {
            list.iter().map(|drilldown| listed(entry, drilldown, original)).collect()
        }
    }
}

/// Whom an alert is about: the risk objects, or else the entities, or else what the summary groups by. Each once.
fn objects<'e>(entry: &'e Entry) -> impl Iterator<Item = &'e Field> {
    let detection = entry.detection;
    let risk: Vec<&Spanned<Field>> =
        detection.risk.iter().flat_map(|risk| risk.objects.iter().map(|object| &object.field)).collect();
    let entities = || detection.entities.iter().map(|entity| &entity.field).collect::<Vec<_>>();
    let grouped = || detection.summary.iter().flat_map(|summary| &summary.by).collect::<Vec<_>>();
    let all = [risk, entities(), grouped()].into_iter().find(|fields| !fields.is_empty()).unwrap_or_default();
    let mut once: Vec<&Field> = Vec::new();
    for field in all {
        if !once.contains(&&field.value) {
            once.push(&field.value);
        }
    }
    once.into_iter()
}

fn results(columns: &[&str], original: &str) -> DrilldownSearch {
    let named: Vec<String> = columns.iter().map(|column| format!("\"{}\"", token(column))).collect();
    let about = if named.is_empty() { String::new() } else { format!(" for {}", named.join(" and ")) };
    DrilldownSearch {
        name: format!("View the detection results{about}"),
        search: narrowed(original, columns),
        earliest: START.to_owned(),
        latest: END.to_owned(),
    }
}

/// What else raised the risk of the same objects within a week.
fn risk(entry: &Entry) -> Option<DrilldownSearch> {
    let risk = entry.detection.risk.as_ref()?;
    let mut columns: Vec<&str> = Vec::new();
    for object in &risk.objects {
        let column = super::column(entry, &object.field.value.name);
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let values: Vec<String> = columns.iter().map(|column| format!("\"{}\"", token(column))).collect();
    Some(DrilldownSearch {
        name: format!("View risk events for the last 7 days for {}", values.join(" and ")),
        search: format!(
            "| from datamodel:Risk.All_Risk | search normalized_risk_object IN ({}) | stats count \
min(_time) as firstTime max(_time) as lastTime values(search_name) as search_name \
values(risk_message) as risk_message values(analyticstories) as analyticstories \
values(annotations.mitre_attack.mitre_tactic) as mitre_tactic by normalized_risk_object",
            values.join(", ")
        ),
        earliest: "7d".to_owned(),
        latest: "0".to_owned(),
    })
}

fn listed(entry: &Entry, drilldown: &Drilldown, original: &str) -> DrilldownSearch {
    let columns: Vec<&str> =
        drilldown.same.iter().map(|field| super::column(entry, &field.value.name)).collect();
    DrilldownSearch {
        name: message(&drilldown.name, entry),
        search: narrowed(original, &columns),
        earliest: drilldown.lookback.map_or_else(|| START.to_owned(), |lookback| lookback.to_string()),
        latest: if drilldown.lookback.is_some() { "0".to_owned() } else { END.to_owned() },
    }
}

/// The detection's results with the values of the alert.
fn narrowed(original: &str, columns: &[&str]) -> String {
    if columns.is_empty() {
        return original.to_owned();
    }
    let tests: Vec<String> = columns.iter().map(|column| format!("{column}=\"{}\"", token(column))).collect();
    format!("{original} | search {}", tests.join(" "))
}
