//! What comes out: the fields that a result must have, and the summary.
//!
//! In: the detection's output fields. Out: operators, and which column holds which field. Must not know the condition.
//!
//! - A summary groups by text, and a missing value counts as `unknown`, as the reference does. A field with several
//!   values puts the event into one group a value.
//! - `TimeGenerated`, which Microsoft Sentinel wants, is that of the last event of a group.
//! - Defender XDR wants `Timestamp` and `ReportId` of one event, and a column that names the device or account: they are
//!   those of the last event, together with the binding's `identity`. They do not change the groups.

use super::fields::{Held, Scalar, never_empty};
use super::{Done, Lowering};
use crate::ir::{self, Number, Summary};
use crate::source::{Span, Spanned};
use crate::targets::Profile;
use crate::targets::kusto::ast::{Assignment, Element, Operator};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Condition, Expr, Relation};
use crate::targets::kusto::tokens::Ident;

/// What stands in a group for a missing value.
const UNKNOWN: &str = "unknown";

/// What a summary groups by.
#[derive(Default)]
struct Groups {
    by: Vec<Ident>,
    filled: Vec<Assignment>,
    expanded: Vec<Element>,
}

impl Lowering<'_> {
    /// Adds what the output needs. Gives neutral field and output column.
    pub(super) fn output(&mut self, operators: &mut Vec<Operator>) -> Vec<(String, String)> {
        match &self.detection.summary {
            Some(summary) => self.summarize(summary, operators),
            None => self.show(operators),
        }
    }

    /// Without a summary: every column stays, and the output fields are added under their names.
    fn show(&mut self, operators: &mut Vec<Operator>) -> Vec<(String, String)> {
        let mut columns = Vec::new();
        let mut added = Vec::new();
        let mut needed = Vec::new();
        let detection = self.detection;
        for field in detection.output_fields() {
            let Ok(found) = self.find(field, self.place_of(field)) else { continue };
            let name = unless(self.output_name(field, &found.held), |name| has(&columns, name));
            needed.extend(found.needs);
            let value = match found.held {
                Held::One(scalar) => scalar.expr,
                Held::Many { array, .. } => array,
                Held::Pairs { list, .. } => list,
            };
            columns.push((field.name.to_string(), name.0.clone()));
            if value != Expr::Name(name.clone()) {
                added.push(Assignment::new(name, value));
            }
        }
        self.scope.emit(&needed, operators);
        extend(added, operators);
        let helpers = self.scope.helpers();
        if !helpers.is_empty() {
            operators.push(Operator::Remove { columns: helpers });
        }
        columns
    }

    fn summarize(&mut self, summary: &Summary, operators: &mut Vec<Operator>) -> Vec<(String, String)> {
        let mut columns = Vec::new();
        let mut needed = Vec::new();
        let mut groups = Groups::default();
        for Spanned { value: field, span } in &summary.by {
            let Ok(name) = self.group(field, *span, &mut groups, &mut needed) else { continue };
            columns.push((field.name.to_string(), name.0.clone()));
        }
        let mut collected = Vec::new();
        for Spanned { value: field, span } in &summary.values {
            let Ok(found) = self.find(field, *span) else { continue };
            needed.extend(found.needs);
            let name = Ident::new(format!("values_{}", plain(&field.name)));
            let name = unless(name, |name| has(&columns, name));
            columns.push((field.name.to_string(), name.0.clone()));
            collected.push(Assignment::new(name, distinct(found.held)));
        }
        self.scope.emit(&needed, operators);
        operators.extend(groups.expanded.into_iter().map(|element| Operator::Expand { element }));
        extend(groups.filled, operators);
        let by = groups.by;
        let mut aggregates = self.aggregates(&by);
        aggregates.extend(collected);
        let alone = by.is_empty();
        operators.push(Operator::Summarize { aggregates: aggregates.into(), by });
        if alone {
            // Without groups there is always one row, also over nothing.
            let zero = Expr::Number(Number::Integer(0));
            let some = Expr::compare(Expr::name("count_"), Relation::Greater, zero);
            operators.push(Operator::Where { condition: Condition(some) });
        }
        columns
    }

    /// The column of an output field: the one that it has, if that has the neutral name or is computed by this query.
    fn output_name(&self, field: &ir::Field, held: &Held) -> Ident {
        match held {
            Held::One(Scalar { expr: Expr::Name(name), .. })
                if (*name.0 == *field.name || self.scope.has_column(&name.0)) && plain(&name.0) == name.0 =>
            {
                name.clone()
            }
            Held::One(_) | Held::Many { .. } | Held::Pairs { .. } => self.column_name(&field.name),
        }
    }

    /// A field that events are grouped by. A computed column that no test has needed stands where it is used.
    fn group(
        &mut self,
        field: &ir::Field,
        span: Span,
        groups: &mut Groups,
        needed: &mut Vec<usize>,
    ) -> Done<Ident> {
        let found = self.find(field, span)?;
        let name = unless(self.output_name(field, &found.held), |name| groups.by.contains(name));
        let text = match found.held {
            Held::One(mut scalar) => {
                match self
                    .scope
                    .inline(&found.needs, &name)
                    .filter(|_| scalar.expr == Expr::Name(name.clone()))
                {
                    Some((value, needs)) => {
                        scalar.expr = value;
                        needed.extend(needs);
                    }
                    None => needed.extend(found.needs),
                }
                scalar.into_text()
            }
            Held::Many { array, .. } => {
                needed.extend(found.needs);
                let distinct = Expr::Call("set_difference", vec![array, Expr::Dynamic("[\"\"]")]);
                groups.expanded.push(Element { name: name.clone(), list: never_empty(distinct) });
                Expr::call("tostring", Expr::Name(name.clone()))
            }
            Held::Pairs { .. } => {
                let context = super::fields::shown(&field.name, span);
                return Err(self.refuse(
                    context,
                    "a summary by a list of names and values",
                    "it has no single text: `derive` a `pair` first",
                ));
            }
        };
        groups.filled.push(Assignment::new(name.clone(), filled(text)));
        groups.by.push(name.clone());
        Ok(name)
    }

    /// How many events, when, and what the product wants besides.
    fn aggregates(&self, by: &[Ident]) -> Vec<Assignment> {
        let carried = carried(self.profile, self.prepared.identity.iter().filter(|name| !by.contains(name)));
        aggregates(Expr::Call("count", Vec::new()), &self.prepared.time, carried)
    }

    /// Where the detection asks for an output field.
    fn place_of(&self, field: &ir::Field) -> Span {
        let named = self.detection.outputs().into_iter().find(|known| known.value == *field);
        named.map_or(self.detection.metadata.name.span, |known| known.span)
    }
}

