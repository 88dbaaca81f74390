//! The short way for plain documents: straight from the events of the parser below the YAML crate.
//!
//! In: a text. Out: what the crate would give for it, at a third of its cost, or nothing. Every document is left to the
//! crate that has an error, a tag, directive or merge key, many aliases, a number that is not a plain whole one, or a key
//! that is not text: its rules, words and limits alone decide about those. Must not know what is done with the tree.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, StrInput};

use super::raw::{Raw, RawValue};
use super::{MAX_DEPTH, MAX_NODES};
use crate::maps::HashMap;
use crate::source::Span;

/// How many aliases a plain document may have, and how many more than anchors. Else the crate may find that they stand for
/// too much.
const MAX_ALIASES: usize = 1_000;
const MAX_ALIASES_OF_FEW: usize = 99;

/// Reads one plain document.
pub(super) fn read(text: &str) -> Option<Raw> {
    let mut documents = read_all(text)?;
    let only = documents.pop();
    only.filter(|_| documents.is_empty())
}

/// Reads every document of a text in which all of them are plain.
pub(super) fn read_all(text: &str) -> Option<Vec<Raw>> {
    let mut builder = Builder::over(Parsed { parser: Parser::new_from_str(text) });
    builder.parts.expect(|event| matches!(event, Event::StreamStart))?;
    let mut documents = Vec::new();
    loop {
        match builder.parts.event()? {
            (Event::DocumentStart(_, None), _) => {
                documents.push(builder.document()?);
                builder.parts.expect(|event| matches!(event, Event::DocumentEnd))?;
            }
            (Event::StreamEnd, _) => return Some(documents),
            _ => return None,
        }
    }
}

/// A part of a plain document, with its place.
pub(super) struct Placed<'a> {
    pub(super) part: Part<'a>,
    pub(super) span: Span,
    /// The number of its anchor; 0 without one.
    pub(super) anchor: usize,
}

/// A part of a plain document.
pub(super) enum Part<'a> {
    /// A scalar, and whether it stands without quotes.
    Scalar(Cow<'a, str>, bool),
    /// A sequence begins.
    List,
    /// A mapping begins.
    Map,
    /// What has the anchor of this number stands here once more.
    Alias(usize),
    /// The innermost of them ends.
    End,
}

/// Where the parts of a document come from, in order.
pub(super) trait Parts<'a> {
    /// The next one; nothing at the end, and for what is not plain.
    fn next(&mut self) -> Option<Placed<'a>>;
}

/// From the parser.
struct Parsed<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Parsed<'a> {
    fn event(&mut self) -> Option<(Event<'a>, ParserSpan)> {
        self.parser.next_event()?.ok()
    }

    fn expect(&mut self, wanted: fn(&Event) -> bool) -> Option<()> {
        self.event().filter(|(event, _)| wanted(event)).map(drop)
    }
}

impl<'a> Parts<'a> for Parsed<'a> {
    fn next(&mut self) -> Option<Placed<'a>> {
        let (event, span) = self.event()?;
        let (part, anchor) = match event {
            Event::Scalar(text, style, anchor, None) => {
                (Part::Scalar(text, style == ScalarStyle::Plain), anchor)
            }
            Event::SequenceStart(_, anchor, None) => (Part::List, anchor),
            Event::MappingStart(_, anchor, None) => (Part::Map, anchor),
            Event::SequenceEnd | Event::MappingEnd => (Part::End, 0),
            Event::Alias(anchor) => (Part::Alias(anchor), 0),
            _ => return None,
        };
        Some(Placed { part, span: byte_span(&span)?, anchor })
    }
}

/// Puts the parts together.
pub(super) struct Builder<P> {
    pub(super) parts: P,
    nodes: usize,
    aliases: usize,
    /// What has an anchor, by its number.
    anchored: HashMap<usize, Raw>,
}

impl<'a, P: Parts<'a>> Builder<P> {
    pub(super) fn over(parts: P) -> Self {
        Self { parts, nodes: 0, aliases: 0, anchored: HashMap::default() }
    }

    /// The next whole value.
    pub(super) fn document(&mut self) -> Option<Raw> {
        let placed = self.parts.next()?;
        self.node(placed, 0)
    }

