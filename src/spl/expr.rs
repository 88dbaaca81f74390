//! Expressions of `eval` and `where`, as they are written.
//!
//! In: built by the parser. Out: read by the interpreter. Chains are lists, so that a long expression is not a deep one.

use super::ast::{CompareOp, MacroCall};
use crate::source::Span;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Where it stands.
    pub span: Span,
    /// Whether it stands in parentheses of its own.
    pub grouped: bool,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `"text"`.
    Text(String),
    /// `1.5`.
    Number(f64),
    /// `name` or `'name'`.
    Field(String),
    /// One of these is true. At least two.
    Any(Vec<Expr>),
    /// Every one of these is true. At least two.
    All(Vec<Expr>),
    /// Exactly one of each two neighbours is true. At least two.
    Xor(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// A comparison.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `first + second - third …`: operators of one level, from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// `-x`.
    Negate(Box<Expr>),
    /// A function, in lower case. `x LIKE y` and `x IN (…)` are calls too.
    Call(String, Vec<Expr>),
    /// A macro, when no table says what it is.
    Macro(MacroCall),
}

/// An arithmetic operator, or `.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`: numbers are added, texts are joined (E12).
    Plus,
    /// `-`.
    Minus,
    /// `.`: joins texts.
    Join,
    /// `*`.
    Times,
    /// `/`.
    Divide,
    /// `%`.
    Remainder,
}
