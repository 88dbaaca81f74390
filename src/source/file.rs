//! A file's name and text, with a line index.

use std::sync::Arc;

use super::Span;

/// One input file. Shared by every diagnostic that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
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
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect();
        Arc::new(Self { name: name.into(), text, line_starts, parts })
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

    /// Line and column of a byte offset. Offsets past the end mean the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text[start..].char_indices().take_while(|(i, _)| start + i < offset).count() + 1;
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
