//! Expressions: of the `search` command, and of `where` and `eval`. Two types, since the two differ in precedence
//! (S02, E01), in quoting, and in case.
//!
//! In: built by the lowering from tokens. Out: text with every parenthesis that keeps the two readings apart. Must not
//! know the IR's predicates or bindings.

use std::fmt::{self, Display, Write};

use super::pcre::RegexText;
use super::tokens::{EvalText, Fact, FieldName, MacroName, SearchText, printed_by_display};
use crate::ir::{Duration, Number};

printed_by_display!(Term, EvalExpr);

/// One term of a base search; terms that stand side by side must all hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// The macro that says where the events are.
    Macro(MacroName),
    /// What is always true of the events.
    Fact(FieldName, Vec<Fact>),
    /// The time range, for a hunt by hand.
    Window {
        /// How far back.
        lookback: Duration,
        /// How far from now it ends.
        delay: Option<Duration>,
    },
    /// A part of the condition.
    Condition(SearchExpr),
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Term::Macro(name) => write!(f, "{name}"),
            Term::Fact(field, values) => match values.as_slice() {
                [value] => write!(f, "{field}={value}"),
                values => write_list(f, field, values.iter().map(Fact::quoted)),
            },
            Term::Window { lookback, delay: Some(delay) } => {
                write!(f, "earliest=-{lookback} latest=-{delay}")
            }
            Term::Window { lookback, delay: None } => write!(f, "earliest=-{lookback} latest=now"),
            Term::Condition(expression) => write!(f, "{expression}"),
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter,
    field: &FieldName,
    values: impl Iterator<Item = impl Display>,
) -> fmt::Result {
    write!(f, "{field} IN (")?;
    for (i, value) in values.enumerate() {
        if i > 0 {
            f.write_char(',')?;
        }
        write!(f, "{value}")?;
    }
    f.write_char(')')
}

/// An expression of `search`, or of `where` in `tstats`. Two-valued: a test on a missing field is false.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SearchExpr {
    /// The value fits, without regard to case.
    Is(FieldName, SearchText),
    /// One of the values fits.
    In(FieldName, Vec<SearchText>),
    /// The whole number is equal.
    Number(FieldName, Number),
    /// One of the whole numbers is equal.
    Numbers(FieldName, Vec<Number>),
    /// The field is present.
    Present(FieldName),
    /// It does not hold, or the field is missing. `!=` is never written: it drops events without the field (S14).
    Not(Box<SearchExpr>),
    /// Every one holds.
    All(Vec<SearchExpr>),
    /// One holds.
    Any(Vec<SearchExpr>),
}

impl SearchExpr {
    /// Every one holds; a single one stands alone, nested ones are merged.
    pub(super) fn all(members: Vec<SearchExpr>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                SearchExpr::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { SearchExpr::All(flat) }
    }

    /// One holds; likewise.
    pub(super) fn any(members: Vec<SearchExpr>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                SearchExpr::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { SearchExpr::Any(flat) }
    }

    /// Whether it asks for whole values, or for how values begin or end.
    pub(super) fn is_selective(&self) -> bool {
        match self {
            SearchExpr::Is(_, value) => value.is_anchored(),
            SearchExpr::In(_, values) => values.iter().all(SearchText::is_anchored),
            SearchExpr::Number(..) | SearchExpr::Numbers(..) => true,
            SearchExpr::Any(members) => members.iter().all(SearchExpr::is_selective),
            SearchExpr::All(_) | SearchExpr::Present(_) | SearchExpr::Not(_) => false,
        }
    }

    /// How early a term should stand: what the index answers quickly comes first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            SearchExpr::Is(_, value) => u8::from(value.has_wildcards()),
            SearchExpr::In(_, values) => u8::from(values.iter().any(SearchText::has_wildcards)),
            SearchExpr::Number(..) | SearchExpr::Numbers(..) => 0,
            SearchExpr::All(_) | SearchExpr::Any(_) => 2,
            SearchExpr::Present(_) => 3,
            SearchExpr::Not(_) => 4,
        }
    }
}

impl Display for SearchExpr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SearchExpr::Is(field, value) => write!(f, "{field}={value}"),
            SearchExpr::In(field, values) => write_list(f, field, values.iter()),
            SearchExpr::Numbers(field, numbers) => write_list(f, field, numbers.iter()),
            SearchExpr::Number(field, number) => write!(f, "{field}={number}"),
            SearchExpr::Present(field) => write!(f, "{field}=*"),
            SearchExpr::Not(inner) => match inner.as_ref() {
                // These bring their own parentheses, or need none.
                inner @ (SearchExpr::All(_) | SearchExpr::Any(_) | SearchExpr::Present(_)) => {
                    write!(f, "NOT {inner}")
                }
                inner => write!(f, "NOT ({inner})"),
            },
            SearchExpr::All(members) => write_joined(f, members, " AND "),
            SearchExpr::Any(members) => write_joined(f, members, " OR "),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter, members: &[impl Display], operator: &str) -> fmt::Result {
    f.write_char('(')?;
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            f.write_str(operator)?;
        }
        write!(f, "{member}")?;
    }
    f.write_char(')')
}

