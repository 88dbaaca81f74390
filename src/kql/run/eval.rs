//! Scalar expressions over one row.
//!
//! In: a [`Node`] and where it is evaluated. Out: a value. Must not know names.

use std::borrow::Cow;
use std::sync::Arc;

use regex::{Captures, Regex};

use super::Run;
use super::operate::{absolute, arithmetic, compare, extreme, negative};
use crate::kql::ast::Binary;
use crate::kql::functions::{self, to_text, truth_text};
use crate::kql::json::MAX_TEXT;
use crate::kql::plan::{Membership, Node, Pattern, Set, TextForm};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::types::Type;
use crate::kql::value::{Bag, Value};
use crate::kql::words;

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    rows: &'a [Row],
    index: usize,
    windows: &'a [Vec<Value>],
    locals: &'a [Value],
}

impl<'a> Env<'a> {
    /// Nowhere: for what names no column.
    pub(in crate::kql) fn none() -> Self {
        Self { rows: &[], index: 0, windows: &[], locals: &[] }
    }

    /// At a row.
    pub(super) fn at(rows: &'a [Row], index: usize, windows: &'a [Vec<Value>]) -> Self {
        Self { rows, index, windows, locals: &[] }
    }
}

impl Run<'_> {
    /// The value of an expression.
    pub(in crate::kql) fn value(&self, env: &Env, node: &Node) -> Result<Value, Stop> {
        self.work.spend(1)?;
        match node {
            Node::Const(value) => Ok(value.clone()),
            Node::Column(index) => Ok(env.rows[env.index][*index].clone()),
            Node::Local(index) => Ok(env.locals[*index].clone()),
            Node::Window(index) => Ok(env.windows[*index][env.index].clone()),
            Node::Now => self.now(),
            Node::Scalar(index) => self.first_cell(*index),
            Node::Invoke(arguments, body) => {
                let locals: Result<Vec<Value>, Stop> =
                    arguments.iter().map(|node| self.value(env, node)).collect();
                self.value(&Env { locals: &locals?, ..Env::none() }, body)
            }
            Node::And(members) => self.connective(env, members, false),
            Node::Or(members) => self.connective(env, members, true),
            Node::Not(inner) => Ok(match self.value(env, inner)? {
                Value::Bool(value) => Value::Bool(!value),
                other => other,
            }),
            Node::Compare(operator, left, right) => {
                compare(*operator, &self.value(env, left)?, &self.value(env, right)?)
            }
            Node::Arithmetic(operator, left, right) => {
                arithmetic(*operator, &self.value(env, left)?, &self.value(env, right)?)
            }
            Node::Negative(inner) => negative(&self.value(env, inner)?),
            Node::Absolute(inner) => absolute(&self.value(env, inner)?),
            Node::Bin(value, size) => functions::bin(&self.value(env, value)?, &self.value(env, size)?),
            Node::Step(base, step) => {
                functions::index(&self.work, &self.value(env, base)?, &self.value(env, step)?)
            }
            Node::Text(relation, left, right) => {
                let (left, right) = (self.value(env, left)?, self.value(env, right)?);
                self.work.spend(left.str().len() / 16)?;
                words::relation(*relation, left.str(), right.str()).map(Value::Bool)
            }
            Node::Regex(text, regex) => {
                let text = self.value(env, text)?;
                self.work.spend(text.str().len())?;
                Ok(Value::Bool(regex.is_match(text.str())))
            }
            Node::ToText(inner, form) => {
                let value = self.value(env, inner)?;
                Ok(match (form, value) {
                    (TextForm::Bool, value) => truth_text(&value),
                    (_, value @ Value::Text(_)) | (TextForm::OrNull, value @ Value::Null) => value,
                    (_, other) => Value::text(to_text(&self.work, &other)?),
                })
            }
            Node::InSet(..) | Node::In(..) | Node::InRows(..) => self.member(env, node),
            Node::Has(value, needles, all) => self.has(env, value, needles, *all),
            Node::Between(value, low, high, negated) => self.between(env, [value, low, high], *negated),
            Node::Case(pairs, otherwise) => {
                for (condition, value) in pairs {
                    if matches!(self.value(env, condition)?, Value::Bool(true)) {
                        return self.value(env, value);
                    }
                }
                self.value(env, otherwise)
            }
            Node::Coalesce(nodes) => {
                let mut last = Value::Null;
                for node in nodes {
                    last = self.value(env, node)?;
                    // Of strings, the empty one counts as missing.
                    let missing = matches!(&last, Value::Text(text) if text.is_empty()) || last.is_null();
                    if !missing {
                        return Ok(last);
                    }
                }
                Ok(last)
            }
            Node::Extreme(nodes, largest) => {
                let values: Result<Vec<Value>, Stop> =
                    nodes.iter().map(|node| self.value(env, node)).collect();
                extreme(values?, *largest)
            }
            Node::PackAll(names) => {
                let row = &env.rows[env.index];
                self.work.spend(row.len())?;
                let bag: Bag = names.iter().cloned().zip(row.iter().cloned()).collect();
                functions::bounded(&self.work, Value::Bag(Arc::new(bag)))
            }
            Node::Call(function, arguments) => self.call(env, function, arguments),
            Node::WithRegex(pattern, regex, arguments) => self.with_regex(env, pattern, regex, arguments),
            Node::Offset(inner, distance, beyond) => {
                let index = i64::try_from(env.index).ok().and_then(|index| index.checked_sub(*distance));
                match index
                    .and_then(|index| usize::try_from(index).ok())
                    .filter(|index| *index < env.rows.len())
                {
                    Some(index) => self.value(&Env { index, ..*env }, inner),
                    None => self.value(env, beyond),
                }
            }
        }
    }

    /// `and`, `or`: one value decides; otherwise a null makes the result null.
    fn connective(&self, env: &Env, members: &[Node], decides: bool) -> Result<Value, Stop> {
        let mut result = Value::Bool(!decides);
        for member in members {
            match self.value(env, member)? {
                Value::Bool(value) if value == decides => return Ok(Value::Bool(decides)),
                Value::Bool(_) => {}
                _ => result = Value::Null,
            }
        }
        Ok(result)
    }

    fn call(&self, env: &Env, function: &functions::Function, arguments: &[Node]) -> Result<Value, Stop> {
        let mut values = Vec::with_capacity(arguments.len());
        for node in arguments {
            values.push(self.value(env, node)?);
        }
        if function.spreads_null && values.iter().any(Value::is_null) {
            return Ok(if function.gives == Type::String { Value::text("") } else { Value::Null });
        }
        (function.run)(&self.work, &values)
    }

    fn first_cell(&self, index: usize) -> Result<Value, Stop> {
        let rows = self.shared(index)?;
        if rows.len() > 1 && !self.shared[index].ordered {
            self.work.choose("which row `toscalar` reads is free");
        }
        match rows.first().and_then(|row| row.first()) {
            Some(value) => Ok(value.clone()),
            None => Err(Stop::undetermined("toscalar of no row")),
        }
    }

    /// `in` and its like: a null is in no list.
    fn member(&self, env: &Env, node: &Node) -> Result<Value, Stop> {
        let (found, membership) = match node {
            Node::InSet(value, set, membership) => {
                (self.in_set(&self.value(env, value)?, set, *membership)?, membership)
            }
            Node::In(value, items, membership) => {
                let value = self.value(env, value)?;
                let mut found = false;
                for item in items {
                    let item = self.value(env, item)?;
                    let items = match &item {
                        Value::Array(array) => array.items.as_slice(),
                        _ => std::slice::from_ref(&item),
                    };
                    self.work.spend(items.len())?;
                    for item in items {
                        found = found || self.same(&value, item, *membership)?;
                    }
                }
                (found, membership)
            }
            Node::InRows(value, index, membership) => {
                let value = self.value(env, value)?;
                let rows = self.shared(*index)?;
                let mut found = false;
                for row in rows.iter() {
                    found = found || self.same(&value, &row[0], *membership)?;
                }
                (found, membership)
            }
            _ => return Err(Stop::Outside { what: "such a list".to_owned() }),
        };
        Ok(Value::Bool(found != membership.negated))
    }

    fn in_set(&self, value: &Value, set: &Set, membership: Membership) -> Result<bool, Stop> {
        if value.is_null() {
            // A `dynamic` null has the empty text; whether it then is in a list of texts is not documented.
            return if membership.texts && set.keys.contains("") {
                Err(Stop::undetermined("whether a dynamic null equals the empty string"))
            } else {
                Ok(false)
            };
        }
        if !membership.texts {
            return Ok(set.keys.contains(value.to_key().as_str()));
        }
        let text = to_text(&self.work, value)?;
        if membership.cased {
            return Ok(set.keys.contains(text.as_ref()));
        }
        let found = set.keys.contains(words::folded(&text).as_ref());
        if !found && !text.is_ascii() && set.folded.contains(text.to_lowercase().as_str()) {
            return Err(Stop::undetermined("whether Kusto folds letters beyond ASCII"));
        }
        Ok(found)
    }

    /// Whether two values are the same for `in`.
    fn same(&self, value: &Value, item: &Value, membership: Membership) -> Result<bool, Stop> {
        if value.is_null() || item.is_null() {
            return Ok(false);
        }
        if membership.cased && membership.texts {
            return Ok(to_text(&self.work, value)? == to_text(&self.work, item)?);
        }
        if membership.cased {
            return Ok(matches!(compare(Binary::Equal, value, item)?, Value::Bool(true)));
        }
        let relation = crate::kql::ast::TextRelation {
            shape: crate::kql::ast::TextShape::Whole,
            cased: false,
            negated: false,
        };
        words::relation(relation, &to_text(&self.work, value)?, &to_text(&self.work, item)?)
    }

    /// `has_any`, `has_all`: an array stands for its items; a null needle is found everywhere.
    fn has(&self, env: &Env, value: &Node, needles: &[Node], all: bool) -> Result<Value, Stop> {
        let value = self.value(env, value)?;
        let mut answers = Vec::new();
        for needle in needles {
            let needle = self.value(env, needle)?;
            let items = match &needle {
                Value::Array(array) => array.items.as_slice(),
                _ => std::slice::from_ref(&needle),
            };
            for item in items {
                self.work.spend(value.str().len() / 16 + 1)?;
                answers.push(words::has_term(value.str(), &to_text(&self.work, item)?)?);
            }
        }
        if answers.is_empty() {
            return Err(Stop::undetermined("has_any or has_all of an empty list"));
        }
        Ok(Value::Bool(if all {
            answers.iter().all(|found| *found)
        } else {
            answers.iter().any(|found| *found)
        }))
    }

    /// Both ends are included; a null makes the answer null.
    fn between(&self, env: &Env, [value, low, high]: [&Node; 3], negated: bool) -> Result<Value, Stop> {
        let (value, low, high) = (self.value(env, value)?, self.value(env, low)?, self.value(env, high)?);
        match (value.order(&low), value.order(&high)) {
            (Some(low), Some(high)) => Ok(Value::Bool((low.is_ge() && high.is_le()) != negated)),
            _ => Ok(Value::Null),
        }
    }

    fn with_regex(
        &self,
        env: &Env,
        pattern: &Pattern,
        regex: &Regex,
        arguments: &[Node],
    ) -> Result<Value, Stop> {
        let given = self.value(env, &arguments[0])?;
        let text = given.str();
        self.work.spend(text.len())?;
        match pattern {
            Pattern::Extract(group) => {
                let found = regex.captures(text).and_then(|found| found.get(*group));
                Ok(Value::text(found.map_or("", |found| found.as_str())))
            }
            Pattern::ExtractAll => {
                let groups = regex.captures_len() - 1;
                let mut all = Vec::new();
                for found in regex.captures_iter(text) {
                    let part = |group: usize| Value::text(found.get(group).map_or("", |part| part.as_str()));
                    all.push(if groups == 1 {
                        part(1)
                    } else {
                        Value::array((1..=groups).map(part).collect())
                    });
                }
                if all.is_empty() {
                    // An empty array, or null: the page does not say.
                    return Ok(Value::Null);
                }
                Ok(Value::array(all))
            }
            Pattern::Replace => {
                let by = self.value(env, &arguments[1])?;
                replaced(text, regex, by.str())
            }
            Pattern::Trim => Ok(Value::text(regex.replace_all(text, ""))),
            Pattern::Count => Ok(Value::Long(regex.find_iter(text).count() as i64)),
        }
    }
}

/// `\0` is the match, `\1` … `\9` are its groups: <https://learn.microsoft.com/kusto/query/replace-regex-function>.
fn replaced(text: &str, regex: &Regex, by: &str) -> Result<Value, Stop> {
    let mut failure = None;
    let mut length = text.len();
    let replaced: Cow<str> = regex.replace_all(text, |found: &Captures| {
        let mut out = String::new();
        if failure.is_some() {
            return out;
        }
        let mut letters = by.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' {
                out.push(letter);
                continue;
            }
            match letters.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    let group = usize::from(digit as u8 - b'0');
                    if group >= regex.captures_len() {
                        failure = Some(Stop::undetermined("replace_regex with a group that does not exist"));
                    }
                    out.push_str(found.get(group).map_or("", |part| part.as_str()));
                }
                Some('\\') => out.push('\\'),
                _ => failure = Some(Stop::undetermined("replace_regex with a backslash before no digit")),
            }
        }
        length += out.len();
        if length > MAX_TEXT {
            failure = Some(Stop::Limit { what: "length of a string" });
            out.clear();
        }
        out
    });
    match failure {
        Some(stop) => Err(stop),
        None => Ok(Value::text(replaced)),
    }
}
