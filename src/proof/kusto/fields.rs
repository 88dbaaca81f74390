//! The fields of a plan: where each is, what its expression must give, and the query that asks for all of them.
//!
//! In: places of a binding. Out: slots, in the order of the query's columns.

use serde_json::{Value as Json, json};

use super::binding::{Binding, Leg, Mapped};
use crate::catalogue::ValueMap;
use crate::ir::Field;
use crate::kql::Type;
use crate::proof::solve::{Formula, plain};
use crate::proof::wanted::{Values, number, there};

/// A field that is asked for.
pub(super) struct Slot {
    /// The neutral name.
    pub(super) name: String,
    /// Its expression, to be read backwards.
    pub(super) formula: Formula,
    /// The type there.
    pub(super) column_type: Type,
    /// It has the same value in every row.
    pub(super) is_constant: bool,
    /// Its expression, as text.
    pub(super) expression: String,
    kind: Kind,
    pub(super) values: Option<ValueMap>,
}

/// What the expression is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// One value.
    Single,
    /// An array of values.
    Array,
    /// An array of bags: the member with the name, the member with the value.
    Pairs(String, String),
}

impl Slot {
    /// A field at its place.
    pub(super) fn new(name: &str, place: &Mapped, formula: Formula, field: &Field) -> Self {
        let column_type = place.kind.as_deref().and_then(Type::parse).unwrap_or(Type::String);
        let is_array =
            place.array.is_some() || (place.column.is_some() && field.many && column_type == Type::Dynamic);
        let kind = match (&place.pairs, &place.name, &place.value) {
            (Some(_), Some(name), Some(value)) => Kind::Pairs(name.clone(), value.clone()),
            _ if is_array => Kind::Array,
            _ => Kind::Single,
        };
        // Without a type of their own, the items of an array are texts.
        let column_type = match (&kind, column_type) {
            (Kind::Array, Type::Dynamic) => Type::String,
            (_, other) => other,
        };
        Self {
            name: name.to_owned(),
            formula,
            column_type,
            is_constant: place.constant.is_some(),
            expression: expression(place),
            kind,
            values: place.values.clone(),
        }
    }

    /// What the expression must give for these values; nothing where that is no value.
    pub(super) fn want(&self, values: &Values) -> Result<Option<Json>, String> {
        let written = |value: &Json| self.typed(&there(self.values.as_ref(), value, false)?);
        match (values, &self.kind) {
            (Values::Single(values), Kind::Single) => match values.as_slice() {
                [value] => Ok(Some(written(value)?).filter(|value| value.as_str() != Some(""))),
                _ => Err("there is room for one value only".to_owned()),
            },
            (Values::Single(values), Kind::Array) => {
                values.iter().map(written).collect::<Result<Json, String>>().map(Some)
            }
            (Values::Pairs(pairs), Kind::Pairs(name_key, value_key)) => {
                let pair = |(name, value): &(String, Json)| {
                    Ok(json!({name_key: name, value_key: there(self.values.as_ref(), value, false)?}))
                };
                pairs.iter().map(pair).collect::<Result<Json, String>>().map(Some)
            }
            (Values::Single(_), Kind::Pairs(..)) | (Values::Pairs(_), Kind::Single | Kind::Array) => {
                Err("a list of pairs is held as something else".to_owned())
            }
        }
    }

    fn typed(&self, value: &Json) -> Result<Json, String> {
        let text = plain(value).unwrap_or_default();
        let typed = match self.column_type {
            Type::String | Type::DateTime | Type::TimeSpan | Type::Guid => Some(text.as_str().into()),
            Type::Int | Type::Long => number(&text).filter(Json::is_i64),
            Type::Real => number(&text),
            Type::Bool if text.eq_ignore_ascii_case("true") => Some(true.into()),
            Type::Bool if text.eq_ignore_ascii_case("false") => Some(false.into()),
            Type::Bool => None,
            Type::Dynamic => Some(value.clone()),
        };
        typed.ok_or_else(|| format!("`{text}` is no {}", self.column_type))
    }

