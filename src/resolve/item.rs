//! One item of a selection, `field|modifiers: values`, as a predicate.

use std::borrow::Cow;

use super::Resolver;
use super::modifiers::{Kind, Modifiers};
use super::scope::Scope;
use super::value::Target;
use crate::diagnostics::Code;
use crate::ir::{FieldTest, FieldType, Match, Predicate};
use crate::maps::{HashSet, are_few_and_differ};
use crate::schema::{Item, Scalar, Values};
use crate::source::{Span, Spanned};

/// More alternatives than this in one test would be no query that a target takes.
const MAX_ALTERNATIVES: usize = 20_000;

impl Resolver<'_> {
    /// Resolves one item. `None` when something in it is wrong.
    pub(super) fn item(&mut self, item: &Item, scope: &Scope) -> Option<Predicate> {
        let (name, modifiers) = self.modifiers(&item.key)?;
        let values = self.values(item)?;
        if name.value.is_empty() {
            return self.keyword_item(&modifiers, &values, item.key.span);
        }
        let field = self.field(&name.value, name.span, scope)?;
        if field.field_type == FieldType::Pairs && !matches!(modifiers.kind, Kind::Exists) {
            let null_only = values.iter().all(|value| value.value == Scalar::Null);
            if !null_only {
                let finding = self
                    .error(
                        Code::E0401,
                        item.key.span,
                        format!("`{}` is a list of name/value pairs", field.name),
                    )
                    .help(format!(
                        "derive: {{x: {{pair: {{list: {}, name: …}}}}}}, and test `x`",
                        field.name
                    ));
                self.report(finding);
                return None;
            }
        }
        let target = Target { field: &field, spec: scope.spec(&name.value), scope };
        let span = item.key.span.to(item.values.span);
        let test = |any_of: Vec<Match>| Predicate::Field(FieldTest { field: field.clone(), any_of, span });

        let mut fine = true;
        let mut alternatives = Vec::with_capacity(values.len());
        // How many there are after each value.
        let mut counts = Vec::with_capacity(values.len());
        for value in values.iter() {
            let found = self.matches(value, &modifiers, &target, item.key.span, &mut alternatives);
            fine &= found.is_some();
            counts.push(alternatives.len());
            if alternatives.len() > MAX_ALTERNATIVES {
                let message = format!("the values stand for more than {MAX_ALTERNATIVES} alternatives");
                let help = "split the detection, or use fewer modifiers";
                self.report(self.error(Code::E0306, item.key.span, message).help(help));
                return None;
            }
        }
        if !fine {
            return None;
        }
        if alternatives.contains(&Match::Missing) && alternatives.contains(&Match::Present) {
            let effect = if modifiers.all { "no event" } else { "every event" };
            let message = format!("present and missing at once: the values together fit {effect}");
            self.report(self.error(Code::E0306, item.values.span, message).help("keep one of them"));
            return None;
        }
        let predicate = if modifiers.all {
            let mut rest = alternatives.into_iter();
            let mut before = 0;
            Predicate::all(counts.into_iter().map(|count| {
                let own = rest.by_ref().take(count - std::mem::replace(&mut before, count));
                test(own.collect())
            }))
        } else {
            test(distinct(alternatives))
        };
        Some(if modifiers.neq { Predicate::not(predicate) } else { predicate })
    }

    /// The values, each with its place.
    fn values<'i>(&mut self, item: &'i Item) -> Option<Cow<'i, [Spanned<Scalar>]>> {
        match &item.values.value {
            Values::One(value) => Some(vec![Spanned::new(value.clone(), item.values.span)].into()),
            Values::Many(values) if values.is_empty() => {
                if !self.is_spoilt(item.values.span) {
                    let finding = self
                        .error(Code::E0207, item.values.span, "the list of values is empty")
                        .help("write `null` to test for a missing field");
                    self.report(finding);
                }
                None
            }
            Values::Many(values) => Some(values.into()),
        }
    }

    /// `'|all': [a, b]`: keywords in a mapping.
    fn keyword_item(
        &mut self,
        modifiers: &Modifiers,
        values: &[Spanned<Scalar>],
        key: Span,
    ) -> Option<Predicate> {
        let plain = modifiers.kind == Kind::Plain
            && modifiers.encoding.is_none()
            && modifiers.part.is_none()
            && modifiers.shape.is_none()
            && !modifiers.cased
            && !modifiers.windash;
        if !plain {
            self.report(self.error(Code::E0306, key, "keywords take no modifier but `all` and `neq`"));
            return None;
        }
        let keywords: Option<Vec<Predicate>> =
            values.iter().map(|value| self.keyword(&value.value, value.span)).collect();
        let keywords = keywords?;
        let predicate =
            if modifiers.all { Predicate::all(keywords) } else { super::selection::any(keywords) };
        Some(if modifiers.neq { Predicate::not(predicate) } else { predicate })
    }
}

/// The matches, each once, in order. There can be tens of thousands of texts.
fn distinct(mut matches: Vec<Match>) -> Vec<Match> {
    if are_few_and_differ(&matches) {
        return matches;
    }
    let mut texts = HashSet::with_capacity_and_hasher(matches.len(), Default::default());
    let mut others = Vec::new();
    let mut new = Vec::with_capacity(matches.len());
    for item in &matches {
        new.push(match item {
            Match::Text { pattern, case } => texts.insert((pattern, *case)),
            Match::Regex(_)
            | Match::Number { .. }
            | Match::Boolean(_)
            | Match::Network(_)
            | Match::InList(_)
            | Match::Missing
            | Match::Present
            | Match::Field { .. }
            | Match::TimePart { .. } => {
                let new = !others.contains(&item);
                if new {
                    others.push(item);
                }
                new
            }
        });
    }
    let mut new = new.into_iter();
    matches.retain(|_| new.next() == Some(true));
    matches
}
