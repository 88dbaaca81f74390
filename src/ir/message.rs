//! Texts with values of a result in them.

use super::Field;
use crate::source::{Span, Spanned};

/// One line of text with values of a result in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The parts, in order. No text is empty or beside another text.
    pub parts: Vec<MessagePart>,
    /// The whole text in the detection.
    pub span: Span,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessagePart {
    /// This text.
    Text(String),
    /// The value of this field in the result; the place is that of `$field$`.
    Field(Spanned<Field>),
    /// What every row of a summary has.
    Summary(SummaryColumn),
}

/// What every row of a summary has beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryColumn {
    /// The number of events.
    Count,
    /// The time of the first.
    FirstTime,
    /// The time of the last.
    LastTime,
}

impl SummaryColumn {
    /// All of them, in the order of the columns.
    pub const ALL: [SummaryColumn; 3] =
        [SummaryColumn::Count, SummaryColumn::FirstTime, SummaryColumn::LastTime];

    /// Its name in a detection.
    pub fn name(self) -> &'static str {
        match self {
            SummaryColumn::Count => "count",
            SummaryColumn::FirstTime => "firstTime",
            SummaryColumn::LastTime => "lastTime",
        }
    }

    /// The column of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

impl Message {
    /// The fields that it names, in order, as often as it names them.
    pub fn fields(&self) -> impl Iterator<Item = &Spanned<Field>> {
        self.parts.iter().filter_map(|part| match part {
            MessagePart::Field(field) => Some(field),
            MessagePart::Text(_) | MessagePart::Summary(_) => None,
        })
    }
}