/// An expression of `where` and `eval`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum EvalExpr {
    /// A field's value.
    Field(FieldName),
    /// A text.
    Text(EvalText),
    /// A regular expression, as an argument.
    Regex(RegexText),
    /// A number.
    Number(Number),
    /// A function call.
    Call(&'static str, Vec<EvalExpr>),
    /// Two operands and what stands between them: a comparison, arithmetic, or `.`, which joins texts.
    Binary(Box<EvalExpr>, &'static str, Box<EvalExpr>),
    /// Every one holds.
    And(Vec<EvalExpr>),
    /// One holds.
    Or(Vec<EvalExpr>),
    /// It does not hold. The operand must never be null (C5).
    Not(Box<EvalExpr>),
    /// An expression of a binding, checked by the lexer.
    Fragment(String),
}

impl EvalExpr {
    /// `left operator right`.
    pub(super) fn binary(left: EvalExpr, operator: &'static str, right: EvalExpr) -> Self {
        EvalExpr::Binary(Box::new(left), operator, Box::new(right))
    }

    /// A whole number.
    pub(super) fn integer(value: i64) -> Self {
        EvalExpr::Number(Number::Integer(value))
    }

    /// `null()`: no value.
    pub(super) fn null() -> Self {
        EvalExpr::Call("null", Vec::new())
    }

    /// `if(condition,1,0)==1`: false where the condition is null (E23).
    pub(super) fn known(self) -> Self {
        let decided = EvalExpr::Call("if", vec![self, EvalExpr::integer(1), EvalExpr::integer(0)]);
        EvalExpr::binary(decided, "==", EvalExpr::integer(1))
    }

    /// It does not hold; a test of presence is turned round.
    pub(super) fn negated(self) -> Self {
        match self {
            EvalExpr::Call("isnull", arguments) => EvalExpr::Call("isnotnull", arguments),
            EvalExpr::Call("isnotnull", arguments) => EvalExpr::Call("isnull", arguments),
            other => EvalExpr::Not(Box::new(other)),
        }
    }

    /// Every one holds; a single one stands alone, nested ones are merged.
    pub(super) fn and(members: Vec<EvalExpr>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                EvalExpr::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { EvalExpr::And(flat) }
    }

    /// One holds; likewise.
    pub(super) fn or(members: Vec<EvalExpr>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                EvalExpr::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { EvalExpr::Or(flat) }
    }

    fn is_atom(&self) -> bool {
        match self {
            EvalExpr::Field(_)
            | EvalExpr::Text(_)
            | EvalExpr::Regex(_)
            | EvalExpr::Number(_)
            | EvalExpr::Call(..) => true,
            EvalExpr::Binary(..)
            | EvalExpr::And(_)
            | EvalExpr::Or(_)
            | EvalExpr::Not(_)
            | EvalExpr::Fragment(_) => false,
        }
    }
}

impl Display for EvalExpr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            EvalExpr::Field(name) => write!(f, "{}", name.in_eval()),
            EvalExpr::Text(text) => write!(f, "{text}"),
            EvalExpr::Regex(regex) => write!(f, "{regex}"),
            EvalExpr::Number(number) => write!(f, "{number}"),
            EvalExpr::Fragment(text) => f.write_str(text),
            EvalExpr::Call(name, arguments) => {
                f.write_str(name)?;
                write_joined(f, arguments, ",")
            }
            EvalExpr::Binary(left, operator, right) => {
                write!(f, "{}{operator}{}", Operand(left), Operand(right))
            }
            EvalExpr::And(members) => write_members(f, members, " AND "),
            EvalExpr::Or(members) => write_members(f, members, " OR "),
            EvalExpr::Not(inner) => match inner.as_ref() {
                // A call has its own parentheses.
                inner @ EvalExpr::Call(..) => write!(f, "NOT {inner}"),
                inner => write!(f, "NOT ({inner})"),
            },
        }
    }
}

/// An operand of a comparison: in parentheses unless it is one word or call.
struct Operand<'a>(&'a EvalExpr);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.0.is_atom() { write!(f, "{}", self.0) } else { write!(f, "({})", self.0) }
    }
}

/// Comparisons and negations stand as they are; `AND` inside `OR`, and the other way round, in parentheses.
fn write_members(f: &mut fmt::Formatter, members: &[EvalExpr], operator: &str) -> fmt::Result {
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            f.write_str(operator)?;
        }
        match member {
            EvalExpr::And(_) | EvalExpr::Or(_) | EvalExpr::Fragment(_) => write!(f, "({member})")?,
            member => write!(f, "{member}")?,
        }
    }
    Ok(())
}
