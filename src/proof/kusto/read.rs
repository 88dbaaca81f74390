//! Expressions of KQL as formulas.
//!
//! In: the syntax tree of an expression, and what its names stand for. Out: a formula, with `Opaque` for what cannot be
//! read backwards.

use crate::kql::ast::{Binary, Expr, ExprKind, Function, LetValue, ListRelation, Query, Source, TextShape};
use crate::kql::{self, Type, Value, parse};
use crate::maps::HashMap;
use crate::proof::solve::{Formula, Step};

/// The member under which what `parse_xml` reads stands, in a column of text.
pub(super) const XML: &str = "#xml";

/// What names stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Functions of the binding.
    pub(super) functions: HashMap<String, Function>,
    /// Columns that are computed, also bags.
    pub(super) columns: HashMap<String, Column>,
}

/// A column that is computed.
#[derive(Debug, Clone)]
pub(super) enum Column {
    /// By a formula.
    Value(Formula),
    /// A bag made of a list: the list, the member with the name, the member with the value.
    Bag(Formula, String, String),
}

impl Names {
    /// Adds a function from its text, `(t: string) { … }`.
    pub(super) fn function(&mut self, name: &str, text: &str) {
        let Ok(query) = parse(&format!("let {name} = {text};\nprint 0")) else { return };
        for known in query.lets {
            if let LetValue::Function(function) = known.value {
                self.functions.insert(known.name.value, function);
            }
        }
    }

    /// Reads an expression.
    pub(super) fn formula(&self, text: &str) -> Formula {
        let Ok(Query { result, .. }) = parse(&format!("print {text}")) else { return Formula::Opaque };
        match result.source {
            Source::Print(mut named) if named.len() == 1 => {
                named.pop().map_or(Formula::Opaque, |named| self.read(&named.expr, &HashMap::default()))
            }
            Source::Print(_)
            | Source::Expr(_)
            | Source::Datatable(..)
            | Source::Range(..)
            | Source::Union(_) => Formula::Opaque,
        }
    }

    fn read(&self, expr: &Expr, given: &HashMap<String, Formula>) -> Formula {
        let read = |expr: &Expr| self.read(expr, given);
        let boxed = |expr: &Expr| Box::new(read(expr));
        let negated = |formula: Formula, negated: bool| {
            if negated { Formula::Not(Box::new(formula)) } else { formula }
        };
        match &expr.kind {
            ExprKind::Name(name) => match (given.get(name), self.columns.get(name)) {
                (Some(formula), _) | (None, Some(Column::Value(formula))) => formula.clone(),
                (None, Some(Column::Bag(..))) => Formula::Opaque,
                (None, None) => Formula::column(name),
            },
            ExprKind::Literal(Value::Null, _) => Formula::Null,
            ExprKind::Literal(value, kind) => match kind {
                Type::Dynamic | Type::DateTime | Type::TimeSpan | Type::Guid => Formula::Opaque,
                Type::Bool | Type::Int | Type::Long | Type::Real | Type::String => {
                    Formula::Literal(kql::json(value))
                }
            },
            ExprKind::Call(name, arguments) => {
                let arguments: Vec<&Expr> = arguments.iter().map(|argument| &argument.value).collect();
                self.call(name, &arguments, given)
            }
            ExprKind::Member(inner, name) => match self.bag(inner, name) {
                Some(formula) => formula,
                None => read(inner).step(Step::Key(name.as_str().into())),
            },
            ExprKind::Index(inner, index) => match (read(index), whole(index)) {
                (Formula::Literal(serde_json::Value::String(name)), _) => match self.bag(inner, &name) {
                    Some(formula) => formula,
                    None => read(inner).step(Step::Key(name.into())),
                },
                (_, Some(-1)) => read(inner).step(Step::Last),
                (_, Some(index)) => usize::try_from(index)
                    .map_or(Formula::Opaque, |index| read(inner).step(Step::Item(index))),
                (_, None) => Formula::Opaque,
            },
            ExprKind::Binary(left, operator, right) => match operator {
                Binary::Equal => Formula::Equal(boxed(left), boxed(right)),
                Binary::NotEqual => negated(Formula::Equal(boxed(left), boxed(right)), true),
                Binary::Text(relation) => {
                    let formula = match relation.shape {
                        TextShape::Whole => Formula::Equal(boxed(left), boxed(right)),
                        TextShape::Part
                        | TextShape::Start
                        | TextShape::End
                        | TextShape::Term
                        | TextShape::TermStart
                        | TextShape::TermEnd => Formula::Holds(boxed(left), boxed(right)),
                    };
                    negated(formula, relation.negated)
                }
                Binary::Regex => match read(right).as_text() {
                    Some(pattern) => Formula::Matches(boxed(left), pattern.to_owned()),
                    None => Formula::Opaque,
                },
                Binary::Less
                | Binary::LessOrEqual
                | Binary::Greater
                | Binary::GreaterOrEqual
                | Binary::Add
                | Binary::Subtract
                | Binary::Multiply
                | Binary::Divide
                | Binary::Modulo => Formula::Opaque,
            },
            ExprKind::And(parts) => Formula::All(parts.iter().map(read).collect()),
            ExprKind::Or(parts) => Formula::Any(parts.iter().map(read).collect()),
            ExprKind::List { value, relation, negated: is_negated, items } => {
                let formula = match relation {
                    ListRelation::In | ListRelation::InIgnoringCase => {
                        Formula::In(boxed(value), items.iter().map(read).collect())
                    }
                    ListRelation::HasAny | ListRelation::HasAll => {
                        let each = items.iter().map(|item| Formula::Holds(boxed(value), boxed(item)));
                        let each = each.collect();
                        if *relation == ListRelation::HasAll {
                            Formula::All(each)
                        } else {
                            Formula::Any(each)
                        }
                    }
                };
                negated(formula, *is_negated)
            }
            ExprKind::Negative(_) | ExprKind::Between { .. } | ExprKind::Star | ExprKind::Pipe(_) => {
                Formula::Opaque
            }
        }
    }

