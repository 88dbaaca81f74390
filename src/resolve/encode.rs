//! Values in other clothes: Base64, UTF-16, Windows dashes.
//!
//! In: a text or a pattern. Out: the texts or patterns that an attacker's event could hold instead.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::modifiers::Wide;
use crate::ir::{Pattern, Piece};

/// The dashes that Windows programs take for one another. Source: sigma-specification 2.1.0, `windash`.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// More dashes than this in one value would give thousands of alternatives.
pub(super) const MAX_DASHES: usize = 3;

/// The bytes of a text in an encoding; UTF-8 without one.
pub(super) fn bytes(text: &str, wide: Option<Wide>) -> Vec<u8> {
    match wide {
        None => text.as_bytes().to_vec(),
        Some(Wide::LittleEndian) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(Wide::BigEndian) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Some(Wide::WithMark) => {
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
    }
}

/// The Base64 text of the bytes.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The three texts of which one occurs in the Base64 of any data that holds the bytes, one for each position modulo
/// three. Only characters that depend on the bytes alone are kept.
pub(super) fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|shift| {
            let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
            let encoded = STANDARD.encode(&padded);
            // Characters at the start that also depend on what stands before, and at the end on what follows.
            let start = [0, 2, 3][shift];
            let end = encoded.len() - [0, 3, 2][padded.len() % 3];
            encoded.get(start..end).unwrap_or_default().to_owned()
        })
        .collect()
}

/// Every pattern that results when the dashes that start a parameter are replaced by one another. `None` when there
/// are too many dashes.
pub(super) fn windash(pattern: &Pattern) -> Option<Vec<Pattern>> {
    let places = dash_places(pattern);
    if places.len() > MAX_DASHES {
        return None;
    }
    let mut all = vec![pattern.pieces().to_vec()];
    for (piece, offset) in places {
        all = all
            .iter()
            .flat_map(|pieces| DASHES.iter().map(|dash| with_character(pieces, piece, offset, *dash)))
            .collect();
    }
    Some(all.into_iter().map(Pattern::from_pieces).collect())
}

/// Dashes with no word character before and one after: the start of a parameter, not a part of a word.
fn dash_places(pattern: &Pattern) -> Vec<(usize, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = Vec::new();
    for (index, piece) in pattern.pieces().iter().enumerate() {
        let Piece::Literal(text) = piece else { continue };
        let characters: Vec<char> = text.chars().collect();
        for (offset, c) in characters.iter().enumerate() {
            let before = offset.checked_sub(1).map(|i| characters[i]);
            let after = characters.get(offset + 1).copied();
            if matches!(c, '-' | '/') && !before.is_some_and(is_word) && after.is_some_and(is_word) {
                places.push((index, offset));
            }
        }
    }
    places
}

fn with_character(pieces: &[Piece], index: usize, offset: usize, dash: char) -> Vec<Piece> {
    let mut pieces = pieces.to_vec();
    if let Some(Piece::Literal(text)) = pieces.get_mut(index) {
        *text = text.chars().enumerate().map(|(i, c)| if i == offset { dash } else { c }).collect();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_byte_order_mark_is_two_bytes() {
        assert_eq!(base64(&bytes("foo", Some(Wide::WithMark))), "//5mAG8AbwA=");
        assert_eq!(base64(&bytes("foo", Some(Wide::LittleEndian))), "ZgBvAG8A");
    }

    #[test]
    fn dashes_inside_words_stay() {
        let found = windash(&Pattern::parse("a-b -enc")).expect("few dashes");
        let texts: Vec<_> = found.iter().filter_map(Pattern::as_literal).collect();
        assert_eq!(texts, ["a-b -enc", "a-b /enc", "a-b –enc", "a-b —enc", "a-b ―enc"]);
        assert!(windash(&Pattern::parse("-a -b -c -d")).is_none());
    }

    proptest! {
        /// The definition: whatever stands around the bytes, one of the three texts is in the encoding.
        #[test]
        fn offsets_occur_in_every_embedding(before in proptest::collection::vec(any::<u8>(), 0..7),
                                            text in ".{1,12}", after in proptest::collection::vec(any::<u8>(), 0..7)) {
            let needle = bytes(&text, None);
            let whole: Vec<u8> = before.iter().chain(&needle).chain(&after).copied().collect();
            let encoded = base64(&whole);
            let offsets = base64_offsets(&needle);
            prop_assert!(encoded.contains(&offsets[before.len() % 3]));
        }
    }
}
