//! What a predicate means for one event.

use super::explain::{Clause, Explanation};
use super::matching::Check;
use super::value::text;
use super::values::Values;
use super::view::View;
use super::words::words;
use crate::ir::{Case, Event, Field, Keyword, Match, Matcher, Predicate, Value};
use crate::source::Span;

/// A [`Predicate`], ready to run.
pub(super) enum Test<'a> {
    All(Vec<Test<'a>>),
    Any(Vec<Test<'a>>),
    Not(Box<Test<'a>>),
    Field { field: &'a Field, any_of: Vec<(&'a Match, Check<'a>)>, span: Span },
    Keyword { keyword: &'a Keyword, any_of: Vec<Matcher> },
}

/// A regular expression that is too large to be compiled, and the clause it is in.
pub(super) struct TooLarge {
    pub(super) span: Span,
}

impl<'a> Test<'a> {
    /// Compiles every regular expression, and folds every text, once.
    pub(super) fn new(predicate: &'a Predicate) -> Result<Self, TooLarge> {
        Ok(match predicate {
            Predicate::All(members) => Test::All(each(members)?),
            Predicate::Any(members) => Test::Any(each(members)?),
            Predicate::Not(inner) => Test::Not(Box::new(Test::new(inner)?)),
            Predicate::Field(test) => Test::Field {
                field: &test.field,
                any_of: test
                    .any_of
                    .iter()
                    .map(|test| Check::new(test).map(|check| (test, check)))
                    .collect::<Result<_, _>>()
                    .map_err(|_| TooLarge { span: test.span })?,
                span: test.span,
            },
            Predicate::Keyword(keyword) => Test::Keyword {
                keyword,
                any_of: keyword
                    .any_of
                    .iter()
                    .map(|pattern| Matcher::new(pattern, Case::Insensitive))
                    .collect(),
            },
        })
    }

    /// Whether it holds. Two-valued: a test that cannot be answered is false, and its negation true.
    ///
    /// - `All`, `Any`, `Not`: as in logic, whatever the order.
    /// - `Field`: one of the matches holds ([`Check::holds`]). So `not` holds on a missing field, and on a multivalue
    ///   field when *none* of the values satisfies the test.
    /// - `Keyword`: one of the patterns fits the text of one value of the event, without regard to case. Lists are
    ///   searched value by value, pairs by name and by value. The names of fields, derived fields and what common
    ///   fields repeat of native ones are not searched, and no match reaches from one value into another.
    pub(super) fn holds(&self, view: &View) -> bool {
        match self {
            Test::All(members) => members.iter().all(|member| member.holds(view)),
            Test::Any(members) => members.iter().any(|member| member.holds(view)),
            Test::Not(inner) => !inner.holds(view),
            Test::Field { field, any_of, .. } => {
                let values = Values::new(view.values(field));
                any_of.iter().any(|(_, check)| check.holds(&values, view))
            }
            Test::Keyword { any_of, .. } => occurs(any_of, view.event),
        }
    }

    /// The same answer with that of every part.
    pub(super) fn explain(&self, view: &View) -> Explanation {
        let parts = |members: &[Test]| members.iter().map(|member| member.explain(view)).collect();
        let clause = match self {
            Test::All(members) => Clause::All(parts(members)),
            Test::Any(members) => Clause::Any(parts(members)),
            Test::Not(inner) => Clause::Not(Box::new(inner.explain(view))),
            Test::Field { field, any_of, span } => {
                let values = Values::new(view.values(field));
                let by = any_of.iter().find(|(_, check)| check.holds(&values, view));
                Clause::Field {
                    name: field.name.to_string(),
                    by: by.map(|(test, _)| words(test)),
                    values: values.into_owned(),
                    span: *span,
                }
            }
            Test::Keyword { keyword, any_of } => {
                let mut alone = keyword.any_of.iter().zip(any_of.chunks(1));
                let by = alone.find(|(_, matcher)| occurs(matcher, view.event));
                Clause::Keyword { by: by.map(|(pattern, _)| pattern.to_sigma()), span: keyword.span }
            }
        };
        Explanation { holds: self.holds(view), clause }
    }
}

fn occurs(any_of: &[Matcher], event: &Event) -> bool {
    event.values().any(|value| in_value(any_of, value))
}

fn in_value(any_of: &[Matcher], value: &Value) -> bool {
    let in_text = |text: &str| {
        let folded = Case::Insensitive.fold(text);
        any_of.iter().any(|matcher| matcher.fits(&folded))
    };
    match value {
        Value::Null => false,
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => {
            text(value).is_some_and(|text| in_text(&text))
        }
        Value::Many(values) => values.iter().any(|value| in_value(any_of, value)),
        Value::Pairs(pairs) => pairs.iter().any(|(name, value)| in_text(name) || in_value(any_of, value)),
    }
}

fn each(members: &[Predicate]) -> Result<Vec<Test<'_>>, TooLarge> {
    members.iter().map(Test::new).collect()
}
