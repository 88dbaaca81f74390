//! Exclusions in the macro that ESCU's searches end in.
//!
//! In: an exclusion, and the binding of its source. Out: terms of `search` for that macro, where they leave out the same;
//! nothing where they would not: then the exclusion stays in the search.
//!
//! A row of `stats … by` has the values of its events in the fields of `by`, so that to leave out such rows is to leave
//! out their events. What keeps an exclusion in the search:
//! - fields that are not in `by`, that hold several values, or that are computed by the detection;
//! - values that the catalogue writes in another way there, or that differ by case alone;
//! - negations, which hold for events without the field, and patterns that fit the `0` that `fillnull` writes for it.

use super::scope::Scope;
use super::search::{Dialect, terms};
use crate::ir::{Case, Detection, Exclusion, FieldType, Logic, Match, Piece, Predicate, Summary};
use crate::maps::IndexMap;
use crate::targets::splunk::binding::{Binding, FieldBinding, Place};
use crate::targets::splunk::expr::SearchExpr;
use crate::targets::splunk::tokens::FieldName;
use crate::targets::{Polarity, Profile};

/// The exclusion as terms over the rows of the result, if it means the same there.
pub(in crate::targets::splunk) fn result_filter(
    detection: &Detection,
    exclusion: &Exclusion,
    profile: &'static Profile,
    binding: &Binding,
) -> Option<SearchExpr> {
    let (Logic::Events(_), Some(summary)) = (&detection.logic, &detection.summary) else { return None };
    if !fits(&exclusion.when, summary, binding) {
        return None;
    }
    let columns = summary.by.iter().filter_map(|field| {
        let name = FieldName::new(&field.value.name)?;
        let place = FieldBinding { place: Place::Raw(name), values: None, loss: None };
        Some((field.value.name.to_string(), place))
    });
    let rows = Binding {
        macro_name: None,
        data_model: None,
        select: Vec::new(),
        keywords: FieldName::raw_event(),
        keyword_values: None,
        missing: None,
        fields: columns.collect(),
        unmapped: IndexMap::default(),
    };
    let mut scope = Scope::new(detection, profile, &rows, "", &[]);
    let condition = scope.translate(&exclusion.when, Some(Polarity::Negative))?;
    let all = terms(&condition, &scope, Dialect { missing: None, networks: false })?;
    scope.close().ok()?;
    Some(SearchExpr::Not(Box::new(SearchExpr::all(all))))
}

fn fits(predicate: &Predicate, summary: &Summary, binding: &Binding) -> bool {
    match predicate {
        Predicate::All(members) | Predicate::Any(members) => {
            members.iter().all(|member| fits(member, summary, binding))
        }
        Predicate::Not(_) | Predicate::Keyword(_) => false,
        Predicate::Field(test) => {
            let field = &test.field;
            let grouped = summary.by.iter().any(|by| by.value == *field);
            let as_it_is = binding.fields.get(field.name.as_ref()).is_some_and(|bound| {
                let is_field = match bound.place {
                    Place::Raw(_) | Place::Eval { .. } => true,
                    Place::Constant(_) | Place::Pairs { .. } => false,
                };
                is_field && bound.values.is_none() && bound.loss.is_none()
            });
            let is_text = !field.many && field.field_type == FieldType::Text;
            grouped && is_text && as_it_is && test.any_of.iter().all(is_told_from_nothing)
        }
    }
}

/// A text that neither an empty value nor the `0` of `fillnull` fits.
fn is_told_from_nothing(alternative: &Match) -> bool {
    match alternative {
        Match::Text { pattern, case: Case::Insensitive } => {
            pattern.pieces().iter().any(|piece| match piece {
                Piece::Literal(text) => text.chars().any(|c| c != '0'),
                Piece::AnyRun | Piece::AnyOne => false,
            })
        }
        Match::Text { case: Case::Sensitive, .. }
        | Match::Regex(_)
        | Match::Number { .. }
        | Match::Boolean(_)
        | Match::Network(_)
        | Match::InList(_)
        | Match::Missing
        | Match::Present
        | Match::Field { .. }
        | Match::TimePart { .. } => false,
    }
}
