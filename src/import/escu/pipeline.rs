//! A search, as far as the neutral format can say it.
//!
//! In: the tree of a search whose macros for data sources and for output are not expanded. Out: where its events are, what
//! it asks of them, what its results have; or the reason why it says more. Commands that only shape the output are left
//! out: what alerts does not depend on them.

use std::collections::BTreeMap;

use super::logic::Reason;
use crate::spl::ast::{Aggregate, AggregateOf, Command, MacroCall, Name, Search, Stats, TStats, Term};
use crate::spl::expr::Expr;

/// Where the events of a search are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Head {
    /// In a data set.
    Model(String),
    /// Behind a macro.
    Macro(String),
    /// Behind these terms alone.
    Terms,
}

/// A condition behind the head: its names are those of the search at that point.
#[derive(Debug)]
pub(super) enum Filter<'s> {
    /// Terms of `search`, and of the head.
    Terms(&'s Term),
    /// `where`.
    Where(&'s Expr),
    /// `regex`.
    Regex { field: &'s str, negated: bool, pattern: &'s str },
}

/// A field that a summary groups by, so that it drops what lacks it.
#[derive(Debug, PartialEq)]
pub(super) enum Required {
    /// One of the events.
    Field {
        /// Its name in the search.
        shown: String,
        /// The field of the event.
        origin: String,
    },
    /// Something that the search computes.
    Computed(String),
}

/// Marks that names which are not listed may stand for other fields.
const BLURRED: &str = "*";

/// What a name of the search stands for at some point.
pub(super) type Names = BTreeMap<String, Option<String>>;

/// A search, taken apart.
#[derive(Debug)]
pub(super) struct Parts<'s> {
    pub(super) head: Head,
    /// Conditions, each with what the names meant before it; names that are not listed are fields of the events.
    pub(super) filters: Vec<(Filter<'s>, Names)>,
    /// Whether nothing but listed names exist any more: after a summary.
    pub(super) summarised: bool,
    /// The fields without which the summary drops an event.
    pub(super) required: Vec<Required>,
    /// The fields of the summary: name in the result, field of the event.
    pub(super) by: Vec<(String, String)>,
    /// Collected values: name in the result, field of the event.
    pub(super) values: Vec<(String, String)>,
    /// What was left out because it only shapes the output, in order.
    pub(super) left_out: Vec<String>,
}

/// Takes a search apart.
pub(super) fn parts(search: &Search) -> Result<Parts<'_>, Reason> {
    let (first, rest) = search.commands.split_first().ok_or("an empty search")?;
    let mut reader = Reader {
        parts: Parts {
            head: Head::Terms,
            filters: Vec::new(),
            summarised: false,
            required: Vec::new(),
            by: Vec::new(),
            values: Vec::new(),
            left_out: Vec::new(),
        },
        names: Names::new(),
        filled: Filled::Nothing,
        blurred: Vec::new(),
    };
    match &first.value {
        Command::Search(term) => {
            reader.parts.head = head(term).map_or(Head::Terms, |call| Head::Macro(call.name.clone()));
            reader.parts.filters.push((Filter::Terms(term), Names::new()));
        }
        Command::TStats(tstats) => reader.tstats(tstats)?,
        Command::Other(other) => return Err(format!("the command `{}`", other.name)),
        _ => return Err("a search that begins with another command".to_owned()),
    }
    for command in rest {
        reader.command(&command.value)?;
    }
    Ok(reader.parts)
}

/// The one macro that stands among the terms that must all hold.
pub(super) fn head(term: &Term) -> Option<&MacroCall> {
    match term {
        Term::Macro(call) => Some(call),
        Term::All(members) => members.iter().find_map(|member| match member {
            Term::Macro(call) => Some(call),
            _ => None,
        }),
        _ => None,
    }
}

struct Reader<'s> {
    parts: Parts<'s>,
    names: Names,
    filled: Filled<'s>,
    /// Beginnings of names that a `rename` with a star may have given to other fields of the events.
    blurred: Vec<String>,
}

/// What has a value in every row, since the search writes one.
enum Filled<'s> {
    Nothing,
    These(Vec<&'s str>),
    All,
}

impl Filled<'_> {
    fn holds(&self, name: &str) -> bool {
        match self {
            Filled::Nothing => false,
            Filled::These(names) => names.contains(&name),
            Filled::All => true,
        }
    }
}

impl<'s> Reader<'s> {
    fn tstats(&mut self, tstats: &'s TStats) -> Result<(), Reason> {
        let model = tstats.model.as_ref().ok_or("`tstats` without a data model")?;
        self.parts.head = Head::Model(model.value.clone());
        for (key, _) in &tstats.options {
            if matches!(key.value.as_str(), "prestats" | "append") {
                return Err(format!("the option `{}` of `tstats`", key.value));
            }
        }
        if let Some(condition) = &tstats.condition {
            self.parts.filters.push((Filter::Terms(condition), Names::new()));
        }
        // ESCU's macro for data models has `fillnull_value`.
        let fills = tstats.options.iter().any(|(key, _)| key.value == "fillnull_value")
            || tstats.macros.iter().any(|call| call.name == "security_content_summariesonly");
        if fills {
            self.filled = Filled::All;
        }
        self.summary(&tstats.aggregates, &tstats.by)
    }

