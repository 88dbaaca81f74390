//! Expressions, compiled: what they give for a row.
//!
//! In: a row. Out: a value, or why there is none. Short-circuits only where every reading does.

use std::cmp::Ordering;
use std::sync::Arc;

use regex::Regex;

use super::functions::Function;
use super::number;
use super::search::Matcher;
use super::state::Run;
use super::truth::Truth;
use super::val::Val;
use super::{Answer, functions};
use crate::source::Span;
use crate::spl::ast::CompareOp;
use crate::spl::expr::Operator;
use crate::spl::pcre;
use crate::spl::problem::Stop;
use crate::spl::value::{Look, Row, Value, look};

/// A compiled expression.
#[derive(Debug)]
pub(super) enum Code {
    Constant(Val),
    Field(Arc<str>),
    Any(Vec<Code>),
    All(Vec<Code>),
    Xor(Vec<Code>),
    Not(Box<Code>),
    Compare(CompareOp, Box<Code>, Box<Code>),
    Chain(Box<Code>, Vec<(Operator, Code)>),
    Negate(Box<Code>),
    /// Pairs of condition and value, and what holds when no condition is true: `if` and `case`.
    Case(Vec<(Code, Code)>, Box<Code>),
    /// Pairs of condition and value: the value of the first condition that is not true.
    Validate(Vec<(Code, Code)>),
    Coalesce(Vec<Code>),
    Match(Box<Code>, Pattern),
    MvFind(Box<Code>, Pattern),
    Replace(Box<Code>, Pattern, Box<Code>),
    MvFilter(Arc<str>, Box<Code>),
    MvMap(Arc<str>, Box<Code>),
    SearchMatch(Box<Matcher>),
    /// A function; whether nothing but null makes it null.
    Call(Function, Vec<Code>, bool),
}

/// A regular expression: known beforehand, or made of the row.
#[derive(Debug)]
pub(super) enum Pattern {
    Fixed(Arc<Regex>),
    Made(Box<Code>, Span),
}

impl Code {
    /// Whether the condition is true for a row.
    pub(super) fn is_true(&self, row: &Row, run: &Run) -> Answer<bool> {
        self.truth(row, run)?.is_true()
    }

    /// The truth for a row. What is undetermined within may not matter for the whole.
    pub(super) fn truth(&self, row: &Row, run: &Run) -> Answer<Truth> {
        match self.value(row, run) {
            Ok(value) => match value.as_truth() {
                Err(Stop::Undetermined { rule }) => Ok(Truth::open(rule)),
                other => other,
            },
            Err(Stop::Undetermined { rule }) => Ok(Truth::open(rule)),
            Err(stop) => Err(stop),
        }
    }

    /// Whether the value is something, whatever the row.
    fn is_never_null(&self) -> bool {
        match self {
            Code::Constant(value) => !value.is_null(),
            Code::Coalesce(members) => members.iter().any(Code::is_never_null),
            Code::Call(_, arguments, strict) => *strict && arguments.iter().all(Code::is_never_null),
            _ => false,
        }
    }

