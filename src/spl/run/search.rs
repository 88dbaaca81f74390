//! What a `search` asks of a row.
//!
//! In: `ast::Term`, compiled once; a row. Out: whether it holds. Values are compared without regard to case (S06), `*` is
//! a wildcard (S09), a right side is never a field (S23).

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::state::Run;
use super::{Answer, Pipeline, compile, keywords, state};
use crate::source::{Span, Spanned};
use crate::spl::ast::{CompareOp, Name, SearchValue, Term, ValueMode};
use crate::spl::problem::{Problem, Stop};
use crate::spl::time;
use crate::spl::value::{Look, Row, look};
use crate::spl::wildcard::{Wildcard, fold};

/// A compiled condition.
#[derive(Debug)]
pub(super) enum Matcher {
    All(Vec<Matcher>),
    Any(Vec<Matcher>),
    Not(Box<Matcher>),
    Equals {
        field: Arc<str>,
        value: Wanted,
        negated: bool,
    },
    Ordered {
        field: Arc<str>,
        op: CompareOp,
        value: Box<str>,
    },
    Keyword(keywords::Keyword),
    /// `earliest=` and `latest=`: at or after, and before (T01).
    Earliest(Box<str>, Span),
    Latest(Box<str>, Span),
    Subsearch(Box<Pipeline>),
}

/// A value that a field is compared with.
#[derive(Debug)]
pub(super) struct Wanted {
    pattern: Wildcard,
    text: Box<str>,
    look: Look,
    network: Option<IpNet>,
    in_list: bool,
    cased: bool,
}

impl Wanted {
    fn new(value: &SearchValue, in_list: bool) -> Self {
        let cased = value.mode == ValueMode::Case;
        Self {
            pattern: Wildcard::new(&value.text, !cased),
            text: value.text.as_str().into(),
            look: if value.text.contains('*') { Look::Text } else { look(&value.text) },
            network: if value.text.contains('/') { value.text.parse().ok() } else { None },
            in_list,
            cased,
        }
    }
}

impl Matcher {
    /// Compiles terms. None when something is wrong, which is then among the problems.
    pub(super) fn compile(term: &Term, problems: &mut Vec<Problem>) -> Option<Self> {
        match term {
            Term::All(members) => Self::several(members, problems).map(Matcher::All),
            Term::Any(members) => Self::several(members, problems).map(Matcher::Any),
            Term::Not(inner) => Self::compile(inner, problems).map(|inner| Matcher::Not(Box::new(inner))),
            Term::Compare { field, op, value } => Self::comparison(field, *op, value, problems),
            Term::In { field, values } => {
                let name = checked(field, problems)?;
                let equals = |value: &Spanned<SearchValue>| Matcher::Equals {
                    field: Arc::clone(&name),
                    value: Wanted::new(&value.value, true),
                    negated: false,
                };
                Some(Matcher::Any(values.iter().map(equals).collect()))
            }
            Term::Keyword(value) => Some(Matcher::Keyword(keywords::Keyword::new(&value.value))),
            Term::Subsearch(search) => {
                compile::pipeline(&search.value, problems).map(|it| Matcher::Subsearch(Box::new(it)))
            }
            Term::Macro(call) => {
                problems.push(Problem::outside(format!("the macro `{}` is not known", call.name), call.span));
                None
            }
        }
    }

    fn several(members: &[Term], problems: &mut Vec<Problem>) -> Option<Vec<Self>> {
        let found: Vec<Option<Self>> = members.iter().map(|member| Self::compile(member, problems)).collect();
        found.into_iter().collect()
    }

