//! Tests of membership in a list.
//!
//! In: a value and a list. Out: a test against a name that a `let` gives to the list's rows: a watchlist in Microsoft
//! Sentinel, an array in Defender XDR, which has no watchlists. Where a watchlist would mean something else, the rows
//! are alternatives of the test. Must not know how the value is found.
//!
//! A watchlist's function gives the key column as `SearchKey`, the others in the bag `WatchlistItem`, all as texts
//! (Microsoft's page "Build queries or detection rules with watchlists"). Its rows change without this query, so
//! networks of both families are asked for.

use std::borrow::Cow;

use super::Lowering;
use super::fields::{Found, Held, Scalar};
use super::refuse::Context;
use super::text::needs_folding;
use crate::ir::{Case, Cell, ColumnType, FieldTest, Match, Membership, Number};
use crate::targets::kusto::ast::{Body, Let, Value};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::tokens::{Ident, StringLiteral};
use crate::targets::{Delivery, NeededList};

impl Lowering<'_> {
    /// The alternatives of a test, with the rows of a list in place of it where they must be written out: patterns; and
    /// fields that hold several values, or whose values are written in another way or type here.
    pub(super) fn with_rows<'t>(&mut self, test: &'t FieldTest, found: &Found) -> Cow<'t, [Match]> {
        if !test.any_of.iter().any(|alternative| matches!(alternative, Match::InList(_))) {
            return Cow::Borrowed(&test.any_of);
        }
        let mut alternatives = Vec::new();
        for alternative in &test.any_of {
            let Match::InList(membership) = alternative else {
                alternatives.push(alternative.clone());
                continue;
            };
            let named = match &found.held {
                Held::One(scalar) => found.values.is_none() && has_names(membership, scalar.column_type),
                Held::Many { .. } | Held::Pairs { .. } => false,
            };
            let how = if named { self.delivery(membership) } else { Delivery::Inline };
            NeededList::new(membership, how).add_to(&mut self.needed);
            if named {
                alternatives.push(alternative.clone());
            } else {
                alternatives.extend(membership.alternatives());
            }
        }
        Cow::Owned(alternatives)
    }

    fn delivery(&self, membership: &Membership) -> Delivery {
        let inline = membership.list.inline || self.profile.id == "kusto:xdr";
        if inline { Delivery::Inline } else { Delivery::Watchlist }
    }

    /// Whether the value is listed.
    pub(super) fn listed(&mut self, scalar: &Scalar, membership: &Membership, context: Context) -> Expr {
        match membership.column().map(|column| column.column_type) {
            Some(ColumnType::Text | ColumnType::Ip | ColumnType::Pattern) => {
                let folds = membership.cells().any(|cell| needs_folding(&cell.text));
                let fold = |value: Expr| if folds { Expr::call("tolower", value) } else { value };
                let value = fold(scalar.clone().into_text());
                let rows = self.named_rows(membership, folds, false);
                Expr::In { value: Box::new(value), cased: folds, negated: false, list: vec![rows] }
            }
            Some(ColumnType::Integer) => {
                let as_text = scalar.column_type == Type::String;
                let rows = self.named_rows(membership, false, !as_text);
                Expr::In {
                    value: Box::new(scalar.expr.clone()),
                    cased: true,
                    negated: false,
                    list: vec![rows],
                }
            }
            Some(ColumnType::Cidr) => self.in_networks_of(scalar, membership, context),
            None => Expr::Boolean(false),
        }
    }

    /// The name of the column's values: in lower case, as numbers, or as they are.
    fn named_rows(&mut self, membership: &Membership, folds: bool, numbers: bool) -> Expr {
        let list = membership.list.name.as_str();
        let column = membership.column().map_or("", |column| column.name.as_str());
        let wanted = if membership.is_key() { list.to_owned() } else { format!("{list}_{column}") };
        let body = match self.delivery(membership) {
            Delivery::Watchlist => {
                let cell = watched(membership);
                let value = cell.clone();
                let (name, value) = match (folds, numbers, &value) {
                    (false, false, Expr::Name(key)) => (key.clone(), value),
                    (true, _, _) => (Ident::new(column), Expr::call("tolower", value)),
                    (false, true, _) => (Ident::new(column), Expr::call("tolong", value)),
                    (false, false, _) => (Ident::new(column), value),
                };
                Body::Watchlist { alias: StringLiteral::new(list), cell, name, value }
            }
            Delivery::Inline | Delivery::Lookup | Delivery::Placeholder => {
                Body::Values(membership.cells().map(|cell| array_value(cell, folds, numbers)).collect())
            }
        };
        self.name_of(&wanted, body)
    }

    fn in_networks_of(&mut self, scalar: &Scalar, membership: &Membership, context: Context) -> Expr {
        let list = membership.list.name.as_str();
        let watched_rows = self.delivery(membership) == Delivery::Watchlist;
        let mut tests = Vec::new();
        for (v6, function) in [(false, "ipv4_is_in_any_range"), (true, "ipv6_is_in_any_range")] {
            let body = if watched_rows {
                Body::Networks { alias: StringLiteral::new(list), cell: watched(membership), v6 }
            } else {
                let values: Vec<Value> = membership
                    .cells()
                    .filter(|cell| cell.text.contains(':') == v6)
                    .map(|cell| Value::Text(cell.text.clone()))
                    .collect();
                if values.is_empty() {
                    continue;
                }
                Body::Values(values)
            };
            let rows = self.name_of(&format!("{list}_v{}", if v6 { 6 } else { 4 }), body);
            let value = scalar.expr.clone();
            let test = Expr::Call(function, vec![value.clone(), rows]);
            // What is no address of the family gives null.
            let test =
                if context.strict { Expr::Call("coalesce", vec![test, Expr::Boolean(false)]) } else { test };
            // An address of IPv4 would be taken for the one of IPv6 that is mapped from it.
            tests.push(if v6 {
                let is_v6 = Expr::compare(value, Relation::Contains(false), Expr::text(":"));
                Expr::all([is_v6, test])
            } else {
                test
            });
        }
        if tests.is_empty() { Expr::Boolean(false) } else { Expr::any(tests) }
    }

    /// The name of these rows, which nothing else in the query has.
    fn name_of(&mut self, wanted: &str, body: Body) -> Expr {
        if let Some(known) = self.lists.iter().find(|known| known.body == body) {
            return Expr::Name(known.name.clone());
        }
        let prepared = self.prepared;
        let mut name = wanted.to_owned();
        while prepared.reads(&name)
            || prepared.source.field(&name).is_some()
            || prepared.lets.iter().chain(&self.lists).any(|known| known.name.0 == name)
            || self.derived.iter().any(|derived| *derived.field.name == *name)
            || self.scope.has_column(&name)
        {
            name.push('_');
        }
        let name = Ident::new(name);
        self.lists.push(Let { name: name.clone(), body });
        Expr::Name(name)
    }
}

