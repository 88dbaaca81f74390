//! One alternative of a test, by the type of what is tested.
//!
//! In: a value with its type, and a match. Out: the test, with literals of the value's own type: Microsoft's engine
//! would coerce others, and its refusals depend on where they stand. Must not know lists of alternatives.

use super::alternatives::Alternative;
use super::fields::Scalar;
use super::refuse::Context;
use super::{Done, Lowering};
use crate::catalogue::ValueProblem;
use crate::ir::{Case, Comparison, Field, FieldComparison, Match, Number, Pattern, TextShape, TimePart};
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Relation};

impl Lowering<'_> {
    /// One alternative.
    pub(super) fn alternative(
        &mut self,
        scalar: &Scalar,
        test: &Match,
        context: Context,
    ) -> Done<Alternative> {
        match test {
            Match::Text { pattern, case } => self.text_on(scalar, pattern, *case, context),
            Match::Regex(regex) => {
                let text = self.as_text(scalar, "a regular expression", context)?;
                self.regex(text, regex, context)
            }
            Match::Number { comparison, number } => self.number(scalar, *comparison, *number, context),
            Match::Boolean(expected) => self.boolean(scalar, *expected, context),
            Match::Network(network) => match scalar.column_type {
                Type::String => Ok(Alternative::Network(scalar.expr.clone(), *network)),
                other => Err(self.mistyped(context, "a network", other)),
            },
            Match::InList(membership) => Ok(Alternative::Other(self.listed(scalar, membership, context))),
            Match::Missing => Ok(Alternative::Other(presence(scalar, "isempty", "isnull"))),
            Match::Present => Ok(Alternative::Other(presence(scalar, "isnotempty", "isnotnull"))),
            Match::Field { comparison, other, case } => {
                self.fields(scalar, *comparison, other, *case, context)
            }
            Match::TimePart { part, comparison, number } => {
                let moment = match scalar.column_type {
                    Type::Datetime => scalar.expr.clone(),
                    Type::String => Expr::call("todatetime", scalar.expr.clone()),
                    other => return Err(self.mistyped(context, "a part of a moment", other)),
                };
                let number = Number::Integer(*number);
                Ok(compared(time_part(*part, moment), *comparison, Expr::Number(number), context))
            }
        }
    }

    fn mistyped(&mut self, context: Context, construct: &str, column_type: Type) -> super::Reported {
        let reason = format!("the value there is of type {}", column_type.name());
        self.refuse(context, construct, &reason)
    }

    /// The value's text, where every reader writes it alike.
    fn as_text(&mut self, scalar: &Scalar, construct: &str, context: Context) -> Done<Expr> {
        match scalar.column_type {
            Type::String | Type::Int | Type::Long | Type::Guid => Ok(scalar.clone().into_text()),
            other @ (Type::Real | Type::Bool | Type::Datetime | Type::Dynamic) => {
                Err(self.mistyped(context, construct, other))
            }
        }
    }

    fn text_on(
        &mut self,
        scalar: &Scalar,
        pattern: &Pattern,
        case: Case,
        context: Context,
    ) -> Done<Alternative> {
        let expr = || scalar.expr.clone();
        if scalar.column_type == Type::String {
            return self.text(expr(), pattern, case, context);
        }
        if pattern.shape() == TextShape::Anything {
            return Ok(Alternative::Other(Expr::call("isnotnull", expr())));
        }
        let Some(text) = pattern.as_literal() else {
            let text = self.as_text(scalar, "a wildcard", context)?;
            return self.text(text, pattern, case, context);
        };
        let literal = match scalar.column_type {
            // Only the decimal text of the number can be what the source wrote.
            Type::Int | Type::Long => text
                .parse::<i64>()
                .ok()
                .filter(|value| value.to_string() == text)
                .map(|value| Expr::Number(Number::Integer(value))),
            Type::Real => text
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .map(|value| Expr::Number(Number::Real(value))),
            Type::Bool if case == Case::Sensitive => {
                return Err(self.mistyped(context, "a text whose case counts", Type::Bool));
            }
            Type::Bool => boolean_text(text).map(Expr::Boolean),
            Type::Guid => text
                .parse::<uuid::Uuid>()
                .ok()
                .filter(|id| case == Case::Insensitive || id.to_string() == text)
                .map(Expr::Guid),
            Type::Datetime | Type::Dynamic | Type::String => {
                return Err(self.mistyped(context, "a text", scalar.column_type));
            }
        };
        match literal {
            Some(right) => Ok(Alternative::Equal { left: expr(), cased: true, right }),
            None => {
                let reason = format!("the value there is of type {}", scalar.column_type.name());
                Err(self.never(context, text, &reason))
            }
        }
    }

    /// A number. In a string column a number is its decimal text; ordering reads that text as a number.
    fn number(
        &mut self,
        scalar: &Scalar,
        comparison: Comparison,
        number: Number,
        context: Context,
    ) -> Done<Alternative> {
        let left = match scalar.column_type {
            Type::Int | Type::Long | Type::Real => scalar.expr.clone(),
            Type::String if comparison == Comparison::Equal => {
                let right = Expr::text(number.to_string());
                return Ok(Alternative::Equal { left: scalar.expr.clone(), cased: true, right });
            }
            Type::String => {
                let read = if matches!(number, Number::Integer(_)) { "tolong" } else { "todouble" };
                Expr::call(read, scalar.expr.clone())
            }
            other @ (Type::Bool | Type::Datetime | Type::Guid | Type::Dynamic) => {
                return Err(self.mistyped(context, "a number", other));
            }
        };
        Ok(compared(left, comparison, Expr::Number(number), context))
    }

    fn boolean(&mut self, scalar: &Scalar, expected: bool, context: Context) -> Done<Alternative> {
        match scalar.column_type {
            Type::Bool => Ok(Alternative::Equal {
                left: scalar.expr.clone(),
                cased: true,
                right: Expr::Boolean(expected),
            }),
            Type::String => Ok(Alternative::Equal {
                left: scalar.expr.clone(),
                cased: false,
                right: Expr::text(expected.to_string()),
            }),
            other @ (Type::Int | Type::Long | Type::Real | Type::Datetime | Type::Guid | Type::Dynamic) => {
                Err(self.mistyped(context, "a boolean", other))
            }
        }
    }

    /// Another field of the event. Both must have a value.
    fn fields(
        &mut self,
        scalar: &Scalar,
        comparison: FieldComparison,
        other: &Field,
        case: Case,
        context: Context,
    ) -> Done<Alternative> {
        let found = self.find(other, context.span)?;
        if found.values.is_some() {
            let problem = ValueProblem::Untranslatable("a comparison with another field");
            return Err(self.untranslated(Context { field: &other.name, ..context }, &problem));
        }
        let other = self.scalar(other, context)?;
        let is_number = |column_type| matches!(column_type, Type::Int | Type::Long | Type::Real);
        let alike = scalar.column_type == other.column_type && scalar.column_type != Type::String
            || is_number(scalar.column_type) && is_number(other.column_type);
        if comparison == FieldComparison::Equals && alike {
            // Two nulls give null.
            let equal = Expr::compare(scalar.expr.clone(), Relation::Equal, other.expr);
            let present = Expr::call("isnotnull", scalar.expr.clone());
            return Ok(Alternative::Other(Expr::all([present, equal])));
        }
        let fold = |scalar: Scalar| match case {
            Case::Insensitive => Expr::call("tolower", scalar.into_text()),
            Case::Sensitive => scalar.into_text(),
        };
        let relation = match comparison {
            FieldComparison::Equals => Relation::Equal,
            FieldComparison::StartsWith => Relation::StartsWith(true),
            FieldComparison::EndsWith => Relation::EndsWith(true),
            FieldComparison::Contains => Relation::Contains(true),
        };
        let present = Expr::call("isnotempty", other.clone().into_text());
        let related = Expr::compare(fold(scalar.clone()), relation, fold(other));
        Ok(Alternative::Other(Expr::all([present, related])))
    }
}