    fn comparison(
        field: &Name,
        op: CompareOp,
        value: &Spanned<SearchValue>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        // S40: modifiers of time take no other operator than these.
        if matches!(
            field.value.as_str(),
            "earliest" | "latest" | "index" | "_index_earliest" | "_index_latest"
        ) && !is_equality
        {
            problems.push(Problem::refused(format!("`{}` takes = alone (S40)", field.value), field.span));
            return None;
        }
        match (field.value.as_str(), op) {
            ("earliest", CompareOp::Equal) => {
                return Some(Matcher::Earliest(value.value.text.as_str().into(), value.span));
            }
            ("latest", CompareOp::Equal) => {
                return Some(Matcher::Latest(value.value.text.as_str().into(), value.span));
            }
            ("earliest" | "latest" | "_index_earliest" | "_index_latest" | "starttime" | "endtime", _)
            | ("starthoursago" | "endhoursago" | "startdaysago" | "enddaysago", _) => {
                problems.push(Problem::outside(format!("`{}` is not evaluated", field.value), field.span));
                return None;
            }
            _ => {}
        }
        let name = checked(field, problems)?;
        if is_equality {
            let negated = op == CompareOp::NotEqual;
            return Some(Matcher::Equals { field: name, value: Wanted::new(&value.value, false), negated });
        }
        if value.value.text.contains('*') || value.value.mode != ValueMode::Plain {
            problems.push(Problem::outside("an order against a wildcard is not evaluated", value.span));
            return None;
        }
        Some(Matcher::Ordered { field: name, op, value: value.value.text.as_str().into() })
    }

    /// Whether it holds for a row.
    pub(super) fn holds(&self, row: &Row, run: &Run) -> Answer<bool> {
        run.step(1)?;
        match self {
            // What is undetermined does not matter beside what is false, or true: see `settled`.
            Matcher::All(members) => settled(members, row, run, false),
            Matcher::Any(members) => settled(members, row, run, true),
            Matcher::Not(inner) => Ok(!inner.holds(row, run)?),
            Matcher::Equals { field, value, negated } => equals(field, value, *negated, row, run),
            Matcher::Ordered { field, op, value } => ordered(field, *op, value, row),
            Matcher::Keyword(keyword) => keyword.holds(row, run),
            Matcher::Earliest(text, span) => Ok(time_of(row)? >= moment(text, *span, run)?),
            Matcher::Latest(text, span) => Ok(time_of(row)? < moment(text, *span, run)?),
            Matcher::Subsearch(pipeline) => subsearch(pipeline, row, run),
        }
    }
}

/// Whether one member (`any`), or every member, holds. A member that decides makes undetermined ones unimportant.
fn settled(members: &[Matcher], row: &Row, run: &Run, any: bool) -> Answer<bool> {
    let mut open = None;
    for member in members {
        match member.holds(row, run) {
            Ok(found) if found == any => return Ok(any),
            Ok(_) => {}
            Err(stop @ Stop::Undetermined { .. }) => {
                open.get_or_insert(stop);
            }
            Err(stop) => return Err(stop),
        }
    }
    open.map_or(Ok(!any), Err)
}

fn checked(field: &Name, problems: &mut Vec<Problem>) -> Option<Arc<str>> {
    if field.value.contains('*') {
        problems
            .push(Problem::outside("a wildcard in the name of a field is not evaluated here", field.span));
        return None;
    }
    Some(Arc::from(field.value.as_str()))
}

/// S06 to S20, S32 to S34, S41, S42.
fn equals(field: &str, wanted: &Wanted, negated: bool, row: &Row, run: &Run) -> Answer<bool> {
    let Some(found) = row.get(field) else { return Ok(false) };
    let mut texts = found.texts();
    let Some(first) = texts.next() else { return Ok(false) };
    let several = texts.next().is_some();
    if negated && several {
        // S42: whether one value that differs is enough is not documented.
        return Err(Stop::open("C3"));
    }
    if !several {
        // C6: whether the empty text is a value at all.
        if first.is_empty() && (negated || wanted.pattern.is_anything() || wanted.text.is_empty()) {
            return Ok(if run.side("C6") { false } else { fits(wanted, &first)? != negated });
        }
        return Ok(fits(wanted, &first)? != negated);
    }
    let mut open = None;
    for text in found.texts() {
        match fits(wanted, &text) {
            Ok(true) if text.is_empty() => open = Some(Stop::open("C6")),
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(stop) => open = Some(stop),
        }
    }
    open.map_or(Ok(false), Err)
}

