//! A test as a search: `makeresults` makes the events, and the search is run over them.
//!
//! Source: <https://help.splunk.com/en/splunk-enterprise/spl-search-reference/10.2/search-commands/makeresults>: with
//! `format=json` each object of the array is an event; what is nested comes as JSON text, so that several values of a
//! field are made of it by `json_array_to_mv`.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::quoting::{Data, calls};
use super::replaced;
use crate::proof::{Rows, Stop};
use crate::source::Span;
use crate::spl::ast::{Command, Search};
use crate::spl::parse;

/// What `_time` and `_raw` are called in the data: `makeresults` makes fields of its own of these names.
const TIME: &str = "detc_time";
const RAW: &str = "detc_raw";

pub(super) fn write(query: &str, rows: &Rows, way: usize) -> Result<String, Stop> {
    let query = query.trim_end();
    let json = rows.of_way(way);
    let models = json.get("models").and_then(Json::as_object).is_some_and(|models| !models.is_empty());
    if models {
        let why = "`tstats` reads the summaries of a data model, which no search can bring along";
        return Err(Stop::Outside(why.to_owned()));
    }
    let events: Vec<&Map<String, Json>> = json
        .get("events")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .collect();
    let search = parse(query).map_err(|problems| {
        Stop::Unreadable(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
    })?;
    let mut edits = Vec::new();
    with_events(&search, &source(&events), true, query, &mut edits)?;
    if let Some(now) = rows.now() {
        let seconds = format!("{:.3}", now.milliseconds as f64 / 1000.0);
        let seconds = seconds.trim_end_matches('0').trim_end_matches('.').to_owned();
        edits.extend(calls(query, "now").into_iter().map(|call| (call, seconds.clone())));
    }
    Ok(replaced(query, edits))
}

/// The commands that make the events.
fn source(events: &[&Map<String, Json>]) -> String {
    let arrays = events.iter().flat_map(|event| event.iter()).filter(|(_, value)| value.is_array());
    // A field that has several values somewhere is an array everywhere, so that it is read in one way.
    let several: BTreeSet<&str> = arrays.map(|(name, _)| name.as_str()).collect();
    let rows: Vec<Json> = events
        .iter()
        .map(|event| {
            let fields = event.iter().map(|(name, value)| {
                let value = match value {
                    single if several.contains(name.as_str()) && !single.is_array() => {
                        Json::Array(vec![single.clone()])
                    }
                    other => other.clone(),
                };
                let name = match name.as_str() {
                    "_time" => TIME,
                    "_raw" => RAW,
                    other => other,
                };
                (name.to_owned(), value)
            });
            Json::Object(fields.collect())
        })
        .collect();
    if rows.is_empty() {
        return "| makeresults count=0".to_owned();
    }
    let mut text = format!("| makeresults format=json data={}", Data(&Json::Array(rows)));
    let mut made = vec![format!("_time = {TIME}"), format!("_raw = {RAW}")];
    made.extend(several.iter().map(|name| format!("\"{name}\" = json_array_to_mv('{name}')")));
    text.push_str(&format!("\n| eval {}\n| fields - {TIME} {RAW}", made.join(", ")));
    text
}

/// Puts the events before every search that reads some.
fn with_events(
    search: &Search,
    source: &str,
    outermost: bool,
    query: &str,
    edits: &mut Vec<(Span, String)>,
) -> Result<(), Stop> {
    for (index, command) in search.commands.iter().enumerate() {
        let start = command.span.start;
        match &command.value {
            Command::Search(_) if index == 0 && outermost => {
                let explicit = query[start..].starts_with("search ");
                let word = if explicit { "" } else { "search " };
                edits.push((Span::new(start, start), format!("{source}\n| {word}")));
            }
            Command::Search(_) if index == 0 => {
                edits.push((Span::new(start, start), format!("{source} | ")));
            }
            // Several streams of the same events: one after the other, since only what streams may stand in
            // `multisearch`.
            Command::MultiSearch(inner) | Command::Union(inner) => {
                for (number, stream) in inner.iter().enumerate() {
                    with_events(&stream.value, source, false, query, edits)?;
                    let before = stream.span.start;
                    let from = match number {
                        0 => Span::new(start.min(before), before),
                        _ => Span::new(before, before),
                    };
                    let word = if number == 0 { "makeresults count=0 | append " } else { "| append " };
                    edits.push((from, word.to_owned()));
                }
            }
            Command::Append(inner) | Command::AppendPipe(inner) => {
                with_events(inner, source, false, query, edits)?;
            }
            Command::TStats(_) => {
                let why = "`tstats` reads an index, which no search can bring along";
                return Err(Stop::Outside(why.to_owned()));
            }
            _ => {}
        }
    }
    Ok(())
}
