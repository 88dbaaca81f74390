//! Scalar expressions.
//!
//! In: tokens. Out: [`Expr`]. Must not know what names stand for.
//!
//! Precedence, from loose to tight, as in Microsoft's grammar (`Kusto.g4`): `or`; `and`; `==` and lists, which do not
//! chain; `<` and its like, which do not chain either; `+ -`; `* / %`; the operators over texts; the sign.

use super::{Parsed, Parser, literal};
use crate::kql::ast::{
    Argument, Binary, Expr, ExprKind, ListRelation, Named, Pipe, Source, TextRelation, TextShape,
};
use crate::kql::lex::Token;
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::{Span, Spanned};

/// How long a chain of `+`, or of `.a.b`, may be.
const MAX_CHAIN: usize = 64;

/// What may follow an operand.
enum Infix {
    Binary(Binary, u8),
    List(ListRelation, bool),
    Between(bool),
}

/// `==` and lists.
const EQUALITY: u8 = 1;
/// `<` and its like.
const RELATION: u8 = 2;
/// `+ -`
const SUM: u8 = 3;
/// `* / %`
const PRODUCT: u8 = 4;
/// `contains` and its like.
const TEXT: u8 = 5;

impl Parser {
    /// An expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Parser::or)
    }

    fn or(&mut self) -> Parsed<Expr> {
        let first = self.and()?;
        self.chain("or", first, Parser::and, ExprKind::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let first = self.infix(EQUALITY)?;
        self.chain("and", first, |parser| parser.infix(EQUALITY), ExprKind::And)
    }

    fn chain(
        &mut self,
        word: &str,
        first: Expr,
        member: impl Fn(&mut Self) -> Parsed<Expr>,
        join: fn(Vec<Expr>) -> ExprKind,
    ) -> Parsed<Expr> {
        if !self.is_word(word) {
            return Ok(first);
        }
        let start = first.span;
        let mut members = vec![first];
        while self.eat_word(word) {
            self.member()?;
            members.push(member(self)?);
        }
        Ok(Expr { kind: join(members), span: start.to(self.before()) })
    }

    /// Operands and the operators between them that bind at least as tight as `level`.
    fn infix(&mut self, level: u8) -> Parsed<Expr> {
        let mut left = self.signed()?;
        let mut chained = 0;
        // The tightest level that may still follow: `a == b == c` is no expression.
        let mut ceiling = TEXT;
        while let Some((infix, width)) = self.peek_infix() {
            let binds = match infix {
                Infix::Binary(_, binds) => binds,
                Infix::List(..) | Infix::Between(_) => EQUALITY,
            };
            if binds < level {
                break;
            }
            if binds > ceiling {
                return Err(self.unexpected("`and` or `or`"));
            }
            chained += 1;
            if chained > MAX_CHAIN {
                return Err(Problem::outside(
                    format!("a chain of more than {MAX_CHAIN} operators"),
                    self.span(),
                ));
            }
            ceiling = if binds <= RELATION { binds - 1 } else { binds };
            self.at += width;
            let start = left.span;
            let kind = match infix {
                Infix::Binary(operator, binds) => {
                    let right = self.nested(|parser| parser.infix(binds + 1))?;
                    ExprKind::Binary(Box::new(left), operator, Box::new(right))
                }
                Infix::List(relation, negated) => {
                    let items = self.list()?;
                    ExprKind::List { value: Box::new(left), relation, negated, items }
                }
                Infix::Between(negated) => {
                    self.expect("(")?;
                    let low = self.expression()?;
                    self.expect("..")?;
                    let high = self.expression()?;
                    self.expect(")")?;
                    ExprKind::Between {
                        value: Box::new(left),
                        low: Box::new(low),
                        high: Box::new(high),
                        negated,
                    }
                }
            };
            left = Expr { kind, span: start.to(self.before()) };
        }
        Ok(left)
    }

    /// The operator that stands here, and how many tokens it has.
    fn peek_infix(&self) -> Option<(Infix, usize)> {
        let sign = match self.peek() {
            Token::Sign(sign) => *sign,
            Token::Name(word) => return self.word_infix(word, false, 1),
            _ => return None,
        };
        let whole = |negated| Binary::Text(TextRelation { shape: TextShape::Whole, cased: false, negated });
        let (operator, level) = match sign {
            "==" => (Binary::Equal, EQUALITY),
            "!=" | "<>" => (Binary::NotEqual, EQUALITY),
            "<" => (Binary::Less, RELATION),
            "<=" => (Binary::LessOrEqual, RELATION),
            ">" => (Binary::Greater, RELATION),
            ">=" => (Binary::GreaterOrEqual, RELATION),
            "+" => (Binary::Add, SUM),
            "-" => (Binary::Subtract, SUM),
            "*" => (Binary::Multiply, PRODUCT),
            "/" => (Binary::Divide, PRODUCT),
            "%" => (Binary::Modulo, PRODUCT),
            "=~" => (whole(false), TEXT),
            "!~" => (whole(true), TEXT),
            "!" => {
                let Token::Name(word) = self.ahead(1) else { return None };
                return self.word_infix(word, true, 2);
            }
            _ => return None,
        };
        Some((Infix::Binary(operator, level), 1))
    }

    /// An operator that is a word, maybe after `!`.
    fn word_infix(&self, word: &str, negated: bool, width: usize) -> Option<(Infix, usize)> {
        let insensitive = matches!(self.ahead(width), Token::Sign("~"));
        match word {
            "in" if insensitive => {
                return Some((Infix::List(ListRelation::InIgnoringCase, negated), width + 1));
            }
            "in" => return Some((Infix::List(ListRelation::In, negated), width)),
            "has_any" if !negated => return Some((Infix::List(ListRelation::HasAny, false), width)),
            "has_all" if !negated => return Some((Infix::List(ListRelation::HasAll, false), width)),
            "between" => return Some((Infix::Between(negated), width)),
            "matches" if !negated => {
                let regex = matches!(self.ahead(width), Token::Name(next) if next == "regex");
                return regex.then_some((Infix::Binary(Binary::Regex, TEXT), width + 1));
            }
            _ => {}
        }
        let (base, cased) = word.strip_suffix("_cs").map_or((word, false), |base| (base, true));
        let shape = match base {
            "contains" => TextShape::Part,
            "startswith" => TextShape::Start,
            "endswith" => TextShape::End,
            "has" => TextShape::Term,
            "hasprefix" => TextShape::TermStart,
            "hassuffix" => TextShape::TermEnd,
            _ => return None,
        };
        Some((Infix::Binary(Binary::Text(TextRelation { shape, cased, negated }), TEXT), width))
    }

    /// `(a, b, …)`, or one `dynamic` or name without parentheses.
    fn list(&mut self) -> Parsed<Vec<Expr>> {
        if !self.is("(") {
            return Ok(vec![self.postfix()?]);
        }
        self.next();
        let mut items = Vec::new();
        while !self.eat(")") {
            self.member()?;
            items.push(self.item()?);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        Ok(items)
    }

    /// An argument, or a query where rows may stand.
    fn item(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.eat("*") {
            return Ok(Expr { kind: ExprKind::Star, span: start });
        }
        let begins_rows = matches!(self.peek(), Token::Name(word)
            if matches!(word.as_str(), "datatable" | "print" | "range" | "union" | "search" | "find" | "externaldata"));
        if begins_rows {
            let pipe = self.pipe()?;
            let span = pipe.span;
            if let (true, Source::Expr(expr)) = (pipe.operators.is_empty(), &pipe.source) {
                return Ok(expr.clone());
            }
            return Ok(Expr { kind: ExprKind::Pipe(Box::new(pipe)), span });
        }
        let expr = self.expression()?;
        if !self.is("|") {
            return Ok(expr);
        }
        let operators = self.query_nested(Parser::operators)?;
        let span = start.to(self.before());
        Ok(Expr {
            kind: ExprKind::Pipe(Box::new(Pipe { source: Source::Expr(expr), operators, span })),
            span,
        })
    }

    fn signed(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.eat("-") {
            let inner = self.nested(Parser::signed)?;
            return Ok(Expr { kind: ExprKind::Negative(Box::new(inner)), span: start.to(self.before()) });
        }
        if self.eat("+") {
            return self.nested(Parser::signed);
        }
        self.postfix()
    }

    /// A primary with `.name` and `[index]` after it.
    fn postfix(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        let start = expr.span;
        let mut chained = 0;
        loop {
            chained += 1;
            if chained > MAX_CHAIN {
                return Err(Problem::outside(format!("a path of more than {MAX_CHAIN} steps"), self.span()));
            }
            let kind = if self.eat(".") {
                ExprKind::Member(Box::new(expr), self.name()?.value)
            } else if self.is("[") {
                self.next();
                let index = self.expression()?;
                self.expect("]")?;
                ExprKind::Index(Box::new(expr), Box::new(index))
            } else {
                return Ok(expr);
            };
            expr = Expr { kind, span: start.to(self.before()) };
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if let Some(name) = self.bracketed() {
            return Ok(Expr { kind: ExprKind::Name(name), span: start.to(self.before()) });
        }
        let literal = |value, kind| ExprKind::Literal(value, kind);
        let kind = match self.peek().clone() {
            Token::Text(_) => return Ok(self.texts()),
            Token::Long(number) => literal(Value::Long(number), Type::Long),
            Token::Real(number) => literal(Value::Real(number), Type::Real),
            Token::TimeSpan(ticks) => literal(Value::TimeSpan(ticks), Type::TimeSpan),
            Token::Typed(name, raw) => {
                let (value, kind) = literal::typed(&name, &raw, start)?;
                literal(value, kind)
            }
            Token::Sign("(") => {
                self.next();
                let inner = self.item()?;
                self.expect(")")?;
                return Ok(Expr { span: start.to(self.before()), ..inner });
            }
            Token::Name(name) => {
                self.next();
                if self.is("(") {
                    let arguments = self.arguments()?;
                    return Ok(Expr { kind: ExprKind::Call(name, arguments), span: start.to(self.before()) });
                }
                let kind = match name.as_str() {
                    "true" => literal(Value::Bool(true), Type::Bool),
                    "false" => literal(Value::Bool(false), Type::Bool),
                    _ => ExprKind::Name(name),
                };
                return Ok(Expr { kind, span: start });
            }
            Token::Sign(_) | Token::End => return Err(self.unexpected("an expression")),
        };
        self.next();
        Ok(Expr { kind, span: start })
    }

    /// Adjacent string literals are one.
    fn texts(&mut self) -> Expr {
        let start = self.span();
        let mut text = String::new();
        while let Token::Text(part) = self.peek() {
            text.push_str(part);
            self.next();
        }
        Expr { kind: ExprKind::Literal(Value::text(text), Type::String), span: start.to(self.before()) }
    }

    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.eat(")") {
            self.member()?;
            let named = matches!((self.peek(), self.ahead(1)), (Token::Name(_), Token::Sign("=")));
            let name = if named {
                let name = self.name()?.value;
                self.next();
                Some(name)
            } else {
                None
            };
            arguments.push(Argument { name, value: self.nested(Parser::item)? });
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        Ok(arguments)
    }

    /// `a = x, (b, c) = f(…), y`, up to what is no comma.
    pub(super) fn named_list(&mut self) -> Parsed<Vec<Named>> {
        let mut list = Vec::new();
        loop {
            self.member()?;
            list.push(self.named()?);
            if !self.eat(",") {
                return Ok(list);
            }
        }
    }

    fn named(&mut self) -> Parsed<Named> {
        let start = self.at;
        if let Some(names) = self.assigned()? {
            let expr = self.expression()?;
            return Ok(Named { names, expr });
        }
        self.at = start;
        let span = self.span();
        if self.eat("*") {
            return Ok(Named { names: Vec::new(), expr: Expr { kind: ExprKind::Star, span } });
        }
        Ok(Named { names: Vec::new(), expr: self.expression()? })
    }

    /// `name =` or `(a, b) =`; otherwise the cursor may stand anywhere.
    fn assigned(&mut self) -> Parsed<Option<Vec<Spanned<String>>>> {
        if self.eat("(") {
            let mut names = Vec::new();
            loop {
                let Ok(name) = self.name() else { return Ok(None) };
                names.push(name);
                if self.eat(",") {
                    continue;
                }
                return Ok((self.eat(")") && self.eat("=")).then_some(names));
            }
        }
        let Ok(name) = self.name() else { return Ok(None) };
        Ok(self.eat("=").then(|| vec![name]))
    }

    /// A whole number, as options of operators take it.
    pub(super) fn whole(&mut self) -> Parsed<i64> {
        match self.peek() {
            Token::Long(number) => {
                let number = *number;
                self.next();
                Ok(number)
            }
            _ => Err(self.unexpected("a whole number")),
        }
    }

    /// Where an operator's word stands, for messages.
    pub(super) fn from(&self, start: Span) -> Span {
        start.to(self.before())
    }
}
