//! What reads the results of an imported detection: risk and suppression over its columns.
//!
//! In: an entry, and which columns the result has under which names. Out: both parts of a detection, with a note for each
//! piece that names another column. Must not know what the detection finds.

use super::document::Entry;
use super::risk;
use crate::schema::{Detection, Risk};
use crate::source::{Span, Spanned};

/// The neutral name of a column of the search's result.
pub(super) type Columns<'c> = &'c dyn Fn(&str) -> Option<String>;

/// Puts risk and suppression into a detection.
pub(super) fn fit(
    detection: &mut Detection,
    entry: &Entry,
    columns: Columns,
    notes: &mut Vec<(String, String)>,
) {
    if let Some(written) = risk::risk(entry) {
        detection.risk = fitted(written, columns, notes).map(bare);
    }
    let Some(suppress) = &mut detection.suppress else { return };
    let by: Option<Vec<String>> = suppress.value.by.iter().map(|name| columns(&name.value)).collect();
    match by {
        Some(by) if !by.is_empty() => suppress.value.by = by.into_iter().map(bare).collect(),
        _ => {
            let names: Vec<&str> = suppress.value.by.iter().map(|name| name.value.as_str()).collect();
            let text = format!(
                "{} for {}: not all of these are columns of the result",
                names.join(", "),
                suppress.value.duration.value
            );
            notes.push(("throttling".to_owned(), text));
            detection.suppress = None;
        }
    }
}

/// Risk over the columns of the result. None when no object is left.
fn fitted(risk: Risk, columns: Columns, notes: &mut Vec<(String, String)>) -> Option<Risk> {
    let mut lost: Vec<String> = Vec::new();
    let mut objects = Vec::new();
    for mut object in risk.objects {
        match (columns(&object.value.field.value), object.value.score.value) {
            (Some(field), 1..=100) => {
                object.value.field = bare(field);
                objects.push(object);
            }
            (_, score) => lost.push(format!("{} {score}", object.value.field.value)),
        }
    }
    let mut threat_objects = Vec::new();
    for mut object in risk.threat_objects {
        match columns(&object.value.field.value) {
            Some(field) => {
                object.value.field = bare(field);
                threat_objects.push(object);
            }
            None => lost.push(format!("threat object {}", object.value.field.value)),
        }
    }
    let mut message = String::new();
    let parts: Vec<&str> = risk.message.value.split('$').collect();
    for (index, part) in parts.iter().enumerate() {
        let is_name = index % 2 == 1 && index + 1 < parts.len();
        match columns(part).filter(|_| is_name) {
            Some(field) => message.push_str(&format!("${field}$")),
            None => message.push_str(part),
        }
    }
    let is_kept = !objects.is_empty();
    if !lost.is_empty() {
        let said = if is_kept { String::new() } else { format!("{}; ", risk.message.value) };
        notes
            .push(("risk".to_owned(), format!("{said}without {}: no column of the result", lost.join(", "))));
    }
    let message = bare(risk::one_line(&message));
    is_kept.then_some(Risk { message, objects, threat_objects })
}

fn bare<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}
