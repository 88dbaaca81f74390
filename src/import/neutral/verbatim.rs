//! Selections and conditions as their author laid them out: order, quotes and comments are kept, the indentation is that
//! of the project.
//!
//! In: the mapping as it stands in a file, and what it must mean. Out: the lines below `detection:`, or nothing where
//! they would mean something else or where the mapping has no lines of its own: then it is laid out anew. What comes
//! out has been read back, so a layout that is not understood here can do no harm.

use std::sync::Arc;

use crate::schema::Block;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Node, Value, YamlScalar};

/// The lines of the mapping `node`, whose selections must come out as those of `block`; `called` is what a selection of
/// the mapping is called there. Selections of other names are left out, with the comments before them, and so is the
/// condition where the block has none.
pub fn verbatim(
    file: &Arc<SourceFile>,
    node: &Node,
    block: &Block,
    called: &dyn Fn(&str) -> String,
) -> Option<String> {
    let entries = node.entries();
    let base = file.line_column(entries.first()?.0.span.start).column - 1;
    let wanted = |name: &str| match name {
        "condition" => !block.condition.is_empty(),
        _ => block.selections.iter().any(|(known, _)| known.value == called(name)),
    };
    let mut text = String::new();
    let mut begin = comments_start(file, entries.first()?.0.span.start);
    for (index, (key, value)) in entries.iter().enumerate() {
        // A key that does not begin its line stands in a mapping on one line.
        let start = line_start(file, key.span.start);
        if file.text().get(start..key.span.start)?.len() != base {
            return None;
        }
        let end = line_end(file, value.span.end.max(key.span.end));
        if wanted(&key.value) {
            let name = called(&key.value);
            let renamed = (key.value != "condition" && name != key.value)
                .then(|| (key.span, YamlScalar::text(name).to_string()));
            text.push_str(&edited(file, begin.min(start), end, renamed, value));
            text.push('\n');
        }
        begin = end + 1;
        if index + 1 < entries.len() && begin > line_start(file, entries[index + 1].0.span.start) {
            return None;
        }
    }
    let lines = indented(&text, base)?;
    means(&lines, block).then_some(lines)
}

/// The lines of a range, with a key that is renamed, and numbers that other readers take for text in quotes.
fn edited(
    file: &SourceFile,
    start: usize,
    end: usize,
    renamed: Option<(Span, String)>,
    value: &Node,
) -> String {
    let mut places: Vec<(Span, String)> = renamed.into_iter().collect();
    padded(file, value, &mut places);
    let mut text = String::new();
    let mut from = start;
    for (span, quoted) in places {
        text.push_str(file.text().get(from..span.start).unwrap_or_default());
        text.push_str(&quoted);
        from = span.end;
    }
    text.push_str(file.text().get(from..end).unwrap_or_default());
    text
}

/// Texts that are written like numbers.
fn padded(file: &SourceFile, node: &Node, places: &mut Vec<(Span, String)>) {
    match &node.value {
        Value::Text(text) => {
            let digits = text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
            if digits && file.slice(node.span) == text {
                places.push((node.span, format!("'{text}'")));
            }
        }
        Value::List(items) => items.iter().for_each(|item| padded(file, item, places)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| padded(file, value, places)),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => {}
    }
}

/// The lines with two blanks a level, however many the author used.
fn indented(text: &str, base: usize) -> Option<String> {
    let mut levels: Vec<(usize, usize)> = vec![(base, 2)];
    let mut lines: Vec<String> = Vec::new();
    // Comments belong to what comes next; they wait for its level.
    let mut comments: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        if content.starts_with('#') {
            comments.push((indent, content));
            continue;
        }
        while levels.last().is_some_and(|(old, _)| *old > indent) && levels.len() > 1 {
            levels.pop();
        }
        let (old, mut new) = *levels.last()?;
        if indent > old {
            new += 2;
            levels.push((indent, new));
        }
        lines.extend(comments.drain(..).map(|comment| placed(comment, &levels)));
        // What stands behind a dash is a level of its own.
        let mut rest = content;
        let mut column = indent;
        let mut shown = String::new();
        let mut at = new;
        while let Some(behind) = rest.strip_prefix("- ") {
            let inner = behind.trim_start_matches(' ');
            column += rest.len() - inner.len();
            at += 2;
            levels.push((column, at));
            shown.push_str("- ");
            rest = inner;
        }
        lines.push(format!("{:new$}{shown}{rest}", ""));
    }
    lines.extend(comments.drain(..).map(|comment| placed(comment, &levels)));
    Some(lines.join("\n"))
}

/// A comment at the nearest level that does not lie behind its own.
fn placed((indent, content): (usize, &str), levels: &[(usize, usize)]) -> String {
    let near = levels.iter().rev().find(|(old, _)| *old <= indent).or(levels.first());
    format!("{:width$}{content}", "", width = near.map_or(2, |(_, new)| *new))
}

/// Whether the lines read back as the block.
fn means(lines: &str, block: &Block) -> bool {
    let file = SourceFile::new("", format!("detection:\n{lines}\n"));
    let mut findings = Vec::new();
    let read = yaml::parse(&file, &mut findings).and_then(|root| {
        let node = root.get("detection")?;
        yaml::decode::<Spanned<Block>>(&file, node, &mut findings)
    });
    findings.is_empty() && read.is_some_and(|read| read.value == *block)
}

/// Where the comments directly before a line begin, or the line itself.
fn comments_start(file: &SourceFile, offset: usize) -> usize {
    let mut start = line_start(file, offset);
    while start > 0 {
        let before = line_start(file, start - 1);
        let is_comment =
            file.text().get(before..start).is_some_and(|line| line.trim_start().starts_with('#'));
        if !is_comment {
            break;
        }
        start = before;
    }
    start
}

fn line_start(file: &SourceFile, offset: usize) -> usize {
    file.text().get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

fn line_end(file: &SourceFile, offset: usize) -> usize {
    let rest = file.text().get(offset..).unwrap_or_default();
    rest.find('\n').map_or(file.text().len(), |at| offset + at)
}
