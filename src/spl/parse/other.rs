//! Commands of Splunk that are read but not run: their options, words and subsearches are kept.
//!
//! The list is that of the Search Reference; a name that is not in it is no command.

use super::{Answer, Cursor, options, subsearch};
use crate::diagnostics::did_you_mean;
use crate::source::{Span, Spanned};
use crate::spl::ast::{Name, Other};
use crate::spl::problem::Problem;

/// In alphabetical order.
const COMMANDS: &[&str] = &[
    "abstract",
    "accum",
    "addcoltotals",
    "addinfo",
    "addtotals",
    "analyzefields",
    "anomalies",
    "anomalousvalue",
    "anomalydetection",
    "append",
    "appendcols",
    "appendpipe",
    "apply",
    "arules",
    "associate",
    "autoregress",
    "awssnsalert",
    "bin",
    "bucket",
    "bucketdir",
    "chart",
    "cluster",
    "cofilter",
    "collect",
    "concurrency",
    "contingency",
    "convert",
    "correlate",
    "ctable",
    "datamodel",
    "datamodelsimple",
    "dbinspect",
    "dbxquery",
    "decrypt",
    "dedup",
    "delete",
    "delta",
    "diff",
    "discretize",
    "erex",
    "eval",
    "eventcount",
    "eventstats",
    "extract",
    "fieldformat",
    "fields",
    "fieldsummary",
    "filldown",
    "fillnull",
    "findtypes",
    "fit",
    "flatten",
    "folderize",
    "foreach",
    "format",
    "from",
    "fromjson",
    "gauge",
    "gentimes",
    "geom",
    "geomfilter",
    "geostats",
    "head",
    "highlight",
    "history",
    "iconify",
    "inputcsv",
    "inputlookup",
    "iplocation",
    "join",
    "kmeans",
    "kv",
    "kvform",
    "loadjob",
    "localize",
    "localop",
    "lookup",
    "makecontinuous",
    "makemv",
    "makeresults",
    "map",
    "mcatalog",
    "mcollect",
    "metadata",
    "metasearch",
    "meventcollect",
    "mpreview",
    "msearch",
    "mstats",
    "multikv",
    "multisearch",
    "mvcombine",
    "mvexpand",
    "nomv",
    "outlier",
    "outputcsv",
    "outputlookup",
    "outputtext",
    "overlap",
    "pivot",
    "predict",
    "rangemap",
    "rare",
    "redistribute",
    "regex",
    "reltime",
    "rename",
    "replace",
    "require",
    "rest",
    "return",
    "reverse",
    "rex",
    "risk",
    "rtorder",
    "run",
    "savedsearch",
    "script",
    "scrub",
    "search",
    "searchtxn",
    "selfjoin",
    "sendalert",
    "sendemail",
    "set",
    "setfields",
    "sichart",
    "sirare",
    "sistats",
    "sitimechart",
    "sitop",
    "sort",
    "spath",
    "stats",
    "strcat",
    "streamstats",
    "summary",
    "table",
    "tags",
    "tail",
    "timechart",
    "timewrap",
    "tojson",
    "top",
    "transaction",
    "transpose",
    "trendline",
    "tscollect",
    "tstats",
    "typeahead",
    "typelearner",
    "typer",
    "union",
    "uniq",
    "untable",
    "walklex",
    "where",
    "x11",
    "xmlkv",
    "xmlunescape",
    "xpath",
    "xyseries",
];

/// Whether Splunk has such a command; `name` is in lower case.
pub(super) fn is_command(name: &str) -> bool {
    COMMANDS.binary_search(&name).is_ok()
}

/// Whether the text begins with the name of a command, as a subsearch may.
pub(super) fn begins_with_command(cursor: &Cursor) -> bool {
    let mut ahead = cursor.clone();
    let name = ahead.run(|c| c.is_ascii_alphanumeric() || c == '_');
    is_command(&name.value.to_ascii_lowercase()) && ahead.peek().is_none_or(|c| c.is_whitespace() || c == '[')
}

/// Whether options stand before the subsearch of `append` and `appendpipe`.
pub(super) fn has_options(cursor: &Cursor) -> bool {
    cursor.peek() != Some('[')
}

/// No such command. Apps bring commands of their own: what is near to none of Splunk's may be one.
pub(super) fn unknown(name: &Name) -> Problem {
    let message = format!("there is no command `{}`", name.value);
    match did_you_mean(&name.value, COMMANDS.iter().copied()) {
        Some(known) => Problem::syntax(message, name.span).help(format!("did you mean `{known}`?")),
        None => Problem::outside(message, name.span),
    }
}

/// The command with what stands behind it, which is not looked into. Quotes, brackets and parentheses must match.
pub(super) fn other(cursor: &mut Cursor, name: String) -> Answer<Other> {
    let mut found = Other { name, options: Vec::new(), words: Vec::new(), subsearches: Vec::new() };
    let mut depth = 0_usize;
    while !cursor.is_done() {
        if cursor.peek() == Some('[') {
            found.subsearches.push(subsearch(cursor)?);
            continue;
        }
        if depth == 0
            && let Some(option) = options::option(cursor)?
        {
            found.options.push(option);
            continue;
        }
        if let Some(word) = cursor.quoted()? {
            found.words.push(word);
            continue;
        }
        let start = cursor.at();
        if cursor.eat("(") {
            depth += 1;
            found.words.push(sign("(", start));
        } else if cursor.eat(")") {
            depth = depth.checked_sub(1).ok_or_else(|| {
                Problem::syntax("a parenthesis is closed that was not opened", Span::new(start, start + 1))
            })?;
            found.words.push(sign(")", start));
        } else if cursor.eat(",") {
            found.words.push(sign(",", start));
        } else if cursor.eat("=") || cursor.eat("`") {
            found.words.push(sign(cursor.slice(Span::new(start, start + 1)), start));
        } else {
            let word = cursor
                .run(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '[' | ']' | '"' | ',' | '=' | '`'));
            if word.value.is_empty() {
                return Err(cursor.unexpected("a word"));
            }
            found.words.push(word);
        }
    }
    if depth > 0 {
        return Err(Problem::syntax("a parenthesis is not closed", cursor.here()));
    }
    Ok(found)
}

fn sign(text: &str, start: usize) -> Name {
    Spanned::new(text.to_owned(), Span::new(start, start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(COMMANDS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