    /// The value for a row.
    pub(super) fn value(&self, row: &Row, run: &Run) -> Answer<Val> {
        run.step(1)?;
        match self {
            Code::Constant(value) => Ok(value.clone()),
            Code::Field(name) => Ok(Val::of(row.get(name))),
            Code::All(members) => {
                let mut found = Truth::known(true);
                for member in members {
                    found = found.and(member.truth(row, run)?);
                    if found == Truth::known(false) {
                        break;
                    }
                }
                Ok(Val::Truth(found))
            }
            Code::Any(members) => {
                let mut found = Truth::known(false);
                for member in members {
                    found = found.or(member.truth(row, run)?);
                }
                Ok(Val::Truth(found))
            }
            Code::Xor(members) => {
                let mut found = Truth::known(false);
                for member in members {
                    found = found.xor(member.truth(row, run)?);
                }
                Ok(Val::Truth(found))
            }
            Code::Not(inner) => Ok(Val::Truth(inner.truth(row, run)?.not())),
            Code::Compare(op, left, right) => {
                match (left.value(row, run), right.value(row, run)) {
                    (Ok(left), Ok(right)) => Ok(Val::Truth(compare(*op, &left, &right))),
                    // What is unknown but never null makes a comparison true or false.
                    (Err(Stop::Undetermined { rule }), Ok(other))
                        if left.is_never_null() && !other.is_null() =>
                    {
                        Ok(Val::Truth(Truth::either(rule)))
                    }
                    (Ok(other), Err(Stop::Undetermined { rule }))
                        if right.is_never_null() && !other.is_null() =>
                    {
                        Ok(Val::Truth(Truth::either(rule)))
                    }
                    (Err(stop), _) | (_, Err(stop)) => Err(stop),
                }
            }
            Code::Chain(first, others) => {
                let mut found = first.value(row, run)?;
                for (operator, operand) in others {
                    found = number::operate(*operator, &found, &operand.value(row, run)?, run)?;
                }
                Ok(found)
            }
            Code::Negate(inner) => {
                Ok(inner.value(row, run)?.number()?.map_or(Val::Null, |number| Val::Number(-number)))
            }
            Code::Case(pairs, otherwise) => case(pairs, otherwise, row, run),
            Code::Validate(pairs) => {
                for (condition, value) in pairs {
                    // "The first condition that is not true": what null is here is not documented.
                    if !condition.truth(row, run)?.value()? {
                        return value.value(row, run);
                    }
                }
                Ok(Val::Null)
            }
            Code::Coalesce(members) => {
                for member in members {
                    let found = member.value(row, run)?;
                    if !found.is_null() {
                        return Ok(found);
                    }
                }
                Ok(Val::Null)
            }
            Code::Match(subject, pattern) => {
                let regex = pattern.regex(row, run)?;
                let subject = subject.value(row, run)?;
                let Some(text) = subject.one_text()? else { return Ok(Val::Truth(Truth::not_true())) };
                let Some(regex) = regex else { return Ok(Val::Truth(Truth::not_true())) };
                run.step(text.len() / 64)?;
                Ok(Val::truth(regex.is_match(&text)))
            }
            // E41.
            Code::MvFind(subject, pattern) => {
                let regex = pattern.regex(row, run)?;
                let (Some(texts), Some(regex)) = (subject.value(row, run)?.all_texts()?, regex) else {
                    return Ok(Val::Null);
                };
                for (index, text) in texts.iter().enumerate() {
                    run.step(1 + text.len() / 64)?;
                    if regex.is_match(text) {
                        return Ok(Val::Number(index as f64));
                    }
                }
                Ok(Val::Null)
            }
            Code::Replace(subject, pattern, with) => {
                let regex = pattern.regex(row, run)?;
                let with = with.value(row, run)?;
                let subject = subject.value(row, run)?;
                let (Some(text), Some(regex), Some(with)) = (subject.one_text()?, regex, with.one_text()?)
                else {
                    return Ok(Val::Null);
                };
                functions::text::replace(&text, &regex, &with, run)
            }
            Code::MvFilter(field, condition) => {
                let Some(values) = row.get(field) else { return Ok(Val::Null) };
                let mut kept = Vec::new();
                for text in values.shared_texts() {
                    if condition.is_true(&single(field, &text), run)? {
                        kept.push(text);
                    }
                }
                Ok(Val::many(kept))
            }
            Code::MvMap(field, body) => {
                let Some(values) = row.get(field) else { return Ok(Val::Null) };
                let mut made = Vec::new();
                for text in values.shared_texts() {
                    let mut inner = row.clone();
                    run.take(inner.size())?;
                    inner.set(Arc::clone(field), Value::Text(text));
                    made.extend(body.value(&inner, run)?.all_texts()?.unwrap_or_default());
                }
                Ok(Val::many(made))
            }
            Code::SearchMatch(matcher) => Ok(Val::truth(matcher.holds(row, run)?)),
            Code::Call(function, arguments, _) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(argument.value(row, run)?);
                }
                let found = function(&values, run)?;
                run.take_value(found.size())?;
                Ok(found)
            }
        }
    }
}