    /// A value of a bag that is made of a list.
    fn bag(&self, inner: &Expr, name: &str) -> Option<Formula> {
        let ExprKind::Name(bag) = &inner.kind else { return None };
        let Some(Column::Bag(list, key, value)) = self.columns.get(bag) else { return None };
        let step = Step::Named { key: key.as_str().into(), name: name.into(), value: value.as_str().into() };
        Some(list.clone().step(step))
    }

    fn call(&self, name: &str, arguments: &[&Expr], given: &HashMap<String, Formula>) -> Formula {
        let read = |expr: &&Expr| self.read(expr, given);
        let argument = |place: usize| arguments.get(place).map_or(Formula::Opaque, read);
        let boxed = |place: usize| Box::new(argument(place));
        let text = |place: usize| argument(place).as_text().map(str::to_owned);
        if let Some(function) = self.functions.get(name) {
            return self.inlined(function, arguments, given);
        }
        match name {
            "tostring" | "toint" | "tolong" | "todouble" | "toreal" | "tobool" | "todatetime" | "toguid"
            | "todynamic" | "parse_json" | "tolower" | "toupper" | "set_difference" | "format_datetime" => {
                Formula::Same(boxed(0))
            }
            "parse_xml" => argument(0).step(Step::Key(XML.into())),
            "trim" | "trim_end" => Formula::Same(boxed(1)),
            "trim_start" => match text(0) {
                Some(trimmed) => Formula::Trimmed(boxed(1), trimmed),
                None => Formula::Same(boxed(1)),
            },
            "replace_regex" => Formula::Same(boxed(0)),
            "replace_string" => match (text(1), text(2)) {
                (Some(from), Some(to)) => Formula::Replaced { part: boxed(0), from, to },
                _ => Formula::Opaque,
            },
            "strcat" => Formula::Concat(arguments.iter().map(read).collect()),
            "coalesce" => Formula::First(arguments.iter().map(read).collect()),
            "iff" | "iif" => Formula::Choice(vec![(argument(0), argument(1))], boxed(2)),
            "case" => {
                let (branches, otherwise) = arguments.as_chunks::<2>();
                let branch = |branch: &[&Expr; 2]| (read(&branch[0]), read(&branch[1]));
                let otherwise = otherwise.first().map_or(Formula::Null, read);
                Formula::Choice(branches.iter().map(branch).collect(), Box::new(otherwise))
            }
            "isempty" | "isnull" => Formula::Empty(boxed(0)),
            "isnotempty" | "isnotnull" | "notempty" | "notnull" => {
                Formula::Not(Box::new(Formula::Empty(boxed(0))))
            }
            "not" => Formula::Not(boxed(0)),
            "extract" => match text(0) {
                Some(pattern) => Formula::Extract(pattern, boxed(2)),
                None => Formula::Opaque,
            },
            "extract_all" => match text(0) {
                Some(pattern) => Formula::ExtractAll(pattern, boxed(1)),
                None => Formula::Opaque,
            },
            "split" => match text(1) {
                Some(separator) => Formula::Piece(boxed(0), separator),
                None => Formula::Opaque,
            },
            "tohex" => Formula::Hexadecimal(boxed(0)),
            "pack_array" => Formula::List(arguments.iter().map(read).collect()),
            _ => Formula::Opaque,
        }
    }

    /// The body of a function of one expression, with its arguments in place.
    fn inlined(&self, function: &Function, arguments: &[&Expr], given: &HashMap<String, Formula>) -> Formula {
        let mut own = HashMap::default();
        for (parameter, argument) in function.parameters.iter().zip(arguments) {
            own.insert(parameter.name.value.clone(), self.read(argument, given));
        }
        match (&function.result.source, function.result.operators.is_empty(), function.lets.is_empty()) {
            (Source::Expr(body), true, true) => self.read(body, &own),
            _ => Formula::Opaque,
        }
    }
}

/// A whole number as it is written.
fn whole(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Literal(Value::Long(number), _) => Some(*number),
        ExprKind::Negative(inner) => whole(inner).map(|number| -number),
        _ => None,
    }
}
