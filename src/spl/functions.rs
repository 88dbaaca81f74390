//! The functions that Splunk has: of `eval` and of `stats`.
//!
//! In: a name and a number of arguments. Out: whether there is such a function. From the Search Reference, "Evaluation
//! functions" and "Statistical and charting functions". Must not know what they compute.

use super::problem::Problem;
use crate::diagnostics::did_you_mean;
use crate::source::Span;

/// As many as one likes.
const MANY: usize = usize::MAX;

/// Name, fewest and most arguments. In alphabetical order.
const EVAL: &[(&str, usize, usize)] = &[
    ("abs", 1, 1),
    ("acos", 1, 1),
    ("acosh", 1, 1),
    ("asin", 1, 1),
    ("asinh", 1, 1),
    ("atan", 1, 1),
    ("atan2", 2, 2),
    ("atanh", 1, 1),
    ("avg", 1, MANY),
    ("bit_and", 2, MANY),
    ("bit_not", 1, 2),
    ("bit_or", 2, MANY),
    ("bit_shift_left", 2, 2),
    ("bit_shift_right", 2, 2),
    ("bit_xor", 2, MANY),
    ("case", 2, MANY),
    ("ceil", 1, 1),
    ("ceiling", 1, 1),
    ("cidrmatch", 2, 2),
    ("coalesce", 1, MANY),
    ("commands", 1, 1),
    ("cos", 1, 1),
    ("cosh", 1, 1),
    ("exact", 1, 1),
    ("exp", 1, 1),
    ("false", 0, 0),
    ("floor", 1, 1),
    ("hypot", 2, 2),
    ("if", 3, 3),
    ("in", 2, MANY),
    ("ipmask", 2, 2),
    ("isarray", 1, 1),
    ("isbool", 1, 1),
    ("isdouble", 1, 1),
    ("isint", 1, 1),
    ("ismv", 1, 1),
    ("isnotnull", 1, 1),
    ("isnull", 1, 1),
    ("isnum", 1, 1),
    ("isobject", 1, 1),
    ("isstr", 1, 1),
    ("json", 1, 1),
    ("json_append", 3, MANY),
    ("json_array", 0, MANY),
    ("json_array_to_mv", 1, 2),
    ("json_delete", 2, MANY),
    ("json_entries", 1, 1),
    ("json_extend", 3, MANY),
    ("json_extract", 1, MANY),
    ("json_extract_exact", 1, MANY),
    ("json_has_key_exact", 2, 2),
    ("json_keys", 1, 1),
    ("json_object", 0, MANY),
    ("json_set", 3, MANY),
    ("json_set_exact", 3, MANY),
    ("json_valid", 1, 1),
    ("len", 1, 1),
    ("like", 2, 2),
    ("ln", 1, 1),
    ("log", 1, 2),
    ("lookup", 2, 3),
    ("lower", 1, 1),
    ("ltrim", 1, 2),
    ("match", 2, 2),
    ("max", 1, MANY),
    ("md5", 1, 1),
    ("min", 1, MANY),
    ("mv_to_json_array", 1, 2),
    ("mvappend", 1, MANY),
    ("mvcount", 1, 1),
    ("mvdedup", 1, 1),
    ("mvfilter", 1, 1),
    ("mvfind", 2, 2),
    ("mvindex", 2, 3),
    ("mvjoin", 2, 2),
    ("mvmap", 2, 3),
    ("mvrange", 2, 3),
    ("mvreverse", 1, 1),
    ("mvsort", 1, 1),
    ("mvzip", 2, 3),
    ("now", 0, 0),
    ("null", 0, 0),
    ("nullif", 2, 2),
    ("pi", 0, 0),
    ("pow", 2, 2),
    ("printf", 1, MANY),
    ("random", 0, 0),
    ("relative_time", 2, 2),
    ("replace", 3, 3),
    ("round", 1, 2),
    ("rtrim", 1, 2),
    ("searchmatch", 1, 1),
    ("sha1", 1, 1),
    ("sha256", 1, 1),
    ("sha512", 1, 1),
    ("sigfig", 1, 1),
    ("sin", 1, 1),
    ("sinh", 1, 1),
    ("spath", 2, 2),
    ("split", 2, 2),
    ("sqrt", 1, 1),
    ("strftime", 2, 2),
    ("strptime", 2, 2),
    ("substr", 2, 3),
    ("sum", 1, MANY),
    ("tan", 1, 1),
    ("tanh", 1, 1),
    ("time", 0, 0),
    ("toarray", 1, 1),
    ("tobool", 1, 1),
    ("todouble", 1, 1),
    ("toint", 1, 2),
    ("tomv", 1, 1),
    ("tonumber", 1, 2),
    ("toobject", 1, 1),
    ("tostring", 1, 3),
    ("trim", 1, 2),
    ("true", 0, 0),
    ("typeof", 1, 1),
    ("upper", 1, 1),
    ("urldecode", 1, 1),
    ("validate", 2, MANY),
];

