//! An account of events for people.

use std::fmt::Write;

use super::events::Explained;
use super::groups;
use super::records::{stage_name, time};
use crate::cli::project::plural;
use crate::evaluate::{Clause, EventAccount, Explanation, found};
use crate::ir::{Detection, Logic, Value};
use crate::source::Span;

/// How much of a clause is shown, in characters.
const CLAUSE: usize = 70;

pub(super) fn write(out: &mut String, explained: &Explained) {
    let Explained { detection, file, events, account } = explained;
    let _ = writeln!(
        out,
        "{}: {} of {}",
        detection.metadata.name.value,
        plural(account.results.len(), "result"),
        plural(events.len(), "event")
    );
    for (index, ((span, event), account)) in events.iter().zip(&account.events).enumerate() {
        let place = file.line_column(span.start);
        let name = format!("{}:{}:{}", file.name(), place.line, place.column);
        let _ = writeln!(out, "\nevent {} ({name}) at {}", index + 1, time(event.time));
        write_event(out, detection, account);
    }
    if let (Some(accounts), Logic::Correlation(correlation)) = (&account.groups, &detection.logic) {
        accounts.iter().for_each(|account| groups::write(out, correlation, account));
    }
    for (index, row) in account.results.iter().enumerate() {
        let _ = writeln!(out, "\nresult {}: {}", index + 1, plural(row.count as usize, "event"));
        for (name, value) in &row.fields {
            let _ = writeln!(out, "  {}", shown(name, value));
        }
    }
}

/// A field with its value.
pub(super) fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Null => found(name, &[]),
        Value::Many(values) => found(name, values),
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Pairs(_) => {
            found(name, std::slice::from_ref(value))
        }
    }
}

fn write_event(out: &mut String, detection: &Detection, account: &EventAccount) {
    if account.too_late {
        let _ = writeln!(out, "  plays no part: it comes after what this run looks at");
    }
    for set in &account.sets {
        let holds = set.explanation.holds;
        let what = match stage_name(detection, set.set) {
            Some(stage) if holds => format!("is in the stage `{stage}`"),
            Some(stage) => format!("is not in the stage `{stage}`"),
            None if holds => "matches".to_owned(),
            None => "does not match".to_owned(),
        };
        let _ = writeln!(out, "  {what}");
        Tree { detection, decisive: set.explanation.decisive() }.write(out, &set.explanation, 2);
        if holds && !set.lacking.is_empty() {
            let names: Vec<String> = set.lacking.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(out, "    left out all the same: the group needs {}", names.join(", "));
        }
    }
}

/// The clauses of a condition.
struct Tree<'a> {
    detection: &'a Detection,
    /// The tests that would have to come out differently.
    decisive: Vec<&'a Explanation>,
}

impl Tree<'_> {
    fn write(&self, out: &mut String, explanation: &Explanation, depth: usize) {
        match &explanation.clause {
            Clause::All(members) => self.node(out, explanation, ("all of", members), depth),
            Clause::Any(members) => self.node(out, explanation, ("one of", members), depth),
            Clause::Not(inner) => self.node(out, explanation, ("not", std::slice::from_ref(inner)), depth),
            Clause::Field { name, values, by, span } => {
                let by = by.as_ref().filter(|_| !values.is_empty());
                let by = by.map(|by| format!(", which {by}")).unwrap_or_default();
                self.leaf(out, explanation, (*span, format!("{}{by}", found(name, values))), depth);
            }
            Clause::Keyword { by, span } => {
                let what = match by {
                    Some(by) => format!("the event holds `{by}`"),
                    None => "the event holds none of it".to_owned(),
                };
                self.leaf(out, explanation, (*span, what), depth);
            }
        }
    }

    fn node(
        &self,
        out: &mut String,
        explanation: &Explanation,
        (what, members): (&str, &[Explanation]),
        depth: usize,
    ) {
        let _ = writeln!(out, "{}{} {what}", "  ".repeat(depth), answer(explanation));
        members.iter().for_each(|member| self.write(out, member, depth + 1));
    }

    fn leaf(&self, out: &mut String, explanation: &Explanation, (span, why): (Span, String), depth: usize) {
        let (file, span) = self.detection.file.origin(span);
        let line = file.line_column(span.start).line;
        let written = cut(file.slice(span));
        let mark = if self.decisive.iter().any(|one| std::ptr::eq(*one, explanation)) { " <-" } else { "" };
        let indent = "  ".repeat(depth);
        let _ = writeln!(out, "{indent}{} line {line}: {written}{mark}", answer(explanation));
        let _ = writeln!(out, "{indent}      {why}");
    }
}

fn answer(explanation: &Explanation) -> &'static str {
    if explanation.holds { "true " } else { "false" }
}

/// A part of a file on one line, cut when it is long.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CLAUSE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
