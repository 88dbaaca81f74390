//! Text to tree, with a finding for each thing that is wrong with it.

use std::sync::Arc;

use serde_yaml::Error;
use serde_yaml::budget::BudgetBreach;

use super::raw::{self, Raw, RawValue};
use super::{MAX_BYTES, MAX_DEPTH, Node, Value, plain, recorded};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::{SourceFile, Span, Spanned};

/// Parses one document. On failure there is no tree; duplicate keys and doubtful numbers are reported beside it.
pub fn parse(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    if is_too_large(file, findings) {
        return None;
    }
    let raw = plain::read(file.text()).map_or_else(|| raw::read(file.text()), Ok);
    only(file, raw, findings)
}

/// The same for a file of which a recording was made.
pub fn parse_recorded(
    file: &Arc<SourceFile>,
    recording: &[u8],
    findings: &mut Vec<Diagnostic>,
) -> Option<Node> {
    match recorded::read(file.text(), recording) {
        Some(raw) => only(file, Ok(raw), findings),
        None => parse(file, findings),
    }
}

fn only(file: &Arc<SourceFile>, raw: Result<Raw, Error>, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    let node = raw.map(|raw| trees(file, vec![raw], Zeros::Refused, findings).pop());
    present(file, node, findings)
}

/// Parses every document of a file, as [`parse`] does one. Documents that hold nothing are left out; a file without
/// any other is reported. A number with leading zeros that has an 8 or a 9 is text, with a warning: YAML 1.1, by which
/// most programs for Sigma read, has no such number, and whoever wrote the zeros meant them.
pub fn parse_all(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Vec<Node> {
    let text = file.text();
    if is_too_large(file, findings) {
        return Vec::new();
    }
    let raw = plain::read_all(text).map_or_else(|| raw::read_all(text), Ok);
    let nodes =
        raw.map(|raw| Some(trees(file, raw, Zeros::Kept, findings)).filter(|nodes| !nodes.is_empty()));
    present(file, nodes, findings).unwrap_or_default()
}

fn is_too_large(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> bool {
    let bytes = file.text().len();
    if bytes > MAX_BYTES {
        findings.push(
            Diagnostic::new(Code::E0104, format!("the file has {bytes} bytes; at most {MAX_BYTES} are read"))
                .at(file, Span::new(0, 0), "")
                .help("move long lists of values into a list file"),
        );
    }
    bytes > MAX_BYTES
}

/// The trees of all documents that hold something.
fn trees(
    file: &Arc<SourceFile>,
    documents: Vec<Raw>,
    zeros: Zeros,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let mut tree = Tree { file, findings, zeros, integer_keys: false };
    let mut nodes: Vec<Node> = documents.into_iter().map(|raw| tree.node(raw)).collect();
    if tree.integer_keys
        && let Err(error) = raw::refuse_duplicate_keys(file.text())
    {
        findings.push(syntax(file, &error));
    }
    nodes.retain(|node| !matches!(node.value, Value::Null));
    nodes
}

/// What was read. An error of the crate, and a file that holds nothing, are reported.
fn present<T>(
    file: &Arc<SourceFile>,
    read: Result<Option<T>, Error>,
    findings: &mut Vec<Diagnostic>,
) -> Option<T> {
    match read {
        Ok(Some(read)) => Some(read),
        Ok(None) => {
            findings.push(
                Diagnostic::new(Code::E0102, "the file is empty")
                    .at(file, Span::new(0, 0), "")
                    .help("`detc new NAME` writes a detection to start from"),
            );
            None
        }
        Err(error) => {
            findings.push(syntax(file, &error));
            None
        }
    }
}

/// A syntax error of the crate as a finding of ours.
fn syntax(file: &Arc<SourceFile>, error: &Error) -> Diagnostic {
    let start =
        floor_char(file.text(), error.location().map_or(0, |location| offset(file.text(), &location)));
    let end = file.text()[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    let too_deep = || format!("the document is nested more than {MAX_DEPTH} levels deep");
    let too_far = || "the document expands too far, by its aliases".to_owned();
    let (code, message, help) = match error.without_snippet() {
        Error::MultipleDocuments { .. } => {
            let message = "a second document starts here".to_owned();
            (Code::E0107, message, Some("one file is one detection: split the file at its `---` lines"))
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            (Code::E0106, too_deep(), Some("a detection needs no more than ten"))
        }
        Error::DuplicateMappingKey { .. } => {
            (Code::E0105, message(error), Some("merge the two, or rename one"))
        }
        Error::Budget { .. } => (Code::E0106, too_far(), Some("write the values out")),
        _ => {
            let message = message(error);
            if let Some((number, _)) =
                message.strip_prefix("non-finite float ").and_then(|rest| rest.split_once(" rejected"))
            {
                let message = format!("{number} is no number that every reader can hold");
                (Code::E0108, message, Some("quote the value if it is text"))
            } else if message.contains("nest") || message.contains("recursion") {
                (Code::E0106, too_deep(), Some("a detection needs no more than ten"))
            } else if message.contains("budget") || message.contains("alias") && message.contains("limit") {
                (Code::E0106, too_far(), Some("write the values out"))
            } else {
                let help = syntax_help(&message, file.text(), start);
                (Code::E0101, message, help)
            }
        }
    };
    Diagnostic::new(code, message).at(file, Span::new(start, end), "").maybe_help(help.map(str::to_owned))
}

/// The crate's words, without the place that it puts before or after them.
fn message(error: &Error) -> String {
    let rendered = error.render_with_options(serde_yaml::RenderOptions::default());
    let rendered = rendered.lines().next().unwrap_or_default();
    let rendered = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let rendered = match rendered.split_once(": ") {
        Some((place, rest)) if place.starts_with("line ") => rest,
        _ => rendered,
    };
    rendered.split(" at line ").next().unwrap_or(rendered).to_owned()
}

/// What to type, for the slips that are common in detections: words of the crate's message, and the help.
const SYNTAX_HELP: [(&str, &str); 9] = [
    ("tab", "indent with spaces, not with tabs"),
    ("alias", "quote a value that starts with `*`: '*\\program.exe'"),
    ("anchor", "quote a value that starts with `&`"),
    ("mapping value", "quote a value that holds `: `, or check the indentation"),
    ("':' indicator", "close the bracket or quote above, or quote a value that holds `: `"),
    ("escape", "use single quotes, in which a backslash is a backslash"),
    ("after single-quoted", "write '' for a quote inside single quotes"),
    ("quoted scalar", "close the quote"),
    ("unexpected character", "quote a value that starts with such a character"),
];

fn syntax_help(message: &str, text: &str, start: usize) -> Option<&'static str> {
    if line_before(text, start).contains('\t') {
        return Some(SYNTAX_HELP[0].1);
    }
    SYNTAX_HELP.iter().find(|(words, _)| message.contains(words)).map(|(_, help)| *help)
}

/// The byte offset of a place. The scanner's own errors have only line and column, the latter in characters.
fn offset(text: &str, location: &serde_yaml::Location) -> usize {
    if let Some(offset) = location.span().byte_offset() {
        return offset as usize;
    }
    let line = location.line().saturating_sub(1) as usize;
    let column = location.column().saturating_sub(1) as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start..];
    let line_end = rest.find('\n').unwrap_or(rest.len());
    start + rest[..line_end].char_indices().nth(column).map_or(line_end, |(offset, _)| offset)
}

fn floor_char(text: &str, mut offset: usize) -> usize {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The line that holds `offset`, and the next one's indentation.
fn line_before(text: &str, offset: usize) -> &str {
    let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    let tail = &text[start..];
    let first = tail.find('\n').map_or(tail.len(), |i| i + 1);
    let indent = tail[first..].find(|c: char| !c.is_whitespace()).unwrap_or(0);
    &tail[..first + indent]
}

/// What a number with leading zeros is that cannot be octal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zeros {
    /// An error, as every number is that readers take differently.
    Refused,
    /// Text.
    Kept,
}

struct Tree<'a> {
    file: &'a Arc<SourceFile>,
    findings: &'a mut Vec<Diagnostic>,
    zeros: Zeros,
    integer_keys: bool,
}

