//! Tabular operators.
//!
//! In: tokens after a `|`. Out: [`Operator`]. Must not know columns.

use super::{Parsed, Parser};
use crate::kql::ast::{Expand, Expr, ExprKind, Join, Key, Operator, Pipe, Source, Union};
use crate::kql::lex::Token;
use crate::kql::problem::Problem;
use crate::source::Spanned;

impl Parser {
    /// An operator.
    pub(super) fn operator(&mut self) -> Parsed<Operator> {
        let start = self.span();
        let word = self.hyphenated()?;
        Ok(match word.as_str() {
            "where" | "filter" => Operator::Where(self.expression()?),
            "extend" => Operator::Extend(self.named_list()?),
            "project" => {
                let nothing = self.is("|") || self.is(")") || self.is(";") || self.peek() == &Token::End;
                Operator::Project(if nothing { Vec::new() } else { self.named_list()? })
            }
            "project-away" => Operator::ProjectAway(self.patterns()?),
            "project-keep" => Operator::ProjectKeep(self.patterns()?),
            "project-reorder" => Operator::ProjectReorder(self.patterns()?),
            "project-rename" => Operator::ProjectRename(self.renames()?),
            "distinct" => Operator::Distinct(if self.eat("*") { Vec::new() } else { self.named_list()? }),
            "summarize" => self.summarize()?,
            "sort" | "order" => {
                self.hints()?;
                self.expect_word("by")?;
                Operator::Sort(self.keys()?)
            }
            "top" => {
                let count = self.expression()?;
                self.expect_word("by")?;
                Operator::Top(count, self.keys()?)
            }
            "take" | "limit" => Operator::Take(self.expression()?),
            "count" => Operator::Count,
            "serialize" => {
                let bare = !matches!(self.peek(), Token::Name(_) | Token::Sign("["));
                Operator::Serialize(if bare { Vec::new() } else { self.named_list()? })
            }
            "join" => Operator::Join(self.join()?),
            "lookup" => Operator::Lookup(self.join()?),
            "union" => Operator::Union(self.union()?),
            "mv-expand" | "mvexpand" => Operator::MvExpand(self.expand()?),
            "mv-apply" | "mvapply" => {
                let expand = self.expand()?;
                self.expect_word("on")?;
                self.expect("(")?;
                let body = self.query_nested(Parser::sub_pipe)?;
                self.expect(")")?;
                Operator::MvApply(expand, Box::new(body))
            }
            "as" => {
                self.name()?;
                Operator::Nothing
            }
            _ => return Err(Problem::outside(format!("the operator `{word}`"), self.from(start))),
        })
    }

    /// A word with hyphens, such as `project-away`.
    fn hyphenated(&mut self) -> Parsed<String> {
        let mut word = match self.peek() {
            Token::Name(word) => word.clone(),
            _ => return Err(self.unexpected("an operator")),
        };
        self.next();
        while self.is("-") && self.span().start == self.before().end {
            let Token::Name(part) = self.ahead(1) else { break };
            word = format!("{word}-{part}");
            self.next();
            self.next();
        }
        Ok(word)
    }

    /// `hint.name=value`, which say how to run a query and not what it means.
    fn hints(&mut self) -> Parsed<()> {
        while self.is_word("hint") && matches!(self.ahead(1), Token::Sign(".")) {
            self.next();
            self.next();
            self.name()?;
            self.expect("=")?;
            self.next();
        }
        Ok(())
    }

    /// The operators of a sub-query, whose rows are given by what stands around it.
    fn sub_pipe(&mut self) -> Parsed<Pipe> {
        let start = self.span();
        let first = self.operator()?;
        let mut operators = vec![Spanned::new(first, start.to(self.before()))];
        operators.extend(self.operators()?);
        // The name is never looked up: the sub-query starts from the rows that are expanded.
        let source = Source::Expr(Expr { kind: ExprKind::Star, span: start });
        Ok(Pipe { source, operators, span: start.to(self.before()) })
    }

    /// Names of columns, `*` for any part of them.
    fn patterns(&mut self) -> Parsed<Vec<Spanned<String>>> {
        let mut patterns = Vec::new();
        loop {
            self.member()?;
            let start = self.span();
            let mut pattern = String::new();
            if let Some(name) = self.bracketed() {
                pattern = name;
            } else {
                while pattern.is_empty() || self.span().start == self.before().end {
                    match self.peek() {
                        Token::Name(name) => pattern.push_str(name),
                        Token::Sign("*") => pattern.push('*'),
                        Token::Long(number) if !pattern.is_empty() => pattern.push_str(&number.to_string()),
                        _ if pattern.is_empty() => return Err(self.unexpected("a name")),
                        _ => break,
                    }
                    self.next();
                }
            }
            patterns.push(Spanned::new(pattern, self.from(start)));
            for word in ["asc", "desc", "granny-asc", "granny-desc"] {
                if self.is_word(word) {
                    return Err(Problem::outside("a direction in `project-reorder`", self.span()));
                }
            }
            if !self.eat(",") {
                return Ok(patterns);
            }
        }
    }

    fn renames(&mut self) -> Parsed<Vec<(Spanned<String>, Spanned<String>)>> {
        let mut renames = Vec::new();
        loop {
            self.member()?;
            let new = self.name()?;
            self.expect("=")?;
            renames.push((new, self.name()?));
            if !self.eat(",") {
                return Ok(renames);
            }
        }
    }

