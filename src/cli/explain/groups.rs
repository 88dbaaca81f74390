//! What the events of a group show together, for people.

use std::fmt::Write;

use super::records::time;
use super::text::shown;
use crate::cli::project::plural;
use crate::evaluate::{Answer, Combination, GroupAccount, Reading, Shown};
use crate::ir::{Aggregate, Correlation, CorrelationPattern, Range, Step, Value};

pub(super) fn write(out: &mut String, correlation: &Correlation, account: &GroupAccount) {
    let name = match fields(&account.key) {
        fields if fields.is_empty() => "all events together".to_owned(),
        fields => format!("the group in which {fields}"),
    };
    let verdict = if account.holds { "alerts" } else { "does not alert" };
    let _ = writeln!(out, "\n{name} {verdict}");
    for (stage, events) in correlation.stages.iter().zip(&account.stages) {
        let _ = writeln!(out, "  stage `{}`: {}", stage.name.value, numbered(events));
    }
    let within = correlation.pattern.window();
    match &account.shown {
        Shown::Aggregate(reading) => aggregate(out, correlation, reading),
        Shown::Together(Some(events)) => {
            let _ = writeln!(out, "  within {within} of each other: {}", numbered(events));
        }
        Shown::Together(None) => {
            let empty = correlation.stages.iter().zip(&account.stages).find(|(_, events)| events.is_empty());
            let _ = match empty {
                Some((stage, _)) => writeln!(out, "  there is no event of the stage `{}`", stage.name.value),
                None => writeln!(out, "  never one of each stage within {within}"),
            };
        }
        Shown::Chains { complete, longest } => {
            for chain in complete {
                let _ = writeln!(out, "  chain: {}", chained(&chain.events));
            }
            if let CorrelationPattern::Ordered { steps, .. } = &correlation.pattern
                && complete.is_empty()
            {
                let reached = longest.as_ref().map_or(&[][..], |chain| &chain.events);
                broken_chain(out, correlation, steps, reached);
            }
        }
        Shown::Values(combinations) => combinations.iter().for_each(|it| combination(out, it)),
        Shown::Asked(asked) => {
            for asked in asked {
                let answer = match asked.answer {
                    Answer::Followed(event) => format!("is followed by event {} in time", event + 1),
                    Answer::Unfollowed => format!("is not followed within {within}"),
                    Answer::Open => format!("is not followed yet: {within} are not over"),
                };
                let _ = writeln!(out, "  event {} {answer}", asked.event + 1);
            }
        }
    }
}

fn aggregate(out: &mut String, correlation: &Correlation, reading: &Reading) {
    let CorrelationPattern::Aggregate { aggregate, range, window } = &correlation.pattern else { return };
    let name = match aggregate {
        Aggregate::EventCount => "the number of events".to_owned(),
        Aggregate::ValueCount(field) => format!("the number of different values of `{}`", field.name),
        Aggregate::Sum(field) => format!("the sum of `{}`", field.name),
        Aggregate::Average(field) => format!("the average of `{}`", field.name),
        Aggregate::Percentile { field, percent } => format!("the percentile {percent} of `{}`", field.name),
    };
    let value = match reading.value {
        Some(value) => value.to_string(),
        None => "not to be had, without any value".to_owned(),
    };
    let holds = reading.value.is_some_and(|value| range.contains(value));
    let best = if holds { "" } else { " at best" };
    let _ = writeln!(out, "  {name} over {window} is {value}{best}, at {}", time(reading.at));
    let _ = writeln!(out, "  counted: {}; asked for: {}", numbered(&reading.events), asked_for(range));
}

fn asked_for(range: &Range) -> String {
    let bound = |bound: &Option<crate::ir::Bound>, inclusive: &str, exclusive: &str| {
        bound.map(|bound| format!("{} {}", if bound.inclusive { inclusive } else { exclusive }, bound.value))
    };
    let lower = bound(&range.lower, "at least", "more than");
    let upper = bound(&range.upper, "at most", "less than");
    lower.into_iter().chain(upper).collect::<Vec<_>>().join(" and ")
}

fn broken_chain(out: &mut String, correlation: &Correlation, steps: &[Step], reached: &[usize]) {
    if !reached.is_empty() {
        let _ = writeln!(out, "  as far as it goes: {}", chained(reached));
    }
    if let Some(stage) = steps.get(reached.len()).and_then(|step| correlation.stages.get(step.stage)) {
        let number = reached.len() + 1;
        let _ = writeln!(
            out,
            "  step {number} is missing: no event of the stage `{}` comes in time and fits",
            stage.name.value
        );
    }
}

fn combination(out: &mut String, combination: &Combination) {
    let fields = fields(&combination.values);
    let _ = match (combination.known.as_slice(), combination.seen.as_slice()) {
        ([], []) => writeln!(out, "  {fields}: in no event of the window or the baseline"),
        ([], seen) => writeln!(out, "  {fields}: new, in {}", numbered(seen)),
        (known, []) => writeln!(out, "  {fields}: only in the baseline, in {}", numbered(known)),
        (known, _) => writeln!(out, "  {fields}: known since the baseline, from {}", numbered(known)),
    };
}

fn fields(fields: &[(String, Value)]) -> String {
    fields.iter().map(|(name, value)| shown(name, value)).collect::<Vec<_>>().join(" and ")
}

fn chained(events: &[usize]) -> String {
    events.iter().map(|event| format!("event {}", event + 1)).collect::<Vec<_>>().join(", then ")
}

fn numbered(events: &[usize]) -> String {
    let numbers: Vec<String> = events.iter().map(|event| (event + 1).to_string()).collect();
    match numbers.as_slice() {
        [] => plural(0, "event"),
        [one] => format!("event {one}"),
        several => format!("events {}", several.join(", ")),
    }
}