impl Tree<'_> {
    fn node(&mut self, raw: Raw) -> Node {
        let span = raw.span;
        match raw.value {
            RawValue::Null => Node { value: Value::Null, span },
            RawValue::Boolean(value) => Node { value: Value::Boolean(value), span },
            RawValue::Text(value) => Node { value: Value::Text(value), span: trim_end(self.file, span) },
            RawValue::Integer(_) | RawValue::Real(_)
                if self.zeros == Zeros::Kept && is_padded(self.file.slice(span)) =>
            {
                let written = self.file.slice(span).to_owned();
                self.findings.push(
                    Diagnostic::new(Code::W0414, format!("`{written}` is read as text"))
                        .at(self.file, span, "")
                        .help(format!("write '{written}'")),
                );
                Node { value: Value::Text(written), span }
            }
            RawValue::Integer(value) => {
                self.number(span, &value.to_string());
                Node { value: Value::Integer(value), span }
            }
            RawValue::Real(value) => {
                self.number(span, &format!("{value:?}"));
                Node { value: Value::Real(value), span }
            }
            RawValue::List(items) => {
                let items: Vec<Node> = items.into_iter().map(|item| self.node(item)).collect();
                let span = items.iter().fold(span, |all, item| all.to(item.span));
                Node { value: Value::List(items), span: self.closed(span) }
            }
            RawValue::Map(entries) => self.map(entries, span),
        }
    }

    /// A flow collection ends with its bracket; the crate gives only the opening one.
    fn closed(&self, span: Span) -> Span {
        let text = self.file.text();
        let close = match text.get(span.start..).and_then(|rest| rest.chars().next()) {
            Some('[') => ']',
            Some('{') => '}',
            _ => return span,
        };
        let rest = text.get(span.end..).unwrap_or_default();
        let gap = rest.find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(0);
        if rest[gap..].starts_with(close) { Span::new(span.start, span.end + gap + 1) } else { span }
    }

    fn map(&mut self, entries: Vec<(Raw, Raw)>, span: Span) -> Node {
        let mut all = span;
        let mut kept: Vec<(Spanned<String>, Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.key(key);
            let value = self.node(value);
            all = all.to(key.span).to(value.span);
            match kept.iter().find(|(k, _)| k.value == key.value) {
                Some((first, _)) => self.findings.push(
                    Diagnostic::new(
                        Code::E0105,
                        format!("the key `{}` stands twice in this mapping", key.value),
                    )
                    .at(self.file, key.span, "again here")
                    .at(self.file, first.span, "first here")
                    .help("merge the two, or rename one"),
                ),
                None => kept.push((key, value)),
            }
        }
        Node { value: Value::Map(kept), span: self.closed(all) }
    }

    fn key(&mut self, key: Raw) -> Spanned<String> {
        let span = key.span;
        let text = match key.value {
            RawValue::Text(text) => text,
            RawValue::Null | RawValue::Boolean(_) | RawValue::Real(_) => self.file.slice(span).to_owned(),
            RawValue::Integer(value) => {
                self.integer_keys = true;
                value.to_string()
            }
            RawValue::List(_) | RawValue::Map(_) => {
                self.findings
                    .push(Diagnostic::new(Code::E0202, "a key must be text").at(self.file, span, ""));
                String::new()
            }
        };
        Spanned::new(text, span)
    }

    /// Reports a number whose written form is not its plain decimal form.
    fn number(&mut self, span: Span, plain: &str) {
        let written = self.file.slice(span);
        let same = written == plain || written.strip_prefix(['+']) == Some(plain);
        // An alias's span covers the alias, not the number.
        if !same && !written.starts_with('*') && !written.is_empty() {
            let plain = plain.strip_suffix(".0").unwrap_or(plain);
            self.findings.push(
                Diagnostic::new(Code::E0108, format!("`{written}` is read as the number {plain}"))
                    .at(self.file, span, "")
                    .help(format!("write \"{written}\" if it is text, or {plain} if it is a number")),
            );
        }
    }
}

/// Whether a number has leading zeros, and a digit that no octal number has.
fn is_padded(written: &str) -> bool {
    let digits = written.len() > 1 && written.bytes().all(|b| b.is_ascii_digit());
    digits && written.starts_with('0') && written.contains(['8', '9'])
}

/// Block scalars end with a line break that nobody wants underlined.
fn trim_end(file: &SourceFile, span: Span) -> Span {
    Span::new(span.start, span.start + file.slice(span).trim_end().len())
}
