//! KQL as a syntax tree.
//!
//! In: the text of a query. Out: [`Query`], or what is wrong with it. Must not know tables, columns or functions.
//!
//! A query that holds an error has no tree: parsing stops at the first error of a statement.

mod expression;
mod literal;
mod operator;

use super::ast::{Function, Let, LetValue, Operator, Parameter, ParameterKind, Pipe, Query, Source};
use super::lex::{self, Placed, Token};
use super::problem::Problem;
use super::types::Type;
use crate::source::{Span, Spanned};

/// The longest query that is read, in bytes. Sentinel's rules may have 10,000 characters.
const MAX_LENGTH: usize = 256 * 1024;
/// How deep expressions may be nested.
const MAX_DEPTH: usize = 100;
/// How deep queries may be nested in queries.
const MAX_QUERIES: usize = 16;
/// How many operators, and members of one list, a query may have.
const MAX_MEMBERS: usize = 20_000;

pub(super) type Parsed<T> = Result<T, Problem>;

/// Reads a query.
///
/// # Errors
/// What is wrong with the text, with its place.
pub fn parse(text: &str) -> Result<Query, Vec<Problem>> {
    query(text).map_err(|problem| vec![problem])
}

fn query(text: &str) -> Parsed<Query> {
    if text.len() > MAX_LENGTH {
        return Err(Problem::outside("a query of more than 256 KiB", Span::new(0, 0)));
    }
    let mut parser = Parser { tokens: lex::tokens(text)?, at: 0, depth: 0, queries: 0, members: 0 };
    let (lets, result) = parser.statements()?;
    parser.eat(";");
    match parser.peek() {
        Token::End => Ok(Query { lets, result }),
        _ => Err(parser.unexpected("the end of the query")),
    }
}

