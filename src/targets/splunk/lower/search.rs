//! A condition as terms of `search`, when the whole of it fits there.
//!
//! In: a translated condition. Out: an expression, or nothing: then the whole condition goes to `where`, never half of
//! it, and `search` only repeats what makes the index give fewer events. `search` is two-valued: a test on a missing field is false, so `NOT` needs no care.

use super::condition::{Condition, Test};
use super::scope::{Access, Scope};
use crate::ir::{Case, Comparison, FieldType, Match, Number, TextShape};
use crate::targets::splunk::binding::Place;
use crate::targets::splunk::expr::SearchExpr;
use crate::targets::splunk::tokens::{FieldName, SearchText};

/// What `search` must know beyond the condition.
#[derive(Clone, Copy)]
pub(super) struct Dialect<'a> {
    /// What the data model writes into fields that the event lacks.
    pub(super) missing: Option<&'a str>,
    /// Whether a network as value means containment (S32 says so of `search`, nothing of `tstats`).
    pub(super) networks: bool,
}

/// The terms of the condition, those first that the index answers quickly; `None` when a part does not fit.
pub(super) fn terms(condition: &Condition, scope: &Scope, dialect: Dialect) -> Option<Vec<SearchExpr>> {
    Some(match expression(condition, scope, dialect)? {
        SearchExpr::All(members) => members,
        single => vec![single],
    })
}

/// Terms that hold wherever the condition does, for a condition that goes to `where`: whole values, and how values begin
/// or end. They decide nothing; without them, every event of the source would be read.
pub(super) fn necessary_terms(condition: &Condition, scope: &Scope, dialect: Dialect) -> Vec<SearchExpr> {
    let mut terms: Vec<SearchExpr> = match condition {
        Condition::All(members) => {
            members.iter().filter_map(|member| necessary(member, scope, dialect)).collect()
        }
        Condition::Any(_) | Condition::Not(_) | Condition::Test(_) | Condition::Keyword(_) => {
            necessary(condition, scope, dialect).into_iter().collect()
        }
    };
    terms.sort_by_key(SearchExpr::rank);
    terms
}

fn necessary(condition: &Condition, scope: &Scope, dialect: Dialect) -> Option<SearchExpr> {
    match condition {
        Condition::Test(test) => {
            // `search` has no case (S06): there, more values fit.
            let any_of = test.any_of.iter().cloned().map(without_case).collect();
            let test = Test { field: test.field, any_of, span: test.span };
            field_test(&test, scope, dialect).filter(SearchExpr::is_selective)
        }
        Condition::Any(members) => {
            let tests = members.iter().map(|member| match member {
                Condition::Test(_) => necessary(member, scope, dialect),
                Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Keyword(_) => None,
            });
            tests.collect::<Option<Vec<_>>>().map(SearchExpr::any)
        }
        Condition::All(_) | Condition::Not(_) | Condition::Keyword(_) => None,
    }
}

fn without_case(alternative: Match) -> Match {
    match alternative {
        Match::Text { pattern, case: _ } => Match::Text { pattern, case: Case::Insensitive },
        other @ (Match::Regex(_)
        | Match::Number { .. }
        | Match::Boolean(_)
        | Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. }) => other,
    }
}

fn expression(condition: &Condition, scope: &Scope, dialect: Dialect) -> Option<SearchExpr> {
    match condition {
        Condition::All(members) => {
            let mut members = expressions(members, scope, dialect)?;
            members.sort_by_key(SearchExpr::rank);
            Some(SearchExpr::all(members))
        }
        Condition::Any(members) => Some(SearchExpr::any(expressions(members, scope, dialect)?)),
        Condition::Not(inner) => Some(SearchExpr::Not(Box::new(expression(inner, scope, dialect)?))),
        Condition::Test(test) => field_test(test, scope, dialect),
        // A bare term is a whole token of the index, not a substring (S27).
        Condition::Keyword(_) => None,
    }
}