    fn summarize(&mut self) -> Parsed<Operator> {
        self.hints()?;
        let aggregates = if self.is_word("by") { Vec::new() } else { self.named_list()? };
        self.hints()?;
        let keys = if self.eat_word("by") { self.named_list()? } else { Vec::new() };
        Ok(Operator::Summarize(aggregates, keys))
    }

    fn keys(&mut self) -> Parsed<Vec<Key>> {
        let mut keys = Vec::new();
        loop {
            self.member()?;
            let expr = self.expression()?;
            let ascending = if self.eat_word("asc") {
                true
            } else {
                // Descending is the default, unlike in SQL.
                self.eat_word("desc");
                false
            };
            let nulls_first = if self.eat_word("nulls") {
                let first = self.eat_word("first");
                if !first {
                    self.expect_word("last")?;
                }
                Some(first)
            } else {
                None
            };
            keys.push(Key { expr, ascending, nulls_first });
            if !self.eat(",") {
                return Ok(keys);
            }
        }
    }

    fn join(&mut self) -> Parsed<Join> {
        let mut kind = None;
        self.hints()?;
        if self.is_word("kind") && matches!(self.ahead(1), Token::Sign("=")) {
            self.next();
            self.next();
            kind = Some(self.name()?);
        }
        self.hints()?;
        let right = self.side()?;
        let mut on = Vec::new();
        if self.eat_word("on") {
            loop {
                self.member()?;
                on.push(self.expression()?);
                if !self.eat(",") {
                    break;
                }
            }
        } else {
            return Err(self.unexpected("`on`"));
        }
        Ok(Join { kind, right, on })
    }

    /// A table or a query in parentheses.
    fn side(&mut self) -> Parsed<Pipe> {
        let start = self.span();
        if self.eat("(") {
            let pipe = self.pipe()?;
            self.expect(")")?;
            return Ok(pipe);
        }
        let name = self.name()?;
        if self.is("*") && self.span().start == self.before().end {
            return Err(Problem::outside("a wildcard over tables", self.from(start)));
        }
        let mut expr = Expr { kind: ExprKind::Name(name.value.clone()), span: name.span };
        if self.is("(") {
            self.at -= 1;
            expr = self.expression()?;
        }
        let span = self.from(start);
        Ok(Pipe { source: Source::Expr(expr), operators: Vec::new(), span })
    }

    /// What follows `union`.
    pub(super) fn union(&mut self) -> Parsed<Union> {
        let mut union = Union { inner: false, with_source: None, fuzzy: false, sides: Vec::new() };
        loop {
            self.hints()?;
            if !matches!(self.ahead(1), Token::Sign("=")) {
                break;
            }
            let option = self.name()?;
            self.next();
            let value = match self.next() {
                Token::Name(value) | Token::Text(value) => value,
                _ => return Err(Problem::syntax("a value is expected", self.before())),
            };
            match (option.value.as_str(), value.as_str()) {
                ("kind", "inner") => union.inner = true,
                ("kind", "outer") => union.inner = false,
                ("withsource" | "with_source", _) => union.with_source = Some(value),
                ("isfuzzy", "true") => union.fuzzy = true,
                ("isfuzzy", "false") => union.fuzzy = false,
                _ => return Err(Problem::outside(format!("`{}={value}`", option.value), option.span)),
            }
        }
        loop {
            self.member()?;
            if self.is("*") || matches!(self.ahead(1), Token::Sign("*")) {
                return Err(Problem::outside("a pattern of tables in `union`", self.span()));
            }
            union.sides.push(self.side()?);
            if !self.eat(",") {
                return Ok(union);
            }
        }
    }

    /// What `mv-expand` expands.
    fn expand(&mut self) -> Parsed<Expand> {
        let mut expand = Expand { index: None, pairs: false, items: Vec::new(), limit: None };
        while let Token::Name(option) = self.peek().clone() {
            if !matches!(self.ahead(1), Token::Sign("=")) {
                break;
            }
            match option.as_str() {
                "with_itemindex" => {
                    self.next();
                    self.next();
                    expand.index = Some(self.name()?);
                }
                "bagexpansion" | "kind" if matches!(self.ahead(2), Token::Name(kind) if kind == "bag" || kind == "array") =>
                {
                    self.next();
                    self.next();
                    expand.pairs = self.name()?.value == "array";
                }
                _ => break,
            }
        }
        loop {
            self.member()?;
            let named =
                matches!(self.ahead(1), Token::Sign("=")) || matches!(self.ahead(3), Token::Sign("="));
            let name = if named && !matches!(self.ahead(0), Token::Sign("(")) {
                let start = self.at;
                let name = self.name()?;
                if self.eat("=") {
                    Some(name)
                } else {
                    self.at = start;
                    None
                }
            } else {
                None
            };
            let expr = self.expression()?;
            let mut kind = None;
            if self.eat_word("to") {
                self.expect_word("typeof")?;
                self.expect("(")?;
                kind = Some(self.type_name()?);
                self.expect(")")?;
            }
            expand.items.push((name, expr, kind));
            if !self.eat(",") {
                break;
            }
        }
        if self.eat_word("limit") {
            expand.limit = Some(self.whole()?);
        }
        Ok(expand)
    }
}
