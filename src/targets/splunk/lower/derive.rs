//! Derived fields as eval expressions.
//!
//! In: a derivation. Out: an expression that is null where the derived field is missing, or a finding. Only functions
//! whose documented rules give exactly the reference's meaning are used.

use super::condition::Condition;
use super::filter::Null;
use super::scope::{Access, Scope};
use super::values::{empty_text, lowered};
use crate::ir::{Derivation, Derived, Field, Operand, Predicate, Regex};
use crate::source::Span;
use crate::targets::splunk::binding::Place;
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::pcre::{self, RegexText};
use crate::targets::splunk::tokens::{EvalText, FieldName};

impl<'a> Scope<'a> {
    /// The derived field's value; `None` when a finding was reported.
    pub(super) fn derivation(&mut self, derived: &'a Derived) -> Option<EvalExpr> {
        let span = derived.span;
        match &derived.how {
            Derivation::FirstOf(fields) => {
                let inputs: Vec<_> = fields.iter().map(|field| self.single(field, span)).collect();
                let inputs: Option<Vec<EvalExpr>> = inputs.into_iter().collect();
                Some(first_of(inputs?))
            }
            Derivation::Case { branches, otherwise } => self.case(branches, otherwise.as_ref(), span),
            Derivation::Pair { list, name } => self.pair(list, name, span),
            Derivation::Element { field, index } => {
                let values = self.input(field, span)?;
                Some(EvalExpr::Call("mvindex", vec![values, EvalExpr::integer(*index)]))
            }
            Derivation::Lower(field) => self.input(field, span).map(lowered),
            Derivation::Split { field, by, index } => {
                let value = self.single(field, span)?;
                Some(captured(value, &part(by, *index)))
            }
            Derivation::Capture { field, regex } => {
                let value = self.single(field, span)?;
                if !group_always_takes_part(regex) {
                    self.refuse(
                        "this capture",
                        "the group does not take part in every match, and SPL cannot tell that from an empty one",
                        span,
                        "write a pattern whose group is neither optional nor in an alternative",
                    );
                    return None;
                }
                let flags = pcre::flag_group(&regex.flags());
                // `[\s\S]` is any character whatever the flags say. Lazy, so that the first match is taken.
                Some(captured(value, &format!(r"{flags}\A[\s\S]*?(?:{})[\s\S]*\z", pcre::body(regex))))
            }
            Derivation::Network { field, v4, v6: _ } => self.network(field, *v4, derived),
            Derivation::Replace { field, regex, with } => self.replace(field, regex, with, span),
        }
    }

    /// A field that a derivation reads. Its values must be the neutral ones.
    fn input(&mut self, field: &'a Field, span: Span) -> Option<EvalExpr> {
        if self.value_map(field).is_some() {
            self.refuse(
                &format!("a derivation from `{}`", field.name),
                "its values are written in another way there",
                span,
                "test the field itself",
            );
            return None;
        }
        self.value(field, span)
    }

    /// The same, of a field with one value: most text functions do not take several (E33).
    fn single(&mut self, field: &'a Field, span: Span) -> Option<EvalExpr> {
        if field.many {
            self.refuse(
                &format!("this derivation from `{}`", field.name),
                "the field can hold several values",
                span,
                "take one with `element` first",
            );
            return None;
        }
        self.input(field, span)
    }

    fn case(
        &mut self,
        branches: &'a [(Predicate, Operand)],
        otherwise: Option<&'a Operand>,
        span: Span,
    ) -> Option<EvalExpr> {
        let mut arguments = Vec::new();
        let mut failed = false;
        for (when, then) in branches {
            // A branch whose condition is null is passed over, as one that is false (E24). If the result is tested,
            // the test has asked for consent to what is lost in these fields.
            let condition: Option<Condition> = self.translate(when, None);
            let condition = condition.and_then(|condition| self.filter(&condition, Null::Drops));
            match (condition, self.operand(then, span)) {
                (Some(condition), Some(value)) => arguments.extend([condition, value]),
                _ => failed = true,
            }
        }
        if let Some(operand) = otherwise {
            match self.operand(operand, span) {
                Some(value) => arguments.extend([EvalExpr::Call("true", Vec::new()), value]),
                None => failed = true,
            }
        }
        (!failed).then_some(EvalExpr::Call("case", arguments))
    }

    fn operand(&mut self, operand: &'a Operand, span: Span) -> Option<EvalExpr> {
        match operand {
            Operand::Field(field) => self.input(field, span),
            Operand::Text(text) => {
                let literal = EvalText::new(text);
                if literal.is_none() {
                    self.refuse_control_characters(span);
                }
                literal.map(EvalExpr::Text)
            }
        }
    }

    fn refuse_control_characters(&mut self, span: Span) {
        self.refuse(
            "a text with line breaks or control characters",
            "eval has no escape for them",
            span,
            "use a text of one line",
        );
    }

    /// The field with a list's names, if the field is a list.
    pub(super) fn pair_names(&self, list: &Field) -> Option<FieldName> {
        match self.peek(list)? {
            Access::Bound(bound) => match &bound.place {
                Place::Pairs { names, .. } => Some(names.clone()),
                Place::Raw(_) | Place::Eval { .. } | Place::Constant(_) => None,
            },
            Access::Derived(_) => None,
        }
    }

