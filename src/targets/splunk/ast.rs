//! The syntax tree of a search.
//!
//! In: built by the lowering. Out: text. The templates in `templates/splunk/` own the order and the line breaks, the
//! tokens and expressions write themselves.

use askama::Template;

use super::expr::{EvalExpr, Term};
use super::tokens::{Comment, EvalTarget, Fact, FieldName, MacroName, ModelName, printed_by_display};

printed_by_display!(Aggregate);

/// A whole search.
#[derive(Debug)]
pub(super) struct Search {
    /// What the reader must know. Printed behind the head: Splunk takes a query that does not begin with `|` for the
    /// terms of a `search`, and `tstats` must come first.
    pub(super) notes: Vec<Comment>,
    /// Where the events come from.
    pub(super) head: Head,
    /// What is done with them.
    pub(super) commands: Vec<Command>,
}

/// Where events come from.
#[derive(Debug, Template)]
#[template(path = "splunk/head.spl")]
pub(super) enum Head {
    /// The implied first `search`: terms that must all hold. Not empty.
    #[template(block = "events")]
    Events {
        /// The terms.
        terms: Vec<Term>,
    },
    /// The summaries of a data model.
    #[template(block = "data_model")]
    DataModel {
        /// What stands for a missing value.
        fill: Fact,
        /// What is computed of each group.
        aggregates: Vec<Aggregate>,
        /// The dataset.
        model: ModelName,
        /// The terms that must all hold.
        terms: Vec<Term>,
        /// The fields of which each combination is a group. Not empty.
        by: Vec<FieldName>,
    },
}

/// A command, without the pipe before it.
#[derive(Debug, Template)]
#[template(path = "splunk/command.spl")]
pub(super) enum Command {
    /// Computes fields, one after the other.
    #[template(block = "eval")]
    Eval {
        /// The fields with their values. Not empty.
        assignments: Vec<(EvalTarget, EvalExpr)>,
    },
    /// Keeps what satisfies the condition.
    #[template(block = "where_")]
    Where {
        /// The condition.
        condition: EvalExpr,
    },
    /// Looks a field up in a list: the field `found` is there where it is listed. Without a match nothing is written
    /// (K35), and whether what was there before is cleared is not documented: `found` must be empty before.
    #[template(block = "lookup")]
    Lookup {
        /// The lookup's definition.
        list: FieldName,
        /// The column that is held against the field.
        column: FieldName,
        /// The field.
        field: FieldName,
        /// The field that is there where a row fits.
        found: FieldName,
    },
    /// Removes fields.
    #[template(block = "remove")]
    Remove {
        /// The fields.
        fields: Vec<FieldName>,
    },
    /// Gives other names.
    #[template(block = "rename")]
    Rename {
        /// Old and new names.
        pairs: Vec<(FieldName, FieldName)>,
    },
    /// ESCU's bare `fillnull`: 0 in every field that some row has.
    #[template(block = "fill_all")]
    FillAll,
    /// Writes `unknown` into these fields where they are missing, also where no event has them (K02).
    #[template(block = "fill")]
    Fill {
        /// The fields.
        fields: Vec<FieldName>,
    },
    /// Writes `unknown` into these fields where they are the empty text, which `fillnull` leaves (K03). Whether
    /// `stats by` drops such rows is contested (C6). `<<FIELD>>` is `foreach`'s own word for the field at hand.
    #[template(block = "fill_empty")]
    FillEmpty {
        /// The fields.
        fields: Vec<FieldName>,
    },
    /// One row per combination of fields.
    #[template(block = "stats")]
    Stats {
        /// What is computed of each group.
        aggregates: Vec<Aggregate>,
        /// The fields. Not empty.
        by: Vec<FieldName>,
        /// Whether a value that an event has twice counts once (A04).
        dedup: bool,
    },
    /// ESCU's macro that writes a time for people.
    #[template(block = "ctime")]
    ReadableTime {
        /// The field.
        field: &'static str,
    },
    /// The macro in which a user tunes this detection.
    #[template(block = "filter")]
    Filter {
        /// The macro.
        name: MacroName,
    },
}

/// What `stats` and `tstats` compute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Aggregate {
    /// How many events.
    Count,
    /// When the first was.
    FirstTime,
    /// When the last was.
    LastTime,
    /// How many events, over groups that were counted before.
    CountOfGroups,
    /// The first time, over groups.
    FirstTimeOfGroups,
    /// The last time, over groups.
    LastTimeOfGroups,
    /// The distinct values of a field, under a name.
    Values(FieldName, FieldName),
}

impl std::fmt::Display for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Aggregate::Count => f.write_str("count"),
            Aggregate::FirstTime => f.write_str("min(_time) as firstTime"),
            Aggregate::LastTime => f.write_str("max(_time) as lastTime"),
            Aggregate::CountOfGroups => f.write_str("sum(count) as count"),
            Aggregate::FirstTimeOfGroups => f.write_str("min(firstTime) as firstTime"),
            Aggregate::LastTimeOfGroups => f.write_str("max(lastTime) as lastTime"),
            Aggregate::Values(field, name) => write!(f, "values({field}) as {name}"),
        }
    }
}

/// One pipe a line.
#[derive(Template)]
#[template(path = "splunk/lines.spl")]
struct Lines<'a> {
    search: &'a Search,
}

/// One line, as ESCU writes.
#[derive(Template)]
#[template(path = "splunk/line.spl")]
struct Line<'a> {
    search: &'a Search,
}

impl Search {
    /// The macros that it calls, each once, without arguments.
    pub(super) fn macros(&self) -> Vec<String> {
        let head = match &self.head {
            Head::Events { terms } | Head::DataModel { terms, .. } => terms,
        };
        let of_terms = head.iter().filter_map(|term| match term {
            Term::Macro(name) => Some(name.as_str()),
            Term::Fact(..) | Term::Window { .. } | Term::Condition(_) => None,
        });
        let of_commands = self.commands.iter().filter_map(|command| match command {
            Command::Filter { name } => Some(name.as_str()),
            Command::ReadableTime { .. } => Some("security_content_ctime"),
            Command::Eval { .. }
            | Command::Where { .. }
            | Command::Lookup { .. }
            | Command::Remove { .. }
            | Command::Rename { .. }
            | Command::FillAll
            | Command::Fill { .. }
            | Command::FillEmpty { .. }
            | Command::Stats { .. } => None,
        });
        let mut names: Vec<String> = Vec::new();
        for name in of_terms.chain(of_commands) {
            let name = name.split('(').next().unwrap_or(name);
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The text, without a line break at the end.
    pub(super) fn render(&self, one_line: bool) -> Result<String, askama::Error> {
        if one_line { Line { search: self }.render() } else { Lines { search: self }.render() }
    }
}
