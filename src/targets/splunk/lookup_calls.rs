//! Which lookups a search reads, and which of their columns.
//!
//! In: the text of a search. Out: the calls of `lookup` and `inputlookup`. Packs hold them against what they bring along;
//! nothing here changes a search.

use super::lexer::{Dialect, Token, tokens};

/// A use of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupCall {
    /// The lookup.
    pub name: String,
    /// Its columns, as far as the command names them.
    pub columns: Vec<String>,
}

/// The lookups that a search reads or writes, in order. `None` when the text is no search.
pub fn lookup_calls(search: &str) -> Option<Vec<LookupCall>> {
    let tokens = tokens(search, Dialect::Query).ok()?;
    let mut calls = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        // A command follows a pipe, or begins the search or a subsearch.
        let begins =
            at.checked_sub(1).is_none_or(|before| matches!(tokens[before], Token::Pipe | Token::OpenBracket));
        let command = word.to_lowercase();
        if !begins || !["lookup", "inputlookup", "outputlookup"].contains(&command.as_str()) {
            continue;
        }
        // Options come first: `append=true`, `local = t`.
        let mut words = words_of(&tokens[at + 1..]).into_iter().peekable();
        while words.peek().is_some_and(|word| word.contains('=')) {
            words.next();
        }
        let Some(name) = words.next() else { continue };
        let columns = if command == "lookup" { columns(words) } else { Vec::new() };
        calls.push(LookupCall { name, columns });
    }
    Some(calls)
}

/// The words of a command. An option that is written with blanks around its `=` is one word.
fn words_of(tokens: &[Token]) -> Vec<String> {
    let command = tokens.iter().take_while(|token| !matches!(token, Token::Pipe | Token::CloseBracket));
    let mut words: Vec<String> = Vec::new();
    for token in command {
        let texts: Vec<String> = match token {
            Token::Word(word) => word.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            Token::Text(text) => vec![text.clone()],
            Token::Pipe
            | Token::Open
            | Token::Close
            | Token::OpenBracket
            | Token::CloseBracket
            | Token::Name(_)
            | Token::Macro(_)
            | Token::Comment(_) => Vec::new(),
        };
        for text in texts {
            match words.last_mut() {
                Some(last) if last.ends_with('=') || text.starts_with('=') => last.push_str(&text),
                _ => words.push(text),
            }
        }
    }
    words
}

/// `column AS field … OUTPUT column AS field …`: the columns alone.
fn columns(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut columns = Vec::new();
    let mut is_field = false;
    for word in words {
        match word.to_lowercase().as_str() {
            "output" | "outputnew" => {}
            "as" => is_field = true,
            _ if is_field => is_field = false,
            _ if columns.contains(&word) => {}
            _ => columns.push(word),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_with_their_columns() {
        let of = |search: &str| {
            let calls = lookup_calls(search).expect("a search");
            calls
                .into_iter()
                .map(|call| format!("{}: {}", call.name, call.columns.join(" ")))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("index=a | lookup local=true l c AS f, d OUTPUT e AS \"x y\", c AS g | where lookup=1"),
            ["l: c d e"]
        );
        assert_eq!(of("index=a [| inputlookup append = t names | fields a]"), ["names: "]);
        assert_eq!(of("index=a lookup x | LOOKUP \"a b\" c"), ["a b: c"]);
        assert_eq!(of("index=a | eval lookup=\"| lookup x y\""), [""; 0]);
        assert_eq!(lookup_calls("\"open"), None);
    }
}
