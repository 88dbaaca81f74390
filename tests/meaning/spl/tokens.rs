//! Cutting text into tokens, for both grammars.

use super::{Answer, Problem};

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word.
    Word(String),
    /// A text in double quotes, unescaped.
    Quoted(String),
    /// A name in single quotes.
    Field(String),
    /// `= == != < <= > >= ( ) , + - . * / %`
    Sign(&'static str),
}

const SIGNS: [&str; 16] =
    ["==", "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "+", "-", ".", "*", "/", "%"];

/// The text with each comment in triple backticks as a blank (S43).
pub(super) fn without_comments(text: &str) -> Answer<String> {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if quote.is_none() && text[at..].starts_with("```") {
            let Some(length) = text[at + 3..].find("```") else {
                return Err(Problem::Syntax("a comment is not closed".to_owned()));
            };
            return Ok(out + " " + &without_comments(&text[at + length + 6..])?);
        }
        out.push(c);
        match quote {
            Some(_) if c == '\\' => out.extend(characters.next().map(|(_, escaped)| escaped)),
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
    }
    Ok(out)
}

/// The segments between pipes that stand outside of quotes.
pub(super) fn pipeline(text: &str) -> Answer<Vec<&str>> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '`' || c == '[' => return Err(Problem::Syntax("a macro or subsearch".to_owned())),
            None if c == '|' => {
                segments.push(text[start..i].trim());
                start = i + 1;
            }
            None => {}
        }
    }
    if quote.is_some() {
        return Err(Problem::Syntax("a quote is not closed".to_owned()));
    }
    segments.push(text[start..].trim());
    Ok(segments)
}

/// Tokens of the `search` command, where words run up to white space, a comparison or a parenthesis.
pub(super) fn of_search(text: &str) -> Answer<Vec<Token>> {
    cut(text, &["!=", "<=", ">=", "=", "<", ">", "(", ")", ","], &|c| {
        !c.is_whitespace() && !matches!(c, '=' | '<' | '>' | '!' | '(' | ')' | ',' | '"')
    })
}

/// Tokens of an eval expression.
pub(super) fn of_eval(text: &str) -> Answer<Vec<Token>> {
    cut(text, &SIGNS, &|c| c.is_alphanumeric() || c == '_')
}

fn cut(text: &str, signs: &[&'static str], in_word: &dyn Fn(char) -> bool) -> Answer<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if c == '"' {
            let (content, after) = quoted(rest, '"')?;
            tokens.push(Token::Quoted(unescape(content)));
            rest = after;
        } else if c == '\'' && !in_word('\'') {
            let (content, after) = quoted(rest, '\'')?;
            tokens.push(Token::Field(content.to_owned()));
            rest = after;
        } else if let Some(number) = number(rest).filter(|_| !in_word('.')) {
            tokens.push(Token::Word(number.to_owned()));
            rest = &rest[number.len()..];
        } else if let Some(sign) = signs.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
            if length == 0 {
                return Err(Problem::Syntax(format!("a stray {c:?}")));
            }
            tokens.push(Token::Word(rest[..length].to_owned()));
            rest = &rest[length..];
        }
    }
    Ok(tokens)
}

fn number(text: &str) -> Option<&str> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Some(&text[..end])
}

fn quoted(text: &str, quote: char) -> Answer<(&str, &str)> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Ok((&text[1..i], &text[i + 1..])),
            _ => {}
        }
    }
    Err(Problem::Syntax("a quote is not closed".to_owned()))
}

/// S35: `\"`, `\\` and `\|` lose their backslash, every other stays as written.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('\\', Some(next @ ('"' | '\\' | '|'))) => {
                out.push(*next);
                characters.next();
            }
            _ => out.push(c),
        }
    }
    out
}
