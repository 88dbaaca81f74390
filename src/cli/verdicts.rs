//! Detection × profile: what came of each pair, and how it is shown.

use serde_json::{Value, json};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::maps::IndexMap;
use crate::packs::names;
use crate::targets::{Compiled, Delivery, Needs, Options, Profile, Target};

/// What came of one detection for one profile.
pub(super) enum Cell {
    /// A query.
    Compiled(Compiled),
    /// The target cannot say it.
    Refused(Vec<Diagnostic>),
    /// Something is wrong that is no matter of what the target can say.
    Failed(Vec<Diagnostic>),
}

/// What came of one detection.
pub(super) struct Row<'a> {
    pub(super) detection: &'a ir::Detection,
    /// One a profile, in their order.
    pub(super) cells: Vec<Cell>,
}

impl Row<'_> {
    /// Where the query of a profile stands below the folder of `-o`: `splunk-escu/NAME.spl`.
    pub(super) fn path(&self, profile: &Profile) -> String {
        let name = names::file_name(&self.detection.metadata.slug, profile.extension);
        format!("{}/{name}", profile.folder())
    }
}

impl Cell {
    /// Compiles one detection for one profile.
    pub(super) fn compile(target: &dyn Target, detection: &ir::Detection, options: Options) -> Self {
        match target.compile(detection, options) {
            Ok(compiled) => Cell::Compiled(compiled),
            Err(findings) if findings.is_empty() => Cell::Failed(vec![
                Diagnostic::new(Code::E0501, format!("{}: refused without a reason", target.profile().id))
                    .at(&detection.file, detection.metadata.name.span, "")
                    .note("this is a bug in detc"),
            ]),
            Err(findings) if findings.iter().all(is_refusal) => Cell::Refused(findings),
            Err(findings) => Cell::Failed(findings),
        }
    }

    /// The verdict as a word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Cell::Compiled(compiled) => compiled.verdict.name(),
            Cell::Refused(_) => "refused",
            Cell::Failed(_) => "error",
        }
    }
}

/// Whether a finding of a target says what it cannot do, rather than what is wrong with the detection. A value that
/// the field never has *there* (`E0407`) is of that kind.
fn is_refusal(finding: &Diagnostic) -> bool {
    matches!(finding.code, Code::E0407 | Code::E0501 | Code::E0502 | Code::E0503 | Code::E0504 | Code::E0950)
}

/// The words that a table or a count can hold, in the order of a count.
const WORDS: [&str; 6] = ["exact", "widened", "narrowed", "raw", "refused", "error"];

