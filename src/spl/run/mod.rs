//! Runs a search.
//!
//! In: `ast::Search`, compiled once; events and tables. Out: the rows that come through, or why that cannot be said. Each
//! command is a step in a file of its own. Must not know who wrote the search.

mod aggregate;
mod bin;
mod compile;
mod convert;
mod expr;
mod fields;
mod fill;
mod foreach;
mod functions;
mod generate;
mod json;
mod keywords;
mod lookup;
mod multivalue;
mod number;
mod order;
mod percentile;
mod regexes;
mod rex;
mod search;
mod sort;
mod spath;
mod state;
mod stats;
mod streamstats;
mod truth;
mod tstats;
mod typing;
mod val;
mod window;

use std::borrow::Cow;

use state::{Run, Table};

use super::ast::Search;
use super::context::{Context, Dataset};
use super::limits;
use super::problem::{Problem, Stop};
use super::value::Row;

type Answer<T> = Result<T, Stop>;

/// One command, ready to run.
trait Step: Send + Sync + std::fmt::Debug {
    /// Turns rows into rows.
    fn apply(&self, table: Table, run: &Run) -> Answer<Table>;
}

/// A search, ready to run any number of times.
#[derive(Debug)]
pub struct Program {
    pipeline: Pipeline,
    saved: Option<&'static str>,
}

/// Steps with what stands before them.
#[derive(Debug)]
struct Pipeline {
    source: Source,
    steps: Vec<Box<dyn Step>>,
}

/// Where rows come from.
#[derive(Debug)]
enum Source {
    /// The events that satisfy the base search.
    Events(search::Matcher),
    /// A step that makes rows of its own.
    Generated(Box<dyn Step>),
    /// The rows of the outer search, as in `appendpipe` and `foreach`.
    Given,
}

impl Program {
    /// Prepares a search: expressions are compiled once, types are checked as Splunk does. All problems at once: what
    /// lies outside the subset, and what Splunk itself refuses.
    pub fn compile(search: &Search) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let pipeline = compile::pipeline(search, &mut problems);
        match pipeline {
            Some(pipeline) if problems.is_empty() => Ok(Self { pipeline, saved: None }),
            _ => {
                problems.sort_by_key(|problem| problem.span.start);
                problems.dedup();
                Err(problems)
            }
        }
    }

    /// Prepares a search that is kept as a saved search, where `$name$` is a token and `$$` a plain sign (P03). Whether a
    /// saved search needs `$$` is contested (C13): a text with either is undetermined when run.
    pub fn compile_saved(search: &Search, text: &str) -> Result<Self, Vec<Problem>> {
        let saved = if has_token(text) { Some("C13") } else { None };
        Self::compile(search).map(|program| Self { saved, ..program })
    }

    /// Runs the search. Where a contested behaviour has two sides that can be tried, both are: the answer stands only
    /// when it is the same.
    pub fn run(&self, dataset: &Dataset, context: &Context) -> Result<Vec<Row>, Stop> {
        if let Some(rule) = self.saved {
            return Err(Stop::open(rule));
        }
        let mut run = Run::new(dataset, context);
        let first = self.pipeline.run(None, &run)?;
        while let Some(rule) = run.turn_last_side() {
            let other = self.pipeline.run(None, &run)?;
            if !first.same_as(&other) {
                return Err(Stop::open(rule));
            }
        }
        Ok(first.into_rows())
    }
}

/// `$$`, or a name between two signs.
fn has_token(text: &str) -> bool {
    let parts: Vec<&str> = text.split('$').collect();
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().any(|part| {
        part.is_empty() || part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:|-".contains(&byte))
    })
}

impl Pipeline {
    fn run(&self, given: Option<Table>, run: &Run) -> Answer<Table> {
        let mut table = match &self.source {
            Source::Events(matcher) => base_search(matcher, run)?,
            Source::Generated(step) => step.apply(Table::default(), run)?,
            Source::Given => given.unwrap_or_default(),
        };
        for step in &self.steps {
            table = step.apply(table, run)?;
            if table.rows.len() > limits::ROWS {
                return Err(Stop::Limit { what: "rows" });
            }
        }
        Ok(table)
    }
}

/// A14: newest first. Events of the same second keep the order in which they were given, which Splunk does not promise:
/// what depends on it is asked for by `Table::in_order`.
fn base_search(matcher: &search::Matcher, run: &Run) -> Answer<Table> {
    let mut found: Vec<Cow<Row>> = Vec::new();
    for event in &run.dataset.events {
        run.step(1)?;
        if matcher.holds(event, run)? {
            run.take(event.size())?;
            found.push(Cow::Borrowed(event));
        }
    }
    let times: Option<Vec<f64>> = found.iter().map(|row| state::time_of(row)).collect();
    let mut rows: Vec<Row> = found.into_iter().map(Cow::into_owned).collect();
    let known = times.is_some();
    if let Some(times) = times {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_by(|left, right| times[*right].total_cmp(&times[*left]));
        let mut taken: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        rows = places.into_iter().filter_map(|place| taken[place].take()).collect();
    }
    // Without times there is no telling which came first.
    Ok(Table { rows, unordered: if known { None } else { Some("A14") } })
}
