//! KQL as tokens.
//!
//! In: the text of a query. Out: tokens with their places, literals already decoded. Must not know the grammar.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/scalar-data-types/string> for literals,
//! <https://learn.microsoft.com/kusto/query/schema-entities/entity-names> for names.

use super::clock;
use super::problem::Problem;
use crate::source::Span;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare name or keyword.
    Name(String),
    /// A string literal, decoded.
    Text(String),
    /// A whole number.
    Long(i64),
    /// A number with a point or an exponent.
    Real(f64),
    /// A span such as `7d`, in ticks.
    TimeSpan(i64),
    /// `datetime(…)` and its like: the type's name, and what stands in the parentheses.
    Typed(String, String),
    /// An operator or separator.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A token and its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) span: Span,
}

/// Longest first, so that none hides another.
const SIGNS: &[&str] = &[
    "!=", "!~", "==", "=~", "<>", "<=", ">=", "=>", "..", "|", ",", ";", ":", "(", ")", "[", "]", "{", "}",
    "=", "<", ">", "+", "-", "*", "/", "%", ".", "!", "~", "?",
];

/// Types whose literals have a notation of their own in parentheses.
const LITERALS: &[&str] = &[
    "datetime", "date", "timespan", "time", "guid", "dynamic", "bool", "boolean", "int", "long", "real",
    "double", "decimal",
];

