//! A field that is asked for: where it is, and what must stand there.
//!
//! In: a place of a binding, and values. Out: aims for the solver.

use serde_json::Value as Json;

use super::binding::{Mapped, Written};
use super::read::formula;
use crate::catalogue::ValueMap;
use crate::proof::solve::{Aim, Formula, Want, plain};
use crate::proof::wanted::{Values, there};

/// A field with its place.
pub(super) struct Slot {
    /// The neutral name.
    pub(super) name: String,
    /// The place.
    pub(super) place: Place,
    /// How values are written there.
    pub(super) values: Option<ValueMap>,
    /// What is read backwards: the place, or its two halves.
    formulas: Vec<Formula>,
}

/// Where a field is.
pub(super) enum Place {
    /// A field of the event.
    Field(String),
    /// An expression.
    Eval(String),
    /// Always this.
    Constant(String),
    /// Two fields, with the names and the values of a list.
    Pairs {
        /// The names.
        names: String,
    },
}

impl Slot {
    /// A field at its place; nothing when the binding does not say where.
    pub(super) fn new(name: &str, place: &Mapped) -> Option<Self> {
        let map = match &place.values {
            Some(Written::Map(map)) => Some(map.clone()),
            Some(Written::Field(_)) | None => None,
        };
        let (place, formulas) =
            match (&place.field, &place.eval, &place.constant, &place.names, &place.values) {
                (Some(field), ..) => (Place::Field(field.clone()), vec![Formula::column(field)]),
                (_, Some(eval), ..) => (Place::Eval(eval.trim().to_owned()), vec![formula(eval.trim())]),
                (_, _, Some(constant), ..) => (Place::Constant(plain(constant)?), Vec::new()),
                (.., Some(names), Some(Written::Field(values))) => (
                    Place::Pairs { names: names.clone() },
                    vec![Formula::column(names), Formula::column(values)],
                ),
                _ => return None,
            };
        Some(Self { name: name.to_owned(), place, values: map, formulas })
    }

    /// What must stand there for these values. Of texts with two spellings, `escaped` says which.
    pub(super) fn aims(&self, values: &Values, escaped: bool) -> Result<Vec<Aim<'_>>, String> {
        let text = |value: &Json| {
            let written = there(self.values.as_ref(), value, escaped)?;
            Ok(Json::String(plain(&written).unwrap_or_default()))
        };
        match (&self.place, values, self.formulas.as_slice()) {
            (Place::Constant(known), Values::Single(values), _) => {
                let is_known =
                    |value: &Json| plain(value).is_some_and(|text| text.eq_ignore_ascii_case(known));
                if values.iter().all(is_known) {
                    return Ok(Vec::new());
                }
                Err(format!("the field is always `{known}` there"))
            }
            (Place::Field(_) | Place::Eval(_), Values::Single(values), [formula]) => {
                let texts = values.iter().map(text).collect::<Result<Vec<Json>, String>>()?;
                Ok(vec![Aim { formula, want: want(texts) }])
            }
            (Place::Pairs { .. }, Values::Pairs(pairs), [names, values]) => {
                let named = pairs.iter().map(|(name, _)| Json::String(name.clone())).collect();
                let texts =
                    pairs.iter().map(|(_, value)| text(value)).collect::<Result<Vec<Json>, String>>()?;
                Ok(vec![
                    Aim { formula: names, want: want(named) },
                    Aim { formula: values, want: want(texts) },
                ])
            }
            _ => Err("a list of pairs is held as something else".to_owned()),
        }
    }
}

/// One value stands alone.
fn want(mut texts: Vec<Json>) -> Want {
    match (texts.len(), texts.pop()) {
        (1, Some(text)) => Want::Value(text),
        (_, last) => Want::Value(texts.into_iter().chain(last).collect()),
    }
}
