//! From the tree to steps.
//!
//! In: `ast::Search`. Out: a pipeline, and all that is outside of the subset or refused by Splunk.

use super::search::Matcher;
use super::typing::Typing;
use super::{Pipeline, Source, Step};
use super::{
    bin, convert, fields, fill, foreach, generate, lookup, multivalue, order, regexes, rex, sort, spath,
    stats,
};
use super::{streamstats, tstats};
use crate::source::{Span, Spanned};
use crate::spl::ast::{Command, Search};
use crate::spl::problem::Problem;

/// A search that brings its own rows.
pub(super) fn pipeline(search: &Search, problems: &mut Vec<Problem>) -> Option<Pipeline> {
    let (first, rest) = search.commands.split_first()?;
    let source = match &first.value {
        Command::Search(term) => Matcher::compile(term, problems).map(Source::Events),
        command if generates(command) => step(first, problems).map(Source::Generated),
        // They may bring rows: what they do is not known here.
        Command::Other(_) | Command::Macro(_) => {
            problems.push(Problem::outside("what the first command brings is not known", first.span));
            None
        }
        _ => {
            problems.push(Problem::refused("the first command brings no rows", first.span));
            None
        }
    };
    let steps = steps(rest, problems);
    Some(Pipeline { source: source?, steps: steps? })
}

/// Commands for rows that are there: what stands in the brackets of `appendpipe` and `foreach`.
pub(super) fn continuation(search: &Search, problems: &mut Vec<Problem>) -> Option<Pipeline> {
    Some(Pipeline { source: Source::Given, steps: steps(&search.commands, problems)? })
}

fn steps(commands: &[Spanned<Command>], problems: &mut Vec<Problem>) -> Option<Vec<Box<dyn Step>>> {
    let found: Vec<Option<Box<dyn Step>>> = commands
        .iter()
        .map(|command| {
            let leads =
                generates(&command.value) && !matches!(&command.value, Command::InputLookup(it) if it.append);
            if leads {
                problems.push(Problem::refused("this command must be the first (K43)", command.span));
            }
            step(command, problems)
        })
        .collect();
    found.into_iter().collect()
}

/// Whether a command brings rows of its own.
fn generates(command: &Command) -> bool {
    matches!(
        command,
        Command::TStats(_)
            | Command::InputLookup(_)
            | Command::MakeResults(_)
            | Command::MultiSearch(_)
            | Command::Union(_)
    )
}

fn step(command: &Spanned<Command>, problems: &mut Vec<Problem>) -> Option<Box<dyn Step>> {
    let span: Span = command.span;
    let mut typing = Typing { problems };
    match &command.value {
        Command::Search(term) => boxed(fields::Filter::Search(Matcher::compile(term, problems)?)),
        Command::Where(condition) => boxed(fields::Filter::Where(typing.condition(condition)?)),
        Command::Eval(assignments) => boxed(fields::Eval::compile(assignments, &mut typing)?),
        Command::Stats(it) => boxed(stats::StatsStep::compile(it, stats::Shape::Stats, problems)?),
        Command::EventStats(it) => boxed(stats::StatsStep::compile(it, stats::Shape::EventStats, problems)?),
        Command::StreamStats(it) => boxed(streamstats::StreamStep::compile(it, span, problems)?),
        Command::TStats(it) => boxed(tstats::TStatsStep::compile(it, span, problems)?),
        Command::Fillnull { value, fields } => boxed(fill::FillNull::new(value.as_deref(), fields)),
        Command::Filldown { fields } => boxed(fill::FillDown::new(fields)),
        Command::Rex(it) => boxed(rex::RexStep::compile(it, problems)?),
        Command::Regex { field, negated, pattern } => {
            boxed(regexes::RegexStep::compile(field, *negated, pattern, problems)?)
        }
        Command::Rename(pairs) => boxed(fields::Rename::compile(pairs, problems)?),
        Command::Table(names) => boxed(fields::Table::new(names)),
        Command::Fields { remove, fields } => boxed(fields::Fields::new(*remove, fields)),
        Command::Sort(it) => boxed(sort::SortStep::new(it)),
        Command::Dedup(it) => boxed(order::DedupStep::new(it)),
        Command::Head(count) => boxed(order::Cut::Head(*count)),
        Command::Tail(count) => boxed(order::Cut::Tail(*count)),
        Command::Reverse => boxed(order::Cut::Reverse),
        Command::Bin(it) => boxed(bin::BinStep::compile(it, span, problems)?),
        Command::Lookup(it) => boxed(lookup::LookupStep::compile(it, problems)?),
        Command::InputLookup(it) => boxed(lookup::InputLookupStep::compile(it, problems)?),
        Command::Append(search) => boxed(generate::Append { search: pipeline(search, problems)? }),
        Command::AppendPipe(search) => {
            boxed(generate::AppendPipe { search: continuation(search, problems)? })
        }
        Command::MultiSearch(searches) => {
            boxed(generate::Several::compile(searches, generate::Join::ByTime, problems)?)
        }
        Command::Union(searches) => {
            boxed(generate::Several::compile(searches, generate::Join::Open, problems)?)
        }
        Command::MvExpand { field, limit } => boxed(multivalue::MvExpand::new(field, *limit)),
        Command::MakeMv(it) => boxed(multivalue::MakeMvStep::compile(it, problems)?),
        Command::NoMv(field) => boxed(multivalue::NoMv::new(field)),
        Command::MvCombine { field, delim } => {
            boxed(multivalue::MvCombine::compile(field, delim.is_some(), span, problems)?)
        }
        Command::Spath(it) => boxed(spath::SpathStep::new(it)),
        Command::MakeResults(it) => boxed(generate::MakeResultsStep::compile(it, problems)?),
        Command::Foreach(it) => boxed(foreach::ForeachStep::compile(it, problems)?),
        Command::Convert(it) => boxed(convert::ConvertStep::compile(it, problems)?),
        Command::Macro(call) => {
            problems.push(Problem::outside(format!("the macro `{}` is not known", call.name), call.span));
            None
        }
        Command::Other(other) => {
            problems.push(Problem::outside(format!("the command `{}` is not evaluated", other.name), span));
            None
        }
    }
}

fn boxed(step: impl Step + 'static) -> Option<Box<dyn Step>> {
    Some(Box::new(step))
}
