//! A condition as an expression of `where`.
//!
//! In: a translated condition. Out: one boolean expression. What null does inside AND, OR and NOT is contested (C5), so
//! every test that stands under one of OR and NOT is written so that it is never null; in a plain chain of tests that
//! must all hold, null and false both drop the event, and the short form is right.

use super::condition::{Condition, Test};
use super::scope::{Access, Scope};
use super::{compare, values};
use crate::ir::{Case, Comparison, FieldType, Match, Number, Pattern, Piece, TextShape};
use crate::targets::splunk::binding::Place;
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::pcre::RegexText;
use crate::targets::splunk::tokens::{EvalText, FieldName};

/// Whether a test may be null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// It then drops the event, as false would.
    Drops,
    /// It must be true or false, and false when the field is missing.
    Never,
    /// It must be true or false, no matter which when the field is missing: that is tested beside it.
    NeverNorMissing,
}

impl<'a> Scope<'a> {
    /// The condition as an expression; `None` when a finding was reported. All parts are visited.
    pub(super) fn filter(&mut self, condition: &Condition<'a>, null: Null) -> Option<EvalExpr> {
        match condition {
            Condition::All(members) => self.filters(members, null).map(EvalExpr::and),
            Condition::Any(members) => self.filters(members, Null::Never).map(EvalExpr::or),
            Condition::Not(inner) => self.filter(inner, Null::Never).map(EvalExpr::negated),
            Condition::Test(test) => self.filter_test(test, null),
            Condition::Keyword(patterns) => {
                let patterns: Vec<&Pattern> = patterns.iter().collect();
                let field = &self.binding.keywords;
                // Every event has its text, so that this is never null.
                let null = if *field == FieldName::raw_event() { Null::Drops } else { null };
                let event = EvalExpr::Field(field.clone());
                let regex = RegexText::somewhere(&patterns, Case::Insensitive);
                Some(matches(event, regex, fit_empty(&patterns), null))
            }
        }
    }

