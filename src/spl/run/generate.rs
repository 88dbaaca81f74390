//! Commands that bring rows of their own, or those of another search.

use std::sync::Arc;

use super::state::{Run, Table, time_of};
use super::{Answer, Pipeline, Step, compile};
use crate::source::Spanned;
use crate::spl::ast::{Command, MakeResults, ResultFormat, Search};
use crate::spl::limits;
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Row, Value};

/// `append`.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) search: Pipeline,
}

impl Step for Append {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        let more = self.search.run(None, run)?;
        // K39: a subsearch that brings more is cut off, in no order that is promised.
        if more.rows.len() > 50_000 {
            return Err(Stop::open("K39"));
        }
        table.unordered = table.unordered.or(more.unordered);
        table.rows.extend(more.rows);
        Ok(table)
    }
}

/// `appendpipe`: what the commands make of the rows follows the rows.
#[derive(Debug)]
pub(super) struct AppendPipe {
    pub(super) search: Pipeline,
}

impl Step for AppendPipe {
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        table.rows.iter().try_for_each(|row| run.take(row.size()))?;
        let more = self.search.run(Some(table.clone()), run)?;
        table.unordered = table.unordered.or(more.unordered);
        table.rows.extend(more.rows);
        Ok(table)
    }
}

/// In which order the rows of several searches come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// Newest first, as events do.
    ByTime,
    /// Not promised.
    Open,
}

/// `multisearch` and `union`.
#[derive(Debug)]
pub(super) struct Several {
    searches: Vec<Pipeline>,
    join: Join,
}

impl Several {
    pub(super) fn compile(
        searches: &[Spanned<Search>],
        join: Join,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if join == Join::ByTime {
            // K40.
            let commands = searches.iter().flat_map(|search| &search.value.commands);
            for command in commands.filter(|command| !is_streaming(&command.value)) {
                let message = "`multisearch` takes streaming commands only (K40)";
                problems.push(Problem::refused(message, command.span));
            }
        }
        let found: Vec<Option<Pipeline>> =
            searches.iter().map(|search| compile::pipeline(&search.value, problems)).collect();
        Some(Self { searches: found.into_iter().collect::<Option<_>>()?, join })
    }
}

/// Whether a command looks at one row at a time.
fn is_streaming(command: &Command) -> bool {
    match command {
        Command::Search(_)
        | Command::Where(_)
        | Command::Eval(_)
        | Command::Rex(_)
        | Command::Regex { .. }
        | Command::Rename(_)
        | Command::Fields { .. }
        | Command::Bin(_)
        | Command::Lookup(_)
        | Command::MvExpand { .. }
        | Command::MakeMv(_)
        | Command::NoMv(_)
        | Command::Spath(_)
        | Command::Foreach(_)
        | Command::Convert(_)
        | Command::Macro(_) => true,
        Command::Fillnull { fields, .. } => !fields.is_empty(),
        Command::Stats(_)
        | Command::EventStats(_)
        | Command::StreamStats(_)
        | Command::TStats(_)
        | Command::Filldown { .. }
        | Command::Table(_)
        | Command::Sort(_)
        | Command::Dedup(_)
        | Command::Head(_)
        | Command::Tail(_)
        | Command::Reverse
        | Command::InputLookup(_)
        | Command::Append(_)
        | Command::AppendPipe(_)
        | Command::MultiSearch(_)
        | Command::Union(_)
        | Command::MvCombine { .. }
        | Command::MakeResults(_)
        | Command::Other(_) => false,
    }
}