fn expressions(members: &[Condition], scope: &Scope, dialect: Dialect) -> Option<Vec<SearchExpr>> {
    members.iter().map(|member| expression(member, scope, dialect)).collect()
}

fn field_test(test: &Test, scope: &Scope, dialect: Dialect) -> Option<SearchExpr> {
    let field = match scope.peek(test.field)? {
        Access::Bound(bound) => match &bound.place {
            Place::Raw(name) | Place::Pairs { names: name, .. } => name,
            Place::Eval { .. } | Place::Constant(_) => return None,
        },
        Access::Derived(_) => return None,
    };
    let mut values = Vec::new();
    let mut others = Vec::new();
    for alternative in &test.any_of {
        match alternative {
            Match::Text { case: Case::Sensitive, .. } => return None,
            Match::Text { pattern, case: Case::Insensitive } => match pattern.shape() {
                TextShape::Anything => others.push(present(field, dialect)),
                TextShape::Equals(_)
                | TextShape::StartsWith(_)
                | TextShape::EndsWith(_)
                | TextShape::Contains(_)
                | TextShape::Other => {
                    let value = SearchText::new(pattern)?;
                    let includes_missing =
                        dialect.missing.is_some_and(|missing| pattern.matches(missing, Case::Insensitive));
                    if includes_missing {
                        others.push(SearchExpr::All(vec![
                            SearchExpr::Is(field.clone(), value),
                            present(field, dialect),
                        ]));
                    } else {
                        values.push(value);
                    }
                }
            },
            Match::Number { comparison, number } => {
                others.push(number_test(test, field, *comparison, *number)?);
            }
            Match::Boolean(value) => values.push(SearchText::literal(if *value { "true" } else { "false" })?),
            Match::Network(network) if dialect.networks => {
                others.push(SearchExpr::Is(field.clone(), SearchText::network(network)));
            }
            Match::Missing => others.push(match present(field, dialect) {
                SearchExpr::Not(is_missing) => *is_missing,
                present => SearchExpr::Not(Box::new(present)),
            }),
            Match::Present => others.push(present(field, dialect)),
            Match::Network(_)
            | Match::InList(_)
            | Match::Regex(_)
            | Match::Field { .. }
            | Match::TimePart { .. } => return None,
        }
    }
    // Several whole numbers make a list of values, as texts do.
    let mut numbers = Vec::new();
    others.retain(|other| {
        let SearchExpr::Number(_, number) = other else { return true };
        numbers.push(*number);
        false
    });
    match numbers.as_slice() {
        [] => {}
        [number] => others.insert(0, SearchExpr::Number(field.clone(), *number)),
        _ => others.insert(0, SearchExpr::Numbers(field.clone(), numbers)),
    }
    if values.len() == 1 {
        others.insert(0, SearchExpr::Is(field.clone(), values.remove(0)));
    } else if !values.is_empty() {
        others.insert(0, SearchExpr::In(field.clone(), values));
    }
    Some(SearchExpr::any(others))
}

fn present(field: &FieldName, dialect: Dialect) -> SearchExpr {
    match dialect.missing.and_then(SearchText::literal) {
        Some(missing) => SearchExpr::Not(Box::new(SearchExpr::Is(field.clone(), missing))),
        None => SearchExpr::Present(field.clone()),
    }
}

/// `=` compares texts (S20), so only whole numbers of fields that hold whole numbers are equal there. How `search` orders
/// a number and a text, say `-` for no value, is contested (C2): order goes to `where`, which converts first.
fn number_test(test: &Test, field: &FieldName, comparison: Comparison, number: Number) -> Option<SearchExpr> {
    let fits = comparison == Comparison::Equal
        && matches!(number, Number::Integer(_))
        && test.field.field_type != FieldType::Real;
    fits.then(|| SearchExpr::Number(field.clone(), number))
}
