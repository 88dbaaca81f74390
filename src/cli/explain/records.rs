//! An account of events for programs: one JSON object a line.
//!
//! `event`: `file`, `line`, `column`, `number` (from 1), `time`, `matches`, and `sets`: for each set of events of its data
//! source the `stage` (null in a detection without stages), `holds`, `lacking` (fields of the group without a value) and
//! the `condition` as a tree. `group`: its `key`, the numbers of its `events` by stage, `holds`, and what it `shows`.
//! `result`: its `fields` and `count`. Keys are added, never renamed.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use super::events::Explained;
use crate::evaluate::{Answer, Clause, Explanation, GroupAccount, Row, SetAccount, Shown};
use crate::ir::{Detection, Logic, Number, Time, Value};
use crate::source::Span;

pub(super) fn write(out: &mut String, explained: &Explained) {
    let Explained { detection, file, events, account } = explained;
    let name = &detection.metadata.name.value;
    let mut line = |record: Json| {
        let _ = writeln!(out, "{record}");
    };
    for (number, ((span, event), account)) in events.iter().zip(&account.events).enumerate() {
        let place = file.line_column(span.start);
        line(json!({
            "type": "event",
            "detection": name,
            "file": file.name(),
            "line": place.line,
            "column": place.column,
            "number": number + 1,
            "time": time(event.time),
            "data_source": &*event.data_source,
            "too_late": account.too_late,
            "matches": !account.too_late && account.sets.iter().any(|set| set.explanation.holds),
            "sets": account.sets.iter().map(|one| set(detection, one)).collect::<Vec<_>>(),
        }));
    }
    for account in account.groups.iter().flatten() {
        line(group(detection, account));
    }
    for row in &account.results {
        line(json!({"type": "result", "detection": name, "count": row.count, "fields": fields(row)}));
    }
}

/// The name of a stage; nothing in a detection without stages.
pub(super) fn stage_name(detection: &Detection, place: usize) -> Option<&str> {
    match &detection.logic {
        Logic::Events(_) | Logic::Raw(_) => None,
        Logic::Correlation(correlation) => Some(correlation.stages.get(place)?.name.value.as_str()),
    }
}

/// A moment as RFC 3339 in UTC.
pub(super) fn time(time: Time) -> String {
    match jiff::Timestamp::from_millisecond(time.milliseconds) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{} ms", time.milliseconds),
    }
}

fn set(detection: &Detection, account: &SetAccount) -> Json {
    json!({
        "stage": stage_name(detection, account.set),
        "holds": account.explanation.holds,
        "lacking": account.lacking,
        "condition": clause(detection, &account.explanation),
    })
}

fn clause(detection: &Detection, explanation: &Explanation) -> Json {
    let parts =
        |parts: &[Explanation]| -> Vec<Json> { parts.iter().map(|part| clause(detection, part)).collect() };
    let holds = explanation.holds;
    match &explanation.clause {
        Clause::All(members) => json!({"holds": holds, "all": parts(members)}),
        Clause::Any(members) => json!({"holds": holds, "any": parts(members)}),
        Clause::Not(inner) => json!({"holds": holds, "not": clause(detection, inner)}),
        Clause::Field { name, values, by, span } => json!({
            "holds": holds,
            "field": name,
            "values": values.iter().map(value).collect::<Vec<_>>(),
            "by": by,
            "place": place(detection, *span),
        }),
        Clause::Keyword { by, span } => {
            json!({"holds": holds, "keyword": true, "by": by, "place": place(detection, *span)})
        }
    }
}

fn place(detection: &Detection, span: Span) -> Json {
    let (file, span) = detection.file.origin(span);
    let start = file.line_column(span.start);
    json!({
        "file": file.name(),
        "line": start.line,
        "column": start.column,
        "start": span.start,
        "end": span.end,
    })
}

fn group(detection: &Detection, account: &GroupAccount) -> Json {
    let stages: Map<String, Json> = account
        .stages
        .iter()
        .enumerate()
        .map(|(stage, events)| {
            (stage_name(detection, stage).unwrap_or_default().to_owned(), json!(numbers(events)))
        })
        .collect();
    json!({
        "type": "group",
        "detection": detection.metadata.name.value,
        "key": pairs(&account.key),
        "events": stages,
        "holds": account.holds,
        "shows": shown(&account.shown),
    })
}

fn shown(shown: &Shown) -> Json {
    match shown {
        Shown::Aggregate(reading) => json!({"aggregate": {
            "at": time(reading.at), "value": reading.value, "events": numbers(&reading.events),
        }}),
        Shown::Together(events) => json!({"together": events.as_deref().map(numbers)}),
        Shown::Chains { complete, longest } => json!({"chains": {
            "complete": complete.iter().map(|chain| numbers(&chain.events)).collect::<Vec<_>>(),
            "longest": longest.as_ref().map(|chain| numbers(&chain.events)),
        }}),
        Shown::Values(combinations) => {
            let each = combinations.iter().map(|it| {
                json!({"values": pairs(&it.values), "known": numbers(&it.known), "seen": numbers(&it.seen)})
            });
            json!({"values": each.collect::<Vec<_>>()})
        }
        Shown::Asked(asked) => {
            let each = asked.iter().map(|asked| {
                let (answer, by) = match asked.answer {
                    Answer::Followed(event) => ("followed", Some(event + 1)),
                    Answer::Unfollowed => ("unfollowed", None),
                    Answer::Open => ("open", None),
                };
                json!({"event": asked.event + 1, "answer": answer, "by": by})
            });
            json!({"asked": each.collect::<Vec<_>>()})
        }
    }
}

fn numbers(events: &[usize]) -> Vec<usize> {
    events.iter().map(|event| event + 1).collect()
}

fn fields(row: &Row) -> Map<String, Json> {
    row.fields.iter().map(|(name, found)| (name.clone(), value(found))).collect()
}

fn pairs(pairs: &[(String, Value)]) -> Map<String, Json> {
    pairs.iter().map(|(name, found)| (name.clone(), value(found))).collect()
}

fn value(found: &Value) -> Json {
    match found {
        Value::Null => Json::Null,
        Value::Text(text) => json!(text),
        Value::Number(Number::Integer(integer)) => json!(integer),
        Value::Number(Number::Real(real)) => json!(real),
        Value::Boolean(boolean) => json!(boolean),
        Value::Many(values) => Json::Array(values.iter().map(value).collect()),
        Value::Pairs(members) => Json::Object(pairs(members)),
    }
}
