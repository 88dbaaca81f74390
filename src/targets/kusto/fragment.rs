//! Expressions that a binding gives as KQL text: checked once, then printed as they are.
//!
//! In: text of the catalogue. Out: a [`Fragment`] that is known to be one scalar expression without pipe, semicolon or
//! comment, how tightly it binds, and which names it reads. Must not know schemas: Microsoft's binder checks types.

use std::fmt::{self, Write};

use super::lexer::{Kind, Problem, Token, lex};
use super::precedence::Precedence;
use super::tokens::{Print, prints_itself};

/// One checked scalar expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Fragment {
    text: String,
    precedence: Precedence,
    names: Vec<String>,
}

const COMPARISONS: [&str; 9] = ["==", "!=", "<>", "=~", "!~", "<", "<=", ">", ">="];

const WORD_COMPARISONS: [&str; 13] = [
    "has",
    "has_cs",
    "contains",
    "contains_cs",
    "startswith",
    "startswith_cs",
    "endswith",
    "endswith_cs",
    "hasprefix",
    "hasprefix_cs",
    "hassuffix",
    "hassuffix_cs",
    "like",
];

/// Literals whose inside is not an expression.
const LITERALS: [&str; 9] =
    ["datetime", "date", "timespan", "time", "guid", "dynamic", "long", "int", "real"];

/// Far more than an expression in a catalogue needs; guards the recursion.
const MAX_DEPTH: usize = 64;

impl Fragment {
    /// The expression on one line.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Checks a text.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let tokens = lex(text)?;
        if let Some(comment) = tokens.iter().find(|token| token.kind == Kind::Comment) {
            return Err(Problem::new("a comment in an expression", comment.start, comment.end()));
        }
        let mut parser = Parser { tokens: &tokens, at: 0, length: text.len(), depth: 0, names: Vec::new() };
        let precedence = parser.expression()?;
        if let Some(rest) = parser.peek() {
            return Err(Problem::new(
                format!("`{}` after the end of the expression", rest.text),
                rest.start,
                rest.end(),
            ));
        }
        let names = parser.names;
        Ok(Self { text: on_one_line(text, &tokens), precedence, names })
    }

    /// How tightly it binds.
    pub(super) fn precedence(&self) -> Precedence {
        self.precedence
    }

    /// The arguments, if the whole expression is one call of this function.
    pub(super) fn arguments_of(&self, function: &str) -> Option<Vec<Fragment>> {
        let tokens = lex(&self.text).ok()?;
        let [called, open, inner @ .., close] = tokens.as_slice() else { return None };
        if called.text != function || !open.is("(") || !close.is(")") {
            return None;
        }
        let mut depth = 0_i32;
        let mut start = open.end();
        let mut arguments = Vec::new();
        for token in inner.iter().filter(|token| token.kind == Kind::Symbol) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 0 => {
                    arguments.push(Fragment::parse(self.text.get(start..token.start)?).ok()?);
                    start = token.end();
                }
                _ => {}
            }
            // The bracket of the call closes before the end: `f(a) + g(b)`.
            if depth < 0 {
                return None;
            }
        }
        arguments.push(Fragment::parse(self.text.get(start..close.start)?).ok()?);
        Some(arguments)
    }

    /// The columns and variables that it reads, not the keys behind a dot; each once, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Print for Fragment {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(&self.text)
    }
}

prints_itself!(Fragment);

