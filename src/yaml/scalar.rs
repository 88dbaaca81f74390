//! Where a part of a scalar's value stands in the file: quotes, escapes and folded lines are counted in.
//!
//! In: a scalar as written and its value. Out: a range of what is written. Must not know files.

use std::ops::Range;

/// The bytes of `written` that became the bytes `part` of `value`. `None` when the two do not fit together (an alias),
/// so that only the whole can be shown.
pub fn written_part(written: &str, value: &str, part: Range<usize>) -> Option<Range<usize>> {
    if let Some(before) = as_it_is(written, value).filter(|_| value.get(part.clone()).is_some()) {
        return Some(part.start + before..part.end + before);
    }
    let plain = Reader { written, at: 0, quote: None };
    match written.chars().next()? {
        quote @ ('"' | '\'') => {
            let quoted = Reader { written, at: 1, quote: Some(quote) };
            // The text of a block may begin with a quote of its own.
            part_of(quoted, value, part.clone()).or_else(|| part_of(plain, value, part))
        }
        _ => part_of(plain, value, part),
    }
}

fn part_of(mut reader: Reader, value: &str, part: Range<usize>) -> Option<Range<usize>> {
    let mut found = (None, None);
    let mut rest = value.char_indices().peekable();
    while let Some((offset, _)) = rest.peek().copied() {
        if offset == part.start {
            found.0 = Some(reader.at);
        }
        if offset == part.end {
            found.1 = Some(reader.at);
        }
        reader.skip_joined_lines();
        let begin = reader.at;
        if offset == part.start {
            found.0 = Some(begin);
        }
        let read = reader.next(&value[offset..])?;
        for _ in 0..read {
            let (inside, _) = rest.next()?;
            if inside == part.start {
                found.0 = Some(begin);
            }
        }
    }
    if part.start == value.len() {
        found.0 = Some(reader.at);
    }
    let end = if part.end == value.len() { reader.at } else { found.1? };
    found.0.filter(|start| *start <= end).map(|start| start..end)
}

/// What stands between lines.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Of a value that is written as it is, as most are: the bytes before it, which are none or a quote.
fn as_it_is(written: &str, value: &str) -> Option<usize> {
    match written.chars().next()? {
        quote @ ('"' | '\'') => (written[1..].strip_suffix(quote)? == value).then_some(1),
        _ => (written == value).then_some(0),
    }
}

struct Reader<'a> {
    written: &'a str,
    at: usize,
    quote: Option<char>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.written.get(self.at..).unwrap_or_default()
    }

    /// Reads what became the first characters of `value`; says how many they are.
    fn next(&mut self, value: &str) -> Option<usize> {
        let wanted = value.chars().next()?;
        // The place of a block ends with its last line that has text.
        if self.rest().is_empty() && self.quote.is_none() && value.trim_matches(BLANKS).is_empty() {
            return Some(value.chars().count());
        }
        let blanks = value.len() - value.trim_start_matches([' ', '\t']).len();
        let ends_line = value[blanks..].starts_with('\n') && self.rest().starts_with(&value[..blanks]);
        if blanks > 0 && ends_line {
            self.at += 1;
            return Some(1);
        }
        if let Some((length, breaks)) = self.line_breaks() {
            // Folded: one break is a space, more are one break fewer. Literal blocks keep every one.
            let lines = value.chars().take_while(|c| *c == '\n').count();
            let count = match (wanted, breaks) {
                (' ', 1) => 1,
                ('\n', _) if lines == breaks || lines + 1 == breaks => lines,
                _ => return None,
            };
            self.at += length;
            if wanted == '\n' {
                // What a line of a block has beyond the indentation is part of the text.
                let text = &value[count..];
                let own = text.len() - text.trim_start_matches([' ', '\t']).len();
                let indentation = self.written[..self.at].rsplit('\n').next().map_or(0, str::len);
                self.at -= own.min(indentation);
            }
            return Some(count);
        }
        let c = self.rest().chars().next()?;
        let (read, length) = match (self.quote, c) {
            (Some('"'), '\\') => escape(self.rest())?,
            (Some('\''), '\'') => ('\'', if self.rest().starts_with("''") { 2 } else { return None }),
            (Some('"'), '"') => return None,
            _ => (c, c.len_utf8()),
        };
        self.at += length;
        (read == wanted).then_some(1)
    }

    /// White space with line breaks in it: its length and how many they are.
    fn line_breaks(&self) -> Option<(usize, usize)> {
        let rest = self.rest();
        let length = rest.find(|c: char| !BLANKS.contains(&c)).unwrap_or(rest.len());
        let breaks = rest[..length].matches('\n').count();
        (breaks > 0).then_some((length, breaks))
    }

    /// In double quotes a backslash at the end of a line joins it to the next.
    fn skip_joined_lines(&mut self) {
        while self.quote == Some('"') {
            let Some(tail) = self.rest().strip_prefix('\\') else { return };
            let Some(line) = tail.strip_prefix("\r\n").or_else(|| tail.strip_prefix('\n')) else { return };
            let next = line.trim_start_matches([' ', '\t']);
            self.at = self.written.len() - next.len();
        }
    }
}

