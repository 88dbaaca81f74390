//! The words of KQL text: what `raw` queries and the expressions of bindings are checked by.
//!
//! In: text. Out: tokens with their places, string literals decoded; or the first problem. Must not know what the
//! target emits: it reads KQL as Microsoft's lexer does, so that it can witness the printer.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, keyword or word operator (`in~`, `!contains`).
    Word,
    /// A number or a timespan such as `1d`.
    Number,
    /// A string literal, decoded.
    Text(String),
    /// An operator, bracket or separator.
    Symbol,
    /// From `//` to the end of the line.
    Comment,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// As written.
    pub(super) text: &'a str,
    /// First byte.
    pub(super) start: usize,
}

impl Token<'_> {
    /// One past the last byte.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this operator, bracket or separator.
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }
}

/// Why text is not KQL, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// One terse fact.
    pub(super) message: String,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

impl Problem {
    /// A problem at a range.
    pub(super) fn new(message: impl Into<String>, start: usize, end: usize) -> Self {
        Self { message: message.into(), start, end }
    }
}

const SYMBOLS: [&str; 29] = [
    "=~", "!~", "==", "!=", "<=", ">=", "<>", "=>", "..", "|", "(", ")", "[", "]", "{", "}", ",", ";", ":",
    ".", "+", "-", "*", "/", "%", "<", ">", "=", "?",
];

/// Cuts text into tokens.
pub(super) fn lex(text: &str) -> Result<Vec<Token<'_>>, Problem> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..]).map_err(|problem| Problem {
            start: at + problem.start,
            end: at + problem.end,
            ..problem
        })?;
        tokens.push(Token { kind, text: &text[at..at + length], start: at });
        at += length;
    }
    Ok(tokens)
}

fn token(rest: &str) -> Result<(Kind, usize), Problem> {
    if rest.starts_with("//") {
        return Ok((Kind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())));
    }
    if let Some(found) = string(rest)? {
        return Ok(found);
    }
    let first = rest.bytes().next().unwrap_or_default();
    if first.is_ascii_digit() {
        return Ok((Kind::Number, number(rest)));
    }
    let negated = usize::from(first == b'!');
    let word = negated + rest[negated..].bytes().take_while(|b| is_word(*b)).count();
    if word > negated {
        let in_tilde = matches!(&rest[negated..word], "in") && rest[word..].starts_with('~');
        return Ok((Kind::Word, word + usize::from(in_tilde)));
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Kind::Symbol, symbol.len())),
        None => {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            Err(Problem::new(format!("`{}` has no meaning here", &rest[..length]), 0, length))
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let mut length = run(0);
    if bytes.get(length) == Some(&b'.') && bytes.get(length + 1).is_some_and(u8::is_ascii_digit) {
        length += 1 + run(length + 1);
    }
    let exponent = matches!(bytes[length - 1], b'e' | b'E') && !rest.starts_with("0x");
    if exponent && matches!(bytes.get(length), Some(b'+' | b'-')) {
        length += 1 + run(length + 1);
    }
    length
}

/// A string literal in any of its forms, if one starts here.
fn string(rest: &str) -> Result<Option<(Kind, usize)>, Problem> {
    let prefix = usize::from(rest.starts_with(['h', 'H']));
    let verbatim = rest[prefix..].starts_with('@');
    let open = prefix + usize::from(verbatim);
    let body = &rest[open..];
    for fence in ["```", "~~~"] {
        if !verbatim && body.starts_with(fence) {
            let inner = &body[fence.len()..];
            let Some(length) = inner.find(fence) else { return Err(unterminated(rest)) };
            return Ok(Some((Kind::Text(inner[..length].to_owned()), open + length + 2 * fence.len())));
        }
    }
    let Some(quote) = body.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(None) };
    let mut decoded = String::new();
    let mut characters = body.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\n' | '\r' => return Err(unterminated(rest)),
            c if c == quote => {
                if verbatim && characters.next_if(|(_, next)| *next == quote).is_some() {
                    decoded.push(quote);
                    continue;
                }
                return Ok(Some((Kind::Text(decoded), open + at + 1)));
            }
            '\\' if !verbatim => {
                let (value, length) = escape(&body[at..]).ok_or_else(|| {
                    let length = body[at..].chars().take(2).map(char::len_utf8).sum::<usize>();
                    Problem::new("unknown escape in a string", open + at, open + at + length)
                })?;
                decoded.push(value);
                for _ in 1..length {
                    characters.next();
                }
            }
            c => decoded.push(c),
        }
    }
    Err(unterminated(rest))
}

fn unterminated(rest: &str) -> Problem {
    Problem::new("a string is not closed", 0, rest.find(['\n', '\r']).unwrap_or(rest.len()))
}

/// The character of an escape, and how many characters it takes.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = |c| Some((c, 2));
    let hexadecimal = |digits: usize| {
        let value = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(value)?, 2 + digits))
    };
    match text.chars().nth(1)? {
        c @ ('\\' | '"' | '\'') => simple(c),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'v' => simple('\u{b}'),
        '0' => simple('\0'),
        'x' => hexadecimal(2),
        'u' => hexadecimal(4),
        _ => None,
    }
}

/// Checks that brackets close in order, and names the first that does not.
pub(super) fn balanced(tokens: &[Token]) -> Result<(), Problem> {
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Symbol) {
        let opener = match token.text {
            "(" | "[" | "{" => {
                open.push(token);
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        if open.pop().is_none_or(|last| last.text != opener) {
            return Err(Problem::new(format!("`{}` closes nothing", token.text), token.start, token.end()));
        }
    }
    match open.pop() {
        Some(token) => Err(Problem::new(format!("`{}` is not closed", token.text), token.start, token.end())),
        None => Ok(()),
    }
}

/// Checks that a whole query is well-formed, as far as words go: literals and brackets close, no statement is empty,
/// and every pipe is followed by an operator.
pub(super) fn check_query(text: &str) -> Result<(), Problem> {
    let tokens: Vec<Token> = lex(text)?.into_iter().filter(|token| token.kind != Kind::Comment).collect();
    balanced(&tokens)?;
    let Some(last) = tokens.last() else { return Err(Problem::new("the query is empty", 0, text.len())) };
    let mut before: Option<&Token> = None;
    for token in &tokens {
        let starts = before.is_none_or(|before| before.is(";") || before.is("(") || before.is("{"));
        if token.is("|") && starts {
            return Err(Problem::new("a pipe without a source", token.start, token.end()));
        }
        if before.is_some_and(|before| before.is("|")) && token.kind != Kind::Word {
            return Err(Problem::new("a pipe without an operator", token.start, token.end()));
        }
        before = Some(token);
    }
    if last.is("|") {
        return Err(Problem::new("a pipe without an operator", last.start, last.end()));
    }
    if last.is(";") {
        return Err(Problem::new("the query ends in a statement without a result", last.start, last.end()));
    }
    Ok(())
}