/// A cursor over tokens.
pub(super) struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    queries: usize,
    members: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + count).min(last)].token
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// The place of the token before.
    pub(super) fn before(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == word)
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Problem {
        let found = match self.peek() {
            Token::Name(name) => format!("`{name}`"),
            Token::Text(_) => "a string".to_owned(),
            Token::Long(_) | Token::Real(_) => "a number".to_owned(),
            Token::TimeSpan(_) => "a span".to_owned(),
            Token::Typed(name, _) => format!("`{name}(…)`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        };
        Problem::syntax(format!("{wanted} is expected, not {found}"), self.span())
    }

    /// Runs a step that nests, within the limit.
    pub(super) fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::outside(format!("nesting deeper than {MAX_DEPTH} levels"), self.span()));
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Runs a step that nests a query in a query, within the limit.
    pub(super) fn query_nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.queries == MAX_QUERIES {
            let what = format!("queries nested deeper than {MAX_QUERIES} levels");
            return Err(Problem::outside(what, self.span()));
        }
        self.queries += 1;
        let result = step(self);
        self.queries -= 1;
        result
    }

    /// Counts a member of a list or an operator.
    pub(super) fn member(&mut self) -> Parsed<()> {
        self.members += 1;
        if self.members > MAX_MEMBERS {
            return Err(Problem::outside(format!("a query of more than {MAX_MEMBERS} parts"), self.span()));
        }
        Ok(())
    }

    /// A name: bare, or `['…']`.
    pub(super) fn name(&mut self) -> Parsed<Spanned<String>> {
        let start = self.span();
        if let Some(name) = self.bracketed() {
            return Ok(Spanned::new(name, start.to(self.before())));
        }
        match self.peek().clone() {
            Token::Name(name) => {
                self.next();
                Ok(Spanned::new(name, start))
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// `['…']`, if it stands here.
    pub(super) fn bracketed(&mut self) -> Option<String> {
        let (Token::Sign("["), Token::Text(name), Token::Sign("]")) =
            (self.peek(), self.ahead(1), self.ahead(2))
        else {
            return None;
        };
        let name = name.clone();
        self.at += 3;
        Some(name)
    }

    /// Statements, the last of which is the result.
    fn statements(&mut self) -> Parsed<(Vec<Let>, Pipe)> {
        let mut lets = Vec::new();
        loop {
            self.member()?;
            if self.is_word("let") && !matches!(self.ahead(1), Token::Sign("|")) {
                self.next();
                lets.push(self.binding()?);
                if !self.eat(";") {
                    return Err(self.unexpected("`;` after a `let`"));
                }
                continue;
            }
            for word in ["set", "declare", "alias", "restrict", "pattern"] {
                if self.is_word(word) && matches!(self.ahead(1), Token::Name(_)) {
                    return Err(Problem::outside(format!("the statement `{word}`"), self.span()));
                }
            }
            return Ok((lets, self.pipe()?));
        }
    }

    fn binding(&mut self) -> Parsed<Let> {
        let name = self.name()?;
        self.expect("=")?;
        let view = self.is_word("view") && matches!(self.ahead(1), Token::Sign("("));
        if view {
            self.next();
        }
        let value = if view || self.is_function() {
            LetValue::Function(self.nested(Parser::function)?)
        } else {
            LetValue::Pipe(self.nested(Parser::pipe)?)
        };
        Ok(Let { name, value })
    }

    /// Whether a function starts here: `() {`, or `(name: …`.
    fn is_function(&self) -> bool {
        if !self.is("(") {
            return false;
        }
        match self.ahead(1) {
            Token::Sign(")") => matches!(self.ahead(2), Token::Sign("{")),
            Token::Name(_) => matches!(self.ahead(2), Token::Sign(":")),
            Token::Sign("[") => matches!(self.ahead(4), Token::Sign(":")),
            _ => false,
        }
    }

    fn function(&mut self) -> Parsed<Function> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.eat(")") {
            self.member()?;
            let name = self.name()?;
            self.expect(":")?;
            let kind = if self.eat("(") {
                if self.eat("*") {
                    self.expect(")")?;
                    ParameterKind::Rows(Vec::new())
                } else {
                    ParameterKind::Rows(self.columns(")")?)
                }
            } else {
                ParameterKind::Scalar(self.type_name()?)
            };
            let default = if self.eat("=") { Some(self.expression()?) } else { None };
            parameters.push(Parameter { name, kind, default });
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        self.expect("{")?;
        let (lets, result) = self.statements()?;
        self.eat(";");
        self.expect("}")?;
        Ok(Function { parameters, lets, result })
    }

    /// `name: type, …` up to a closing sign, which is taken.
    pub(super) fn columns(&mut self, end: &str) -> Parsed<Vec<(String, Type)>> {
        let mut columns = Vec::new();
        while !self.eat(end) {
            self.member()?;
            let name = self.name()?;
            self.expect(":")?;
            columns.push((name.value, self.type_name()?));
            if !self.is(end) {
                self.expect(",")?;
            }
        }
        Ok(columns)
    }

    /// The name of a type.
    pub(super) fn type_name(&mut self) -> Parsed<Type> {
        let span = self.span();
        match self.next() {
            Token::Name(name) => Type::parse(&name).ok_or_else(|| {
                if name == "decimal" {
                    Problem::outside("the type `decimal`", span)
                } else {
                    Problem::syntax(format!("`{name}` is no type"), span)
                }
            }),
            _ => Err(Problem::syntax("a type is expected", span)),
        }
    }

    /// A source and its operators.
    pub(super) fn pipe(&mut self) -> Parsed<Pipe> {
        self.query_nested(|parser| {
            let start = parser.span();
            let source = parser.source()?;
            let operators = parser.operators()?;
            Ok(Pipe { source, operators, span: start.to(parser.before()) })
        })
    }

    /// `| operator …`, as many as stand here.
    pub(super) fn operators(&mut self) -> Parsed<Vec<Spanned<Operator>>> {
        let mut operators = Vec::new();
        while self.eat("|") {
            self.member()?;
            let start = self.span();
            let operator = self.operator()?;
            operators.push(Spanned::new(operator, start.to(self.before())));
        }
        Ok(operators)
    }

    fn source(&mut self) -> Parsed<Source> {
        let Token::Name(word) = self.peek().clone() else { return Ok(Source::Expr(self.expression()?)) };
        let called = matches!(self.ahead(1), Token::Sign("("));
        match word.as_str() {
            "datatable" if called => {
                self.next();
                self.next();
                let columns = self.columns(")")?;
                self.expect("[")?;
                let mut values = Vec::new();
                while !self.eat("]") {
                    self.member()?;
                    values.push(self.expression()?);
                    if !self.is("]") {
                        self.expect(",")?;
                    }
                }
                Ok(Source::Datatable(columns, values))
            }
            "print" if !called => {
                self.next();
                Ok(Source::Print(self.named_list()?))
            }
            "range" if matches!(self.ahead(2), Token::Name(from) if from == "from") => {
                self.next();
                let name = self.name()?;
                self.expect_word("from")?;
                let from = self.expression()?;
                self.expect_word("to")?;
                let to = self.expression()?;
                self.expect_word("step")?;
                Ok(Source::Range(name.value, from, to, self.expression()?))
            }
            "union" => {
                self.next();
                Ok(Source::Union(self.union()?))
            }
            "search" | "find" | "externaldata" | "evaluate" if !matches!(self.ahead(1), Token::Sign("|")) => {
                Err(Problem::outside(format!("`{word}`"), self.span()))
            }
            _ => Ok(Source::Expr(self.expression()?)),
        }
    }
}
