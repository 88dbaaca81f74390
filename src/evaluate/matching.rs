//! What one match means for the values of a field.

use std::cmp::Ordering;
use std::sync::Arc;

use ipnet::IpNet;

use super::value::{address, boolean, moment, number, text, time_part};
use super::values::Values;
use super::view::View;
use crate::ir::{
    Case, Comparison, Field, FieldComparison, Match, Matcher, Membership, Number, TimePart, Value,
};
use crate::maps::HashSet;

/// A [`Match`], ready to run: regular expressions are compiled.
pub(super) enum Check<'a> {
    Text(Matcher),
    Regex(Arc<regex::Regex>),
    Number { comparison: Comparison, number: Number },
    Boolean(bool),
    Network(&'a IpNet),
    InList { texts: HashSet<String>, others: Vec<Check<'a>> },
    Missing,
    Present,
    Field { comparison: FieldComparison, other: &'a Field, case: Case },
    TimePart { part: TimePart, comparison: Comparison, number: i64 },
}

impl<'a> Check<'a> {
    /// Fails when a regular expression is too large to be compiled.
    pub(super) fn new(test: &'a Match) -> Result<Self, regex::Error> {
        Ok(match test {
            Match::Text { pattern, case } => Check::Text(Matcher::new(pattern, *case)),
            Match::Regex(regex) => Check::Regex(regex.compile()?),
            Match::Number { comparison, number } => {
                Check::Number { comparison: *comparison, number: *number }
            }
            Match::Boolean(expected) => Check::Boolean(*expected),
            Match::Network(network) => Check::Network(network),
            Match::InList(membership) => Check::in_list(membership)?,
            Match::Missing => Check::Missing,
            Match::Present => Check::Present,
            Match::Field { comparison, other, case } => {
                Check::Field { comparison: *comparison, other, case: *case }
            }
            Match::TimePart { part, comparison, number } => {
                Check::TimePart { part: *part, comparison: *comparison, number: *number }
            }
        })
    }

    /// Plain texts are kept in a set: a list can have many.
    fn in_list(membership: &'a Membership) -> Result<Self, regex::Error> {
        let (mut texts, mut others) = (HashSet::default(), Vec::new());
        for cell in membership.cells() {
            let plain = if let Match::Text { pattern, case: Case::Insensitive } = &cell.test {
                pattern.as_literal()
            } else {
                None
            };
            match plain {
                Some(text) => {
                    texts.insert(Case::Insensitive.fold(text));
                }
                None => others.push(Check::new(&cell.test)?),
            }
        }
        Ok(Check::InList { texts, others })
    }

    /// Whether it holds. `values` are those of the tested field; none means that it is missing. Every test but
    /// `Missing` then fails; otherwise it is enough that one value satisfies it.
    ///
    /// - `Text`: the whole text of the value fits the pattern ([`Pattern::matches`]). Numbers and booleans are tested
    ///   by their text. Without regard to case, two texts are equal when [`Case::fold`] makes them so.
    /// - `Regex`: it matches somewhere in the text. `$` is the very end, `\d \w \s` are ASCII.
    /// - `Number`: the value, or the number that its text is, compares so. Equality with a *text* asks for the very
    ///   decimal text: in a text field 5 is `5`, not `05`.
    /// - `Boolean`: the value, or its text in any case, is this boolean.
    /// - `Network`: the text is an address of the same family within the network. A text that is no address lies in
    ///   no network; an IPv4 address lies in no IPv6 network, and an IPv4-mapped IPv6 address in no IPv4 network.
    /// - `InList`: the test of one cell of the column holds. Texts, patterns and addresses ignore case; networks hold
    ///   addresses of their family. In a list without rows nothing is listed.
    /// - `Missing`, `Present`: the field has no value, has some. The empty text is a value.
    /// - `Field`: one value here and one value of the other field relate so, by their texts; two numbers are equal
    ///   when they are the same number. Every text starts with, ends with and contains the empty text.
    /// - `TimePart`: the value is a moment, and its part, in UTC, compares so.
    pub(super) fn holds(&self, values: &Values, view: &View) -> bool {
        let one = |test: &dyn Fn(&Value) -> bool| values.iter().any(test);
        match self {
            Check::Text(matcher) => match matcher.case() {
                Case::Insensitive => values.folded().iter().any(|text| matcher.fits(text)),
                Case::Sensitive => one(&|value| text(value).is_some_and(|text| matcher.fits(&text))),
            },
            Check::Regex(regex) => one(&|value| text(value).is_some_and(|text| regex.is_match(&text))),
            Check::Number { comparison, number } => one(&|value| compares(value, *comparison, *number)),
            Check::Boolean(expected) => one(&|value| boolean(value) == Some(*expected)),
            Check::Network(network) => {
                one(&|value| address(value).is_some_and(|address| network.contains(&address)))
            }
            Check::InList { texts, others } => {
                values.folded().iter().any(|text| texts.contains(text))
                    || others.iter().any(|other| other.holds(values, view))
            }
            Check::Missing => values.is_empty(),
            Check::Present => !values.is_empty(),
            Check::Field { comparison, other, case } => {
                let others = view.values(other);
                one(&|value| others.iter().any(|other| relates(value, *comparison, other, *case)))
            }
            Check::TimePart { part, comparison, number } => one(&|value| {
                moment(value).is_some_and(|moment| ordered(*comparison, time_part(moment, *part).cmp(number)))
            }),
        }
    }
}

fn compares(value: &Value, comparison: Comparison, expected: Number) -> bool {
    if let (Value::Text(text), Comparison::Equal) = (value, comparison) {
        return *text == expected.to_string();
    }
    let order = number(value).and_then(|found| order(found, expected));
    order.is_some_and(|order| ordered(comparison, order))
}

/// How two numbers are ordered; integers exactly.
pub(super) fn order(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
        _ => left.as_f64().partial_cmp(&right.as_f64()),
    }
}

fn ordered(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn relates(value: &Value, comparison: FieldComparison, other: &Value, case: Case) -> bool {
    if let (Value::Number(left), Value::Number(right), FieldComparison::Equals) = (value, other, comparison) {
        return order(*left, *right).is_some_and(Ordering::is_eq);
    }
    let (Some(value), Some(other)) = (text(value), text(other)) else { return false };
    let (value, other) = (case.fold(&value), case.fold(&other));
    match comparison {
        FieldComparison::Equals => value == other,
        FieldComparison::StartsWith => value.starts_with(&other),
        FieldComparison::EndsWith => value.ends_with(&other),
        FieldComparison::Contains => value.contains(&other),
    }
}
