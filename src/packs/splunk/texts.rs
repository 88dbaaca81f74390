//! Texts in which Splunk replaces `$name$` by a value of the result.
//!
//! In: plain text, or a message with fields. Out: text in which each token is meant. In titles, descriptions and
//! messages a literal `$` is written `$$`. In searches nothing is known to undo that, so a search is left as it is, and
//! refused if it holds what could be taken for a token.

use crate::ir::{Message, MessagePart};
use crate::packs::Entry;

/// Plain text: every `$` is doubled.
pub(in crate::packs) fn plain(text: &str) -> String {
    text.replace('$', "$$")
}

/// A message: fields become tokens with the names of their columns.
pub(in crate::packs) fn message(message: &Message, entry: &Entry) -> String {
    let part = |part: &MessagePart| match part {
        MessagePart::Text(text) => plain(text),
        MessagePart::Field(field) => token(super::column(entry, &field.value.name)),
        MessagePart::Summary(column) => token(column.name()),
    };
    message.parts.iter().map(part).collect()
}

/// `$name$`.
pub(in crate::packs) fn token(column: &str) -> String {
    format!("${column}$")
}

/// What a reader of tokens could replace in a search: `$word$`, without blanks and quotes between.
pub(in crate::packs) fn token_in(search: &str) -> Option<&str> {
    let mut marks = search.match_indices('$').map(|(at, _)| at).peekable();
    while let Some(start) = marks.next() {
        let end = *marks.peek()?;
        let inner = &search[start + 1..end];
        if !inner.contains(|c: char| c.is_whitespace() || c == '"') {
            return Some(&search[start..=end]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_dollars_are_doubled_in_texts() {
        assert_eq!(plain("from $5 to $6"), "from $$5 to $$6");
    }

    #[test]
    fn what_looks_like_a_token_is_found_in_searches() {
        assert_eq!(token_in(r#"share IN ("ADMIN$","C$")"#), None);
        assert_eq!(token_in(r#"a="x$y$z""#), Some("$y$"));
        assert_eq!(token_in("a=\"$$\""), Some("$$"));
        assert_eq!(token_in("a=\"$\" b=\"c$d$\""), Some("$d$"));
        assert_eq!(token_in("a=$"), None);
    }
}
