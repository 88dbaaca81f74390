//! Scalar functions.
//!
//! In: the values of the arguments. Out: a value, or why there is none. Must not know expressions, columns or rows.
//!
//! Each function's page is <https://learn.microsoft.com/kusto/query/NAME-function>, unless a comment names another.
//! What the pages leave open and is not known otherwise is answered [`Stop::Undetermined`].

mod convert;
mod dynamic;
mod math;
mod network;
mod text;
mod time;
mod xml;

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

pub(super) use convert::{to_text, truth_text};
pub(super) use dynamic::{index, sort_items};
pub(super) use math::bin;

use super::problem::Stop;
use super::types::Type;
use super::value::{Array, Value};

/// What a function gives.
pub(super) type Answer = Result<Value, Stop>;

/// A scalar function.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) takes: &'static [Kind],
    /// How many of these may be left out, from the end.
    pub(super) optional: usize,
    /// What further arguments are, any number of them.
    pub(super) rest: Option<Kind>,
    /// The type of what it gives.
    pub(super) gives: Type,
    /// Whether a null argument makes the result null, in a `string` the empty text. Otherwise the function decides.
    pub(super) spreads_null: bool,
    /// What it does.
    pub(super) run: fn(&Work, &[Value]) -> Answer,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A `string`; a `dynamic` stands for its text.
    Text,
    /// A `string` alone: Kusto refuses a `dynamic` here.
    StrictText,
    /// `int` or `long`
    Whole,
    /// Any number
    Number,
    /// `bool`
    Bool,
    /// `datetime`
    Time,
    /// `dynamic`
    Dynamic,
    /// Anything
    Any,
}

impl Kind {
    /// Whether a value of this type may stand there.
    pub(super) fn takes(self, kind: Type) -> bool {
        match self {
            Kind::Text => matches!(kind, Type::String | Type::Dynamic),
            Kind::StrictText => kind == Type::String,
            Kind::Whole => kind.is_whole(),
            Kind::Number => kind.is_number(),
            Kind::Bool => kind == Type::Bool,
            Kind::Time => kind == Type::DateTime,
            Kind::Dynamic => kind == Type::Dynamic,
            Kind::Any => true,
        }
    }

    /// What is wanted, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text | Kind::StrictText => "string",
            Kind::Whole => "int or long",
            Kind::Number => "number",
            Kind::Bool => "bool",
            Kind::Time => "datetime",
            Kind::Dynamic => "dynamic",
            Kind::Any => "value",
        }
    }
}

/// What a run has spent, and whether it met a choice that Kusto makes freely.
#[derive(Debug)]
pub(super) struct Work {
    left: Cell<u64>,
    choice: Cell<Option<&'static str>>,
    /// Whether sets and bags are read from their end, to see whether their order gets into the answer.
    reversed: bool,
}

impl Work {
    /// A run that may take so many steps, and reads sets and bags from their end or from their beginning.
    pub(super) fn new(steps: u64, reversed: bool) -> Self {
        Self { left: Cell::new(steps), choice: Cell::new(None), reversed }
    }

    /// Whether sets and bags are read from their end.
    pub(super) fn reversed(&self) -> bool {
        self.reversed
    }

    /// The items of an array where their order matters: a set's may be read from either end.
    pub(super) fn items<'a>(&self, array: &'a Array) -> Cow<'a, [Value]> {
        if array.ordered || array.items.len() < 2 {
            return Cow::Borrowed(&array.items);
        }
        self.choose("the order of a set is free");
        if self.reversed {
            Cow::Owned(array.items.iter().rev().cloned().collect())
        } else {
            Cow::Borrowed(&array.items)
        }
    }

    /// Spends steps.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Stop> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(steps as u64));
        if left < steps as u64 { Err(Stop::Limit { what: "steps of a run" }) } else { Ok(()) }
    }

    /// Notes that Kusto may answer otherwise, and why.
    pub(super) fn choose(&self, why: &'static str) {
        if self.choice.get().is_none() {
            self.choice.set(Some(why));
        }
    }

    /// The first choice that was met.
    pub(super) fn choice(&self) -> Option<&'static str> {
        self.choice.get()
    }
}

/// Finds a function.
pub(super) fn function(name: &str) -> Option<&'static Function> {
    [text::ALL, convert::ALL, time::ALL, dynamic::ALL, network::ALL, math::ALL, xml::ALL]
        .into_iter()
        .flatten()
        .find(|function| function.name == name)
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [text::ALL, convert::ALL, time::ALL, dynamic::ALL, network::ALL, math::ALL, xml::ALL]
        .into_iter()
        .flatten()
        .map(|function| function.name)
}

/// A text as the result, within Kusto's limit.
fn text(work: &Work, text: impl AsRef<str>) -> Answer {
    let text = text.as_ref();
    if text.len() > super::json::MAX_TEXT {
        return Err(Stop::Limit { what: "length of a string" });
    }
    work.spend(text.len() / 16)?;
    Ok(Value::text(text))
}

/// An array as the result, within a limit.
fn array(work: &Work, items: Vec<Value>, ordered: bool) -> Answer {
    bounded(work, Value::Array(Arc::new(Array { items, ordered })))
}

/// A value, if it is neither too large nor nested too deep to be walked. Kusto's own limit for a `dynamic` is 1 MiB.
pub(super) fn bounded(work: &Work, value: Value) -> Answer {
    let mut left = super::json::MAX_TEXT;
    let fits = value.fits(&mut left, 0);
    work.spend((super::json::MAX_TEXT - left) / 4)?;
    if fits { Ok(value) } else { Err(Stop::Limit { what: "size of a dynamic" }) }
}
