//! One stage: its rows, with the columns that the pattern needs.
//!
//! In: a set of events and what is asked of its fields. Out: a table of the query. Must not know the pattern.
//!
//! Tables of different stages have other names and types for the same field. What is compared across stages is therefore
//! text, in lower case; a value that is missing is the empty text, as in every string column.

use super::super::fields::{Found, Held, Scalar};
use super::super::output::extend;
use super::super::refuse::Context;
use super::super::{Done, Lowering, Reported};
use crate::catalogue::ValueMap;
use crate::ir;
use crate::source::Span;
use crate::targets::Options;
use crate::targets::kusto::ast::{Assignment, Operator, Tabular};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Condition, Expr};
use crate::targets::kusto::tokens::Ident;

/// A stage on its way to a table.
pub(super) struct StageTable<'a> {
    pub(super) lowering: Lowering<'a>,
    /// What the table is called.
    pub(super) name: Ident,
    /// Whether its own columns stay, since its events are results.
    whole: bool,
    operators: Vec<Operator>,
    columns: Vec<Assignment>,
    needs: Vec<usize>,
    /// Columns that must not be empty.
    present: Vec<Ident>,
}

/// A value that is compared across stages.
pub(super) struct Comparable {
    /// Its text, in lower case.
    pub(super) text: Expr,
    /// The type of the column.
    pub(super) column_type: Type,
    /// How neutral values are written there.
    pub(super) values: Option<ValueMap>,
}

impl<'a> StageTable<'a> {
    /// The stage's rows, without any column and without a name yet.
    pub(super) fn new(mut lowering: Lowering<'a>, whole: bool) -> Self {
        let operators = lowering.events();
        let (columns, needs, present) = (Vec::new(), Vec::new(), Vec::new());
        let name = Ident::new("");
        Self { lowering, name, whole, operators, columns, needs, present }
    }

    /// A place of the pattern in this stage.
    pub(super) fn context<'f>(&self, field: &'f str, span: Span) -> Context<'f> {
        Context { field, span, polarity: self.lowering.polarity, strict: true }
    }

    /// Adds a column.
    pub(super) fn bring(&mut self, column: Ident, value: Expr) {
        self.columns.push(Assignment::new(column, value));
    }

    /// Leaves out the rows where this column, which is text, is empty.
    pub(super) fn require(&mut self, column: &Ident) {
        self.present.push(column.clone());
    }

    /// What a field holds.
    pub(super) fn held(&mut self, field: &ir::Field, span: Span) -> Done<Held> {
        let found = self.lowering.find(field, span)?;
        Ok(self.needed(found).0)
    }

    /// What is found, once its columns are there. A computed column that no test has needed stands where it is used,
    /// unless the results have it too.
    fn needed(&mut self, found: Found) -> (Held, Option<ValueMap>) {
        let Found { held, values, needs } = found;
        if let Held::One(Scalar { expr: Expr::Name(name), column_type }) = &held
            && !self.whole
            && let Some((computed, inner)) = self.lowering.scope.inline(&needs, name)
        {
            self.needs.extend(inner);
            return (Held::One(Scalar { expr: computed, column_type: *column_type }), values);
        }
        self.needs.extend(needs);
        (held, values)
    }

    /// The single value of a field on which it depends what is found.
    pub(super) fn scalar(&mut self, field: &ir::Field, span: Span) -> Done<(Scalar, Option<ValueMap>)> {
        let context = self.context(&field.name, span);
        let consent = self.lowering.consent_to_field(field, &[&ir::Match::Present], context, false);
        let found = self.lowering.find(field, span)?;
        let (held, values) = self.needed(found);
        consent?;
        match held {
            Held::One(scalar) => Ok((scalar, values)),
            Held::Many { .. } | Held::Pairs { .. } => Err(self.lowering.refuse(
                context,
                "a comparison across events",
                "the field is a list there, and a list has no single value",
            )),
        }
    }

    /// A field that is compared across stages.
    pub(super) fn comparable(&mut self, field: &ir::Field, span: Span) -> Done<Comparable> {
        let (scalar, values) = self.scalar(field, span)?;
        let column_type = scalar.column_type;
        Ok(Comparable { text: folded(scalar), column_type, values })
    }

    /// A condition on the stage's events, as a column.
    pub(super) fn condition(&mut self, condition: &ir::Predicate) -> Done<Expr> {
        let outer = self.lowering.scope.begin();
        let lowered = self.lowering.predicate(condition, self.lowering.polarity, true);
        let needs = self.lowering.scope.end(outer);
        self.needs.extend(needs);
        lowered
    }

    /// Writes the columns: beside those of the table, or instead of them. Nothing can be asked after that.
    pub(super) fn write(&mut self, time: &Ident) {
        let needs = std::mem::take(&mut self.needs);
        self.lowering.scope.emit(&needs, &mut self.operators);
        let mut columns = std::mem::take(&mut self.columns);
        if self.whole {
            extend(columns, &mut self.operators);
        } else {
            let own = Expr::Name(self.lowering.prepared.time.clone());
            columns.insert(0, Assignment::new(time.clone(), own));
            self.operators.push(Operator::Project { columns: columns.into() });
        }
        let present = self.present.iter().map(|column| Expr::call("isnotempty", Expr::Name(column.clone())));
        let present: Vec<Expr> = present.collect();
        if !present.is_empty() {
            self.operators.push(Operator::Where { condition: Condition(Expr::all(present)) });
        }
    }

    /// The table.
    pub(super) fn table(&mut self, options: Options) -> Tabular {
        let mut operators = std::mem::take(&mut self.operators);
        let source = self.lowering.source(options, &mut operators);
        Tabular { name: self.name.clone(), source, operators }
    }
}

/// The value as text, where case does not count.
fn folded(scalar: Scalar) -> Expr {
    match scalar.column_type {
        Type::String | Type::Bool => Expr::call("tolower", scalar.into_text()),
        Type::Int | Type::Long | Type::Real | Type::Datetime | Type::Guid | Type::Dynamic => {
            scalar.into_text()
        }
    }
}

/// Refuses values whose texts differ though they are equal: numbers with and without a fraction, moments in other
/// notations, and values that the catalogue says are written in different ways.
pub(super) fn alike(
    stage: &mut StageTable,
    (field, span): (&str, Span),
    left: &Comparable,
    right: &Comparable,
) -> Done<()> {
    let plain = |column_type| match column_type {
        Type::String | Type::Int | Type::Long | Type::Bool | Type::Guid => true,
        Type::Real | Type::Datetime | Type::Dynamic => false,
    };
    let (one, other) = (left.column_type, right.column_type);
    let context = stage.context(field, span);
    let reason = if left.values != right.values {
        "its values are written in another way there".to_owned()
    } else if one != other && !(plain(one) && plain(other)) {
        format!("one is of type {}, the other of type {}", one.name(), other.name())
    } else {
        return Ok(());
    };
    let Reported = stage.lowering.refuse(context, "a comparison across events", &reason);
    Err(Reported)
}
