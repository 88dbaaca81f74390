//! What a search asks of an event, in neutral fields.
//!
//! In: terms and expressions of a search. Out: items of selections joined by and, or, not; or the reason why it cannot be
//! said.

use super::backwards;
use super::places::Home;
use crate::ir::FieldType;
use crate::schema::Scalar;
use crate::spl::ast::{CompareOp, SearchValue, Term, ValueMode};

/// A condition over neutral fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Logic {
    /// `key: values`.
    Item(Item),
    /// Every one of these.
    All(Vec<Logic>),
    /// One of these.
    Any(Vec<Logic>),
    /// Not this.
    Not(Box<Logic>),
}

impl Logic {
    /// Whether it asks somewhere that a field has a value, whatever it is.
    pub(super) fn asks_for_presence(&self) -> bool {
        match self {
            Logic::Item(item) => item.key.ends_with("|exists"),
            Logic::All(members) | Logic::Any(members) => members.iter().any(Logic::asks_for_presence),
            Logic::Not(inner) => inner.asks_for_presence(),
        }
    }

    /// Whether it can only hold for an event that has this field.
    pub(super) fn needs(&self, field: &str) -> bool {
        match self {
            Logic::Item(item) => item.key.split('|').next() == Some(field),
            Logic::All(members) => members.iter().any(|member| member.needs(field)),
            Logic::Any(members) => !members.is_empty() && members.iter().all(|member| member.needs(field)),
            Logic::Not(_) => false,
        }
    }
}

/// An item of a selection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The field with its modifiers.
    pub(super) key: String,
    /// One of these.
    pub(super) values: Vec<Scalar>,
}

/// Why something cannot be said.
pub(super) type Reason = String;

/// Translates names of fields and conditions.
pub(super) struct Translator<'h> {
    pub(super) home: &'h Home,
}

impl Translator<'_> {
    /// Terms of `search`; `name` gives the field of the events for a name at this point of the search.
    pub(super) fn term(
        &self,
        term: &Term,
        name: &dyn Fn(&str) -> Result<String, Reason>,
    ) -> Result<Logic, Reason> {
        match term {
            Term::All(members) => self.terms(members, name).map(Logic::All),
            Term::Any(members) => self.terms(members, name).map(Logic::Any),
            Term::Not(inner) => Ok(Logic::Not(Box::new(self.term(inner, name)?))),
            Term::Compare { field, op, value } => self.compare(&name(&field.value)?, *op, &value.value),
            Term::In { field, values } => {
                let field = name(&field.value)?;
                let values: Vec<&SearchValue> = values.iter().map(|value| &value.value).collect();
                self.one_of(&field, &values)
            }
            Term::Keyword(value) => Err(format!("the bare term `{}`", value.value.text)),
            Term::Subsearch(_) => Err("a subsearch".to_owned()),
            Term::Macro(call) => Err(format!("the macro `{}`", call.name)),
        }
    }

    fn terms(
        &self,
        members: &[Term],
        name: &dyn Fn(&str) -> Result<String, Reason>,
    ) -> Result<Vec<Logic>, Reason> {
        members.iter().map(|member| self.term(member, name)).collect()
    }

    fn compare(&self, field: &str, op: CompareOp, value: &SearchValue) -> Result<Logic, Reason> {
        match op {
            CompareOp::Equal => self.one_of(field, &[value]),
            CompareOp::NotEqual => self.other_than(field, self.one_of(field, &[value])?),
            CompareOp::Less => self.ordered(field, "lt", &value.text),
            CompareOp::LessOrEqual => self.ordered(field, "lte", &value.text),
            CompareOp::Greater => self.ordered(field, "gt", &value.text),
            CompareOp::GreaterOrEqual => self.ordered(field, "gte", &value.text),
        }
    }

    /// `!=`: the field must be there (S14, E15) and not have one of these values. In a data set that writes a word where
    /// a value is missing, it always is.
    pub(super) fn other_than(&self, field: &str, values: Logic) -> Result<Logic, Reason> {
        let not = Logic::Not(Box::new(values));
        if self.home.missing.is_some() {
            return Ok(not);
        }
        Ok(Logic::All(vec![Logic::Item(self.exists(field)?), not]))
    }

    /// `field|exists: true`.
    pub(super) fn exists(&self, field: &str) -> Result<Item, Reason> {
        let place = self.home.tested(field).ok_or_else(|| self.unknown(field))?;
        Ok(Item { key: format!("{}|exists", place.field), values: vec![Scalar::Boolean(true)] })
    }

    /// An order against a number.
    pub(super) fn ordered(&self, field: &str, modifier: &str, value: &str) -> Result<Logic, Reason> {
        let place = self.home.tested(field).ok_or_else(|| self.unknown(field))?;
        let number = match (place.field_type, value.parse::<i64>()) {
            (FieldType::Integer | FieldType::Real, Ok(number)) if place.values.is_none() => number,
            _ => return Err(format!("an order of `{field}`, which is no number in the catalogue")),
        };
        let key = format!("{}|{modifier}", place.field);
        Ok(Logic::Item(Item { key, values: vec![Scalar::Integer(number)] }))
    }

    /// One of these values, wildcards as `search` has them.
    fn one_of(&self, field: &str, values: &[&SearchValue]) -> Result<Logic, Reason> {
        if values.iter().any(|value| value.text == "*") {
            return self.exists(field).map(Logic::Item);
        }
        let place = self.home.tested(field).ok_or_else(|| self.unknown(field))?;
        let mut items: Vec<Item> = Vec::new();
        for value in values {
            if value.mode == ValueMode::Term {
                return Err("TERM()".to_owned());
            }
            let cased = if value.mode == ValueMode::Case { "|cased" } else { "" };
            let (modifiers, scalar) = backwards::value(place, &value.text)?;
            add(&mut items, format!("{}{modifiers}{cased}", place.field), scalar);
        }
        Ok(joined(items))
    }

    /// Equal to one of these texts, upper and lower case told apart.
    pub(super) fn exactly(&self, field: &str, texts: &[&str]) -> Result<Logic, Reason> {
        let place = self.home.tested(field).ok_or_else(|| self.unknown(field))?;
        let mut items = Vec::new();
        for text in texts {
            let (modifiers, scalar) = backwards::exact(place, text)?;
            add(&mut items, format!("{}{modifiers}", place.field), scalar);
        }
        Ok(joined(items))
    }

    /// `field|modifiers: value` as it stands.
    pub(super) fn item(&self, field: &str, modifiers: &str, value: &str) -> Result<Logic, Reason> {
        let place = self.home.tested(field).ok_or_else(|| self.unknown(field))?;
        if place.values.as_ref().is_some_and(|values| !values.is_spelling()) {
            return Err(format!("the values of `{field}` are written in another way in the catalogue"));
        }
        let key = format!("{}{modifiers}", place.field);
        Ok(Logic::Item(Item { key, values: vec![Scalar::Text(value.to_owned())] }))
    }

    fn unknown(&self, field: &str) -> Reason {
        format!("the field `{field}`, which `{}` of the catalogue does not have", self.home.source)
    }
}

/// Values of the same key stand in one list.
fn add(items: &mut Vec<Item>, key: String, value: Scalar) {
    match items.iter_mut().find(|item| item.key == key) {
        Some(item) if !item.values.contains(&value) => item.values.push(value),
        Some(_) => {}
        None => items.push(Item { key, values: vec![value] }),
    }
}

fn joined(mut items: Vec<Item>) -> Logic {
    if items.len() == 1 {
        return Logic::Item(items.remove(0));
    }
    Logic::Any(items.into_iter().map(Logic::Item).collect())
}
