//! A lexer of our own for SPL.
//!
//! In: eval fragments of bindings, `raw` queries, and in tests what this target has printed. Out: tokens, or why the
//! text is no well-formed query. Shares no code with the printer. Knows the lexis, not the commands.

use thiserror::Error;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`: a subsearch begins.
    OpenBracket,
    /// `]`
    CloseBracket,
    /// A text in double quotes, its escapes resolved.
    Text(String),
    /// A field name in single quotes (eval only).
    Name(&'a str),
    /// A macro call, without its backticks.
    Macro(&'a str),
    /// A comment, without its backticks.
    Comment(&'a str),
    /// A run of other characters up to white space or syntax. In eval: a word, a number, or operators.
    Word(&'a str),
}

/// What kind of text is read: single quotes hold field names in eval, and are plain characters in `search`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// An eval expression.
    Eval,
    /// A whole query.
    Query,
}

/// Why a text is not well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum LexProblem {
    /// A double quote without its partner.
    #[error("a double quote is not closed")]
    OpenText,
    /// A single quote without its partner.
    #[error("a single quote is not closed")]
    OpenName,
    /// A backtick without its partner.
    #[error("a backtick is not closed")]
    OpenMacro,
    /// Three backticks without their partners.
    #[error("a comment is not closed")]
    OpenComment,
    /// `(` or `[` without its partner, or the wrong one.
    #[error("parentheses or brackets do not match")]
    Unbalanced,
    /// Nothing between two pipes, or at the end.
    #[error("a pipe without a command")]
    EmptyCommand,
    /// Nothing at all.
    #[error("the query is empty")]
    Empty,
    /// A pipe, macro, comment, bracket or line break in an expression.
    #[error("an expression may hold no pipe, macro, comment, subsearch or line break")]
    NotAnExpression,
}

/// Cuts a text into tokens.
pub(super) fn tokens(text: &str, dialect: Dialect) -> Result<Vec<Token<'_>>, LexProblem> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let token;
        (token, rest) = match c {
            c if c.is_whitespace() => (None, &rest[c.len_utf8()..]),
            '|' => (Some(Token::Pipe), &rest[1..]),
            '(' => (Some(Token::Open), &rest[1..]),
            ')' => (Some(Token::Close), &rest[1..]),
            '[' => (Some(Token::OpenBracket), &rest[1..]),
            ']' => (Some(Token::CloseBracket), &rest[1..]),
            '"' => {
                let (value, after) = quoted(&rest[1..]).ok_or(LexProblem::OpenText)?;
                (Some(Token::Text(value)), after)
            }
            '\'' if dialect == Dialect::Eval => {
                let (name, after) = rest[1..].split_once('\'').ok_or(LexProblem::OpenName)?;
                (Some(Token::Name(name)), after)
            }
            '`' => match rest.strip_prefix("```") {
                Some(inner) => {
                    let (comment, after) = inner.split_once("```").ok_or(LexProblem::OpenComment)?;
                    (Some(Token::Comment(comment)), after)
                }
                None => {
                    let (call, after) = rest[1..].split_once('`').ok_or(LexProblem::OpenMacro)?;
                    (Some(Token::Macro(call)), after)
                }
            },
            first => {
                let length = word_length(rest, first, dialect);
                (Some(Token::Word(&rest[..length])), &rest[length..])
            }
        };
        found.extend(token);
    }
    Ok(found)
}

fn word_length(rest: &str, first: char, dialect: Dialect) -> usize {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let stops = |c: char| c.is_whitespace() || "|()[]\"`".contains(c);
    let length = match dialect {
        Dialect::Query => rest.find(stops),
        // `user."x"` is a name, an operator and a text.
        Dialect::Eval if first.is_ascii_digit() => rest.find(|c: char| !in_word(c) && c != '.'),
        Dialect::Eval if in_word(first) => rest.find(|c: char| !in_word(c)),
        Dialect::Eval => rest.find(|c: char| stops(c) || in_word(c) || c == '\''),
    };
    length.unwrap_or(rest.len())
}

/// The text up to the closing quote, and what follows. A backslash escapes itself, a double quote and a pipe; before
/// anything else it is an ordinary character (S35).
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => {
                let escaped = characters.next_if(|(_, next)| matches!(next, '\\' | '"' | '|'));
                value.push(escaped.map_or('\\', |(_, escaped)| escaped));
            }
            c => value.push(c),
        }
    }
    None
}

/// Checks that a text is one eval expression, as far as lexis goes, and gives the fields that it reads.
pub(super) fn check_expression(text: &str) -> Result<Vec<String>, LexProblem> {
    if text.contains(['\n', '\r']) {
        return Err(LexProblem::NotAnExpression);
    }
    let tokens = tokens(text, Dialect::Eval)?;
    if tokens.is_empty() {
        return Err(LexProblem::Empty);
    }
    let mut depth = 0_usize;
    let mut reads = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let name = match token {
            Token::Pipe | Token::OpenBracket | Token::CloseBracket | Token::Macro(_) | Token::Comment(_) => {
                return Err(LexProblem::NotAnExpression);
            }
            Token::Open => {
                depth += 1;
                continue;
            }
            Token::Close => {
                depth = depth.checked_sub(1).ok_or(LexProblem::Unbalanced)?;
                continue;
            }
            Token::Text(_) => continue,
            Token::Name(name) => name,
            Token::Word(word) => {
                let is_call = tokens.get(i + 1) == Some(&Token::Open);
                let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
                let is_operator =
                    ["and", "or", "not", "xor", "like", "in"].iter().any(|op| word.eq_ignore_ascii_case(op));
                if is_call || !is_name || is_operator {
                    continue;
                }
                word
            }
        };
        if !reads.iter().any(|known| known == name) {
            reads.push((*name).to_owned());
        }
    }
    if depth > 0 { Err(LexProblem::Unbalanced) } else { Ok(reads) }
}

/// Checks that a text is a well-formed query, as far as lexis goes.
pub(super) fn check_query(text: &str) -> Result<(), LexProblem> {
    let mut open = Vec::new();
    // A query, and a subsearch, may start with a pipe; after any pipe a command must follow.
    let mut previous: Option<Token> = None;
    for token in tokens(text, Dialect::Query)? {
        match &token {
            Token::Comment(_) => continue,
            Token::Open | Token::OpenBracket => open.push(token.clone()),
            Token::Close if open.pop() != Some(Token::Open) => return Err(LexProblem::Unbalanced),
            Token::CloseBracket if open.pop() != Some(Token::OpenBracket) => {
                return Err(LexProblem::Unbalanced);
            }
            Token::Pipe | Token::CloseBracket if previous == Some(Token::Pipe) => {
                return Err(LexProblem::EmptyCommand);
            }
            _ => {}
        }
        previous = Some(token);
    }
    match previous {
        None => Err(LexProblem::Empty),
        Some(_) if !open.is_empty() => Err(LexProblem::Unbalanced),
        Some(Token::Pipe) => Err(LexProblem::EmptyCommand),
        Some(_) => Ok(()),
    }
}