fn presence(scalar: &Scalar, of_text: &'static str, of_others: &'static str) -> Expr {
    let function = if scalar.column_type == Type::String { of_text } else { of_others };
    Expr::call(function, scalar.expr.clone())
}

fn boolean_text(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A comparison of numbers. Equality with null is false; order against null is null.
fn compared(left: Expr, comparison: Comparison, right: Expr, context: Context) -> Alternative {
    let relation = match comparison {
        Comparison::Equal => return Alternative::Equal { left, cased: true, right },
        Comparison::Less => Relation::Less,
        Comparison::LessOrEqual => Relation::LessOrEqual,
        Comparison::Greater => Relation::Greater,
        Comparison::GreaterOrEqual => Relation::GreaterOrEqual,
    };
    let test = Expr::compare(left.clone(), relation, right);
    Alternative::Other(if context.strict { Expr::all([Expr::call("isnotnull", left), test]) } else { test })
}

fn time_part(part: TimePart, moment: Expr) -> Expr {
    let function = match part {
        TimePart::Minute => return Expr::Call("datetime_part", vec![Expr::text("Minute"), moment]),
        TimePart::Hour => "hourofday",
        TimePart::Day => "dayofmonth",
        // The week of ISO 8601, by Microsoft's page of the function.
        TimePart::Week => "week_of_year",
        TimePart::Month => "monthofyear",
        TimePart::Year => "getyear",
    };
    Expr::call(function, moment)
}