    fn filters(&mut self, members: &[Condition<'a>], null: Null) -> Option<Vec<EvalExpr>> {
        let members: Vec<_> = members.iter().map(|member| self.filter(member, null)).collect();
        members.into_iter().collect()
    }

    fn filter_test(&mut self, test: &Test<'a>, null: Null) -> Option<EvalExpr> {
        let value = match self.pair_names(test.field) {
            // Only presence is tested of a list; its names stand for it.
            Some(names) => EvalExpr::Field(names),
            None => self.value(test.field, test.span)?,
        };
        let (insensitive, sensitive) = (texts(test, Case::Insensitive), texts(test, Case::Sensitive));
        let numbers = self.listed_numbers(test);
        let is_listed = |m: &Match| match whole_number(m) {
            Some(_) => !numbers.is_empty(),
            None => matches!(m, Match::Text { .. }),
        };
        let others: Vec<&Match> = test.any_of.iter().filter(|m| !is_listed(m)).collect();
        let lists = [insensitive.is_empty(), sensitive.is_empty(), numbers.is_empty()];
        let alternatives = others.len() + lists.iter().filter(|is_empty| !**is_empty).count();
        let null = if alternatives == 1 {
            null
        } else if others.contains(&&Match::Missing) {
            Null::NeverNorMissing
        } else {
            Null::Never
        };
        let is_never_null = self.is_never_null(&value);
        let list_null = if is_never_null { Null::Drops } else { null };
        let mut any = Vec::new();
        if alternatives > 1 && null == Null::NeverNorMissing {
            any.push(self.other_test(test, &value, &Match::Missing, null)?);
        }
        for (patterns, case) in [(insensitive, Case::Insensitive), (sensitive, Case::Sensitive)] {
            if !patterns.is_empty() {
                any.push(text_test(&value, test.field.many, &patterns, case, list_null));
            }
        }
        if !numbers.is_empty() {
            let value = if list_null == Null::Drops { value.clone() } else { or_empty(&value) };
            any.push(values::number_in(value, &numbers));
        }
        for other in others.into_iter().filter(|other| alternatives == 1 || **other != Match::Missing) {
            // What is no number is null as a number, whether the field is there or not.
            any.push(self.other_test(
                test,
                &value,
                other,
                if is_number(other) { null } else { list_null },
            )?);
        }
        Some(EvalExpr::or(any))
    }

    /// The whole numbers of which a field of the event must be one, if there are several. They are compared as texts
    /// then, as `search` does (S20) and as the documentation of `in` shows it.
    fn listed_numbers(&self, test: &Test) -> Vec<i64> {
        let is_raw = match self.peek(test.field) {
            Some(Access::Bound(bound)) => matches!(bound.place, Place::Raw(_)),
            Some(Access::Derived(_)) | None => false,
        };
        let mut numbers: Vec<i64> = test.any_of.iter().filter_map(whole_number).collect();
        if numbers.len() < 2 || !is_raw || test.field.many || test.field.field_type != FieldType::Integer {
            numbers.clear();
        }
        numbers
    }

    fn other_test(
        &mut self,
        test: &Test<'a>,
        value: &EvalExpr,
        other: &Match,
        null: Null,
    ) -> Option<EvalExpr> {
        let many = test.field.many;
        match other {
            // Never here: `filter_test` takes the texts together.
            Match::Text { pattern, case } => Some(text_test(value, many, &[pattern], *case, null)),
            Match::Regex(regex) => {
                let text = RegexText::of(regex);
                Some(if many {
                    found(value, text)
                } else {
                    matches(value.clone(), text, regex.matches_empty(), null)
                })
            }
            Match::Number { comparison, number } => {
                let null = if many { Null::Drops } else { null };
                let Some(test) = values::number(value, *comparison, *number, null != Null::Drops) else {
                    self.refuse(
                        &format!("the comparison with {number}"),
                        "Splunk's numbers are exact up to 9007199254740992 only",
                        test.span,
                        "compare with a smaller number",
                    );
                    return None;
                };
                Some(if many { one_of(test) } else { test })
            }
            Match::Boolean(expected) => {
                let pattern = Pattern::literal(if *expected { "true" } else { "false" });
                Some(text_test(value, many, &[&pattern], Case::Insensitive, null))
            }
            Match::Network(network) => {
                let network = EvalExpr::Text(EvalText::new(&network.trunc().to_string())?);
                // What is no address lies in no network (E31), so a missing one may be empty.
                let address = if null != Null::Drops && !many { or_empty(value) } else { value.clone() };
                let inside = EvalExpr::Call("cidrmatch", vec![network, address]);
                Some(if many { one_of(inside) } else { inside })
            }
            Match::InList(membership) => self.listed(membership, value, test.span),
            Match::Missing => Some(EvalExpr::Call("isnull", vec![value.clone()])),
            Match::Present => Some(EvalExpr::Call("isnotnull", vec![value.clone()])),
            Match::Field { comparison, other, case } => {
                if many
                    || other.many
                    || self.value_map(test.field) != self.value_map(other)
                    || self.value_map(test.field).is_some_and(|values| !values.is_spelling())
                {
                    self.refuse(
                        &format!("the comparison of `{}` with `{}`", test.field.name, other.name),
                        "one of them holds several values, or writes its values in another way there",
                        test.span,
                        "compare two plain fields",
                    );
                    return None;
                }
                let other = self.value(other, test.span)?;
                let compared = compare::fields(value, *comparison, &other, *case);
                Some(if null == Null::Drops { compared } else { compared.known() })
            }
            Match::TimePart { part, comparison, number } => {
                let compared = match value {
                    EvalExpr::Field(name) if name.as_str() == "_time" => {
                        compare::time_part(value, *part, *comparison, *number)
                    }
                    _ => None,
                };
                if compared.is_none() {
                    self.refuse(
                        "this part of a moment",
                        "strftime() takes the time zone of the user; only hour and minute of `_time` can be \
                         computed in UTC",
                        test.span,
                        "test `hour` or `minute` of a field that is `_time`",
                    );
                }
                let compared = compared?;
                Some(if null == Null::Drops { compared } else { compared.known() })
            }
        }
    }
}

fn is_number(alternative: &Match) -> bool {
    matches!(alternative, Match::Number { .. })
}

/// The number that the match asks for, if it is a whole one.
fn whole_number(alternative: &Match) -> Option<i64> {
    if let Match::Number { comparison: Comparison::Equal, number: Number::Integer(number) } = alternative {
        Some(*number)
    } else {
        None
    }
}

fn texts<'t>(test: &'t Test, wanted: Case) -> Vec<&'t Pattern> {
    test.any_of
        .iter()
        .filter_map(|m| {
            if let Match::Text { pattern, case } = m { (*case == wanted).then_some(pattern) } else { None }
        })
        .collect()
}

