//! Several files as one text, for what is checked together though it was written apart.
//!
//! In: files. Out: a file that holds their texts one after another, whose places lead back to where they were written.

use std::sync::Arc;

use super::{SourceFile, Span};

impl SourceFile {
    /// The texts of all files as one, and where each begins in it. Places in it are shown in the files themselves.
    pub fn joined(files: &[Arc<SourceFile>]) -> (Arc<Self>, Vec<usize>) {
        let mut text = String::new();
        let mut parts = Vec::new();
        for file in files {
            parts.push((text.len(), Arc::clone(file)));
            text.push_str(file.text());
            text.push('\n');
        }
        let starts = parts.iter().map(|(start, _)| *start).collect();
        let name = files.first().map_or("", |file| file.name());
        (Self::of_parts(name, text, parts), starts)
    }

    /// The file in which a place was written, and the place there: for a file of its own, that itself.
    pub fn origin(self: &Arc<Self>, span: Span) -> (Arc<Self>, Span) {
        let part = self.parts().iter().rev().find(|(start, _)| *start <= span.start);
        match part {
            None => (Arc::clone(self), span),
            Some((start, file)) => {
                let end = file.text().len();
                let within = |offset: usize| offset.saturating_sub(*start).min(end);
                // What was joined may have been joined before.
                file.origin(Span::new(within(span.start), within(span.end)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back() {
        let (one, two) = (SourceFile::new("one", "abc"), SourceFile::new("two", "defg"));
        let (both, starts) = SourceFile::joined(&[Arc::clone(&one), Arc::clone(&two)]);
        assert_eq!((both.text(), starts.as_slice()), ("abc\ndefg\n", &[0, 4][..]));
        let place = Span::new(5, 7);
        assert_eq!(both.slice(place), "ef");
        let (file, span) = both.origin(place);
        assert_eq!((file.name(), file.slice(span)), ("two", "ef"));
        let (file, span) = both.origin(Span::new(1, 3));
        assert_eq!((file.name(), file.slice(span)), ("one", "bc"));
        assert_eq!(one.origin(Span::new(0, 1)), (Arc::clone(&one), Span::new(0, 1)));
    }
}