    /// A summary: from here on only its columns exist.
    fn summary(&mut self, aggregates: &[Aggregate], by: &[Name]) -> Result<(), Reason> {
        if by.is_empty() {
            // A count of nothing is a result, too.
            return Err("a summary without `by`, which has a result even where nothing is found".to_owned());
        }
        let mut names = Names::new();
        let mut found = Vec::new();
        for field in by.iter().filter(|field| field.value != "_time") {
            let shown = &field.value;
            let is_blurred = self.is_blurred(shown);
            let required = match self.origin(shown) {
                Ok(origin) => {
                    found.push((shown.clone(), origin.clone()));
                    names.insert(shown.clone(), Some(origin.clone()));
                    if is_blurred {
                        Required::Computed(shown.clone())
                    } else {
                        Required::Field { shown: shown.clone(), origin }
                    }
                }
                // What is computed groups the results; only what has a value of it alerts.
                Err(_) => {
                    names.insert(shown.clone(), None);
                    Required::Computed(shown.clone())
                }
            };
            if !self.filled.holds(shown) {
                self.parts.required.push(required);
            }
        }
        let mut values = Vec::new();
        for aggregate in aggregates {
            names.insert(aggregate.name.clone(), None);
            let collects = matches!(
                aggregate.function.as_str(),
                "values" | "list" | "latest" | "earliest" | "first" | "last"
            );
            if let (AggregateOf::Field(field), true) = (&aggregate.of, collects)
                && !field.contains('*')
                && let Ok(origin) = self.origin(field)
            {
                values.push((aggregate.name.clone(), origin));
            }
        }
        self.parts.by = found;
        self.parts.values = values;
        self.parts.summarised = true;
        self.names = names;
        Ok(())
    }

    /// The field of the events behind a name.
    fn origin(&self, name: &str) -> Result<String, Reason> {
        origin(&self.names, self.parts.summarised, name)
    }

    /// Whether a name may stand for another field by now: it is not listed, and fits a `rename` with a star.
    fn is_blurred(&self, name: &str) -> bool {
        !self.parts.summarised
            && !self.names.contains_key(name)
            && self.blurred.iter().any(|start| name.starts_with(start.as_str()))
    }

    fn computed(&mut self, name: &str) {
        self.names.insert(name.to_owned(), None);
        self.parts.by.retain(|(known, _)| known != name);
        self.parts.values.retain(|(known, _)| known != name);
    }

    fn command(&mut self, command: &'s Command) -> Result<(), Reason> {
        match command {
            Command::Search(term) => self.parts.filters.push((Filter::Terms(term), self.frozen())),
            Command::Where(expr) => self.parts.filters.push((Filter::Where(expr), self.frozen())),
            Command::Regex { field, negated, pattern } => {
                let filter =
                    Filter::Regex { field: &field.value, negated: *negated, pattern: &pattern.value };
                self.parts.filters.push((filter, self.frozen()));
            }
            Command::Macro(call) => self.called(call)?,
            Command::Rename(pairs) => {
                for (old, new) in pairs {
                    self.rename(&old.value, &new.value);
                }
            }
            Command::Stats(Stats { aggregates, by, .. }) if !self.parts.summarised => {
                self.summary(aggregates, by)?
            }
            Command::Stats(_) => return Err("a summary of a summary".to_owned()),
            Command::Eval(assignments) => {
                for assignment in assignments {
                    self.computed(&assignment.target.value);
                }
                self.leave_out("eval");
            }
            Command::Rex(rex) => {
                for name in group_names(&rex.pattern.value) {
                    self.computed(&name);
                }
                self.leave_out("rex");
            }
            Command::Lookup(lookup) => {
                let Some(outputs) = &lookup.outputs else {
                    return Err("a `lookup` without OUTPUT".to_owned());
                };
                for (_, field) in outputs {
                    self.computed(&field.value);
                }
                self.leave_out("lookup");
            }
            Command::Convert(convert) => {
                for (_, field, name) in &convert.conversions {
                    self.computed(&name.as_ref().unwrap_or(field).value);
                }
            }
            Command::Fillnull { fields, .. } if !self.parts.summarised => {
                let named = fields.iter().map(|field| field.value.as_str());
                match &mut self.filled {
                    Filled::All => {}
                    _ if fields.is_empty() => self.filled = Filled::All,
                    Filled::These(known) => known.extend(named),
                    Filled::Nothing => self.filled = Filled::These(named.collect()),
                }
            }
            Command::Table(_) | Command::Fields { .. } | Command::Sort(_) | Command::Fillnull { .. } => {}
            Command::Bin(bin) if bin.field.value == "_time" => self.leave_out("bin"),
            Command::Other(other) if other.name == "iplocation" => self.leave_out("iplocation"),
            Command::Spath(spath) if spath.path.is_none() => self.leave_out("spath"),
            Command::MvExpand { .. } => self.leave_out("mvexpand"),
            Command::Other(other) => return Err(format!("the command `{}`", other.name)),
            other => return Err(format!("the command `{}`", word(other))),
        }
        Ok(())
    }

