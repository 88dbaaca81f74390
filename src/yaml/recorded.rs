//! What the parser said of a file when detc was built, played back.
//!
//! In: a text and its recording, which `build.rs` made. Out: the parts of its document as the parser would give them.
//! Must not know what is done with them.

use std::borrow::Cow;

use super::plain::{Builder, Part, Parts, Placed};
use super::raw::Raw;
use super::tag;
use crate::source::Span;

/// Reads the one document of a text by its recording; nothing when the two do not fit together.
pub(super) fn read(text: &str, recording: &[u8]) -> Option<Raw> {
    let mut builder = Builder::over(Recorded { text, rest: recording.iter(), at: 0 });
    let raw = builder.document()?;
    builder.parts.rest.as_slice().is_empty().then_some(raw)
}

struct Recorded<'a> {
    text: &'a str,
    rest: std::slice::Iter<'a, u8>,
    /// Where the part before began.
    at: usize,
}

impl<'a> Parts<'a> for Recorded<'a> {
    fn next(&mut self) -> Option<Placed<'a>> {
        let tag = *self.rest.next()?;
        if tag == tag::END {
            return Some(Placed { part: Part::End, span: Span::new(self.at, self.at), anchor: 0 });
        }
        self.at += self.number()?;
        let span = Span::new(self.at, self.at + self.number()?);
        let scalar = |text: &'a str, is_plain| Part::Scalar(Cow::Borrowed(text), is_plain);
        let part = match tag {
            tag::MAP => Part::Map,
            tag::LIST => Part::List,
            tag::PLAIN => scalar(self.text.get(span.start..span.end)?, true),
            tag::QUOTED => scalar(self.text.get(span.start + 1..span.end.checked_sub(1)?)?, false),
            tag::PLAIN_VALUE => scalar(self.value()?, true),
            tag::QUOTED_VALUE => scalar(self.value()?, false),
            _ => return None,
        };
        Some(Placed { part, span, anchor: 0 })
    }
}

impl<'a> Recorded<'a> {
    /// LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = *self.rest.next()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn value(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (value, rest) = self.rest.as_slice().split_at_checked(length)?;
        self.rest = rest.iter();
        std::str::from_utf8(value).ok()
    }
}

#[cfg(test)]
mod tests {
    use include_dir::{Dir, include_dir};

    use super::*;
    use crate::yaml::plain;

    static RECORDINGS: Dir = include_dir!("$OUT_DIR/recordings");

    #[test]
    fn data_sources_are_played_back_as_they_are_parsed() {
        let mut recorded = 0;
        for entry in std::fs::read_dir("data_sources").expect("a folder of the project") {
            let path = entry.expect("readable").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            if !name.ends_with(".yml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let recording = RECORDINGS.get_file(&name).map(|file| file.contents());
            let played = recording.and_then(|recording| read(&text, recording));
            assert_eq!(played, plain::read(&text), "{name}");
            recorded += usize::from(played.is_some());
        }
        assert!(recorded > 50, "only {recorded} files are recorded");
    }

    #[test]
    fn a_recording_that_does_not_fit_is_not_read() {
        let entry = [tag::MAP, 0, 0, tag::PLAIN, 0, 1, tag::QUOTED, 3, 3, tag::END];
        assert!(read("a: 'b'", &entry).is_some());
        assert!(read("a:", &entry).is_none(), "the text is shorter");
        assert!(read("a: 'b'", &[entry.as_slice(), &entry].concat()).is_none(), "there is more");
        for end in 0..entry.len() {
            assert!(read("a: 'b'", &entry[..end]).is_none(), "it stops");
        }
        assert!(read("a: 'b'", &[tag::QUOTED_VALUE, 0, 1, 9, b'x']).is_none());
        assert!(read("a: 'b'", &[tag::PLAIN, 0xff, 0xff]).is_none());
        assert!(read("a: 'b'", &[99, 0, 0]).is_none());
    }
}
