//! A file's name and text, and where its lines are.

use std::sync::Arc;

use super::Span;

/// One input file. Shared by every diagnostic that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    /// The files that it was joined from, each with where it begins; none for a file of its own.
    parts: Vec<(usize, Arc<SourceFile>)>,
}

/// A place for people: both numbers start at 1, columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl SourceFile {
    /// Takes a file's display name (as the user wrote it, with `/` between folders) and its text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Self::of_parts(name, text, Vec::new())
    }

    /// Takes a file that was joined from others.
    pub(super) fn of_parts(
        name: impl Into<String>,
        text: impl Into<String>,
        parts: Vec<(usize, Arc<SourceFile>)>,
    ) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), parts })
    }

    pub(super) fn parts(&self) -> &[(usize, Arc<SourceFile>)] {
        &self.parts
    }

    /// The display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that a span covers; empty when the span lies outside the file or splits a character.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Line and column of a byte offset. Offsets past the end mean the end. Lines are counted when they are asked for:
    /// of most files nobody asks.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let column =
            self.text[start..].char_indices().take_while(|(i, _)| start + i < before.len()).count() + 1;
        LineColumn { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let file = SourceFile::new("a.yml", "é: x\nb");
        assert_eq!(file.line_column(2), LineColumn { line: 1, column: 2 });
        assert_eq!(file.line_column(6), LineColumn { line: 2, column: 1 });
        assert_eq!(file.line_column(99), LineColumn { line: 2, column: 2 });
    }
}
