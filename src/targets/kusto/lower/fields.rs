//! Where a field's value is: a column, or a column that the query must compute first.
//!
//! In: a field of the IR. Out: an expression with its type, and the needs that go with it; or `E0503`. Must not know
//! what is tested.

use super::output::plain;
use super::refuse::Context;
use super::scope::Work;
use super::{Done, Lowering};
use crate::catalogue::ValueMap;
use crate::ir::{self, FieldType};
use crate::source::Span;
use crate::targets::Polarity;
use crate::targets::field_loss::FieldLoss;
use crate::targets::kusto::ast::Element;
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::fragment::Fragment;
use crate::targets::kusto::prepared::{self, Leg, Origin, Place};
use crate::targets::kusto::tokens::Ident;

/// A single value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar {
    /// The value.
    pub(super) expr: Expr,
    /// Its type; never dynamic.
    pub(super) column_type: Type,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// A single value.
    One(Scalar),
    /// A dynamic array of plain values.
    Many {
        /// The array.
        array: Expr,
        /// What its elements are.
        element: Type,
    },
    /// A dynamic array of bags with a name and a value.
    Pairs {
        /// The array.
        list: Expr,
        /// The key of the name.
        name: String,
        /// The key of the value.
        value: String,
    },
}

/// A field, found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// What it holds.
    pub(super) held: Held,
    /// How neutral values are written there.
    pub(super) values: Option<ValueMap>,
    /// The computed columns that it needs.
    pub(super) needs: Vec<usize>,
}

impl Scalar {
    /// The value as text: itself if it is a string.
    pub(super) fn into_text(self) -> Expr {
        match self.column_type {
            Type::String => self.expr,
            Type::Int
            | Type::Long
            | Type::Real
            | Type::Bool
            | Type::Datetime
            | Type::Guid
            | Type::Dynamic => Expr::call("tostring", self.expr),
        }
    }
}

/// A list, or a list of one null: `mv-apply` and `mv-expand` lose the row of an empty one.
pub(super) fn never_empty(list: Expr) -> Expr {
    listed(list, Expr::Dynamic("[null]"))
}

/// A list of pairs. `parse_xml` makes a list of elements only of several: a single one is the pair itself.
fn pairs(list: Expr) -> Expr {
    let single = Expr::call("pack_array", list.clone());
    listed(list, single)
}

fn listed(list: Expr, otherwise: Expr) -> Expr {
    let some = Expr::compare(
        Expr::call("array_length", list.clone()),
        Relation::Greater,
        Expr::Number(ir::Number::Integer(0)),
    );
    Expr::Call("iff", vec![some, list, otherwise])
}

/// Reads a dynamic value as the type that goes with the field's.
fn read_dynamic(field_type: FieldType, value: Expr) -> Scalar {
    let (function, column_type) = match field_type {
        FieldType::Text | FieldType::Ip | FieldType::Pairs => ("tostring", Type::String),
        FieldType::Integer => ("tolong", Type::Long),
        FieldType::Real => ("todouble", Type::Real),
        FieldType::Boolean => ("tobool", Type::Bool),
        FieldType::Timestamp => ("todatetime", Type::Datetime),
    };
    Scalar { expr: Expr::call(function, value), column_type }
}

/// Reads an element of an array.
pub(super) fn read_element(element: Type, value: Expr) -> Scalar {
    let function = match element {
        Type::String | Type::Dynamic => "tostring",
        Type::Int | Type::Long => "tolong",
        Type::Real => "todouble",
        Type::Bool => "tobool",
        Type::Datetime => "todatetime",
        Type::Guid => "toguid",
    };
    let column_type = if element == Type::Dynamic { Type::String } else { element };
    Scalar { expr: Expr::call(function, value), column_type }
}

impl<'a> Lowering<'a> {
    /// Finds a field. What must be computed first becomes a need of the expression being lowered.
    pub(super) fn find(&mut self, field: &ir::Field, span: Span) -> Done<Found> {
        let outer = self.scope.begin();
        let found = self.look_up(field, span);
        let needs = self.scope.end(outer);
        self.scope.require(&needs);
        let (held, values) = found?;
        Ok(Found { held, values, needs })
    }

    fn look_up(&mut self, field: &ir::Field, span: Span) -> Done<(Held, Option<ValueMap>)> {
        let derived = self.derived;
        if let Some(derived) = derived.iter().find(|derived| derived.field.name == field.name) {
            return Ok((Held::One(self.derived_column(derived)?), None));
        }
        let prepared = self.prepared;
        if let Some(known) = prepared.fields.get(&*field.name) {
            return Ok((self.held(field, known, span)?, known.values.clone()));
        }
        if prepared.unmapped.contains_key(&*field.name) {
            return Err(self.unmapped(field, span));
        }
        match &prepared.origin {
            Origin::Union(legs) => self.in_legs(field, legs, span),
            Origin::One(_) => match prepared.each.as_ref().and_then(|each| each.get(&field.name)) {
                Some(Ok(known)) => Ok((self.held(field, known, span)?, known.values.clone())),
                Some(Err(reason)) => Err(self.absent(&field.name, span, reason)),
                None => Err(self.unmapped(field, span)),
            },
        }
    }