/// The character of an escape at the start of a text, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = text.chars().nth(1)?;
    let hexadecimal = |digits: usize| {
        let number = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(number)?, 2 + digits))
    };
    let plain = match code {
        'x' => return hexadecimal(2),
        'u' => return hexadecimal(4),
        'U' => return hexadecimal(8),
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        ' ' | '"' | '/' | '\\' => code,
        _ => return None,
    };
    Some((plain, 1 + code.len_utf8()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part<'a>(written: &'a str, value: &str, inner: &str) -> Option<&'a str> {
        let start = value.find(inner).expect("a part");
        written_part(written, value, start..start + inner.len()).map(|range| &written[range])
    }

    #[test]
    fn quotes_escapes_and_folding_are_counted_in() {
        assert_eq!(part("ab(?=x)", "ab(?=x)", "(?="), Some("(?="));
        assert_eq!(part(r#""a\\d\u00e9(?=x)""#, r"a\dé(?=x)", "(?="), Some("(?="));
        assert_eq!(part("'it''s (?=x)'", "it's (?=x)", "(?="), Some("(?="));
        assert_eq!(part("'it''s (?=x)'", "it's (?=x)", "'"), Some("''"));
        assert_eq!(part("s and\n    foo", "s and foo", "foo"), Some("foo"));
        assert_eq!(part("s and\r\n    foo", "s and foo", "foo"), Some("foo"));
        assert_eq!(part("s\n\n  and foo", "s\nand foo", "foo"), Some("foo"));
        assert_eq!(part("one\n    two\n", "one\ntwo", "two"), Some("two"));
        assert_eq!(part("\"ab\\\n   cd\"", "abcd", "cd"), Some("cd"));
        assert_eq!(part("*alias", "text", "ex"), None);
        let block = "a\n        | b \n\n         | c x";
        assert_eq!(part(block, "a\n  | b \n\n   | c x\n", "c"), Some("c"));
        assert_eq!(part(block, "a\n  | b \n\n   | c x\n", "| b"), Some("| b"));
        assert_eq!(part(block, "a\n  | b \n\n   | c x\n", "x\n"), Some("x"));
        assert_eq!(part("\"a\" b\n      c", "\"a\" b\nc", "c"), Some("c"));
        assert_eq!(part("''", "", ""), Some(""));
    }

    proptest! {
        /// A literal block gives its lines back, whatever their own indentation.
        #[test]
        fn parts_of_blocks_are_found(lines in prop::collection::vec("[a-c|\"']( ?[a-c|\"']){0,4} {0,2}", 1..5), own in prop::collection::vec(0_usize..4, 5), at in any::<prop::sample::Index>()) {
            let text = |indentation: usize| {
                let line = |(line, own): (&String, &usize)| format!("{}{line}", " ".repeat(indentation + own));
                lines.iter().zip(&own).map(line).collect::<Vec<_>>().join("\n")
            };
            // The first line's own indentation would be that of the block.
            let (value, written) = (text(0), text(6));
            let (value, written) = (&value[own[0]..], &written[own[0] + 6..]);
            let places: Vec<usize> = value.match_indices(|c| !matches!(c, ' ' | '\n')).map(|(at, _)| at).collect();
            let at = *at.get(&places);
            let range = written_part(written, value, at..at + 1).expect("found");
            prop_assert_eq!(&written[range.clone()], &value[at..=at]);
            let line = value[..at].matches('\n').count();
            prop_assert_eq!(written[..range.start].matches('\n').count(), line);
        }

        /// In single quotes only the quote is written in another way.
        #[test]
        fn single_quoted_parts_are_found(before in "[^\r\n\t ]{0,6}", inner in "[^\r\n\t ]{1,6}", after in "[^\r\n\t ]{0,6}") {
            let doubled = |text: &str| text.replace('\'', "''");
            let written = format!("'{}{}{}'", doubled(&before), doubled(&inner), doubled(&after));
            let value = format!("{before}{inner}{after}");
            let range = written_part(&written, &value, before.len()..before.len() + inner.len()).expect("found");
            prop_assert_eq!(&written[range], doubled(&inner));
        }
    }
}