/// Takes a query apart. Ends with [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Problem> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip();
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push(Placed { token, span: Span::new(start, lexer.at) });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn take(&mut self, count: usize) -> &'a str {
        let taken = &self.text[self.at..self.at + count];
        self.at += count;
        taken
    }

    fn problem(&self, message: &str, start: usize) -> Problem {
        let end = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
        Problem::syntax(message, Span::new(start, end))
    }

    fn token(&mut self) -> Result<Token, Problem> {
        let Some(first) = self.peek() else { return Ok(Token::End) };
        if let Some(text) = self.string()? {
            return Ok(Token::Text(text));
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == '_' || first == '$' {
            let rest = self.rest();
            let end = rest[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .map_or(rest.len(), |end| end + 1);
            let name = self.take(end);
            if LITERALS.contains(&name) && self.rest().trim_start().starts_with('(') {
                return self.typed(name);
            }
            return Ok(Token::Name(name.to_owned()));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let start = self.at;
        self.at += first.len_utf8();
        Err(Problem::syntax(
            format!("the character {first:?} has no meaning here"),
            Span::new(start, self.at),
        ))
    }

    /// A string literal, if one starts here. `h` before it hides it from logs and means nothing more.
    fn string(&mut self) -> Result<Option<String>, Problem> {
        let start = self.at;
        let rest = self.rest();
        let hidden = rest.strip_prefix(['h', 'H']).unwrap_or(rest);
        let plain = hidden.strip_prefix('@').unwrap_or(hidden);
        let verbatim = plain.len() != hidden.len();
        for fence in ["```", "~~~"] {
            if hidden.starts_with(fence) {
                let body = &hidden[3..];
                let Some(end) = body.find(fence) else {
                    return Err(self.problem("the string is not closed", start));
                };
                self.at += rest.len() - body.len() + end + 3;
                return Ok(Some(body[..end].to_owned()));
            }
        }
        let Some(quote) = plain.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(None) };
        self.at += rest.len() - plain.len() + 1;
        let mut text = String::new();
        loop {
            let Some(next) = self.peek().filter(|c| !matches!(c, '\n' | '\r')) else {
                return Err(self.problem("the string is not closed", start));
            };
            self.at += next.len_utf8();
            if next == quote {
                if verbatim && self.peek() == Some(quote) {
                    self.at += 1;
                    text.push(quote);
                    continue;
                }
                return Ok(Some(text));
            }
            if next == '\\' && !verbatim {
                text.push(self.escape()?);
            } else {
                text.push(next);
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, Problem> {
        let start = self.at - 1;
        let Some(next) = self.peek() else { return Err(self.problem("the string is not closed", start)) };
        self.at += next.len_utf8();
        let simple = match next {
            '\\' | '\'' | '"' => Some(next),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'a' => Some('\u{7}'),
            '0' => Some('\0'),
            _ => None,
        };
        let digits = match next {
            'x' => 2,
            'u' => 4,
            _ => 0,
        };
        let hex = self.rest().get(..digits).filter(|hex| !hex.is_empty());
        let coded = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if coded.is_some() {
            self.at += digits;
        }
        simple.or(coded).ok_or_else(|| {
            Problem::syntax("this is no escape of a Kusto string", Span::new(start, self.at))
                .help("write a backslash as `\\\\`, or the string as @\"…\"")
        })
    }

    fn number(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let rest = self.rest();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let count = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
            self.at += 2 + count;
            return i64::from_str_radix(&hex[..count], 16)
                .map(Token::Long)
                .map_err(|_| self.problem("the number is out of range", start));
        }
        let whole = digits(rest);
        let mut end = whole;
        // `1..5` is a range, not the number `1.`.
        if rest[end..].starts_with('.') && !rest[end..].starts_with("..") {
            let fraction = digits(&rest[end + 1..]);
            if fraction > 0 {
                end += 1 + fraction;
            }
        }
        let exponent = rest[end..].strip_prefix(['e', 'E']).map(|after| {
            let sign = usize::from(after.starts_with(['+', '-']));
            (1 + sign, digits(&after[sign..]))
        });
        if let Some((before, count)) = exponent.filter(|(_, count)| *count > 0) {
            end += before + count;
        }
        let number = &rest[..end];
        let letters =
            rest[end..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if letters > 0 {
            self.at += end + letters;
            let text = &rest[..end + letters];
            return clock::read_span(text).map(Token::TimeSpan).ok_or_else(|| {
                Problem::syntax(format!("`{text}` is neither a number nor a span"), Span::new(start, self.at))
            });
        }
        self.at += end;
        let token = if end == whole {
            number.parse().ok().map(Token::Long)
        } else {
            number.parse().ok().map(Token::Real)
        };
        token.ok_or_else(|| Problem::syntax("the number is out of range", Span::new(start, self.at)))
    }

    /// What stands in the parentheses of a typed literal. Strings inside may hold parentheses.
    fn typed(&mut self, name: &str) -> Result<Token, Problem> {
        let start = self.at;
        self.skip();
        self.at += 1;
        let from = self.at;
        let mut depth = 1;
        loop {
            if self.string()?.is_some() {
                continue;
            }
            let Some(next) = self.peek() else {
                return Err(self.problem("the parenthesis is not closed", start));
            };
            match next {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            self.at += next.len_utf8();
            if depth == 0 {
                let raw = &self.text[from..self.at - 1];
                return Ok(Token::Typed(name.to_owned(), raw.trim().to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Token> {
        let mut all: Vec<Token> =
            tokens(text).expect("reads").into_iter().map(|placed| placed.token).collect();
        all.pop();
        all
    }

    #[test]
    fn literals_are_decoded() {
        assert_eq!(read(r#""a\\b\"\t""#), [Token::Text("a\\b\"\t".into())]);
        assert_eq!(
            read(r#"@"a\b""c" @'it''s'"#),
            [Token::Text("a\\b\"c".into()), Token::Text("it's".into())]
        );
        assert_eq!(read("```a\n\\```"), [Token::Text("a\n\\".into())]);
        assert_eq!(read(r"'\x41é'"), [Token::Text("Aé".into())]);
        assert_eq!(
            read("1 1.5 2e3 7d 0x1F"),
            [
                Token::Long(1),
                Token::Real(1.5),
                Token::Real(2000.0),
                Token::TimeSpan(7 * clock::DAY),
                Token::Long(31)
            ]
        );
        assert_eq!(read("1..5"), [Token::Long(1), Token::Sign(".."), Token::Long(5)]);
        assert_eq!(
            read("dynamic({\"a\": \")\"})"),
            [Token::Typed("dynamic".into(), "{\"a\": \")\"}".into())]
        );
        assert_eq!(read("a // b\n| c"), [Token::Name("a".into()), Token::Sign("|"), Token::Name("c".into())]);
    }

    #[test]
    fn what_is_no_token_is_refused_with_its_place() {
        for (text, start) in
            [("a \"b", 2), ("'\\q'", 1), ("a # b", 2), ("x 3abc", 2), ("datetime(2020", 8), ("'a\nb'", 0)]
        {
            let problem = tokens(text).expect_err(text);
            assert_eq!(problem.span.start, start, "{text}: {problem:?}");
        }
    }
}