    fn unmapped(&mut self, field: &ir::Field, span: Span) -> super::Reported {
        let prepared = self.prepared;
        let reason = prepared.unmapped.get(&*field.name);
        let reason = reason.map_or("the catalogue does not say where it would be", String::as_str);
        self.absent(&field.name, span, reason)
    }

    fn held(&mut self, field: &ir::Field, known: &prepared::Field, span: Span) -> Done<Held> {
        match &known.place {
            Place::Column(column) => {
                self.read_names([column.0.as_str()], span)?;
                Ok(Held::One(typed(field, known.column_type, Expr::Name(column.clone()))))
            }
            Place::Expr(fragment) => {
                let name = self.computed(&field.name, |lowering| lowering.read_fragment(fragment, span))?;
                Ok(Held::One(typed(field, known.column_type, Expr::Name(name))))
            }
            Place::Constant(text) => {
                let name = self.computed(&field.name, |_| Ok(Expr::text(text.as_str())))?;
                Ok(Held::One(Scalar { expr: Expr::Name(name), column_type: Type::String }))
            }
            Place::Array(fragment) => {
                let array = self.read_fragment(fragment, span)?;
                Ok(Held::Many { array, element: known.column_type })
            }
            Place::Pairs { list, name, value } => {
                let list = self.read_fragment(list, span)?;
                Ok(Held::Pairs { list, name: name.clone(), value: value.clone() })
            }
        }
    }

    /// A column under the field's name, computed once. A value that another column holds is read from there.
    pub(super) fn computed(
        &mut self,
        field: &str,
        value: impl FnOnce(&mut Self) -> Done<Expr>,
    ) -> Done<Ident> {
        self.computed_as(format!("field {field}"), field, value)
    }

    /// The same under another key than a field's; `wanted` is what the column should be called.
    pub(super) fn computed_as(
        &mut self,
        key: String,
        wanted: &str,
        value: impl FnOnce(&mut Self) -> Done<Expr>,
    ) -> Done<Ident> {
        if let Some(name) = self.scope.reuse(&key) {
            return Ok(name);
        }
        let outer = self.scope.begin();
        let value = value(self);
        let needs = self.scope.end(outer);
        let value = value?;
        let (value, needs) = match self.scope.holding(&value) {
            Some((column, index)) => (Expr::Name(column), vec![index]),
            None => (value, needs),
        };
        let name = self.column_name(wanted);
        self.scope.add(key, Work::Extend, name.clone(), value, needs);
        Ok(name)
    }

    /// The name of a new column: the neutral one, unless something else in the binding reads a column of that name.
    pub(super) fn column_name(&self, neutral: &str) -> Ident {
        let mut name = plain(neutral);
        while self.prepared.would_hide(&name) || self.scope.has_column(&name) {
            name.push('_');
        }
        Ident::new(name)
    }

    /// The name of an element inside `mv-apply`, which hides a column of that name there.
    pub(super) fn element_name(&self, wanted: &str) -> Ident {
        let mut name = wanted.to_owned();
        while self.prepared.reads(&name) || self.scope.has_column(&name) {
            name.push('_');
        }
        Ident::new(name)
    }

    /// An expression of the binding, with what its names need.
    pub(super) fn read_fragment(&mut self, fragment: &Fragment, span: Span) -> Done<Expr> {
        self.read_names(fragment.names(), span)?;
        Ok(Expr::Fragment(Box::new(fragment.clone())))
    }