    fn node(&mut self, placed: Placed<'a>, depth: usize) -> Option<Raw> {
        let Placed { part, span, anchor } = placed;
        count(&mut self.nodes, depth)?;
        let value = match part {
            Part::Scalar(text, is_plain) => scalar(text, is_plain)?,
            Part::List => RawValue::List(self.items(depth)?),
            Part::Map => RawValue::Map(self.entries(depth)?),
            Part::Alias(anchor) => {
                self.aliases += 1;
                let most = MAX_ALIASES.min(MAX_ALIASES_OF_FEW.max(10 * self.anchored.len()));
                // What holds itself has no value yet.
                let anchored = self.anchored.get(&anchor).filter(|_| self.aliases <= most)?;
                return again(anchored, span, depth, &mut self.nodes);
            }
            Part::End => return None,
        };
        let raw = Raw { value, span };
        if anchor != 0 {
            self.anchored.insert(anchor, raw.clone());
        }
        Some(raw)
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Raw>> {
        let mut items = Vec::new();
        loop {
            match self.parts.next()? {
                Placed { part: Part::End, .. } => return Some(items),
                placed => items.push(self.node(placed, depth + 1)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Option<Vec<(Raw, Raw)>> {
        let mut entries = Vec::new();
        loop {
            let key = match self.parts.next()? {
                Placed { part: Part::End, .. } => return Some(entries),
                placed => self.node(placed, depth + 1)?,
            };
            if !matches!(&key.value, RawValue::Text(text) if text != "<<") {
                return None;
            }
            let placed = self.parts.next()?;
            entries.push((key, self.node(placed, depth + 1)?));
        }
    }
}

/// One node more; nothing when that is too many, or too deep.
fn count(nodes: &mut usize, depth: usize) -> Option<()> {
    *nodes += 1;
    (*nodes < MAX_NODES && depth < MAX_DEPTH).then_some(())
}

/// What an alias stands for, all of it at the place of the alias.
fn again(raw: &Raw, span: Span, depth: usize, nodes: &mut usize) -> Option<Raw> {
    count(nodes, depth)?;
    let mut inner = |raw: &Raw| again(raw, span, depth + 1, nodes);
    let value = match &raw.value {
        RawValue::List(items) => RawValue::List(items.iter().map(inner).collect::<Option<_>>()?),
        RawValue::Map(entries) => {
            let entry = |(key, value): &(Raw, Raw)| Some((inner(key)?, inner(value)?));
            RawValue::Map(entries.iter().map(entry).collect::<Option<_>>()?)
        }
        RawValue::Text(text) => RawValue::Text(text.clone()),
        RawValue::Integer(number) => RawValue::Integer(*number),
        RawValue::Real(number) => RawValue::Real(*number),
        RawValue::Boolean(value) => RawValue::Boolean(*value),
        RawValue::Null => RawValue::Null,
    };
    Some(Raw { value, span })
}

fn byte_span(span: &ParserSpan) -> Option<Span> {
    Some(Span::new(span.start.byte_offset()?, span.end.byte_offset()?))
}

/// The value of a scalar; nothing when only the crate can say.
fn scalar(text: Cow<str>, is_plain: bool) -> Option<RawValue> {
    if !is_plain {
        return Some(RawValue::Text(text.into_owned()));
    }
    let word = |word: &str| text.eq_ignore_ascii_case(word);
    Some(match text.as_bytes() {
        [] | b"~" => RawValue::Null,
        [b'n' | b'N', ..] if word("null") => RawValue::Null,
        [b't' | b'T', ..] if word("true") => RawValue::Boolean(true),
        [b'f' | b'F', ..] if word("false") => RawValue::Boolean(false),
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] if may_be_number(&text) => {
            RawValue::Integer(plain_integer(&text)?)
        }
        _ => RawValue::Text(text.into_owned()),
    })
}

/// Whether a text could be a number in some notation. It is none when it has another character than numbers have, a
/// second point, or a sign that neither begins it nor follows the `e` of an exponent.
fn may_be_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned.as_bytes() {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] => true,
        [b'.', word @ ..] if word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan") => true,
        bytes @ [b'0'..=b'9' | b'.', ..] => {
            let misplaced = |pair: &[u8]| matches!(pair[1], b'+' | b'-') && !matches!(pair[0], b'e' | b'E');
            bytes.iter().all(|b| b.is_ascii_digit() || b"eE_.+-".contains(b))
                && bytes.iter().filter(|b| **b == b'.').count() <= 1
                && !bytes.windows(2).any(misplaced)
        }
        _ => false,
    }
}

/// A whole number in its plain decimal form, far from the limits of the type.
fn plain_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    (plain && digits.len() <= 18).then(|| text.parse().ok()).flatten().filter(|_| text != "-0")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::raw;

    /// Whether the short way was taken. What it gives is what the crate gives.
    fn is_plain(text: &str) -> bool {
        let plain = read(text);
        if let Some(plain) = &plain {
            let by_crate = raw::read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(*plain, by_crate, "{text:?}");
        }
        plain.is_some()
    }

    #[test]
    fn shipped_files_are_read_as_the_crate_reads_them() {
        let mut folders = vec!["data_sources".into(), "detections".into()];
        let (mut files, mut plain) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir::<std::path::PathBuf>(folder).expect("a folder of the project") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "yml") {
                    let text = std::fs::read_to_string(&path).expect("text");
                    (files, plain) = (files + 1, plain + usize::from(is_plain(&text)));
                }
            }
        }
        assert!(plain * 10 > files * 9, "only {plain} of {files} files are plain");
    }

    #[test]
    fn many_aliases_are_left_to_the_crate() {
        let document = |anchors: usize, aliases: usize| {
            let anchors = (0..anchors).map(|number| format!("- &a{number} {number}\n"));
            anchors.chain((0..aliases).map(|_| "- *a0\n".to_owned())).collect::<String>()
        };
        for (anchors, aliases, is_left) in [
            (1, 99, false),
            (1, 100, true),
            (12, 120, false),
            (12, 121, true),
            (200, 1_000, false),
            (200, 1_001, true),
        ] {
            assert_eq!(is_plain(&document(anchors, aliases)), !is_left, "{anchors} {aliases}");
        }
        // Nine to the power of seven.
        let mut bomb = "- &a0 [x]\n".to_owned();
        for level in 1..8 {
            bomb += &format!("- &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
        }
        assert!(!is_plain(&bomb));
    }

    #[test]
    fn scalars_are_typed_as_the_crate_types_them() {
        for text in [
            "2026-03-10",
            "7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f",
            "1h",
            "1d",
            "10.0.0.0/8",
            "T1484.002",
            "0",
            "443",
            "-5",
            "yes",
            "True",
            "FALSE",
            "null",
            "~",
            "Null",
            "nan",
            "inf",
            "-nan",
            "fe80::/10",
            "-e",
            "1 2",
            ".dll",
            "a: b\n  c",
            "+",
            "12:30:45",
            "truely",
            "'443'",
            "\"tab\\t\"",
            "|\n  x\n  y\n",
            ">-\n  x\n  y\n",
            "[a, 1, {b: c}]",
            "{}",
            "[]",
            "999999999999999999",
            "é",
            "- é\n- ü: [ä]",
            "[&x p, *x, &y [*x, {q: *x}], *y, *y]",
            "[&x 1, &x 2, *x, &z, *z]",
            "a:\n\n  - b # c\n  -\n",
            "-",
            "C:\\x",
        ] {
            assert!(is_plain(&format!("key: {text}\nother:\n- {text}\n")) | is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_crate() {
        for text in [
            "",
            "# only a comment\n",
            "a: 1.5",
            "a: 0x1f",
            "a: 0o17",
            "a: 012",
            "a: 1e5",
            "a: 1_000",
            "a: +5",
            "a: -0",
            "a: .inf",
            "a: -.NaN",
            "a: .5",
            "a: 12345678901234567890",
            "a: *x",
            "a: &x\n  b: 1\n  c: [*x]",
            "<<: &x {a: b}\n",
            "a: &x <<\n*x : {b: c}",
            "a: !!str 1",
            "a: !x y",
            "%YAML 1.2\n---\na: b",
            "a: b\n---\nc: d",
            "<<: {a: b}",
            "443: a",
            "true: a",
            "? [a]\n: b",
            "a: [",
            "a: 'b",
            &"[".repeat(MAX_DEPTH + 1),
            &"- ".repeat(MAX_DEPTH + 1),
        ] {
            assert!(!is_plain(text) || text.trim_start().is_empty() || text.starts_with('#'), "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_and_words_are_typed_as_the_crate_types_them(
            text in r"[-+]?[.]?[0-9a-fxoinfNAe_+.-]{0,8}|[tTfFnN][rRuUaAlLsSeE]{1,4}",
        ) {
            is_plain(&format!("key: {text}"));
        }

        #[test]
        fn any_text_is_read_as_the_crate_reads_it(
            lines in proptest::collection::vec(r"( {0,4}(- )?)?([a-c'é]{1,3}: ?)?[-a-c0-9'\x22\[\]{},:#&*!|> \t.é]{0,12}", 0..6),
        ) {
            is_plain(&lines.join("\n"));
        }
    }
}