    fn pair(&mut self, list: &'a Field, name: &str, span: Span) -> Option<EvalExpr> {
        let Access::Bound(bound) = self.access(list, span)? else { return None };
        let Place::Pairs { names, values, aligned } = &bound.place else {
            self.refuse(
                &format!("a pair of `{}`", list.name),
                "the list is not bound as `names` and `values` there",
                span,
                "test another field",
            );
            return None;
        };
        let regex = RegexText::raw(format!(r"(?i)^{}\z", pcre::quote(name)));
        let (names, values) = (EvalExpr::Field(names.clone()), EvalExpr::Field(values.clone()));
        let place = EvalExpr::Call("mvfind", vec![names.clone(), EvalExpr::Regex(regex)]);
        let found = EvalExpr::Call("mvindex", vec![values.clone(), place]);
        if *aligned {
            return Some(found);
        }
        // A pair without a value leaves no gap in the field with the values, so that all later ones move up. Only
        // equal counts say that there is none.
        let count = |field| EvalExpr::Call("mvcount", vec![field]);
        let in_step = EvalExpr::binary(count(names), "==", count(values));
        Some(EvalExpr::Call("if", vec![in_step, found, EvalExpr::null()]))
    }

    fn network(&mut self, field: &'a Field, v4: u8, derived: &'a Derived) -> Option<EvalExpr> {
        let value = self.single(field, derived.span)?;
        let (host, network) = match v4 {
            8 => (r"\.\d+\.\d+\.\d+\z", ".0.0.0/8"),
            16 => (r"\.\d+\.\d+\z", ".0.0/16"),
            24 => (r"\.\d+\z", ".0/24"),
            32 => ("", "/32"),
            _ => {
                self.refuse(
                    &format!("the /{v4} network of an IPv4 address"),
                    "SPL has no function that masks an address",
                    derived.span,
                    "use 8, 16, 24 or 32",
                );
                return None;
            }
        };
        let every_v4 = EvalExpr::Text(EvalText::new("0.0.0.0/0")?);
        let is_v4 = EvalExpr::Call("cidrmatch", vec![every_v4, value.clone()]);
        let suffix = EvalExpr::Text(EvalText::new(network)?);
        let masked = if host.is_empty() {
            EvalExpr::binary(value, ".", suffix)
        } else {
            EvalExpr::Call("replace", vec![value, EvalExpr::Regex(RegexText::raw(host)), suffix])
        };
        Some(EvalExpr::Call("if", vec![is_v4, masked, EvalExpr::null()]))
    }

    fn replace(&mut self, field: &'a Field, regex: &Regex, with: &str, span: Span) -> Option<EvalExpr> {
        let value = self.single(field, span)?;
        if with.contains('\\') || regex.matches_empty() {
            self.refuse(
                "this replacement",
                "a backslash in the new text names a group, and engines differ on matches of nothing",
                span,
                "write a pattern that matches at least one character, and a text without backslashes",
            );
            return None;
        }
        let Some(text) = EvalText::new(with) else {
            self.refuse_control_characters(span);
            return None;
        };
        Some(EvalExpr::Call(
            "replace",
            vec![value, EvalExpr::Regex(RegexText::of(regex)), EvalExpr::Text(text)],
        ))
    }
}

/// `case(isnotnull(a) AND a!="",a,…)`: both tests, since whether the empty text is null is contested (C6).
fn first_of(inputs: Vec<EvalExpr>) -> EvalExpr {
    let mut arguments = Vec::new();
    for input in inputs {
        let present = EvalExpr::Call("isnotnull", vec![input.clone()]);
        let filled = EvalExpr::binary(lowered(input.clone()), "!=", empty_text());
        arguments.extend([EvalExpr::and(vec![present, filled]), input]);
    }
    EvalExpr::Call("case", arguments)
}

/// What the only group holds, for an expression that spans the whole text; null when nothing matches.
fn captured(value: EvalExpr, pcre: &str) -> EvalExpr {
    let regex = EvalExpr::Regex(RegexText::raw(pcre));
    let group = EvalExpr::Regex(RegexText::raw(r"\1"));
    EvalExpr::Call(
        "if",
        vec![
            EvalExpr::Call("match", vec![value.clone(), regex.clone()]),
            EvalExpr::Call("replace", vec![value, regex, group]),
            EvalExpr::null(),
        ],
    )
}

/// The part at an index. Not by `split`: whether that keeps empty parts is contested (C8).
fn part(by: &str, index: u32) -> String {
    let separator = pcre::quote(by);
    let mut characters = by.chars();
    let (skipped, wanted) = match (characters.next(), characters.next()) {
        (Some(single), None) => {
            let inside = if single == '-' { r"\-".to_owned() } else { separator.clone() };
            (format!("[^{inside}]*"), format!("[^{inside}]*"))
        }
        _ => (".*?".to_owned(), ".*?".to_owned()),
    };
    let before = if index == 0 { String::new() } else { format!("(?:{skipped}{separator}){{{index}}}") };
    format!(r"(?s)^{before}({wanted})(?:{separator}.*)?\z")
}

fn group_always_takes_part(regex: &Regex) -> bool {
    regex_syntax::parse(regex.source())
        .is_ok_and(|tree| tree.properties().static_explicit_captures_len() == Some(1))
}
