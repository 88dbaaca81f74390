//! Text patterns: literals and wildcards as tokens, never as text that is parsed again.

/// Whether letters of different case are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// `A` equals `a`.
    Insensitive,
    /// `A` differs from `a`.
    Sensitive,
}

impl Case {
    /// The text in the form in which two texts are compared: for [`Case::Insensitive`] every character becomes its
    /// lower-case form, one for one, so that lengths stay. A character without a single one (`İ`) stays as it is.
    pub fn fold(self, text: &str) -> String {
        match self {
            Case::Insensitive if text.is_ascii() => text.to_ascii_lowercase(),
            Case::Insensitive => text.chars().map(lower).collect(),
            Case::Sensitive => text.to_owned(),
        }
    }
}

/// Whether a byte means something in Sigma's notation.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'\\')
}

/// What stands before the first special byte, that itself, and what follows.
fn split_special(text: &str) -> Option<(&str, u8, &str)> {
    let at = text.bytes().position(is_special)?;
    Some((&text[..at], text.as_bytes()[at], &text[at + 1..]))
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// One token of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This text. Never empty; never beside another literal.
    Literal(String),
    /// Any run of characters, also none. Never beside another of its kind.
    AnyRun,
    /// Exactly one character.
    AnyOne,
}

/// A pattern for a whole value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// The shapes for which targets have an operator of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextShape<'a> {
    /// Exactly this text (may be empty).
    Equals(&'a str),
    /// Begins with this text.
    StartsWith(&'a str),
    /// Ends with this text.
    EndsWith(&'a str),
    /// Has this text somewhere.
    Contains(&'a str),
    /// Anything at all, also the empty text.
    Anything,
    /// None of these: wildcards in the middle, or single-character wildcards.
    Other,
}

impl Pattern {
    /// A pattern without wildcards.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { pieces: if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text)] } }
    }

    /// Builds a pattern from tokens, joining neighbours that mean one thing.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut pattern = Self::default();
        for piece in pieces {
            pattern.push(piece);
        }
        pattern
    }

    /// Reads Sigma's notation: `*` and `?` are wildcards; a backslash escapes only `*`, `?` and itself.
    ///
    /// Source: sigma-specification 2.1.0, "Escaping". `\x` is a backslash and an x.
    pub fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        let mut rest = text;
        while let Some((plain, special, after)) = split_special(rest) {
            pattern.push_text(plain, rest.len());
            rest = match special {
                b'*' => {
                    pattern.push(Piece::AnyRun);
                    after
                }
                b'?' => {
                    pattern.push(Piece::AnyOne);
                    after
                }
                // A backslash: it stands for what it escapes, or for itself.
                _ => {
                    let escaped = usize::from(after.bytes().next().is_some_and(is_special));
                    pattern.push_text(if escaped == 0 { "\\" } else { &after[..escaped] }, rest.len());
                    &after[escaped..]
                }
            };
        }
        pattern.push_text(rest, rest.len());
        pattern
    }

    /// The tokens.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds a token at the end.
    pub fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Literal(text)) if text.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(text)) => last.push_str(&text),
            (Some(Piece::AnyRun), Piece::AnyRun) => {}
            (_, piece) => self.pieces.push(piece),
        }
    }

    /// Adds a text at the end; `room` is how long its literal may become.
    fn push_text(&mut self, text: &str, room: usize) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => {
                let mut literal = String::with_capacity(room);
                literal.push_str(text);
                self.pieces.push(Piece::Literal(literal));
            }
        }
    }

    /// The same pattern with `*` before it, unless it has one.
    #[must_use]
    pub fn open_start(mut self) -> Self {
        if self.pieces.first() != Some(&Piece::AnyRun) {
            self.pieces.insert(0, Piece::AnyRun);
        }
        self
    }

    /// The same pattern with `*` after it, unless it has one.
    #[must_use]
    pub fn open_end(mut self) -> Self {
        self.push(Piece::AnyRun);
        self
    }

    /// Whether it has wildcards.
    pub fn has_wildcards(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_)))
    }

    /// The text, if there are no wildcards.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The literal parts, in order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::AnyRun | Piece::AnyOne => None,
        })
    }

    /// Which simple shape it has.
    pub fn shape(&self) -> TextShape<'_> {
        match self.pieces.as_slice() {
            [] => TextShape::Equals(""),
            [Piece::Literal(text)] => TextShape::Equals(text),
            [Piece::AnyRun] => TextShape::Anything,
            [Piece::Literal(text), Piece::AnyRun] => TextShape::StartsWith(text),
            [Piece::AnyRun, Piece::Literal(text)] => TextShape::EndsWith(text),
            [Piece::AnyRun, Piece::Literal(text), Piece::AnyRun] => TextShape::Contains(text),
            _ => TextShape::Other,
        }
    }

    /// Whether the whole text fits. This is the meaning of a pattern.
    pub fn matches(&self, text: &str, case: Case) -> bool {
        fits(&self.tokens(case), &case.fold(text))
    }

    /// The pattern character by character, folded.
    pub(super) fn tokens(&self, case: Case) -> Vec<Token> {
        let of_piece = |piece: &Piece| match piece {
            Piece::Literal(literal) => case.fold(literal).chars().map(Token::Character).collect(),
            Piece::AnyRun => vec![Token::AnyRun],
            Piece::AnyOne => vec![Token::AnyOne],
        };
        self.pieces.iter().flat_map(of_piece).collect()
    }

    /// Sigma's notation again: `parse` of the result is this pattern. A backslash is doubled only where it would
    /// otherwise escape what follows, or stands beside another: `\\\\` is easier to read than `\\\`.
    pub fn to_sigma(&self) -> String {
        let mut out = String::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::AnyRun => out.push('*'),
                Piece::AnyOne => out.push('?'),
                Piece::Literal(text) => {
                    let wildcard_follows = i + 1 < self.pieces.len();
                    let mut characters = text.chars().peekable();
                    let mut previous = None;
                    while let Some(c) = characters.next() {
                        let next = characters.peek();
                        let doubled = match c {
                            '*' | '?' => true,
                            '\\' => match next {
                                Some('*' | '?' | '\\') => true,
                                Some(_) => previous == Some('\\'),
                                None => wildcard_follows || previous == Some('\\'),
                            },
                            _ => false,
                        };
                        if doubled {
                            out.push('\\');
                        }
                        out.push(c);
                        previous = Some(c);
                    }
                }
            }
        }
        out
    }
}