/// E23, E24: what is not true goes to the next. Where it is open whether a condition is true, both ways may lead to the
/// same value.
fn case(pairs: &[(Code, Code)], otherwise: &Code, row: &Row, run: &Run) -> Answer<Val> {
    let Some(((condition, value), rest)) = pairs.split_first() else { return otherwise.value(row, run) };
    let truth = condition.truth(row, run)?;
    match truth.decided() {
        Some(true) => value.value(row, run),
        Some(false) => case(rest, otherwise, row, run),
        None => {
            let one = value.value(row, run)?;
            if one == case(rest, otherwise, row, run)? { Ok(one) } else { truth.is_true().map(|_| Val::Null) }
        }
    }
}

fn single(field: &Arc<str>, text: &Arc<str>) -> Row {
    Row::from_iter([(Arc::clone(field), Value::Text(Arc::clone(text)))])
}

impl Pattern {
    fn regex(&self, row: &Row, run: &Run) -> Answer<Option<Arc<Regex>>> {
        match self {
            Pattern::Fixed(regex) => Ok(Some(Arc::clone(regex))),
            Pattern::Made(code, span) => {
                let value = code.value(row, run)?;
                let Some(text) = value.one_text()? else { return Ok(None) };
                pcre::compile(&text).map(Some).map_err(|what| Stop::Outside { what, span: *span })
            }
        }
    }
}

/// E07 to E10, E16, E17, C3 to C5.
pub(super) fn compare(op: CompareOp, left: &Val, right: &Val) -> Truth {
    if left.is_null() || right.is_null() {
        return if op == CompareOp::NotEqual { Truth::null_or_true() } else { Truth::not_true() };
    }
    match order(op, left, right) {
        Ok(order) => Truth::known(op.holds(order)),
        Err(rule) => Truth::open(rule),
    }
}

fn order(op: CompareOp, left: &Val, right: &Val) -> Result<Ordering, &'static str> {
    let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
    match (left, right) {
        (Val::Many(_), _) | (_, Val::Many(_)) => Err("C3"),
        (Val::Number(left), Val::Number(right)) => left.partial_cmp(right).ok_or("E15"),
        (Val::Number(number), Val::Field(text)) => beside(text).map(|other| number.total_cmp(&other)),
        (Val::Field(text), Val::Number(number)) => beside(text).map(|other| other.total_cmp(number)),
        (Val::Number(_), Val::Text(_)) | (Val::Text(_), Val::Number(_)) => Err("C4"),
        (Val::Text(left), Val::Text(right)) => Ok(left.cmp(right)),
        (Val::Field(left) | Val::Text(left), Val::Field(right) | Val::Text(right)) if is_equality => {
            same_text(left, right)
        }
        (Val::Field(left), Val::Field(right)) => match (look(left), look(right)) {
            (Look::Number(left), Look::Number(right)) => Ok(left.total_cmp(&right)),
            (Look::Text, Look::Text) => Ok(left.cmp(right)),
            _ => Err("C4"),
        },
        // A text literal beside a field that looks like a number is a text beside a number.
        (Val::Field(field), Val::Text(text)) if look(field) == Look::Text => Ok(field.cmp(text)),
        (Val::Text(text), Val::Field(field)) if look(field) == Look::Text => Ok(text.cmp(field)),
        (Val::Field(_), Val::Text(_)) | (Val::Text(_), Val::Field(_)) => Err("C4"),
        (Val::Truth(_) | Val::Null, _) | (_, Val::Truth(_) | Val::Null) => Err("E25"),
    }
}

/// The number that a field's text is beside a number.
fn beside(text: &str) -> Result<f64, &'static str> {
    match look(text) {
        Look::Number(number) => Ok(number),
        Look::Text => Err("C4"),
        Look::Doubtful => Err("E10"),
    }
}

/// Two texts that differ may still be the same number in another spelling.
fn same_text(left: &str, right: &str) -> Result<Ordering, &'static str> {
    let order = left.cmp(right);
    let number = |text: &str| match look(text) {
        Look::Text => None,
        Look::Number(number) => Some(number),
        Look::Doubtful => Some(text.trim().parse().unwrap_or(f64::NAN)),
    };
    match (number(left), number(right)) {
        (Some(one), Some(two)) if order.is_ne() && (one == two || one.is_nan() || two.is_nan()) => Err("C4"),
        _ => Ok(order),
    }
}