    /// Whether the expression gave what was wanted.
    pub(super) fn gives(&self, found: &Json, want: &Json) -> bool {
        match &self.kind {
            Kind::Single if self.column_type == Type::DateTime => moment(found) == moment(want),
            Kind::Single if self.column_type == Type::Real => found.as_f64() == want.as_f64(),
            Kind::Single => {
                let (found, want) = (plain(found), plain(want));
                found.is_some()
                    && (found == want || self.formula.is_hexadecimal() && lower(found) == lower(want))
            }
            Kind::Array => {
                let texts = |json: &Json| {
                    let items = json.as_array().map_or(&[][..], Vec::as_slice);
                    let mut texts: Vec<Option<String>> = items.iter().map(plain).collect();
                    texts.sort();
                    texts
                };
                texts(found) == texts(want)
            }
            Kind::Pairs(..) => {
                let items = |json: &Json| json.as_array().cloned().unwrap_or_default();
                let found = items(found);
                let same = |one: &Json, other: &Json| {
                    let members = one.as_object().into_iter().flatten();
                    members.into_iter().all(|(key, value)| other.get(key).map(plain) == Some(plain(value)))
                };
                items(want).iter().all(|pair| found.iter().any(|other| same(pair, other)))
            }
        }
    }
}

impl Kind {
    /// Whether a result is no value.
    pub(super) fn is_missing(found: &Json) -> bool {
        found.is_null() || found.as_str() == Some("") || found.as_array().is_some_and(Vec::is_empty)
    }
}

fn lower(text: Option<String>) -> Option<String> {
    text.map(|text| text.to_ascii_lowercase())
}

fn moment(json: &Json) -> Option<jiff::Timestamp> {
    let text = json.as_str()?;
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

fn expression(place: &Mapped) -> String {
    if let Some(text) = &place.constant {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    if let Some(column) = &place.column {
        return quoted(column);
    }
    place.text().to_owned()
}

pub(super) fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The query that gives the value of every slot, in order, for the rows of the table that belong to the source.
pub(super) fn query(
    binding: &Binding,
    leg: &Leg,
    table: &str,
    is_function: bool,
    inner: &[(String, Mapped)],
    slots: &[Slot],
) -> String {
    let mut text = String::new();
    for (name, body) in &binding.lets {
        text.push_str(&format!("let {name} = {body};\n"));
    }
    text.push_str(&if is_function { format!("{table}()") } else { quoted(table) });
    if let Some(condition) = &leg.condition {
        text.push_str(&format!("\n| where {condition}"));
    }
    let extended: Vec<String> =
        inner.iter().map(|(name, place)| format!("{} = {}", quoted(name), expression(place))).collect();
    if !extended.is_empty() {
        text.push_str(&format!("\n| extend {}", extended.join(", ")));
    }
    if let Some(condition) = binding.outer_condition() {
        text.push_str(&format!("\n| where {condition}"));
    }
    let is_read = |name: &str| slots.iter().any(|slot| slot.expression.contains(name));
    for (name, bag) in binding.bags.iter().filter(|(name, _)| is_read(name)) {
        let of = &bag.of;
        text.push_str(&format!(
            "\n| mv-apply detc_pair = iff(array_length({of}) > 0, {of}, pack_array({of})) on (summarize {} = \
             make_bag(bag_pack(tostring(detc_pair{}), tostring(detc_pair{}))))",
            quoted(name),
            quoted(&bag.name),
            quoted(&bag.value)
        ));
    }
    let asked = slots.iter().enumerate();
    let asked = asked.map(|(index, slot)| format!("detc_{index} = {}", slot.expression));
    let asked: Vec<String> = asked.collect();
    if asked.is_empty() {
        text.push_str("\n| project detc_event");
    } else {
        text.push_str(&format!("\n| project {}", asked.join(", ")));
    }
    text
}
