//! Fields that the detection computes.
//!
//! In: a derivation. Out: a column with its value. A missing value is the empty text. Must not know where the fields
//! that it reads are.

use super::fields::{Held, Scalar, never_empty, read_element, shown};
use super::refuse::Context;
use super::scope::Work;
use super::text::flagged;
use super::{Done, Lowering, Reported};
use crate::ir::{Derivation, Derived, Field, Number, Operand, Predicate};
use crate::targets::kusto::ast::Element;
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::{Polarity, Verdict};

impl Lowering<'_> {
    /// The column of a derived field.
    pub(super) fn derived_column(&mut self, derived: &Derived) -> Done<Scalar> {
        let name = self.computed(&derived.field.name, |lowering| lowering.derivation(derived))?;
        Ok(Scalar { expr: Expr::Name(name), column_type: Type::String })
    }

    fn derivation(&mut self, derived: &Derived) -> Done<Expr> {
        let context = shown(&derived.field.name, derived.span);
        match &derived.how {
            Derivation::FirstOf(fields) => {
                let values: Vec<Done<Expr>> =
                    fields.iter().map(|field| self.text_of(field, context)).collect();
                let mut values = values.into_iter().collect::<Result<Vec<Expr>, Reported>>()?;
                // For strings `coalesce` skips the empty text too.
                Ok(if values.len() == 1 { values.swap_remove(0) } else { Expr::Call("coalesce", values) })
            }
            Derivation::Case { branches, otherwise } => self.case(branches, otherwise.as_ref(), context),
            Derivation::Pair { list, name } => self.pair(list, name, context),
            Derivation::Element { field, index } => self.element(field, *index, context),
            Derivation::Lower(field) => Ok(Expr::call("tolower", self.text_of(field, context)?)),
            Derivation::Split { field, by, index } => {
                let parts = Expr::Call("split", vec![self.text_of(field, context)?, Expr::text(by.as_str())]);
                Ok(Expr::call("tostring", Expr::Index(Box::new(parts), i64::from(*index))))
            }
            Derivation::Capture { field, regex } => {
                let text = self.text_of(field, context)?;
                let group = Expr::Number(Number::Integer(1));
                Ok(Expr::Call("extract", vec![Expr::text(flagged(regex)), group, text]))
            }
            Derivation::Network { field, v4, v6: _ } => {
                self.lose(
                    context,
                    "ipv6-network",
                    Verdict::Narrowed,
                    "there is no text of an IPv6 network here: it stays missing",
                )?;
                let length = Expr::Number(Number::Integer(i64::from(*v4)));
                Ok(Expr::Call("format_ipv4_mask", vec![self.text_of(field, context)?, length]))
            }
            Derivation::Replace { field, regex, with } => {
                let text = self.text_of(field, context)?;
                // In the replacement a backslash names a group.
                let with = Expr::text(with.replace('\\', r"\\"));
                Ok(Expr::Call("replace_regex", vec![text, Expr::text(flagged(regex)), with]))
            }
        }
    }

    fn text_of(&mut self, field: &Field, context: Context) -> Done<Expr> {
        self.scalar(field, context).map(Scalar::into_text)
    }

    fn case(
        &mut self,
        branches: &[(Predicate, Operand)],
        otherwise: Option<&Operand>,
        context: Context,
    ) -> Done<Expr> {
        let mut arguments = Vec::new();
        let mut failed = false;
        for (when, then) in branches {
            match (self.predicate(when, Polarity::Positive, true), self.operand(then, context)) {
                (Ok(when), Ok(then)) => arguments.extend([when, then]),
                (Err(Reported), _) | (_, Err(Reported)) => failed = true,
            }
        }
        let otherwise = match otherwise {
            Some(operand) => self.operand(operand, context),
            None => Ok(Expr::text("")),
        };
        arguments.push(otherwise?);
        if failed { Err(Reported) } else { Ok(Expr::Call("case", arguments)) }
    }

    fn operand(&mut self, operand: &Operand, context: Context) -> Done<Expr> {
        match operand {
            Operand::Text(text) => Ok(Expr::text(text.as_str())),
            Operand::Field(field) => self.text_of(field, context),
        }
    }

    /// The first pair of the name: the elements are looked at in their order, and the values of that name listed.
    fn pair(&mut self, list: &Field, name: &str, context: Context) -> Done<Expr> {
        let found = self.find(list, context.span)?;
        let Held::Pairs { list: array, name: name_key, value: value_key } = found.held else {
            return Err(self.refuse(context, "a pair", "the field is no list of names and values there"));
        };
        let item = self.element_name("pair");
        let part =
            |key: &str| Expr::call("tostring", Expr::Key(Box::new(Expr::Name(item.clone())), key.to_owned()));
        let (left, cased, right) = super::text::folded(part(&name_key), crate::ir::Case::Insensitive, name);
        let relation = if cased { Relation::Equal } else { Relation::EqualIgnoreCase };
        let values = Expr::Call("make_list_if", vec![part(&value_key), Expr::compare(left, relation, right)]);
        let key = format!("pair {} {values}", list.name);
        let column = match self.scope.reuse(&key) {
            Some(column) => column,
            None => {
                let column = self.column_name(&format!("{}_values", context.field));
                let element = Element { name: item, list: never_empty(array) };
                let index = self.element_name("place");
                let work = Work::Ordered { element, index };
                self.scope.add(key, work, column.clone(), values, found.needs);
                column
            }
        };
        Ok(Expr::call("tostring", Expr::Index(Box::new(Expr::Name(column)), 0)))
    }

    /// A single value is a list of one.
    fn element(&mut self, field: &Field, index: i64, context: Context) -> Done<Expr> {
        let found = self.find(field, context.span)?;
        match found.held {
            Held::Many { array, element } => {
                Ok(read_element(element, Expr::Index(Box::new(array), index)).into_text())
            }
            Held::One(scalar) if matches!(index, 0 | -1) => Ok(scalar.into_text()),
            Held::One(_) => Ok(Expr::text("")),
            Held::Pairs { .. } => {
                Err(self.refuse(context, "an element", "the field is a list of names and values there"))
            }
        }
    }
}