    /// What the names mean now; after a summary every name that exists is listed. What is blurred is not known any more.
    fn frozen(&self) -> Names {
        let mut names = self.names.clone();
        if !self.parts.summarised && !self.blurred.is_empty() {
            names.insert(BLURRED.to_owned(), None);
        }
        if self.parts.summarised {
            names.insert(String::new(), None);
        }
        names
    }

    fn called(&mut self, call: &MacroCall) -> Result<(), Reason> {
        match call.name.as_str() {
            "security_content_ctime" => Ok(()),
            "drop_dm_object_name" => {
                let prefix = format!("{}.", call.arguments.first().map_or("", String::as_str));
                let names: Vec<String> =
                    self.names.keys().filter(|name| name.starts_with(&prefix)).cloned().collect();
                for name in names {
                    let new = name[prefix.len()..].to_owned();
                    self.rename(&name, &new);
                }
                Ok(())
            }
            name if name.ends_with("_filter") => Ok(()),
            name => Err(format!("the macro `{name}`")),
        }
    }

    fn rename(&mut self, old: &str, new: &str) {
        if old.contains('*') {
            let (before, after) = old.split_once('*').unwrap_or((old, ""));
            let matching: Vec<String> = self
                .names
                .keys()
                .filter(|name| {
                    name.len() >= before.len() + after.len()
                        && name.starts_with(before)
                        && name.ends_with(after)
                })
                .cloned()
                .collect();
            if !self.parts.summarised {
                self.blurred.push(new.split('*').next().unwrap_or_default().to_owned());
            }
            for name in matching {
                let star = name[before.len()..name.len() - after.len()].to_owned();
                self.rename(&name, &new.replacen('*', &star, 1));
            }
            return;
        }
        let meaning = self.origin(old).ok();
        self.names.remove(old);
        if !self.parts.summarised {
            // The event has it under the new name alone.
            self.names.insert(old.to_owned(), None);
        }
        self.names.insert(new.to_owned(), meaning);
        for (known, _) in self.parts.by.iter_mut().chain(&mut self.parts.values) {
            if known == old {
                new.clone_into(known);
            }
        }
    }

    fn leave_out(&mut self, word: &str) {
        if !self.parts.left_out.iter().any(|known| known == word) {
            self.parts.left_out.push(word.to_owned());
        }
    }
}

/// The field of the events behind a name, by what names meant at a point of the search.
pub(super) fn origin(names: &Names, summarised: bool, name: &str) -> Result<String, Reason> {
    match names.get(name) {
        Some(Some(origin)) => Ok(origin.clone()),
        Some(None) => Err(format!("a condition on `{name}`, which the search computes")),
        None if names.contains_key(BLURRED) => {
            Err(format!("a condition on `{name}`, which a `rename` with a star may have made"))
        }
        None if summarised || names.contains_key("") => {
            Err(format!("a condition on `{name}`, which the summary does not have"))
        }
        None => Ok(name.to_owned()),
    }
}

/// The names of the groups of a regular expression.
fn group_names(pattern: &str) -> Vec<String> {
    let starts = pattern.match_indices("(?<").map(|(at, it)| at + it.len());
    let starts = starts.chain(pattern.match_indices("(?P<").map(|(at, it)| at + it.len()));
    starts.filter_map(|start| pattern[start..].split_once('>')).map(|(name, _)| name.to_owned()).collect()
}

fn word(command: &Command) -> &'static str {
    match command {
        Command::EventStats(_) => "eventstats",
        Command::StreamStats(_) => "streamstats",
        Command::TStats(_) => "tstats",
        Command::Append(_) => "append",
        Command::AppendPipe(_) => "appendpipe",
        Command::MultiSearch(_) => "multisearch",
        Command::Union(_) => "union",
        Command::InputLookup(_) => "inputlookup",
        Command::Dedup(_) => "dedup",
        Command::Head(_) => "head",
        Command::Tail(_) => "tail",
        Command::Foreach(_) => "foreach",
        Command::Spath(_) => "spath",
        Command::MakeMv(_) => "makemv",
        Command::NoMv(_) => "nomv",
        Command::MvCombine { .. } => "mvcombine",
        Command::Bin(_) => "bin",
        Command::Filldown { .. } => "filldown",
        _ => "of another kind",
    }
}