/// One character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Character(char),
    AnyRun,
    AnyOne,
}

/// Whether folded tokens take up the whole of a folded text. Greedy, with one point of return: linear for patterns
/// without wildcards, at worst tokens times characters.
pub(super) fn fits(tokens: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut t, mut c) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while c < text.len() {
        match tokens.get(t) {
            Some(Token::Character(character)) if *character == text[c] => (t, c) = (t + 1, c + 1),
            Some(Token::AnyOne) => (t, c) = (t + 1, c + 1),
            Some(Token::AnyRun) => {
                resume = Some((t, c));
                t += 1;
            }
            _ => match resume {
                Some((run, from)) => {
                    resume = Some((run, from + 1));
                    (t, c) = (run + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    tokens[t..].iter().all(|token| *token == Token::AnyRun)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table of the specification: value as written, tokens meant.
    #[test]
    fn escapes_as_the_specification_says() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let cases: [(&str, Vec<Piece>); 9] = [
            (r"a\b", vec![literal(r"a\b")]),
            (r"a\\b", vec![literal(r"a\b")]),
            (r"a\*b", vec![literal("a*b")]),
            (r"a\\*b", vec![literal(r"a\"), Piece::AnyRun, literal("b")]),
            (r"a\\\*b", vec![literal(r"a\*b")]),
            (r"a\\\b", vec![literal(r"a\\b")]),
            (r"\*.bak", vec![literal("*.bak")]),
            ("a?b**c", vec![literal("a"), Piece::AnyOne, literal("b"), Piece::AnyRun, literal("c")]),
            ("", vec![]),
        ];
        for (written, pieces) in cases {
            assert_eq!(Pattern::parse(written).pieces(), pieces, "{written}");
        }
    }

    #[test]
    fn a_wildcard_added_after_a_backslash_stays_a_wildcard() {
        let pattern = Pattern::parse(r"C:\Users\").open_end();
        assert_eq!(pattern.pieces(), [Piece::Literal(r"C:\Users\".to_owned()), Piece::AnyRun]);
        assert_eq!(pattern.to_sigma(), r"C:\Users\\*");
    }

    #[test]
    fn a_run_of_backslashes_is_doubled_as_a_whole() {
        for (text, written) in [
            (r"\\host", r"\\\\host"),
            (r"\\", r"\\\\"),
            (r"a\b\", r"a\b\"),
            (r"\\\x", r"\\\\\\x"),
            (r"\\*", r"\\\\\*"),
        ] {
            assert_eq!(Pattern::literal(text).to_sigma(), written);
            assert_eq!(Pattern::parse(written), Pattern::literal(text));
        }
    }

    #[test]
    fn matches_whole_values() {
        let fits = |pattern: &str, text: &str| Pattern::parse(pattern).matches(text, Case::Insensitive);
        assert!(
            fits("a*c?e", "AbcbCde") && fits("*", "") && fits("", "") && fits("*b*", "abc") && fits("?", "é")
        );
        assert!(!fits("a*c?e", "abcde_") && !fits("?", "") && !fits("a", "ab") && !fits("", "a"));
        assert!(!Pattern::parse("A*").matches("abc", Case::Sensitive));
    }

    #[test]
    fn folding_keeps_lengths() {
        assert_eq!(Case::Insensitive.fold("ÀİK"), "àİk");
        assert!(Pattern::parse("?").matches("İ", Case::Insensitive));
    }

    #[test]
    fn wildcards_at_an_edge_are_not_doubled() {
        assert_eq!(Pattern::parse("*a*").open_start().open_end(), Pattern::parse("*a*"));
    }

    proptest! {
        #[test]
        fn sigma_notation_round_trips(pieces in proptest::collection::vec(
            prop_oneof![".{0,6}".prop_map(Piece::Literal), r"[\\*?]{1,4}".prop_map(Piece::Literal),
                        Just(Piece::AnyRun), Just(Piece::AnyOne)], 0..6)) {
            let pattern = Pattern::from_pieces(pieces);
            prop_assert_eq!(Pattern::parse(&pattern.to_sigma()), pattern);
        }
    }
}