    /// Names may be property bags, which must be made first, and fields that the legs of a union must bring along.
    fn read_names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>, span: Span) -> Done<()> {
        let prepared = self.prepared;
        for name in names {
            if let Some(bag) = prepared.bags.get(name) {
                self.bag(name, bag, span)?;
            } else if prepared.is_leg_field(name)
                && let (Some(spec), Origin::Union(legs)) = (prepared.source.field(name), &prepared.origin)
                && legs.iter().any(|leg| leg.fields.contains_key(name) || leg.each.is_some())
            {
                self.in_legs(&spec.field, legs, span)?;
            }
        }
        Ok(())
    }

    /// A name/value list as a property bag, under the bag's name.
    fn bag(&mut self, name: &str, bag: &prepared::Bag, span: Span) -> Done<()> {
        let key = format!("bag {name}");
        if self.scope.reuse(&key).is_some() {
            return Ok(());
        }
        let outer = self.scope.begin();
        let list = self.read_fragment(&bag.of, span);
        let needs = self.scope.end(outer);
        let item = self.element_name("pair");
        let part = |part: &str| {
            Expr::call("tostring", Expr::Key(Box::new(Expr::Name(item.clone())), part.to_owned()))
        };
        let pack = Expr::Call("bag_pack", vec![part(&bag.name), part(&bag.value)]);
        let element = Element { name: item.clone(), list: pairs(list?) };
        let work = Work::Elements { element, helper: false };
        self.scope.add(key, work, Ident::new(name), Expr::call("make_bag", pack), needs);
        Ok(())
    }

    /// A field that every leg of a union brings to its neutral name.
    fn in_legs(&mut self, field: &ir::Field, legs: &'a [Leg], span: Span) -> Done<(Held, Option<ValueMap>)> {
        let mut first: Option<&prepared::Field> = None;
        for leg in legs {
            let found = match leg.field(&field.name) {
                Some(Ok(found)) => found,
                Some(Err(reason)) => return Err(self.absent(&field.name, span, reason)),
                None => return Err(self.unmapped(field, span)),
            };
            if let Some(first) = first {
                if !same_shape(first, found) {
                    let reason = "its type, shape or values differ between the tables of the union";
                    return Err(self.absent(&field.name, span, reason));
                }
            } else {
                first = Some(found);
            }
        }
        let Some(first) = first else { return Err(self.unmapped(field, span)) };
        self.leg_fields.insert(field.name.to_string());
        let name = Expr::name(field.name.to_string());
        let held = match &first.place {
            Place::Column(_) | Place::Expr(_) | Place::Constant(_) => {
                Held::One(typed(field, first.column_type, name))
            }
            Place::Array(_) => Held::Many { array: name, element: first.column_type },
            Place::Pairs { name: key, value, .. } => {
                Held::Pairs { list: name, name: key.clone(), value: value.clone() }
            }
        };
        Ok((held, first.values.clone()))
    }

    /// Asks for consent to what a field that is tested so, or those that it is derived from, lack in this target.
    pub(super) fn consent_to_field(
        &mut self,
        field: &ir::Field,
        tests: &[&ir::Match],
        context: Context,
        flip: bool,
    ) -> Done<()> {
        let polarity = if flip { context.polarity.flipped() } else { context.polarity };
        let mut done = Ok(());
        for (name, loss) in self.losses(field) {
            if *name == *field.name && !loss.concerns(tests.iter().copied()) {
                continue;
            }
            let context = Context { field: &name, polarity, ..context };
            if let Err(reported) = self.lose(context, &loss.name, loss.verdict, &loss.reason) {
                done = Err(reported);
            }
        }
        done
    }

    fn losses(&self, field: &ir::Field) -> Vec<(String, FieldLoss)> {
        if let Some(derived) = self.derived.iter().find(|derived| derived.field.name == field.name) {
            let mut read = Vec::new();
            derived.how.visit_fields(&mut |field| read.push(field));
            // A derived field reads only earlier ones, so this ends.
            return read.into_iter().flat_map(|field| self.losses(field)).collect();
        }
        let known = self.prepared.fields.get(&*field.name);
        let in_legs = match &self.prepared.origin {
            Origin::Union(legs) if known.is_none() => {
                legs.iter().filter_map(|leg| leg.fields.get(&*field.name)).collect()
            }
            Origin::Union(_) | Origin::One(_) => Vec::new(),
        };
        known
            .into_iter()
            .chain(in_legs)
            .filter_map(|known| known.loss.clone())
            .map(|loss| (field.name.to_string(), loss))
            .collect()
    }

    /// The single value of a field that is read as text, for derivations and comparisons.
    pub(super) fn scalar(&mut self, field: &ir::Field, context: Context) -> Done<Scalar> {
        let found = self.find(field, context.span)?;
        match found.held {
            Held::One(scalar) => Ok(scalar),
            Held::Many { .. } | Held::Pairs { .. } => {
                let context = Context { field: &field.name, ..context };
                Err(self.refuse(
                    context,
                    "a single value of a field with several",
                    "the field is a list there, and a list has no single value",
                ))
            }
        }
    }
}

fn typed(field: &ir::Field, column_type: Type, expr: Expr) -> Scalar {
    match column_type {
        Type::Dynamic => read_dynamic(field.field_type, expr),
        Type::String | Type::Int | Type::Long | Type::Real | Type::Bool | Type::Datetime | Type::Guid => {
            Scalar { expr, column_type }
        }
    }
}

fn same_shape(left: &prepared::Field, right: &prepared::Field) -> bool {
    fn shape(place: &Place) -> (u8, &str, &str) {
        match place {
            Place::Column(_) | Place::Expr(_) | Place::Constant(_) => (0, "", ""),
            Place::Array(_) => (1, "", ""),
            Place::Pairs { name, value, .. } => (2, name, value),
        }
    }
    left.column_type == right.column_type
        && left.values == right.values
        && shape(&left.place) == shape(&right.place)
}

/// A place outside of conditions, for the fields of an output.
pub(super) fn shown(field: &str, span: Span) -> Context<'_> {
    Context { field, span, polarity: Polarity::Positive, strict: false }
}
