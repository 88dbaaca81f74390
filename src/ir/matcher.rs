//! A pattern made ready for many texts.
//!
//! In: a [`Pattern`] and how it regards case. Out: whether a text fits it, quickly. [`Pattern::matches`] says what that
//! means; this must answer the same.

use super::pattern::{Case, Pattern, TextShape, Token, fits};

/// A [`Pattern`] that was folded once, to be held against texts that were folded as well.
#[derive(Debug)]
pub struct Matcher {
    case: Case,
    test: Test,
}

/// What a folded text is held against. Characters are folded one for one, so that parts of texts stay parts.
#[derive(Debug)]
enum Test {
    Anything,
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Other(Vec<Token>),
}

impl Matcher {
    /// Makes a pattern ready.
    pub fn new(pattern: &Pattern, case: Case) -> Self {
        let test = match pattern.shape() {
            TextShape::Anything => Test::Anything,
            TextShape::Equals(text) => Test::Equals(case.fold(text)),
            TextShape::StartsWith(text) => Test::StartsWith(case.fold(text)),
            TextShape::EndsWith(text) => Test::EndsWith(case.fold(text)),
            TextShape::Contains(text) => Test::Contains(case.fold(text)),
            TextShape::Other => Test::Other(pattern.tokens(case)),
        };
        Self { case, test }
    }

    /// How it regards case.
    pub fn case(&self) -> Case {
        self.case
    }

    /// Whether the whole text fits. `folded` is what [`Case::fold`] of this case makes of it.
    pub fn fits(&self, folded: &str) -> bool {
        match &self.test {
            Test::Anything => true,
            Test::Equals(text) => folded == text,
            Test::StartsWith(text) => folded.starts_with(text),
            Test::EndsWith(text) => folded.ends_with(text),
            Test::Contains(text) => folded.contains(text),
            Test::Other(tokens) => fits(tokens, folded),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pattern::Piece;
    use super::*;

    proptest! {
        #[test]
        fn a_matcher_answers_as_its_pattern(
            pieces in proptest::collection::vec(
                prop_oneof!["[abÀàİKk\\\\*]{1,2}".prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne)], 0..5),
            text in "[abAÀàİKKk\\\\*]{0,6}",
            sensitive: bool,
        ) {
            let pattern = Pattern::from_pieces(pieces);
            let case = if sensitive { Case::Sensitive } else { Case::Insensitive };
            prop_assert_eq!(Matcher::new(&pattern, case).fits(&case.fold(&text)), pattern.matches(&text, case));
        }
    }
}