/// A cell in an array: in lower case, as a number, or as it is.
fn array_value(cell: &Cell, folds: bool, numbers: bool) -> Value {
    if let Match::Number { number: Number::Integer(number), .. } = &cell.test
        && numbers
    {
        Value::Integer(*number)
    } else if folds {
        Value::Text(Case::Insensitive.fold(&cell.text))
    } else {
        Value::Text(cell.text.clone())
    }
}

/// The value of the column in a row of a watchlist.
fn watched(membership: &Membership) -> Expr {
    match membership.column() {
        Some(column) if !membership.is_key() => {
            let item = Expr::Key(Box::new(Expr::name("WatchlistItem")), column.name.clone());
            Expr::call("tostring", item)
        }
        _ => Expr::name("SearchKey"),
    }
}

/// Whether a column of this type can be held against the rows under a name.
fn has_names(membership: &Membership, column_type: Type) -> bool {
    match membership.column().map(|column| column.column_type) {
        Some(ColumnType::Text | ColumnType::Ip) => matches!(column_type, Type::String | Type::Guid),
        Some(ColumnType::Integer) => matches!(column_type, Type::String | Type::Int | Type::Long),
        Some(ColumnType::Cidr) => column_type == Type::String,
        Some(ColumnType::Pattern) | None => false,
    }
}