/// One of the patterns fits the value.
fn text_test(value: &EvalExpr, many: bool, patterns: &[&Pattern], case: Case, null: Null) -> EvalExpr {
    if patterns.iter().any(|pattern| matches!(pattern.shape(), TextShape::Anything)) {
        return EvalExpr::Call("isnotnull", vec![value.clone()]);
    }
    let whole = || RegexText::whole(patterns, case);
    if many {
        return found(value, whole());
    }
    // Whole values beside patterns that are open at an end read better as a list of their own.
    let (closed, open): (Vec<&Pattern>, Vec<&Pattern>) =
        patterns.iter().partition(|pattern| matches!(pattern.shape(), TextShape::Equals(_)));
    if !closed.is_empty() && open.iter().any(|pattern| is_open(pattern)) {
        let null = if null == Null::Drops { Null::Never } else { null };
        let test = |patterns: &[&Pattern]| text_test(value, many, patterns, case, null);
        return EvalExpr::or(vec![test(&closed), test(&open)]);
    }
    match patterns {
        [pattern] => match pattern.shape() {
            TextShape::Equals("") => {
                let empty = |value| EvalExpr::binary(value, "==", values::empty_text());
                match null {
                    Null::Drops => empty(value.clone()),
                    Null::Never => empty(value.clone()).known(),
                    Null::NeverNorMissing => empty(or_empty(value)),
                }
            }
            TextShape::Equals(text) => {
                let value = if null == Null::Drops { value.clone() } else { or_empty(value) };
                values::equals(value, text, case)
                    .unwrap_or_else(|value| matches(value, whole(), false, Null::Drops))
            }
            TextShape::Anything
            | TextShape::StartsWith(_)
            | TextShape::EndsWith(_)
            | TextShape::Contains(_)
            | TextShape::Other => matches(value.clone(), whole(), fit_empty(patterns), null),
        },
        _ => {
            let one = if null == Null::Drops { value.clone() } else { or_empty(value) };
            values::equals_one(one, patterns, case)
                .unwrap_or_else(|| matches(value.clone(), whole(), fit_empty(patterns), null))
        }
    }
}

fn is_open(pattern: &Pattern) -> bool {
    let pieces = pattern.pieces();
    pieces.first() == Some(&Piece::AnyRun) || pieces.last() == Some(&Piece::AnyRun)
}

/// Whether one of the patterns fits the empty text.
fn fit_empty(patterns: &[&Pattern]) -> bool {
    patterns.iter().any(|pattern| pattern.matches("", Case::Sensitive))
}

/// `match(value,"…")`. A missing value is taken for the empty text where null is not allowed; if that `fits_empty`,
/// presence is asked for.
fn matches(value: EvalExpr, regex: RegexText, fits_empty: bool, null: Null) -> EvalExpr {
    let test = |value, regex| EvalExpr::Call("match", vec![value, EvalExpr::Regex(regex)]);
    match null {
        Null::Drops => test(value, regex),
        Null::Never if fits_empty => EvalExpr::and(vec![
            EvalExpr::Call("isnotnull", vec![value.clone()]),
            test(or_empty(&value), regex),
        ]),
        Null::Never | Null::NeverNorMissing => test(or_empty(&value), regex),
    }
}

/// One of several values matches: never null.
fn found(value: &EvalExpr, regex: RegexText) -> EvalExpr {
    let place = EvalExpr::Call("mvfind", vec![value.clone(), EvalExpr::Regex(regex)]);
    EvalExpr::Call("isnotnull", vec![place])
}

/// One of several values satisfies the test, which names the field: never null.
fn one_of(test: EvalExpr) -> EvalExpr {
    let count = EvalExpr::Call("mvcount", vec![EvalExpr::Call("mvfilter", vec![test])]);
    let count = EvalExpr::Call("coalesce", vec![count, EvalExpr::integer(0)]);
    EvalExpr::binary(count, ">", EvalExpr::integer(0))
}

fn or_empty(value: &EvalExpr) -> EvalExpr {
    EvalExpr::Call("coalesce", vec![value.clone(), values::empty_text()])
}