impl Step for Several {
    fn apply(&self, _: Table, run: &Run) -> Answer<Table> {
        let mut rows = Vec::new();
        for search in &self.searches {
            rows.extend(search.run(None, run)?.rows);
            if rows.len() > limits::ROWS {
                return Err(Stop::Limit { what: "rows" });
            }
        }
        let times: Option<Vec<f64>> = rows.iter().map(time_of).collect();
        match times {
            Some(times) if self.join == Join::ByTime => {
                let mut timed: Vec<(f64, Row)> = times.into_iter().zip(rows).collect();
                timed.sort_by(|left, right| right.0.total_cmp(&left.0));
                Ok(Table::ordered(timed.into_iter().map(|(_, row)| row).collect()))
            }
            _ => Ok(Table { rows, unordered: Some("K40") }),
        }
    }
}

/// `makeresults`.
#[derive(Debug)]
pub(super) struct MakeResultsStep {
    count: usize,
    rows: Vec<Row>,
    timed: bool,
}

impl MakeResultsStep {
    /// K46, K48: the data are read before the search runs.
    pub(super) fn compile(it: &MakeResults, problems: &mut Vec<Problem>) -> Option<Self> {
        let count = usize::try_from(it.count).unwrap_or(usize::MAX);
        let Some((format, data)) = &it.data else {
            return Some(Self { count, rows: vec![Row::new()], timed: true });
        };
        let rows = match format {
            ResultFormat::Json => json_rows(&data.value),
            ResultFormat::Csv => csv_rows(&data.value),
        };
        match rows {
            Ok(rows) => Some(Self { count: 1, rows, timed: *format == ResultFormat::Json }),
            Err(message) => {
                problems.push(Problem::refused(message, data.span));
                None
            }
        }
    }
}

impl Step for MakeResultsStep {
    fn apply(&self, _: Table, run: &Run) -> Answer<Table> {
        if self.count > limits::ROWS {
            return Err(Stop::Limit { what: "rows" });
        }
        let mut rows = Vec::new();
        for _ in 0..self.count {
            for row in &self.rows {
                run.step(1)?;
                run.take(row.size())?;
                let mut row = row.clone();
                if self.timed && row.get("_time").is_none() {
                    row.set("_time", Value::Number(run.context.now));
                }
                rows.push(row);
            }
        }
        Ok(Table::ordered(rows))
    }
}

/// Members of each object as fields, nested ones as JSON, and the object itself as `_raw`.
fn json_rows(data: &str) -> Result<Vec<Row>, String> {
    use serde_json::Value as Json;
    let Ok(Json::Array(elements)) = serde_json::from_str(data) else {
        return Err("the data must be an array of objects (K48)".to_owned());
    };
    elements
        .into_iter()
        .map(|element| {
            let Json::Object(members) = &element else {
                return Err("the data must be an array of objects (K48)".to_owned());
            };
            let mut row = Row::new();
            row.set("_raw", Value::text(element.to_string()));
            for (name, value) in members {
                if let Some(text) = super::json::shown(value) {
                    row.set(name.as_str(), Value::Text(text));
                }
            }
            Ok(row)
        })
        .collect()
}

/// A head line and rows; an empty cell is no value (C6).
fn csv_rows(data: &str) -> Result<Vec<Row>, String> {
    let mut lines = csv(data)?.into_iter();
    let head: Vec<Arc<str>> = lines.next().unwrap_or_default();
    if head.is_empty() {
        return Err("the data have no head line".to_owned());
    }
    Ok(lines
        .map(|cells| {
            let cells = head.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty());
            cells.map(|(name, cell)| (name, Value::Text(cell))).collect()
        })
        .collect())
}

/// Comma-separated values, RFC 4180.
fn csv(data: &str) -> Result<Vec<Vec<Arc<str>>>, String> {
    let mut lines = Vec::new();
    let mut line: Vec<Arc<str>> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut characters = data.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell).trim().into()),
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell).trim().into());
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return Err("a quote in the data is not closed".to_owned());
    }
    if !cell.is_empty() || !line.is_empty() {
        line.push(cell.trim().into());
        lines.push(line);
    }
    lines.retain(|cells| cells.iter().any(|cell| !cell.is_empty()));
    Ok(lines)
}
