//! Custom details, the title of an alert, and which alerts are one incident.
//!
//! In: the fields that a detection shows. Out: keys and columns within Microsoft's limits, or findings. Source of the
//! limits: the models of Azure-Sentinel's own checks, and "Service limits for Microsoft Sentinel".

use super::Product;
use super::columns::{Columns, shown};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{MessagePart, SummaryColumn};
use crate::packs::Entry;

const MAX_DETAILS: usize = 20;
const MAX_KEY: usize = 20;
const MAX_TITLE: usize = 256;
const MAX_PLACES: usize = 3;

/// For how long repeated alerts can join an incident, in seconds: five minutes to seven days. Source: "Create incidents
/// from alerts in Microsoft Sentinel".
const GROUPING: std::ops::RangeInclusive<u64> = 300..=7 * 86_400;

/// Custom details: key and column.
pub(in crate::packs) type Details = Vec<(String, String)>;

/// Alerts that join the incident of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct Grouping {
    /// For how long, in seconds.
    pub(in crate::packs) seconds: u64,
    /// The custom details that must be the same.
    pub(in crate::packs) keys: Vec<String>,
}

/// The details: first what repeated alerts are told by, then what is no entity (`entities` are their columns).
pub(in crate::packs) fn custom_details(
    entry: &Entry,
    columns: &Columns,
    entities: &[&str],
    warnings: &mut Vec<Diagnostic>,
) -> Details {
    let by = entry.detection.suppression.iter().flat_map(|suppression| &suppression.by);
    let mut details = Details::new();
    let mut left_out = Vec::new();
    let mut add = |name: &str, column: &str| {
        if details.iter().any(|(_, known)| known == column) {
            return;
        }
        match key(name) {
            // Sentinel's keys are told apart by case; whoever reads them may not.
            Some(key)
                if details.len() < MAX_DETAILS
                    && !details.iter().any(|(known, _)| known.eq_ignore_ascii_case(&key)) =>
            {
                details.push((key, column.to_owned()));
            }
            Some(_) | None => left_out.push(name.to_owned()),
        }
    };
    for field in by {
        if let Some(column) = columns.get(&field.value) {
            add(&field.value.name, &column.name);
        }
    }
    for field in shown(entry.detection) {
        if let Some(column) =
            columns.get(&field.value).filter(|column| !entities.contains(&column.name.as_str()))
        {
            add(&field.value.name, &column.name);
        }
    }
    if let Some(column) = columns.summary(SummaryColumn::Count) {
        add("EventCount", column);
    }
    warnings.extend(left_out.iter().map(|name| {
        entry.finding(Code::W1001, format!("the custom detail `{name}` is left out")).help(format!(
            "there are {MAX_DETAILS}, told apart by the first {MAX_KEY} letters of their names"
        ))
    }));
    details
}

/// `^[a-zA-Z]+\w*$`, and not too long.
fn key(name: &str) -> Option<String> {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    let key: String = letters.skip_while(|c| !c.is_ascii_alphabetic()).take(MAX_KEY).collect();
    (!key.is_empty()).then_some(key)
}

/// The title of an alert from the risk message, with `{{Column}}` for values. Without one the rule's name is shown.
pub(in crate::packs) fn title(
    entry: &Entry,
    columns: &Columns,
    warnings: &mut Vec<Diagnostic>,
) -> Option<String> {
    let message = &entry.detection.risk.as_ref()?.message;
    let mut text = String::new();
    let mut places = 0;
    let mut refuse = |reason: &str| {
        let product = Product::Sentinel.name();
        let message = format!("{product}: the risk message does not become the alert's title: {reason}");
        warnings
            .push(entry.finding(Code::W1001, message).help("the alert is titled by the detection's name"));
        None
    };
    for part in &message.parts {
        let column = match part {
            MessagePart::Text(part) if part.contains(['{', '}']) => {
                return refuse("braces could be taken for the place of a value");
            }
            MessagePart::Text(part) => {
                text.push_str(part);
                continue;
            }
            MessagePart::Field(field) => columns.get(&field.value)?.name.as_str(),
            MessagePart::Summary(column) => match columns.summary(*column) {
                Some(name) => name,
                None => return refuse("the query does not return what it shows of the summary"),
            },
        };
        places += 1;
        text.push_str("{{");
        text.push_str(column);
        text.push_str("}}");
    }
    if places > MAX_PLACES {
        refuse(&format!("it shows more than {MAX_PLACES} values"))
    } else if text.chars().count() > MAX_TITLE {
        refuse(&format!("it is longer than {MAX_TITLE} characters"))
    } else {
        Some(text)
    }
}

/// Suppression as incidents. Sentinel's own suppression stops the whole rule, whatever the next alert is about, and so
/// would lose alerts; alerts that are the same by the suppression's fields join one incident instead.
pub(super) fn grouping(
    entry: &Entry,
    columns: &Columns,
    details: &Details,
    findings: &mut Vec<Diagnostic>,
) -> Option<Grouping> {
    let suppression = entry.detection.suppression.as_ref()?;
    let seconds = suppression.duration.seconds();
    let mut refuse = |message: String, help: &str| {
        let message = format!("{}: {message}", Product::Sentinel.name());
        findings.push(entry.finding(Code::E1022, message).help(help));
    };
    if !GROUPING.contains(&seconds) || !seconds.is_multiple_of(60) {
        refuse(
            format!("alerts cannot join an incident for {}", suppression.duration),
            "it takes whole minutes, from 5 minutes to 7 days: change `suppress: for`",
        );
    }
    let mut keys = Vec::new();
    for field in &suppression.by {
        let Some(column) = columns.get(&field.value) else { continue };
        match details.iter().find(|(_, known)| *known == column.name) {
            Some((key, _)) => keys.push(key.clone()),
            None => refuse(
                format!("alerts cannot be told apart by `{}`", field.value.name),
                "it is no custom detail: give `suppress: by` other fields",
            ),
        }
    }
    Some(Grouping { seconds, keys })
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_are_what_sentinel_takes() {
        assert_eq!(key("requestParameters.name").as_deref(), Some("requestParametersnam"));
        assert_eq!(key("2_of_them").as_deref(), Some("of_them"));
        assert_eq!(key("Ünïcode").as_deref(), Some("ncode"));
        assert_eq!(key("__9"), None);
    }
}
