//! Reads the text of a search.
//!
//! In: text, macros expanded or not. Out: `ast::Search`, or everything that is wrong with it. Must not know what a
//! command does; shares no code with what prints searches.

mod aggregates;
mod commands;
mod cursor;
mod eval;
mod fields;
mod generating;
mod lists;
mod options;
mod other;
mod search;
mod stats;
mod tstats;

use std::cell::RefCell;

use cursor::Cursor;

use super::ast::{Command, MacroCall, Search};
use super::limits;
use super::macros;
use super::problem::Problem;
use crate::source::{Span, Spanned};

pub(super) use options::unit;

type Answer<T> = Result<T, Problem>;

/// Reads a search. All problems at once: after one in a command the reading goes on at the next.
pub fn parse(text: &str) -> Result<Search, Vec<Problem>> {
    if text.len() > limits::TEXT {
        return Err(vec![Problem::syntax("the search is too long", Span::new(0, text.len()))]);
    }
    let text = macros::without_comments(text).map_err(|problem| vec![problem])?;
    let problems = RefCell::new(Vec::new());
    let mut cursor = Cursor::new(&text, &problems);
    let search = pipeline(&mut cursor, false);
    if !cursor.is_done() {
        cursor.report(cursor.unexpected("a pipe or the end"));
    }
    let mut problems = problems.into_inner();
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup();
    if problems.is_empty() { Ok(search) } else { Err(problems) }
}

/// Reads the commands that stand in the brackets of `foreach`, for one field.
pub(super) fn parse_template(text: &str) -> Result<Search, Vec<Problem>> {
    let problems = RefCell::new(Vec::new());
    let mut cursor = Cursor::new(text, &problems);
    let search = pipeline(&mut cursor, true);
    if !cursor.is_done() {
        cursor.report(cursor.unexpected("a pipe or the end"));
    }
    let problems = problems.into_inner();
    if problems.is_empty() { Ok(search) } else { Err(problems) }
}

/// Reads commands up to the end or a closing bracket. Outside of brackets a text that does not begin with a pipe is a
/// `search`; in brackets the name of a command may come first.
fn pipeline(cursor: &mut Cursor, nested: bool) -> Search {
    let mut commands = Vec::new();
    cursor.space();
    let mut piped = cursor.eat("|");
    if !piped && (cursor.rest().is_empty() || (nested && cursor.rest().starts_with(']'))) {
        cursor.report(Problem::syntax("the search is empty", cursor.here()));
        return Search { commands };
    }
    loop {
        cursor.space();
        let start = cursor.at();
        let end = cursor.end_of_command();
        let mut part = cursor.part(Span::new(start, end));
        let first = commands.is_empty() && !piped;
        let found = if part.is_done() {
            let pipe = cursor.slice(Span::new(0, start)).trim_end().len().saturating_sub(1);
            Err(Problem::syntax("a pipe without a command", Span::new(pipe, pipe + 1)))
        } else if first && !(nested && other::begins_with_command(&part)) {
            part.eat_word("search");
            search::terms(&mut part).map(Command::Search)
        } else {
            command(&mut part)
        };
        let complete = found.and_then(|command| {
            if part.is_done() { Ok(command) } else { Err(part.unexpected("a pipe or the end")) }
        });
        match complete {
            Ok(command) => {
                let length = cursor.slice(Span::new(start, end)).trim_end().len();
                commands.push(Spanned::new(command, Span::new(start, start + length)));
            }
            Err(problem) => cursor.report(problem),
        }
        cursor.jump(end);
        if !cursor.eat("|") {
            return Search { commands };
        }
        piped = true;
    }
}

