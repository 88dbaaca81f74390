//! Events that stand in a file of their own, as JSON.
//!
//! In: a `SourceFile` that holds one event, an array of events, or one event after another (NDJSON); an event is an object of
//! fields, or a record of Windows. Out: the events as written, every key and value with its place, or every problem of the
//! file. Must not know which fields there are: that
//! is for `resolve`.

mod object;
mod record;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::diagnostics::{Code, Diagnostic};
use crate::schema::Event;
use crate::source::{SourceFile, Span, Spanned};

/// Largest file of events that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// An event of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// What stands there.
    pub event: Spanned<Event>,
    /// Whether it is a record as the product wrote it: then it has fields that nobody asks for.
    pub is_record: bool,
}

/// Reads the events of a file, in order. An event with a problem is left out, and the problem reported; in a file that
/// does not begin with `[`, what follows a line that is no JSON is read all the same.
pub fn read(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Vec<Written> {
    let before = findings.len();
    let mut reader = Reader { file, findings, events: Vec::new() };
    reader.all();
    let events = reader.events;
    if events.is_empty() && findings.len() == before {
        findings.push(
            Diagnostic::new(Code::E1220, "the file holds no event")
                .at(file, Span::new(0, 0), "")
                .help("write one event a line: {\"Image\": \"C:\\\\Temp\\\\a.exe\"}"),
        );
    }
    events
}

/// One run over one file.
struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    findings: &'a mut Vec<Diagnostic>,
    events: Vec<Written>,
}

impl<'a> Reader<'a> {
    fn all(&mut self) {
        let file = self.file;
        let text: &'a str = file.text();
        let is_array = text.trim_start().starts_with('[');
        let mut start = 0;
        while let Some(problem) = self.from(start) {
            let next = text[problem..].find("\n{").map(|line| problem + line + 1);
            match next.filter(|_| !is_array) {
                Some(next) => start = next,
                None => break,
            }
        }
    }

    /// Reads from here on; gives the place of what is no JSON.
    fn from(&mut self, start: usize) -> Option<usize> {
        let file = self.file;
        let rest: &'a str = &file.text()[start..];
        let values = serde_json::Deserializer::from_str(rest).into_iter::<&'a RawValue>();
        for value in values {
            match value {
                Ok(value) => self.value(value, true),
                Err(error) => {
                    let place = start + offset(rest, error.line(), error.column());
                    self.no_json(&error, place);
                    return Some(place);
                }
            }
        }
        None
    }

    /// An event, or an array of them.
    fn value(&mut self, value: &'a RawValue, may_be_array: bool) {
        let span = self.span_of(value);
        match value.get().as_bytes().first() {
            Some(b'{') => {
                if let Some((event, is_record)) = self.object(value) {
                    self.events.push(Written { event: Spanned::new(event, span), is_record });
                }
            }
            Some(b'[') if may_be_array => {
                match serde_json::from_str::<Vec<&'a RawValue>>(value.get()) {
                    Ok(members) => members.into_iter().for_each(|member| self.value(member, false)),
                    // The text has been read as JSON before: only its size could be in the way.
                    Err(error) => self.no_json(&error, span.start),
                }
            }
            _ => {
                self.findings.push(
                    Diagnostic::new(Code::E1221, "an event is an object")
                        .at(self.file, first_line(self.file, span), "")
                        .help("write the fields with their values: {\"Image\": \"C:\\\\Temp\\\\a.exe\"}"),
                );
            }
        }
    }

    fn no_json(&mut self, error: &serde_json::Error, place: usize) {
        let text = self.file.text();
        let end = text[place..].chars().next().map_or(place, |c| place + c.len_utf8());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        self.findings.push(
            Diagnostic::new(Code::E1220, format!("this is no JSON: {message}"))
                .at(self.file, Span::new(place, end), "")
                .help("events are one JSON object, an array of them, or one a line"),
        );
    }

    /// The place of a value that was borrowed from the text.
    fn span_of(&self, value: &RawValue) -> Span {
        let start = (value.get().as_ptr() as usize).saturating_sub(self.file.text().as_ptr() as usize);
        Span::new(start, start + value.get().len())
    }
}

/// The byte that a line and column (both from 1, in bytes) mean. A column of 0 is the end of the line before.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut place = (before + column).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

/// A place cut after its first line, so that an excerpt stays short.
fn first_line(file: &SourceFile, span: Span) -> Span {
    let length = file.slice(span).lines().next().map_or(0, str::len);
    Span::new(span.start, span.start + length)
}
