//! What derived fields mean.

use std::sync::Arc;

use super::predicate::{Test, TooLarge};
use super::value::{address, text};
use super::view::View;
use crate::ir::{Case, Derivation, Derived, Field, Operand, Value};

/// A [`Derived`] field, ready to run.
pub(super) struct Step<'a> {
    field: &'a Field,
    how: How<'a>,
}

enum How<'a> {
    FirstOf(&'a [Field]),
    Case { branches: Vec<(Test<'a>, &'a Operand)>, otherwise: Option<&'a Operand> },
    Pair { list: &'a Field, name: &'a str },
    Element { field: &'a Field, index: i64 },
    Lower(&'a Field),
    Split { field: &'a Field, by: &'a str, index: usize },
    Capture { field: &'a Field, regex: Arc<regex::Regex> },
    Network { field: &'a Field, v4: u8, v6: u8 },
    Replace { field: &'a Field, regex: Arc<regex::Regex>, with: &'a str },
}

impl<'a> Step<'a> {
    /// Compiles the regular expressions of a derivation once.
    pub(super) fn new(derived: &'a Derived) -> Result<Self, TooLarge> {
        let too_large = |_| TooLarge { span: derived.span };
        let how = match &derived.how {
            Derivation::FirstOf(fields) => How::FirstOf(fields),
            Derivation::Case { branches, otherwise } => How::Case {
                branches: branches.iter().map(|(when, then)| Ok((Test::new(when)?, then))).collect::<Result<
                    _,
                    TooLarge,
                >>(
                )?,
                otherwise: otherwise.as_ref(),
            },
            Derivation::Pair { list, name } => How::Pair { list, name },
            Derivation::Element { field, index } => How::Element { field, index: *index },
            Derivation::Lower(field) => How::Lower(field),
            Derivation::Split { field, by, index } => How::Split { field, by, index: *index as usize },
            Derivation::Capture { field, regex } => {
                How::Capture { field, regex: regex.compile().map_err(too_large)? }
            }
            Derivation::Network { field, v4, v6 } => How::Network { field, v4: *v4, v6: *v6 },
            Derivation::Replace { field, regex, with } => {
                How::Replace { field, regex: regex.compile().map_err(too_large)?, with }
            }
        };
        Ok(Self { field: &derived.field, how })
    }

    /// Computes the field and adds it to the view. Earlier derived fields are there already.
    ///
    /// - `FirstOf`: the values of the first field that has one other than the empty text, all of them.
    /// - `Case`: the operand of the first branch whose condition holds; when that operand is a missing field, so is the
    ///   result. Then `otherwise`, else missing.
    /// - `Pair`: the value of the first pair whose name equals the given one without regard to case; missing when that
    ///   pair's value is null.
    /// - `Element`: counted over the values without nulls; a single value is a list of one.
    /// - `Lower`, `Split`, `Capture`, `Network`, `Replace` work on the text of each value; what gives nothing is left
    ///   out. `Split` cuts at every occurrence, case counts, and an empty part is the empty text. `Capture` gives
    ///   nothing when the group takes no part in the match. `Replace` puts the text in literally: `$1` is no group.
    pub(super) fn run(&self, view: &mut View<'a>) {
        let values = self.compute(view);
        view.derive(self.field, values);
    }

    fn compute(&self, view: &View<'a>) -> Vec<Value> {
        match &self.how {
            How::FirstOf(fields) => fields
                .iter()
                .map(|field| owned(view, field))
                .find(|values| values.iter().any(|value| !is_empty_text(value)))
                .unwrap_or_default(),
            How::Case { branches, otherwise } => {
                let branch = branches.iter().find(|(when, _)| when.holds(view)).map(|(_, then)| *then);
                branch.or(*otherwise).map_or(Vec::new(), |operand| operand_values(view, operand))
            }
            How::Pair { list, name } => pair(view, list, name).map(|value| vec![value]).unwrap_or_default(),
            How::Element { field, index } => {
                let mut values = owned(view, field);
                element(values.len(), *index).map(|index| vec![values.swap_remove(index)]).unwrap_or_default()
            }
            How::Lower(field) => on_each_text(view, field, |text| Some(Case::Insensitive.fold(text))),
            How::Split { field, by, index } => {
                on_each_text(view, field, |text| text.split(by).nth(*index).map(str::to_owned))
            }
            How::Capture { field, regex } => on_each_text(view, field, |text| {
                regex.captures(text)?.get(1).map(|group| group.as_str().to_owned())
            }),
            How::Network { field, v4, v6 } => on_each_text(view, field, |text| network(text, *v4, *v6)),
            How::Replace { field, regex, with } => on_each_text(view, field, |text| {
                Some(regex.replace_all(text, regex::NoExpand(with)).into_owned())
            }),
        }
    }
}

fn owned(view: &View, field: &Field) -> Vec<Value> {
    view.values(field).into_iter().map(|value| value.into_owned()).collect()
}

fn is_empty_text(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.is_empty())
}

fn operand_values(view: &View, operand: &Operand) -> Vec<Value> {
    match operand {
        Operand::Text(text) => vec![Value::Text(text.clone())],
        Operand::Field(field) => owned(view, field),
    }
}

fn pair(view: &View, list: &Field, name: &str) -> Option<Value> {
    let fold = |text: &str| Case::Insensitive.fold(text);
    let wanted = fold(name);
    view.values(list).iter().find_map(|value| match value.as_ref() {
        Value::Pairs(pairs) => {
            pairs.iter().find(|(name, _)| fold(name) == wanted).map(|(_, value)| value.clone())
        }
        Value::Null | Value::Text(_) | Value::Number(_) | Value::Boolean(_) | Value::Many(_) => None,
    })
}

/// The place of an index that may count from the end.
fn element(length: usize, index: i64) -> Option<usize> {
    let from_start = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    usize::try_from(from_start).ok().filter(|place| *place < length)
}

fn network(text: &str, v4: u8, v6: u8) -> Option<String> {
    let address = address(&Value::Text(text.to_owned()))?;
    let length = if address.is_ipv4() { v4 } else { v6 };
    ipnet::IpNet::new(address, length).ok().map(|network| network.trunc().to_string())
}

fn on_each_text(view: &View, field: &Field, change: impl Fn(&str) -> Option<String>) -> Vec<Value> {
    view.values(field)
        .iter()
        .filter_map(|value| text(value).and_then(|text| change(&text)))
        .map(Value::Text)
        .collect()
}
