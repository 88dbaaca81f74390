//! Fields that hold several values: a test holds when one of them satisfies it.
//!
//! In: an array and tests. Out: the name of a column that says whether one element fits, computed by `mv-apply`, which
//! looks at each element without multiplying the row. Must not know how one element is tested.

use super::fields::{never_empty, read_element};
use super::refuse::Context;
use super::scope::Work;
use super::{Done, Lowering};
use crate::ir::{Match, Number};
use crate::targets::kusto::ast::Element;
use crate::targets::kusto::binding::Type;
use crate::targets::kusto::expr::{Expr, Relation};
use crate::targets::kusto::tokens::Ident;

impl Lowering<'_> {
    /// Tests of an array and what its elements are; `needs` are the array's.
    pub(super) fn several(
        &mut self,
        (array, element): (&Expr, Type),
        needs: &[usize],
        matches: &[Match],
        context: Context,
    ) -> Done<Expr> {
        let (of_list, of_elements): (Vec<&Match>, Vec<&Match>) =
            matches.iter().partition(|test| matches!(test, Match::Missing | Match::Present));
        let mut found: Vec<Expr> = of_list.into_iter().map(|test| length(array, test)).collect();
        if !of_elements.is_empty() {
            let of_elements: Vec<Match> = of_elements.into_iter().cloned().collect();
            found.push(self.one_fits((array, element), needs, &of_elements, context)?);
        }
        Ok(Expr::any(found))
    }

    /// A list of pairs can only be there or not.
    pub(super) fn list(&mut self, list: &Expr, matches: &[Match], context: Context) -> Done<Expr> {
        if matches.iter().all(|test| matches!(test, Match::Missing | Match::Present)) {
            return Ok(Expr::any(matches.iter().map(|test| length(list, test))));
        }
        Err(self.refuse(
            context,
            "a test of the values",
            "the field is a list of names and values: `derive` a `pair` first",
        ))
    }

    fn one_fits(
        &mut self,
        (array, element): (&Expr, Type),
        needs: &[usize],
        matches: &[Match],
        context: Context,
    ) -> Done<Expr> {
        let item = self.element_name(&format!("{}_item", context.field));
        let subject = read_element(element, Expr::Name(item.clone()));
        let outer = self.scope.begin();
        let test = self.single(&subject, matches, Context { strict: false, ..context });
        let inner = self.scope.end(outer);
        let count = Expr::call("countif", test?);
        let value = Expr::compare(count, Relation::Greater, Expr::Number(Number::Integer(0)));
        let key = format!("test {} {value}", context.field);
        if let Some(name) = self.scope.reuse(&key) {
            return Ok(Expr::Name(name));
        }
        let needs = needs.iter().copied().chain(inner).collect();
        let element = Element { name: item, list: never_empty(array.clone()) };
        let mut number = 1;
        let name = loop {
            let name = match number {
                1 => format!("{}_fits", context.field),
                _ => format!("{}_fits_{number}", context.field),
            };
            if !self.scope.has_column(&name) {
                break Ident::new(name);
            }
            number += 1;
        };
        self.scope.add(key, Work::Elements { element, helper: true }, name.clone(), value, needs);
        Ok(Expr::Name(name))
    }
}

/// Whether the list has elements. The length of what is no list is null.
fn length(list: &Expr, test: &Match) -> Expr {
    let length = Expr::Call(
        "coalesce",
        vec![Expr::call("array_length", list.clone()), Expr::Number(Number::Integer(0))],
    );
    let relation = if matches!(test, Match::Missing) { Relation::Equal } else { Relation::Greater };
    Expr::compare(length, relation, Expr::Number(Number::Integer(0)))
}