/// Reads one command after a pipe.
fn command(cursor: &mut Cursor) -> Answer<Command> {
    if cursor.peek() == Some('`') {
        return macro_call(cursor).map(Command::Macro);
    }
    let name = cursor.run(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.value.is_empty() {
        return Err(cursor.unexpected("a command"));
    }
    let lower = name.value.to_ascii_lowercase();
    cursor.space();
    match lower.as_str() {
        "search" => search::terms(cursor).map(Command::Search),
        "where" => eval::expression(cursor).map(Command::Where),
        "eval" => eval::assignments(cursor).map(Command::Eval),
        "stats" => stats::stats(cursor).map(Command::Stats),
        "eventstats" => stats::stats(cursor).map(Command::EventStats),
        "streamstats" => stats::streamstats(cursor).map(Command::StreamStats),
        "tstats" => tstats::tstats(cursor).map(Command::TStats),
        "fillnull" => commands::fillnull(cursor),
        "filldown" => Ok(Command::Filldown { fields: fields::names(cursor)? }),
        "rex" => commands::rex(cursor),
        "regex" => commands::regex(cursor),
        "rename" => fields::rename(cursor),
        "table" => Ok(Command::Table(fields::some_names(cursor)?)),
        "fields" => fields::fields(cursor),
        "sort" => lists::sort(cursor).map(Command::Sort),
        "dedup" => lists::dedup(cursor),
        "head" => lists::head(cursor),
        "tail" => Ok(Command::Tail(options::count(cursor)?.unwrap_or(10))),
        "reverse" => Ok(Command::Reverse),
        "bin" | "bucket" | "discretize" => commands::bin(cursor).map(Command::Bin),
        "lookup" => generating::lookup(cursor).map(Command::Lookup),
        "inputlookup" => generating::inputlookup(cursor).map(Command::InputLookup),
        "append" if !other::has_options(cursor) => subsearch(cursor).map(|s| Command::Append(s.value)),
        "appendpipe" if !other::has_options(cursor) => {
            subsearch(cursor).map(|s| Command::AppendPipe(s.value))
        }
        "multisearch" => subsearches(cursor).map(Command::MultiSearch),
        "union" if cursor.peek() == Some('[') => subsearches(cursor).map(Command::Union),
        "mvexpand" => commands::mvexpand(cursor),
        "makemv" => commands::makemv(cursor).map(Command::MakeMv),
        "nomv" => Ok(Command::NoMv(fields::name(cursor)?)),
        "mvcombine" => commands::mvcombine(cursor),
        "spath" => commands::spath(cursor).map(Command::Spath),
        "makeresults" => generating::makeresults(cursor),
        "foreach" => commands::foreach(cursor),
        "convert" => commands::convert(cursor).map(Command::Convert),
        _ if other::is_command(&lower) => other::other(cursor, lower).map(Command::Other),
        _ => Err(other::unknown(&name)),
    }
}

/// `` `name(arguments)` ``.
fn macro_call(cursor: &mut Cursor) -> Answer<MacroCall> {
    let start = cursor.at();
    cursor.expect("`")?;
    let body = cursor.run(|c| c != '`');
    if !cursor.eat("`") {
        return Err(Problem::syntax("a backtick is not closed", Span::new(start, cursor.at())));
    }
    let span = Span::new(start, cursor.at());
    let (name, arguments) =
        macros::parse_call(&body.value).map_err(|message| Problem::syntax(message, span))?;
    Ok(MacroCall { name, arguments, span })
}

/// `[ … ]`.
fn subsearch(cursor: &mut Cursor) -> Answer<Spanned<Search>> {
    cursor.space();
    let start = cursor.at();
    if !cursor.eat("[") {
        return Err(cursor.unexpected("a subsearch in brackets"));
    }
    let search = cursor.deeper(|cursor| Ok(pipeline(cursor, true)))?;
    if !cursor.eat("]") {
        return Err(Problem::syntax("a bracket is not closed", Span::new(start, start + 1)));
    }
    Ok(Spanned::new(search, Span::new(start, cursor.at())))
}

/// `[ … ] [ … ]`, at least two (K40).
fn subsearches(cursor: &mut Cursor) -> Answer<Vec<Spanned<Search>>> {
    let mut found = Vec::new();
    while !cursor.is_done() {
        found.push(subsearch(cursor)?);
        cursor.separators();
    }
    if found.len() < 2 {
        return Err(Problem::refused("at least two subsearches are needed", cursor.here()));
    }
    Ok(found)
}

/// Reads the terms of a `search` alone, as `searchmatch` has them.
pub(super) fn parse_terms(text: &str) -> Result<super::ast::Term, Vec<Problem>> {
    let problems = RefCell::new(Vec::new());
    let mut cursor = Cursor::new(text, &problems);
    let found = search::terms(&mut cursor)
        .and_then(|term| if cursor.is_done() { Ok(term) } else { Err(cursor.unexpected("a term")) });
    let mut problems = problems.into_inner();
    match found {
        Ok(term) if problems.is_empty() => Ok(term),
        Ok(_) => Err(problems),
        Err(problem) => {
            problems.push(problem);
            Err(problems)
        }
    }
}