/// The columns of one event that a group of them carries along: Defender XDR wants them.
pub(super) fn carried<'n>(
    profile: &Profile,
    identity: impl Iterator<Item = &'n Ident>,
) -> Option<Vec<Ident>> {
    let report = Ident::new("ReportId");
    (profile.id == "kusto:xdr").then(|| std::iter::once(report).chain(identity.cloned()).collect())
}

/// How many events, when, and the time of the result with what it carries along of that event.
pub(super) fn aggregates(count: Expr, time: &Ident, carried: Option<Vec<Ident>>) -> Vec<Assignment> {
    let of_time = |function| Expr::call(function, Expr::Name(time.clone()));
    let last = match carried {
        Some(carried) => {
            let names: Vec<Ident> = std::iter::once(time.clone()).chain(carried).collect();
            let columns = names.iter().cloned().map(Expr::Name).collect();
            Assignment { names, value: Expr::Call("arg_max", columns) }
        }
        None => Assignment::new(time.clone(), of_time("max")),
    };
    vec![
        Assignment::new(Ident::new("count_"), count),
        Assignment::new(Ident::new("firstTime"), of_time("min")),
        Assignment::new(Ident::new("lastTime"), of_time("max")),
        last,
    ]
}

/// Whether a column of the result is called so already.
fn has(columns: &[(String, String)], name: &Ident) -> bool {
    columns.iter().any(|(_, column)| *column == name.0)
}

/// The name, or a longer one that is not taken.
fn unless(mut name: Ident, taken: impl Fn(&Ident) -> bool) -> Ident {
    while taken(&name) {
        name.0.push('_');
    }
    name
}

/// A field's name as a name of a column that alerts can show: letters, digits and underscores of ASCII, and no digit
/// first. Source: the models of Azure-Sentinel's own checks (`^[a-zA-Z_]+\w*$`).
pub(super) fn plain(name: &str) -> String {
    let lead = if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    lead.chars().chain(name.chars().map(letter)).collect()
}

/// Adds columns, to those of the `extend` before unless they read or replace one of them.
pub(super) fn extend(columns: Vec<Assignment>, operators: &mut Vec<Operator>) {
    if columns.is_empty() {
        return;
    }
    if let Some(Operator::Extend { columns: before }) = operators.last_mut() {
        let known = |name: &Ident| {
            columns.iter().any(|column| column.names.contains(name) || column.value.reads(&name.0))
        };
        if !before.items.iter().flat_map(|column| &column.names).any(known) {
            let all: Vec<Assignment> = before.items.drain(..).chain(columns).collect();
            *before = all.into();
            return;
        }
    }
    operators.push(Operator::Extend { columns: columns.into() });
}

/// Whether `case` gives a text on every way: its values are the second, fourth … and the last argument.
fn always_text(case: &[Expr]) -> bool {
    let is_text = |value: &Expr| matches!(value, Expr::Text(text) if !text.0.is_empty());
    case.chunks(2).filter_map(<[Expr]>::last).all(is_text)
}

/// The text, or `unknown`: for strings `coalesce` skips the empty text too.
fn filled(text: Expr) -> Expr {
    let mut values = match text {
        Expr::Text(constant) if !constant.0.is_empty() => return Expr::Text(constant),
        Expr::Call("case", arguments) if always_text(&arguments) => return Expr::Call("case", arguments),
        Expr::Call("coalesce", values) => values,
        Expr::Fragment(fragment) => match fragment.arguments_of("coalesce") {
            Some(values) => values.into_iter().map(|value| Expr::Fragment(Box::new(value))).collect(),
            None => vec![Expr::Fragment(fragment)],
        },
        other => vec![other],
    };
    values.push(Expr::text(UNKNOWN));
    Expr::Call("coalesce", values)
}

/// The distinct values of a group; empty texts are none.
pub(super) fn distinct(held: Held) -> Expr {
    match held {
        Held::One(scalar) => {
            let present = if scalar.column_type == Type::String { "isnotempty" } else { "isnotnull" };
            Expr::Call("make_set_if", vec![scalar.expr.clone(), Expr::call(present, scalar.expr)])
        }
        // The elements of arrays are collected, not the arrays.
        Held::Many { array, .. } => Expr::call("make_set", array),
        Held::Pairs { list, .. } => Expr::call("make_set", list),
    }
}
