//! A reader of the SPL that detc emits, and nothing more: base search, `search`, `eval`, `where`, `lookup`, `fields -`.
//!
//! It reads the query's text, shares no code with the printer, and follows Splunk's documented rules. Where a rule is
//! contested or unproven, the answer is *undetermined* with the reason, and the test fails: what is emitted must not
//! need such a rule. S.. are rules of `search`, E.. of `eval` and `where`, C.. the contested ones; each is said where it
//! is used.

mod eval;
mod functions;
mod lookup;
mod search;
mod tokens;
mod value;

use std::collections::BTreeMap;
use std::fmt;

/// An event as Splunk sees it: field to its values; a field that is not there is null.
pub(crate) type Row = BTreeMap<String, Vec<String>>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The text is not SPL of this subset.
    Syntax(String),
    /// The answer depends on a rule that is contested.
    Undetermined(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Problem::Syntax(what) => write!(f, "not SPL of this subset: {what}"),
            Problem::Undetermined(rule) => write!(f, "contested: {rule}"),
        }
    }
}

type Answer<T> = Result<T, Problem>;

/// A query, read once.
pub(crate) struct Query {
    commands: Vec<Command>,
    lookups: Vec<lookup::Table>,
}

enum Command {
    Search(search::Search),
    Eval(Vec<(String, eval::Expr)>),
    Where(eval::Expr),
    Lookup(lookup::Lookup),
    Remove(Vec<String>),
}

impl Query {
    /// Reads a query.
    pub(crate) fn read(text: &str) -> Answer<Self> {
        let text = tokens::without_comments(text)?;
        let mut commands = Vec::new();
        for (index, segment) in tokens::pipeline(&text)?.into_iter().enumerate() {
            let (word, rest) = segment.split_once(char::is_whitespace).unwrap_or((segment, ""));
            commands.push(match word {
                _ if index == 0 => Command::Search(search::read(segment)?),
                "search" => Command::Search(search::read(rest)?),
                "where" => Command::Where(eval::read(rest)?),
                "eval" => Command::Eval(eval::read_assignments(rest)?),
                "lookup" => Command::Lookup(lookup::read(rest)?),
                "fields" => Command::Remove(lookup::read_removed(rest)?),
                other => return Err(Problem::Syntax(format!("command {other}"))),
            });
        }
        Ok(Self { commands, lookups: Vec::new() })
    }

    /// With the lookups of these lists, as `transforms.conf` and their files would define them.
    pub(crate) fn with_lookups<'a>(mut self, lists: impl Iterator<Item = &'a detc::ir::List>) -> Self {
        self.lookups = lists.map(lookup::Table::of).collect();
        self
    }

    /// Whether an event comes through.
    pub(crate) fn keeps(&self, row: &Row) -> Answer<bool> {
        let mut row = row.clone();
        for command in &self.commands {
            match command {
                Command::Search(search) => {
                    if !search::holds(search, &row)? {
                        return Ok(false);
                    }
                }
                Command::Where(condition) => {
                    if !eval::is_true(condition, &row)? {
                        return Ok(false);
                    }
                }
                Command::Lookup(lookup) => lookup::run(lookup, &self.lookups, &mut row)?,
                Command::Remove(fields) => row.retain(|name, _| !fields.contains(name)),
                Command::Eval(assignments) => {
                    for (name, expr) in assignments {
                        match eval::value(expr, &row)?.into_field()? {
                            Some(values) => row.insert(name.clone(), values),
                            None => row.remove(name),
                        };
                    }
                }
            }
        }
        Ok(true)
    }
}