/// `12 exact, 1 narrowed, 3 refused`.
pub(super) fn count(rows: &[Row]) -> String {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    WORDS
        .iter()
        .map(|word| (cells().filter(|cell| cell.word() == *word).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A table for people: one row a detection, one column a profile.
pub(super) fn table(rows: &[Row], profiles: &[&Profile]) -> String {
    let first = rows.iter().map(|row| row.detection.metadata.slug.len()).chain(["detection".len()]).max();
    let first = first.unwrap_or_default();
    let widths: Vec<usize> = profiles.iter().map(|profile| profile.id.len().max("narrowed".len())).collect();
    let line = |head: &str, words: &mut dyn Iterator<Item = &str>| {
        let mut line = format!("{head:first$}");
        for (word, width) in words.zip(&widths) {
            line.push_str(&format!("  {word:width$}"));
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    };
    let mut text = line("detection", &mut profiles.iter().map(|profile| profile.id));
    for row in rows {
        text.push_str(&line(&row.detection.metadata.slug, &mut row.cells.iter().map(Cell::word)));
    }
    text
}

/// One line an accepted loss.
pub(super) fn losses(rows: &[Row], profiles: &[&Profile]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        for (cell, profile) in row.cells.iter().zip(profiles) {
            let Cell::Compiled(compiled) = cell else { continue };
            for loss in &compiled.losses {
                let about = loss.field.as_ref().map(|field| format!(" on `{field}`")).unwrap_or_default();
                lines.push(format!(
                    "{}: {}: {} by `{}`{about}: {}; accepted: {}",
                    row.detection.metadata.slug,
                    profile.id,
                    loss.verdict.name(),
                    loss.name,
                    loss.loss,
                    loss.reason
                ));
            }
        }
    }
    lines
}

/// One line a list that queries look up or hold, with the profiles whose queries do.
pub(super) fn lists(rows: &[Row], profiles: &[&Profile]) -> Vec<String> {
    let mut uses: IndexMap<String, Vec<&str>> = IndexMap::default();
    for row in rows {
        for (cell, profile) in row.cells.iter().zip(profiles) {
            let Cell::Compiled(compiled) = cell else { continue };
            for needed in &compiled.needs.lists {
                let line = format!("list {}: {}", needed.list.name, words(needed.how));
                let users = uses.entry(line).or_default();
                if !users.contains(&profile.id) {
                    users.push(profile.id);
                }
            }
        }
    }
    uses.sort_keys();
    uses.iter().map(|(line, users)| format!("{line} ({})", users.join(", "))).collect()
}

fn words(how: Delivery) -> &'static str {
    match how {
        Delivery::Lookup => "looked up in the lookup of this name",
        Delivery::Watchlist => "looked up in the watchlist of this alias",
        Delivery::Inline => "written into the query",
        Delivery::Placeholder => "left as a placeholder",
    }
}

fn needs(needs: &Needs) -> Value {
    json!({
        "lists": needs.lists.iter().map(|needed| json!({
            "name": needed.list.name,
            "column": needed.column,
            "how": needed.how.name(),
        })).collect::<Vec<_>>(),
        "macros": needs.macros,
    })
}

/// One line a detection and reason: the profiles that refuse it for that, and how many more reasons each has.
pub(super) fn refusals(rows: &[Row], profiles: &[&Profile]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let mut reasons: IndexMap<String, Vec<&str>> = IndexMap::default();
        for (cell, profile) in row.cells.iter().zip(profiles) {
            if let Cell::Refused(findings) = cell {
                reasons.entry(reason(findings, profile)).or_default().push(profile.id);
            }
        }
        let slug = &row.detection.metadata.slug;
        lines.extend(
            reasons.iter().map(|(reason, ids)| format!("{slug}: refused by {}: {reason}", ids.join(", "))),
        );
    }
    lines
}

/// The first reason, without the profile's name before it.
fn reason(findings: &[Diagnostic], profile: &Profile) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let message = first.message.strip_prefix(profile.id).and_then(|rest| rest.strip_prefix(": "));
    let more = match findings.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    format!("{} [{}]{more}", message.unwrap_or(&first.message), first.code.id())
}

/// One object a pair, for machines: `type` (`verdict`), `file`, `detection`, `target`, `verdict`, `losses`, `codes` (of
/// the refusal), `path` (of the query below the folder of `-o`; null without a query), `columns`: the fields that
/// summaries, risk and entities rely on, each with the name of its column in the result; and `needs` (null without a
/// query): the lists, each with how the query comes by its rows, and the macros.
pub(super) fn records(rows: &[Row], profiles: &[&Profile]) -> Vec<Value> {
    let mut records = Vec::new();
    for row in rows {
        for (cell, profile) in row.cells.iter().zip(profiles) {
            let (compiled, codes) = match cell {
                Cell::Compiled(compiled) => (Some(compiled), Vec::new()),
                Cell::Refused(findings) | Cell::Failed(findings) => {
                    (None, findings.iter().map(|finding| finding.code.id()).collect())
                }
            };
            let losses = compiled.map_or(&[][..], |compiled| compiled.losses.as_slice());
            let columns = compiled.map_or(&[][..], |compiled| compiled.columns.as_slice());
            let columns: serde_json::Map<String, Value> =
                columns.iter().map(|(field, column)| (field.clone(), column.as_str().into())).collect();
            records.push(json!({
                "type": "verdict",
                "file": row.detection.file.name(),
                "detection": row.detection.metadata.name.value,
                "target": profile.id,
                "verdict": cell.word(),
                "losses": losses.iter().map(|loss| json!({
                    "name": loss.name,
                    "verdict": loss.verdict.name(),
                    "field": loss.field,
                    "loss": loss.loss,
                    "reason": loss.reason,
                })).collect::<Vec<_>>(),
                "codes": codes,
                "path": compiled.map(|_| row.path(profile)),
                "columns": columns,
                "needs": compiled.map(|compiled| needs(&compiled.needs)),
            }));
        }
    }
    records
}