/// The functions of `stats`; percentiles are recognised apart.
const STATS: &[&str] = &[
    "avg",
    "count",
    "dc",
    "earliest",
    "earliest_time",
    "estdc",
    "estdc_error",
    "first",
    "last",
    "latest",
    "latest_time",
    "list",
    "max",
    "median",
    "min",
    "mode",
    "per_day",
    "per_hour",
    "per_minute",
    "per_second",
    "range",
    "rate",
    "rate_avg",
    "rate_sum",
    "sparkline",
    "stdev",
    "stdevp",
    "sum",
    "sumsq",
    "values",
    "var",
    "varp",
];

/// Other names of the functions of `stats`.
const STATS_ALIASES: &[(&str, &str)] = &[("c", "count"), ("distinct_count", "dc"), ("mean", "avg")];

/// Checks that there is such a function of `eval`; `name` is in lower case. E56: otherwise the whole search fails.
pub(super) fn check(name: &str, arguments: usize, span: Span) -> Result<(), Problem> {
    let Some((_, fewest, most)) = EVAL.iter().find(|(known, ..)| *known == name) else {
        let problem = Problem::refused(format!("there is no function `{name}`"), span);
        return Err(match did_you_mean(name, EVAL.iter().map(|(known, ..)| *known)) {
            Some(known) => problem.help(format!("did you mean `{known}`?")),
            None => problem,
        });
    };
    if (*fewest..=*most).contains(&arguments) {
        return Ok(());
    }
    let wanted = match (*fewest, *most) {
        (fewest, most) if fewest == most => format!("{fewest}"),
        (fewest, MANY) => format!("at least {fewest}"),
        (fewest, most) => format!("{fewest} to {most}"),
    };
    Err(Problem::refused(format!("`{name}` takes {wanted} arguments, not {arguments}"), span))
}

/// The function of `stats` by this name, in its long form and in lower case.
pub(super) fn aggregate(name: &str, span: Span) -> Result<String, Problem> {
    let lower = name.to_ascii_lowercase();
    if let Some((_, long)) = STATS_ALIASES.iter().find(|(alias, _)| *alias == lower) {
        return Ok((*long).to_owned());
    }
    if STATS.contains(&lower.as_str()) {
        return Ok(lower);
    }
    for (prefix, long) in
        [("exactperc", "exactperc"), ("upperperc", "upperperc"), ("perc", "perc"), ("p", "perc")]
    {
        if let Some(percent) = lower.strip_prefix(prefix)
            && percent.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent))
        {
            return Ok(format!("{long}{percent}"));
        }
    }
    let problem = Problem::refused(format!("`stats` has no function `{name}`"), span);
    Err(match did_you_mean(&lower, STATS.iter().copied()) {
        Some(known) => problem.help(format!("did you mean `{known}`?")),
        None => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_finds_slips() {
        assert!(EVAL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let problem = check("matches", 2, Span::default()).expect_err("is none");
        assert_eq!(problem.help.as_deref(), Some("did you mean `match`?"));
        assert!(check("if", 2, Span::default()).is_err());
        assert_eq!(aggregate("P95", Span::default()), Ok("perc95".to_owned()));
        assert_eq!(aggregate("C", Span::default()), Ok("count".to_owned()));
        assert!(aggregate("perc101", Span::default()).is_err());
    }
}