/// Line breaks between tokens become spaces: the catalogue may fold long expressions.
fn on_one_line(text: &str, tokens: &[Token]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end < token.start) {
            out.push(' ');
        }
        out.push_str(token.text);
        end = Some(token.end());
    }
    out
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    length: usize,
    depth: usize,
    names: Vec<String>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn take_symbol(&mut self, symbols: &[&str]) -> bool {
        let found = self.peek().is_some_and(|token| symbols.iter().any(|symbol| token.is(symbol)));
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, words: &[&str]) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == Kind::Word && words.contains(&token.text));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Problem> {
        if self.take_symbol(&[symbol]) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Problem {
        match self.peek() {
            Some(token) => {
                Problem::new(format!("expected {wanted}, found `{}`", token.text), token.start, token.end())
            }
            None => Problem::new(
                format!("expected {wanted} after the end"),
                self.length.saturating_sub(1),
                self.length,
            ),
        }
    }

    fn expression(&mut self) -> Result<Precedence, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unexpected("fewer levels"));
        }
        let found = self.chain(Precedence::Or);
        self.depth -= 1;
        found
    }

    /// Operators of one level, between operands of the next.
    fn chain(&mut self, level: Precedence) -> Result<Precedence, Problem> {
        let mut found = self.operand(level)?;
        loop {
            let continues = match level {
                Precedence::Or => self.take_word(&["or"]),
                Precedence::And => self.take_word(&["and"]),
                Precedence::Sum => self.take_symbol(&["+", "-"]),
                Precedence::Product => self.take_symbol(&["*", "/", "%"]),
                Precedence::Comparison | Precedence::Sign | Precedence::Primary => false,
            };
            if !continues {
                return Ok(found);
            }
            self.operand(level)?;
            found = level;
        }
    }

    fn operand(&mut self, level: Precedence) -> Result<Precedence, Problem> {
        match level {
            Precedence::Or => self.chain(Precedence::And),
            Precedence::And => self.comparison(),
            Precedence::Comparison | Precedence::Sum => self.chain(Precedence::Product),
            Precedence::Product => self.sign(),
            Precedence::Sign | Precedence::Primary => self.postfix(),
        }
    }

    fn comparison(&mut self) -> Result<Precedence, Problem> {
        let left = self.chain(Precedence::Sum)?;
        let word = self.peek().filter(|token| token.kind == Kind::Word).map(|token| token.text);
        let bare = word.map(|word| word.strip_prefix('!').unwrap_or(word));
        if self.take_symbol(&COMPARISONS) {
            self.chain(Precedence::Sum)?;
        } else if bare.is_some_and(|word| WORD_COMPARISONS.contains(&word)) {
            self.at += 1;
            self.chain(Precedence::Sum)?;
        } else if self.take_word(&["matches"]) {
            if !self.take_word(&["regex"]) {
                return Err(self.unexpected("`regex`"));
            }
            self.chain(Precedence::Sum)?;
        } else if self.take_word(&["in", "in~", "!in", "!in~", "has_any", "has_all"]) {
            self.expect("(")?;
            self.arguments(")")?;
        } else if self.take_word(&["between", "!between"]) {
            self.expect("(")?;
            self.chain(Precedence::Sum)?;
            self.expect("..")?;
            self.chain(Precedence::Sum)?;
            self.expect(")")?;
        } else {
            return Ok(left);
        }
        Ok(Precedence::Comparison)
    }

    fn sign(&mut self) -> Result<Precedence, Problem> {
        let signed = self.take_symbol(&["-", "+"]);
        let found = self.postfix()?;
        Ok(if signed { Precedence::Sign } else { found })
    }

    fn postfix(&mut self) -> Result<Precedence, Problem> {
        self.primary()?;
        loop {
            if self.take_symbol(&["."]) {
                match self.peek() {
                    Some(token) if token.kind == Kind::Word => self.at += 1,
                    Some(token) if token.is("[") => {}
                    _ => return Err(self.unexpected("a name")),
                }
            } else if self.take_symbol(&["["]) {
                self.expression()?;
                self.expect("]")?;
            } else {
                return Ok(Precedence::Primary);
            }
        }
    }

    fn primary(&mut self) -> Result<(), Problem> {
        let Some(token) = self.peek() else { return Err(self.unexpected("an expression")) };
        self.at += 1;
        match &token.kind {
            Kind::Number => Ok(()),
            Kind::Text(_) => {
                // Adjacent literals are one.
                while self.peek().is_some_and(|next| matches!(next.kind, Kind::Text(_))) {
                    self.at += 1;
                }
                Ok(())
            }
            Kind::Word if !token.text.starts_with('!') => self.word(token),
            Kind::Symbol if token.text == "(" => {
                self.expression()?;
                self.expect(")")
            }
            Kind::Symbol if token.text == "[" => {
                let Some(Token { kind: Kind::Text(name), .. }) = self.peek() else {
                    return Err(self.unexpected("a quoted name"));
                };
                self.read(name);
                self.at += 1;
                self.expect("]")
            }
            Kind::Word | Kind::Symbol | Kind::Comment => {
                self.at -= 1;
                Err(self.unexpected("an expression"))
            }
        }
    }

    fn word(&mut self, word: &Token) -> Result<(), Problem> {
        let called = self.peek().is_some_and(|next| next.is("("));
        if !called {
            if matches!(word.text, "true" | "false") {
                return Ok(());
            }
            if matches!(word.text, "and" | "or" | "in" | "in~" | "between" | "matches" | "by")
                || WORD_COMPARISONS.contains(&word.text)
            {
                self.at -= 1;
                return Err(self.unexpected("an expression"));
            }
            self.read(word.text);
            return Ok(());
        }
        self.at += 1;
        if LITERALS.contains(&word.text) {
            return self.skip_literal();
        }
        self.arguments(")")
    }

    fn read(&mut self, name: &str) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// Expressions with commas between, up to the closing bracket.
    fn arguments(&mut self, close: &str) -> Result<(), Problem> {
        if self.take_symbol(&[close]) {
            return Ok(());
        }
        loop {
            self.expression()?;
            if self.take_symbol(&[close]) {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    /// The inside of `datetime(…)`, `dynamic(…)`: anything whose brackets close.
    fn skip_literal(&mut self) -> Result<(), Problem> {
        let mut open = 1;
        while let Some(token) = self.peek() {
            if token.is("|") || token.is(";") {
                break;
            }
            self.at += 1;
            match token.text {
                _ if token.kind != Kind::Symbol => {}
                "(" | "[" | "{" => open += 1,
                ")" | "]" | "}" => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(());
            }
        }
        Err(self.unexpected("`)`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_scalar_expressions_and_says_what_they_read() {
        let names = |text: &str| {
            let fragment = Fragment::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            fragment.names().map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("tostring(InitiatedBy.user.userPrincipalName)"), "InitiatedBy");
        assert_eq!(names("tostring(parse_json(Parameters)[0]['x y'].Name)"), "Parameters");
        assert_eq!(names("iff(isempty(a), b, strcat(c, '|;//', d))"), "a b c d");
        assert_eq!(names("['cs-uri'] =~ \"x\" and not(Id in (1, 2))"), "cs-uri Id");
        assert_eq!(names("Time between (datetime(2020-01-01) .. ago(1d)) or -x < 2 * y + 1"), "Time x y");
        assert_eq!(names("coalesce(dynamic([{\"a\": 1}]), A)"), "A");
        assert_eq!(names("extract(@'<a>(.*?)\"', 1, EventData)"), "EventData");
    }

    #[test]
    fn refuses_what_could_leave_the_expression() {
        for wrong in [
            "a | where b",
            "a; b",
            "a // b",
            "a, b",
            "a b",
            "(a",
            "a)",
            "tostring(a",
            "toscalar(T | take 1)",
            "dynamic([1)|x",
            "'a",
            "a ==",
            "and",
            "a in b",
            "",
            "f(a;b)",
        ] {
            assert!(Fragment::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn knows_how_tightly_it_binds() {
        let precedence = |text: &str| Fragment::parse(text).map(|fragment| fragment.precedence());
        assert_eq!(precedence("a.b[0]"), Ok(Precedence::Primary));
        assert_eq!(precedence("a and b"), Ok(Precedence::And));
        assert_eq!(precedence("a or b and c"), Ok(Precedence::Or));
        assert_eq!(precedence("(a or b)"), Ok(Precedence::Primary));
        assert_eq!(precedence("a in~ ('x')"), Ok(Precedence::Comparison));
        assert_eq!(precedence("a + 1"), Ok(Precedence::Sum));
    }

    #[test]
    fn takes_a_call_apart() {
        let arguments = |text: &str| {
            let fragment = Fragment::parse(text).unwrap_or_else(|problem| panic!("{problem:?}"));
            fragment
                .arguments_of("coalesce")
                .map(|list| list.iter().map(Fragment::to_string).collect::<Vec<_>>())
        };
        assert_eq!(arguments("coalesce(f(a, b), \"x,y\")"), Some(vec!["f(a, b)".into(), "\"x,y\"".into()]));
        assert_eq!(arguments("coalesce(a, b) + coalesce(c, d)"), None);
        assert_eq!(arguments("tostring(a)"), None);
        assert_eq!(arguments("a"), None);
    }

    #[test]
    fn folds_line_breaks() {
        let folded = Fragment::parse("a ==\n  1\n and b").map(|fragment| fragment.text().to_owned());
        assert_eq!(folded.as_deref(), Ok("a == 1 and b"));
    }
}