fn fits(wanted: &Wanted, text: &str) -> Answer<bool> {
    if let Some(network) = wanted.network {
        // S34: a network in a list is not documented.
        let inside = text.parse::<IpAddr>().is_ok_and(|address| network.contains(&address));
        let same = wanted.pattern.fits(text);
        return match (inside, same, wanted.in_list) {
            (inside, same, false) if inside || !same => Ok(inside),
            (false, same, true) => Ok(same),
            _ => Err(Stop::open(if wanted.in_list { "S34" } else { "S32" })),
        };
    }
    if wanted.pattern.fits(text) {
        return Ok(true);
    }
    // C1: strings by the documentation, numbers by folklore.
    let number = |look: Look, text: &str| match look {
        Look::Number(number) => Some(number),
        Look::Doubtful => text.trim().parse().ok(),
        Look::Text => None,
    };
    if !wanted.cased
        && wanted.look != Look::Text
        && let (Some(one), Some(two)) = (number(wanted.look, &wanted.text), number(look(text), text))
        && one == two
    {
        return Err(Stop::open("C1"));
    }
    // Simple lower case is not all of "without regard to case": Splunk documents no rule beyond ASCII.
    Ok(false)
}

/// S21, S22. C2: number against text.
fn ordered(field: &str, op: CompareOp, value: &str, row: &Row) -> Answer<bool> {
    let Some(found) = row.get(field) else { return Ok(false) };
    let texts: Vec<_> = found.texts().collect();
    if texts.len() > 1 {
        let results: Vec<bool> = texts.iter().map(|text| order(text, value, op)).collect::<Answer<_>>()?;
        return if results.iter().all(|it| *it == results[0]) {
            Ok(results[0])
        } else {
            Err(Stop::open("C3"))
        };
    }
    match texts.first() {
        Some(text) => order(text, value, op),
        None => Ok(false),
    }
}

fn order(text: &str, value: &str, op: CompareOp) -> Answer<bool> {
    match (look(text), look(value)) {
        (Look::Number(left), Look::Number(right)) => Ok(op.holds(left.total_cmp(&right))),
        (Look::Text, Look::Text) => {
            let (cased, folded) = (op.holds(text.cmp(value)), op.holds(fold(text).cmp(&fold(value))));
            // S22 sorts upper case before lower, S06 compares without regard to case.
            if cased == folded { Ok(cased) } else { Err(Stop::open("C2")) }
        }
        _ => Err(Stop::open("C2")),
    }
}

fn time_of(row: &Row) -> Answer<f64> {
    state::time_of(row).ok_or(Stop::open("T01"))
}

/// T06: an unreadable time fails the search.
fn moment(text: &str, span: Span, run: &Run) -> Answer<f64> {
    time::relative(text, run.context.now)
        .ok_or_else(|| Stop::Fails { what: format!("the time `{text}` cannot be read"), span })
}

/// S47: the rows of a subsearch become `((f="v" AND g="w") OR …)`: a row must equal one of them in every field.
fn subsearch(pipeline: &Pipeline, row: &Row, run: &Run) -> Answer<bool> {
    let table = run.subsearch(pipeline)?;
    if table.rows.len() > 10_000 {
        return Err(Stop::open("S47"));
    }
    for wanted in &table.rows {
        run.step(wanted.len())?;
        let mut all = true;
        let mut any = false;
        for (name, value) in wanted.fields() {
            if name.starts_with('_') {
                continue;
            }
            any = true;
            // Fields named `search` and `query`, several values, and wildcards in values have rules of their own.
            let text = value.texts().next().unwrap_or_default();
            if matches!(&**name, "search" | "query") || value.texts().count() > 1 || text.contains('*') {
                return Err(Stop::open("S47"));
            }
            let value = SearchValue { text: text.into_owned(), quoted: true, mode: ValueMode::Plain };
            all &= equals(name, &Wanted::new(&value, false), false, row, run)?;
        }
        if all && any {
            return Ok(true);
        }
    }
    // Nothing to ask for: what an empty subsearch becomes is not documented.
    if table.rows.is_empty() { Err(Stop::open("S47")) } else { Ok(false) }
}
