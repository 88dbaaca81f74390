//! The syntax tree of a search.
//!
//! In: built by the lowering. Out: text. The templates in `templates/splunk/` own the order and the line breaks, the
//! tokens and expressions write themselves.

use askama::Template;

use super::expr::{EvalExpr, Term};
use super::tokens::{Comment, EvalTarget, Fact, FieldName, MacroName, ModelName, printed_by_display};

printed_by_display!(Aggregate, SortKey);

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
    /// Events of several base searches, each with commands of its own. At least two, and their commands work on each
    /// event alone (K40). No limit on rows is documented for it, unlike `append` and `join`.
    #[template(block = "stages")]
    Stages {
        /// The searches.
        searches: Vec<StageSearch>,
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

/// One search of [`Head::Stages`].
#[derive(Debug, Clone, Template)]
#[template(path = "splunk/stage.spl")]
pub(super) struct StageSearch {
    /// The terms that must all hold. Not empty.
    pub(super) terms: Vec<Term>,
    /// What is done with each event.
    pub(super) commands: Vec<Command>,
}

/// A command, without the pipe before it.
#[derive(Debug, Clone, Template)]
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
        /// The fields; none for one row over everything.
        by: Vec<FieldName>,
        /// Whether a value that an event has twice counts once (A04).
        dedup: bool,
    },
    /// All rows in the order of these fields.
    #[template(block = "sort")]
    Sort {
        /// The fields. Not empty.
        keys: Vec<SortKey>,
    },
    /// Aggregates over the rows so far, this one included, in each row.
    #[template(block = "streamstats")]
    StreamStats {
        /// Only over the last rows of the group, so many; 0 for all.
        window: u32,
        /// What is computed.
        aggregates: Vec<Aggregate>,
        /// The fields of the groups.
        by: Vec<FieldName>,
    },
    /// Aggregates over all rows of a group, in each of them.
    #[template(block = "eventstats")]
    EventStats {
        /// What is computed.
        aggregates: Vec<Aggregate>,
        /// The fields of the groups.
        by: Vec<FieldName>,
    },
    /// One row a value; rows without the field stay as they are (K25).
    #[template(block = "expand")]
    Expand {
        /// The field.
        field: FieldName,
    },
    /// The first row of each value.
    #[template(block = "dedup")]
    Dedup {
        /// The field. No row lacks it (K23).
        field: FieldName,
    },
    /// Takes away the fields that were only steps on the way.
    #[template(block = "remove_helpers")]
    RemoveHelpers,
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
    /// How many rows, under a name.
    Rows(FieldName),
    /// A function of a field, under a name.
    Of(&'static str, FieldName, FieldName),
}

/// A field that rows are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SortKey {
    /// The field.
    pub(super) field: FieldName,
    /// The largest first.
    pub(super) descending: bool,
}

impl std::fmt::Display for SortKey {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.field)
    }
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
            Aggregate::Rows(name) => write!(f, "count as {name}"),
            Aggregate::Of(function, field, name) => write!(f, "{function}({field}) as {name}"),
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
        let none: &[StageSearch] = &[];
        let (terms, searches) = match &self.head {
            Head::Events { terms } | Head::DataModel { terms, .. } => (terms.as_slice(), none),
            Head::Stages { searches } => (&[][..], searches.as_slice()),
        };
        let terms = terms.iter().chain(searches.iter().flat_map(|search| &search.terms));
        let commands = searches.iter().flat_map(|search| &search.commands).chain(&self.commands);
        let of_terms =
            terms.filter_map(|term| if let Term::Macro(name) = term { Some(name.as_str()) } else { None });
        let of_commands = commands.filter_map(|command| match command {
            Command::Filter { name } => Some(name.as_str()),
            Command::ReadableTime { .. } => Some("security_content_ctime"),
            _ => None,
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
