//! Regular expressions.
//!
//! In: a pattern. Out: the expression, ready to run. Must not know functions.
//!
//! <https://learn.microsoft.com/kusto/query/regex> documents the syntax of Rust's `regex`, which is what runs here, and
//! documented RE2 before. What only the former has, the set operators in classes, is not interpreted.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::{self, Ast, ClassSetBinaryOp, Visitor, parse::Parser};

use super::{Binder, Bound};
use crate::kept::Kept;
use crate::source::Span;

/// The most bytes that a compiled regular expression may take.
const MAX_SIZE: usize = 1 << 20;
/// How many groups Kusto allows.
const MAX_GROUPS: usize = 16;

/// The expression, ready to run.
fn compiled(pattern: &str) -> Result<Arc<Regex>, regex::Error> {
    static KEPT: Kept<String, Result<Arc<Regex>, regex::Error>> = Kept::empty();
    KEPT.get(pattern, || {
        RegexBuilder::new(pattern).size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).build().map(Arc::new)
    })
}

impl Binder<'_> {
    pub(super) fn regex(&mut self, pattern: &str, span: Span) -> Bound<Arc<Regex>> {
        let parsed = Parser::new().parse(pattern);
        let Ok(tree) = parsed else {
            return self.wrong(format!("{pattern:?} is no regular expression of Kusto"), span);
        };
        if let Err(SetOperator) = ast::visit(&tree, Sets) {
            return self.outside("a set operator in a regular expression", span);
        }
        match compiled(pattern) {
            Ok(regex) if regex.captures_len() <= MAX_GROUPS + 1 => Ok(regex),
            Ok(_) => self.wrong(format!("a regular expression has at most {MAX_GROUPS} groups"), span),
            Err(regex::Error::CompiledTooBig(_)) => self.outside("so large a regular expression", span),
            Err(_) => self.wrong(format!("{pattern:?} is no regular expression of Kusto"), span),
        }
    }
}

/// A class holds `&&`, `--` or `~~`.
struct SetOperator;

/// Looks for set operators.
struct Sets;

impl Visitor for Sets {
    type Output = ();
    type Err = SetOperator;

    fn finish(self) -> Result<(), SetOperator> {
        Ok(())
    }

    fn visit_pre(&mut self, _: &Ast) -> Result<(), SetOperator> {
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), SetOperator> {
        Err(SetOperator)
    }
}
